"""Deleting by age: what people wrote, what was answered, what is remembered of a conversation."""

from __future__ import annotations

import asyncio

import structlog
from sqlalchemy import and_, delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from connectors.counts import fold, folded_up_to
from connectors.outbox import PENDING
from connectors.pace import clear
from connectors.receipts import KEPT_SECONDS
from store.engine import now, transaction
from store.errors import StoreError
from store.tables import conversations, inbox, outbox, questions, receipts, senders, sends

log = structlog.get_logger()

_HOUR = 3600.0
_DAY = 86_400.0


async def purge(engine: AsyncEngine, days: int) -> int:
    """Delete texts and conversations older than ``days``; gives the number of rows concerned.

    What stays: keyed hashes of seen ids (or a redelivery would be answered again), counts without texts, and the STOP
    flag. A person who has neither a conversation nor anything waiting loses the address too, unless they sent STOP.
    """
    await fold(engine)  # what is deleted has been counted
    touched = 0
    async with transaction(engine) as connection:
        limit = now(connection) - days * _DAY
        folded = await folded_up_to(connection, sends)
        recent = inbox.c.received_at >= limit
        unread = and_(inbox.c.processed_at.is_(None), inbox.c.failed_at.is_(None))
        for statement in (
            update(inbox).where(
                inbox.c.received_at < limit, or_(inbox.c.processed_at.is_not(None), inbox.c.failed_at.is_not(None)),
                inbox.c.content_sealed.is_not(None),
            ).values(content_sealed=None, text_hash=None),
            # The last one stays, so that SQLite does not use its id again, behind the pointer.
            delete(sends).where(sends.c.created_at < limit, sends.c.id < folded),
            delete(outbox).where(outbox.c.created_at < limit, outbox.c.status.not_in(PENDING)),
            delete(receipts).where(receipts.c.received_at < now(connection) - KEPT_SECONDS),
            delete(conversations).where(conversations.c.updated_at < limit),
            update(questions).where(questions.c.created_at < limit, questions.c.content_sealed.is_not(None))
            .values(content_sealed=None),
            delete(senders).where(
                senders.c.created_at < limit, senders.c.opted_out_at.is_(None),
                ~select(conversations.c.sender_id).where(conversations.c.sender_id == senders.c.id).exists(),
                ~select(outbox.c.id).where(outbox.c.sender_id == senders.c.id).exists(),
                ~select(inbox.c.id).where(inbox.c.sender_id == senders.c.id, or_(recent, unread)).exists(),
            ),
        ):
            touched += (await connection.execute(statement)).rowcount
        await clear(connection)
    return touched


async def purge_regularly(engine: AsyncEngine, days: int) -> None:
    """``purge`` every hour until cancelled."""
    while True:
        try:
            rows = await purge(engine, days)
            if rows:
                log.info("store.purged", rows=rows, days=days)
        except StoreError as error:
            log.error("store.not_purged", problem=str(error))
        await asyncio.sleep(_HOUR)
