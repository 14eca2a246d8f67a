"""The worker: leases a person, answers their messages in order, sends the replies in order.

Everything that it needs between two steps is in the database: a worker may be killed at any moment, and another
one goes on where its last transaction ended.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import secrets
import socket
import time
from collections.abc import Mapping
from functools import partial
from typing import Protocol

import structlog
from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncEngine

from connectors import conversation
from connectors.answering import ATTEMPTS, Answering
from connectors.channel import LINKED, ChannelAdapter, Linked
from connectors.conversation import Assistant
from connectors.counts import Tally
from connectors.errors import LeaseLostError
from connectors.gate import PersonLimits
from connectors.inbox import (
    LEASE_SECONDS,
    Lease,
    insert_or_update,
    release_lease,
    renew_lease,
    take_lease,
    waiting_senders,
)
from connectors.sending import Sending, give_back
from connectors.sms.budget import release
from connectors.sms.limits import SmsLimits
from connectors.spool import Spool
from store.addresses import Vault
from store.engine import now, transaction
from store.errors import DatabaseUnavailableError, StoreError, WrongKeyError
from store.messages import Provider
from store.tables import workers

log = structlog.get_logger()

IDLE_SECONDS = 0.05
"""How often somebody looks for work where nothing waits: all workers together, for each alone looks more rarely the
more there are. So an idle database has the same small load from one worker or forty, and no message waits longer."""
BUSY_SECONDS, BUSY_FOR_SECONDS = 0.01, 1.0
"""The same for so long after something was found: where one person writes, the next is not far."""
LONGEST_IDLE_SECONDS = 2.0
HEARTBEAT_SECONDS = 2.0
RELEASE_SECONDS = 5.0
_AFTER_OUTAGE_SECONDS = 1.0
_SILENT_SECONDS = 10.0
_GONE_SECONDS = 3600.0


class Content(Protocol):
    """What a worker answers from, for /readyz and /metrics."""

    revision: int
    problem: str | None


class Worker:
    """Serves up to ``concurrency`` people at once until ``stop`` is called.

    Args:
        assistant: answers messages.
        content: which revision the assistant answers from; None: the library's files.
        retention_days: after how many days texts are deleted, for people who ask what is held of them.
        spool: of a gateway on this machine, which EFFACER reaches too; None where there is none.
        adapters: how to send, by provider; a reply to a person of another is tried for hours, then set aside.
        limits: of what is sent by SMS; None: none.
        person_limits: how much one person may write; None: everybody is answered, loops too.
    """

    def __init__(
        self, engine: AsyncEngine, vault: Vault, assistant: Assistant, adapters: Mapping[Provider, ChannelAdapter],
        *, concurrency: int = 16, content: Content | None = None, limits: SmsLimits | None = None,
        person_limits: PersonLimits | None = None, spool: Spool | None = None, retention_days: int = 30,
    ) -> None:
        self.engine = engine
        self.vault = vault
        self.adapters = adapters
        self.concurrency = concurrency
        self.content = content
        self.limits = limits or SmsLimits()
        self.tally = Tally()
        self.name = f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(3)}"[:64]
        self._stopping = asyncio.Event()
        self._freed = asyncio.Event()
        self._workers = 1
        self._found_at = -BUSY_FOR_SECONDS
        self._serving: dict[int, asyncio.Task[None]] = {}
        self._answering = Answering(engine, vault, assistant, adapters, self.limits, self.tally,
                                    person_limits=person_limits, spool=spool, retention_days=retention_days)
        self._sending = Sending(engine, vault, adapters, self.limits, self.tally)
        self._released_at = -RELEASE_SECONDS

    def stop(self) -> None:
        """Finish the turns in progress, then end ``run``."""
        self._stopping.set()
        self._freed.set()

    async def run(self, *, problem: str | None = None) -> None:
        """Serve until stopped. ``problem`` is shown by /readyz: why this worker is not fit to answer, or None."""
        heartbeat = asyncio.create_task(self._beat(problem))
        try:
            while not self._stopping.is_set():
                try:
                    started = await self._start_waiting()
                except StoreError as error:
                    log.error("worker.database_unavailable", problem=str(error))
                    await self._pause(_AFTER_OUTAGE_SECONDS)
                    continue
                if not started:
                    await self._rest()
            if self._serving:
                await asyncio.wait(self._serving.values(), timeout=LEASE_SECONDS)
        finally:
            heartbeat.cancel()
            await self._sign_off()

    async def run_until_idle(self) -> None:
        """Serve everything that waits, then return. For commands and tests that need no running worker."""
        while await self._start_waiting() or self._serving:
            if self._serving:
                await asyncio.wait(self._serving.values())
        await self._write_counts()

    async def _rest(self) -> None:
        """Wait until it is time to look for work again, or until a hand is free."""
        if len(self._serving) < self.concurrency:
            busy = time.monotonic() - self._found_at < BUSY_FOR_SECONDS
            seconds = min((BUSY_SECONDS if busy else IDLE_SECONDS) * self._workers, LONGEST_IDLE_SECONDS)
            await self._pause(seconds * random.uniform(0.5, 1.5))
            return
        self._freed.clear()
        if not self._stopping.is_set():
            await self._freed.wait()

    async def _pause(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._stopping.wait(), seconds)

    async def _start_waiting(self) -> bool:
        if time.monotonic() - self._released_at >= RELEASE_SECONDS:
            self._released_at = time.monotonic()
            await release(self.engine, self.limits)
        free = self.concurrency - len(self._serving)
        if free <= 0:
            return False
        started = False
        for sender_id in await waiting_senders(self.engine, free, without=self._unlinked()):
            if sender_id in self._serving:
                continue
            lease = await take_lease(self.engine, sender_id, self.name)
            if lease is not None:
                if lease.taken_over:
                    self.tally.add("takeovers")
                    log.warning("worker.taken_over", sender=sender_id)
                task = asyncio.create_task(self._serve(lease))
                self._serving[sender_id] = task
                task.add_done_callback(partial(self._served, sender_id))
                started, self._found_at = True, time.monotonic()
        return started

    def _unlinked(self) -> list[Provider]:
        """Providers whose link this worker does not hold now: replies to their people would only fail."""
        adapters = {provider: self.adapters.get(provider) for provider in LINKED}
        return [provider for provider, each in adapters.items() if not (isinstance(each, Linked) and each.can_send)]

    def _note(self) -> str:
        """What staff should see to although this worker answers."""
        notes = [self.content.problem if self.content else None]
        notes += [each.problem for each in self.adapters.values() if isinstance(each, Linked)]
        return "; ".join(filter(None, notes))

    def _served(self, sender_id: int, _task: asyncio.Task[None]) -> None:
        self._serving.pop(sender_id, None)
        self._freed.set()

    async def _serve(self, lease: Lease) -> None:
        renewal = asyncio.create_task(self._keep(lease))
        try:
            while not self._stopping.is_set():
                unread = await conversation.next_unread(self.engine, self.vault, lease.sender_id)
                if unread is not None:
                    with structlog.contextvars.bound_contextvars(message=unread.inbox_id):
                        await self._answering.answer(lease, unread)
                if not await self._sending.send_next(lease, leave=unread is None) and unread is None:
                    break
            else:  # told to stop
                async with transaction(self.engine) as connection:
                    await give_back(connection, self.vault, lease)
        except LeaseLostError as error:
            log.warning("worker.lease_lost", problem=str(error))
        except (DatabaseUnavailableError, WrongKeyError) as error:
            # Not this person's fault, and not to be counted against their messages: the lease runs out, and the next
            # try comes with it.
            log.error("worker.cannot_work", problem=str(error))
        except Exception as error:
            # The kind only: the error's own text could hold what the person wrote.
            log.error("worker.person_failed", sender=lease.sender_id, error=type(error).__name__)
            await self._set_aside(lease)
        finally:
            renewal.cancel()

    async def _set_aside(self, lease: Lease) -> None:
        try:
            await conversation.record_fault(self.engine, lease, ATTEMPTS)
            async with transaction(self.engine) as connection:
                await release_lease(connection, lease)
        except (LeaseLostError, StoreError) as error:
            log.error("worker.not_set_aside", problem=str(error))

    async def _keep(self, lease: Lease) -> None:
        while True:
            await asyncio.sleep(LEASE_SECONDS / 3)
            try:
                async with transaction(self.engine) as connection:
                    await renew_lease(connection, lease)
            except (LeaseLostError, StoreError) as error:
                log.warning("worker.lease_not_renewed", problem=str(error))

    async def _beat(self, problem: str | None) -> None:
        while True:
            try:
                async with transaction(self.engine) as connection:
                    clock = now(connection)
                    await connection.execute(delete(workers).where(workers.c.seen_at < clock - _GONE_SECONDS))
                    await insert_or_update(
                        connection, workers, "name",
                        {"name": self.name, "started_at": clock, "seen_at": clock, "ready": problem is None,
                         "problem": (problem or self._note())[:200] or None,
                         "content_revision": self.content.revision if self.content else 0},
                        keep=("started_at",),
                    )
                    self._workers = await connection.scalar(
                        select(func.count()).where(workers.c.seen_at > clock - _SILENT_SECONDS)
                    ) or 1
            except StoreError as error:
                log.error("worker.database_unavailable", problem=str(error))
            await self._write_counts()
            await asyncio.sleep(HEARTBEAT_SECONDS)

    async def _write_counts(self) -> None:
        if not self.tally:
            return
        try:
            async with transaction(self.engine) as connection:
                taken = await self.tally.flush(connection)
        except StoreError as error:
            log.error("worker.database_unavailable", problem=str(error))
        else:
            self.tally.written(taken)

    async def _sign_off(self) -> None:
        try:
            async with transaction(self.engine) as connection:
                await connection.execute(delete(workers).where(workers.c.name == self.name))
        except StoreError as error:
            log.error("worker.database_unavailable", problem=str(error))
        await self._write_counts()
