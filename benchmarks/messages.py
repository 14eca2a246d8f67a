"""The messages that no training saw: read, and their shares with intervals."""

from __future__ import annotations

import csv
import math
from dataclasses import dataclass
from pathlib import Path

from content.models import OUT_OF_SCOPE

_UNDERSTANDING = Path(__file__).resolve().parent.parent / "tests" / "understanding"
FOLDER = _UNDERSTANDING / "messages"
COMPLETE = ("fr", "en", "ar", "so", "am", "om", "wo", "bm")
CORE = ("aa", "ti", "ff", "ses")
RECOGNISED = ("srr", "taq")
ALARMS = {"urgent": "heard", "ordinary": "ordinary_alarms", "alarming": "alarming_alarms"}
"""For each kind of message by which hearing danger is measured, the name of how many of them were an alarm."""


@dataclass(frozen=True)
class Unseen:
    """A message; ``topic`` is None where Sahan has nothing to say on it."""

    text: str
    locale: str
    topic: str | None
    urgent: bool


def unseen(locale: str) -> list[Unseen]:
    """The messages of one language."""
    with (FOLDER / f"{locale}.tsv").open(encoding="utf-8", newline="") as file:
        return [
            Unseen(row["text"], locale, None if row["topic"] in ("", OUT_OF_SCOPE) else row["topic"],
                   row["urgent"] == "1")
            for row in csv.DictReader(file, dialect="excel-tab")
        ]


def of_danger(locale: str) -> list[tuple[str, str]]:
    """(text, kind) of the messages by which hearing danger is measured; the kinds are those of ``ALARMS``."""
    with (_UNDERSTANDING / "urgency" / f"{locale}.tsv").open(encoding="utf-8", newline="") as file:
        return [(row["text"], row["kind"]) for row in csv.DictReader(file, dialect="excel-tab")]


def interval(successes: int, trials: int) -> tuple[float, float]:
    """The 95 % interval of a share (Wilson 1927), 0..1."""
    if not trials:
        return 0.0, 1.0
    z, share = 1.96, successes / trials
    middle = (share + z * z / (2 * trials)) / (1 + z * z / trials)
    half = z * math.sqrt(share * (1 - share) / trials + z * z / (4 * trials * trials)) / (1 + z * z / trials)
    return max(0.0, middle - half), middle + half


def shown(successes: int, trials: int) -> str:
    """A share in percent with its interval, for a table."""
    if not trials:
        return "-"
    low, high = interval(successes, trials)
    return f"{100 * successes / trials:.1f} ({100 * low:.0f}-{100 * high:.0f})"
