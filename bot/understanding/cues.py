"""Cue words of danger: groups of words, and rules of groups that stand close to each other.

A boat alone is no danger, water alone is none; "boat" and "water comes in" within a few words are. Groups and rules are
data (content/library/urgency.yml, which says how they are written, and urgency/), so that whoever knows a language
better can better them. Words are compared folded; a long word may have one letter wrong, missing, doubled or swapped
with its neighbour (found by the deletion index of W. Garbe's SymSpell, https://github.com/wolfgarbe/SymSpell: words one
edit apart share what one deletion makes of them).
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import product
from typing import Any

from bot.understanding.text import bare_words, fold
from content.loader import installed_library
from content.models import DangerWords

WINDOW = 12
"""Words within which the groups of a rule must stand, where the rule names no number of its own."""

_TYPO_LENGTH = 6  # below, one letter makes another word: "noyer", "payer"
_LONGEST_ALONE = 4  # words
_MOST_WORDS = 200
_MOST_PLACES = 6  # of one group in one message: a message that repeats a word a hundred times costs no more
_MARK = 0x4E00  # features for the model are written in a script that none of our languages has
_MARKS = 20_000
_SOUNDS = str.maketrans({"ɛ": "e", "ɔ": "o", "ɲ": "ny", "ŋ": "ng", "ɓ": "b", "ɗ": "d", "ƴ": "y"})
# Ethiopic letters that sound alike and are written one for the other: hoy, sin, ain, tzappa (Unicode chart U1200).
_TWINS = {0x1210: 0x1200, 0x1280: 0x1200, 0x1220: 0x1230, 0x12D0: 0x12A0, 0x1340: 0x1338}
_SOUNDS.update({ord(chr(pair + vowel)): chr(one + vowel) for pair, one in _TWINS.items() for vowel in range(7)})


@dataclass(frozen=True)
class Rule:
    """Groups that together tell of danger.

    Attributes:
        name: what the model knows the rule by.
        topic: ``urgent.danger`` or ``urgent.suicide``.
        groups: all must be there, within ``window`` words.
        without: groups none of which may be anywhere in the message.
        certain: whether the rule decides by itself, or nearly so beside a model; otherwise the model weighs it.
    """

    name: str
    topic: str
    groups: tuple[str, ...]
    without: frozenset[str] = frozenset()
    window: int = WINDOW
    certain: bool = False


@dataclass(frozen=True)
class Heard:
    """What the cues make of a message.

    Attributes:
        certain: topic that a rule or a whole cue decides by itself, or None.
        likely: topic of a rule that supports, or None.
        calm: whether the message tells of the past, asks in general, or speaks in figures.
        marks: features for the model, as words; empty where there is nothing.
        alone: whether the message is one that needs no model.
    """

    certain: str | None = None
    likely: str | None = None
    calm: bool = False
    marks: str = ""
    alone: bool = False


@dataclass(frozen=True)
class Cues:
    """All cues of the library.

    Attributes:
        whole: words that decide by themselves wherever they stand, by topic.
        alone: messages that decide where nothing else is said, by topic: what our texts ask people to write.
        groups: terms by group: ``word``, ``stem*``, ``*inside*``, ``=exact``, or several of them in a row.
        rules: see ``Rule``.
        calming: groups that mark the past, general questions and figures of speech.
        pressing: groups beside which nothing calms: a call for help, now.
        examples: alarming messages that are not about danger now; the model learns them as ordinary.
    """

    whole: Mapping[str, Sequence[str]] = field(default_factory=dict)
    alone: Mapping[str, Sequence[str]] = field(default_factory=dict)
    groups: Mapping[str, Sequence[str]] = field(default_factory=dict)
    rules: Sequence[Rule] = ()
    calming: frozenset[str] = frozenset()
    pressing: frozenset[str] = frozenset()
    examples: Sequence[tuple[str, str]] = ()


class CueReader:
    """Reads messages by the cues. Building it takes some hundredths of a second; reading far less than a millisecond.

    Args:
        cues: what to listen for.
    """

    def __init__(self, cues: Cues) -> None:
        self._rules = tuple((frozenset(rule.groups), rule) for rule in cues.rules)
        self._calming = cues.calming
        self._pressing = cues.pressing
        self._topics = tuple(cues.whole)
        self._exact: dict[str, set[str]] = {}
        self._typos: dict[str, set[str]] = {}
        self._stems: dict[str, set[str]] = {}
        self._inside: dict[str, set[str]] = {}
        self._longest = 1
        self._rows: dict[str, list[tuple[tuple[str, ...], str]]] = {}
        self._alone = {" ".join(sounded(term).split()): topic for topic, terms in cues.alone.items() for term in terms}
        for topic, terms in cues.whole.items():
            for term in terms:
                self._add([f"={word}" for word in sounded(term).split()], topic)
        for group, terms in cues.groups.items():
            for term in terms:
                self._add(_words_of(term), group)
        self._known = lru_cache(maxsize=20_000)(self._names)

    def hear(self, text: str) -> Heard:
        """Hear one message. Never raises."""
        words = sounded(text).split()[:_MOST_WORDS]
        if (alone := self._alone.get(" ".join(words[:_LONGEST_ALONE + 1]))) is not None:
            return Heard(alone, alone, marks=mark(alone) * 2, alone=True)
        places = self._places(words)
        calm = not self._calming.isdisjoint(places) and self._pressing.isdisjoint(places)
        certain = next((topic for topic in self._topics if topic in places), None)
        present = frozenset(places)
        fired = [rule for needed, rule in self._rules if needed <= present and _fires(rule, places)]
        if certain is None and not calm:
            certain = next((rule.topic for rule in fired if rule.certain), None)
        # One group by itself says nothing, and may be heard by chance in a name; two begin to say something.
        alarming = [group for group in places if group not in self._calming]
        told = sorted(places) if len(alarming) > 1 else sorted(set(places) - set(alarming))
        marks = [mark(group) for group in told] + [mark(rule.name) * 2 for rule in fired]
        return Heard(certain, next((rule.topic for rule in fired), None), calm, " ".join(marks))

    def _add(self, row: Sequence[str], group: str) -> None:
        if row:
            for word in row:
                self._learn(word)
            self._rows.setdefault(row[0], []).append((tuple(row), group))

    def _learn(self, word: str) -> None:
        stem = word.strip("*=")
        self._longest = max(self._longest, len(stem))
        if word.startswith("*"):
            self._inside.setdefault(stem, set()).add(word)
        elif word.endswith("*"):
            self._stems.setdefault(stem, set()).add(word)
        else:
            self._exact.setdefault(stem, set()).add(word)
            if len(stem) >= _TYPO_LENGTH and not word.startswith("="):
                for each in _shortened(stem):
                    self._typos.setdefault(each, set()).add(word)

    def _names(self, word: str) -> frozenset[str]:
        """Which terms' words a message's word is."""
        found = set(self._exact.get(word, ()))
        for end in range(1, min(len(word), self._longest) + 1):
            found.update(self._stems.get(word[:end], ()))
        for start in range(0 if word.isascii() else len(word)):
            for end in range(start + 2, min(len(word), start + self._longest) + 1):
                found.update(self._inside.get(word[start:end], ()))
        if len(word) >= _TYPO_LENGTH:
            for each in _shortened(word):
                found.update(name for name in self._typos.get(each, ()) if _near(word, name))
        return frozenset(found)

    def _places(self, words: Sequence[str]) -> dict[str, list[tuple[int, int]]]:
        """Where each group stands: first and last word."""
        known = [self._known(word[:40]) for word in words]
        places: dict[str, list[tuple[int, int]]] = {}
        for first, names in enumerate(known):
            for name in names:
                for row, group in self._rows.get(name, ()):
                    last = first + len(row) - 1
                    if last < len(words) and all(row[step] in known[first + step] for step in range(1, len(row))):
                        spots = places.setdefault(group, [])
                        if len(spots) < _MOST_PLACES:
                            spots.append((first, last))
        return places


def _fires(rule: Rule, places: Mapping[str, Sequence[tuple[int, int]]]) -> bool:
    if not rule.without.isdisjoint(places):
        return False
    return any(
        max(last for _, last in spots) - min(first for first, _ in spots) <= rule.window
        for spots in product(*(places[group] for group in rule.groups))
    )


def _words_of(term: str) -> tuple[str, ...]:
    """A term's words, folded, each with its signs."""
    words = []
    for part in term.replace("'", " ").replace("’", " ").split():
        middle = sounded(part.strip("*="))
        if middle:
            before = part[0] if part[0] in "*=" else ""
            words.append(f"{before}{middle}{'*' if part.endswith('*') else ''}")
    return tuple(words)


