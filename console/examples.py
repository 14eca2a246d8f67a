"""Questions that a visitor can send with one press, as people write them."""

from __future__ import annotations

from dataclasses import dataclass

from content.models import Library


@dataclass(frozen=True)
class Example:
    """One question, with the name and direction of its language."""

    text: str
    locale: str
    language: str
    direction: str


# Spelled as on a phone. Languages in which the conversation cannot be held yet are left out.
_QUESTIONS = (
    ("fr", "slt je veu rentré au pays cmt je minscri"),
    ("so", "ma doonayaa inaan dalkayga ku noqdo"),
    ("ar", "كيف أعود إلى بلدي؟"),
    ("am", "ወደ ሀገሬ መመለስ እፈልጋለሁ"),
    ("wo", "dama bëgg dellu sama réew"),
    ("en", "a man asks me 500 dollars for a job, is it safe?"),
    ("fr", "Le centre de Gao, c'est où ?"),
)


def examples(library: Library) -> list[Example]:
    """The example questions, in the order shown."""
    return [
        Example(text, locale, library.languages[locale].name, library.languages[locale].direction)
        for locale, text in _QUESTIONS
        if locale in library.messages
    ]
