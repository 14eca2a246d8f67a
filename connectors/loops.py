"""Loops: another machine that answers our answers, told from a person who repeats themselves.

Told by the person's own messages of the last hour, newest first, so that nothing needs to be remembered but what the
inbox has: the same text again and again, two texts in turn, our own text come back, what auto-responders write, and
many messages in a row that each came right after a reply. Texts are compared by keyed hashes, made for each person by
itself: equal texts of two people cannot be seen to be equal.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from store.addresses import Vault
from store.messages import Message, MessageKind

WINDOW_SECONDS = 3600.0
EXCHANGES = 25
"""After how many messages in a row, each within ``QUICK_SECONDS`` of a reply, no person is thought to be writing."""
QUICK_SECONDS = 3.0
_SAME = 4  # the same text is answered so often in a row
_SAME_SHORT = 9  # SUITE, MENU, 1: people repeat these
_SHORT_LETTERS = 15
_SAME_AUTOMATIC = 1
_IN_TURN = 12  # messages in a row of no more than two texts
_LONG_LETTERS = 40  # from here on, our own words are no coincidence
_QUOTING_LETTERS = 20  # "Re:", "> ", a name before our text
_WHOLE = 0.8
_PATIENCE_WITH_DANGER = 20
_PATIENCE_WITH_AUTOMATIC_DANGER = 3
_ONE_IN = 10

_AUTOMATIC = re.compile(
    r"out of (the )?office|auto(matic)?[- ]?(reply|response|responder)|automated (message|reply|response)"
    r"|do not reply to this|i'?m driving|i am driving|i'?ll call you (back|later)"
    r"|réponse automatique|reponse automatique|message automatique|répondeur automatique|absent du bureau"
    r"|ne (pas )?répond(re|ez) pas à ce|merci de ne pas répondre|je conduis|je suis en réunion"
    r"|je vous rappelle (plus tard|dès que)|actuellement (absent|indisponible)"
    r"|(message|mail) delivery (failed|failure)|undeliverable"
    r"|رد تلقائي|رسالة آلية|الرد الآلي|خارج المكتب|أنا أقود|jawaab toos ah|fariin otomaatig ah"
)


class Loop(StrEnum):
    """How a loop was told."""

    REPEATED = "repeated"
    ECHO = "echo"
    QUICK = "quick"


@dataclass(frozen=True)
class Seen:
    """An earlier text message of the same person."""

    text_hash: str
    received_at: float


@dataclass(frozen=True)
class Sent:
    """One of our replies to this person: its text as it travelled, and when; ``text`` "" where it does not matter."""

    sent_at: float
    text: str


def text_hash(vault: Vault, sender_id: int, message: Message) -> str | None:
    """What stands for a message's text in the inbox; None for buttons, voices and all that is no text."""
    hashes = text_hashes(vault, sender_id, message)
    return hashes[0] if hashes else None


def text_hashes(vault: Vault, sender_id: int, message: Message) -> list[str]:
    """As ``text_hash``, under the current and the earlier keys; [] for what is no text."""
    text = normalised(message.text)
    return vault.hashes(f"text/{sender_id}", text) if message.kind is MessageKind.TEXT and text else []


def normalised(text: str) -> str:
    """``text`` without what changes in a machine's message from one time to the next: spaces, case, numbers.

    Half a character (a lone surrogate, which JSON can carry) becomes "?", as in the inbox.
    """
    whole = text.encode("utf-8", "replace").decode()
    folded = " ".join(unicodedata.normalize("NFKC", whole).casefold().split())
    return re.sub(r"\d+", "0", folded) if any(each.isalpha() for each in folded) else folded


def loop_of(
    text: str, hashes: Sequence[str], received_at: float, earlier: Sequence[Seen], replies: Sequence[Sent],
    *, muted: bool,
) -> Loop | None:
    """Whether a message belongs to a loop.

    Args:
        hashes: of the message's text, ``text_hashes``; [] is no loop.
        received_at: when the message came, seconds since 1970, as all times here.
        earlier: the person's text messages of ``WINDOW_SECONDS`` before it, newest first.
        replies: ours of the same time, newest first.
        muted: whether a loop was found with this person already; then a machine's message is known at once.
    """
    if not hashes:
        return None
    bare = normalised(text)
    if _is_echo(bare, [normalised(each.text) for each in replies]):
        return Loop.ECHO
    automatic = _AUTOMATIC.search(bare) is not None
    if _repeats(hashes, earlier) >= _patience(bare, automatic=automatic, muted=muted) or _in_turn(hashes, earlier):
        return Loop.REPEATED
    times = [received_at, *(each.received_at for each in earlier[: EXCHANGES - 1])]
    if len(times) == EXCHANGES and all(_is_quick(each, replies) for each in times):
        return Loop.QUICK
    return None


def is_due(loop: Loop, text: str, hashes: Sequence[str], earlier: Sequence[Seen]) -> bool:
    """Whether danger is answered although it comes from a loop: always, but for our own words.

    After twenty times the same text in a row only every tenth time (after three where it says itself that it is
    automatic): a machine's text can hold a word of danger too.
    """
    if loop is Loop.ECHO:
        return False
    repeats = _repeats(hashes, earlier)
    automatic = _AUTOMATIC.search(normalised(text)) is not None
    patience = _PATIENCE_WITH_AUTOMATIC_DANGER if automatic else _PATIENCE_WITH_DANGER
    return repeats < patience or repeats % _ONE_IN == 0


def _repeats(hashes: Sequence[str], earlier: Sequence[Seen]) -> int:
    return next((place for place, each in enumerate(earlier) if each.text_hash not in hashes), len(earlier))


def _patience(bare: str, *, automatic: bool, muted: bool) -> int:
    if automatic:
        return 0 if muted else _SAME_AUTOMATIC
    if muted:
        return 1
    return _SAME_SHORT if len(bare) <= _SHORT_LETTERS else _SAME


def _in_turn(hashes: Sequence[str], earlier: Sequence[Seen]) -> bool:
    others = [each.text_hash for each in earlier[: _IN_TURN - 1]]
    return len(others) == _IN_TURN - 1 and len({*others} - {*hashes}) <= 1


def _is_echo(bare: str, replies: Sequence[str]) -> bool:
    return any(_is_of(bare, reply) for reply in replies if reply)


def _is_of(bare: str, reply: str) -> bool:
    """Whether ``bare`` is a reply of ours and hardly anything else: whole, cut off at the end, or quoted."""
    if len(bare) >= _LONG_LETTERS and (reply.startswith(bare) or (bare in reply and len(bare) >= _WHOLE * len(reply))):
        return True
    return len(reply) >= _LONG_LETTERS and reply in bare and len(bare) <= len(reply) + _QUOTING_LETTERS


def _is_quick(received_at: float, replies: Sequence[Sent]) -> bool:
    return any(0.0 <= received_at - each.sent_at <= QUICK_SECONDS for each in replies)
