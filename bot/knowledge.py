"""All that answering rests on, made of one published state of the library and exchanged as a whole.

A turn begins with one state and ends with it: the assistant says for the time of a turn which one holds (``using``),
and Rasa's components and actions ask here (``current``). Outside of a turn, as under `rasa shell`, the library's files
hold.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import lru_cache

import structlog

from bot.dialogue.commands import CommandWords
from bot.dialogue.dialogue import Dialogue
from bot.understanding.cues import read_cues
from bot.understanding.encoder import SecondOpinion
from bot.understanding.errors import ModelFileError, UnderstandingError
from bot.understanding.models import second_opinion, topic_model, urgency_model
from bot.understanding.paths import models_folder
from bot.understanding.place import PlaceFinder
from bot.understanding.relearn import Relearned
from bot.understanding.topic import TopicModel
from bot.understanding.urgency import UrgencyDetector
from content.loader import installed_library
from content.models import Library

log = structlog.get_logger()


@dataclass(frozen=True)
class Knowledge:
    """One state of the library, ready to answer from.

    Attributes:
        second: the optional encoder's opinion on topics, asked where the index is unsure.
        topics: None where no index of topics is trained: then only commands, menus and danger are understood.
    """

    library: Library
    dialogue: Dialogue
    words: CommandWords
    places: PlaceFinder
    detector: UrgencyDetector
    topics: TopicModel | None
    second: SecondOpinion | None = None

    @classmethod
    def of(cls, library: Library, relearned: Relearned | None = None) -> Knowledge:
        """Make ready what answering from ``library`` needs.

        Args:
            relearned: topics whose phrases are not those that the trained index was learned from.

        Raises:
            ModelFileError: ``relearned`` belongs to another index.
            KeyError, ValueError: the words of danger are not as urgency.yml describes.
        """
        try:
            topics = topic_model()
        except ModelFileError:
            topics = None
        if topics is not None and relearned is not None:
            topics = topics.with_(relearned)
        detector = UrgencyDetector(urgency_model(), read_cues(library.danger))
        return cls(library, Dialogue(library), CommandWords(library), PlaceFinder(library), detector, topics,
                   _second_opinion())


def _second_opinion() -> SecondOpinion | None:
    """The encoder's opinion; where it cannot be loaded, answering goes on without it."""
    try:
        return second_opinion()
    except UnderstandingError as error:
        log.error("knowledge.no_second_opinion", problem=str(error))
        return None


def published_knowledge(library: Library, relearned: bytes | None) -> Knowledge:
    """What answering from a published library needs.

    Args:
        relearned: as published; where this machine's index is another than the publisher's, or changed phrases came
            without it, the changed topics are learned again here, which takes some seconds.

    Raises:
        UnderstandingError: ``relearned`` cannot be read, or topics cannot be learned again.
        KeyError, ValueError: the words of danger are not as urgency.yml describes.
    """
    try:
        index = topic_model()
    except ModelFileError:
        return Knowledge.of(library)
    found = Relearned.from_bytes(relearned) if relearned is not None else None
    if found is None or found.based_on != index.signature:
        found = index.relearn(library.phrases_to_learn(), models_folder() / "topics")
    return Knowledge.of(library, found)


_current: ContextVar[Knowledge | None] = ContextVar("knowledge", default=None)


@contextmanager
def using(knowledge: Knowledge) -> Iterator[None]:
    """Answer from ``knowledge`` while the block runs, in this task and those that it starts."""
    token = _current.set(knowledge)
    try:
        yield
    finally:
        _current.reset(token)


def current() -> Knowledge:
    """What to answer from now."""
    return _current.get() or installed_knowledge()


@lru_cache(maxsize=1)
def installed_knowledge() -> Knowledge:
    """What the library's files say, made ready once in a process. Raises ContentError."""
    return Knowledge.of(installed_library())
