"""How fast all workers together may send: a place in time is reserved for each message, in the database.

The generic cell rate algorithm (ITU-T I.371, appendix A.2): one number for each thing that is limited, the time at
which the next message would go if there were no bursts. Workers on any number of machines share it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import bindparam, case, delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from store.engine import NOW, now
from store.tables import paces


@dataclass(frozen=True)
class Limit:
    """One thing that is limited.

    Attributes:
        name: of what is limited, at most 64 characters; no address.
        cost_seconds: how long one message takes up: 1.0 for one a second.
        burst_seconds: how far ahead of that pace messages may be: ``(n - 1) * cost_seconds`` lets n go at once.
    """

    name: str
    cost_seconds: float
    burst_seconds: float = 0.0


async def reserve(
    connection: AsyncConnection, name: str, cost_seconds: float, burst_seconds: float = 0.0
) -> float:
    """Reserve the next place under ``name`` in the caller's transaction; gives the seconds to wait for it, or 0.0.

    The place is taken once this transaction commits, used or not: whoever must wait does not reserve again.
    """
    return await _move(connection, name, cost_seconds, cost_seconds + burst_seconds)


async def reserve_all(connection: AsyncConnection, limits: Sequence[Limit]) -> float:
    """Reserve a place under each limit, always in the same order; gives the longest wait in seconds."""
    waits = [await reserve(connection, each.name, each.cost_seconds, each.burst_seconds) for each in limits]
    return max(waits, default=0.0)


async def hold(connection: AsyncConnection, name: str, seconds: float) -> bool:
    """Let nothing go under ``name`` for ``seconds``: the provider said so. Whether something was held there already.

    ``name`` is one of its own, not one that places are reserved under: those are taken ahead of time.
    """
    until = now(connection) + seconds
    held = await held_for(connection, name) > 0
    await connection.execute(
        _insert(connection).values(name=name, next_at=until).on_conflict_do_update(
            index_elements=["name"], set_={"next_at": case((paces.c.next_at > until, paces.c.next_at), else_=until)}
        )
    )
    return held


async def held_for(connection: AsyncConnection, name: str) -> float:
    """How many seconds ``name`` is still held; 0.0 where it is not."""
    return max(0.0, await connection.scalar(_HELD, {"of_name": name}) or 0.0)


_HELD = select(paces.c.next_at - NOW).where(paces.c.name == bindparam("of_name"))


async def clear(connection: AsyncConnection) -> int:
    """Delete what limits nothing any more; gives the number of rows."""
    return (await connection.execute(delete(paces).where(paces.c.next_at < now(connection)))).rowcount


async def _move(connection: AsyncConnection, name: str, cost_seconds: float, allowance: float) -> float:
    clock = now(connection)
    later = case((paces.c.next_at > clock, paces.c.next_at), else_=clock) + cost_seconds
    left = await connection.scalar(
        _insert(connection)
        .values(name=name, next_at=clock + cost_seconds)
        .on_conflict_do_update(index_elements=["name"], set_={"next_at": later})
        .returning(paces.c.next_at - clock)
    )
    return max(0.0, float(left or 0.0) - allowance)


def _insert(connection: AsyncConnection) -> postgresql.Insert | sqlite.Insert:
    return postgresql.insert(paces) if connection.dialect.name == "postgresql" else sqlite.insert(paces)
