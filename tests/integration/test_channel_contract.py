"""What every channel keeps, whoever carries it. A channel that passes this may be switched on."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from bot.assistant import Assistant
from connectors import outbox as outgoing
from store.engine import create_engine, reading, transaction
from store.messages import Reply
from store.tables import conversations, inbox, outbox, questions, senders
from tests.integration.channels import CHANNELS, CalledChannel, ChannelUnderTest, FallibleChannel
from tests.integration.system import help_text, say

DANGER = "au secours, on me retient de force et on me frappe"
QUESTION = "Comment rentrer au Mali ?"


def names(kinds: object) -> list[str]:
    return [kind.__name__ for kind in CHANNELS if issubclass(kind, kinds)]  # type: ignore[arg-type]


ALL, FALLIBLE, CALLED = names(ChannelUnderTest), names(FallibleChannel), names(CalledChannel)


@pytest_asyncio.fixture
async def channel(
    request: pytest.FixtureRequest, sqlite_url: str, assistant: Assistant
) -> AsyncIterator[ChannelUnderTest]:
    """The channel named by the test's parameter, over SQLite."""
    (kind,) = [kind for kind in CHANNELS if kind.__name__ == request.param]
    async with kind(sqlite_url, assistant) as made:
        yield made


@pytest_asyncio.fixture
async def anywhere(
    request: pytest.FixtureRequest, database_url: str, assistant: Assistant
) -> AsyncIterator[ChannelUnderTest]:
    """The channel named by the test's parameter, over a database of each kind."""
    (kind,) = [kind for kind in CHANNELS if kind.__name__ == request.param]
    async with kind(database_url, assistant) as made:
        yield made


every = pytest.mark.parametrize("channel", ALL, indirect=True)
every_anywhere = pytest.mark.parametrize("anywhere", ALL, indirect=True)
fallible = pytest.mark.parametrize("channel", FALLIBLE, indirect=True)
called = pytest.mark.parametrize("channel", CALLED, indirect=True)


@every_anywhere
async def test_a_message_is_durable_once_it_is_acknowledged_and_then_answered(
    anywhere: ChannelUnderTest, assistant: Assistant
) -> None:
    ann, _ = anywhere.people
    await anywhere.write(ann, "AIDE")
    other = create_engine(anywhere.database_url)
    async with reading(other) as connection:
        rows = list(await connection.execute(inbox.select()))
    await other.dispose()
    assert [row.processed_at for row in rows] == [None]
    assert await anywhere.texts(ann) == []
    await anywhere.system.answer()
    assert await anywhere.texts(ann) == [help_text(assistant, anywhere.form)]


@every_anywhere
async def test_a_message_that_comes_again_is_answered_once(anywhere: ChannelUnderTest, assistant: Assistant) -> None:
    ann, _ = anywhere.people
    await anywhere.bring(ann, "AIDE", 1)
    await anywhere.bring_again(ann, "AIDE", 1)
    await anywhere.system.answer()
    await anywhere.bring_again(ann, "AIDE", 1)
    await anywhere.system.answer()
    assert await anywhere.system.count(inbox) == 1
    assert await anywhere.texts(ann) == [help_text(assistant, anywhere.form)]


@every_anywhere
async def test_replies_come_in_order_whatever_the_number_of_workers(anywhere: ChannelUnderTest) -> None:
    ann, ben = anywhere.people
    for text in ("AIDE", QUESTION, "MENU", "1"):
        await anywhere.write(ann, text)
        await anywhere.write(ben, text)
    await asyncio.gather(*(anywhere.system.answer() for _ in range(3)))
    await anywhere.system.answer()
    rows = await anywhere.system.rows(outbox)
    expected = defaultdict(list)
    for row, text in zip(rows, await anywhere.written(), strict=True):
        expected[row.sender_id].append(text)
    assert [await anywhere.texts(ann), await anywhere.texts(ben)] == list(expected.values())
    assert {row.status for row in rows} == {"sent"}
    answered = [row.inbox_id for row in rows if row.sender_id == rows[0].sender_id]
    assert answered == sorted(answered)


