"""How well messages that no training saw are understood through the whole assistant, and how long that takes."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Callable
from typing import Any

from benchmarks.messages import ALARMS, COMPLETE, CORE, Unseen, of_danger, unseen
from bot.understanding.models import language_identifier
from sahan.assistant import load_assistant
from store.logs import configure_logging
from store.messages import Channel, Message, Understanding

_CHOICE = 3


def measure_understanding() -> dict[str, Any]:
    """Counts by language, and milliseconds.

    Returns: ``languages``: for each, ``inside`` and ``outside`` messages; of the inside ones ``first`` (ranked first),
    ``three`` (among three), ``answered`` (its answer sent at once), ``wrong`` (another answer sent), ``lost`` (taken
    for outside); of the outside ones ``refused``. From messages of their own: ``urgent`` ones and of them ``heard``;
    ``ordinary`` ones and ``alarming`` ones (which are not urgent), and how many were an alarm. ``turn``: median
    milliseconds of a turn; ``understanding``: of language, danger and topic alone.
    """
    configure_logging()
    assistant, _problem = load_assistant()
    times: list[float] = []

    async def understand(text: str) -> Understanding:
        began = time.perf_counter()
        turn = await assistant.respond(Message(Channel.SMS, text), {})
        times.append((time.perf_counter() - began) * 1000)
        return turn.understanding

    async def score(locale: str) -> dict[str, int]:
        rows = [(each, await understand(each.text)) for each in unseen(locale)]
        topics = assistant.knowledge.topics
        assert topics is not None
        inside = [(each, found, topics.rank(each.text)) for each, found in rows
                  if each.topic is not None and not each.urgent]
        outside = [found for each, found in rows if each.topic is None and not each.urgent]
        kinds = [(kind, (await understand(text)).urgent) for text, kind in of_danger(locale)]
        return {
            "inside": len(inside), "outside": len(outside),
            "first": sum(guess.ranking[0][0] == each.topic for each, _, guess in inside),
            "three": sum(each.topic in [name for name, _ in guess.ranking[:_CHOICE]] for each, _, guess in inside),
            "answered": sum(found.topic == each.topic for each, found, _ in inside),
            "wrong": sum(found.topic not in (None, each.topic) for each, found, _ in inside),
            "lost": sum(str(guess.confidence) == "unknown" for _, _, guess in inside),
            "refused": sum(found.topic is None for found in outside),
            **{kind: sum(each == kind for each, _ in kinds) for kind in ALARMS},
            **{name: sum(alarm for each, alarm in kinds if each == kind) for kind, name in ALARMS.items()},
        }

    async def all_scores() -> dict[str, dict[str, int]]:
        return {locale: await score(locale) for locale in (*COMPLETE, *CORE)}

    scores = asyncio.run(all_scores())
    messages = [each for locale in COMPLETE for each in unseen(locale)]
    return {"languages": scores, "turn": statistics.median(times), "understanding": _median(assistant, messages)}


def _median(assistant: Any, messages: list[Unseen]) -> float:
    """Milliseconds of understanding alone: language, danger, place and topic of one message."""
    knowledge = assistant.knowledge
    steps: list[Callable[[str], Any]] = [language_identifier().identify, knowledge.detector.detect,
                                         knowledge.places.find, knowledge.topics.rank]
    times = []
    for each in messages:
        began = time.perf_counter()
        for step in steps:
            step(each.text)
        times.append((time.perf_counter() - began) * 1000)
    return statistics.median(times)
