"""Deleting by age: what people wrote, what was answered, what is remembered of a conversation, and what hangs on it.

What stays, and why, is the table of docs/security.md. Copies that a provider is still asked to erase end by themselves
(connectors/erasure.py).
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import structlog
from sqlalchemy import ColumnElement, Delete, Select, Table, Update, and_, delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from connectors.counts import fold, folded_up_to
from connectors.outbox import PENDING
from connectors.pace import clear
from connectors.receipts import KEPT_SECONDS as RECEIPT_SECONDS
from store.engine import NOW, transaction
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
BATCH = 5_000
"""How many rows one transaction takes."""
_HOUR = 3_600.0
_DAY = 86_400.0


async def purge(engine: AsyncEngine, days: int) -> int:
    """Delete texts and conversations older than ``days``; gives the number of rows concerned.

    What stays: keyed hashes of seen ids (or a redelivery would be answered again), counts without texts, and the STOP
    flag. A person who has neither a conversation nor anything waiting loses the address too, unless they sent STOP.
    Nothing that still waits to be answered or sent is touched.

    Each transaction takes ``BATCH`` rows, so that nobody waits long for it, however much there is.

    Raises:
        DatabaseUnavailableError: what has not been deleted yet goes the next time.
    """
    await fold(engine)  # what is deleted has been counted
    async with transaction(engine) as connection:
        # The last one stays, so that SQLite does not use its id again, behind the pointer.
        counted = sends.c.id < await folded_up_to(connection, sends)
        await clear(connection)
    touched = 0
    for step in _steps(days * _DAY, counted):
        found, after = BATCH, None
        while found == BATCH:
            async with transaction(engine) as connection:
                keys = (await connection.scalars(step.keys(after))).all()
                if keys:
                    touched += (await connection.execute(step.statement(keys[0], keys[-1]))).rowcount
            found, after = len(keys), keys[-1] if keys else None
    return touched


@dataclass(frozen=True)
class _Step:
    """Rows of one table that go, or that lose ``emptied``."""

    table: Table
    where: ColumnElement[bool]
    emptied: tuple[str, ...] = ()

    def keys(self, after: Any) -> Select[Any]:
        """The keys of the next rows, for looking through a large table once and not once for each batch."""
        later = self.where if after is None else and_(self.where, self._key > after)
        return select(self._key).where(later).order_by(self._key).limit(BATCH)

    def statement(self, first: Any, last: Any) -> Update | Delete:
        """What is done to the rows with keys from ``first`` to ``last``."""
        some = and_(self._key.between(first, last), self.where)
        if self.emptied:
            return update(self.table).where(some).values(dict.fromkeys(self.emptied))
        return delete(self.table).where(some)

    @property
    def _key(self) -> ColumnElement[Any]:
        # Of a key of several columns, the last: which rows a batch takes matters to nobody, as long as it takes some.
        return list(self.table.primary_key.columns)[-1]


def _steps(age: float, counted: ColumnElement[bool]) -> Iterator[_Step]:
    limit = NOW - age
    unread = and_(inbox.c.processed_at.is_(None), inbox.c.failed_at.is_(None))
    written = ("content_sealed", "provider_id_sealed", "text_hash")
    anything = or_(*(inbox.c[each].is_not(None) for each in written))
    yield _Step(inbox, and_(inbox.c.received_at < limit, ~unread, anything), written)
    yield _Step(outbox, and_(outbox.c.created_at < limit, outbox.c.status.not_in(PENDING)))
    yield _Step(sends, and_(sends.c.created_at < limit, counted))
    yield _Step(conversations, conversations.c.updated_at < limit)
    yield _Step(questions, and_(questions.c.created_at < limit, questions.c.content_sealed.is_not(None)),
                ("content_sealed",))
    yield _Step(receipts, receipts.c.received_at < NOW - min(age, RECEIPT_SECONDS))
    yield _Step(inbound_parts, inbound_parts.c.received_at < NOW - min(age, PART_SECONDS))
    yield _Step(simulator_messages, simulator_messages.c.created_at < NOW - min(age, _DAY))
    yield _Step(workers, workers.c.seen_at < NOW - WORKER_SECONDS)
    yield _Step(senders, and_(
        senders.c.created_at < limit, senders.c.opted_out_at.is_(None),
        ~select(conversations.c.sender_id).where(conversations.c.sender_id == senders.c.id).exists(),
        ~select(outbox.c.id).where(outbox.c.sender_id == senders.c.id).exists(),
        ~select(inbox.c.id).where(inbox.c.sender_id == senders.c.id,
                                  or_(inbox.c.received_at >= limit, unread)).exists(),
    ))


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
