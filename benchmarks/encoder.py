"""What the optional second opinion adds: the same messages with and without it, where the first model is unsure."""

from __future__ import annotations

import statistics
import time
from typing import Any

from benchmarks.messages import COMPLETE, unseen
from bot.understanding.encoder import SecondOpinion
from bot.understanding.errors import UnderstandingError
from bot.understanding.models import topic_model
from bot.understanding.paths import encoder_path
from bot.understanding.topic import Confidence


def measure_encoder() -> dict[str, Any] | None:
    """Counts by language, and milliseconds of one opinion; None where the encoder is not set up.

    Returns: ``languages``: for each, ``inside`` messages, ``first`` and ``first_with`` (ranked first without and with),
    ``asked`` (where the first model was unsure), ``outside`` and ``refused``, ``refused_with``.
    """
    try:
        second = SecondOpinion.load(encoder_path())
    except UnderstandingError:
        return None
    topics = topic_model()
    times: list[float] = []

    def score(locale: str) -> dict[str, int]:
        rows = [each for each in unseen(locale) if not each.urgent]
        alone = [topics.rank(each.text) for each in rows]
        both = []
        for each, guess in zip(rows, alone, strict=True):
            began = time.perf_counter()
            both.append(topics.rank(each.text, second))
            if guess.confidence is not Confidence.SURE:
                times.append((time.perf_counter() - began) * 1000)
        inside = [(each.topic, one, two) for each, one, two in zip(rows, alone, both, strict=True)
                  if each.topic is not None]
        outside = [(one, two) for each, one, two in zip(rows, alone, both, strict=True) if each.topic is None]
        return {
            "inside": len(inside), "first": sum(one.ranking[0][0] == topic for topic, one, _ in inside),
            "first_with": sum(two.ranking[0][0] == topic for topic, _, two in inside),
            "asked": sum(one.confidence is not Confidence.SURE for _, one, _ in inside),
            "outside": len(outside),
            "refused": sum(one.confidence is not Confidence.SURE for one, _ in outside),
            "refused_with": sum(two.confidence is not Confidence.SURE for _, two in outside),
        }

    return {"languages": {locale: score(locale) for locale in COMPLETE}, "milliseconds": statistics.median(times)}
