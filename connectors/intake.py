"""Taking messages in: from an authentic request to the durable inbox, the same for every channel."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from connectors import inbox
from connectors.channel import Inbound, decode_message, encode_message
from connectors.receipts import Receipt, record_receipt
from connectors.spool import Spool
from connectors.trace import message_of
from content.countries import country_of_number
from content.models import Library
from store.addresses import Vault
from store.engine import transaction
from store.errors import StoreError
from store.messages import Channel, Provider

log = structlog.get_logger()

MESSAGE, RECEIPT = "message", "receipt"
"""Kinds of what waits in the spool."""

PATIENCE_SECONDS = 3.0
"""How long a provider's request waits for the database: Twilio gives up after 15 s (twilio.com/docs/usage/webhooks)."""


@dataclass(frozen=True)
class Intake:
    """Where the gateway puts what comes in.

    Attributes:
        library: gives the content in use, for guessing countries.
        spool: keeps what a provider does not bring again, while the database is away; None: nothing does.
    """

    engine: AsyncEngine
    vault: Vault
    library: Callable[[], Library]
    spool: Spool | None = None
    _late: set[asyncio.Task[bool]] = field(default_factory=set)

    async def receive(self, inbound: Inbound) -> bool:
        """Store one message in a transaction of its own; False where it was there already.

        Raises:
            DatabaseUnavailableError: nothing was stored.
        """
        began = time.monotonic()
        async with transaction(self.engine) as connection:
            received = await self._store(connection, inbound)
        _log(inbound, received, time.monotonic() - began)
        return received.new

    async def receive_surely(self, inbound: Inbound) -> None:
        """Store one message in the database or, while that is away or slow, in the spool. Durable when this returns.

        Raises:
            DatabaseUnavailableError: there is no spool, and nothing was stored.
            SpoolError: neither took it.
        """
        if self.spool is None:
            await self.receive(inbound)
            return
        if self.spool.is_empty() and await self._in_time(inbound):
            return
        await self.spool.put(MESSAGE, {
            "provider": inbound.provider, "channel": inbound.channel, "address": inbound.address,
            "provider_id": inbound.provider_id, "message": encode_message(inbound.message),
        })

    async def _in_time(self, inbound: Inbound) -> bool:
        # Not cancelled when it is late: whether it was stored after all would not be known. Both may end well, the
        # provider's id lets only one count.
        task = asyncio.create_task(self.receive(inbound))
        self._late.add(task)
        task.add_done_callback(self._late.discard)
        done, _ = await asyncio.wait({task}, timeout=PATIENCE_SECONDS)
        if not done:
            task.add_done_callback(lambda late: late.cancelled() or late.exception())
            return False
        try:
            task.result()
        except StoreError as error:
            log.error("gateway.not_stored", provider=str(inbound.provider), problem=str(error))
            return False
        return True

    async def replayed(self, values: dict[str, Any]) -> None:
        """Take in a message that waited in the spool. Raises DatabaseUnavailableError, ValueError, KeyError."""
        await self.receive(
            Inbound(
                Provider(values["provider"]), Channel(values["channel"]), values["address"], values["provider_id"],
                decode_message(values["message"], opted_out=False, country_guess=None),
            )
        )

    async def receive_receipt(self, receipt: Receipt) -> None:
        """Record a delivery receipt, or keep it in the spool while the database is away. Durable when this returns.

        Raises:
            DatabaseUnavailableError: there is no spool, and nothing was recorded.
            SpoolError: neither took it.
        """
        try:
            async with transaction(self.engine) as connection:
                changed = await record_receipt(connection, receipt)
                message = await message_of(connection, receipt.provider_message_id)
        except StoreError:
            if self.spool is None:
                raise
            await self.spool.put(RECEIPT, receipt.to_values())
            return
        failure = receipt.failure
        log.info("gateway.receipt", message=message, provider=str(receipt.provider), delivered=failure is None,
                 code=failure and failure.code, changed=changed)

    async def replayed_receipt(self, values: dict[str, Any]) -> None:
        """Record a receipt that waited in the spool. Raises DatabaseUnavailableError, ValueError, KeyError."""
        await self.receive_receipt(Receipt.from_values(values))

    async def receive_with(self, connection: AsyncConnection, inbound: Inbound) -> bool:
        """Store one message in the caller's transaction; False where it was there already."""
        began = time.monotonic()
        received = await self._store(connection, inbound)
        _log(inbound, received, time.monotonic() - began)
        return received.new

    async def _store(self, connection: AsyncConnection, inbound: Inbound) -> inbox.Received:
        guess = country_of_number(self.library(), inbound.address) if inbound.channel is Channel.SMS else None
        return await inbox.receive(connection, self.vault, inbound, guess)


def _log(inbound: Inbound, received: inbox.Received, seconds: float) -> None:
    log.info("gateway.received", message=received.id, provider=str(inbound.provider), channel=str(inbound.channel),
             kind=str(inbound.message.kind), new=received.new, seconds=round(seconds, 4))
