"""Which writing system a text uses, and the languages that writing system leaves possible.

Source of the ranges: Unicode 15 block charts. Letters only; digits and signs have no script.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from enum import Enum


class Script(Enum):
    """A writing system, by its ISO 15924 code; `OTHER` is any that none of our languages uses."""

    LATIN = "Latn"
    ARABIC = "Arab"
    ETHIOPIC = "Ethi"
    TIFINAGH = "Tfng"
    NKO = "Nkoo"
    ADLAM = "Adlm"
    OTHER = "Zyyy"


LANGUAGES_OF_SCRIPT: dict[Script, tuple[str, ...]] = {
    Script.ARABIC: ("ar",),
    Script.ETHIOPIC: ("am", "ti"),
    Script.TIFINAGH: ("taq",),
    Script.NKO: ("bm",),
    Script.ADLAM: ("ff",),
    Script.OTHER: (),
}
"""Candidates by script. Latin is absent: there the model decides among all languages."""

# First and last code point of each block, in ascending order.
_BLOCKS: tuple[tuple[int, int, Script], ...] = (
    (0x0041, 0x024F, Script.LATIN),
    (0x0250, 0x02AF, Script.LATIN),  # IPA letters: ɓ ɗ ɛ ɔ ɲ ɣ ə
    (0x02B0, 0x02FF, Script.LATIN),  # modifier letters, such as ʼ
    (0x0600, 0x06FF, Script.ARABIC),
    (0x0750, 0x077F, Script.ARABIC),
    (0x07C0, 0x07FF, Script.NKO),
    (0x0870, 0x08FF, Script.ARABIC),
    (0x1200, 0x139F, Script.ETHIOPIC),
    (0x1E00, 0x1EFF, Script.LATIN),
    (0x2C60, 0x2C7F, Script.LATIN),
    (0x2D30, 0x2D7F, Script.TIFINAGH),
    (0x2D80, 0x2DDF, Script.ETHIOPIC),
    (0xA720, 0xA7FF, Script.LATIN),
    (0xAB00, 0xAB2F, Script.ETHIOPIC),
    (0xFB50, 0xFDFF, Script.ARABIC),
    (0xFE70, 0xFEFF, Script.ARABIC),
    (0x1E900, 0x1E95F, Script.ADLAM),
)
_STARTS = [first for first, _, _ in _BLOCKS]

# A syllable or a word without its vowels says more per character than a Latin letter.
_WEIGHT = {Script.ETHIOPIC: 2, Script.ARABIC: 2}

# Letters of Urdu, Pashto, Kurdish and Uyghur that no Arabic speaker types.
_NOT_ARABIC = frozenset("ٹڈڑےںھۓټډړږښځڅېۍڵۆەێ")


def script_of(character: str) -> Script | None:
    """The script of one character; None when it is not a letter."""
    if not character.isalpha():
        return None
    code = ord(character)
    at = bisect_right(_STARTS, code) - 1
    if at >= 0 and code <= _BLOCKS[at][1]:
        return _BLOCKS[at][2]
    return Script.OTHER


def dominant_script(text: str) -> Script | None:
    """The script most of `text` is written in; None when it has no letter.

    Arabic letters with two or more that Arabic does not use are `OTHER` (Urdu, Pashto...).
    """
    if text.isascii():
        return Script.LATIN if any(map(str.isalpha, text)) else None
    counts: Counter[Script] = Counter()
    for character in text:
        script = script_of(character)
        if script is not None:
            counts[script] += _WEIGHT.get(script, 1)
    if not counts:
        return None
    script = counts.most_common(1)[0][0]
    if script is Script.ARABIC and sum(c in _NOT_ARABIC for c in text) >= 2:
        return Script.OTHER
    return script
