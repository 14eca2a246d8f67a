"""How a text travels by SMS: its alphabet, its segments, and the letters that cost.

GSM-7 holds 160 septets alone or 153 a segment of several; UCS-2 holds 70 or 67 UTF-16 units (the usual concatenation
header takes 6 of 140 octets). Letters of the extension table take two septets, which stay together, and no character
that a reader sees as one (a grapheme cluster: a combining sequence, an emoji) is split over two segments.

Sources: 3GPP TS 23.038 (alphabets, 6.2.1), 3GPP TS 23.040 (concatenation, 9.2.3.24.1), Unicode UAX 29
(grapheme clusters).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

import regex

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENSION = frozenset("\f^{}\\[~]|€")
_GSM_7 = _BASIC | _EXTENSION
_CLUSTER = regex.compile(r"\X")


class Encoding(StrEnum):
    """The alphabet that a text travels in."""

    GSM_7 = "GSM-7"
    UCS_2 = "UCS-2"


CONCATENATION_OCTETS = 6
"""Of the header of a segment of several, with an 8-bit reference; with a 16-bit reference it has 7."""

_OCTETS = 140
_BITS = {Encoding.GSM_7: 7, Encoding.UCS_2: 16}


def units(encoding: Encoding, header_octets: int = 0) -> int:
    """How many units (septets or UTF-16 units) one segment holds beside a header."""
    return (_OCTETS - header_octets) * 8 // _BITS[encoding]


@dataclass(frozen=True)
class Segmentation:
    """How one text travels.

    Attributes:
        encoding: of the whole text; one letter outside GSM-7 decides for all.
        parts: the text of each segment, in order; joined they are the text.
        remaining: units (septets or UTF-16 units) still free in the last segment.
        forced_by: the characters that force UCS-2, each once, in order; empty for GSM-7.
    """

    encoding: Encoding
    parts: tuple[str, ...]
    remaining: int
    forced_by: tuple[str, ...]

    @property
    def segments(self) -> int:
        """What the text costs: the number of segments; 0 for an empty text."""
        return len(self.parts)


def is_gsm_7(character: str) -> bool:
    """Whether one code point stands in GSM-7's basic or extension table."""
    return character in _GSM_7


def septets(text: str) -> int:
    """Length in GSM-7 septets; only meaningful where every letter is in GSM-7."""
    return len(text) if _EXTENSION.isdisjoint(text) else len(text) + sum(each in _EXTENSION for each in text)


def utf_16_units(text: str) -> int:
    """Length in UTF-16 code units, as UCS-2 counts."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def clusters(text: str) -> list[str]:
    """The characters of ``text`` as a reader sees them (extended grapheme clusters, UAX 29)."""
    if "\r" not in text and _GSM_7.issuperset(text):  # each letter is one by itself; before a line feed, CR is not
        return list(text)
    found: list[str] = _CLUSTER.findall(text)
    return found


def segment(text: str, *, encoding: Encoding | None = None, header_octets: int = CONCATENATION_OCTETS) -> Segmentation:
    """Split ``text`` as it will travel. Never raises: every text can be sent in one of the two alphabets.

    Args:
        encoding: to travel in, where a network leaves no choice; None: GSM-7 where every letter is in it.
        header_octets: of each segment's concatenation header, where there are several.
    """
    characters = clusters(text)
    forced_by = () if _GSM_7.issuperset(text) else tuple(
        dict.fromkeys(each for each in characters if not _GSM_7.issuperset(each))
    )
    used = encoding or (Encoding.UCS_2 if forced_by else Encoding.GSM_7)
    measure = utf_16_units if used is Encoding.UCS_2 else septets
    total, alone = measure(text), units(used)
    if total <= alone:
        return Segmentation(used, (text,) if text else (), alone - total, forced_by)
    size = units(used, header_octets)
    if len(characters) == total:  # no character takes more than one unit
        parts = [text[start:start + size] for start in range(0, total, size)]
    else:
        parts = pack(characters, size, measure)
    return Segmentation(used, tuple(parts), size - measure(parts[-1]), forced_by)


def pack(pieces: list[str], size: int, measure: Callable[[str], int]) -> list[str]:
    """Fill parts of at most ``size`` units with whole pieces, in order.

    A single piece longer than ``size`` (a letter under seventy combining marks) is cut between code points, for
    otherwise it could not be sent at all.
    """
    parts: list[str] = []
    current, used = "", 0
    for piece in pieces:
        for fragment in [piece] if measure(piece) <= size else list(piece):
            length = measure(fragment)
            if used + length > size:
                parts.append(current)
                current, used = "", 0
            current += fragment
            used += length
    if current:
        parts.append(current)
    return parts


_SENTENCE = regex.compile(r"[^\n.!?؟።]*[\n.!?؟።]+\s*|[^\n.!?؟።]+$")


@lru_cache(maxsize=1024)
def split_for_sms(text: str, segments: int, reserve: str = "") -> tuple[str, ...]:
    """``text`` in parts that each travel in at most ``segments`` segments together with ``reserve``.

    Cut at the end of a sentence where one fits, else at a space, else between characters. Remembered: the same long
    answers are split again and again.
    """
    parts: list[str] = []
    current = ""
    for sentence in _SENTENCE.findall(text):
        if _fits(current + sentence, segments, reserve):
            current += sentence
            continue
        if current.strip():
            parts.append(current.strip())
        current = ""
        for piece in [sentence] if _fits(sentence, segments, reserve) else _words(sentence, segments, reserve):
            if current and not _fits(current + piece, segments, reserve):
                parts.append(current.strip())
                current = ""
            current += piece
    if current.strip():
        parts.append(current.strip())
    return tuple(parts)


def _fits(text: str, segments: int, reserve: str) -> bool:
    return segment(text.strip() + reserve).segments <= segments


def _words(sentence: str, segments: int, reserve: str) -> list[str]:
    """The words of a sentence; one that does not fit by itself, by its characters."""
    words = regex.findall(r"\S+\s*|\s+", sentence)
    return [piece for word in words
            for piece in ([word] if _fits(word, segments, reserve) else clusters(word))]
