"""The durable outbox: what is to be sent, once, in order, and what became of it.

A later reply of a person never overtakes an earlier one: the oldest that waits goes first, and one that waits for its
next try, or for its turn in the pace of all, holds up those behind it. Only what is held because of its cost
(connectors/sms/budget.py) lets essential replies pass.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BindParameter, Select, bindparam, delete, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from connectors.channel import decode_reply, encode_reply
from connectors.errors import SendError
from connectors.sms import rendering
from connectors.splitting import parts_of
from content.segments import segment
from store.addresses import Vault
from store.engine import NOW, now
from store.messages import Channel, Reply
from store.tables import inbox, outbox, senders

ATTEMPTS = 20  # with the delays below: for about two hours
FIRST_DELAY_SECONDS = 2.0
LONGEST_DELAY_SECONDS = 600.0
PENDING = ("waiting", "held")
"""States of a reply that is still to go out; ``held``: not before its cost may be spent again."""

PACED = "pace"
"""In ``error`` of a waiting reply: it has its slot in the pace of all, and waits for nothing else."""

_OVERTAKEN = "overtaken"


@dataclass(frozen=True)
class Waiting:
    """One reply that waits to be sent.

    Attributes:
        inbox_id: of the message that it answers.
        waited, since_message: seconds since it was queued, and since that message came.
        segments: that it travels in as SMS; 0 on other channels.
        essential: goes out whatever it costs: danger, and what confirms STOP, START or EFFACER.
        paced: its slot in the pace of all has come.
        held_before: the code of an earlier reply of the person that is held, or None.
    """

    id: int
    idempotency_key: str
    reply: Reply
    attempts: int
    inbox_id: int | None
    waited: float
    since_message: float
    segments: int = 0
    essential: bool = False
    paced: bool = False
    held_before: str | None = None


@dataclass(frozen=True)
class Hold:
    """Why a turn's replies do not go out now.

    Attributes:
        code: kept as the replies' ``error``.
        notice: goes out in their place, or None.
        kept: they go out later; otherwise they are dead at once.
    """

    code: str
    notice: Reply | None = None
    kept: bool = True


def segments_of(replies: tuple[Reply, ...], channel: Channel) -> int:
    """The SMS segments that ``replies`` cost; 0 on other channels."""
    if channel is not Channel.SMS:
        return 0
    return sum(segment(rendering.render(part)).segments for reply in replies for part in parts_of(reply, channel))


async def enqueue(
    connection: AsyncConnection, vault: Vault, sender_id: int, inbox_id: int | None, channel: Channel,
    replies: tuple[Reply, ...], *, essential: bool = False, hold: Hold | None = None,
) -> int:
    """Add ``replies`` for one person, in order; gives the SMS segments that they cost (0 on other channels).

    The idempotency key is made of the inbound message and the part's place, so that the same turn, done twice,
    is refused by the database.
    """
    total = 0
    parts = [(part, hold) for reply in replies for part in parts_of(reply, channel)]
    if hold is not None and hold.notice is not None:
        parts += [(part, None) for part in parts_of(hold.notice, channel)]
    for place, (reply, held) in enumerate(parts):
        segments = segments_of((reply,), channel)
        total += segments
        status = "waiting" if held is None else "held" if held.kept else "dead"
        await connection.execute(_ENQUEUE_DEAD if status == "dead" else _ENQUEUE, {
            "idempotency_key": vault.hash("outbox", f"{sender_id}/{inbox_id}/{place}"),
            "sender_id": sender_id,
            "inbox_id": inbox_id,
            "content_sealed": vault.seal(encode_reply(reply)),
            "status": status,
            "error": held.code if held is not None else None,
            "segments": segments,
            "essential": essential or (hold is not None and held is None),
        })
    return total


_ENQUEUE = insert(outbox).values(next_attempt_at=NOW, created_at=NOW)
_ENQUEUE_DEAD = _ENQUEUE.values(dead_at=NOW)


async def hurry(connection: AsyncConnection, sender_id: int, *, essential: bool) -> None:
    """Let replies that wait for a reason of ours go at once, in their order.

    The person has just written, so that the phone can be reached: what was to be sent again need wait no longer. And
    what is essential waits for no pace, nor do the replies before it.
    """
    await connection.execute(_HURRY_ALL if essential else _HURRY, {"of_id": sender_id})


_RESENT = outbox.c.resends > 0
_HURRY, _HURRY_ALL = (
    update(outbox)
    .where(outbox.c.sender_id == bindparam("of_id"), outbox.c.status == "waiting", outbox.c.attempts == 0, reasons)
    .values(next_attempt_at=NOW)
    for reasons in (_RESENT, or_(_RESENT, outbox.c.error == PACED))
)


async def next_waiting(connection: AsyncConnection, vault: Vault, sender_id: int) -> Waiting | None:
    """The oldest reply that waits for this person, if its time has come; a later one never overtakes it.

    A list of choices that was to be sent again is dropped where a later reply has gone out: digits mean that one now.
    """
    while True:
        row = (await connection.execute(_NEXT, {"of_id": sender_id})).first()
        if row is None or not row.due:
            return None
        reply = decode_reply(vault.open(row.content_sealed))
        if not (row.resends and reply.choices and await _later_went_out(connection, sender_id, row.id)):
            return Waiting(row.id, row.idempotency_key, reply, row.attempts, row.inbox_id, row.waited,
                           row.since_message, row.segments, row.essential, row.error == PACED, row.held_before)
        await _bury(connection, _OVERTAKEN, outbox.c.id == row.id)


def _next() -> Select[Any]:
    held = outbox.alias("held")
    mine: BindParameter[int] = bindparam("of_id")
    held_before = (
        select(held.c.error)
        .where(held.c.sender_id == mine, held.c.status == "held", held.c.id < outbox.c.id)
        .order_by(held.c.id).limit(1).correlate(outbox).scalar_subquery().label("held_before")
    )
    arrived = select(inbox.c.received_at).where(inbox.c.id == outbox.c.inbox_id).correlate(outbox).scalar_subquery()
    return (
        select(outbox, (outbox.c.next_attempt_at <= NOW).label("due"), (NOW - outbox.c.created_at).label("waited"),
               (NOW - func.coalesce(arrived, outbox.c.created_at)).label("since_message"), held_before)
        .where(outbox.c.sender_id == mine, outbox.c.status == "waiting")
        .order_by(outbox.c.id)
        .limit(1)
    )


_NEXT = _next()


async def _later_went_out(connection: AsyncConnection, sender_id: int, outbox_id: int) -> bool:
    return await connection.scalar(
        select(outbox.c.id)
        .where(outbox.c.sender_id == sender_id, outbox.c.id > outbox_id, outbox.c.status.in_(("sent", "delivered")))
        .limit(1)
    ) is not None


async def lock_person(connection: AsyncConnection, sender_id: int) -> None:
    """Take a person's row before their replies, as everybody does who changes both."""
    await connection.execute(_LOCK, {"of_id": sender_id})


