"""Rows for every table, as a revision of the tables knows them: written without the code's own idea of the tables."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Boolean, Connection, Float, Integer, LargeBinary, MetaData, String, Table, select
from sqlalchemy.types import TypeEngine

Rows = dict[str, list[dict[str, Any]]]
ROWS = 3


def fill(connection: Connection) -> Rows:
    """Insert ``ROWS`` rows into each table there is, all columns set but those of every second row that may be null.

    Gives what was inserted, by table.
    """
    found = MetaData()
    found.reflect(connection)
    inserted: Rows = {}
    for table in found.sorted_tables:
        if table.name == "alembic_version":
            continue
        inserted[table.name] = [_row(table, number) for number in range(1, ROWS + 1)]
        connection.execute(table.insert(), inserted[table.name])
    if connection.dialect.name == "postgresql":
        _move_sequences(connection, found)
    return inserted


def read(connection: Connection, expected: Rows) -> Rows:
    """What stands now in the tables and columns of ``expected``."""
    found = MetaData()
    found.reflect(connection)
    return {
        name: [
            dict(row._mapping)
            for row in connection.execute(
                select(*(found.tables[name].c[column] for column in rows[0]))
                .order_by(*found.tables[name].primary_key.columns)
            )
        ]
        for name, rows in expected.items()
    }


def _row(table: Table, number: int) -> dict[str, Any]:
    """Row ``number`` of a table; foreign keys point at the row of the same number."""
    return {
        column.name: None if column.nullable and not column.foreign_keys and number % 2 == 0
        else _value(column.type, column.name, number)
        for column in table.columns
    }


def _value(kind: TypeEngine[Any], name: str, number: int) -> Any:
    if isinstance(kind, Boolean):
        return number % 2 == 1
    if isinstance(kind, Integer | BigInteger):
        return number
    if isinstance(kind, Float) or kind.python_type is float:
        return 1_790_000_000.25 + number
    if isinstance(kind, LargeBinary):
        return f"{name} {number} \u00e9".encode() + b"\0\xff"
    assert isinstance(kind, String), f"{name} is of a kind that this helper does not know: {kind!r}"
    return f"{name[:10]}{number}"[-(kind.length or 100):]


def _move_sequences(connection: Connection, found: MetaData) -> None:
    """Rows with ids of their own do not move PostgreSQL's sequences."""
    for table in found.sorted_tables:
        if "id" in table.columns:
            connection.exec_driver_sql(
                f"SELECT setval(pg_get_serial_sequence('{table.name}', 'id'), (SELECT max(id) FROM {table.name}))"
            )
