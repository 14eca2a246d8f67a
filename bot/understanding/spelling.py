"""Two ways of reading a word that make different spellings meet.

``romanised``: Ethiopic letters are syllables, so that two forms of one verb share few of them; in Latin letters they
share their root, and meet those who type Amharic or Tigrinya on a Latin keyboard. ``skeleton``: the consonants alone,
sounds that people write in several ways made one (kh, x, 5, خ), for vowels and doubled letters are what is left out and
misspelt most, in SMS French as in Oromo, and what Arabic does not write at all.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

# As Unicode names the syllables; what people type for them. "GLOTTAL " and "PHARYNGEAL " are not heard.
ETHIOPIC_CONSONANTS = {
    "SZ": "s", "SH": "sh", "QH": "k", "NY": "gn", "GLOTTAL ": "", "KX": "h", "PHARYNGEAL ": "", "ZH": "zh",
    "DD": "d", "GG": "g",
    "TH": "t", "CH": "ch", "PH": "p", "TS": "ts", "TZ": "ts", "HH": "h", "X": "h", "C": "ch",
}  # fmt: skip
ETHIOPIC_VOWELS = {
    "A": "e", "U": "u", "I": "i", "AA": "a", "EE": "e", "E": "", "O": "o", "WA": "ua", "WAA": "ua",
}  # fmt: skip
ETHIOPIC_SYLLABLE = re.compile(
    r"^(GLOTTAL |PHARYNGEAL |[B-DF-HJ-NP-TV-Z]+?)(WAA|WA|WI|WEE|WE|AA|EE|[AUIEO])$"
)
_ETHIOPIC = re.compile("[\u1200-\u137f]")

# Arabic letters by the sound that people type for them; vowels, and what is not heard everywhere, are left out.
_ARABIC = dict(zip("ابتثجحخدذرزسشصضطظعغفقكلمنهويئؤء", (
    "", "b", "t", "t", "j", "h", "x", "d", "d", "r", "z", "s", "S", "s", "d", "t", "d", "", "g", "f", "k", "k", "l",
    "m", "n", "h", "", "", "", "", "",
), strict=True))
_SOUNDS = (
    ("tch", "S"), ("kh", "x"), ("sh", "S"), ("ch", "S"), ("gh", "g"), ("dj", "j"), ("gn", "n"), ("ny", "n"),
    ("ŋ", "n"), ("ɲ", "n"), ("ph", "f"), ("th", "t"), ("dh", "d"), ("bh", "b"), ("qu", "k"), ("ɓ", "b"), ("ɗ", "d"),
)
_LETTERS = str.maketrans({"q": "k", "c": "k", "3": "", "7": "h", "9": "k", "5": "x", "2": "",
                          **dict.fromkeys("aeiouywɛɔƴ'", "")})
_WORD = re.compile(r"[\w']+")
_DOUBLED = re.compile(r"(.)\1+")
_SHORTEST = 2
_KEPT = 50_000


def romanised(text: str) -> str:
    """``text`` with its Ethiopic letters in Latin ones; others stay as they are."""
    return _ETHIOPIC.sub(lambda found: _syllable(found.group()), text)


def skeleton(text: str) -> str:
    """The words of a folded text by their consonants; numbers, and words with fewer than two, stay whole."""
    return " ".join(map(_skeleton, _WORD.findall(text)))


@lru_cache(maxsize=512)
def _syllable(letter: str) -> str:
    found = ETHIOPIC_SYLLABLE.match(unicodedata.name(letter, "").removeprefix("ETHIOPIC SYLLABLE "))
    if found is None:
        return letter
    consonant = ETHIOPIC_CONSONANTS.get(found[1], found[1].strip().lower())
    vowel = ETHIOPIC_VOWELS.get(found[2], found[2].lower())
    if not consonant:
        return {"": "i", "e": "a"}.get(vowel, vowel)
    return ("k" if consonant == "q" else consonant) + vowel


@lru_cache(maxsize=_KEPT)
def _skeleton(word: str) -> str:
    if word.isdigit():
        return word
    latin = romanised(word)
    heard = "".join(_ARABIC.get(letter, letter) for letter in latin)
    for written, sound in _SOUNDS:
        heard = heard.replace(written, sound)
    heard = _DOUBLED.sub(r"\1", heard.translate(_LETTERS))
    return heard if len(heard) >= _SHORTEST else latin
