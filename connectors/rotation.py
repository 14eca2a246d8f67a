"""Bringing a whole database under the current key, while gateways and workers go on.

A value is replaced only where it is still the one that was read: what a worker writes meanwhile is under the current
key already. Stopped half-way, it is simply run again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, Row, Table, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from connectors.inbox import address_scope, update_scope
from store.addresses import Vault
from store.engine import reading, transaction
from store.errors import WrongKeyError
from store.tables import inbox, metadata, senders

_BATCH = 200


@dataclass
class KeyUse:
    """Which keys a database rests on.

    Attributes:
        sealed: values sealed with the current key.
        resealed: values sealed with an earlier key: still so (``key_use``), or until now (``rotate``).
        unreadable: values that no key at hand opens.
        rehashed: people and ids of messages found by an earlier key, whose hash can be or was made again.
        bound: people found by an earlier key only: they sent STOP and had their address erased.
    """

    sealed: int = 0
    resealed: int = 0
    unreadable: int = 0
    rehashed: int = 0
    bound: int = 0

    @property
    def needs_earlier_keys(self) -> bool:
        """Whether anything would be lost without SAHAN_SECRET_KEY_PREVIOUS."""
        return bool(self.resealed or self.unreadable or self.rehashed or self.bound)


async def key_use(engine: AsyncEngine, vault: Vault) -> KeyUse:
    """Look through the whole database, and change nothing.

    Raises:
        DatabaseUnavailableError: the database does not answer.
    """
    return await _go_through(engine, vault, change=False)


async def rotate(engine: AsyncEngine, vault: Vault) -> KeyUse:
    """Seal everything with the current key, and hash again whatever has its address or id still with it.

    Raises:
        DatabaseUnavailableError: the database does not answer; what was done stays done.
    """
    return await _go_through(engine, vault, change=True)


async def _go_through(engine: AsyncEngine, vault: Vault, *, change: bool) -> KeyUse:
    use = KeyUse()
    # Hashes first: they are made of what the earlier keys still open.
    for table, hashed, sealed in ((senders, senders.c.address_hash, senders.c.address_sealed),
                                  (inbox, inbox.c.provider_id_hash, inbox.c.provider_id_sealed)):
        await _hash_again(engine, vault, table, hashed, sealed, use, change=change)
    for table, columns in _sealed_columns():
        await _seal_again(engine, vault, table, columns, use, change=change)
    async with reading(engine) as connection:
        use.bound = await connection.scalar(
            select(func.count()).select_from(senders)
            .where(or_(senders.c.key_id.is_(None), senders.c.key_id != vault.key_id),
                   senders.c.address_sealed.is_(None))
        ) or 0
    return use


def _sealed_columns() -> Iterator[tuple[Table, list[Column[Any]]]]:
    for table in metadata.sorted_tables:
        columns = [column for column in table.columns if column.name.endswith("_sealed")]
        if columns:
            yield table, columns


async def _batches(engine: AsyncEngine, table: Table, columns: Sequence[Column[Any]]) -> Any:
    """The rows of ``table`` that have any of ``columns``, in batches, by the table's own key."""
    key = next(iter(table.primary_key.columns))
    last = -1
    while True:
        async with reading(engine) as connection:
            rows = list(
                await connection.execute(
                    select(table).where(key > last, or_(*(column.is_not(None) for column in columns)))
                    .order_by(key).limit(_BATCH)
                )
            )
        if not rows:
            return
        yield key, rows
        last = getattr(rows[-1], key.name)


async def _seal_again(
    engine: AsyncEngine, vault: Vault, table: Table, columns: Sequence[Column[Any]], use: KeyUse, *, change: bool
) -> None:
    async for key, rows in _batches(engine, table, columns):
        replaced: list[tuple[int, Column[Any], bytes, bytes]] = []
        for row in rows:
            for column in columns:
                value = getattr(row, column.name)
                if value is None:
                    continue
                if vault.is_current(value):
                    use.sealed += 1
                    continue
                try:
                    replaced.append((getattr(row, key.name), column, value, vault.reseal(value)))
                except WrongKeyError:
                    use.unreadable += 1
        use.resealed += len(replaced)
        if not change or not replaced:
            continue
        async with transaction(engine) as connection:
            for identifier, column, before, after in replaced:
                await connection.execute(
                    update(table).where(key == identifier, column == before).values({column.name: after})
                )


async def _hash_again(
    engine: AsyncEngine, vault: Vault, table: Table, hashed: Column[Any], sealed: Column[Any], use: KeyUse,
    *, change: bool,
) -> None:
    async for key, rows in _batches(engine, table, [sealed]):
        replaced: list[tuple[int, bytes, str]] = []
        for row in rows:
            if (found := _hash_of(vault, table, row, sealed)) is not None and found != getattr(row, hashed.name):
                replaced.append((getattr(row, key.name), getattr(row, sealed.name), found))
        use.rehashed += len(replaced)
        if not change or not replaced:
            continue
        other = table.alias()
        async with transaction(engine) as connection:
            for identifier, before, after in replaced:
                values = {hashed.name: after} | ({"key_id": vault.key_id} if table is senders else {})
                taken = select(other.c[key.name]).where(
                    other.c.provider == table.c.provider, other.c[hashed.name] == after
                )
                await connection.execute(
                    update(table).where(key == identifier, sealed == before, ~taken.exists()).values(values)
                )


def _hash_of(vault: Vault, table: Table, row: Row[Any], sealed: Column[Any]) -> str | None:
    """The hash of a row's address or id under the current key; None where no key opens it."""
    scope = address_scope(row.provider, row.channel) if table is senders else update_scope(row.provider)
    try:
        return vault.hash(scope, vault.open(getattr(row, sealed.name)))
    except WrongKeyError:
        return None
