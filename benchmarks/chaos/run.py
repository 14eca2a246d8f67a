"""One run over one database: people write, things are killed, and every reply is compared with a calm run's."""

from __future__ import annotations

import asyncio
import itertools
import random
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import aiohttp
from sqlalchemy import create_engine, text

from benchmarks.chaos.far_side import MOODS, FarSide
from benchmarks.chaos.machines import Disk, Machines, Postgresql, Sqlite
from benchmarks.chaos.people import SCRIPT, Delivery, some_people, talk
from store.migrate import sync_url, upgrade

_AWAY_SECONDS, _FULL_SECONDS = 30.0, 10.0
_QUIET_SECONDS = 900.0
_NEAR = 4
"""How many replies back a repeated one may be to count as doubled and not as out of order."""


@dataclass
class Kill:
    """What was done, when (seconds from the start), and how many calls to the providers were in flight."""

    what: str
    at: float
    in_flight: int


@dataclass
class Outcome:
    """What became of the replies of all people."""

    expected: int = 0
    lost: int = 0
    doubled: int = 0
    out_of_order: int = 0


async def run(database: Sqlite | Postgresql, disk: Disk, *, people: int, kills: int, seed: int) -> dict[str, Any]:
    """The whole run; gives what the report shows.

    Args:
        disk: where the spool is, and the database if it is a file.
    """
    chance = random.Random(seed)
    with tempfile.TemporaryDirectory(prefix="sahan-chaos-", ignore_cleanup_errors=True) as name, FarSide(seed) as far:
        upgrade(database.url)
        machines = Machines(Path(name), far.root, database.url, disk.folder / "spool")
        try:
            machines.start()
            await asyncio.to_thread(machines.wait_until_ready)
            timeout = aiohttp.ClientTimeout(total=15.0)
            async with aiohttp.ClientSession(timeout=timeout, connector=aiohttp.TCPConnector(limit=0)) as client:
                delivery = Delivery(client, machines.gateways, seed)
                expected = await _calm(delivery, far, database)
                began, before, noted = time.monotonic(), delivery.acknowledged, len(far.calls)
                writers = some_people(people)
                done: list[Kill] = []
                killing = asyncio.create_task(_disturb(machines, database, disk, far, kills, chance, done, began))
                talking = [talk(delivery, each, lambda: chance.uniform(0.0, 2.0 * _pause(kills))) for each in writers]
                await asyncio.gather(*talking, killing)
                await delivery.finish()
                written = time.monotonic() - began
                machines.start()
                await asyncio.to_thread(machines.wait_until_ready)
                await _until_quiet(database)
            outcome = compare(far, writers, expected)
            calls = far.calls[noted:]
            return {
                "database": database.name, "people": people, "messages": delivery.acknowledged - before,
                "tries": delivery.tries, "repeated": delivery.repeated, "kills": [asdict(each) for each in done],
                "in_flight": sum(each.in_flight for each in done),
                "unreadable": sum(1 for call in calls if call.taken and not call.told), "calls": len(calls),
                **asdict(outcome), "left": _left(database), "writing_seconds": written,
                "disk_filled": disk.mounted,
                "seconds": time.monotonic() - began,
            }
        finally:
            machines.stop()


def _pause(kills: int) -> float:
    """Seconds between two messages of a person, so that writing lasts as long as the kills do."""
    return max(0.5, kills * 14.0 / len(SCRIPT))


async def _calm(delivery: Delivery, far: FarSide, database: Sqlite | Postgresql) -> dict[bool, list[str]]:
    """The replies to the script by channel (True: SMS), while nothing is disturbed."""
    expected = {}
    for person in ("+221779999999", "799999"):
        await talk(delivery, person, lambda: 0.3)
        await _until_quiet(database)
        expected[person.startswith("+")] = far.sent_to(person)
    return expected


