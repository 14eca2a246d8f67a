"""Telegram's groups: what is meant for us, what everybody may read, and what becomes of a group."""

from __future__ import annotations

from typing import Any

import pytest

from bot.assistant import Assistant
from connectors.telegram.polling import poll_once
from store.messages import Channel
from store.tables import conversations, inbox, outbox, senders
from tests.doubles.telegram import Sent
from tests.integration.system import help_text, say
from tests.integration.users import TelegramUsers

GROUP, SUPERGROUP, ANN = -4711, -1001234567890, 4711
ME = "@test_bot"


def long(assistant: Assistant, key: str, **values: str) -> str:
    return say(assistant, key, Channel.TELEGRAM, **values)


def from_us(telegram: TelegramUsers, **fields: Any) -> dict[str, Any]:
    """A message of the bot's, to be answered."""
    return {"message_id": 7, "date": 1_700_000_000, "from": telegram.double.me, "text": "?",
            "chat": {"id": GROUP, "type": "group", "title": "g"}, **fields}


async def heard(telegram: TelegramUsers, text: str, chat: int = GROUP, **fields: Any) -> list[Sent]:
    return await telegram.say(chat, text, **fields)


@pytest.mark.parametrize("text", [
    "AIDE", "/menu", "/menu@another_bot", "@test_bott aide", "test_bot aide", "me@test_bot.org aide",
    "@another_bot AIDE", "salut à tous, comment rentrer au pays ?",
])
async def test_what_is_not_meant_for_us_is_not_even_stored(telegram: TelegramUsers, text: str) -> None:
    assert await heard(telegram, text) == []
    assert await telegram.system.count(inbox) == await telegram.system.count(senders) == 0


@pytest.mark.parametrize("text", ["AIDE @TEST_BOT", "/aide@Test_Bot", "@test_bot, aide!"])
async def test_our_name_calls_us_and_the_answer_quotes_the_message(
    telegram: TelegramUsers, assistant: Assistant, text: str
) -> None:
    (reply,) = await heard(telegram, text, SUPERGROUP)
    assert reply.text == help_text(assistant, Channel.TELEGRAM)
    (asked,) = [each["message"]["message_id"] for each in telegram.double.updates.values()]
    assert reply.params["reply_parameters"] == {"message_id": asked, "allow_sending_without_reply": True}


async def test_a_name_behind_letters_of_two_units_is_found(telegram: TelegramUsers, assistant: Assistant) -> None:
    (reply,) = await heard(telegram, "\N{GRINNING FACE}\N{GRINNING FACE} @test_bot aide")
    assert reply.text == help_text(assistant, Channel.TELEGRAM)


async def test_a_link_with_our_id_calls_us(telegram: TelegramUsers, assistant: Assistant) -> None:
    entity = {"type": "text_mention", "offset": 0, "length": 5, "user": telegram.double.me}
    (reply,) = await heard(telegram, "Sahan aide", entities=[entity])
    assert reply.text == help_text(assistant, Channel.TELEGRAM)


async def test_who_answers_a_message_of_ours_is_answered(telegram: TelegramUsers, assistant: Assistant) -> None:
    (reply,) = await heard(telegram, "aide", reply_to_message=from_us(telegram))
    assert reply.text == help_text(assistant, Channel.TELEGRAM)
    other = from_us(telegram, **{"from": {"id": 5, "is_bot": False, "first_name": "Ben"}})
    assert await heard(telegram, "aide", reply_to_message=other) == []
    opened = from_us(telegram, forum_topic_created={"name": "t", "icon_color": 1})
    assert await heard(telegram, "aide", reply_to_message=opened) == []


async def test_a_photo_that_names_us_is_answered(telegram: TelegramUsers, assistant: Assistant) -> None:
    named = {"caption": "@test_bot", "caption_entities": [{"type": "mention", "offset": 0, "length": 9}]}
    assert await telegram.send(GROUP, "photo", **named)
    assert await telegram.send(GROUP, "photo", caption="aide") == []


async def test_what_is_held_is_not_told_before_everybody(telegram: TelegramUsers, assistant: Assistant) -> None:
    await heard(telegram, "@test_bot comment rentrer au pays ?")
    (reply,) = await heard(telegram, "/donnees@test_bot")
    assert reply.text == say(assistant, "group_private", Channel.TELEGRAM)


async def test_instead_of_the_menu_a_group_is_told_to_write_in_private(
    telegram: TelegramUsers, assistant: Assistant
) -> None:
    for text in ("@test_bot menu", "/menu@test_bot"):
        (reply,) = await heard(telegram, text)
        assert (reply.text, reply.buttons) == (long(assistant, "group_private"), [])
    greeting, *_ = await heard(telegram, ME)
    assert greeting.text.endswith(long(assistant, "group_private"))
    assert greeting.buttons == []


async def test_a_question_is_answered_before_everybody_and_its_buttons_work(
    telegram: TelegramUsers, assistant: Assistant
) -> None:
    replies = await heard(telegram, f"{ME} comment rentrer au pays ?")
    answer = next(each for each in replies if each.buttons)
    topic = next(each for each in answer.buttons if "choose_topic" in each["callback_data"])
    assert await telegram.press(GROUP, answer.message_id, topic["callback_data"])
    (back,) = await telegram.press(GROUP, answer.message_id, "/ask_menu")
    assert back.text == long(assistant, "group_private")
    assert back.params["reply_parameters"]["message_id"] == answer.message_id


