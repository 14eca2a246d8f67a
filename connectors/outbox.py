"""The durable outbox: what is to be sent, once, in order, and what became of it."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from connectors.channel import decode_reply, encode_reply
from connectors.errors import SendError
from connectors.sms import rendering
from connectors.splitting import parts_of
from content.segments import segment
from store.addresses import Vault
from store.engine import now
from store.messages import Channel, Reply
from store.tables import outbox, senders

ATTEMPTS = 20  # with the delays below: for about two hours
FIRST_DELAY_SECONDS = 2.0
LONGEST_DELAY_SECONDS = 600.0
PACED = "pace"


@dataclass(frozen=True)
class Waiting:
    """One reply that waits to be sent; ``paced``: it has waited for its slot in the pace of all."""

    id: int
    idempotency_key: str
    reply: Reply
    attempts: int
    paced: bool = False


async def enqueue(
    connection: AsyncConnection, vault: Vault, sender_id: int, inbox_id: int | None, channel: Channel,
    replies: tuple[Reply, ...],
) -> int:
    """Add ``replies`` for one person, in order; gives the SMS segments that they cost (0 on other channels).

    The idempotency key is made of the inbound message and the part's place, so that the same turn, done twice,
    is refused by the database.
    """
    total = 0
    parts = [part for reply in replies for part in parts_of(reply, channel)]
    for place, reply in enumerate(parts):
        segments = segment(rendering.render(reply)).segments if channel is Channel.SMS else 0
        total += segments
        await connection.execute(
            insert(outbox).values(
                idempotency_key=vault.hash("outbox", f"{sender_id}/{inbox_id}/{place}"),
                sender_id=sender_id,
                inbox_id=inbox_id,
                content_sealed=vault.seal(encode_reply(reply)),
                status="waiting",
                next_attempt_at=now(connection),
                created_at=now(connection),
                segments=segments,
            )
        )
    return total


async def next_waiting(connection: AsyncConnection, vault: Vault, sender_id: int) -> Waiting | None:
    """The oldest reply that waits for this person, if its time has come; a later one never overtakes it."""
    row = (
        await connection.execute(
            select(outbox, (outbox.c.next_attempt_at <= now(connection)).label("due"))
            .where(outbox.c.sender_id == sender_id, outbox.c.status == "waiting")
            .order_by(outbox.c.id)
            .limit(1)
        )
    ).first()
    if row is None or not row.due:
        return None
    return Waiting(row.id, row.idempotency_key, decode_reply(vault.open(row.content_sealed)), row.attempts,
                   row.error == PACED)


async def mark_sent(connection: AsyncConnection, waiting: Waiting, provider_message_id: str | None) -> None:
    """The provider has taken it."""
    await connection.execute(
        update(outbox)
        .where(outbox.c.id == waiting.id)
        .values(status="sent", sent_at=now(connection), provider_message_id=provider_message_id, error=None,
                attempts=waiting.attempts + 1)
    )


async def mark_failed(connection: AsyncConnection, sender_id: int, waiting: Waiting, error: SendError) -> None:
    """The provider has not taken it: try later, or set it aside as dead where trying again cannot help."""
    attempts = waiting.attempts + 1
    if error.retryable and attempts < ATTEMPTS:
        delay = error.retry_after if error.retry_after is not None else delay_seconds(attempts)
        values: dict[str, Any] = {"next_attempt_at": now(connection) + delay}
    else:
        values = {"status": "dead"}
    await connection.execute(
        update(outbox).where(outbox.c.id == waiting.id).values(attempts=attempts, error=error.code[:64], **values)
    )
    if error.unreachable:
        await connection.execute(update(senders).where(senders.c.id == sender_id).values(blocked_at=now(connection)))
        await drop_waiting(connection, sender_id, error.code)


async def postpone(connection: AsyncConnection, waiting: Waiting, seconds: float) -> None:
    """It has its slot in the pace of all, in ``seconds``."""
    await connection.execute(
        update(outbox).where(outbox.c.id == waiting.id, outbox.c.status == "waiting")
        .values(next_attempt_at=now(connection) + seconds, error=PACED)
    )


async def drop_waiting(connection: AsyncConnection, sender_id: int, reason: str) -> None:
    """Set aside everything that waits to be sent to a person: they sent STOP, or cannot be reached."""
    await connection.execute(
        update(outbox)
        .where(outbox.c.sender_id == sender_id, outbox.c.status == "waiting")
        .values(status="dead", error=reason[:64])
    )


def delay_seconds(attempts: int) -> float:
    """Exponential back-off with full jitter above half, in seconds, after ``attempts`` failures."""
    longest = min(LONGEST_DELAY_SECONDS, FIRST_DELAY_SECONDS * 2.0 ** (attempts - 1))
    return longest * random.uniform(0.5, 1.0)


async def record_delivery(
    connection: AsyncConnection, provider_message_id: str, status: str, error: str | None
) -> bool:
    """Note a delivery receipt; False where the message is not ours or already has a final state."""
    delivered = status == "delivered"
    values: dict[str, Any] = {"status": status, "error": error}
    if delivered:
        values["delivered_at"] = now(connection)
    result = await connection.execute(
        update(outbox)
        .where(outbox.c.provider_message_id == provider_message_id, outbox.c.status == "sent")
        .values(**values)
    )
    return bool(result.rowcount)


async def delete_of(connection: AsyncConnection, sender_id: int) -> None:
    """Delete everything sent, and to be sent, to one person."""
    await connection.execute(delete(outbox).where(outbox.c.sender_id == sender_id))
