"""What a provider will not bring again is kept in files of this machine while the database is away.

Twilio does not reliably redeliver (docs/operations.md, "The spool"). A file is on the disk, and its name in the folder,
before the provider gets its 200; names sort by arrival, and nothing overtakes: while a file waits, what comes in later
joins the queue behind it. Contents are sealed like all that is at rest.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import json
import os
import secrets
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import structlog

from connectors.errors import SpoolError
from store.addresses import Vault
from store.errors import StoreError, WrongKeyError

log = structlog.get_logger()

REPLAY_SECONDS = 0.5
_HOUR = 3600.0
_SUFFIX = ".sealed"
_UNFINISHED = ".part"
_SET_ASIDE = "set-aside"
_CLOCK_SET_NS = 50_000_000

Handler = Callable[[dict[str, Any]], Awaitable[object]]


class Spool:
    """A durable queue in a folder. Several processes of one machine may share it.

    Args:
        folder: is made when first needed.
    """

    def __init__(self, folder: Path, vault: Vault) -> None:
        self._folder = folder
        self._vault = vault
        self._last = 0
        self._clock: int | None = None
        self._writing = asyncio.Lock()

    def is_empty(self) -> bool:
        """Whether nothing waits. A folder that cannot be read counts as empty: the database is asked then."""
        try:
            with os.scandir(self._folder) as entries:
                return not any(entry.name.endswith(_SUFFIX) for entry in entries)
        except OSError:
            return True

    def waiting_count(self) -> int:
        """How many files wait for the database."""
        return len(self._waiting())

    def oldest_seconds(self) -> float:
        """How long the oldest of them has waited; 0 where none does."""
        waiting = self._waiting()
        return max(0.0, time.time() - int(waiting[0].name.split("-")[0]) / 1e9) if waiting else 0.0

    def set_aside_count(self) -> int:
        """How many files could not be read and are kept for staff."""
        try:
            return sum(1 for _ in (self._folder / _SET_ASIDE).iterdir())
        except OSError:
            return 0

    async def put(self, kind: str, values: Mapping[str, Any]) -> None:
        """Keep ``values``, which is JSON; on the disk when this returns.

        Raises:
            SpoolError: the disk is full or cannot be written; nothing was kept.
        """
        async with self._writing:  # names in the order of arrival
            try:
                sealed = self._vault.seal(json.dumps({"kind": kind, "values": dict(values)}, ensure_ascii=False))
                await asyncio.to_thread(self._write, sealed)
            except OSError as error:
                raise SpoolError(
                    f"{self._folder} cannot be written ({error.strerror}) while the database is away: free space on "
                    "this disk, or bring the database back."
                ) from None
        log.warning("gateway.spooled", kind=kind)

    async def replay(self, handlers: Mapping[str, Handler]) -> int:
        """Hand what waits to the handler of its kind, oldest first; gives how many were done.

        Stops at the first that the database cannot take now; that one and all behind it stay. What cannot be read, or
        is of an unknown kind, is set aside, and the next one goes on.
        """
        done = 0
        with self._alone() as alone:
            while alone and (waiting := self._waiting()):
                handed_on, all_of_them = await self._replay_files(waiting, handlers)
                done += handed_on
                if not all_of_them:
                    break
        if done:
            log.info("gateway.replayed", count=done)
        return done

    async def _replay_files(self, waiting: Sequence[Path], handlers: Mapping[str, Handler]) -> tuple[int, bool]:
        """How many of these were handed on, in their order, and whether none of them has to wait on.

        The folder is looked through once for all of them, or a long queue would never be worked off.
        """
        done = 0
        for path in waiting:
            try:
                kind, values = self._read(path)
                await handlers[kind](values)
            except (WrongKeyError, ValueError, KeyError, TypeError) as error:
                self._set_aside(path, type(error).__name__)
                continue
            except FileNotFoundError:
                continue  # somebody has asked to be forgotten meanwhile
            except (StoreError, OSError) as error:
                log.error("gateway.spool_waits", error=type(error).__name__)
                return done, False
            path.unlink(missing_ok=True)
            done += 1
        return done, True

    async def keep(self, handlers: Mapping[str, Handler], days: int) -> None:
        """``replay`` again and again, and ``purge`` once an hour, until cancelled."""
        purged_at = 0.0
        while True:
            await self.replay(handlers)
            if time.time() - purged_at > _HOUR:
                self.purge(days)
                purged_at = time.time()
            await asyncio.sleep(REPLAY_SECONDS)

    def purge(self, days: int) -> int:
        """Delete what was set aside, or never finished, more than ``days`` ago; gives the number of files."""
        limit, gone = time.time() - days * 86_400, 0
        for path in [*self._folder.glob(f"{_SET_ASIDE}/*"), *self._folder.glob(f"*{_UNFINISHED}")]:
            with contextlib.suppress(OSError):
                if path.stat().st_mtime < limit:
                    path.unlink()
                    gone += 1
        return gone

    def forget(self, provider: str, address: str, before: float) -> int:
        """Delete what a person sent before a time (s since 1970), also what was set aside; gives the number of files.

        A file that no key at hand opens cannot be told to be anybody's: it goes with its age.
        """
        gone = 0
        for path in [*self._waiting(), *self._folder.glob(f"{_SET_ASIDE}/*{_SUFFIX}")]:
            with contextlib.suppress(WrongKeyError, ValueError, KeyError, TypeError, AttributeError, OSError):
                _kind, values = self._read(path)
                arrived = int(path.name.split("-")[0]) / 1e9
                if (values.get("provider"), values.get("address")) == (provider, address) and arrived < before:
                    path.unlink()
                    gone += 1
        if gone:
            log.info("gateway.spool_forgotten", count=gone)
        return gone

    def _waiting(self) -> list[Path]:
        try:
            return sorted(path for path in self._folder.iterdir() if path.suffix == _SUFFIX)
        except OSError:
            return []

    def _write(self, sealed: bytes) -> None:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._last = max(time.time_ns(), self._last + 1, self._newest() + 1)
        name = f"{self._last:020d}-{secrets.token_hex(4)}"
        beside = self._folder / f"{name}{_UNFINISHED}"
        try:
            with os.fdopen(os.open(beside, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
                file.write(sealed)
                file.flush()
                os.fsync(file.fileno())
            beside.rename(self._folder / f"{name}{_SUFFIX}")
        except OSError:
            beside.unlink(missing_ok=True)
            raise
        self._sync_folder()

    def _newest(self) -> int:
        """The number of the newest file, looked for at the start and where the clock was set: that changes no order."""
        set_by = time.time_ns() - time.monotonic_ns()
        if self._clock is not None and abs(set_by - self._clock) < _CLOCK_SET_NS:
            return 0
        self._clock = set_by
        return max((int(path.name.split("-")[0]) for path in self._waiting()), default=0)

    def _read(self, path: Path) -> tuple[str, dict[str, Any]]:
        """(kind, values) of a file.

        Raises:
            WrongKeyError: the file is cut off, altered, or sealed with a key that we do not hold.
            ValueError, KeyError, TypeError: the file is not what ``put`` wrote.
        """
        found = json.loads(self._vault.open(path.read_bytes()))
        return found["kind"], found["values"]

    def _set_aside(self, path: Path, error: str) -> None:
        log.error("gateway.spool_unreadable", file=path.name, error=error)
        folder = self._folder / _SET_ASIDE
        folder.mkdir(exist_ok=True, mode=0o700)
        path.rename(folder / path.name)
        self._sync_folder()

    def _sync_folder(self) -> None:
        handle = os.open(self._folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)

    def _alone(self) -> _Lock:
        return _Lock(self._folder)


class _Lock:
    """One process of this machine replays at a time: two would exchange the order of two messages."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._handle: int | None = None

    def __enter__(self) -> bool:
        if not self._folder.is_dir():
            return False
        try:
            self._handle = os.open(self._folder / "lock", os.O_CREAT | os.O_RDWR, 0o600)
            fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True

    def __exit__(self, *_reason: object) -> None:
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None
