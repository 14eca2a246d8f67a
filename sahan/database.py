"""`sahan database purge`: deleting by age at once, and what the database's files still hold of it."""

from __future__ import annotations

import asyncio

from connectors.retention import purge
from sahan.language import _
from sahan.settings import Settings, read_settings
from store.engine import create_engine
from store.migrate import check_schema
from store.space import reclaim
from store.space import rewrite as rewrite_files


def purge_now(*, rewrite: bool, demonstration: bool) -> None:
    """Delete what is older than SAHAN_RETENTION_DAYS, free its room, and say so.

    Args:
        rewrite: write the whole database anew besides; for what was deleted before this version, and on PostgreSQL.

    Raises:
        StoreError: the database does not answer, or is of another version.
    """
    settings = read_settings(demonstration=demonstration)
    rows, emptied = asyncio.run(_purge(settings, rewrite))
    print(_("Effacé : {rows} lignes de plus de {days} jours.").format(rows=rows, days=settings.retention_days))
    if not emptied:
        print(_("Le journal de SQLite (-wal) est en usage : recommencez, ou arrêtez d'abord les autres programmes."))


async def _purge(settings: Settings, rewrite: bool) -> tuple[int, bool]:
    engine = create_engine(settings.database_url)
    try:
        await check_schema(engine)
        rows = await purge(engine, settings.retention_days)
        return rows, await (rewrite_files(engine) if rewrite else reclaim(engine))
    finally:
        await engine.dispose()
