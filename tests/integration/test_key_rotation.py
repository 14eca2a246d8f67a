"""A change of the key: nobody is lost, nothing is answered twice, and in the end the old key is not needed. On both
databases, through the real gateway and worker."""

from __future__ import annotations

import dataclasses
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager

import pytest_asyncio

from bot.assistant import Assistant
from connectors.channel import Inbound
from connectors.inbox import find_sender
from connectors.rotation import key_use, rotate
from store.addresses import Vault
from store.engine import reading
from store.messages import Channel, Message, Provider
from store.tables import inbox, metadata, senders
from tests.conftest import SECRET
from tests.integration.system import System, running, settings_of
from tests.integration.users import Phone

NEW = "the key of the new year, long enough"
QUESTION = "Comment rentrer au Mali ?"

WithKeys = Callable[..., AbstractAsyncContextManager[System]]


@pytest_asyncio.fixture
async def with_keys(database_url: str, assistant: Assistant) -> AsyncIterator[WithKeys]:
    """The system over one database, with the keys that a test names: current first."""

    def run(current: str, *previous: str) -> AbstractAsyncContextManager[System]:
        settings = settings_of(database_url, SIMULATOR="1")
        return running(dataclasses.replace(settings, secret_key=current, secret_keys_previous=previous), assistant)

    yield run


def ann_of(system: System) -> Phone:
    return Phone(system, "ann-" + "a" * 20)


def of_ann(text: str, provider_id: str) -> Inbound:
    return Inbound(Provider.SIMULATOR, Channel.SMS, "ann-" + "a" * 20, provider_id, Message(Channel.SMS, text))


async def test_after_a_rotation_the_new_key_alone_opens_and_finds_everything(with_keys: WithKeys) -> None:
    async with with_keys(SECRET) as system:
        ann = ann_of(system)
        for text in (QUESTION, "je veux parler à une personne", "NON"):
            assert await ann.say(text)
    async with with_keys(NEW, SECRET) as system:
        before = await key_use(system.engine, system.vault)
        assert before.resealed and before.rehashed and before.needs_earlier_keys
        done = await rotate(system.engine, system.vault)
        assert (done.resealed, done.rehashed) == (before.resealed, before.rehashed)
        assert not (await key_use(system.engine, system.vault)).needs_earlier_keys
    async with with_keys(NEW) as system:
        assert not (await key_use(system.engine, system.vault)).needs_earlier_keys
        ann.system = system
        assert await ann.say("SUITE"), "the conversation goes on"
        assert len(await system.rows(senders)) == 1
        for table in metadata.tables.values():
            for column in table.columns:
                if column.name.endswith("_sealed"):
                    for row in await system.rows(table, column.is_not(None)):
                        assert system.vault.open(getattr(row, column.name)) is not None


async def test_a_redelivery_across_the_change_and_after_it_is_known(with_keys: WithKeys) -> None:
    async with with_keys(SECRET) as system:
        assert await system.intake.receive(of_ann(QUESTION, "id-1"))
    async with with_keys(NEW, SECRET) as system:
        assert not await system.intake.receive(of_ann(QUESTION, "id-1"))
        await rotate(system.engine, system.vault)
        assert not await system.intake.receive(of_ann(QUESTION, "id-1"))
    async with with_keys(NEW) as system:
        assert not await system.intake.receive(of_ann(QUESTION, "id-1"))
        assert len(await system.rows(inbox)) == 1


async def test_processes_with_either_key_first_serve_the_same_person(with_keys: WithKeys) -> None:
    """Half of the processes have been restarted with the new key, the other half know it already as a second one."""
    async with with_keys(SECRET, NEW) as earlier, with_keys(NEW, SECRET) as later:
        assert await later.intake.receive(of_ann(QUESTION, "id-1"))
        assert await earlier.intake.receive(of_ann("SUITE", "id-2"))
        assert not await earlier.intake.receive(of_ann(QUESTION, "id-1"))
        await earlier.answer()
        assert len(await earlier.rows(senders)) == 1
        assert [row.processed_at is not None for row in await later.rows(inbox)] == [True, True]


async def test_who_sent_stop_and_was_forgotten_keeps_the_earlier_key_needed_until_they_write(
    with_keys: WithKeys,
) -> None:
    async with with_keys(SECRET) as system:
        ann = ann_of(system)
        await ann.say("STOP")
        await ann.say("EFFACER")
    async with with_keys(NEW, SECRET) as system:
        await rotate(system.engine, system.vault)
        use = await key_use(system.engine, system.vault)
        assert use.bound == 1 and use.needs_earlier_keys
        ann.system = system
        assert await ann.say(QUESTION) == [], "STOP still holds"
        assert not (await key_use(system.engine, system.vault)).needs_earlier_keys
    async with with_keys(NEW) as system:
        ann.system = system
        assert await ann.say(QUESTION) == []


async def test_a_value_that_no_key_opens_is_counted_and_left(with_keys: WithKeys) -> None:
    async with with_keys("a key that nobody has any more") as system:
        await system.intake.receive(of_ann(QUESTION, "id-1"))
    async with with_keys(NEW, SECRET) as system:
        sealed = [row.address_sealed for row in await system.rows(senders)]
        use = await rotate(system.engine, system.vault)
        assert use.unreadable == 3 and use.resealed == 0, "address, provider's id, text"
        assert [row.address_sealed for row in await system.rows(senders)] == sealed


async def test_the_database_does_not_show_the_key_it_is_under(with_keys: WithKeys) -> None:
    async with with_keys(NEW) as system:
        await system.intake.receive(of_ann(QUESTION, "id-1"))
        [row] = await system.rows(senders)
        assert row.key_id == Vault(NEW).key_id != Vault(SECRET).key_id
        assert row.key_id not in NEW
        async with reading(system.engine) as connection:
            assert await find_sender(connection, Vault(SECRET), of_ann("", "")) is None
