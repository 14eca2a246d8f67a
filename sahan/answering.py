"""Answering from what is live: an assistant that takes up each published revision."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.assistant import Assistant
from bot.knowledge import published_knowledge
from content.loader import library_of
from content.publications import Publication
from sahan.assistant import load_assistant
from sahan.live import LiveContent
from sahan.settings import read_database_url
from store.engine import create_engine
from store.errors import StoreError


def answering(engine: AsyncEngine, assistant: Assistant) -> LiveContent:
    """What is published at ``engine``, for ``assistant`` to answer from."""

    def take(publication: Publication) -> None:
        assistant.answer_from(published_knowledge(library_of(publication.files), publication.relearned))

    return LiveContent(engine, take)


async def live_assistant() -> Assistant:
    """The assistant of the command line, answering from what is live here; from the files where no database is.

    Raises:
        AssistantError, UnderstandingError, ContentError: see ``sahan.assistant.load_assistant``.
    """
    assistant, _problem = load_assistant()
    await _catch_up(assistant)
    return assistant


async def _catch_up(assistant: Assistant) -> None:
    url = read_database_url()
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite" and not Path(parsed.database or "").is_file():
        return
    engine = create_engine(url)
    try:
        await answering(engine, assistant).catch_up()
    except (StoreError, SQLAlchemyError):
        return  # tables of another version, or a database that is away: a question can be answered all the same
    finally:
        await engine.dispose()
