"""Texts that are too long for one message, cut where a reader would pause."""

from __future__ import annotations

import html
from collections.abc import Sequence

import regex

from content.segments import utf_16_units

LONGEST = 4096
"""UTF-16 units of one message (core.telegram.org/bots/api#sendmessage), which we count after escaping."""

_PARAGRAPH = regex.compile(r"(?s).+?(?:\n\s*\n+|$)")
_LINE = regex.compile(r".*\n+|.+$")
_SENTENCE = regex.compile(r"(?s).+?(?:[.!?…؟۔።፧፨]+(?:[\"'”’)\]]|\s?»)*(?:\s+|$)|$)")
_WORD = regex.compile(r"\s*\S+\s*|\s+")
_CHARACTER = regex.compile(r"\X")
_COARSE_TO_FINE = (_PARAGRAPH, _LINE, _SENTENCE, _WORD, _CHARACTER)


def split_text(text: str, longest: int = LONGEST) -> list[str]:
    """``text`` in parts of at most ``longest`` units: cut between paragraphs, else lines, sentences, words, and only
    then between characters as a reader sees them. [] for a text of spaces.

    What is escaped later is never cut in two: it is counted, but written after the cut.
    """
    return [stripped for part in _parts(text, longest, _COARSE_TO_FINE) if (stripped := part.strip())]


def _parts(text: str, longest: int, patterns: Sequence[regex.Pattern[str]]) -> list[str]:
    if _size(text) <= longest or not patterns:
        return [text]
    parts: list[str] = []
    current, room = "", longest
    for piece in patterns[0].findall(text):
        size = _size(piece)
        if size > room:
            parts.append(current)
            current, room = "", longest
        if size > longest:
            *whole, piece = _parts(piece, longest, patterns[1:])
            parts += whole
            size = _size(piece)
        current, room = current + piece, room - size
    return [*parts, current]


def _size(text: str) -> int:
    return utf_16_units(html.escape(text, quote=False))
