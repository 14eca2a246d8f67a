"""In which country a person says that they are, and which country a message only names."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.understanding.text import bare_words
from content.models import Library

_HERE = (
    r"(?:je|jsui|j|on|nous|moi|g|suis|sui|sommes|somme|habite|vis|reste|bloque|bloquee|coince|coincee|arrive|ici|la)"
    r"(?: \w+){0,2} (?:a|au|en|o|dans|ici|sur)"
    r"|(?:i am|im|i m|we are|i live|stuck|stranded|living|staying|am|here)(?: \w+){0,2} (?:in|at)"
    r"|(?:انا|نحن|احنا|موجود|عالق|ساكن|عايش)(?: \w+){0,1} (?:في|ب)"
    r"|(?:ana|waxaan|joogaa|jooga|degan|degganahay)(?: \w+){0,2}"
    r"|(?:ma nga|maangi|mangi|nekk|dekk|nekka|fii|fi)(?: \w+){0,2}(?: ci| ca| fi| fii)?"
    r"|(?:n|ne|an|anw) (?:be|bɛ|siginnen be|sigilen be)"
    r"|(?:mi|mido|mbede|min|meden|miin) (?:woni|wonnoo|ngoni|hodi|koddi|do|nder)(?: \w+){0,1}"
    r"|(?:ay|ir|iri) (?:go|goo|ga goro|bara)(?: \w+){0,1}|ኣብ|እዚ|እዚህ"
)
_BEFORE = re.compile(rf"(?:^|\s)(?:{_HERE})\s+(?:la |le |l )?$")
_AFTER = re.compile(r"^\s*(?:joogaa|jooga|ayaan joogaa|baan joogaa|degganahay|laa nekk|la nekk|laay dund"
    r"|ነኝ|ነን|ውስጥ ነ|ውስጥ ነው ያለ|ነው ያለሁት|ነው ያለነው|ኣለኹ|ኣለና|ኢየ|negn|neñ|nen |wist negn"
    r"|(?:keessa |keessan |jira|jirra)(?:jira|jirra)?|nan jira|jiraadha|al an|addal an|kumi"
    r"|ra (?:ay|iri) (?:go|goo)|ra y go)")
_NOT_HERE = re.compile(
    r"(?:rentrer|rentre|retour|retourner|aller|partir|return|go back|(?<!ay )(?<!ir )(?<!iri )go|back|vers|depuis|from)"
    r"\s*(?:a|au|en|o|to|vers)?\s*$"
)


@dataclass(frozen=True)
class Place:
    """Countries of a message, ISO 3166 codes or None.

    Attributes:
        here: the person says that they are there; remembered.
        mentioned: named in some other way; serves this one answer.
    """

    here: str | None = None
    mentioned: str | None = None


class PlaceFinder:
    """Finds the library's countries and towns in messages."""

    def __init__(self, library: Library) -> None:
        self._places = {
            bare_words(name): code
            for code, country in library.countries.items()
            for name in (*country.words, *country.towns, *country.names.values())
        }
        names = sorted(map(re.escape, self._places), key=len, reverse=True)
        self._pattern = re.compile(rf"(?<!\w)(?:{'|'.join(names)})(?!\w)")

    def find(self, text: str) -> Place:
        """The countries of a message. A message that is only a place says that the person is there."""
        words = bare_words(text)
        here: str | None = None
        mentioned: list[str] = []
        for match in self._pattern.finditer(words):
            code = self._places[match.group()]
            before, after = words[: match.start()], words[match.end():]
            alone = not before.strip() and not after.strip()
            if alone or (_BEFORE.search(before) and not _NOT_HERE.search(before)) or _AFTER.search(after):
                here = here or code
            mentioned.append(code)
        only = mentioned[0] if len(set(mentioned)) == 1 else None
        return Place(here, only)
