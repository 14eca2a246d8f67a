"""From the inbox to the phone, on both databases: in order, once, whoever dies in between."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from bot.assistant import Assistant
from connectors.inbox import take_lease
from connectors.worker import Worker
from store.engine import create_engine, transaction
from store.messages import Channel, Message, Provider, Reply, Turn
from store.tables import conversations, inbox, outbox, questions, senders, turns
from tests.integration.system import System, help_text, say
from tests.integration.users import Phone

# "1" and "2" mean what the message before has shown, so that a changed order gives other replies.
CONVERSATION = ("Comment rentrer au Mali ?", "MENU", "1", "2", "LANGUE", "2", "1")
PEOPLE = 6


async def one_after_the_other(assistant: Assistant, channel: Channel, texts: tuple[str, ...]) -> list[str]:
    """The replies to a new person who waits for each answer."""
    conversation: dict[str, Any] = {}
    replies: list[str] = []
    for text in texts:
        turn = await assistant.respond(Message(channel, text), conversation)
        conversation = turn.conversation
        replies += [reply.text for reply in turn.replies]
    return replies


def phone_of(system: System, number: int, channel: Channel = Channel.SMS) -> Phone:
    return Phone(system, f"person-{number:015d}", channel)


class Thinking:
    """The assistant, held while it thinks: ``began`` is set, and it goes on when ``may_go_on`` is."""

    def __init__(self, assistant: Assistant) -> None:
        self.assistant = assistant
        self.began, self.may_go_on = asyncio.Event(), asyncio.Event()

    async def respond(self, message: Message, conversation: dict[str, Any]) -> Turn:
        self.began.set()
        await self.may_go_on.wait()
        return await self.assistant.respond(message, conversation)

    def apologise(self, message: Message, conversation: dict[str, Any]) -> Turn:
        return self.assistant.apologise(message, conversation)


class Failing:
    """The assistant, which fails the first ``times`` times."""

    def __init__(self, assistant: Assistant, times: int) -> None:
        self.assistant = assistant
        self.left = times
        self.calls = 0

    async def respond(self, message: Message, conversation: dict[str, Any]) -> Turn:
        self.calls += 1
        if self.left:
            self.left -= 1
            raise RuntimeError("a fault of ours")
        return await self.assistant.respond(message, conversation)

    def apologise(self, message: Message, conversation: dict[str, Any]) -> Turn:
        return self.assistant.apologise(message, conversation)


class Network:
    """The simulator's network, on which a message hangs before it is taken."""

    provider = Provider.SIMULATOR

    def __init__(self) -> None:
        self.began = asyncio.Event()

    async def send(self, address: str, channel: Channel, reply: Reply, idempotency_key: str) -> str | None:
        self.began.set()
        await asyncio.Event().wait()
        return None

    async def show_typing(self, address: str) -> None:
        pass

    async def close(self) -> None:
        pass


async def kill_when(worker: Worker, reached: asyncio.Event) -> None:
    """Run ``worker`` until ``reached``, then end all its tasks where they are."""
    before = asyncio.all_tasks()
    asyncio.create_task(worker.run())  # noqa: RUF006  # found again below, with the tasks that it starts
    await asyncio.wait_for(reached.wait(), 5)
    tasks = asyncio.all_tasks() - before
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def test_everybody_gets_their_replies_in_order_from_two_workers(system: System, assistant: Assistant) -> None:
    phones = [phone_of(system, number, list(Channel)[number % 2]) for number in range(PEOPLE)]
    workers = [system.worker(concurrency=3), system.worker(concurrency=3)]
    running = [asyncio.create_task(worker.run()) for worker in workers]
    for text in CONVERSATION:
        await asyncio.gather(*(phone.write(text) for phone in phones))
    expected = {channel: await one_after_the_other(assistant, channel, CONVERSATION) for channel in Channel}
    async with asyncio.timeout(60):
        while await system.rows(inbox, inbox.c.processed_at.is_(None)) or await system.rows(
            outbox, outbox.c.status == "waiting"
        ):
            await asyncio.sleep(0.1)
    for worker in workers:
        worker.stop()
    await asyncio.gather(*running)
    for phone in phones:
        assert await phone.texts() == expected[phone.channel]
    assert len(await system.rows(turns)) == PEOPLE * len(CONVERSATION)
    assert {row.lease_fence >= 1 for row in await system.rows(senders)} == {True}


async def test_a_person_is_served_by_one_worker_at_a_time(system: System) -> None:
    await phone_of(system, 1).write("AIDE")
    (sender,) = await system.rows(senders)
    leases = await asyncio.gather(*(take_lease(system.engine, sender.id, f"worker-{n}") for n in range(6)))
    assert len([lease for lease in leases if lease is not None]) == 1


async def test_the_same_message_sent_twice_is_answered_once(system: System, assistant: Assistant) -> None:
    phone = phone_of(system, 1)
    await phone.write("AIDE", id="same")
    await phone.write("AIDE", id="same")
    await system.answer()
    assert await phone.texts() == [help_text(assistant, Channel.SMS)]


async def test_a_worker_killed_while_it_thinks_loses_nothing_and_doubles_nothing(
    system: System, assistant: Assistant
) -> None:
    phone, thinking = phone_of(system, 1), Thinking(assistant)
    for text in ("Comment rentrer au Mali ?", "MENU"):
        await phone.write(text)
    await kill_when(system.worker(thinking), thinking.began)
    assert await system.count(outbox) == await system.count(conversations) == await system.count(turns) == 0
    await system.answer()
    assert await phone.texts() == [], "the killed worker's lease lasts on"
    await system.make_due()
    await system.answer()
    expected = await one_after_the_other(assistant, Channel.SMS, ("Comment rentrer au Mali ?", "MENU"))
    assert await phone.texts() == expected


