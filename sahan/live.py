"""Following what is published: a running process takes the newest revision up within a second, or keeps what it has."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.understanding.errors import UnderstandingError
from content.errors import ContentError
from content.loader import installed_library, library_of
from content.models import Library
from content.publications import Publication, newest_revision, read_publication
from store.errors import StoreError

log = structlog.get_logger()

POLL_SECONDS = 0.4


class LiveContent:
    """Hands over each revision as it becomes live.

    Args:
        take: makes the revision ready and answers from it; called in a thread of its own. What it raises
            (ContentError, UnderstandingError, KeyError, ValueError, TypeError, AttributeError) leaves the one before.

    Attributes:
        revision: that was taken last; 0 for the library's files.
        problem: why a newer one could not be taken, or None.
    """

    def __init__(self, engine: AsyncEngine, take: Callable[[Publication], None]) -> None:
        self._engine = engine
        self._take = take
        self._refused: int | None = None
        self.revision = 0
        self.problem: str | None = None

    async def catch_up(self) -> None:
        """Take the newest revision, where it is not taken yet. Raises StoreError."""
        newest = await newest_revision(self._engine)
        if newest in (self.revision, self._refused):
            return
        try:
            publication = await read_publication(self._engine, newest)
            await asyncio.to_thread(self._take, publication)
        except (ContentError, UnderstandingError, KeyError, ValueError, TypeError, AttributeError) as error:
            self._refused = newest
            self.problem = f"revision {newest} cannot be taken ({error}); still at {self.revision}"
            log.error("content.refused", revision=newest, error=type(error).__name__, live=self.revision)
            return
        self.revision, self.problem = newest, None
        log.info("content.live", revision=newest)

    async def follow(self) -> None:
        """``catch_up`` again and again, until cancelled."""
        while True:
            try:
                await self.catch_up()
            except StoreError as error:
                log.error("content.database_unavailable", problem=str(error))
            await asyncio.sleep(POLL_SECONDS)


class LiveLibrary(LiveContent):
    """The live library, for processes that show it and do not answer from it."""

    def __init__(self, engine: AsyncEngine) -> None:
        super().__init__(engine, self._hold)
        self.library: Library = installed_library()

    def __call__(self) -> Library:
        """The library that is live."""
        return self.library

    def _hold(self, publication: Publication) -> None:
        self.library = library_of(publication.files)
