"""A reply as an SMS: the text, then its choices as numbered lines."""

from __future__ import annotations

import unicodedata

from store.messages import Reply


def render(reply: Reply) -> str:
    """The body that travels: canonical composition (é is one GSM-7 letter only when composed), choices from 1."""
    lines = [reply.text, *(f"{number} {choice.title}" for number, choice in enumerate(reply.choices, start=1))]
    return unicodedata.normalize("NFC", "\n".join(line for line in lines if line))
