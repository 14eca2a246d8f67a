"""How fast we send to Telegram: to one chat, to a group, to all together, and when Telegram says that it is enough."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator

import pytest_asyncio

from bot.assistant import Assistant
from connectors import outbox as outgoing
from connectors.pace import held_for
from connectors.retention import purge
from store.engine import reading, transaction
from store.messages import Channel, Reply
from store.tables import outbox, paces, senders
from tests.doubles import TelegramDouble
from tests.integration.system import BOT_TOKEN, running, settings_of, telegram_settings
from tests.integration.users import TelegramUsers

ANN, BEN, GROUP = 4711, 4712, -4711


@pytest_asyncio.fixture
async def limited(database_url: str, assistant: Assistant) -> AsyncIterator[TelegramUsers]:
    """People at Telegram, with our limits on, over a database of each kind."""
    with TelegramDouble(BOT_TOKEN) as double:
        settings = settings_of(database_url, **telegram_settings(double.root, TELEGRAM_RATE="30"))
        async with running(settings, assistant) as system:
            users = TelegramUsers(system, double)
            await users.set_webhook()
            yield users


async def known(users: TelegramUsers, chat: int) -> int:
    """Make a chat known; gives its sender's id, with nothing reserved."""
    await users.say(chat, "@test_bot aide")
    async with transaction(users.system.engine) as connection:
        await connection.execute(paces.delete())
    return max(row.id for row in await users.system.rows(senders))


async def enqueue(users: TelegramUsers, sender_id: int, count: int, message: int = 900) -> None:
    async with transaction(users.system.engine) as connection:
        replies = tuple(Reply(f"{message} {number}") for number in range(count))
        await outgoing.enqueue(connection, users.system.vault, sender_id, message, Channel.TELEGRAM, replies)


async def burst(users: TelegramUsers, chat: int, count: int) -> list[str]:
    """What of ``count`` replies goes out at once."""
    sender_id = await known(users, chat)
    before = len(users.sent_to(chat))
    await enqueue(users, sender_id, count)
    await users.system.answer()
    return [each.text for each in users.sent_to(chat)[before:]]


async def test_a_chat_gets_one_message_a_second_in_order_and_no_attempt_is_lost(limited: TelegramUsers) -> None:
    began = time.time()
    sent = await burst(limited, ANN, 8)
    assert sent == [f"900 {number}" for number in range(len(sent))]
    assert 3 <= len(sent) <= 3 + time.time() - began
    first = (await limited.system.rows(outbox, outbox.c.status == "waiting"))[0]
    assert (first.error, first.attempts) == ("pace", 0)
    assert first.next_attempt_at <= time.time() + 1.1
    for _ in range(8 - len(sent)):  # the time passes that each waits for
        await limited.system.make_due()
        await limited.system.answer()
        async with transaction(limited.system.engine) as connection:
            await connection.execute(paces.update().values(next_at=paces.c.next_at - 1))
    assert [each.text for each in limited.sent_to(ANN)[-8:]] == [f"900 {number}" for number in range(8)]
    assert {row.attempts for row in await limited.system.rows(outbox, outbox.c.status == "sent")} == {1}


async def test_a_group_gets_twenty_messages_in_a_minute(limited: TelegramUsers) -> None:
    began = time.time()
    sent = await burst(limited, GROUP, 8)
    assert 5 <= len(sent) <= 5 + (time.time() - began) / 4
    (pace,) = await limited.system.rows(paces, paces.c.name != "telegram")
    # The sixth waits until the first four seconds are over: 5 at once and 15 more in what is left of the minute.
    assert pace.next_at - began >= 4 * (len(sent) + 1) - 0.1


async def test_all_chats_together_get_no_more_than_telegram_takes(
    limited: TelegramUsers, assistant: Assistant
) -> None:
    people = [await known(limited, 5000 + number) for number in range(12)]
    before = len(limited.double.sent)
    for number, sender_id in enumerate(people):
        await enqueue(limited, sender_id, 3, 1000 + number)
    async with transaction(limited.system.engine) as connection:  # a second's worth is taken already
        await connection.execute(paces.insert().values(name="telegram", next_at=time.time() + 600))
    await limited.system.answer()
    assert len(limited.double.sent) == before
    waits = sorted(row.next_attempt_at for row in await limited.system.rows(outbox, outbox.c.error == "pace"))
    assert len(waits) == 12
    assert waits[-1] - waits[0] >= 11 / 30 - 0.01
    assert waits[-1] - waits[0] <= 11 / 20 + 5


async def test_without_a_rate_nothing_is_limited(telegram: TelegramUsers) -> None:
    assert len(await burst(telegram, ANN, 12)) == 12
    assert await telegram.system.count(paces) == 0


async def test_a_chat_that_telegram_holds_back_holds_up_nobody_else(limited: TelegramUsers) -> None:
    ann = await known(limited, ANN)
    await known(limited, BEN)
    limited.double.fail_next("sendMessage", 429, "Too Many Requests: retry after 30", retry_after=30)
    await enqueue(limited, ann, 1)
    await limited.system.answer()
    (row,) = await limited.system.rows(outbox, outbox.c.status == "waiting")
    assert row.next_attempt_at > time.time() + 25
    assert await limited.say(BEN, "aide")
    assert await limited.say(ANN, "aide") == []


async def test_when_telegram_refuses_a_second_chat_too_everybody_waits(limited: TelegramUsers) -> None:
    ann, ben = await known(limited, ANN), await known(limited, BEN)
    cem = await known(limited, 4713)
    limited.double.fail_next("sendMessage", 429, "Too Many Requests: retry after 30", retry_after=30, times=2)
    for sender_id in (ann, ben):
        await enqueue(limited, sender_id, 1)
        await limited.system.answer()
    before = len(limited.double.calls)
    await enqueue(limited, cem, 1)
    await limited.system.answer()
    assert [method for method, _ in limited.double.calls[before:]] == []
    async with reading(limited.system.engine) as connection:
        assert 25 < await held_for(connection, "telegram/held") <= 30
    waiting = await limited.system.rows(outbox, outbox.c.status == "waiting")
    assert len(waiting) == 3
    assert min(row.next_attempt_at for row in waiting) > time.time() + 25


async def test_paces_that_limit_nothing_any_more_are_purged(limited: TelegramUsers) -> None:
    await known(limited, ANN)
    await limited.say(ANN, "aide")
    assert await limited.system.count(paces) == 2
    async with transaction(limited.system.engine) as connection:
        await connection.execute(paces.update().values(next_at=1.0))
    await purge(limited.system.engine, 30)
    assert await limited.system.count(paces) == 0
