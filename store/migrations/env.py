"""Alembic's environment: runs the migrations on the address that ``store.migrate`` hands over.

All of them in one transaction, on SQLite too: whoever is killed half-way leaves the tables as they were. Who comes
second waits for the first, and then finds nothing left to do.
"""

from __future__ import annotations

from alembic import context
from sqlalchemy import Connection, create_engine, event

from store.migrate import sync_url
from store.space import prepare_new_file
from store.tables import metadata

_PATIENCE_SECONDS = 600
_LOCK = 0x5AEA4  # of PostgreSQL's advisory locks: any number that nobody else uses in this database
_TABLE_LOCK = "20s"  # a table that is busy for longer holds up every reader and writer that queues behind us


def _begin(connection: Connection) -> None:
    """Take the database for ourselves before its revision is read."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        return
    connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
    connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")
    connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{_TABLE_LOCK}'")


address = sync_url(context.config.attributes["url"])
if address.startswith("sqlite"):
    engine = create_engine(address, connect_args={"timeout": _PATIENCE_SECONDS})

    @event.listens_for(engine, "connect")
    def _no_implicit_transactions(connection: object, record: object) -> None:
        connection.isolation_level = None  # type: ignore[attr-defined]
        prepare_new_file(connection, record)
else:
    engine = create_engine(address)
with engine.connect() as connection:
    context.configure(
        connection=connection, target_metadata=metadata, render_as_batch=True, transactional_ddl=True
    )
    with context.begin_transaction():
        _begin(connection)
        context.run_migrations()
engine.dispose()
