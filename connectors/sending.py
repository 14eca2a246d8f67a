"""Sending one person's replies: the next one, when it may go, and what became of it."""

from __future__ import annotations

import time
from collections.abc import Mapping

import structlog
from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from connectors import conversation, durations, outbox, pace, pacing
from connectors.channel import ChannelAdapter
from connectors.counts import Tally
from connectors.errors import SendError
from connectors.forgetting import finish_forgetting
from connectors.inbox import Lease, release_lease, renew_lease
from connectors.outbox import Waiting
from connectors.receipts import apply_early
from connectors.sms.budget import DAY, DaySpending, country_of
from connectors.sms.limits import SmsLimits
from store.addresses import Vault
from store.engine import NOW, transaction
from store.messages import Channel, Provider
from store.tables import sends

log = structlog.get_logger()

_SHORT_SECONDS = 0.05

Address = tuple[str, str, Channel]


class Sending:
    """Sends what waits in the outbox, within the limits of SMS."""

    def __init__(
        self, engine: AsyncEngine, vault: Vault, adapters: Mapping[Provider, ChannelAdapter], limits: SmsLimits,
        tally: Tally,
    ) -> None:
        self.engine = engine
        self.vault = vault
        self.adapters = adapters
        self.limits = limits
        self.tally = tally
        self._spending = DaySpending(limits.day_segments)

    async def send_next(self, lease: Lease, *, leave: bool = False) -> bool:
        """Send the oldest waiting reply; False where none is due.

        Args:
            leave: where none is due, give the lease back in the same transaction.

        Raises:
            LeaseLostError: another worker serves this person now. What the provider has taken is recorded all the same.
        """
        async with transaction(self.engine) as connection:
            await renew_lease(connection, lease)
            waiting = await outbox.next_waiting(connection, self.vault, lease.sender_id)
            if waiting is None:
                if leave:
                    await give_back(connection, self.vault, lease)
                return False
            found = await conversation.address_of(connection, self.vault, lease.sender_id)
            adapter = self.adapters.get(Provider(found[0])) if found is not None else None
            if found is not None and not await self._may_go(connection, waiting, found):
                return True
            if found is not None and await pacing.must_wait(connection, adapter, lease.sender_id, found[1], waiting):
                return True
        with structlog.contextvars.bound_contextvars(message=waiting.inbox_id, outbox=waiting.id):
            await self._send(lease, waiting, found)
        return True

    async def _may_go(self, connection: AsyncConnection, waiting: Waiting, found: Address) -> bool:
        provider, _, channel = found
        if channel is not Channel.SMS or provider == Provider.SIMULATOR:
            return True
        used_up = await self._spending.is_used_up(connection)
        if not waiting.essential and (waiting.held_before is not None or used_up):
            await outbox.hold(connection, waiting, waiting.held_before or DAY)
            return False
        if self.limits.segments_per_second is not None and not waiting.paced:
            slot = waiting.segments / self.limits.segments_per_second
            wait = await pace.reserve(connection, f"sms/{provider}", slot)
            if wait > _SHORT_SECONDS and not waiting.essential:
                await outbox.postpone(connection, waiting, wait)
                return False
        return True

    async def _send(self, lease: Lease, waiting: Waiting, found: Address | None) -> None:
        segments = waiting.segments if found is not None and found[0] != Provider.SIMULATOR else 0
        self._spending.sending(segments)
        adapter = self.adapters.get(Provider(found[0])) if found is not None else None
        taken, began = False, time.monotonic()
        if waiting.attempts:
            self.tally.add("retries", found[0] if found else "")
        try:
            if found is None or adapter is None:
                raise SendError("no-channel", retryable=found is not None)
            provider_message_id = await adapter.send(found[1], found[2], waiting.reply, waiting.idempotency_key)
            taken = True
        except SendError as error:
            log.warning("worker.send_failed", code=error.code, retryable=error.retryable, attempt=waiting.attempts + 1,
                        seconds=round(time.monotonic() - began, 4))
            async with transaction(self.engine) as connection:
                await renew_lease(connection, lease)
                await outbox.mark_failed(connection, lease.sender_id, waiting, error)
                await pacing.heed(connection, self.vault, adapter, lease.sender_id, error)
                await _note(connection, waiting, found, error.code)
            return
        finally:
            self._spending.done(segments, taken=taken)
        seconds = time.monotonic() - began
        async with transaction(self.engine) as connection:
            await outbox.lock_person(connection, lease.sender_id)
            first = await outbox.mark_sent(connection, waiting, provider_message_id)
            await _note(connection, waiting, found, "sent")
            if provider_message_id is not None and found[2] is Channel.SMS:
                await apply_early(connection, adapter.provider, provider_message_id)
        durations.record(self.tally, "send_seconds", seconds)
        durations.record(self.tally, "reply_seconds", waiting.since_message + seconds)
        log.info("worker.sent", provider=found[0], waited=round(waiting.waited, 3), seconds=round(seconds, 4))
        if not first:
            log.warning("worker.sent_twice")


async def give_back(connection: AsyncConnection, vault: Vault, lease: Lease) -> None:
    """Done with a person, for now: what was to be forgotten goes, and others may serve them."""
    await finish_forgetting(connection, vault, lease.sender_id)
    await release_lease(connection, lease)


async def _note(connection: AsyncConnection, waiting: Waiting, found: Address | None, result: str) -> None:
    """One row for each try, of nobody."""
    if found is None:
        return
    provider, address, channel = found
    await connection.execute(_NOTE, {
        "provider": provider, "result": result[:64], "country": country_of(address) if channel is Channel.SMS else None,
        "segments": waiting.segments if result == "sent" else 0,
    })


_NOTE = insert(sends).values(created_at=NOW)