def _shortened(word: str) -> Iterator[str]:
    """``word`` and all that one deletion makes of it; the first letter is seldom wrong and stays."""
    yield word
    for place in range(1, len(word)):
        yield word[:place] + word[place + 1:]


def _near(one: str, other: str) -> bool:
    """Whether one letter more, less or other, or two letters swapped, makes ``one`` of ``other``."""
    start = next((place for place, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), None)
    if start is None:
        return abs(len(one) - len(other)) <= 1
    if len(one) != len(other):
        longer, shorter = (one, other) if len(one) > len(other) else (other, one)
        return longer[:start] + longer[start + 1:] == shorter
    rest = other[start + 1:]
    swapped = one[start:start + 2] == other[start:start + 2][::-1] and one[start + 2:] == rest[1:]
    return swapped or one[start + 1:] == rest


def sounded(text: str) -> str:
    """``text`` as bare words, with one letter for those that sound alike."""
    return bare_words(text).translate(_SOUNDS)


def mark(name: str) -> str:
    """The sign that stands for a group or rule among the model's features; the same in every run."""
    return chr(_MARK + zlib.crc32(name.encode()) % _MARKS)


def marked(text: str, heard: Heard) -> str:
    """What the model reads: the folded message, then what the cues heard."""
    return f"{fold(text)} {heard.marks}".rstrip()


