"""The thread through the logs: which inbound message something at the far end belongs to."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from store.tables import outbox, outbox_parts


async def message_of(connection: AsyncConnection, provider_message_id: str) -> int | None:
    """The inbox id of the message that a reply, or a part of one, was sent to; None where it is not ours, or gone."""
    whole = select(outbox.c.inbox_id).where(outbox.c.provider_message_id == provider_message_id)
    found: int | None = await connection.scalar(whole.limit(1))
    if found is not None:
        return found
    part = select(outbox_parts.c.idempotency_key).where(outbox_parts.c.provider_message_id == provider_message_id)
    return await connection.scalar(
        select(outbox.c.inbox_id).where(outbox.c.idempotency_key == part.limit(1).scalar_subquery())
    )
