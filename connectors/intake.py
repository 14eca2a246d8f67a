"""Taking messages in: from an authentic request to the durable inbox, the same for every channel."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from connectors import inbox
from connectors.channel import Inbound
from content.countries import country_of_number
from content.models import Library
from store.addresses import Vault
from store.engine import transaction
from store.messages import Channel

log = structlog.get_logger()


@dataclass(frozen=True)
class Intake:
    """Where the gateway puts what comes in.

    Attributes:
        library: gives the content in use, for guessing countries.
    """

    engine: AsyncEngine
    vault: Vault
    library: Callable[[], Library]

    async def receive(self, inbound: Inbound) -> bool:
        """Store one message in a transaction of its own; False where it was there already.

        Raises:
            DatabaseUnavailableError: nothing was stored.
        """
        async with transaction(self.engine) as connection:
            return await self.receive_with(connection, inbound)

    async def receive_with(self, connection: AsyncConnection, inbound: Inbound) -> bool:
        """Store one message in the caller's transaction."""
        guess = country_of_number(self.library(), inbound.address) if inbound.channel is Channel.SMS else None
        new = await inbox.receive(connection, self.vault, inbound, guess)
        log.info("gateway.received", provider=str(inbound.provider), channel=str(inbound.channel),
                 kind=str(inbound.message.kind), new=new)
        return new
