"""A person who can be told apart: whatever holds one of these marks holds something about them."""

from __future__ import annotations

PHONE, CHAT = "+22376543210", 987654321012
WORDS = "zibeline"
TEXT = f"je veux rentrer au Mali, mon nom est {WORDS}"
MARKS = (PHONE, PHONE[1:], "76543210", str(CHAT), WORDS, "rentrer au Mali, mon")


def marks_in(text: str) -> list[str]:
    """The marks that ``text`` holds."""
    return [mark for mark in MARKS if mark.lower() in text.lower()]
