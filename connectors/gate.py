"""Who is answered: not somebody who writes far faster than people do, and not a machine that answers our answers.

A message that is not answered is not lost: it is marked as read, counted, and a loop is shown to staff. What must be
heard all the same (danger, STOP, EFFACER) is decided by the assistant; see decision 0022.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import structlog
from sqlalchemy import Integer, bindparam, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from connectors.channel import decode_reply
from connectors.conversation import Assistant, Unread
from connectors.counts import Tally
from connectors.inbox import Lease, renew_lease
from connectors.loops import WINDOW_SECONDS, Seen, Sent, is_due, loop_of, text_hashes
from connectors.sms import rendering
from store.addresses import Vault
from store.engine import now, reading, transaction
from store.messages import Channel, QuestionKind
from store.tables import inbox, outbox, questions, senders

log = structlog.get_logger()

MINUTE, DAY = 60.0, 86_400.0
NOTICE_SECONDS = 3600.0
"""A person is told at most once in this time that they write too fast."""
MUTED_SECONDS = 3600.0
RATE = "rate"
_READ_AGAIN = 5  # of our replies: an echo comes at once
_TIMES = 100  # of our replies: enough for the longest run of exchanges


@dataclass(frozen=True)
class PersonLimits:
    """How much one person may write and be answered; 0: without limit."""

    per_minute: int = 30
    per_day: int = 200


@dataclass(frozen=True)
class Judgement:
    """Whether a message is answered as usual.

    Attributes:
        reason: why not: ``RATE``, or how a loop was told; None: it is answered.
        notice: the person is to be told, this once.
        due: answer it all the same if it tells of danger, or is STOP or EFFACER.
        was_muted: a loop was found with this person before, and that time is not over.
    """

    reason: str | None = None
    notice: bool = False
    due: bool = True
    was_muted: bool = False


class Gate:
    """Lets messages through to the assistant, and writes down those that it does not.

    Args:
        limits: None: everything passes.
    """

    def __init__(
        self, engine: AsyncEngine, vault: Vault, limits: PersonLimits | None, assistant: Assistant, tally: Tally
    ) -> None:
        self._engine = engine
        self._vault = vault
        self._limits = limits
        self._assistant = assistant
        self._tally = tally

    async def admit(self, lease: Lease, unread: Unread) -> Judgement | None:
        """How to answer; None where the message was marked as read without an answer.

        Raises:
            LeaseLostError: nothing was written.
        """
        if self._limits is None or unread.message.opted_out:
            return Judgement()
        judgement = await judge(self._engine, self._vault, self._limits, lease.sender_id, unread)
        if judgement.reason is None:
            if judgement.was_muted:
                await hear_again(self._engine, lease)
            return judgement
        if judgement.due and self._assistant.must_hear(unread.message):
            return Judgement()
        if judgement.notice:
            self._tally.add("slowed")
            return judgement
        await record_unheard(self._engine, self._vault, lease, unread, judgement)
        self._tally.add("ignored", str(judgement.reason))
        if judgement.reason != RATE and not judgement.was_muted:
            self._tally.add("muted")
        log.warning("worker.not_answered", reason=str(judgement.reason))
        return None


async def judge(engine: AsyncEngine, vault: Vault, limits: PersonLimits, sender_id: int, unread: Unread) -> Judgement:
    """Judge a message by what the same person has sent before it.

    Raises:
        DatabaseUnavailableError: the database does not answer.
    """
    hashes = text_hashes(vault, sender_id, unread.message)
    async with reading(engine, as_of_one_moment=False) as connection:
        earlier, person = await _before(connection, limits, sender_id, unread)
        recent = [Seen(row.text_hash, row.received_at) for row in earlier
                  if row.text_hash and row.received_at > unread.received_at - WINDOW_SECONDS]
        replies = await _replies(connection, vault, sender_id, unread) if hashes else []
    was_muted = person.muted_until is not None and person.muted_until > unread.received_at
    loop = loop_of(unread.message.text, hashes, unread.received_at, recent, replies, muted=was_muted)
    if loop is not None:
        return Judgement(loop, due=is_due(loop, unread.message.text, hashes, recent), was_muted=was_muted)
    times = [row.received_at for row in earlier]
    within_minute = 1 + sum(each > unread.received_at - MINUTE for each in times)
    if 0 < limits.per_minute < within_minute or 0 < limits.per_day < 1 + len(times):
        told = person.slowed_at is not None and person.slowed_at > unread.received_at - NOTICE_SECONDS
        return Judgement(RATE, notice=not told, was_muted=was_muted)
    return Judgement(was_muted=was_muted)


async def record_unheard(
    engine: AsyncEngine, vault: Vault, lease: Lease, unread: Unread, judgement: Judgement
) -> None:
    """Mark a message as read without an answer; staff see the first of a loop.

    Raises:
        LeaseLostError: nothing was written.
    """
    async with transaction(engine) as connection:
        await renew_lease(connection, lease)
        clock = now(connection)
        await connection.execute(update(inbox).where(inbox.c.id == unread.inbox_id).values(processed_at=clock))
        if judgement.reason == RATE:
            return
        await connection.execute(
            update(senders).where(senders.c.id == lease.sender_id)
            .values(muted_until=unread.received_at + MUTED_SECONDS)
        )
        if not judgement.was_muted:
            await connection.execute(
                insert(questions).values(
                    kind=QuestionKind.LOOP, sender_id=lease.sender_id, content_sealed=vault.seal(unread.message.text),
                    channel=unread.message.channel, created_at=clock,
                )
            )


async def hear_again(engine: AsyncEngine, lease: Lease) -> None:
    """A person who was taken for a machine has written something new. Raises LeaseLostError: nothing was written."""
    async with transaction(engine) as connection:
        await renew_lease(connection, lease)
        await connection.execute(update(senders).where(senders.c.id == lease.sender_id).values(muted_until=None))


async def _before(
    connection: AsyncConnection, limits: PersonLimits, sender_id: int, unread: Unread
) -> tuple[list[Any], Any]:
    """(the person's messages of the day before this one, newest first, no more than matter; the person's row)."""
    most = max(limits.per_minute, limits.per_day, _TIMES) + 1
    earlier = await connection.execute(_EARLIER, {
        "of_id": sender_id, "after": unread.received_at - DAY, "until": unread.received_at,
        "before_id": unread.inbox_id, "most": most,
    })
    person = await connection.execute(_PERSON, {"of_id": sender_id})
    return list(earlier), person.one()


_EARLIER = (
    select(inbox.c.text_hash, inbox.c.received_at)
    .where(inbox.c.sender_id == bindparam("of_id"), inbox.c.received_at > bindparam("after"),
           inbox.c.received_at <= bindparam("until"), inbox.c.id < bindparam("before_id"))
    .order_by(inbox.c.received_at.desc(), inbox.c.id.desc())
    .limit(bindparam("most", type_=Integer))
)
_PERSON = select(senders.c.slowed_at, senders.c.muted_until).where(senders.c.id == bindparam("of_id"))


async def _replies(connection: AsyncConnection, vault: Vault, sender_id: int, unread: Unread) -> list[Sent]:
    rows = list(await connection.execute(_SENT, {
        "of_id": sender_id, "after": unread.received_at - WINDOW_SECONDS, "until": unread.received_at,
    }))
    return [
        Sent(row.sent_at, _text(vault, row.content_sealed, unread.message.channel) if place < _READ_AGAIN else "")
        for place, row in enumerate(rows)
    ]


_SENT = (
    select(outbox.c.sent_at, outbox.c.content_sealed)
    .where(outbox.c.sender_id == bindparam("of_id"), outbox.c.sent_at > bindparam("after"),
           outbox.c.sent_at <= bindparam("until"))
    .order_by(outbox.c.id.desc())
    .limit(_TIMES)
)


def _text(vault: Vault, sealed: bytes | None, channel: Channel) -> str:
    if sealed is None:
        return ""
    reply = decode_reply(vault.open(sealed))
    return rendering.render(reply) if channel is Channel.SMS else reply.text
