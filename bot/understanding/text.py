"""Bringing a message into the form that is understood: the same for every component."""

from __future__ import annotations

import re
import unicodedata

LONGEST = 1000

_ELONGATED = re.compile(r"(.)\1{2,}")
_SPACES = re.compile(r"\s+")
_NOT_WORD = re.compile(r"[^\w\s]+")
_ARABIC_MARKS = re.compile(r"[\u0640\u064b-\u065f\u0670]")
_ARABIC_LETTERS = str.maketrans({"أ": "ا", "إ": "ا", "آ": "ا", "ٱ": "ا", "ى": "ي", "ة": "ه", "ؤ": "و", "ئ": "ي"})
_APOSTROPHES = str.maketrans(dict.fromkeys("’‘ʼ`´ʻ", "'"))


def clean(text: str) -> str:
    """``text`` composed, without control and direction characters, on one line, at most ``LONGEST`` characters."""
    composed = unicodedata.normalize("NFC", text)
    visible = "".join(" " if each.isspace() else each for each in composed if each.isspace() or _is_visible(each))
    return _SPACES.sub(" ", visible).strip()[:LONGEST]


def fold(text: str) -> str:
    """``text`` as it is compared: lower case, no accents, one form of each Arabic letter, no letter thrice."""
    lowered = clean(text).lower().translate(_APOSTROPHES)
    lowered = _ARABIC_MARKS.sub("", lowered).translate(_ARABIC_LETTERS)
    decomposed = unicodedata.normalize("NFD", lowered)
    bare = "".join(each for each in decomposed if unicodedata.category(each) != "Mn")
    return _ELONGATED.sub(r"\1\1", unicodedata.normalize("NFC", bare).replace("œ", "oe").replace("æ", "ae"))


def bare_words(text: str) -> str:
    """``fold``, with everything but letters and digits as single spaces: for comparing whole messages."""
    return _SPACES.sub(" ", _NOT_WORD.sub(" ", fold(text))).strip()


def has_words(text: str) -> bool:
    """Whether there is any letter or digit to understand."""
    return any(each.isalnum() for each in text)


def _is_visible(character: str) -> bool:
    # Cf holds the direction marks that can disguise a text; joiners stay, for scripts and emoji need them.
    return character in "\u200c\u200d" or unicodedata.category(character) not in {"Cc", "Cf", "Cs", "Co", "Cn"}