@every_anywhere
async def test_a_restart_in_the_middle_loses_nothing_and_doubles_nothing(
    anywhere: ChannelUnderTest, assistant: Assistant
) -> None:
    ann, ben = anywhere.people
    await anywhere.write(ann, "AIDE")
    await anywhere.restart()
    await anywhere.write(ben, "AIDE")
    await anywhere.system.answer()
    await anywhere.restart()
    await anywhere.system.make_due()
    await anywhere.system.answer()
    helped = [help_text(assistant, anywhere.form)]
    assert [await anywhere.texts(ann), await anywhere.texts(ben)] == [helped, helped]


@every
async def test_stop_silences_until_start(channel: ChannelUnderTest, assistant: Assistant) -> None:
    ann, ben = channel.people
    assert await channel.say(ann, "STOP") == [say(assistant, "stopped", channel.form)]
    for text in (QUESTION, "MENU", "merci", DANGER):
        assert await channel.say(ann, text) == [], text
    assert await channel.say(ben, "AIDE"), "nobody else is silenced"
    assert await channel.say(ann, "START") == [say(assistant, "started", channel.form)]
    assert await channel.say(ann, QUESTION)


@every
async def test_danger_is_answered_and_reaches_staff(channel: ChannelUnderTest) -> None:
    ann, _ = channel.people
    assert await channel.say(ann, DANGER)
    assert [row.kind for row in await channel.system.rows(questions)] == ["urgent"]


@every
async def test_effacer_leaves_nothing_and_confirms(channel: ChannelUnderTest, assistant: Assistant) -> None:
    ann, _ = channel.people
    await channel.say(ann, QUESTION)
    assert await channel.say(ann, "EFFACER") == [say(assistant, "forgotten", channel.form)]
    for table in (senders, outbox, conversations, questions):
        assert await channel.system.rows(table) == [], table.name
    assert {row.content_sealed for row in await channel.system.rows(inbox)} == {None}


@every
async def test_a_long_reply_arrives_whole(channel: ChannelUnderTest) -> None:
    ann, _ = channel.people
    await channel.say(ann, "AIDE")
    (sender,) = await channel.system.rows(senders)
    line = "Une ligne d'une réponse très longue, avec 5 < 6 & des [crochets]."
    text = "\n".join(f"{number}. {line}" for number in range(90))
    async with transaction(channel.system.engine) as connection:
        await outgoing.enqueue(connection, channel.system.vault, sender.id, 99, channel.form, (Reply(text),))
    await channel.system.answer()
    parts = (await channel.texts(ann))[1:]
    assert " ".join(parts).split() == text.split()
    assert {row.status for row in await channel.system.rows(outbox)} == {"sent"}


@fallible
async def test_trouble_at_the_provider_delays_replies_and_keeps_their_order(channel: FallibleChannel) -> None:
    ann, ben = channel.people
    await channel.refuse(passing=True)
    assert await channel.say(ann, "AIDE") == []
    assert await channel.say(ann, "MENU") == [], "no later reply overtakes an earlier one"
    assert await channel.say(ben, "STOP"), "nobody else is held up"
    await channel.restart()
    await channel.system.make_due()
    await channel.system.answer()
    waited = [text for row, text in zip(await channel.system.rows(outbox), await channel.written(), strict=True)
              if row.sender_id == 1]
    assert len(waited) >= 2
    assert await channel.texts(ann) == waited


@fallible
async def test_a_person_who_cannot_be_reached_is_left_alone_until_they_write(
    channel: FallibleChannel, assistant: Assistant
) -> None:
    ann, ben = channel.people
    await channel.refuse(passing=False)
    assert await channel.say(ann, QUESTION) == []
    await channel.system.make_due()
    await channel.system.answer()
    assert await channel.texts(ann) == []
    assert {row.status for row in await channel.system.rows(outbox)} == {"dead"}
    assert (await channel.system.rows(senders))[0].blocked_at is not None
    assert await channel.say(ben, "AIDE") == [help_text(assistant, channel.form)]
    assert await channel.say(ann, "AIDE") == [help_text(assistant, channel.form)]
    assert (await channel.system.rows(senders))[0].blocked_at is None


@called
async def test_a_forged_call_is_refused_and_not_stored(channel: CalledChannel) -> None:
    ann, _ = channel.people
    assert await channel.forge(ann, "AIDE") == 403
    await channel.system.answer()
    assert await channel.system.count(inbox) == 0
    assert await channel.texts(ann) == []
