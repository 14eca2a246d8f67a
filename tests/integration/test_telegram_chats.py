"""Telegram's chats: blocked and back, opened by a link, from a place; and the webhook's secret being changed."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from bot.assistant import Assistant
from bot.knowledge import Knowledge
from connectors.telegram.webhook import SECRET_HEADER
from content.models import Library
from store.messages import Channel
from store.tables import inbox, outbox, senders
from tests.doubles import TelegramDouble
from tests.integration.system import BOT_TOKEN, WEBHOOK_SECRET, running, say, settings_of, telegram_settings
from tests.integration.users import TelegramUsers

ANN, GROUP = 4711, -4711
OBOCK, PARIS = {"latitude": 11.96, "longitude": 43.30}, {"latitude": 48.85, "longitude": 2.35}


def long(assistant: Assistant, key: str, language: str = "fr", **values: str) -> str:
    return say(assistant, key, Channel.TELEGRAM, language, **values)


# --- blocked ---------------------------------------------------------------------------------------


async def blocked(users: TelegramUsers) -> bool:
    (row,) = await users.system.rows(senders)
    return row.blocked_at is not None


async def test_who_blocks_us_is_sent_nothing_more_and_who_comes_back_is_answered(telegram: TelegramUsers) -> None:
    await telegram.say(ANN, "aide")
    telegram.double.fail_next("sendMessage", 502, "Bad Gateway")
    await telegram.say(ANN, "pays")
    later = telegram.double.updates[max(telegram.double.updates)]["message"]["date"] + 5
    await telegram.arrived(telegram.double.member_changed(ANN, "member", "kicked", later))
    assert await blocked(telegram)
    assert [row.error for row in await telegram.system.rows(outbox, outbox.c.status == "dead")] == ["403"]
    await telegram.arrived(telegram.double.member_changed(ANN, "kicked", "member", later + 5))
    assert not await blocked(telegram)
    assert await telegram.say(ANN, "aide")


async def test_a_block_that_is_told_late_does_not_outrank_what_was_written_since(telegram: TelegramUsers) -> None:
    await telegram.say(ANN, "aide")
    telegram.double.fail_next("sendMessage", 502, "Bad Gateway")
    await telegram.say(ANN, "pays")
    await telegram.arrived(telegram.double.member_changed(ANN, "member", "kicked", 1_700_000_000))
    assert not await blocked(telegram)
    await telegram.system.make_due()
    await telegram.system.answer()
    assert len(telegram.sent_to(ANN)) == 2


async def test_a_group_that_removes_us_is_sent_nothing_more(telegram: TelegramUsers) -> None:
    await telegram.say(GROUP, "@test_bot aide")
    later = telegram.double.updates[max(telegram.double.updates)]["message"]["date"] + 5
    await telegram.arrived(telegram.double.member_changed(GROUP, "member", "left", later))
    assert await blocked(telegram)


async def test_what_becomes_of_an_unknown_chat_leaves_nothing(telegram: TelegramUsers) -> None:
    for before, after in (("left", "member"), ("member", "kicked")):
        await telegram.arrived(telegram.double.member_changed(ANN, before, after))
    await telegram.arrived(telegram.double.member_changed(GROUP, "left", "member"))
    assert await telegram.system.count(senders) == await telegram.system.count(inbox) == 0
    await telegram.system.answer()
    assert telegram.double.sent == []


# --- links -----------------------------------------------------------------------------------------


async def test_a_link_opens_with_what_it_names(telegram: TelegramUsers, assistant: Assistant) -> None:
    (answer, *_) = await telegram.say(ANN, "/start gao")
    text = assistant.library.text("services.gao", "fr")
    assert text is not None and answer.text.startswith(text.form.long[:40])
    (first, *_) = await telegram.say(ANN, "/start so")
    chosen = assistant.library.messages["so"]["language_set"].long
    assert first.text == chosen.replace("{language}", assistant.library.languages["so"].name)
    replies = await telegram.say(ANN, "/start DJ")
    assert long(assistant, "country_noted", "so", country="Jabuuti") in [each.text for each in replies]


@pytest.mark.parametrize("parameter", ["", " nothing_like_it", " <script>", " " + "x" * 300, " gao\n/stop"])
async def test_a_link_that_means_nothing_is_a_plain_start(telegram: TelegramUsers, parameter: str) -> None:
    (first, *_) = await telegram.say(ANN, "/start" + parameter)
    assert first.text.startswith("Bonjour, ici Sahan.")


async def test_a_link_after_stop_ends_the_stop_first(telegram: TelegramUsers, assistant: Assistant) -> None:
    await telegram.say(ANN, "STOP")
    replies = await telegram.say(ANN, "/start gao")
    assert replies[0].text == long(assistant, "started")
    assert len(replies) > 1
    assert await telegram.say(ANN, "pays")


async def test_a_link_to_danger_gives_its_advice(telegram: TelegramUsers, assistant: Assistant) -> None:
    (first, *_) = await telegram.say(ANN, "/start urgent-danger")
    text = assistant.library.text("urgent.danger", "fr")
    assert text is not None and text.form.long[:40] in first.text


# --- places ----------------------------------------------------------------------------------------


def with_directory(library: Library, confirmed: date | None, **changes: Any) -> Library:
    office = replace(library.directory["dj-obock-coam"], confirmed=confirmed, **changes)
    return replace(library, directory={**library.directory, office.id: office})


async def located(url: str, assistant: Assistant, library: Library, position: dict[str, float]) -> list[str]:
    """What a person who shares a position is told, from ``library``."""
    answering = Assistant(replace(assistant.knowledge, library=library, dialogue=Knowledge.of(library).dialogue),
                          assistant.rasa)
    with TelegramDouble(BOT_TOKEN) as double:
        async with running(settings_of(url, **telegram_settings(double.root)), answering) as system:
            users = TelegramUsers(system, double)
            await users.set_webhook()
            texts = [each.text for each in await users.send(ANN, "location", **position)]
            for table in (inbox, senders, outbox):
                for row in await system.rows(table):
                    sealed = [system.vault.open(each) for each in row if isinstance(each, bytes)]
                    assert not [each for each in sealed if "11.96" in each or "43.3" in each]
            return texts


async def test_the_nearest_confirmed_services_are_named_with_distance_source_and_date(
    sqlite_url: str, assistant: Assistant
) -> None:
    library = with_directory(assistant.library, date.today(), hours="8 h à 15 h")
    near, *others = await located(sqlite_url, assistant, library, OBOCK)
    header, line = near.split("\n")
    assert header == long(assistant, "nearby")
    assert line == (f"- OIM, centre pour migrants (COAM), Obock: 1 km; 8 h à 15 h "
                    f"(OIM Djibouti (tableaux mensuels), 30/09/2022; ✓ {date.today():%d/%m/%Y})")
    assert others[0] == long(assistant, "location_received", country="Djibouti")


@pytest.mark.parametrize("confirmed", [None, date.today() - timedelta(200)])
async def test_what_nobody_confirmed_lately_is_not_named(
    sqlite_url: str, assistant: Assistant, confirmed: date | None
) -> None:
    first, *_ = await located(sqlite_url, assistant, with_directory(assistant.library, confirmed), OBOCK)
    assert first == long(assistant, "location_received", country="Djibouti")


async def test_far_from_every_service_the_answer_is_what_it_was(sqlite_url: str, assistant: Assistant) -> None:
    library = with_directory(assistant.library, date.today())
    assert (await located(sqlite_url, assistant, library, PARIS))[0] == long(assistant, "location_unknown")


# --- the secret ------------------------------------------------------------------------------------


async def test_while_the_secret_is_changed_both_are_taken_and_no_other(
    sqlite_url: str, assistant: Assistant
) -> None:
    changing = telegram_settings("http://127.0.0.1:9", TELEGRAM_SECRET="new", TELEGRAM_SECRET_PREVIOUS=WEBHOOK_SECRET)
    update = {"update_id": 1, "poll": {}}
    async with running(settings_of(sqlite_url, **changing), assistant) as system:
        statuses = [
            (await system.post("/telegram/webhook", json.dumps(update), {SECRET_HEADER: secret})).status_code
            for secret in ("new", WEBHOOK_SECRET, "ne", "neww", "", f"new{WEBHOOK_SECRET}", f"new,{WEBHOOK_SECRET}")
        ]
    assert statuses == [200, 200, 403, 403, 403, 403, 403]
