"""Runs the benchmarks and writes docs/benchmark.md.

Usage: python -m benchmarks [--with-setup]. Set-up from nothing clones the repository into an empty folder and
installs everything there; it needs the network and some minutes, so it is asked for.
"""

from __future__ import annotations

import os
import platform
import sys
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.system import Start, measure_setup, measure_start
from benchmarks.understanding import Score, measure_understanding

REPORT = Path(__file__).resolve().parent.parent / "docs" / "benchmark.md"


def main() -> None:
    """Measure and write the report."""
    setup = measure_setup() if "--with-setup" in sys.argv else None
    start = measure_start()
    scores, milliseconds = measure_understanding()
    REPORT.write_text(report(setup, start, scores, milliseconds), "utf-8")
    print(REPORT.read_text("utf-8"))


def report(setup: tuple[float, float] | None, start: Start, scores: list[Score], milliseconds: float) -> str:
    """The page, in Markdown."""
    today = f"{datetime.now(UTC):%Y-%m-%d}"
    lines = [
        "# Benchmark", "",
        f"Measured on {today} with `make bench` on {os.cpu_count()} cores, {platform.machine()}, "
        f"Python {platform.python_version()}. Seconds depend on the machine and on what else it does; ratios less so.",
        "", "| What | Figure |", "|---|---|",
    ]
    if setup is not None:
        lines.append(f"| Set-up from nothing: libraries | {setup[0]:.0f} s |")
        lines.append(f"| Set-up from nothing: training | {setup[1]:.0f} s |")
    lines += [
        f"| Second start, from the command to /readyz | {start.ready_seconds:.1f} s |",
        f"| Second start, from the command to the first answer | {start.answer_seconds:.1f} s |",
        f"| Memory of the running system (gateway, console and one worker; proportional set size) "
        f"| {start.megabytes:.0f} MB |",
        f"| From message to reply through the whole path, median of {start.turns} | {start.turn_milliseconds:.0f} ms |",
        f"| A turn of the assistant alone, median | {milliseconds:.1f} ms |",
        "", "## Messages that the models have not seen", "",
        "tests/understanding/messages: written independently of the training phrases, by somebody who has not seen "
        "them. No native speaker has checked the Arabic, Somali and Wolof ones. *Right*: the topic's answer was sent "
        "at once; *in the choice*: sent or among the three offered; *wrong*: another answer was sent; *refused*: of "
        "what Sahan has nothing to say on. 95 % intervals by Wilson's score.", "",
        "| Language | Messages | Right | In the choice | Wrong | Outside refused | Language identified |",
        "|---|---|---|---|---|---|---|",
    ]
    lines += [score.row() for score in scores]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