async def test_a_worker_killed_before_a_reply_is_taken_loses_nothing_and_doubles_nothing(
    system: System, assistant: Assistant
) -> None:
    phone, network = phone_of(system, 1), Network()
    await phone.write("Comment rentrer au Mali ?")
    killed = Worker(system.engine, system.vault, assistant, {Provider.SIMULATOR: network})
    await kill_when(killed, network.began)
    written = await system.rows(outbox)
    assert written and {row.status for row in written} == {"waiting"}
    await system.make_due()
    await system.answer()
    assert await phone.texts() == await one_after_the_other(assistant, Channel.SMS, ("Comment rentrer au Mali ?",))
    assert len(await system.rows(outbox)) == len(written)
    assert await system.count(turns) == 1


async def lose_lease(system: System) -> None:
    """Let another process's worker take the only person over."""
    (sender,) = await system.rows(senders)
    theirs = create_engine(system.engine.url.render_as_string(hide_password=False))
    async with transaction(theirs) as connection:
        await connection.execute(senders.update().values(lease_until=0.0))
    assert await take_lease(theirs, sender.id, "another worker")
    await theirs.dispose()


async def test_a_worker_that_lost_its_lease_writes_nothing(system: System, assistant: Assistant) -> None:
    phone, thinking = phone_of(system, 1), Thinking(assistant)
    await phone.write("je veux parler à une personne")
    overtaken = asyncio.create_task(system.answer(thinking))
    await asyncio.wait_for(thinking.began.wait(), 5)
    await lose_lease(system)
    thinking.may_go_on.set()
    await overtaken
    for table in (outbox, conversations, questions, turns):
        assert await system.count(table) == 0, table.name
    (message,) = await system.rows(inbox)
    assert message.processed_at is None and message.failed_at is None
    (sender,) = await system.rows(senders)
    assert sender.lease_owner == "another worker"
    await system.make_due()
    await system.answer()
    assert await phone.texts() == await one_after_the_other(assistant, Channel.SMS, ("je veux parler à une personne",))


async def test_a_worker_that_lost_its_lease_counts_no_failure_either(system: System, assistant: Assistant) -> None:
    class Overtaken(Failing):
        async def respond(self, message: Message, conversation: dict[str, Any]) -> Turn:
            await lose_lease(system)
            return await super().respond(message, conversation)

    await phone_of(system, 1).write("AIDE")
    await system.answer(Overtaken(assistant, 1))
    (message,) = await system.rows(inbox)
    assert message.attempts == 0


@pytest.mark.parametrize("times", [1, 2])
async def test_a_failure_that_passes_is_not_noticed(system: System, assistant: Assistant, times: int) -> None:
    phone = phone_of(system, 1)
    await phone.write("AIDE")
    await system.answer(Failing(assistant, times))
    assert await phone.texts() == [help_text(assistant, Channel.SMS)]
    (message,) = await system.rows(inbox)
    assert message.processed_at is not None and message.failed_at is None


async def test_after_three_failures_an_apology_goes_out_once_and_the_message_is_kept(
    system: System, assistant: Assistant
) -> None:
    phone, failing = phone_of(system, 1), Failing(assistant, 99)
    await phone.write("Comment rentrer au Mali ?")
    await system.answer(failing)
    assert failing.calls == 3
    texts = await phone.texts()
    assert texts[0] == say(assistant, "trouble", Channel.SMS)
    (message,) = await system.rows(inbox)
    assert message.failed_at is not None and message.processed_at is None
    assert system.vault.open(message.content_sealed).count("Comment rentrer au Mali ?") == 1
    await system.make_due()
    await system.answer(failing)
    assert failing.calls == 3 and await phone.texts() == texts


async def test_a_message_that_always_fails_holds_up_neither_the_next_one_nor_other_people(
    system: System, assistant: Assistant
) -> None:
    class FailsOn(Failing):
        async def respond(self, message: Message, conversation: dict[str, Any]) -> Turn:
            self.left = int("Comment" in message.text)
            return await super().respond(message, conversation)

    phone, other = phone_of(system, 1), phone_of(system, 2)
    await phone.write("Comment rentrer au Mali ?")
    await phone.write("AIDE")
    await other.write("AIDE")
    await system.answer(FailsOn(assistant, 0))
    helped, trouble = help_text(assistant, Channel.SMS), say(assistant, "trouble", Channel.SMS)
    assert [text for text in await phone.texts() if text in (helped, trouble)] == [trouble, helped]
    assert await other.texts() == [helped]


async def test_a_worker_that_is_stopped_finishes_what_it_is_doing(system: System, assistant: Assistant) -> None:
    phone, thinking = phone_of(system, 1), Thinking(assistant)
    await phone.write("AIDE")
    worker = system.worker(thinking)
    running = asyncio.create_task(worker.run())
    await asyncio.wait_for(thinking.began.wait(), 5)
    worker.stop()
    thinking.may_go_on.set()
    await asyncio.wait_for(running, 5)
    (message,) = await system.rows(inbox)
    assert message.processed_at is not None
    (sender,) = await system.rows(senders)
    assert sender.lease_until is None
    await system.answer()
    assert await phone.texts() == [help_text(assistant, Channel.SMS)]
