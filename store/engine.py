"""The engine: SQLite on one machine, PostgreSQL to grow on, behind the same few functions.

SQLite: WAL (readers never wait for the writer), a busy timeout, full synchronous writes (a 200 to a provider
means that the message is on the disk), and every transaction that will write begins as IMMEDIATE, so that two
writers queue instead of failing half-way (https://www.sqlite.org/lang_transaction.html). pysqlite's own
transaction handling is switched off for that, as SQLAlchemy documents for the SQLite dialect. What is deleted is
overwritten (https://www.sqlite.org/pragma.html#pragma_secure_delete); the rest of that is in ``store.space``.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Float, event, func, select
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionFreeError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql import ColumnElement
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from store.errors import DatabaseUnavailableError, StoreError
from store.sqlite import BEGIN_WRITING, BUSY_SECONDS, OneStepDriver

CONNECTIONS = 10
STATEMENT_SECONDS = 60
IDLE_IN_TRANSACTION_SECONDS = 15
_PATIENCE = {"connect_timeout": 5, "keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3,
             "tcp_user_timeout": 20_000}
"""For PostgreSQL: a server that vanishes from the network is noticed within seconds (units: s, but ms for the last;
postgresql.org/docs/current/libpq-connect.html)."""
_SERVER = {"statement_timeout": STATEMENT_SECONDS * 1000,
           "idle_in_transaction_session_timeout": IDLE_IN_TRANSACTION_SECONDS * 1000,
           "tcp_keepalives_idle": 10, "tcp_keepalives_interval": 5, "tcp_keepalives_count": 3,
           "tcp_user_timeout": 20_000}
"""What we ask of PostgreSQL for our connections, so that a process which vanishes from the network holds its locks for
seconds, less than a lease lasts, and not for hours (units as above, and ms for the first two;
postgresql.org/docs/current/runtime-config-client.html)."""

_AWAY = (OperationalError, NoConnectionFreeError, OSError)


def async_url(url: str) -> str:
    """The same database address with the asynchronous driver that we install.

    Raises:
        StoreError: the address is no database address, or of a database that we do not support.
    """
    try:
        parsed = make_url(url)
    except Exception:
        raise StoreError(
            "SAHAN_DATABASE_URL is not a database address. Examples: sqlite:///var/sahan.db, "
            "postgresql://user:password@host/sahan"
        ) from None
    backend = parsed.get_backend_name()
    if backend == "sqlite":
        return parsed.set(drivername="sqlite+aiosqlite").render_as_string(hide_password=False)
    if backend == "postgresql":
        return parsed.set(drivername="postgresql+psycopg").render_as_string(hide_password=False)
    raise StoreError(f"SAHAN_DATABASE_URL names {backend}; Sahan runs on sqlite and postgresql.")


def create_engine(url: str, connections: int = CONNECTIONS) -> AsyncEngine:
    """An engine for ``url``; for SQLite the folder of the file is made.

    Args:
        connections: the most that this process opens to PostgreSQL at once. Who finds all of them in use waits
            ``BUSY_SECONDS`` for one.

    Raises:
        StoreError: see ``async_url``.
    """
    address = async_url(url)
    if not address.startswith("sqlite"):
        own = make_url(address).query.get("options", "")  # the address has the last word
        options = " ".join([*(f"-c {name}={value}" for name, value in _SERVER.items()), str(own)])
        return create_async_engine(
            address, pool_size=connections, max_overflow=0, pool_timeout=BUSY_SECONDS, pool_pre_ping=True,
            connect_args={**_PATIENCE, "options": options, "application_name": "sahan"},
        )
    database = make_url(address).database
    if database and database != ":memory:":
        Path(database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_async_engine(address, connect_args={"timeout": BUSY_SECONDS}, module=OneStepDriver())

    @event.listens_for(engine.sync_engine, "connect")
    def _configure(connection: object, _record: object) -> None:
        connection.isolation_level = None  # type: ignore[attr-defined]
        cursor = connection.cursor()  # type: ignore[attr-defined]
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON",
                       f"busy_timeout={int(BUSY_SECONDS * 1000)}"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def _begin(connection: object) -> None:
        options = connection.get_execution_options()  # type: ignore[attr-defined]
        if options.get("no_transaction"):
            return
        if options.get("autocommit"):
            return
        begin = "BEGIN DEFERRED" if options.get("read_only") else BEGIN_WRITING
        connection.exec_driver_sql(begin)  # type: ignore[attr-defined]

    _writing[engine] = asyncio.Lock()
    return engine


_writing: WeakKeyDictionary[AsyncEngine, asyncio.Lock] = WeakKeyDictionary()


@asynccontextmanager
async def alone(engine: AsyncEngine) -> AsyncIterator[None]:
    """While no other task of this process has a writing transaction, on SQLite; elsewhere at once.

    SQLite lets one write at a time. Tasks queue for it here, in order, instead of asking SQLite again and again. Work
    that holds up the event loop belongs in here too: else somebody's transaction stays open meanwhile, and other
    processes, the gateway above all, wait for it.

    Raises:
        DatabaseUnavailableError: it took ``BUSY_SECONDS``.
    """
    lock = _writing.get(engine)
    if lock is None:
        yield
        return
    try:
        async with asyncio.timeout(BUSY_SECONDS):
            await lock.acquire()
    except TimeoutError:
        raise DatabaseUnavailableError("The database does not answer (locked): another process holds it: stop it or "
                                       "wait.") from None
    try:
        yield
    finally:
        lock.release()


@asynccontextmanager
async def transaction(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """A connection in one writing transaction: committed at the end, undone on an error.

    Raises:
        DatabaseUnavailableError: the database is locked for longer than ``BUSY_SECONDS``, or cannot be reached.
    """
    try:
        async with alone(engine), engine.begin() as connection:
            yield connection
    except _AWAY as error:
        raise unavailable(error) from error
    except DBAPIError as error:
        if error.connection_invalidated:
            raise unavailable(error) from error
        raise


@asynccontextmanager
async def reading(engine: AsyncEngine, *, as_of_one_moment: bool = True) -> AsyncIterator[AsyncConnection]:
    """A connection that only reads, and on SQLite never waits for a writer.

    Args:
        as_of_one_moment: all queries see the database as the first did. For one query, or where that does not matter,
            False saves beginning and ending a transaction, which is most of the work.

    Raises:
        DatabaseUnavailableError: the database cannot be reached.
    """
    try:
        async with engine.connect() as connection:
            options: dict[str, Any] = {"read_only": True}
            if not as_of_one_moment:
                options |= {"autocommit": True} if engine in _writing else {"isolation_level": "AUTOCOMMIT"}
            yield await connection.execution_options(**options)
    except _AWAY as error:
        raise unavailable(error) from error


async def one_at_a_time(connection: AsyncConnection, name: str) -> None:
    """Let transactions that name the same thing follow each other, until the end of this one.

    For what no row stands for yet. On SQLite all writing transactions follow each other anyway.
    """
    if connection.dialect.name == "postgresql":
        key = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], signed=True)
        await connection.execute(select(func.pg_advisory_xact_lock(key)))


def unavailable(error: Exception) -> DatabaseUnavailableError:
    """The one clear line for a database that does not answer."""
    cause = str(getattr(error, "orig", None) or error).splitlines()[0]
    hint = (
        "another process holds it: stop it or wait" if "locked" in cause
        else "see that the disk has room and the file can be written" if "disk" in cause or "readonly" in cause
        else "set SAHAN_DATABASE_CONNECTIONS higher, or start more processes" if "QueuePool" in cause
        else "see that the server runs and that SAHAN_DATABASE_URL is right"
    )
    return DatabaseUnavailableError(f"The database does not answer ({cause}): {hint}.")


class _Now(FunctionElement[float]):
    type = Float()
    inherit_cache = True
    name = "now_seconds"


@compiles(_Now)
def _postgresql_now(_element: _Now, _compiler: SQLCompiler, **_options: Any) -> str:
    return "cast(extract(epoch from clock_timestamp()) as double precision)"


@compiles(_Now, "sqlite")
def _sqlite_now(_element: _Now, _compiler: SQLCompiler, **_options: Any) -> str:
    return "((julianday('now') - 2440587.5) * 86400.0)"


NOW: ColumnElement[float] = _Now()
"""The database's own clock, seconds since 1970, as an SQL expression.

For statements that are built once and executed with parameters: building one costs three times what executing it does
(docs/decisions/0025).
"""


def now(_connection: AsyncConnection) -> ColumnElement[float]:
    """``NOW``, for statements built where they are executed."""
    return NOW
