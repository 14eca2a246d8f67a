"""The tables: made, taken back, made again with rows in them, by several processes, as the code describes them."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, TableClause, column, inspect
from sqlalchemy import create_engine as create_sync_engine
from sqlalchemy.ext.asyncio import AsyncEngine

from connectors.watch import notes_of, problems_of
from sahan.settings import ROOT
from store.errors import SchemaOutdatedError
from store.migrate import check_schema, configuration, newest_revision, sync_url, upgrade
from store.tables import metadata
from tests.integration.rows import fill, read


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


def revisions() -> list[str]:
    """All revisions, the oldest first."""
    scripts = ScriptDirectory.from_config(configuration("sqlite://"))
    return [each.revision for each in reversed(list(scripts.walk_revisions()))]


@contextlib.contextmanager
def connected(url: str) -> Iterator[Connection]:
    """A connection in a transaction of its own."""
    engine = create_sync_engine(sync_url(url))
    try:
        with engine.begin() as connection:
            yield connection
    finally:
        engine.dispose()


def indexes(connection: Connection) -> dict[str, str]:
    """Each index's definition as the database has it, by name."""
    if connection.dialect.name == "sqlite":
        found = connection.exec_driver_sql("SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql <> ''")
    else:
        found = connection.exec_driver_sql("SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'")
    return {name: " ".join(definition.replace('"', "").split()) for name, definition in found}


@pytest.mark.parametrize("revision", revisions())
def test_every_revision_goes_to_the_newest_and_back_with_its_rows(database_url: str, revision: str) -> None:
    command.downgrade(configuration(database_url), "base")
    command.upgrade(configuration(database_url), revision)
    with connected(database_url) as connection:
        before, indexed = fill(connection), indexes(connection)
    assert set(before) == tables(database_url)
    upgrade(database_url)
    with connected(database_url) as connection:
        assert read(connection, before) == before
    assert differences(database_url) == []
    command.downgrade(configuration(database_url), revision)
    with connected(database_url) as connection:
        assert read(connection, before) == before
        assert indexes(connection) == indexed
    upgrade(database_url)
    with connected(database_url) as connection:
        assert read(connection, before) == before


def test_indexes_on_a_part_of_a_table_stay_so_through_all_revisions(database_url: str) -> None:
    with connected(database_url) as connection:
        found = indexes(connection)
    partial = {name for name, definition in found.items() if " WHERE " in definition}
    described = {index.name for table in metadata.tables.values() for index in table.indexes
                 if index.dialect_options["sqlite"].get("where") is not None}
    assert partial == described != set()


@pytest.mark.parametrize("revision", revisions())
def test_a_version_writes_what_it_knows_into_the_newest_tables(database_url: str, revision: str) -> None:
    """While machines are upgraded one after the other, older versions work on the newest tables."""
    command.downgrade(configuration(database_url), "base")
    command.upgrade(configuration(database_url), revision)
    with connected(database_url) as connection:
        known = fill(connection)
        for name in reversed([table.name for table in metadata.sorted_tables if table.name in known]):
            connection.exec_driver_sql(f"DELETE FROM {name}")
    upgrade(database_url)
    with connected(database_url) as connection:
        for table in metadata.sorted_tables:
            if table.name in known:
                columns = {name: table.c[name] for name in known[table.name][0]}
                connection.execute(TableClause(table.name, *(column(name, each.type) for name, each in columns.items()))
                                   .insert(), known[table.name])
        assert read(connection, known) == known


async def test_tables_of_a_newer_version_are_worked_on_and_named(database_url: str, engine: AsyncEngine) -> None:
    newer = f"{int(newest_revision()) + 1:04d}"
    with connected(database_url) as connection:
        connection.exec_driver_sql(f"UPDATE alembic_version SET version_num = '{newer}'")
    note = await check_schema(engine)
    assert note is not None and newer in note and newest_revision() in note
    assert await problems_of(engine) == ["no worker is running: start one with `sahan worker`"]
    assert await notes_of(engine) == [note]
    upgrade(database_url)
    assert await check_schema(engine) == note, "nothing was changed"


def test_two_processes_that_start_at_once_both_find_the_tables_made(database_url: str) -> None:
    command.downgrade(configuration(database_url), "base")
    code = """
import sys
from alembic import command  # what takes long, before the start
from store.migrate import newest_revision, upgrade
newest_revision()
print("ready", flush=True)
sys.stdin.readline()
upgrade(sys.argv[1])
"""
    starting = [
        subprocess.Popen([sys.executable, "-c", code, database_url], cwd=ROOT, text=True, stdin=subprocess.PIPE,
                         stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        for _ in range(4)
    ]
    for process in starting:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in starting:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    assert [process.communicate(timeout=60)[1] for process in starting] == [""] * 4
    assert [process.returncode for process in starting] == [0] * 4
    assert differences(database_url) == []


def test_an_upgrade_that_is_broken_off_leaves_the_tables_as_they_were(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    command.downgrade(configuration(database_url), "0001")
    with connected(database_url) as connection:
        before, indexed = fill(connection), indexes(connection)

    def fails(*_arguments: object, **_options: object) -> None:
        raise KeyboardInterrupt

    # The last thing that the newest migration does.
    monkeypatch.setattr("alembic.runtime.migration.HeadMaintainer.update_to_step", fails)
    with pytest.raises(KeyboardInterrupt):
        upgrade(database_url)
    monkeypatch.undo()
    with connected(database_url) as connection:
        assert indexes(connection) == indexed
        assert read(connection, before) == before
    assert tables(database_url) == set(before)
    upgrade(database_url)
    assert differences(database_url) == []
