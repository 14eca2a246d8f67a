"""The durable inbox: what came in, once, in the order in which it came.

``receive`` is the one transaction between a provider's request and our 200: the sender is found or made by
keyed hash, and the message is stored sealed under the provider's id. A second delivery of the same id changes
nothing. Workers then lease a sender, not a message, so that one person's messages are answered in order.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Integer, Select, Table, and_, bindparam, func, or_, select, union_all, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from connectors.channel import Inbound, encode_message
from connectors.errors import LeaseLostError
from connectors.loops import text_hash
from store.addresses import Vault
from store.engine import NOW, now, reading, transaction
from store.tables import IN_QUEUE_UNREAD, IN_QUEUE_UNSENT, inbox, outbox, senders

LEASE_SECONDS = 30.0
_INSERTS: Mapping[str, Callable[[Table], postgresql.Insert | sqlite.Insert]] = {
    "postgresql": postgresql.insert, "sqlite": sqlite.insert,
}
_MESSAGES_A_PERSON = 4
"""How many unread messages are looked through for each person to be found: some write several at once."""


@dataclass(frozen=True)
class Lease:
    """One worker's right to serve one person, until ``LEASE_SECONDS`` after the last renewal.

    ``fence`` grows with every lease of this person: what an overtaken worker still tries to write is refused.
    ``taken_over``: from a worker that did not give its lease back.
    """

    sender_id: int
    owner: str
    fence: int
    taken_over: bool = False


async def insert_or_ignore(connection: AsyncConnection, table: Table, values: Mapping[str, Any]) -> bool:
    """Insert a row; False where one with the same key stands there already, which is left as it is."""
    key = next(iter(table.primary_key.columns))
    statement = _insert(connection, table).values(**values).on_conflict_do_nothing().returning(key)
    return (await connection.execute(statement)).first() is not None


async def insert_or_update(
    connection: AsyncConnection, table: Table, key: str, values: Mapping[str, Any], *, keep: Collection[str] = ()
) -> None:
    """Insert a row, or bring the one with the same ``key`` to the new values, all but those to ``keep``."""
    statement = _insert(connection, table).values(**values)
    changed = {name: value for name, value in values.items() if name != key and name not in keep}
    await connection.execute(statement.on_conflict_do_update(index_elements=[key], set_=changed))


async def insert_or_add(
    connection: AsyncConnection, table: Table, column: str, rows: Sequence[Mapping[str, Any]]
) -> None:
    """Insert rows; where one with the same primary key stands already, add to its ``column``."""
    statement = _insert(connection, table)
    statement = statement.on_conflict_do_update(
        index_elements=list(table.primary_key.columns),
        set_={column: table.c[column] + statement.excluded[column]},
    )
    await connection.execute(statement, list(rows))


def _insert(connection: AsyncConnection, table: Table) -> postgresql.Insert | sqlite.Insert:
    """An insert of the database's own dialect, which knows conflicts."""
    return _INSERTS[connection.dialect.name](table)


@dataclass(frozen=True)
class Received:
    """What became of an inbound message: its id in the inbox, and whether it was new."""

    id: int
    new: bool


async def receive(connection: AsyncConnection, vault: Vault, inbound: Inbound, country_guess: str | None) -> Received:
    """Store ``inbound`` durably with the caller's transaction; one that was there already changes nothing.

    Args:
        country_guess: ISO 3166 code by the number's prefix, or None.
    """
    await _one_at_a_time(connection, vault.hashes(_scope(inbound), inbound.address))
    sender_id = await _find_or_make_sender(connection, vault, inbound, country_guess)
    current, *earlier = hashes = vault.hashes(update_scope(inbound.provider), inbound.provider_id)
    known = {"of_provider": inbound.provider, "of_hashes": hashes}
    if earlier and (identifier := await connection.scalar(_RECEIVED, known)) is not None:
        return Received(identifier, new=False)
    values = {
        "sender_id": sender_id,
        "provider": inbound.provider,
        "provider_id_hash": current,
        "provider_id_sealed": vault.seal(inbound.provider_id),
        "content_sealed": vault.seal(encode_message(inbound.message)),
        "text_hash": text_hash(vault, sender_id, inbound.message),
    }
    identifier = await connection.scalar(_TAKE_IN[connection.dialect.name], values)
    if identifier is not None:
        return Received(identifier, new=True)
    return Received(await connection.scalar(_RECEIVED, known) or 0, new=False)


