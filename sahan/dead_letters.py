"""`sahan dead-letters list`, `sahan dead-letters resend`: replies that were given up."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import TypeVar

from sqlalchemy.ext.asyncio import AsyncEngine

from connectors.dead_letters import list_dead, resend
from sahan.errors import SahanError
from sahan.language import _
from sahan.settings import read_database_url
from store.engine import create_engine
from store.migrate import check_schema

ResultT = TypeVar("ResultT")


def show_dead_letters(code: str | None) -> None:
    """One line each: number, person's pseudonym, channel, code, when (UTC); never a text or an address."""
    found = _run(lambda engine: list_dead(engine, code))
    for each in found:
        when = datetime.fromtimestamp(each.dead_at, UTC)
        print(f"{each.id}\t{each.pseudonym}\t{each.channel}\t{each.code or '-'}\t{when:%Y-%m-%d %H:%M}")
    if not found:
        print(_("Aucune réponse abandonnée."))


def resend_dead_letters(ids: Sequence[int], code: str | None, every: bool) -> None:
    """Have some or all sent again.

    Raises:
        SahanError: it is not said which.
    """
    if not ids and code is None and not every:
        raise SahanError(_("Dites lesquelles : leurs numéros, --code et un code, ou --all."))
    if every and (ids or code is not None):
        raise SahanError(_("Donnez des numéros, un code ou --all, pas plusieurs."))
    again = _run(lambda engine: resend(engine, ids=ids or None, code=code))
    print(_("Envoyées de nouveau : {count}.").format(count=len(again)))
    if left := sorted(set(ids) - set(again)):
        print(_("Laissées : {ids} (STOP, personne effacée, texte purgé, ou pas abandonnée).").format(
            ids=", ".join(map(str, left))))


def _run(action: Callable[[AsyncEngine], Awaitable[ResultT]]) -> ResultT:
    async def run() -> ResultT:
        engine = create_engine(read_database_url())
        try:
            await check_schema(engine)
            return await action(engine)
        finally:
            await engine.dispose()

    return asyncio.run(run())
