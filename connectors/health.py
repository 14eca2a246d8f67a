"""Whether the system can answer, and what staff should see to although it does."""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import Mapping
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from connectors.inbox import insert_or_add
from connectors.sms.budget import WARN_AT, spent_today
from store.engine import now, reading, transaction
from store.errors import StoreError
from store.migrate import check_schema
from store.tables import counts, inbox, outbox, workers

WORKER_SILENT_SECONDS = 20.0
QUEUE_MINUTES = 5
LEAST_FREE_BYTES = 500_000_000
_WRITE_SECONDS = 5.0
_FRESH_SECONDS = 5.0
_PROBE = "probe"


async def problems_of(engine: AsyncEngine) -> list[str]:
    """Why the system cannot answer now, one line each; [] when it can."""
    try:
        await check_schema(engine)
        async with reading(engine) as connection:
            rows = list(
                await connection.execute(
                    select(workers.c.ready, workers.c.problem)
                    .where(workers.c.seen_at > now(connection) - WORKER_SILENT_SECONDS)
                )
            )
    except StoreError as error:
        return [str(error)]
    if any(row.ready for row in rows):
        return []
    return [row.problem for row in rows if row.problem] or ["no worker is running: start one with `sahan worker`"]


async def notes_of(engine: AsyncEngine, day_segments: int | None = None) -> list[str]:
    """What staff should see to although the system answers, such as a publication that a worker could not take.

    Args:
        day_segments: that SMS may cost a day; None: no limit.
    """
    try:
        newer = await check_schema(engine)
        async with reading(engine) as connection:
            clock = now(connection)
            rows = await connection.execute(
                select(workers.c.problem).where(workers.c.seen_at > clock - WORKER_SILENT_SECONDS)
            )
            notes = [*([newer] if newer else []), *sorted({row.problem for row in rows if row.problem})]
            unread = inbox.c.processed_at.is_(None) & inbox.c.failed_at.is_(None)
            for age, what in (
                (select(clock - func.min(inbox.c.received_at)).where(unread), "an answer: start more workers"),
                (select(clock - func.min(outbox.c.created_at)).where(outbox.c.status == "waiting"),
                 "being sent: see `worker.send_failed` in the log for the provider's code"),
            ):
                minutes = (await connection.scalar(age) or 0.0) / 60.0
                if minutes > QUEUE_MINUTES:
                    notes.append(f"a message has waited {minutes:.0f} minutes for {what}")
            spent = 0 if day_segments is None else await spent_today(connection)
    except StoreError as error:
        return [str(error)]
    if day_segments is not None and spent >= WARN_AT * day_segments:
        rest = "only urgent replies go out until 0:00 UTC" if spent >= day_segments else "nothing is held back yet"
        notes.append(f"{spent} of {day_segments} SMS segments of the day are used (SAHAN_SMS_DAY_SEGMENTS): {rest}")
    return notes


def disk_notes(places: Mapping[str, Path], least: int = LEAST_FREE_BYTES) -> list[str]:
    """Which disks of this machine are nearly full.

    Args:
        places: folders by what they hold.
        least: octets that should be free.
    """
    return [
        f"the disk of the {place} has {free // 1_000_000} MB left: free some"
        for place, path in places.items() if (free := free_bytes(path)) is not None and free < least
    ]


def free_bytes(path: Path) -> int | None:
    """Octets free on the disk that holds ``path``, or will hold it; None where that cannot be known."""
    existing = next((each for each in (path, *path.parents) if each.exists()), None)
    try:
        return shutil.disk_usage(existing).free if existing else None
    except OSError:
        return None


class WriteCheck:
    """Whether the database takes writes; asked at most every few seconds, for /readyz is open to everybody."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._asked_at = 0.0
        self._problem: str | None = None
        self._running: asyncio.Task[str | None] | None = None

    async def problem(self) -> str | None:
        """Why it does not, or None."""
        if time.monotonic() - self._asked_at < _FRESH_SECONDS and self._asked_at:
            return self._problem
        if self._running is None or self._running.done():
            self._running = asyncio.create_task(self._write())
        running = self._running
        # Not cancelled when it is late: the next caller finds it still under way, and no second one is begun.
        done, _ = await asyncio.wait({running}, timeout=_WRITE_SECONDS)
        if not done:
            return f"the database has not taken a write within {_WRITE_SECONDS:.0f} s: see its disk and its locks"
        self._problem, self._asked_at = running.result(), time.monotonic()
        return self._problem

    async def _write(self) -> str | None:
        try:
            async with transaction(self._engine) as connection:
                await insert_or_add(connection, counts, "value", [{"name": _PROBE, "labels": "[]", "value": 1}])
        except StoreError as error:
            return str(error)
        except SQLAlchemyError as error:
            return f"the database takes no writes ({type(error).__name__}): see that it is no read-only copy"
        return None
