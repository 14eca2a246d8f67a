"""Telegram by webhook: what comes in is durable once, what goes out is what Telegram takes."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from bot.assistant import Assistant
from connectors.telegram.webhook import SECRET_HEADER
from store.messages import Channel
from store.tables import inbox, outbox, senders
from tests.doubles import TelegramDouble
from tests.integration.system import BOT_TOKEN, WEBHOOK_SECRET, help_text, running, say, settings_of, telegram_settings
from tests.integration.users import TelegramUsers

ANN, BEN, GROUP = 4711, 4712, -1001234567890
USER = {"id": ANN, "is_bot": False, "first_name": "Ann"}
CHAT = {"id": ANN, "type": "private", "first_name": "Ann"}


def message(text: str = "AIDE", **fields: Any) -> dict[str, Any]:
    return {"message_id": 1, "date": 1_700_000_000, "from": USER, "chat": CHAT, "text": text, **fields}


async def test_without_the_right_secret_an_update_is_refused_and_not_stored(telegram: TelegramUsers) -> None:
    body = json.dumps({"update_id": 1, "message": message()})
    for secret in (b"", b"wrong", WEBHOOK_SECRET[:-1].encode(), WEBHOOK_SECRET.encode() + b"x", "é".encode()):
        answer = await telegram.system.post("/telegram/webhook", body, {SECRET_HEADER: secret})
        assert answer.status_code == 403, secret
    assert (await telegram.system.post("/telegram/webhook", body)).status_code == 403
    assert await telegram.system.count(inbox) == await telegram.system.count(senders) == 0


async def test_an_update_is_on_the_disk_when_it_is_acknowledged(telegram: TelegramUsers, tmp_path: Path) -> None:
    answer = await telegram.post({"update_id": 1, "message": message()})
    assert answer.status_code == 200
    with sqlite3.connect(tmp_path / "sahan.db") as other:
        rows = other.execute("SELECT processed_at, content_sealed FROM inbox").fetchall()
    assert len(rows) == 1
    assert rows[0][0] is None and rows[0][1]
    await telegram.system.answer()
    assert telegram.sent_to(ANN)


async def test_while_the_database_is_locked_telegram_keeps_the_update_and_brings_it_again(
    sqlite_url: str, tmp_path: Path, assistant: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("store.engine.BUSY_SECONDS", 0.05)
    with TelegramDouble(BOT_TOKEN) as double:
        async with running(settings_of(sqlite_url, **telegram_settings(double.root)), assistant) as system:
            users = TelegramUsers(system, double)
            await users.set_webhook()
            holder = sqlite3.connect(tmp_path / "sahan.db", isolation_level=None)
            holder.execute("BEGIN IMMEDIATE")
            update_id = double.user_sends(ANN, "AIDE")
            await users.until(lambda: (update_id, 503) in double.deliveries)
            holder.execute("ROLLBACK")
            holder.close()
            await users.arrived(update_id)
            await system.answer()
            assert len(await system.rows(inbox)) == 1
            assert users.sent_to(ANN)[0].text == help_text(assistant, Channel.TELEGRAM)


async def test_an_update_that_comes_twice_is_answered_once(telegram: TelegramUsers) -> None:
    first = await telegram.push(ANN, {"update_id": 77, "message": message()})
    assert first
    assert (await telegram.post({"update_id": 77, "message": message()})).status_code == 200
    await telegram.system.answer()
    assert telegram.sent_to(ANN) == first
    assert await telegram.system.count(inbox) == 1


async def test_an_edited_message_is_answered_too(telegram: TelegramUsers, assistant: Assistant) -> None:
    await telegram.say(ANN, "AIED")
    before = len(telegram.sent_to(ANN))
    await telegram.arrived(telegram.double.user_edits(ANN, "AIDE"))
    await telegram.system.answer()
    assert [each.text for each in telegram.sent_to(ANN)[before:]] == [help_text(assistant, Channel.TELEGRAM)]


async def test_a_button_is_answered_and_stops_waiting(telegram: TelegramUsers, assistant: Assistant) -> None:
    menu = (await telegram.say(ANN, "/menu"))[-1]
    section = next(each for each in menu.buttons if "menu_return" in each["callback_data"])
    replies = await telegram.press(ANN, menu.message_id, section["callback_data"])
    name = say(assistant, "menu_return", Channel.TELEGRAM)
    assert replies[0].text == say(assistant, "section_header", Channel.TELEGRAM, section=name)
    query = next(each["callback_query"] for each in telegram.double.updates.values() if "callback_query" in each)
    await telegram.until(lambda: "answerCallbackQuery" in dict(telegram.double.calls))
    asked = [params["callback_query_id"] for method, params in telegram.double.calls if method == "answerCallbackQuery"]
    assert asked == [query["id"]]


async def test_a_button_pressed_long_ago_is_answered_all_the_same(telegram: TelegramUsers) -> None:
    menu = (await telegram.say(ANN, "/menu"))[-1]
    telegram.double.fail_next("answerCallbackQuery", 400, "Bad Request: query is too old")
    assert await telegram.press(ANN, menu.message_id, menu.buttons[0]["callback_data"])


async def test_what_is_not_text_gets_a_sensible_reply(telegram: TelegramUsers, assistant: Assistant) -> None:
    keys = {
        "voice": "cannot_read_voice", "audio": "cannot_read_voice", "photo": "cannot_read_photo",
        "document": "cannot_read_photo", "sticker": "cannot_read_other", "dice": "cannot_read_other",
        "contact": "contact_received", "location": "location_unknown", "venue": "location_unknown",
    }
    got = {kind: (await telegram.send(ANN, kind))[0].text for kind in keys}
    assert got == {kind: say(assistant, key, Channel.TELEGRAM) for kind, key in keys.items()}


async def test_a_location_in_a_country_that_we_know_names_the_country(
    telegram: TelegramUsers, assistant: Assistant
) -> None:
    replies = await telegram.send(ANN, "location", latitude=12.6392, longitude=-8.0029)  # Bamako
    assert replies[0].text == say(assistant, "location_received", Channel.TELEGRAM, country="Mali")


async def test_the_question_under_a_photo_is_answered(telegram: TelegramUsers, assistant: Assistant) -> None:
    replies = await telegram.send(ANN, "photo", caption="AIDE")
    assert replies[0].text == help_text(assistant, Channel.TELEGRAM)


NOT_FOR_US: dict[str, dict[str, Any]] = {
    "poll of an older Bot API": {"poll": {
        "id": "1", "question": "?", "options": [], "total_voter_count": 0, "is_closed": False, "is_anonymous": True,
        "type": "regular", "allows_multiple_answers": False,
    }},
    "inline query": {"inline_query": {"id": "1", "from": USER, "query": "help", "offset": ""}},
    "channel": {"channel_post": {**message(), "chat": {"id": GROUP, "type": "channel", "title": "c"}}},
    "unknown": {"something_of_next_year": {"chat": CHAT, "text": "AIDE"}},
    "supergroup": {"message": message(chat={"id": GROUP, "type": "supergroup", "title": "g"})},
    "group": {"message": message(chat={"id": -5, "type": "group", "title": "g"})},
    "edited in a group": {"edited_message": {**message(chat={"id": -5, "type": "group", "title": "g"}),
                                             "edit_date": 1_700_000_001}},
    "bot": {"message": message(**{"from": {**USER, "is_bot": True}})},
    "empty": {},
}


async def test_what_is_not_for_us_is_taken_and_not_answered(telegram: TelegramUsers) -> None:
    statuses = {
        name: (await telegram.post({"update_id": place, **update})).status_code
        for place, (name, update) in enumerate(NOT_FOR_US.items(), start=1)
    }
    assert statuses == dict.fromkeys(NOT_FOR_US, 200)
    await telegram.system.answer()
    assert telegram.double.sent == []
    assert await telegram.system.count(inbox) == await telegram.system.count(senders) == 0


async def test_each_person_gets_their_own_replies(telegram: TelegramUsers, assistant: Assistant) -> None:
    for update_id in [telegram.double.user_sends(chat, text) for chat, text in
                      [(ANN, "AIDE"), (BEN, "LANGUE"), (ANN, "PAYS")]]:
        await telegram.arrived(update_id)
    await telegram.system.answer()
    assert telegram.sent_to(BEN)[0].text == say(assistant, "language_question", Channel.TELEGRAM)
    asked = [help_text(assistant, Channel.TELEGRAM), say(assistant, "country_question", Channel.TELEGRAM)]
    assert [each.text for each in telegram.sent_to(ANN) if each.text in asked] == asked
    assert {row.status for row in await telegram.system.rows(outbox)} == {"sent"}
