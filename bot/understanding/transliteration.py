"""Adlam and N'Ko in Latin letters: the alphabets that many write Pulaar and Bambara's neighbours in.

Both are alphabets with a letter for a sound, so that a message in them is understood like one in Latin letters. Letters
in the order of their Unicode charts (U1E900, U07C0).
"""

from __future__ import annotations

_ADLAM = (
    "a", "d", "l", "m", "b", "s", "p", "ɓ", "r", "e", "f", "i", "o", "ɗ", "ƴ", "w", "n", "k", "y", "u", "j", "c", "h",
    "q", "g", "ɲ", "t", "ŋ", "v", "kh", "gb", "z", "kp", "sh",
)
_NKO_VOWELS = "aeiɛuoɔ"
_NKO_CONSONANTS = (
    "", "n", "b", "p", "t", "j", "c", "d", "r", "r", "s", "gb", "f", "k", "l", "n", "m", "ɲ", "n", "h", "w", "y", "ɲ",
    "j", "c",
)
_DIGITS = "0123456789"
_LATIN = {
    **dict(enumerate(_ADLAM, 0x1E900)), **dict(enumerate(_ADLAM, 0x1E922)), **dict(enumerate(_DIGITS, 0x1E950)),
    **dict(enumerate(_DIGITS, 0x07C0)), **dict(enumerate(_NKO_VOWELS, 0x07CA)),
    **dict(enumerate(_NKO_CONSONANTS, 0x07D1)), 0x07F2: "n",  # the mark of a nasal vowel
}


def in_latin(text: str) -> str:
    """``text`` with its Adlam and N'Ko letters in Latin ones; others stay as they are."""
    return text.translate(_LATIN)