async def _disturb(
    machines: Machines, database: Sqlite | Postgresql, disk: Disk, far: FarSide, kills: int, chance: random.Random,
    done: list[Kill], began: float,
) -> None:
    """``kills`` times something dies; between two, the providers have moods; once the database is away, once the disk
    is full, and once both."""
    kinds = itertools.cycle(("worker", "gateway", "worker", "everything", "worker", "gateway"))
    full_at, away_at = kills // 4, kills // 2
    for number in range(kills):
        far.mood = "calm"
        await asyncio.sleep(chance.uniform(2.0, 6.0))
        if number == full_at:
            await _full(disk)
        if number == away_at:
            await _away(database, disk)
        far.mood = MOODS[number % len(MOODS)] if number % 2 else "calm"
        await asyncio.sleep(chance.uniform(1.0, 4.0))
        kind = next(kinds)
        names: Sequence[str] = {
            "worker": [chance.choice(machines.WORKERS)], "gateway": [chance.choice(machines.GATEWAYS)],
            "everything": [*machines.GATEWAYS, *machines.WORKERS],
        }[kind]
        moment = time.monotonic()
        machines.kill(*names)
        done.append(Kill(kind, moment - began, far.in_flight(moment) if kind != "gateway" else 0))
        await asyncio.sleep(chance.uniform(0.0, 2.0))
        await asyncio.to_thread(machines.start)
    far.mood = "calm"


async def _away(database: Sqlite | Postgresql, disk: Disk) -> None:
    """Two thirds of the time the spool takes what comes; then it has no room either."""
    await asyncio.to_thread(database.take_away)
    await asyncio.sleep(_AWAY_SECONDS - _FULL_SECONDS)
    await _full(disk)
    await asyncio.to_thread(database.bring_back)


async def _full(disk: Disk) -> None:
    await asyncio.to_thread(disk.fill)
    await asyncio.sleep(_FULL_SECONDS)
    await asyncio.to_thread(disk.free)


def compare(far: FarSide, writers: Sequence[str], expected: dict[bool, list[str]]) -> Outcome:
    """Each person's replies beside the calm run's."""
    outcome = Outcome()
    for person in writers:
        wanted, got = expected[person.startswith("+")], far.sent_to(person)
        outcome.expected += len(wanted)
        place = 0
        for reply in got:
            if place < len(wanted) and reply == wanted[place]:
                place += 1
            elif reply in wanted[max(0, place - _NEAR):place]:
                outcome.doubled += 1
            else:
                outcome.out_of_order += 1
        missing = Counter(wanted)
        missing.subtract(got)
        outcome.lost += sum(count for count in missing.values() if count > 0)
    return outcome


_WAITING = """SELECT (SELECT count(*) FROM inbox WHERE processed_at IS NULL AND failed_at IS NULL)
 + (SELECT count(*) FROM outbox WHERE status = 'waiting')"""
_LEFT = """SELECT 'set aside', count(*) FROM inbox WHERE failed_at IS NOT NULL
 UNION ALL SELECT 'dead', count(*) FROM outbox WHERE status = 'dead'"""


async def _until_quiet(database: Sqlite | Postgresql) -> None:
    end = time.monotonic() + _QUIET_SECONDS
    quiet = 0
    while quiet < 3 and time.monotonic() < end:
        waiting = await asyncio.to_thread(_rows, database, _WAITING)
        quiet = quiet + 1 if waiting == [(0,)] else 0
        await asyncio.sleep(1.0)


def _left(database: Sqlite | Postgresql) -> dict[str, int]:
    return {str(row[0]): int(row[1]) for row in _rows(database, _LEFT)}


def _rows(database: Sqlite | Postgresql, statement: str) -> list[tuple[Any, ...]]:
    engine = create_engine(sync_url(database.url))
    try:
        with engine.connect() as connection:
            return [tuple(row) for row in connection.execute(text(statement))]
    finally:
        engine.dispose()
