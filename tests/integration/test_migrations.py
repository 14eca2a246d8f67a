"""The tables: made from nothing, taken back, made again, and just as the code describes them."""

from __future__ import annotations

from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import create_engine as create_sync_engine
from sqlalchemy import inspect
from sqlalchemy.ext.asyncio import AsyncEngine

from store.errors import SchemaOutdatedError
from store.migrate import check_schema, configuration, newest_revision, sync_url, upgrade
from store.tables import metadata


def tables(url: str) -> set[str]:
    engine = create_sync_engine(sync_url(url))
    try:
        return set(inspect(engine).get_table_names()) - {"alembic_version"}
    finally:
        engine.dispose()


def differences(url: str) -> list[object]:
    """What alembic would have to change to make the database as ``store.tables`` says."""
    engine = create_sync_engine(sync_url(url))
    try:
        with engine.connect() as connection:
            context = MigrationContext.configure(
                connection, opts={"compare_type": True, "compare_server_default": True}
            )
            return list(compare_metadata(context, metadata))
    finally:
        engine.dispose()


def test_the_migrated_tables_are_those_that_the_code_describes(database_url: str) -> None:
    assert tables(database_url) == set(metadata.tables)
    assert differences(database_url) == []


def test_the_migrations_can_be_taken_back_and_made_again(database_url: str) -> None:
    command.downgrade(configuration(database_url), "base")
    assert tables(database_url) == set()
    upgrade(database_url)
    assert tables(database_url) == set(metadata.tables)
    assert differences(database_url) == []


def test_an_upgrade_of_what_is_up_to_date_changes_nothing(database_url: str) -> None:
    upgrade(database_url)
    assert differences(database_url) == []


async def test_tables_of_another_version_are_noticed_with_what_to_do(
    database_url: str, engine: AsyncEngine
) -> None:
    await check_schema(engine)
    command.downgrade(configuration(database_url), "base")
    with pytest.raises(SchemaOutdatedError, match=rf"(?s)none.*{newest_revision()}.*sahan database upgrade"):
        await check_schema(engine)


def test_a_new_sqlite_database_is_made_with_its_folder(tmp_path: Path) -> None:
    upgrade(f"sqlite:///{tmp_path / 'new' / 'folder' / 'sahan.db'}")
    assert (tmp_path / "new" / "folder" / "sahan.db").is_file()
