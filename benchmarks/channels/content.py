"""How a turn grows with what there is to answer from: libraries of many topics, made of ours."""

from __future__ import annotations

import asyncio
import statistics
import time
from dataclasses import replace
from typing import Any

import numpy as np

from benchmarks.channels.measure import messages
from bot.knowledge import Knowledge
from bot.understanding.linear import LinearClassifier
from bot.understanding.models import topic_model
from bot.understanding.topic import TopicModel
from content.models import OUT_OF_SCOPE, Library
from sahan.assistant import load_assistant
from store.logs import configure_logging
from store.messages import Channel, Message

_MESSAGES = 400


def measure_content(topics: int) -> dict[str, float]:
    """A library of so many topics, each with its answers in twelve languages.

    Further topics are ours once more, under other names; what they are recognised by is moved to other words and
    letters, so that each has as many of them as a real one and none is another's double.

    Returns: ``turn``: median milliseconds of a turn in the worker, from message to replies; ``rank``: of them, to rank
    the topics; ``megabytes`` of the index; ``answers`` in all languages.
    """
    configure_logging()
    assistant, _problem = load_assistant()
    library, classifier = enlarged(assistant.library, topic_model()._classifier, topics)
    ranked = TopicModel(classifier, {})
    assistant.answer_from(replace(Knowledge.of(library), topics=ranked))
    texts = messages()
    sample = [texts(str(person)) for person in range(_MESSAGES)]

    async def turns() -> list[float]:
        times = []
        for text in sample:
            began = time.perf_counter()
            await assistant.respond(Message(Channel.SMS, text), {})
            times.append((time.perf_counter() - began) * 1000)
        return times

    asyncio.run(turns())  # what is made once is made
    ranking = []
    for text in sample:
        began = time.perf_counter()
        ranked.rank(text)
        ranking.append((time.perf_counter() - began) * 1000)
    return {"turn": statistics.median(asyncio.run(turns())), "rank": statistics.median(ranking),
            "megabytes": classifier._weights.nbytes / 1e6, "answers": sum(map(len, library.texts.values()))}


def enlarged(library: Library, classifier: LinearClassifier, count: int) -> tuple[Library, LinearClassifier]:
    """The library and its index with ``count`` topics."""
    names = [each for each in classifier.labels if each != OUT_OF_SCOPE]
    copies = [(names[place % len(names)], place // len(names)) for place in range(count)]
    chance = np.random.default_rng(1)
    columns = {label: place for place, label in enumerate(classifier.labels)}
    known = classifier._weights
    assert isinstance(known, np.ndarray), "our own library has few topics"
    weights = np.empty((len(known), count + 1), np.float16)
    for place, (name, number) in enumerate(copies):
        column = known[:, columns[name]]
        weights[:, place] = np.roll(column, int(chance.integers(1, len(known)))) if number else column
    weights[:, count] = known[:, columns[OUT_OF_SCOPE]]
    bias = np.array([classifier._bias[columns[name]] for name, _ in copies] + [classifier._bias[columns[OUT_OF_SCOPE]]])
    called = {copy: copy[0] if not copy[1] else f"{copy[0]}-{copy[1]}" for copy in copies}
    made: dict[str, Any] = {
        "topics": {**library.topics, **{called[each]: replace(library.topics[each[0]], id=called[each])
                                        for each in copies}},
        "texts": {locale: {**texts, **{called[each]: texts[each[0]] for each in copies if each[0] in texts}}
                  for locale, texts in library.texts.items()},
    }
    return replace(library, **made), LinearClassifier(
        [*called.values(), OUT_OF_SCOPE], classifier.features, weights, bias.astype(np.float32), classifier._temperature
    )
