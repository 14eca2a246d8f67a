"""SQLite's driver with one step to its thread for a statement, where SQLAlchemy's takes four.

aiosqlite runs SQLite in a thread of each connection; SQLAlchemy asks that thread for a cursor, to execute, to fetch and
to close, and each of these waits for the other thread to be given Python's lock. A turn has some thirty statements.
"""

from __future__ import annotations

import sqlite3
import time
from collections import deque
from typing import Any

import aiosqlite
from sqlalchemy.dialects.sqlite.aiosqlite import (
    AsyncAdapt_aiosqlite_connection,
    AsyncAdapt_aiosqlite_cursor,
    AsyncAdapt_aiosqlite_dbapi,
)

BUSY_SECONDS = 10.0
BEGIN_WRITING = "BEGIN IMMEDIATE"
_LOOK_SECONDS = 0.0005


class OneStepCursor(AsyncAdapt_aiosqlite_cursor):
    """Executes, fetches and closes in one step."""

    __slots__ = ()

    def execute(self, operation: Any, parameters: Any = None) -> Any:
        """See PEP 249."""
        try:
            found = self.await_(self._connection._execute(_executed, self._connection._conn, operation, parameters))
        except Exception as error:
            self._adapt_connection._handle_exception(error)
        self.description, self.lastrowid, self.rowcount, rows = found
        self._rows = deque(rows)


class OneStepConnection(AsyncAdapt_aiosqlite_connection):
    """A connection with such cursors."""

    __slots__ = ()

    def cursor(self, server_side: bool = False) -> Any:
        """See PEP 249."""
        return super().cursor(server_side) if server_side else OneStepCursor(self)

    def rollback(self) -> None:
        """See PEP 249. The pool asks for it after every commit, when there is nothing left to undo."""
        if self._connection.in_transaction:
            super().rollback()


class OneStepDriver(AsyncAdapt_aiosqlite_dbapi):
    """The driver, for ``create_async_engine(..., module=...)``."""

    def __init__(self) -> None:
        super().__init__(aiosqlite, sqlite3)  # type: ignore[arg-type]

    def connect(self, *arguments: Any, **options: Any) -> OneStepConnection:
        """See PEP 249."""
        return OneStepConnection(self, super().connect(*arguments, **options)._connection)


def _executed(connection: sqlite3.Connection, operation: str, parameters: Any) -> tuple[Any, int, int, list[Any]]:
    """In the connection's thread: (description, id of the row inserted, rows changed, rows found)."""
    cursor = connection.cursor()
    try:
        if operation == BEGIN_WRITING:
            _begin_writing(cursor)
        else:
            cursor.execute(operation, parameters or ())
        if cursor.description:
            return cursor.description, -1, -1, cursor.fetchall()
        return None, cursor.lastrowid or 0, cursor.rowcount, []
    finally:
        cursor.close()


def _begin_writing(cursor: sqlite3.Cursor) -> None:
    """Wait for other processes that write, looking often: SQLite's own waiting grows to 100 ms between two looks, and
    those who have just come overtake (sqlite3.c, sqliteDefaultBusyCallback)."""
    end = time.monotonic() + BUSY_SECONDS
    cursor.execute("PRAGMA busy_timeout=0")
    try:
        while True:
            try:
                cursor.execute(BEGIN_WRITING)
                return
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > end:
                    raise
            time.sleep(_LOOK_SECONDS)
    finally:
        cursor.execute(f"PRAGMA busy_timeout={int(BUSY_SECONDS * 1000)}")