def read_cues(danger: DangerWords) -> Cues:
    """The cues that a library's words of danger are.

    Raises KeyError or ValueError where they are not as the head of urgency.yml describes.
    """
    values, languages = danger.rules, danger.languages
    groups = _merged(languages, "groups")
    rules = tuple(
        Rule("+".join(each["all"]), topic, tuple(each["all"]), frozenset(each.get("without") or ()),
             int(each.get("within", WINDOW)), bool(each.get("certain", False)))
        for topic, listed in values["rules"].items() for each in listed
    )
    calming, pressing = frozenset(values["calming"]), frozenset(values["pressing"])
    named = calming.union(pressing, *(rule.groups for rule in rules), *(rule.without for rule in rules))
    if unknown := sorted(named - set(groups)):
        raise ValueError(f"urgency.yml: no group of this name: {', '.join(unknown)}. Correct it, or add it to groups.")
    if unused := sorted(set(groups) - named):
        raise ValueError(f"urgency/: no rule uses this group: {', '.join(unused)}. Correct its name after urgency.yml.")
    examples = tuple((each["locale"], str(text)) for each in languages for text in each.get("not_now") or ())
    return Cues(_merged(languages, "cues"), _merged(languages, "alone"), groups, rules, calming, pressing, examples)


def _merged(languages: Iterable[Mapping[str, Any]], section: str) -> dict[str, tuple[str, ...]]:
    """The terms of all languages under one name."""
    merged: dict[str, tuple[str, ...]] = {}
    for language in languages:
        for name, terms in (language.get(section) or {}).items():
            merged[name] = (*merged.get(name, ()), *map(str, terms))
    return merged


@lru_cache(maxsize=1)
def library_cues() -> Cues:
    """The cues of content/library, read once in a process."""
    return read_cues(installed_library().danger)
