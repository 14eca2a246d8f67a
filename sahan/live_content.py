"""`sahan content publish`, `restore`, `export`, `history`: what is live, from the command line."""

from __future__ import annotations

import asyncio
import getpass
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from sqlalchemy.ext.asyncio import AsyncEngine

from content.errors import ContentError, ContentFaultyError
from content.loader import LIBRARY, read_files
from content.publications import history, newest_revision, read_publication
from sahan.content import place_in, show_faults
from sahan.language import _
from sahan.publishing import Published
from sahan.publishing import publish as make_live
from sahan.settings import read_database_url
from store.engine import create_engine
from store.logs import configure_logging
from store.migrate import upgrade

_MOST_SHOWN = 20
_T = TypeVar("_T")


def publish(folder: Path | None, author: str | None, note: str) -> None:
    """Make a library's folder live, and say what that changes."""
    files = read_files(folder or LIBRARY)
    _publish(lambda engine: make_live(engine, files, author=author or getpass.getuser(), note=note))


def restore(revision: int, author: str | None) -> None:
    """Make an earlier revision live again, as a new one."""

    async def again(engine: AsyncEngine) -> Published:
        earlier = await read_publication(engine, revision)
        note = _("comme la révision {revision}").format(revision=revision)
        return await make_live(engine, earlier.files, author=author or getpass.getuser(), note=note)

    _publish(again)


def export(folder: Path, revision: int | None) -> None:
    """Write a revision's files to a folder, the live one where none is named.

    Raises:
        ContentError: nothing was published yet, the revision is unknown, or a file cannot be written.
    """

    async def read(engine: AsyncEngine) -> None:
        number = revision or await newest_revision(engine)
        if not number:
            raise ContentError(_("Rien n'est encore publié : ce sont les fichiers de content/library qui répondent."))
        found = await read_publication(engine, number)
        _write(folder, found.files)
        print(_("Révision {revision} : {count} fichiers écrits dans {folder}.")
              .format(revision=number, count=len(found.files), folder=folder))

    _run(read)


def show_history() -> None:
    """Print the newest revisions, newest first: number, time (UTC), author, note."""

    async def read(engine: AsyncEngine) -> None:
        found = await history(engine)
        for each in found:
            when = datetime.fromtimestamp(each.published_at, UTC)
            print(f"{each.revision}\t{when:%Y-%m-%d %H:%M}\t{each.author}\t{each.note}")
        if not found:
            print(_("Rien n'est encore publié : ce sont les fichiers de content/library qui répondent."))

    _run(read)


def _publish(make: Callable[[AsyncEngine], Awaitable[Published]]) -> None:
    try:
        made = _run(make)
    except ContentFaultyError as error:
        show_faults(error.faults)
        raise
    print(_("Révision {revision} en ligne : {texts} réponses changées, {topics} sujets nouveaux.")
          .format(revision=made.revision, texts=len(made.texts), topics=len(made.topics)))
    for text in made.texts[:_MOST_SHOWN]:
        print(f"  {text}")
    if len(made.texts) > _MOST_SHOWN:
        print(f"  … {len(made.texts) - _MOST_SHOWN}")


def _run(work: Callable[[AsyncEngine], Awaitable[_T]]) -> _T:
    configure_logging()
    url = read_database_url()
    upgrade(url)

    async def run() -> _T:
        engine = create_engine(url)
        try:
            return await work(engine)
        finally:
            await engine.dispose()

    return asyncio.run(run())


def _write(folder: Path, files: Mapping[str, bytes]) -> None:
    """The files, and nothing else of the library's kind: what the revision has not is removed."""
    try:
        for name, body in files.items():
            path = place_in(folder, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(body)
        for path in sorted(folder.rglob("*.yml")):
            if path.relative_to(folder).as_posix() not in files:
                path.unlink()
    except OSError as error:
        why = _("{folder} ne peut pas être écrit : {why}.").format(folder=folder, why=error.strerror)
        raise ContentError(why) from None
