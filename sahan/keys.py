"""`sahan keys status`, `sahan keys rotate`: which keys the database rests on, and bringing it under the current one."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from sqlalchemy.ext.asyncio import AsyncEngine

from connectors.rotation import KeyUse, key_use, rotate
from sahan.composition import vault_of
from sahan.language import _
from sahan.settings import read_settings
from store.addresses import Vault
from store.engine import create_engine
from store.migrate import check_schema


def show_status() -> None:
    """Say what rests on which key, and whether the earlier ones can go."""
    use = _run(key_use)
    print(_("Sous la clé actuelle : {count} valeurs scellées.").format(count=use.sealed))
    print(_("Sous une clé précédente : {count} valeurs scellées, {hashed} empreintes.").format(
        count=use.resealed, hashed=use.rehashed))
    _show_rest(use)
    if use.resealed or use.rehashed:
        print(_("À faire : sahan keys rotate"))


def rotate_keys() -> None:
    """Bring everything under the current key, while the other processes go on."""
    use = _run(rotate)
    print(_("Scellées de nouveau : {count} valeurs ; empreintes refaites : {hashed}.").format(
        count=use.resealed, hashed=use.rehashed))
    use.resealed = use.rehashed = 0
    _show_rest(use)


def _show_rest(use: KeyUse) -> None:
    if use.unreadable:
        print(_("Aucune des clés n'ouvre {count} valeurs : ajoutez la clé qui manque à SAHAN_SECRET_KEY_PREVIOUS.")
              .format(count=use.unreadable))
    if use.bound:
        print(_("{count} personnes ont envoyé STOP puis EFFACER : seule une clé précédente reconnaît leur STOP. "
                "Gardez SAHAN_SECRET_KEY_PREVIOUS.").format(count=use.bound))
    if not use.needs_earlier_keys:
        print(_("Rien ne dépend plus d'une clé précédente : retirez SAHAN_SECRET_KEY_PREVIOUS deux jours après le "
                "changement, quand plus aucun message ancien ne peut être livré de nouveau."))


def _run(action: Callable[[AsyncEngine, Vault], Awaitable[KeyUse]]) -> KeyUse:
    settings = read_settings()

    async def run() -> KeyUse:
        engine = create_engine(settings.database_url)
        try:
            await check_schema(engine)
            return await action(engine, vault_of(settings))
        finally:
            await engine.dispose()

    return asyncio.run(run())
