"""Brings a database's tables to this version, and says so when they are not.

Several processes may start, and upgrade, at once: the migrations of one wait for those of the other
(migrations/env.py). A version works on newer tables than its own, too, for migrations only add (decision 0024): so
machines are upgraded one after the other.
"""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import create_engine
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from store.engine import async_url, reading, unavailable
from store.errors import SchemaOutdatedError, StoreError

_MIGRATIONS = Path(__file__).parent / "migrations"


def configuration(url: str) -> Config:
    """Alembic's configuration for the database at ``url``."""
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.attributes["url"] = url
    return config


def sync_url(url: str) -> str:
    """The same database address with the synchronous driver, for migrations."""
    parsed = make_url(async_url(url))
    drivername = "sqlite" if parsed.get_backend_name() == "sqlite" else "postgresql+psycopg"
    return parsed.set(drivername=drivername).render_as_string(hide_password=False)


def upgrade(url: str) -> None:
    """Bring the tables to this version, making the database's file and folder if need be.

    Tables of a newer version are left as they are.

    Raises:
        StoreError: the address is wrong, or the database does not answer or cannot be written.
    """
    parsed = make_url(sync_url(url))
    try:
        if parsed.get_backend_name() == "sqlite" and parsed.database:
            Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
        command.upgrade(configuration(url), "head")
    except (DBAPIError, OSError) as error:
        raise unavailable(error) from error
    except CommandError:
        if not _is_newer(_revision_at(url)):
            raise


def newest_revision() -> str:
    """The revision of the tables that this version of the code works with."""
    head = ScriptDirectory.from_config(configuration("sqlite://")).get_current_head()
    if head is None:
        raise StoreError("store/migrations holds no migration: the installation is incomplete, install it again.")
    return head


async def check_schema(engine: AsyncEngine) -> str | None:
    """See that this version can work with the tables.

    Returns: a line for staff where the tables are of a newer version, with which this one works on; else None.

    Raises:
        SchemaOutdatedError: they are older.
        DatabaseUnavailableError: the database does not answer.
    """
    async with reading(engine) as connection:
        current = await connection.run_sync(lambda sync: MigrationContext.configure(sync).get_current_revision())
    newest = newest_revision()
    if current == newest:
        return None
    if _is_newer(current):
        return (
            f"The database's tables are at revision {current}, this version knows {newest}: it works on, "
            "upgrade it soon."
        )
    raise SchemaOutdatedError(
        f"The database's tables are at revision {current or 'none'}, this version needs {newest}: "
        "run `sahan database upgrade`."
    )


def _is_newer(revision: str | None) -> bool:
    """Whether tables come from a later version than this one. Revisions are numbers of four digits."""
    return revision is not None and revision.isdigit() and int(revision) > int(newest_revision())


def _revision_at(url: str) -> str | None:
    engine = create_engine(sync_url(url))
    try:
        with engine.connect() as connection:
            return MigrationContext.configure(connection).get_current_revision()
    except DBAPIError as error:
        raise unavailable(error) from error
    finally:
        engine.dispose()
