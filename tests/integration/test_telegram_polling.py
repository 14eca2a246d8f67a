"""Telegram by polling: nothing is skipped, nothing is answered twice, and trouble is waited out."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.assistant import Assistant
from connectors.telegram.polling import poll, poll_once
from store.engine import transaction
from store.errors import DatabaseUnavailableError
from store.messages import Channel
from store.tables import inbox, polling
from tests.doubles import TelegramDouble
from tests.integration.system import BOT_TOKEN, help_text, running, say, settings_of, telegram_settings
from tests.integration.users import TelegramUsers

ANN, GROUP = 4711, -1001234567890


async def fetch(users: TelegramUsers) -> int:
    return await poll_once(users.system.intake, users.adapter, 0)


async def offset(users: TelegramUsers) -> int | None:
    rows = await users.system.rows(polling)
    return rows[0].next_update_id if rows else None


@contextlib.asynccontextmanager
async def polling_goes_on(users: TelegramUsers) -> AsyncIterator[asyncio.Task[None]]:
    task = asyncio.create_task(poll(users.system.intake, users.adapter, wait_seconds=1))
    yield task
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


async def arrived(users: TelegramUsers, messages: int, seconds: float = 8.0) -> None:
    """Wait until so many messages are in the inbox."""
    end = time.monotonic() + seconds
    while await users.system.count(inbox) < messages:
        assert time.monotonic() < end, "the message did not arrive"
        await asyncio.sleep(0.02)


async def test_updates_are_stored_with_the_offset_and_acknowledged_by_the_next_request(
    database_url: str, assistant: Assistant
) -> None:
    with TelegramDouble(BOT_TOKEN) as double:
        settings = settings_of(database_url, **telegram_settings(double.root, TELEGRAM_MODE="polling"))
        async with running(settings, assistant) as system:
            users = TelegramUsers(system, double)
            first, last = double.user_sends(ANN, "AIDE"), double.user_sends(ANN, "MENU")
            assert await fetch(users) == 2
            assert await offset(users) == last + 1 == first + 2
            assert len(await system.rows(inbox)) == double.pending == 2
            assert await fetch(users) == double.pending == 0
            third = double.user_sends(ANN, "PAYS")
            assert await fetch(users) == 1
            assert await offset(users) == third + 1
            assert await fetch(users) == double.pending == 0
            await system.answer()
            texts = [each.text for each in users.sent_to(ANN)]
            others = [say(assistant, key, Channel.TELEGRAM) for key in ("menu_header", "country_question")]
            asked = [help_text(assistant, Channel.TELEGRAM), *others]
            assert [text for text in texts if text in asked] == asked


async def test_when_storing_fails_the_offset_stays_and_the_update_comes_again(
    sqlite_url: str, tmp_path: Path, assistant: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("store.engine.BUSY_SECONDS", 0.05)
    with TelegramDouble(BOT_TOKEN) as double:
        settings = settings_of(sqlite_url, **telegram_settings(double.root, TELEGRAM_MODE="polling"))
        async with running(settings, assistant) as system:
            users = TelegramUsers(system, double)
            double.user_sends(ANN, "PAYS")
            await fetch(users)
            before = await offset(users)
            update_id = double.user_sends(ANN, "AIDE")
            holder = sqlite3.connect(tmp_path / "sahan.db", isolation_level=None)
            holder.execute("BEGIN IMMEDIATE")
            with pytest.raises(DatabaseUnavailableError):
                await fetch(users)
            holder.execute("ROLLBACK")
            holder.close()
            assert await offset(users) == before == update_id
            assert await fetch(users) == 1
            assert await offset(users) == update_id + 1
            await system.answer()
            helped = [each for each in users.sent_to(ANN) if each.text == help_text(assistant, Channel.TELEGRAM)]
            assert len(helped) == 1


async def test_when_the_offset_cannot_be_written_the_messages_are_not_stored_either(
    polled: TelegramUsers, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with transaction(polled.system.engine) as connection:
        await connection.exec_driver_sql(
            "CREATE TRIGGER refuse BEFORE INSERT ON polling BEGIN SELECT RAISE(ABORT, 'refused'); END"
        )
    update_id = polled.double.user_sends(ANN, "AIDE")
    with pytest.raises(Exception, match="refused"):
        await fetch(polled)
    assert await polled.system.count(inbox) == 0
    async with transaction(polled.system.engine) as connection:
        await connection.exec_driver_sql("DROP TRIGGER refuse")
    assert await fetch(polled) == 1
    assert await offset(polled) == update_id + 1
    assert await polled.system.count(inbox) == 1


async def test_an_update_that_telegram_brings_again_is_answered_once(polled: TelegramUsers) -> None:
    polled.double.user_sends(ANN, "AIDE")
    await fetch(polled)
    async with transaction(polled.system.engine) as connection:
        await connection.execute(polling.delete())
    assert await fetch(polled) == 1
    await polled.system.answer()
    assert await polled.system.count(inbox) == 1
    assert len(polled.sent_to(ANN)) == 1


async def test_a_button_is_acknowledged(polled: TelegramUsers) -> None:
    polled.double.user_sends(ANN, "/menu")
    await fetch(polled)
    await polled.system.answer()
    menu = polled.sent_to(ANN)[-1]
    polled.double.user_presses(ANN, menu.message_id, menu.buttons[0]["callback_data"])
    await fetch(polled)
    assert "answerCallbackQuery" in dict(polled.double.calls)
    await polled.system.answer()
    assert polled.sent_to(ANN)[-1] != menu


async def test_what_is_not_for_us_is_passed_over(polled: TelegramUsers) -> None:
    polled.double.user_sends(GROUP, "AIDE")
    last = polled.double.user_sends_kind(GROUP, "voice")
    assert await fetch(polled) == 2
    assert await offset(polled) == last + 1
    assert await polled.system.count(inbox) == 0


async def test_polling_ends_a_webhook_and_loses_nothing_that_waits_for_it(polled: TelegramUsers) -> None:
    polled.double.webhook = {"url": "http://127.0.0.1:9/telegram/webhook"}
    polled.double.user_sends(ANN, "AIDE")
    async with polling_goes_on(polled):
        await arrived(polled, 1)
    assert polled.double.webhook == {}


async def test_trouble_at_telegram_is_waited_out(polled: TelegramUsers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("connectors.telegram.polling._AFTER_ERROR_SECONDS", 0.05)
    polled.double.fail_next("getUpdates", 502, "Bad Gateway")
    polled.double.fail_next("getUpdates", 409, "Conflict: terminated by other getUpdates request")
    polled.double.user_sends(ANN, "AIDE")
    async with polling_goes_on(polled):
        await arrived(polled, 1)


async def test_too_many_requests_are_answered_by_waiting_as_long_as_telegram_says(polled: TelegramUsers) -> None:
    polled.double.fail_next("getUpdates", 429, "Too Many Requests: retry after 1", retry_after=1)
    polled.double.user_sends(ANN, "AIDE")

    def requests() -> int:
        return sum(method == "getUpdates" for method, _ in polled.double.calls)

    async with polling_goes_on(polled):
        await polled.until(lambda: requests() == 1)
        await asyncio.sleep(0.7)
        assert requests() == 1
        await arrived(polled, 1)


async def test_an_update_that_cannot_be_read_does_not_end_polling(
    polled: TelegramUsers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connectors.telegram.polling._AFTER_ERROR_SECONDS", 0.05)
    polled.double.push_raw({"message": {"message_id": 1, "chat": {"id": ANN}}})
    polled.double.user_sends(ANN, "AIDE")
    async with polling_goes_on(polled) as task:
        await arrived(polled, 1)
        assert not task.done()
