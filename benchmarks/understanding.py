"""How well messages that the models have not seen are understood, and how long a turn takes."""

from __future__ import annotations

import asyncio
import csv
import math
import statistics
import time
from dataclasses import dataclass
from pathlib import Path

from sahan.assistant import load_assistant
from store.logs import configure_logging
from store.messages import Channel, Message, Understanding

MESSAGES = Path(__file__).resolve().parent.parent / "tests" / "understanding" / "messages"
LOCALES = ("fr", "en", "ar", "so", "wo")
OUTSIDE = "out_of_scope"
URGENT = "urgent"
_CHOICE = 3


@dataclass(frozen=True)
class Score:
    """Counts for one language; see the report for what they mean."""

    name: str
    inside: int
    right: int
    offered: int
    wrong: int
    outside: int
    refused: int
    identified: int

    def row(self) -> str:
        """A row of the report's table."""
        total = self.inside + self.outside
        return (
            f"| {self.name} | {total} | {interval(self.right, self.inside)} | {interval(self.offered, self.inside)} "
            f"| {interval(self.wrong, self.inside)} | {interval(self.refused, self.outside)} "
            f"| {interval(self.identified, total)} |"
        )


def interval(successes: int, trials: int) -> str:
    """A share in percent with its 95 % interval (Wilson 1927)."""
    if not trials:
        return "-"
    z, share = 1.96, successes / trials
    middle = (share + z * z / (2 * trials)) / (1 + z * z / trials)
    half = z * math.sqrt(share * (1 - share) / trials + z * z / (4 * trials * trials)) / (1 + z * z / trials)
    return f"{100 * share:.1f} ({100 * (middle - half):.0f}-{100 * (middle + half):.0f})"


def measure_understanding() -> tuple[list[Score], float]:
    """(a score for each language, median milliseconds a turn)."""
    configure_logging()
    assistant, _problem = load_assistant()
    times: list[float] = []

    async def understand(text: str) -> Understanding:
        began = time.perf_counter()
        turn = await assistant.respond(Message(Channel.SMS, text), {})
        times.append((time.perf_counter() - began) * 1000)
        return turn.understanding

    async def score(locale: str) -> Score:
        with (MESSAGES / f"{locale}.tsv").open(encoding="utf-8", newline="") as file:
            rows = [(row["topic"], await understand(row["text"])) for row in csv.DictReader(file, dialect="excel-tab")]
        inside = [(topic, found) for topic, found in rows if topic != OUTSIDE]
        outside = [found for topic, found in rows if topic == OUTSIDE]
        return Score(
            locale, len(inside), sum(found.topic == topic for topic, found in inside),
            sum(topic in _offered(found) for topic, found in inside),
            sum(found.topic not in (None, topic) for topic, found in inside), len(outside),
            sum(found.topic is None for found in outside), sum(found.language == locale for _, found in rows),
        )

    async def all_scores() -> list[Score]:
        return [await score(locale) for locale in LOCALES]

    return asyncio.run(all_scores()), statistics.median(times)


def _offered(found: Understanding) -> list[str | None]:
    return [found.topic, *(topic for topic, _score in found.alternatives)][: _CHOICE + (found.topic is None)]
