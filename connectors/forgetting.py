"""EFFACER: everything about a person goes, here and where we can ask for it; what stays is said in the confirmation.

Twice: when EFFACER is answered, and once the confirmation has gone out, for the confirmation itself and for what came
in before it had. Who writes after that is somebody new (docs/decisions/0023-private-by-design.md).
"""

from __future__ import annotations

import asyncio
import secrets

from sqlalchemy import BindParameter, ColumnElement, Update, bindparam, delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from connectors import erasure
from connectors import outbox as outgoing
from connectors.smpp.parts import PARTS
from connectors.spool import Spool
from store.addresses import Vault
from store.engine import now, reading
from store.tables import conversations, inbound_parts, inbox, outbox, questions, receipts, senders


async def forget(connection: AsyncConnection, vault: Vault, sender_id: int, inbox_id: int) -> None:
    """Wipe a person in the caller's transaction, but for the address, to which the confirmation goes.

    Args:
        inbox_id: the message that asks for it. What came in after it is answered, and wiped with the confirmation.
    """
    done = or_(inbox.c.processed_at.is_not(None), inbox.c.failed_at.is_not(None), inbox.c.id == inbox_id)
    await _forget_parts(connection, vault, sender_id, inbox_id)
    await _wipe(connection, vault, sender_id, done)
    await connection.execute(
        update(senders).where(senders.c.id == sender_id)
        # Should the row live on, for the person writes again at once, nothing of it leads back to who they were.
        .values(forgotten_at=now(connection), created_at=now(connection), pseudonym=secrets.token_hex(6),
                consent_version=None, slowed_at=None)
    )


async def forget_spooled(engine: AsyncEngine, vault: Vault, spool: Spool, sender_id: int, before: float) -> None:
    """Wipe what a person sent before a time (s since 1970) and waits on this machine's disk.

    Raises:
        DatabaseUnavailableError: the database does not answer; nothing was wiped.
    """
    async with reading(engine) as connection:
        person = (
            await connection.execute(
                select(senders.c.provider, senders.c.address_sealed).where(senders.c.id == sender_id)
            )
        ).first()
    if person is not None and person.address_sealed is not None:
        await asyncio.to_thread(spool.forget, person.provider, vault.open(person.address_sealed), before)


async def _forget_parts(connection: AsyncConnection, vault: Vault, sender_id: int, inbox_id: int) -> None:
    """Delete parts of long messages that came before EFFACER and still wait for the others."""
    person = (
        await connection.execute(
            select(senders.c.provider, senders.c.address_sealed).where(senders.c.id == sender_id)
        )
    ).one()
    if person.address_sealed is None:
        return
    asked_at = select(inbox.c.received_at).where(inbox.c.id == inbox_id).scalar_subquery()
    await connection.execute(
        delete(inbound_parts).where(
            inbound_parts.c.provider == person.provider, inbound_parts.c.joined_at.is_(None),
            inbound_parts.c.address_hash.in_(vault.hashes(PARTS, vault.open(person.address_sealed))),
            inbound_parts.c.received_at <= asked_at,
        )
    )


async def finish_forgetting(connection: AsyncConnection, vault: Vault, sender_id: int) -> None:
    """Once the confirmation has gone out: delete the person's row, or all of it but the STOP flag.

    The address goes in both cases. Where the person has sent STOP, the keyed hash and the flag stay.
    """
    result = await connection.execute(_FINISH, {"of_id": sender_id})
    if not result.rowcount:
        return
    await _wipe(connection, vault, sender_id, inbox.c.id.is_not(None))
    await connection.execute(delete(senders).where(senders.c.id == sender_id, senders.c.opted_out_at.is_(None)))


def _finish() -> Update:
    mine: BindParameter[int] = bindparam("of_id")
    waits = select(outbox.c.id).where(outbox.c.sender_id == mine, outbox.c.status.in_(outgoing.PENDING)).exists()
    unread = (
        select(inbox.c.id)
        .where(inbox.c.sender_id == mine, inbox.c.processed_at.is_(None), inbox.c.failed_at.is_(None))
        .exists()
    )
    forgotten = (senders.c.id == mine) & senders.c.forgotten_at.is_not(None) & ~waits & ~unread
    return update(senders).where(forgotten).values(address_sealed=None, country_guess=None)


_FINISH = _finish()


async def _wipe(connection: AsyncConnection, vault: Vault, sender_id: int, messages: ColumnElement[bool]) -> None:
    """Ask for the providers' copies, then delete ours; of the inbox, the keyed hashes of seen ids stay."""
    provider = await connection.scalar(select(senders.c.provider).where(senders.c.id == sender_id))
    await erasure.ask(connection, vault, str(provider), sender_id, messages)
    sent = select(outbox.c.provider_message_id).where(
        outbox.c.sender_id == sender_id, outbox.c.provider_message_id.is_not(None)
    )
    await connection.execute(
        delete(receipts).where(receipts.c.provider == provider, receipts.c.provider_message_id.in_(sent))
    )
    await outgoing.delete_of(connection, sender_id)
    await connection.execute(delete(conversations).where(conversations.c.sender_id == sender_id))
    await connection.execute(delete(questions).where(questions.c.sender_id == sender_id))
    await connection.execute(
        update(inbox).where(inbox.c.sender_id == sender_id, messages)
        .values(content_sealed=None, provider_id_sealed=None, text_hash=None)
    )
