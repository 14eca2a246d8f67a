"""What is published: whole states of the library in the database, each a revision; the newest is live.

A revision is the library's files as they are, so that what is live can be written back to a folder without a
difference, and what understanding learned anew for it. Old ones are kept: any can be made live again, as a new one.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import func, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from content.errors import ContentError, PublicationConflictError
from store.engine import now, reading, transaction
from store.tables import publications

_EPOCH = (1980, 1, 1, 0, 0, 0)  # the same files make the same bytes, whenever they are packed


@dataclass(frozen=True)
class Publication:
    """One revision.

    Attributes:
        published_at: seconds since 1970, UTC.
        files: of the library, by path.
        relearned: what understanding learned for it (``bot.understanding.relearn``), or None.
    """

    revision: int
    published_at: float
    author: str
    note: str
    version: str
    files: Mapping[str, bytes]
    relearned: bytes | None


async def newest_revision(engine: AsyncEngine) -> int:
    """The live revision; 0 where nothing was published yet. Raises DatabaseUnavailableError."""
    async with reading(engine) as connection:
        return int(await connection.scalar(select(func.max(publications.c.revision))) or 0)


async def read_publication(engine: AsyncEngine, revision: int) -> Publication:
    """Read a revision.

    Raises:
        ContentError: there is none of this number, or its files cannot be unpacked.
        DatabaseUnavailableError: the database does not answer.
    """
    async with reading(engine) as connection:
        row = (await connection.execute(select(publications).where(publications.c.revision == revision))).first()
    if row is None:
        raise ContentError(f"Revision {revision} was never published. `sahan content history` lists those that were.")
    return Publication(
        row.revision, row.published_at, row.author, row.note, row.version, unpack(row.files), row.relearned
    )


async def history(engine: AsyncEngine, most: int = 20) -> list[Publication]:
    """The newest revisions, newest first, without their files. Raises DatabaseUnavailableError."""
    table = publications.c
    chosen = select(table.revision, table.published_at, table.author, table.note, table.version)
    async with reading(engine) as connection:
        rows = await connection.execute(chosen.order_by(table.revision.desc()).limit(most))
    return [Publication(row.revision, row.published_at, row.author, row.note, row.version, {}, None) for row in rows]


async def add_publication(
    engine: AsyncEngine, *, after: int, author: str, note: str, version: str, files: Mapping[str, bytes],
    relearned: bytes | None,
) -> int:
    """Make a state of the library live, in one transaction; gives its revision.

    Args:
        after: the revision that it was made from; where a newer one is live by now, nothing is published.

    Raises:
        PublicationConflictError: somebody else has published meanwhile.
        DatabaseUnavailableError: the database does not answer.
    """
    try:
        async with transaction(engine) as connection:
            newest = int(await connection.scalar(select(func.max(publications.c.revision))) or 0)
            if newest != after:
                raise PublicationConflictError(newest)
            await connection.execute(insert(publications).values(
                revision=after + 1, published_at=now(connection), author=author[:100], note=note[:200],
                version=version, files=pack(files), relearned=relearned,
            ))
    except IntegrityError:
        raise PublicationConflictError(after + 1) from None
    return after + 1


def pack(files: Mapping[str, bytes]) -> bytes:
    """The files as one zip."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in sorted(files.items()):
            archive.writestr(zipfile.ZipInfo(name, _EPOCH), body, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def unpack(body: bytes) -> dict[str, bytes]:
    """The files of a zip. Raises ContentError."""
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            return {name: archive.read(name) for name in archive.namelist()}
    except (zipfile.BadZipFile, OSError, EOFError, NotImplementedError) as error:
        raise ContentError(f"What was published cannot be unpacked ({type(error).__name__}). Publish again.") from None
