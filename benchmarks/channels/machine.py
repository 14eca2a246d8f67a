"""What the machine says of processes: CPU time, memory, and what else ran meanwhile."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

_TICK = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Reading:
    """CPU seconds so far: of the system measured, by this process, of all cores, all programs; and the time."""

    system: float
    here: float
    machine: float
    at: float


class Usage:
    """CPU time of a system's processes and their children.

    Args:
        pids: of the processes that were started.
    """

    def __init__(self, pids: Sequence[int]) -> None:
        self._pids = pids

    def now(self) -> Reading:
        """What was used until now."""
        busy = [int(each) for each in Path("/proc/stat").read_text().splitlines()[0].split()[1:9]]
        machine = (sum(busy) - busy[3] - busy[4]) / _TICK  # without idle and waiting for the disk
        used = sum(_ticks(each) for pid in self._pids for each in tree(pid)) / _TICK
        return Reading(used, time.process_time(), machine, time.perf_counter())


def cpu_between(before: Reading, after: Reading, messages: int) -> dict[str, float]:
    """``milliseconds`` of CPU that the system used for a message; ``cores`` used by ``system``, load generator with
    doubles (``load``) and by ``others`` on this machine."""
    passed = after.at - before.at
    system, here = after.system - before.system, after.here - before.here
    return {"milliseconds": system * 1000 / max(1, messages), "system": system / passed, "load": here / passed,
            "others": max(0.0, after.machine - before.machine - system - here) / passed}


def megabytes(pids: Sequence[int]) -> float:
    """Memory of processes and their children, 10^6 bytes: shared pages counted once (proportional set size)."""
    total = 0
    for pid in (each for found in pids for each in tree(found)):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                total += int(line.split()[1]) * 1024
    return total / 1e6


def tree(pid: int) -> list[int]:
    """A process and all that it started."""
    found, waiting = [], [pid]
    while waiting:
        current = waiting.pop()
        found.append(current)
        for task in Path(f"/proc/{current}/task").glob("*/children"):
            waiting += [int(each) for each in task.read_text().split()]
    return found


def _ticks(pid: int) -> int:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0
    return int(fields[11]) + int(fields[12])
