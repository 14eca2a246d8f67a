"""Which language a message is in: ours beside the best ready-made detectors, on messages that no training saw."""

from __future__ import annotations

import csv
import json
import os
import statistics
import subprocess
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.messages import COMPLETE, CORE, RECOGNISED, unseen
from benchmarks.parts import ROOT, part
from bot.understanding.language import LanguageIdentifier

DETECTORS = ("pycld2", "py3langid", "lingua", "fasttext lid.176", "langdetect")
LONG = 3
"""Words from which a message counts as long."""

_PEER = Path(os.environ.get("SAHAN_PEERS", ROOT / "var" / "peers")) / "detectors" / "bin" / "python"
_SCRIPT = ROOT / "benchmarks" / "peers" / "detectors.py"


def languages() -> list[tuple[str, str]]:
    """(text, locale) of every message."""
    return [(each.text, locale) for locale in (*COMPLETE, *CORE, *RECOGNISED) for each in unseen(locale)]


def measure_ours() -> dict[str, Any]:
    """Our identifier, without country or earlier language."""
    identifier = LanguageIdentifier.load()
    answers, best, times = [], [], []
    rows = languages()
    for text, _ in rows:
        began = time.perf_counter()
        guess = identifier.identify(text)
        times.append((time.perf_counter() - began) * 1000)
        answers.append(guess.language or "")
        best.append(guess.ranking[0][0])
    return {"milliseconds": statistics.median(times), "megabytes": None, "known": None,
            "answered": _counts(rows, answers), "best": _counts(rows, best)}


def measure_detector(name: str) -> dict[str, Any] | None:
    """A ready-made one; None where the peers' environment is not set up."""
    if not _PEER.is_file():
        return None
    rows = languages()
    with tempfile.TemporaryDirectory() as folder:
        table, out = Path(folder) / "messages.tsv", Path(folder) / "out.json"
        with table.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, dialect="excel-tab").writerows([("text", "locale"), *rows])
        subprocess.run([str(_PEER), "-W", "ignore", str(_SCRIPT), str(table), str(out), name], check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        found: dict[str, Any] = json.loads(out.read_text("utf-8"))
    answers = found.pop("answers")
    return {**found, "answered": _counts(rows, answers), "best": _counts(rows, answers)}


def compare() -> dict[str, dict[str, Any] | None]:
    """Ours, and each detector."""
    return {"ours": part("languages-ours", measure_ours),
            **{name: part(f"languages-{name.replace(' ', '-')}", lambda name=name: measure_detector(name))
               for name in DETECTORS}}


def _counts(rows: Sequence[tuple[str, str]], answers: Sequence[str]) -> dict[str, dict[str, list[int]]]:
    """By length ("long", "short") and language: [right, answered, messages]."""
    found: dict[str, dict[str, list[int]]] = {"long": {}, "short": {}}
    for (text, locale), answer in zip(rows, answers, strict=True):
        counts = found["long" if len(text.split()) >= LONG else "short"].setdefault(locale, [0, 0, 0])
        counts[0] += answer == locale
        counts[1] += answer != ""
        counts[2] += 1
    return found
