"""Alembic's environment: runs the migrations on the address that ``store.migrate`` hands over."""

from __future__ import annotations

from alembic import context
from sqlalchemy import create_engine

from store.migrate import sync_url
from store.tables import metadata

engine = create_engine(sync_url(context.config.attributes["url"]))
with engine.connect() as connection:
    context.configure(connection=connection, target_metadata=metadata, render_as_batch=True)
    with context.begin_transaction():
        context.run_migrations()
engine.dispose()