_LOCK = select(senders.c.id).where(senders.c.id == bindparam("of_id")).with_for_update()


async def mark_sent(connection: AsyncConnection, waiting: Waiting, provider_message_id: str | None) -> bool:
    """The provider has taken it: true whoever holds the lease now, and whatever became of the row meanwhile.

    False where it is recorded as sent already: another worker, which took the person over, has sent it too.
    """
    done = await connection.execute(_SENT, {
        "of_id": waiting.id, "provider_message_id": provider_message_id, "attempts": waiting.attempts + 1,
    })
    return bool(done.rowcount)


_SENT = (
    update(outbox)
    .where(outbox.c.id == bindparam("of_id"), outbox.c.status.not_in(("sent", "delivered")))
    .values(status="sent", sent_at=NOW, error=None, dead_at=None)
)


async def mark_failed(connection: AsyncConnection, sender_id: int, waiting: Waiting, error: SendError) -> None:
    """The provider has not taken it: try later, or set it aside as dead where trying again cannot help.

    The caller's transaction has renewed the lease: what another worker does with the reply now is not touched.
    """
    attempts = waiting.attempts + 1
    mine = outbox.c.id == waiting.id
    values: dict[str, Any] = {"attempts": attempts, "error": error.code[:64]}
    if error.retryable and attempts < ATTEMPTS:
        # At once to a new address: it is the old one that was refused.
        delay = 0.0 if error.moved_to else max(error.retry_after or 0.0, delay_seconds(attempts))
        values["next_attempt_at"] = now(connection) + delay
    else:
        values |= {"status": "dead", "dead_at": now(connection)}
    await connection.execute(update(outbox).where(mine, outbox.c.status == "waiting").values(**values))
    await note_unreachable(connection, sender_id, error)


async def postpone(connection: AsyncConnection, waiting: Waiting, seconds: float) -> None:
    """It has its slot in the pace of all, in ``seconds``."""
    await connection.execute(
        update(outbox).where(outbox.c.id == waiting.id, outbox.c.status == "waiting")
        .values(next_attempt_at=now(connection) + seconds, error=PACED)
    )


async def hold(connection: AsyncConnection, waiting: Waiting, code: str) -> None:
    """It does not go out before its cost may be spent again."""
    await connection.execute(
        update(outbox).where(outbox.c.id == waiting.id, outbox.c.status == "waiting").values(status="held", error=code)
    )


async def note_unreachable(connection: AsyncConnection, sender_id: int, error: SendError) -> None:
    """Where ``error`` says that nothing reaches a person: note it, and set aside all that waits for them.

    Who opted out at the provider has opted out here: only a word like START undoes it.
    """
    if not error.unreachable:
        return
    await connection.execute(update(senders).where(senders.c.id == sender_id).values(blocked_at=now(connection)))
    if error.opted_out:
        await connection.execute(
            update(senders).where(senders.c.id == sender_id, senders.c.opted_out_at.is_(None))
            .values(opted_out_at=now(connection))
        )
    await drop_waiting(connection, sender_id, error.code)


async def drop_waiting(connection: AsyncConnection, sender_id: int, reason: str) -> None:
    """Set aside everything that is still to go out to a person: they sent STOP, or cannot be reached."""
    await _bury(connection, reason, outbox.c.sender_id == sender_id, outbox.c.status.in_(PENDING))


async def _bury(connection: AsyncConnection, reason: str, *conditions: Any) -> None:
    await connection.execute(
        update(outbox).where(*conditions).values(status="dead", dead_at=now(connection), error=reason[:64])
    )


def delay_seconds(attempts: int) -> float:
    """Exponential back-off with full jitter above half, in seconds, after ``attempts`` failures."""
    return jittered(min(LONGEST_DELAY_SECONDS, FIRST_DELAY_SECONDS * 2.0 ** (attempts - 1)))


def jittered(seconds: float) -> float:
    """``seconds``, or up to half as long."""
    return seconds * random.uniform(0.5, 1.0)


async def delete_of(connection: AsyncConnection, sender_id: int) -> None:
    """Delete everything sent, and to be sent, to one person."""
    await connection.execute(delete(outbox).where(outbox.c.sender_id == sender_id))
