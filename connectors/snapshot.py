"""How many replies are kept in each state, without counting millions of rows whenever somebody asks.

Rows change their state and go with time, so that they cannot be folded as in ``counts``: once a minute one process
counts the settled ones anew, and a reader adds what came since. What is not settled is rare, and counted by its index.
"""

from __future__ import annotations

import json

from sqlalchemy import BigInteger, cast, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from connectors.inbox import insert_or_ignore
from store.engine import now, reading, transaction
from store.tables import IN_ANY_STATE, counts, outbox

SNAPSHOT_SECONDS = 50
SETTLED = ("sent", "delivered")
UNSETTLED = ("waiting", "held", "undelivered", "dead")
_REPLIES, _TAKEN, _UP_TO = "replies", "replies_taken", "replies_up_to"
_NO_LABELS = "[]"


async def take_snapshot(engine: AsyncEngine) -> bool:
    """Count settled replies anew, if nobody has done it in ``SNAPSHOT_SECONDS``; says whether it was done.

    Raises:
        DatabaseUnavailableError: the database does not answer.
    """
    async with transaction(engine) as connection:
        for name in (_TAKEN, _UP_TO):
            await insert_or_ignore(connection, counts, {"name": name, "labels": _NO_LABELS, "value": 0})
        claimed = await connection.execute(
            update(counts).where(counts.c.name == _TAKEN, counts.c.value < now(connection) - SNAPSHOT_SECONDS)
            .values(value=cast(now(connection), BigInteger))
        )
        if not claimed.rowcount:
            return False
    async with reading(engine) as connection:
        up_to = await connection.scalar(select(func.max(outbox.c.id))) or 0
        found = await connection.execute(
            select(outbox.c.status, func.count())
            .where(IN_ANY_STATE, outbox.c.status.in_(SETTLED), outbox.c.id <= up_to).group_by(outbox.c.status)
        )
        rows = [{"name": _REPLIES, "labels": json.dumps([status]), "value": count} for status, count in found]
    async with transaction(engine) as connection:
        await connection.execute(delete(counts).where(counts.c.name == _REPLIES))
        await connection.execute(update(counts).where(counts.c.name == _UP_TO).values(value=up_to))
        if rows:
            await connection.execute(counts.insert(), rows)
    return True


async def replies_by_status(connection: AsyncConnection) -> dict[str, int]:
    """The number of replies kept, by state; settled ones may have changed within the last minute."""
    up_to, found = 0, {}
    for row in await connection.execute(
        select(counts.c.name, counts.c.labels, counts.c.value).where(counts.c.name.in_((_REPLIES, _UP_TO)))
    ):
        if row.name == _UP_TO:
            up_to = row.value
        else:
            found[json.loads(row.labels)[0]] = row.value
    # Grouped by an expression: SQLite would go through the whole index of states to save itself the sorting.
    bare = func.lower(outbox.c.status)
    for status, count in await connection.execute(
        select(bare, func.count()).where(outbox.c.id > up_to).group_by(bare)
    ):
        if status in SETTLED:
            found[status] = found.get(status, 0) + count
    for status, count in await connection.execute(
        select(outbox.c.status, func.count()).where(IN_ANY_STATE, outbox.c.status.in_(UNSETTLED))
        .group_by(outbox.c.status)
    ):
        found[status] = count
    return found