_RECEIVED = (
    select(inbox.c.id)
    .where(inbox.c.provider == bindparam("of_provider"),
           inbox.c.provider_id_hash.in_(bindparam("of_hashes", expanding=True)))
    .limit(1)
)
_TAKE_IN = {
    name: insert(inbox).values(received_at=NOW).on_conflict_do_nothing().returning(inbox.c.id)
    for name, insert in _INSERTS.items()
}


async def _one_at_a_time(connection: AsyncConnection, hashes: list[str]) -> None:
    """During a rotation: two gateways that hash with different keys do not make one person twice.

    Where there is one key, the unique key of the table does that; on SQLite, writers queue anyway.
    """
    if len(hashes) > 1 and connection.dialect.name == "postgresql":
        await connection.execute(select(func.pg_advisory_xact_lock(int(min(hashes)[:15], 16))))


async def find_sender(connection: AsyncConnection, vault: Vault, inbound: Inbound) -> int | None:
    """The id of the person at this address, or None. Also finds addresses hashed under earlier keys."""
    return await connection.scalar(_SENDER, {
        "of_provider": inbound.provider, "of_channel": inbound.channel,
        "of_hashes": vault.hashes(_scope(inbound), inbound.address),
    })


_SENDER = select(senders.c.id).where(
    senders.c.provider == bindparam("of_provider"),
    senders.c.channel == bindparam("of_channel"),
    senders.c.address_hash.in_(bindparam("of_hashes", expanding=True)),
)


async def _find_or_make_sender(
    connection: AsyncConnection, vault: Vault, inbound: Inbound, country_guess: str | None
) -> int:
    address = {
        "address_hash": vault.hash(_scope(inbound), inbound.address),
        "address_sealed": vault.seal(inbound.address),
        "key_id": vault.key_id,
    }
    sender_id = await find_sender(connection, vault, inbound)
    if sender_id is None:
        await insert_or_ignore(
            connection, senders,
            {
                "pseudonym": secrets.token_hex(6),
                "channel": inbound.channel,
                "provider": inbound.provider,
                "country_guess": country_guess,
                "created_at": now(connection),
                **address,
            },
        )
        sender_id = await find_sender(connection, vault, inbound)
        assert sender_id is not None, "the row was just inserted, or stood there already"
    # Writing to us again ends a block, and keeps a person who was being forgotten reachable for this reply. A row under
    # an earlier key comes under the current one: here alone is the address of somebody known whose address had gone.
    await connection.execute(_HEARD_AGAIN, {**address, "of_id": sender_id, "of_hash": address["address_hash"]})
    return sender_id


_HEARD_AGAIN = (
    update(senders)
    .where(
        senders.c.id == bindparam("of_id"),
        or_(senders.c.blocked_at.is_not(None), senders.c.forgotten_at.is_not(None),
            senders.c.address_sealed.is_(None), senders.c.address_hash != bindparam("of_hash")),
    )
    .values(blocked_at=None, forgotten_at=None)
)


def update_scope(provider: str) -> str:
    """What the ids of a provider's messages are hashed within."""
    return f"update/{provider}"


def address_scope(provider: str, channel: str) -> str:
    """What a channel's addresses are hashed within."""
    return f"address/{provider}/{channel}"


def _scope(inbound: Inbound) -> str:
    return address_scope(inbound.provider, inbound.channel)


