"""Bringing a message into the form that is understood: the same for every component."""

from __future__ import annotations

import re
import unicodedata

import regex

from bot.understanding.transliteration import in_latin

LONGEST = 1000

_ELONGATED = re.compile(r"(.)\1{2,}")
_SPACES = re.compile(r"\s+")
# Other (control, format, private, unassigned) but the joiners, which scripts and emoji need: format characters hold
# the direction marks that can disguise a text.
_INVISIBLE = regex.compile(r"[\p{C}--[\u200c\u200d]]", regex.V1)
_ACCENTS = regex.compile(r"\p{Mn}")
_NOT_WORD = re.compile(r"[^\w\s]+")
_ARABIC_MARKS = re.compile(r"[\u0640\u064b-\u065f\u0670]")
_ARABIC_LETTERS = str.maketrans({"أ": "ا", "إ": "ا", "آ": "ا", "ٱ": "ا", "ى": "ي", "ة": "ه", "ؤ": "و", "ئ": "ي"})
_APOSTROPHES = str.maketrans(dict.fromkeys("’‘ʼ`´ʻ", "'"))


def clean(text: str) -> str:
    """``text`` composed, without control and direction characters, on one line, at most ``LONGEST`` characters."""
    composed = unicodedata.normalize("NFC", text)
    return _SPACES.sub(" ", _INVISIBLE.sub("", _SPACES.sub(" ", composed))).strip()[:LONGEST]


def fold(text: str) -> str:
    """``text`` as it is compared: lower case, no accents, one form of each Arabic letter, no letter thrice.

    Adlam and N'Ko become Latin letters.
    """
    lowered = clean(text).lower().translate(_APOSTROPHES)
    if not lowered.isascii():
        lowered = _ARABIC_MARKS.sub("", in_latin(lowered)).translate(_ARABIC_LETTERS)
        bare = _ACCENTS.sub("", unicodedata.normalize("NFD", lowered))
        lowered = unicodedata.normalize("NFC", bare).replace("œ", "oe").replace("æ", "ae")
    return _ELONGATED.sub(r"\1\1", lowered)


def bare_words(text: str) -> str:
    """``fold``, with everything but letters and digits as single spaces: for comparing whole messages."""
    return _SPACES.sub(" ", _NOT_WORD.sub(" ", fold(text))).strip()


def has_words(text: str) -> bool:
    """Whether there is any letter or digit to understand."""
    return any(each.isalnum() for each in text)


def has_letters(text: str) -> bool:
    """Whether there is any letter: a number alone asks nothing."""
    return any(each.isalpha() for each in text)
