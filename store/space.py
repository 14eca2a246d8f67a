"""Making deleted rows disappear from the database's files, not from its tables alone.

SQLite: ``secure_delete`` overwrites what is deleted (``store.engine``); free pages leave the file by incremental vacuum
(sqlite.org/pragma.html#pragma_incremental_vacuum), and the write-ahead log, in which deleted rows still stand as they
were, is emptied by a checkpoint (sqlite.org/pragma.html#pragma_wal_checkpoint). PostgreSQL: autovacuum frees the place
of old rows, which is overwritten when it is used again (postgresql.org/docs/current/routine-vacuuming.html).
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from store.engine import unavailable
from store.tables import metadata


def prepare_new_file(connection: Any, _record: object) -> None:
    """For SQLAlchemy's event "connect": let a database that is being made give pages back without a rewrite."""
    cursor = connection.cursor()
    if cursor.execute("PRAGMA page_count").fetchone()[0] == 0:
        cursor.execute("PRAGMA auto_vacuum=INCREMENTAL")
    cursor.execute("PRAGMA secure_delete=ON")
    cursor.close()


async def reclaim(engine: AsyncEngine) -> bool:
    """Free the room of deleted rows beside running processes; False where others kept the write-ahead log in use.

    PostgreSQL does that by itself.

    Raises:
        DatabaseUnavailableError: the database does not answer, or is locked.
    """
    if engine.dialect.name == "postgresql":
        return True
    async with _outside_transactions(engine) as connection:
        await _run_to_its_end(connection, "PRAGMA incremental_vacuum")
        return await _empty_log(connection)


async def rewrite(engine: AsyncEngine) -> bool:
    """Write the whole database anew, without what was deleted; everybody else waits. False as for ``reclaim``.

    Raises:
        DatabaseUnavailableError: the database does not answer, or is locked.
    """
    async with _outside_transactions(engine) as connection:
        if engine.dialect.name == "postgresql":
            await connection.exec_driver_sql(
                f"VACUUM (FULL) {', '.join(table.name for table in metadata.sorted_tables)}"
            )
            return True
        await connection.exec_driver_sql("PRAGMA auto_vacuum=INCREMENTAL")  # takes effect with the rewrite
        await connection.exec_driver_sql("VACUUM")
        return await _empty_log(connection)


@asynccontextmanager
async def _outside_transactions(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    option: dict[str, Any] = (
        {"isolation_level": "AUTOCOMMIT"} if engine.dialect.name == "postgresql" else {"no_transaction": True}
    )
    try:
        async with engine.connect() as connection:
            yield await connection.execution_options(**option)
    except (DBAPIError, OSError) as error:
        raise unavailable(error) from error


async def _run_to_its_end(connection: AsyncConnection, statement: str) -> None:
    # One page is freed for each step of the statement, and a cursor alone takes but the first.
    driver = (await connection.get_raw_connection()).driver_connection
    assert driver is not None
    await driver.executescript(statement)


async def _empty_log(connection: AsyncConnection) -> bool:
    busy, _pages, _written = (await connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")).one()
    return not busy

