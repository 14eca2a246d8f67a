"""Publishing: a state of the library is checked, what it changes is learned, and it becomes live as a whole."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncEngine

from bot.dialogue.state import Context, State
from bot.knowledge import Knowledge
from bot.understanding.models import topic_model
from bot.understanding.paths import models_folder
from bot.understanding.relearn import Relearned
from content.check import check
from content.errors import ContentError, ContentFaultyError
from content.loader import library_of, read_files
from content.models import OUT_OF_SCOPE, Library
from content.publications import add_publication, newest_revision, read_publication
from store.messages import Channel


@dataclass(frozen=True)
class Published:
    """What a publication changed.

    Attributes:
        texts: "locale topic" of each answer that is new or other than before.
        topics: topics that are new.
        relearned: topics that understanding learned again, the changed ones and those that are taken for them.
    """

    revision: int
    texts: tuple[str, ...]
    topics: tuple[str, ...]
    relearned: tuple[str, ...]


async def publish(
    engine: AsyncEngine, files: Mapping[str, bytes], *, author: str, note: str = "", after: int | None = None
) -> Published:
    """Make these files of a library live: every running worker answers from them within two seconds.

    Args:
        files: by path, as ``content.loader.read_files`` gives them.
        after: the revision that they were made from; the live one where None.

    Raises:
        ContentError: they cannot be read, have faults (``ContentFaultyError``), or somebody else has published
            meanwhile. What was live stays live.
        ModelFileError: no index of topics is trained here.
        DatabaseUnavailableError: the database does not answer.
    """
    newest = await newest_revision(engine)
    library = library_of(files)
    if faults := check(library, files):
        raise ContentFaultyError(faults)
    learned = topic_model().relearn(library.phrases_to_learn(), models_folder() / "topics")
    before = await _live_before(engine, newest)
    _rehearse(library, before, learned)
    revision = await add_publication(
        engine, after=newest if after is None else after, author=author, note=note, version=library.version,
        files=files, relearned=learned.to_bytes() if learned else None,
    )
    return Published(
        revision,
        tuple(f"{locale} {topic}" for locale, texts in library.texts.items() for topic, text in texts.items()
              if before is None or before.text(topic, locale) != text),
        tuple(topic for topic in library.topics if before is None or topic not in before.topics),
        learned.learned if learned else (),
    )


async def _live_before(engine: AsyncEngine, revision: int) -> Library | None:
    """The library that is live; None where it cannot be read, which must not keep a better one from being published."""
    try:
        return library_of((await read_publication(engine, revision)).files if revision else read_files())
    except ContentError:
        return None


def _rehearse(library: Library, before: Library | None, learned: Relearned | None) -> None:
    """Give every answer that may have changed, in its languages and forms: what cannot be given is not published."""
    try:
        composer = Knowledge.of(library, learned).dialogue.composer
        for topic, locale in _touched(library, before):
            for channel in Channel:
                for country in (None, *library.topics[topic].countries):
                    state = State(language=locale, country=country)
                    if composer.answer(topic, state, Context(channel)) is None:
                        raise ContentError(f"{topic} has no answer: nothing was published. Write it in French.")
    except (KeyError, ValueError, AttributeError, TypeError) as error:
        raise ContentError(f"The content cannot be answered from ({error}): nothing was published.") from error


def _touched(library: Library, before: Library | None) -> Iterator[tuple[str, str]]:
    """(topic, locale) of the answers that are not surely what they were."""
    shared = before is None or any(
        getattr(library, name) != getattr(before, name)
        for name in ("documents", "topics", "languages", "countries", "menu", "titles")
    )
    for locale in library.messages:
        spoken = shared or before is None or library.messages[locale] != before.messages.get(locale)
        for topic in library.topics:
            changed = before is None or library.text(topic, locale) != before.text(topic, locale)
            if topic != OUT_OF_SCOPE and (spoken or changed):
                yield topic, locale
