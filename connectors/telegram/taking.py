"""Making durable what an update brings, the same for webhook and polling."""

from __future__ import annotations

import structlog
from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from connectors import outbox
from connectors.channel import Inbound
from connectors.inbox import find_sender
from connectors.intake import Intake
from connectors.moving import move_sender
from connectors.telegram.updates import ChatChange, Received
from store.engine import now
from store.messages import Channel, Message, Provider
from store.tables import inbox, senders

log = structlog.get_logger()

_BLOCKED = "403"


async def take(intake: Intake, connection: AsyncConnection, received: Received) -> None:
    """Store a message, or apply a change of a chat, in the caller's transaction. Done twice, it is done once."""
    if received.inbound is not None:
        await intake.receive_with(connection, received.inbound)
    if received.change is not None:
        await _apply(intake, connection, received.change)


async def _apply(intake: Intake, connection: AsyncConnection, change: ChatChange) -> None:
    chat = Inbound(Provider.TELEGRAM, Channel.TELEGRAM, change.address, "", Message(Channel.TELEGRAM, ""))
    sender_id = await find_sender(connection, intake.vault, chat)
    if sender_id is None:
        return
    if change.moved_to is not None:
        await move_sender(connection, intake.vault, sender_id, change.moved_to)
        log.info("telegram.group_moved", sender=sender_id)
        return
    if change.reachable:
        await connection.execute(update(senders).where(senders.c.id == sender_id).values(blocked_at=None))
        return
    # Delivered late or again, it does not outrank what the person wrote since.
    written = await connection.scalar(
        select(func.max(inbox.c.received_at)).where(inbox.c.sender_id == sender_id)
    )
    if written is not None and written > change.at + 1:
        return
    await connection.execute(update(senders).where(senders.c.id == sender_id).values(blocked_at=now(connection)))
    await outbox.drop_waiting(connection, sender_id, _BLOCKED)
    log.info("telegram.blocked", sender=sender_id)
