"""One turn of one person, in one transaction: what the assistant made of a message becomes durable."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import Any, Protocol

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from connectors import outbox as outgoing
from connectors.channel import decode_message
from connectors.forgetting import forget
from connectors.inbox import Lease, renew_lease
from connectors.personal_data import with_data
from connectors.sms.budget import country_of, hold_for
from connectors.sms.limits import SmsLimits
from content.models import URGENT
from store.addresses import Vault
from store.engine import NOW, now, reading, transaction
from store.messages import Channel, Effect, Message, Provider, Reply, Turn
from store.tables import conversations, inbox, questions, senders, turns

FIRST_CONSENT = "1"
"""The version of the introduction that people have read of whom it was not noted yet."""


class Assistant(Protocol):
    """What answers. Handed to the worker by ``sahan``; the edge knows nothing else of it."""

    async def respond(self, message: Message, conversation: dict[str, Any]) -> Turn:
        """Answer one message of a person whose state after the last turn was ``conversation`` ({}: new)."""

    def apologise(self, message: Message, conversation: dict[str, Any]) -> Turn:
        """Say that this message could not be answered, without any model. Never raises."""

    def limit_notice(self, message: Message, conversation: dict[str, Any]) -> Reply:
        """Say that the rest comes tomorrow, for the SMS of today are used."""

    def must_hear(self, message: Message) -> bool:
        """Whether a message is answered whatever the limits: danger, STOP, EFFACER. Asked only above a limit."""

    def slow_down(self, message: Message, conversation: dict[str, Any]) -> Turn:
        """Ask the person to write less often. Asked only above a limit."""


@dataclass(frozen=True)
class Unread:
    """One message that waits for its answer, for ``waited`` seconds; ``received_at`` in seconds since 1970."""

    inbox_id: int
    message: Message
    conversation: dict[str, Any]
    attempts: int
    received_at: float
    waited: float


async def next_unread(engine: AsyncEngine, vault: Vault, sender_id: int) -> Unread | None:
    """The oldest unanswered message of a person, with the state of the conversation."""
    async with reading(engine, as_of_one_moment=False) as connection:
        row = (await connection.execute(_NEXT_UNREAD, {"of_id": sender_id})).first()
    if row is None:
        return None
    message = decode_message(
        vault.open(row.content_sealed), opted_out=row.opted_out_at is not None, country_guess=row.country_guess
    )
    message = replace(message, consent=row.consent_version or FIRST_CONSENT)
    state = json.loads(vault.open(row.state_sealed)) if row.state_sealed else {}
    return Unread(row.id, message, state, row.attempts, row.received_at, row.waited)


_NEXT_UNREAD = (
    select(
        inbox.c.id, inbox.c.content_sealed, inbox.c.attempts, inbox.c.received_at,
        (NOW - inbox.c.received_at).label("waited"), senders.c.opted_out_at, senders.c.country_guess,
        senders.c.consent_version, conversations.c.state_sealed,
    )
    .join(senders, senders.c.id == inbox.c.sender_id)
    .outerjoin(conversations, conversations.c.sender_id == senders.c.id)
    .where(inbox.c.sender_id == bindparam("of_id"), inbox.c.processed_at.is_(None), inbox.c.failed_at.is_(None))
    .order_by(inbox.c.id)
    .limit(1)
)


async def record_turn(
    engine: AsyncEngine, vault: Vault, lease: Lease, unread: Unread, turn: Turn, *, failed: bool = False,
    limits: SmsLimits | None = None, notice: Reply | None = None, slowed: bool = False, retention_days: int = 30,
) -> None:
    """Make a turn durable: replies to the outbox, the new state, effects, the message done.

    Args:
        failed: the message could not be answered and is kept, with the apology sent, for staff.
        limits: of what a person may cost by SMS; None: none.
        notice: what the person is told where ``limits`` hold the replies back.
        slowed: the turn tells the person that they write too fast.
        retention_days: after how many days texts are deleted; told to who asks for their data.

    Raises:
        LeaseLostError: nothing was written.
    """
    async with transaction(engine) as connection:
        await renew_lease(connection, lease)
        if Effect.FORGET in turn.effects:
            await forget(connection, vault, lease.sender_id, unread.inbox_id)
        if Effect.EXPORT in turn.effects:
            turn = await with_data(connection, vault, lease.sender_id, unread.message.channel, turn, retention_days)
        if Effect.OPT_OUT in turn.effects:
            await outgoing.drop_waiting(connection, lease.sender_id, "stop")
        segments = await _enqueue(connection, vault, lease, unread, turn, limits, notice)
        await _apply(connection, lease.sender_id, turn)
        if slowed:
            await connection.execute(
                update(senders).where(senders.c.id == lease.sender_id).values(slowed_at=now(connection))
            )
        await connection.execute(_FAILED if failed else _DONE, {"of_id": unread.inbox_id})
        if Effect.FORGET in turn.effects:
            return
        await _save_state(connection, vault, lease.sender_id, turn.conversation)
        await _record_for_staff(connection, vault, lease.sender_id, unread, turn)
        await connection.execute(_COUNT, {
            "channel": unread.message.channel, "topic": turn.understanding.topic,
            "language": turn.understanding.language, "urgent": turn.understanding.urgent,
            "answered": turn.understanding.topic is not None, "segments": segments,
        })


_DONE = update(inbox).where(inbox.c.id == bindparam("of_id")).values(processed_at=NOW)
_FAILED = update(inbox).where(inbox.c.id == bindparam("of_id")).values(failed_at=NOW)
_COUNT = insert(turns).values(created_at=NOW)


async def _enqueue(
    connection: AsyncConnection, vault: Vault, lease: Lease, unread: Unread, turn: Turn, limits: SmsLimits | None,
    notice: Reply | None,
) -> int:
    quoted = unread.message.quoted
    replies = () if unread.message.answered else tuple(replace(each, quotes=quoted) for each in turn.replies)
    essential = is_essential(turn)
    await outgoing.hurry(connection, lease.sender_id, essential=essential)
    hold = None
    if limits is not None and notice is not None and replies and not essential:
        found = await address_of(connection, vault, lease.sender_id)
        if found is not None and found[0] != Provider.SIMULATOR:
            segments = outgoing.segments_of(replies, unread.message.channel)
            hold = await hold_for(connection, limits, lease.sender_id, country_of(found[1]), segments, notice)
    return await outgoing.enqueue(
        connection, vault, lease.sender_id, unread.inbox_id, unread.message.channel, replies,
        essential=essential, hold=hold,
    )


def is_essential(turn: Turn) -> bool:
    """Whether the replies go out whatever they cost: danger, and what confirms STOP, START or EFFACER."""
    confirms = any(effect is not Effect.EXPORT for effect in turn.effects)
    return turn.understanding.urgent or (turn.understanding.topic or "").startswith(URGENT) or confirms


async def record_attempt(engine: AsyncEngine, lease: Lease, unread: Unread) -> None:
    """Count a failed attempt to answer a message. Raises LeaseLostError: nothing was written."""
    async with transaction(engine) as connection:
        await renew_lease(connection, lease)
        await connection.execute(
            update(inbox).where(inbox.c.id == unread.inbox_id).values(attempts=unread.attempts + 1)
        )


async def record_fault(engine: AsyncEngine, lease: Lease, attempts: int) -> None:
    """Count a fault of ours against what was being done for a person, and set it aside after ``attempts``.

    So that a row that cannot be read or sent does not stand in the way of the person's other messages for ever.

    Raises:
        LeaseLostError: nothing was written.
    """
    async with transaction(engine) as connection:
        await renew_lease(connection, lease)
        row = (
            await connection.execute(
                select(inbox.c.id, inbox.c.attempts)
                .where(inbox.c.sender_id == lease.sender_id, inbox.c.processed_at.is_(None),
                       inbox.c.failed_at.is_(None))
                .order_by(inbox.c.id).limit(1)
            )
        ).first()
        if row is None:
            await outgoing.drop_waiting(connection, lease.sender_id, "fault")
            return
        values: dict[str, Any] = {"attempts": row.attempts + 1}
        if row.attempts + 1 >= attempts:
            values["failed_at"] = now(connection)
        await connection.execute(update(inbox).where(inbox.c.id == row.id).values(**values))


async def _apply(connection: AsyncConnection, sender_id: int, turn: Turn) -> None:
    if Effect.OPT_OUT in turn.effects:
        await connection.execute(
            update(senders).where(senders.c.id == sender_id).values(opted_out_at=now(connection))
        )
    if Effect.OPT_IN in turn.effects:
        await connection.execute(update(senders).where(senders.c.id == sender_id).values(opted_out_at=None))
    if turn.consent is not None and Effect.FORGET not in turn.effects:
        await connection.execute(
            update(senders).where(senders.c.id == sender_id).values(consent_version=turn.consent)
        )


async def _save_state(connection: AsyncConnection, vault: Vault, sender_id: int, state: dict[str, Any]) -> None:
    sealed = vault.seal(json.dumps(state, ensure_ascii=False))
    done = await connection.execute(_KEEP_STATE, {"of_id": sender_id, "state_sealed": sealed})
    if not done.rowcount:
        await connection.execute(_FIRST_STATE, {"sender_id": sender_id, "state_sealed": sealed})


_KEEP_STATE = update(conversations).where(conversations.c.sender_id == bindparam("of_id")).values(updated_at=NOW)
_FIRST_STATE = insert(conversations).values(updated_at=NOW)


async def _record_for_staff(
    connection: AsyncConnection, vault: Vault, sender_id: int, unread: Unread, turn: Turn
) -> None:
    if turn.question is None:
        return
    await connection.execute(
        insert(questions).values(
            kind=turn.question, sender_id=sender_id, content_sealed=vault.seal(unread.message.text),
            topic=turn.understanding.topic, language=turn.understanding.language, country=turn.country,
            channel=unread.message.channel, created_at=now(connection),
        )
    )


async def address_of(connection: AsyncConnection, vault: Vault, sender_id: int) -> tuple[str, str, Channel] | None:
    """(provider, address, channel) of a person, None where the address is gone."""
    row = (await connection.execute(_ADDRESS, {"of_id": sender_id})).first()
    if row is None or row.address_sealed is None:
        return None
    return row.provider, vault.open(row.address_sealed), Channel(row.channel)


_ADDRESS = select(senders.c.provider, senders.c.address_sealed, senders.c.channel).where(
    senders.c.id == bindparam("of_id")
)
