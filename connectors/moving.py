"""A person's or group's address changes at the provider: what we know of them goes with it."""

from __future__ import annotations

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from connectors.inbox import address_scope
from store.addresses import Vault
from store.tables import inbox, outbox, senders


async def move_sender(connection: AsyncConnection, vault: Vault, sender_id: int, address: str) -> None:
    """Give a sender the new ``address`` in the caller's transaction. Done again, it changes nothing.

    Where the new address has written already, what waits goes over to it, with a STOP of either.
    """
    row = (await connection.execute(select(senders).where(senders.c.id == sender_id))).first()
    if row is None:
        return
    scope = address_scope(row.provider, row.channel)
    other = await connection.scalar(
        select(senders.c.id).where(
            senders.c.provider == row.provider, senders.c.channel == row.channel, senders.c.id != sender_id,
            senders.c.address_hash.in_(vault.hashes(scope, address)),
        )
    )
    if other is None:
        await connection.execute(
            update(senders).where(senders.c.id == sender_id).values(
                address_hash=vault.hash(scope, address), address_sealed=vault.seal(address), key_id=vault.key_id,
                blocked_at=None,
            )
        )
        return
    unread = (inbox.c.sender_id == sender_id) & inbox.c.processed_at.is_(None) & inbox.c.failed_at.is_(None)
    waits = (outbox.c.sender_id == sender_id) & (outbox.c.status == "waiting")
    await connection.execute(update(inbox).where(unread).values(sender_id=other))
    await connection.execute(update(outbox).where(waits).values(sender_id=other))
    # Whoever is serving the old address now writes nothing more: what it was answering is the other's now.
    await connection.execute(
        update(senders).where(senders.c.id == sender_id)
        .values(lease_owner=None, lease_until=None, lease_fence=senders.c.lease_fence + 1)
    )
    await connection.execute(
        update(senders).where(senders.c.id == other)
        .values(opted_out_at=func.coalesce(senders.c.opted_out_at, row.opted_out_at))
    )
