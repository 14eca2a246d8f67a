"""Rules of phrases/: what understanding learns from is plain, plentiful and does not contradict itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import lru_cache

from content.check.folding import fold
from content.check.rule import N_, Checked, Finding, rule
from content.models import OUT_OF_SCOPE, SOURCE_LOCALE, Phrase

FEWEST = 25
PHRASE_LENGTH = 600


@lru_cache(maxsize=50_000)
def _folded(phrase: str) -> str:
    return fold(phrase)


@rule(
    "phrases.unknown_topic",
    N_("Aucun sujet ne porte ce nom."),
    N_("Corrigez le nom, ou ajoutez le sujet dans topics/."),
)
def unknown_topic(checked: Checked) -> Iterator[Finding]:
    """Every phrase asks for a topic."""
    for topic, locale in sorted({(each.topic, each.locale) for each in checked.library.phrases}):
        if topic != OUT_OF_SCOPE and topic not in checked.library.topics:
            yield checked.phrase_finding(topic, locale)


@rule(
    "phrases.two_topics",
    N_("« {phrase} » est aussi sous {other} ({other_locale}) : on ne peut pas apprendre les deux."),
    N_("Gardez la phrase sous un seul sujet, ou dites-la plus précisément dans l'un."),
)
def two_topics(checked: Checked) -> Iterator[Finding]:
    """A phrase means one topic, whatever its case, accents and punctuation, in all languages."""
    first: dict[str, Phrase] = {}
    for phrase in checked.library.phrases:
        other = first.setdefault(_folded(phrase.text), phrase)
        if other.topic != phrase.topic:
            yield checked.phrase_finding(phrase.topic, phrase.locale, phrase.text, phrase=phrase.text,
                                         other=other.topic, other_locale=other.locale)


@rule(
    "phrases.twice",
    N_("« {phrase} » est deux fois sous ce sujet."),
    N_("Retirez l'une des deux, ou écrivez-la autrement."),
)
def twice(checked: Checked) -> Iterator[Finding]:
    """A phrase stands once in a language."""
    seen: set[tuple[str, str, str]] = set()
    for phrase in checked.library.phrases:
        key = (phrase.locale, phrase.topic, _folded(phrase.text))
        if key in seen:
            yield checked.phrase_finding(phrase.topic, phrase.locale, phrase.text, phrase=phrase.text)
        seen.add(key)


@rule(
    "phrases.few",
    N_("Ce sujet n'a que {count} phrases en français ; il en faut {limit}."),
    N_("Ajoutez des façons de le demander, comme les gens l'écrivent sur leur téléphone."),
)
def few(checked: Checked) -> Iterator[Finding]:
    """Understanding has enough to learn each topic from."""
    counts = Counter(each.topic for each in checked.library.phrases if each.locale == SOURCE_LOCALE)
    for topic in dict.fromkeys((*checked.library.topics, OUT_OF_SCOPE)):
        if counts[topic] < FEWEST:
            yield checked.phrase_finding(topic, SOURCE_LOCALE, count=str(counts[topic]), limit=str(FEWEST))


@rule(
    "phrases.empty",
    N_("Une phrase de ce sujet est vide."),
    N_("Retirez la ligne."),
)
def empty(checked: Checked) -> Iterator[Finding]:
    """No phrase is empty."""
    for phrase in checked.library.phrases:
        if not phrase.text or phrase.text == "None":
            yield checked.phrase_finding(phrase.topic, phrase.locale)


@rule(
    "phrases.length",
    N_("Une phrase a {length} caractères ({limit} au plus) : « {phrase} »."),
    N_("Raccourcissez-la : personne n'écrit un message si long."),
)
def length(checked: Checked) -> Iterator[Finding]:
    """A phrase is as long as a message."""
    for phrase in checked.library.phrases:
        if len(phrase.text) > PHRASE_LENGTH:
            yield checked.phrase_finding(phrase.topic, phrase.locale, phrase.text[:60], length=str(len(phrase.text)),
                                         limit=str(PHRASE_LENGTH), phrase=phrase.text[:60] + "...")
