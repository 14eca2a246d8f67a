"""Asking providers to erase their copies of the messages of people who sent EFFACER.

The ids of these messages are kept, sealed and without the person, until the provider says that they are gone. Twilio
refuses while a message is under way, and may need up to 14 days to let go of one (twilio.com/docs/api/errors/20009).
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import structlog
from sqlalchemy import ColumnElement, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from connectors.channel import ChannelAdapter
from connectors.counts import add_to_counts
from connectors.errors import SendError
from store.addresses import Vault
from store.engine import now, reading, transaction
from store.errors import StoreError, WrongKeyError
from store.messages import Provider
from store.tables import erasures, inbox, outbox

log = structlog.get_logger()

ERASING = (Provider.TWILIO,)
"""Providers that keep messages and erase them when asked."""
FIRST_DELAY_SECONDS = 60.0
"""Before the first request: a message that was just sent or received cannot be erased yet."""
LONGEST_DELAY_SECONDS = 6 * 3600.0
GIVE_UP_SECONDS = 15 * 86_400.0
COUNTED = "erasures"
"""The name in ``counts``; labels: provider, and "erased" or "given_up"."""
_LOOK_SECONDS = 5.0
_BATCH = 50


@runtime_checkable
class Erasing(Protocol):
    """An adapter whose provider erases its copy of a message when asked."""

    async def erase(self, provider_message_id: str) -> None:
        """Erase the provider's copy; one that is gone already is as good.

        Raises:
            SendError: it is still there.
        """


async def ask(
    connection: AsyncConnection, vault: Vault, provider: str, sender_id: int, messages: ColumnElement[bool]
) -> None:
    """Note with the caller's transaction what a person's provider is to erase: their ``messages``, all our replies."""
    if provider not in ERASING:
        return
    received = await connection.scalars(
        select(inbox.c.provider_id_sealed)
        .where(inbox.c.sender_id == sender_id, messages, inbox.c.provider_id_sealed.is_not(None))
    )
    sent = await connection.scalars(
        select(outbox.c.provider_message_id)
        .where(outbox.c.sender_id == sender_id, outbox.c.provider_message_id.is_not(None))
    )
    clock = now(connection)
    for sealed in [*received, *(vault.seal(each) for each in sent)]:
        await connection.execute(
            insert(erasures).values(provider=provider, provider_message_id_sealed=sealed, created_at=clock,
                                    next_attempt_at=clock + FIRST_DELAY_SECONDS)
        )


@dataclass(frozen=True)
class _Due:
    id: int
    provider: Provider
    sealed: bytes


async def erase_due(engine: AsyncEngine, vault: Vault, adapters: Mapping[Provider, ChannelAdapter]) -> int:
    """Ask once for each copy whose time has come; gives how many are done with, erased or given up.

    Several workers may do this at once. One that dies in between leaves its copies to the next try.

    Raises:
        DatabaseUnavailableError: the database does not answer.
    """
    done = await _give_up(engine)
    for due in await _take(engine, [each for each in ERASING if isinstance(adapters.get(each), Erasing)]):
        adapter = adapters[due.provider]
        assert isinstance(adapter, Erasing)
        try:
            await adapter.erase(vault.open(due.sealed))
        except SendError as error:
            log.info("worker.not_erased", erasure=due.id, code=error.code)
            continue
        except WrongKeyError as error:
            log.error("worker.not_erased", erasure=due.id, problem=str(error))
            continue
        async with transaction(engine) as connection:
            gone = await connection.execute(delete(erasures).where(erasures.c.id == due.id))
            if gone.rowcount:
                await add_to_counts(connection, {(COUNTED, (due.provider, "erased")): 1})
                done += 1
    return done


async def erase_regularly(engine: AsyncEngine, vault: Vault, adapters: Mapping[Provider, ChannelAdapter]) -> None:
    """``erase_due`` again and again until cancelled."""
    while True:
        try:
            await erase_due(engine, vault, adapters)
        except StoreError as error:
            log.error("worker.database_unavailable", problem=str(error))
        await asyncio.sleep(_LOOK_SECONDS)


async def _take(engine: AsyncEngine, providers: list[Provider]) -> list[_Due]:
    """The copies that are due, each put off to its next try, so that no two workers ask for one."""
    async with reading(engine) as connection:
        due = list(await connection.execute(
            select(erasures).where(erasures.c.next_attempt_at <= now(connection), erasures.c.provider.in_(providers))
            .order_by(erasures.c.next_attempt_at).limit(_BATCH)
        ))
    if not due:
        return []
    taken = []
    async with transaction(engine) as connection:
        for row in due:
            delay = min(LONGEST_DELAY_SECONDS, FIRST_DELAY_SECONDS * 2.0 ** (row.attempts + 1))
            mine = await connection.execute(
                update(erasures).where(erasures.c.id == row.id, erasures.c.attempts == row.attempts)
                .values(attempts=row.attempts + 1, next_attempt_at=now(connection) + delay)
            )
            if mine.rowcount:
                taken.append(_Due(row.id, Provider(row.provider), row.provider_message_id_sealed))
    return taken


async def _give_up(engine: AsyncEngine) -> int:
    async with reading(engine) as connection:
        old = erasures.c.created_at < now(connection) - GIVE_UP_SECONDS
        if await connection.scalar(select(erasures.c.id).where(old).limit(1)) is None:
            return 0
    lost = 0
    async with transaction(engine) as connection:
        for provider in ERASING:
            gone = await connection.execute(delete(erasures).where(old, erasures.c.provider == provider))
            if gone.rowcount:
                log.error("worker.erasure_given_up", provider=str(provider), count=gone.rowcount)
                await add_to_counts(connection, {(COUNTED, (provider, "given_up")): gone.rowcount})
                lost += gone.rowcount
    return lost
