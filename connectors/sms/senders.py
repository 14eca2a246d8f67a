"""What our SMS come from: SAHAN_TWILIO_FROM."""

from __future__ import annotations

import re
from enum import StrEnum


class SenderKind(StrEnum):
    """What our messages come from."""

    NUMBER = "number"
    SHORT_CODE = "short code"
    SERVICE = "messaging service"
    NAME = "name"


_KINDS = {
    SenderKind.NUMBER: re.compile(r"\+[1-9][0-9]{6,14}"),
    SenderKind.SHORT_CODE: re.compile(r"[0-9]{3,8}"),
    SenderKind.SERVICE: re.compile(r"MG[0-9a-f]{32}"),
    # twilio.com/docs/glossary/what-alphanumeric-sender-id; punctuation: the AlphaSender resource of a service
    SenderKind.NAME: re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9 +_&-]{1,11}"),
}


def kind_of(sender: str) -> SenderKind | None:
    """What ``sender`` is; None where Twilio would not take it. To a name nobody can answer."""
    return next((kind for kind, pattern in _KINDS.items() if pattern.fullmatch(sender)), None)