async def test_a_group_has_a_conversation_of_its_own(telegram: TelegramUsers, assistant: Assistant) -> None:
    await heard(telegram, f"{ME} English")
    (private,) = await telegram.say(ANN, "aide")
    assert private.text == help_text(assistant, Channel.TELEGRAM)
    (reply,) = await heard(telegram, f"{ME} help")
    assert reply.text != private.text
    assert await telegram.system.count(senders) == await telegram.system.count(conversations) == 2


async def test_danger_is_answered_at_once_with_a_warning_that_all_read_it(
    telegram: TelegramUsers, assistant: Assistant
) -> None:
    replies = await heard(telegram, f"{ME} au secours on va se noyer, le bateau coule")
    assert long(assistant, "group_danger") in replies[0].text
    assert not replies[0].text.startswith(long(assistant, "group_danger"))
    assert long(assistant, "country_question") not in [each.text for each in replies]
    private = await telegram.say(ANN, "au secours on va se noyer, le bateau coule")
    assert long(assistant, "group_danger") not in private[0].text
    assert long(assistant, "country_question") in [each.text for each in private]


async def test_to_erase_in_a_group_erases_the_groups_part_alone(
    telegram: TelegramUsers, assistant: Assistant
) -> None:
    await telegram.say(ANN, "aide")
    await heard(telegram, f"{ME} aide")
    (reply,) = await heard(telegram, f"{ME} EFFACER")
    assert reply.text == long(assistant, "group_forgotten")
    (left,) = await telegram.system.rows(senders)
    assert telegram.system.vault.open(left.address_sealed) == str(ANN)


async def test_stop_silences_the_group_and_nobody_else(telegram: TelegramUsers) -> None:
    assert await heard(telegram, f"{ME} STOP")
    assert await heard(telegram, f"{ME} comment rentrer au pays ?") == []
    assert await telegram.say(ANN, "aide")


async def test_while_telegram_does_not_say_who_we_are_a_groups_update_is_asked_for_again(
    telegram: TelegramUsers
) -> None:
    telegram.double.fail_next("getMe", 502, "Bad Gateway")
    update_id = telegram.double.user_sends(GROUP, f"{ME} aide")
    await telegram.until(lambda: (update_id, 503) in telegram.double.deliveries)
    await telegram.arrived(update_id)
    await telegram.system.answer()
    assert len(telegram.sent_to(GROUP)) == 1
    await heard(telegram, f"{ME} aide")
    assert [method for method, _ in telegram.double.calls].count("getMe") == 2


async def test_a_group_that_becomes_a_supergroup_stays_who_it_is(telegram: TelegramUsers, assistant: Assistant) -> None:
    await heard(telegram, f"{ME} English")
    update_id = telegram.double.upgrade_group(GROUP, SUPERGROUP)
    assert update_id is not None
    await telegram.arrived(update_id)
    (row,) = await telegram.system.rows(senders)
    assert telegram.system.vault.open(row.address_sealed) == str(SUPERGROUP)
    (reply,) = await heard(telegram, f"{ME} help", SUPERGROUP)
    assert reply.text != help_text(assistant, Channel.TELEGRAM)
    assert await telegram.system.count(senders) == 1
    assert (await telegram.post({"update_id": 9999, **without_id(telegram, update_id)})).status_code == 200


def without_id(telegram: TelegramUsers, update_id: int) -> dict[str, Any]:
    return {name: each for name, each in telegram.double.updates[update_id].items() if name != "update_id"}


async def test_a_reply_that_meets_an_upgraded_group_follows_it(telegram: TelegramUsers, assistant: Assistant) -> None:
    update_id = telegram.double.user_sends(GROUP, f"{ME} aide")
    await telegram.arrived(update_id)
    telegram.double.upgrade_group(GROUP, SUPERGROUP, told=False)
    await telegram.system.answer()
    assert [each.text for each in telegram.sent_to(SUPERGROUP)] == [help_text(assistant, Channel.TELEGRAM)]
    assert {row.status for row in await telegram.system.rows(outbox)} == {"sent"}


async def test_where_the_supergroup_has_written_already_a_stop_goes_over(telegram: TelegramUsers) -> None:
    await heard(telegram, f"{ME} STOP")
    await telegram.arrived(telegram.double.user_sends(SUPERGROUP, f"{ME} comment rentrer ?"))
    update_id = telegram.double.upgrade_group(GROUP, SUPERGROUP)
    assert update_id is not None
    await telegram.arrived(update_id)
    await telegram.system.answer()
    assert telegram.sent_to(SUPERGROUP) == []


async def test_where_the_supergroup_has_written_already_what_waits_goes_over(
    telegram: TelegramUsers, assistant: Assistant
) -> None:
    telegram.double.fail_next("sendMessage", 502, "Bad Gateway")
    assert await heard(telegram, f"{ME} aide") == []
    await telegram.arrived(telegram.double.user_sends(SUPERGROUP, f"{ME} pays"))
    update_id = telegram.double.upgrade_group(GROUP, SUPERGROUP)
    assert update_id is not None
    await telegram.arrived(update_id)
    await telegram.system.make_due()
    await telegram.system.answer()
    texts = [each.text for each in telegram.sent_to(SUPERGROUP)]
    assert texts[0] == help_text(assistant, Channel.TELEGRAM)
    assert long(assistant, "country_question") in texts


async def test_polling_hears_a_group_too(polled: TelegramUsers) -> None:
    polled.double.user_sends(GROUP, "aide")
    polled.double.user_sends(GROUP, f"{ME} aide")
    assert await poll_once(polled.system.intake, polled.adapter, 0) == 2
    await polled.system.answer()
    assert len(polled.sent_to(GROUP)) == 1
