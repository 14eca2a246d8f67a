"""Parts of a run: each is measured once and kept, so that a long run that was broken off goes on where it ended."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
KEPT = Path(os.environ.get("SAHAN_BENCH", ROOT / "var" / "bench"))


def part(name: str, measure: Callable[[], Any]) -> Any:
    """What ``measure`` gives, JSON-serialisable; from ``var/bench`` where this run has it already."""
    path = KEPT / f"{name}.json"
    if path.is_file():
        return json.loads(path.read_text("utf-8"))["result"]
    print(f"benchmark: {name} ...", file=sys.stderr, flush=True)
    began = time.monotonic()
    result = measure()
    seconds = time.monotonic() - began
    KEPT.mkdir(parents=True, exist_ok=True)
    body = {"measured_at": f"{datetime.now(UTC):%Y-%m-%d %H:%M}", "seconds": seconds, "result": result}
    path.write_text(json.dumps(body, ensure_ascii=False), "utf-8")
    print(f"benchmark: {name} took {seconds:.0f} s", file=sys.stderr, flush=True)
    return json.loads(path.read_text("utf-8"))["result"]


CHANNELS = "channels-"
"""What the names of the parts of `make bench-channels` begin with; all others are those of `make bench`."""


def forget(*, channels: bool = False) -> None:
    """Begin a new run of `make bench`, or of `make bench-channels`."""
    for path in _kept(channels):
        path.unlink()


def measured_between(*, channels: bool = False) -> str:
    """From when to when this run's parts were measured, UTC."""
    times = sorted(json.loads(path.read_text("utf-8"))["measured_at"] for path in _kept(channels))
    return f"{times[0]} to {times[-1]} UTC" if times else "never"


def _kept(channels: bool) -> list[Path]:
    return [path for path in KEPT.glob("*.json") if path.name.startswith(CHANNELS) == channels]
