"""Deleting by age: what people wrote, what was answered, what is remembered of a conversation, and what hangs on it.

What stays, and why, is the table of docs/security.md. Copies that a provider is still asked to erase end by themselves
(connectors/erasure.py).
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import structlog
from sqlalchemy import ColumnElement, Delete, Update, and_, delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from connectors.counts import fold, folded_up_to
from connectors.outbox import PENDING
from connectors.pace import clear
from connectors.receipts import KEPT_SECONDS as RECEIPT_SECONDS
from store.engine import now, transaction
from store.errors import StoreError
from store.space import reclaim
from store.tables import (
    conversations,
    inbound_parts,
    inbox,
    outbox,
    questions,
    receipts,
    senders,
    sends,
    simulator_messages,
    workers,
)

log = structlog.get_logger()

PART_SECONDS = 86_400.0
"""A long message of which a part is missing after a day stays incomplete."""
WORKER_SECONDS = 3_600.0
_HOUR = 3_600.0
_DAY = 86_400.0


async def purge(engine: AsyncEngine, days: int) -> int:
    """Delete texts and conversations older than ``days``; gives the number of rows concerned.

    What stays: keyed hashes of seen ids (or a redelivery would be answered again), counts without texts, and the STOP
    flag. A person who has neither a conversation nor anything waiting loses the address too, unless they sent STOP.
    Nothing that still waits to be answered or sent is touched.

    Raises:
        DatabaseUnavailableError: nothing was deleted.
    """
    await fold(engine)  # what is deleted has been counted
    touched = 0
    async with transaction(engine) as connection:
        # The last one stays, so that SQLite does not use its id again, behind the pointer.
        counted = sends.c.id < await folded_up_to(connection, sends)
        for statement in _statements(now(connection), days * _DAY, counted):
            touched += (await connection.execute(statement)).rowcount
        await clear(connection)
    return touched


def _statements(
    clock: ColumnElement[float], age: float, counted: ColumnElement[bool]
) -> Iterator[Update | Delete]:
    limit = clock - age
    unread = and_(inbox.c.processed_at.is_(None), inbox.c.failed_at.is_(None))
    yield (
        update(inbox)
        .where(inbox.c.received_at < limit, ~unread,
               or_(inbox.c.content_sealed.is_not(None), inbox.c.provider_id_sealed.is_not(None),
                   inbox.c.text_hash.is_not(None)))
        .values(content_sealed=None, provider_id_sealed=None, text_hash=None)
    )
    yield delete(outbox).where(outbox.c.created_at < limit, outbox.c.status.not_in(PENDING))
    yield delete(sends).where(sends.c.created_at < limit, counted)
    yield delete(conversations).where(conversations.c.updated_at < limit)
    yield (
        update(questions).where(questions.c.created_at < limit, questions.c.content_sealed.is_not(None))
        .values(content_sealed=None)
    )
    yield delete(receipts).where(receipts.c.received_at < clock - min(age, RECEIPT_SECONDS))
    yield delete(inbound_parts).where(inbound_parts.c.received_at < clock - min(age, PART_SECONDS))
    yield delete(simulator_messages).where(simulator_messages.c.created_at < clock - min(age, _DAY))
    yield delete(workers).where(workers.c.seen_at < clock - WORKER_SECONDS)
    yield delete(senders).where(
        senders.c.created_at < limit, senders.c.opted_out_at.is_(None),
        ~select(conversations.c.sender_id).where(conversations.c.sender_id == senders.c.id).exists(),
        ~select(outbox.c.id).where(outbox.c.sender_id == senders.c.id).exists(),
        ~select(inbox.c.id).where(inbox.c.sender_id == senders.c.id,
                                  or_(inbox.c.received_at >= limit, unread)).exists(),
    )


async def purge_regularly(engine: AsyncEngine, days: int) -> None:
    """``purge`` every hour until cancelled, and free the room in the database's files."""
    while True:
        try:
            rows = await purge(engine, days)
            emptied = await reclaim(engine)
            if rows or not emptied:
                log.info("store.purged", rows=rows, days=days, log_emptied=emptied)
        except StoreError as error:
            log.error("store.not_purged", problem=str(error))
        await asyncio.sleep(_HOUR)
