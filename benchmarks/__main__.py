"""Runs the benchmarks and writes docs/benchmark.md with its plots.

Usage: python -m benchmarks [--benchmarks FOLDER] [--again] [--with-setup]. FOLDER holds the public intent sets (see
benchmarks/intents.py); without it they are left out. The peers are measured where `make peers` has set up their
environments. A run that was broken off goes on where it ended; --again begins anew. --with-setup also measures set-up
from nothing, which needs the network and some minutes.
"""

from __future__ import annotations

import argparse
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks import encoder, intents, languages, parts
from benchmarks.live import measure_live
from benchmarks.report import write_report
from benchmarks.system import measure_setup, measure_start
from benchmarks.understanding import measure_understanding


def main() -> None:
    """Measure what is not measured yet, and write the report."""
    parser = argparse.ArgumentParser(prog="make bench")
    parser.add_argument("--benchmarks", type=Path, help="folder of the public intent sets")
    parser.add_argument("--again", action="store_true", help="forget what an earlier run has measured")
    parser.add_argument("--with-setup", action="store_true", help="measure set-up from nothing too")
    options = parser.parse_args()
    if options.again:
        parts.forget()
    found: dict[str, Any] = {
        "understanding": parts.part("understanding", measure_understanding),
        "start": parts.part("start", lambda: asdict(measure_start())),
        "live": parts.part("live", measure_live),
        "languages": languages.compare(),
        "encoder": parts.part("encoder", encoder.measure_encoder),
        "own": intents.compare(intents.own_set()),
        "public": {each.name: intents.compare(each) for each in intents.public_sets(options.benchmarks)}
        if options.benchmarks else {},
    }
    if options.with_setup:
        found["setup"] = parts.part("setup", measure_setup)
    print(write_report(found))


if __name__ == "__main__":
    main()
