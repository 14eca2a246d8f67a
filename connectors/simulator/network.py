"""Stands for the network and the phones of the simulator: what has been sent to each, until the page fetches it."""

from __future__ import annotations

from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from connectors.channel import decode_reply, encode_reply
from store.addresses import Vault
from store.engine import now, transaction
from store.messages import Channel, Provider, Reply
from store.tables import simulator_messages

_KEPT_SECONDS = 86_400


class SimulatorAdapter:
    """Sends replies to simulated phones."""

    provider = Provider.SIMULATOR

    def __init__(self, engine: AsyncEngine, vault: Vault) -> None:
        self._engine = engine
        self._vault = vault

    async def send(self, address: str, channel: Channel, reply: Reply, idempotency_key: str) -> str | None:
        """Put the reply on the phone; what is older than a day goes. See ChannelAdapter."""
        async with transaction(self._engine) as connection:
            clock = now(connection)
            await connection.execute(
                delete(simulator_messages).where(simulator_messages.c.created_at < clock - _KEPT_SECONDS)
            )
            identifier = await connection.scalar(
                insert(simulator_messages)
                .values(
                    phone_hash=phone_hash(self._vault, address, channel),
                    content_sealed=self._vault.seal(encode_reply(reply)), created_at=clock,
                )
                .returning(simulator_messages.c.id)
            )
        return f"simulator-{identifier}"

    async def show_typing(self, address: str) -> None:
        """The page shows that by itself while a message waits."""

    async def close(self) -> None:
        """Nothing to give back."""


async def on_phone(
    connection: AsyncConnection, vault: Vault, address: str, channel: Channel, after: int
) -> list[tuple[int, Reply]]:
    """(id, reply) on a simulated phone after the id ``after``, oldest first."""
    rows = await connection.execute(
        select(simulator_messages.c.id, simulator_messages.c.content_sealed)
        .where(
            simulator_messages.c.phone_hash.in_(vault.hashes(*_phone(address, channel))),
            simulator_messages.c.id > after,
        )
        .order_by(simulator_messages.c.id)
        .limit(100)
    )
    return [(row.id, decode_reply(vault.open(row.content_sealed))) for row in rows]


def phone_hash(vault: Vault, address: str, channel: Channel) -> str:
    """What stands for a simulated phone in the database."""
    return vault.hash(*_phone(address, channel))


def _phone(address: str, channel: Channel) -> tuple[str, str]:
    return "simulator", f"{channel}/{address}"
