"""`make bench-channels`: measures what is not measured yet, and writes docs/benchmark-channels.md with its plots.

Usage: python -m benchmarks.channels [--again] [--only NAME ...] [--rounds N] [--seconds S] [--short FILE]. A run that
was broken off goes on where it ended (var/bench/channels-*.json); --again begins anew. Rasa is measured where `make
peers` has set up its environment; its project is trained once, in var/bench/rasa-default, which takes some twenty
minutes. --short writes meaningless figures to FILE, to see that everything runs.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.channels.content import measure_content
from benchmarks.channels.measure import Size, Start, measure_load, measure_shortly, measure_turns, starts
from benchmarks.channels.rasa_project import train_project, write_project
from benchmarks.channels.report import write_report
from benchmarks.intents import PEER, own_set
from benchmarks.parts import KEPT, forget, part
from content.loader import installed_library

TURNS = ("rasa-default", "rasa-light", "sahan-sqlite-1")
"""Whose long conversations are measured."""
CONTENT = (100, 1_000, 10_000)
"""How many topics our own libraries for the growth with content have."""

_TRAINING_SECONDS = 2 * 3600
_EPOCHS = 100


def main() -> None:
    """Measure and report."""
    parser = argparse.ArgumentParser(prog="make bench-channels")
    parser.add_argument("--again", action="store_true", help="forget what an earlier run has measured")
    parser.add_argument("--only", nargs="*", help="measure these systems only; the report shows what is measured")
    parser.add_argument("--rounds", type=int, default=2, help="measure everything so often")
    parser.add_argument("--seconds", type=float, default=Size().seconds, help="of each measurement")
    parser.add_argument("--short", type=Path, help="a quick pass over our own system, written to this file")
    options = parser.parse_args()
    if options.short is not None:
        options.short.write_text(json.dumps(measure_shortly(starts(None)["sahan-sqlite-1"])), "utf-8")
        return
    if options.again:
        forget(channels=True)
    print(measure(replace(Size(), seconds=options.seconds), options.rounds, options.only))


def measure(size: Size, rounds: int, only: list[str] | None) -> str:
    """Measure what is missing, and write the report; gives the page."""
    systems = starts(_project())
    chosen = [name for name in systems if not only or name in only]
    for number in range(1, rounds + 1):
        for name in chosen:
            part(f"channels-load-{name}-{number}", partial(measure_load, systems[name], size))
    for name in chosen:
        if name in TURNS:
            part(f"channels-turns-{name}", partial(measure_turns, systems[name], size))
    for topics in CONTENT:
        part(f"channels-content-{topics}", partial(measure_content, topics))
    return write_report(kept(systems), size)


def kept(systems: dict[str, Start]) -> dict[str, Any]:
    """All that has been measured, also by earlier runs: ``load``, by system a list of rounds; ``turns``, by system;
    ``content``, by number of topics."""
    found: dict[str, Any] = {"load": {}, "turns": {}, "content": {}}
    for topics in CONTENT:
        if (path := KEPT / f"channels-content-{topics}.json").is_file():
            found["content"][topics] = _read(path)
    for name in systems:
        rounds = [_read(path) for path in sorted(KEPT.glob(f"channels-load-{name}-*.json"))]
        if rounds:
            found["load"][name] = rounds
        if (path := KEPT / f"channels-turns-{name}.json").is_file():
            found["turns"][name] = _read(path)
    return found


def _read(path: Path) -> Any:
    return json.loads(path.read_text("utf-8"))["result"]


def _project() -> Path | None:
    """The Rasa project of Rasa's default, trained if it is not yet; None where the peers are not set up."""
    if not PEER.is_file():
        return None
    folder = KEPT / "rasa-default"
    if not (folder / "model.tar.gz").is_file():
        write_project(folder, installed_library(), own_set().train, _EPOCHS)
        train_project(folder, _TRAINING_SECONDS)
    return folder


if __name__ == "__main__":
    main()
