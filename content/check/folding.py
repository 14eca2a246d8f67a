"""Comparing short texts as a reader on a bad phone would: without case, accents and punctuation."""

from __future__ import annotations

import re
import unicodedata

_NOT_A_WORD = re.compile(r"[\W_]+")


def fold(text: str) -> str:
    """``text`` in lower case, without accents, its words one space apart; a text without words stays as it is."""
    lowered = text.casefold()
    if not lowered.isascii():
        decomposed = unicodedata.normalize("NFKD", lowered)
        lowered = "".join(each for each in decomposed if unicodedata.category(each) != "Mn")
    return _NOT_A_WORD.sub(" ", lowered).strip() or text.strip()