async def waiting_senders(engine: AsyncEngine, limit: int, *, without: Collection[str] = ()) -> list[int]:
    """People with something to answer or to send now, whom no worker is serving; longest waiting first.

    Reads as many rows as it needs, not all that wait: the oldest first, by ix_inbox_unread and ix_outbox_due.

    Args:
        without: providers whose people are left to other workers.
    """
    async with reading(engine, as_of_one_moment=False) as connection:
        rows = await connection.execute(
            _WAITING, {"most": limit, "most_messages": limit * _MESSAGES_A_PERSON, "without": list(without)}
        )
        return [row.sender_id for row in rows]


def _waiting() -> Select[tuple[int]]:
    # In a query of its own the clock is read once; else it could not bound the search in an index.
    clock = select(NOW).scalar_subquery()
    most = bindparam("most", type_=Integer)
    free = and_(or_(senders.c.lease_until.is_(None), senders.c.lease_until < clock),
                senders.c.provider.not_in(bindparam("without", expanding=True)))
    unread = (
        select(inbox.c.sender_id, inbox.c.received_at.label("since"))
        .join(senders, senders.c.id == inbox.c.sender_id)
        .where(IN_QUEUE_UNREAD, free)
        .order_by(inbox.c.id).limit(bindparam("most_messages", type_=Integer))
    )
    earlier = outbox.alias("earlier")
    first = (  # not "none earlier exists": PostgreSQL would join, and look through all that wait for each
        select(func.min(earlier.c.id))
        .where(earlier.c.sender_id == outbox.c.sender_id, earlier.c.status == "waiting")
        .correlate(outbox).scalar_subquery()
    )
    unsent = (
        select(outbox.c.sender_id, outbox.c.next_attempt_at.label("since"))
        .join(senders, senders.c.id == outbox.c.sender_id)
        .where(IN_QUEUE_UNSENT, outbox.c.next_attempt_at <= clock, free, outbox.c.id == first)
        .order_by(outbox.c.next_attempt_at).limit(most)
    )
    due = union_all(select(unread.subquery()), select(unsent.subquery())).subquery()
    return select(due.c.sender_id).group_by(due.c.sender_id).order_by(func.min(due.c.since)).limit(most)


_WAITING = _waiting()


async def take_lease(engine: AsyncEngine, sender_id: int, owner: str) -> Lease | None:
    """Take the right to serve a person; None where another worker was quicker."""
    async with transaction(engine) as connection:
        before = await connection.scalar(_OWNER, {"of_id": sender_id})
        fence = await connection.scalar(_TAKE, {"of_id": sender_id, "lease_owner": owner})
    return None if fence is None else Lease(sender_id, owner, fence, taken_over=before is not None)


async def renew_lease(connection: AsyncConnection, lease: Lease) -> None:
    """Prove in the caller's transaction that the lease is still ours, and prolong it.

    Raises:
        LeaseLostError: another worker serves this person now; the transaction must be undone.
    """
    result = await connection.execute(_RENEW, _of(lease))
    if result.rowcount != 1:
        raise LeaseLostError(f"another worker has taken over person {lease.sender_id}")


async def release_lease(connection: AsyncConnection, lease: Lease) -> None:
    """Let other workers serve this person at once. A lease that is lost already is left alone."""
    await connection.execute(_RELEASE, _of(lease))


def _of(lease: Lease) -> dict[str, Any]:
    return {"of_id": lease.sender_id, "of_owner": lease.owner, "of_fence": lease.fence}


_OWNER = select(senders.c.lease_owner).where(senders.c.id == bindparam("of_id"))
_TAKE = (
    update(senders)
    .where(senders.c.id == bindparam("of_id"), or_(senders.c.lease_until.is_(None), senders.c.lease_until < NOW))
    .values(lease_until=NOW + LEASE_SECONDS, lease_fence=senders.c.lease_fence + 1)
    .returning(senders.c.lease_fence)
)
_HELD = and_(senders.c.id == bindparam("of_id"), senders.c.lease_owner == bindparam("of_owner"),
             senders.c.lease_fence == bindparam("of_fence"))
_RENEW = update(senders).where(_HELD).values(lease_until=NOW + LEASE_SECONDS)
_RELEASE = update(senders).where(_HELD).values(lease_owner=None, lease_until=None)
