"""Figures that never fall and cost nothing to read, however many rows there are.

Two kinds of them stand in the table ``counts``: what a process has counted in memory and adds from time to time
(``Tally``: a worker has no port that Prometheus could ask), and sums of rows that are old enough (``fold``). A figure
is the sum in ``counts`` and the rows behind the pointer of its table, which moves with every fold.
"""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from sqlalchemy import ColumnElement, Table, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from connectors.inbox import insert_or_add, insert_or_ignore
from connectors.snapshot import take_snapshot
from store.engine import now, reading, transaction
from store.errors import StoreError
from store.tables import counts, inbox, sends, turns

log = structlog.get_logger()

FOLD_SECONDS = 60.0
YOUNG_SECONDS = 60.0
"""Rows younger than this are not folded: commits come out of order, and a pointer must not pass a row that is still to
come with a smaller id."""
_BATCH = 20_000
_POINTER = "pointer"
_LONGEST_LABEL = 64

Labels = tuple[str, ...]


@dataclass(frozen=True)
class Sum:
    """What is summed of a table: ``value`` for each combination of ``labels``."""

    name: str
    labels: tuple[ColumnElement[Any], ...]
    value: ColumnElement[int]


@dataclass(frozen=True)
class Folded:
    """A table whose rows are only ever added, with an ascending ``id``."""

    table: Table
    time: ColumnElement[float]
    sums: tuple[Sum, ...]


FOLDED = (
    # An expression: to group by the column alone, SQLite would go through a whole index that begins with it.
    Folded(inbox, inbox.c.received_at, (Sum("received", (func.lower(inbox.c.provider),), func.count()),)),
    Folded(turns, turns.c.created_at, (
        Sum("turns", (turns.c.channel, turns.c.language, turns.c.answered, turns.c.urgent), func.count()),
        Sum("sms_segments", (), func.coalesce(func.sum(turns.c.segments), 0)),
    )),
    Folded(sends, sends.c.created_at, (
        Sum("sends", (sends.c.provider, sends.c.result), func.count()),
        Sum("segments", (sends.c.provider, sends.c.country), func.coalesce(func.sum(sends.c.segments), 0)),
    )),
)


class Tally:
    """Counts in memory, until ``flush`` adds them to the database; a process that is killed loses those of seconds."""

    def __init__(self) -> None:
        self._waiting: Counter[tuple[str, Labels]] = Counter()

    def __bool__(self) -> bool:
        """Whether anything was counted since it was last written."""
        return bool(self._waiting)

    def add(self, name: str, *labels: str, value: int = 1) -> None:
        """Count ``value`` more of ``name``."""
        self._waiting[name, labels] += value

    async def flush(self, connection: AsyncConnection) -> Counter[tuple[str, Labels]]:
        """Write what was counted with the caller's transaction; gives it, for ``written`` after the commit."""
        taken = self._waiting.copy()
        await add_to_counts(connection, taken)
        return taken

    def written(self, taken: Counter[tuple[str, Labels]]) -> None:
        """What ``flush`` gave is durable now."""
        self._waiting.subtract(taken)
        self._waiting = +self._waiting


async def add_to_counts(connection: AsyncConnection, values: Mapping[tuple[str, Labels], int]) -> None:
    """Add to sums in the caller's transaction; in one order everywhere, so that two processes do not wait in a ring."""
    rows = [{"name": name, "labels": _encode(labels), "value": value}
            for (name, labels), value in sorted(values.items()) if value]
    if rows:
        await insert_or_add(connection, counts, "value", rows)


async def totals(connection: AsyncConnection) -> dict[str, dict[Labels, int]]:
    """All figures by name and labels, up to now. The connection must see one state of the database throughout."""
    found: dict[str, dict[Labels, int]] = {}
    pointers: dict[str, int] = {}
    for row in await connection.execute(select(counts)):
        if row.name == _POINTER:
            pointers[_decode(row.labels)[0]] = row.value
        else:
            found.setdefault(row.name, {})[_decode(row.labels)] = row.value
    for each in FOLDED:
        for (name, labels), value in (await _sums(connection, each, pointers.get(each.table.name, 0), None)).items():
            known = found.setdefault(name, {})
            known[labels] = known.get(labels, 0) + value
    return found


async def folded_up_to(connection: AsyncConnection, table: Table) -> int:
    """The id up to which a table's rows are in ``counts``; 0 where none are."""
    return await connection.scalar(
        select(counts.c.value).where(counts.c.name == _POINTER, counts.c.labels == _encode((table.name,)))
    ) or 0


async def fold(engine: AsyncEngine) -> int:
    """Add rows that are old enough to ``counts``; gives their number. Several processes may call it at once.

    Raises:
        DatabaseUnavailableError: the database does not answer; what was folded stays folded.
    """
    done = 0
    for each in FOLDED:
        async with transaction(engine) as connection:
            await insert_or_ignore(connection, counts,
                                   {"name": _POINTER, "labels": _encode((each.table.name,)), "value": 0})
        while rows := await _fold_batch(engine, each):
            done += rows
    return done


async def fold_regularly(engine: AsyncEngine) -> None:
    """``fold`` every minute until cancelled, and count anew what cannot be folded."""
    while True:
        try:
            await fold(engine)
            await take_snapshot(engine)
        except StoreError as error:
            log.error("store.not_folded", problem=str(error))
        await asyncio.sleep(FOLD_SECONDS)


async def _fold_batch(engine: AsyncEngine, each: Folded) -> int:
    identifier = each.table.c.id
    async with reading(engine) as connection:
        pointer = await folded_up_to(connection, each.table)
        batch = select(identifier, each.time.label("time")).where(identifier > pointer).order_by(identifier)
        rows = batch.limit(_BATCH).subquery()
        last, count = (
            await connection.execute(
                select(func.max(rows.c.id), func.count()).where(rows.c.time < now(connection) - YOUNG_SECONDS)
            )
        ).one()
    if last is None:
        return 0
    async with transaction(engine) as connection:
        moved = await connection.execute(
            update(counts)
            .where(counts.c.name == _POINTER, counts.c.labels == _encode((each.table.name,)),
                   counts.c.value == pointer)
            .values(value=last)
        )
        if not moved.rowcount:  # another process has folded these
            return 0
        await add_to_counts(connection, await _sums(connection, each, pointer, last))
    return int(count)


async def _sums(
    connection: AsyncConnection, each: Folded, after: int, up_to: int | None
) -> dict[tuple[str, Labels], int]:
    condition = each.table.c.id > after if up_to is None else each.table.c.id.between(after + 1, up_to)
    found: dict[tuple[str, Labels], int] = {}
    for one in each.sums:
        statement = select(*one.labels, one.value).select_from(each.table).where(condition)
        for row in await connection.execute(statement.group_by(*one.labels) if one.labels else statement):
            *labels, value = row
            if value:
                key = one.name, tuple(_label(label) for label in labels)
                found[key] = found.get(key, 0) + int(value)
    return found


def _label(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value)[:_LONGEST_LABEL]


def _encode(labels: Sequence[str]) -> str:
    return json.dumps(labels, ensure_ascii=False, separators=(",", ":"))


def _decode(labels: str) -> Labels:
    return tuple(json.loads(labels))
