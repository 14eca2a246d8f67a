"""How fast all workers together may send: one queue of slots in the database, whoever takes the next."""

from __future__ import annotations

from sqlalchemy import case
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from store.engine import now
from store.tables import paces


async def reserve(connection: AsyncConnection, name: str, seconds: float) -> float:
    """Take the next slot, ``seconds`` long, of what is limited; gives the seconds until it begins, 0.0 for now."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    clock = now(connection)
    start = case((paces.c.next_at > clock, paces.c.next_at), else_=clock)
    statement = (
        dialect.insert(paces).values(name=name, next_at=clock + seconds)
        .on_conflict_do_update(index_elements=["name"], set_={"next_at": start + seconds})
        .returning((paces.c.next_at - seconds - clock).label("wait"))
    )
    wait = (await connection.execute(statement)).scalar_one()
    return max(0.0, float(wait))
