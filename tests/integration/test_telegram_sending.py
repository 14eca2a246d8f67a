"""What goes out to Telegram: its limits, its errors, and its markup."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest

from bot.assistant import Assistant
from bot.dialogue.dialogue import Dialogue
from bot.dialogue.menus import payload
from bot.dialogue.state import Context, State
from bot.dialogue.steps import perform, read_payload
from connectors import answering
from connectors import outbox as outgoing
from content.languages import conversation_locales
from content.models import Library
from store.engine import transaction
from store.messages import Channel, Choice, Message, Reply, Turn
from store.tables import outbox, senders
from tests.integration.system import help_text, say
from tests.integration.users import TelegramUsers

ANN = 4711
LONGEST = 4096
PAYLOAD_BYTES = 64


async def known(telegram: TelegramUsers) -> int:
    """Make Ann known; gives her sender id."""
    await telegram.say(ANN, "AIDE")
    return int((await telegram.system.rows(senders))[0].id)


async def enqueue(telegram: TelegramUsers, sender_id: int, *replies: Reply, message: int = 99) -> None:
    async with transaction(telegram.system.engine) as connection:
        await outgoing.enqueue(connection, telegram.system.vault, sender_id, message, Channel.TELEGRAM, replies)


def units(text: str) -> int:
    """UTF-16 code units, in which Telegram counts."""
    return len(text.encode("utf-16-le")) // 2


async def test_what_looks_like_markup_is_answered_and_nothing_is_refused(telegram: TelegramUsers) -> None:
    for text in ("<b>AIDE</b> & <script>alert(1)</script>", "a < b > c & d &amp; \"e\" 'f'", "<", "&lt;", "</b>"):
        assert await telegram.say(ANN, text), text
    assert {row.status for row in await telegram.system.rows(outbox)} == {"sent"}


async def test_what_looks_like_markup_in_a_reply_is_read_as_it_was_written(telegram: TelegramUsers) -> None:
    text = "5 < 6 & 7 > 3, <b>not bold</b> &amp; \"so\" 'on'"
    await enqueue(telegram, await known(telegram), Reply(text))
    await telegram.system.answer()
    assert telegram.sent_to(ANN)[-1].text == text


@pytest.mark.parametrize(
    "text",
    ["\n\n".join(f"Paragraph {number}: " + "mot " * 90 for number in range(40)), "sans espace ni ligne" * 600,
     "\N{GRINNING FACE}" * 6000, "<&>" * 3000],
    ids=["paragraphs", "no breaks", "astral", "escaped"],
)
async def test_a_long_answer_comes_whole_in_parts_that_telegram_takes(telegram: TelegramUsers, text: str) -> None:
    await enqueue(telegram, await known(telegram), Reply(text, (Choice("Menu", "/ask_menu"),)))
    before = len(telegram.sent_to(ANN))
    await telegram.system.answer()
    parts = telegram.sent_to(ANN)[before:]
    assert len(parts) > 1
    assert max(units(each.text) for each in parts) <= LONGEST
    assert "".join("".join(each.text for each in parts).split()) == "".join(text.split())
    assert [len(each.buttons) for each in parts] == [0] * (len(parts) - 1) + [1]


async def test_an_error_between_two_parts_of_an_answer_repeats_neither(telegram: TelegramUsers) -> None:
    text = "\n\n".join(f"Paragraph {number}: " + "mot " * 90 for number in range(20))
    await enqueue(telegram, await known(telegram), Reply(text))
    before = len(telegram.sent_to(ANN))
    serving = asyncio.create_task(telegram.system.answer())
    await telegram.until(lambda: len(telegram.sent_to(ANN)) > before)
    telegram.double.fail_next("sendMessage", 502, "Bad Gateway")
    await serving
    await telegram.system.make_due()
    await telegram.system.answer()
    texts = [each.text for each in telegram.sent_to(ANN)[before:]]
    assert "".join("".join(texts).split()) == "".join(text.split())


def test_every_button_in_every_language_fits_into_what_telegram_gives_back(library: Library) -> None:
    dialogue = Dialogue(library)
    context = Context(Channel.TELEGRAM)
    for language in conversation_locales(library):
        state = State(language=language, language_chosen=True)
        seen: set[str] = set()
        waiting = ["/ask_menu", "/ask_language", "/ask_country", "/ask_help", "/mark_unhelpful",
                   *(payload("choose_topic", topic=topic) for topic in library.topics)]
        while waiting:
            step = read_payload(waiting.pop())
            assert step is not None
            if step.intent == "choose_language":
                continue
            replies = perform(dialogue, step, state, context).replies
            for choice in (choice for reply in replies for choice in reply.choices):
                assert 1 <= len(choice.payload.encode()) <= PAYLOAD_BYTES, (language, choice)
                assert choice.title.strip(), (language, choice)
                if choice.payload not in seen:
                    seen.add(choice.payload)
                    waiting.append(choice.payload)
        in_menu = {payload("choose_topic", topic=topic) for section in library.menu for topic in section.topics}
        assert in_menu <= seen


async def test_too_many_requests_are_answered_by_waiting_as_long_as_telegram_says(
    telegram: TelegramUsers, assistant: Assistant
) -> None:
    telegram.double.fail_next("sendMessage", 429, "Too Many Requests: retry after 2", retry_after=2)
    began = time.time()
    replies = await telegram.say(ANN, "AIDE")
    assert replies == []
    (row,) = await telegram.system.rows(outbox, outbox.c.error == "429")
    assert began + 1.9 <= row.next_attempt_at <= time.time() + 2.1
    await telegram.system.answer()
    assert telegram.sent_to(ANN) == []
    await asyncio.sleep(max(0.0, row.next_attempt_at - time.time()) + 0.05)
    await telegram.system.answer()
    assert [each.text for each in telegram.sent_to(ANN)] == [help_text(assistant, Channel.TELEGRAM)]


async def test_a_later_reply_does_not_overtake_one_that_waits(telegram: TelegramUsers, assistant: Assistant) -> None:
    telegram.double.fail_next("sendMessage", 502, "Bad Gateway")
    await telegram.say(ANN, "AIDE")
    assert await telegram.say(ANN, "PAYS") == []
    await telegram.system.make_due()
    await telegram.system.answer()
    texts = [each.text for each in telegram.sent_to(ANN)]
    assert texts[0] == help_text(assistant, Channel.TELEGRAM)
    assert texts[1] == say(assistant, "country_question", Channel.TELEGRAM)


async def test_who_blocks_the_bot_gets_no_more_attempts_until_they_write_again(
    telegram: TelegramUsers, assistant: Assistant
) -> None:
    telegram.double.block(ANN)
    assert await telegram.say(ANN, "comment rentrer au Mali ?") == []
    (sender,) = await telegram.system.rows(senders)
    assert sender.blocked_at is not None
    assert {row.status for row in await telegram.system.rows(outbox)} == {"dead"}
    attempts = [method for method, _ in telegram.double.calls if method == "sendMessage"]
    assert len(attempts) == 1
    telegram.double.unblock(ANN)
    await telegram.system.make_due()
    await telegram.system.answer()
    assert telegram.sent_to(ANN) == []
    replies = await telegram.say(ANN, "AIDE")
    assert [each.text for each in replies] == [help_text(assistant, Channel.TELEGRAM)]
    (sender,) = await telegram.system.rows(senders)
    assert sender.blocked_at is None


async def test_a_reply_that_telegram_refuses_for_good_is_not_tried_again_and_holds_up_nothing(
    telegram: TelegramUsers, assistant: Assistant
) -> None:
    telegram.double.fail_next("sendMessage", 400, "Bad Request: message text is empty")
    assert await telegram.say(ANN, "AIDE") == []
    await telegram.system.make_due()
    await telegram.system.answer()
    assert telegram.sent_to(ANN) == []
    assert [row.status for row in await telegram.system.rows(outbox)] == ["dead"]
    assert (await telegram.say(ANN, "PAYS"))[0].text == say(assistant, "country_question", Channel.TELEGRAM)


class Slow:
    """Answers once Telegram was told that somebody is typing."""

    def __init__(self, assistant: Assistant, telegram: TelegramUsers) -> None:
        self.assistant, self.telegram = assistant, telegram

    def __getattr__(self, name: str) -> Any:
        return getattr(self.assistant, name)

    async def respond(self, message: Message, conversation: dict[str, Any]) -> Turn:
        await self.telegram.until(lambda: typing(self.telegram))
        return await self.assistant.respond(message, conversation)


def typing(telegram: TelegramUsers) -> list[str]:
    return [name for name, _ in telegram.double.calls if name == "sendChatAction"]


async def test_typing_is_shown_while_an_answer_takes_long(
    telegram: TelegramUsers, assistant: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answering, "TYPING_AFTER_SECONDS", 0.0)
    telegram.double.fail_next("sendChatAction", 429, "Too Many Requests", retry_after=5)  # and stops no answer
    telegram.system.assistant = Slow(assistant, telegram)
    assert await telegram.say(ANN, "AIDE")
    assert typing(telegram)


async def test_typing_is_not_shown_for_an_answer_that_comes_at_once(
    telegram: TelegramUsers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answering, "TYPING_AFTER_SECONDS", 60.0)
    assert await telegram.say(ANN, "AIDE")
    assert not typing(telegram)
