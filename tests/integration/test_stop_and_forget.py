"""STOP silences and START undoes it; EFFACER leaves nothing about the person, and confirms. On both databases."""

from __future__ import annotations

from typing import Any

from bot.assistant import Assistant
from store.messages import Channel, Message, Turn
from store.tables import conversations, inbox, metadata, outbox, questions, senders
from tests.integration.system import System, help_text, say
from tests.integration.users import Phone, SmsUsers

QUESTION = "Comment rentrer au Mali ?"
ALI = "+22370000001"


def ann_of(system: System) -> Phone:
    return Phone(system, "ann-" + "a" * 20)


async def opted_out(system: System) -> list[bool]:
    return [row.opted_out_at is not None for row in await system.rows(senders)]


async def assert_nothing_about_anybody(system: System) -> None:
    """Nothing in the database belongs to a person, and what is left of messages cannot be read."""
    for table in metadata.tables.values():
        if "sender_id" in table.c and table is not inbox:
            assert await system.rows(table) == [], table.name
    left = await system.rows(inbox)
    assert left, "the keyed hashes of seen ids stay, or a redelivery would be answered"
    assert [(row.id, row.content_sealed) for row in left if row.content_sealed is not None] == []


class Failing:
    """An assistant that always fails, and apologises as the real one does."""

    def __init__(self, assistant: Assistant) -> None:
        self.assistant = assistant

    async def respond(self, message: Message, conversation: dict[str, Any]) -> Turn:
        raise RuntimeError("a fault of ours")

    def apologise(self, message: Message, conversation: dict[str, Any]) -> Turn:
        return self.assistant.apologise(message, conversation)


async def test_after_stop_nothing_is_sent_until_start(system: System, assistant: Assistant) -> None:
    ann = ann_of(system)
    assert await ann.say("stop") == [say(assistant, "stopped", Channel.SMS)]
    assert await opted_out(system) == [True]
    for text in (QUESTION, "MENU", "1", "merci", "?!", "STOP"):
        assert await ann.say(text) == [], text
    for kind in ("voice", "photo", "contact"):
        assert await ann.say(kind=kind) == [], kind
    assert await ann.say(payload="/ask_menu") == []
    assert await ann.say("START") == [say(assistant, "started", Channel.SMS)]
    assert await opted_out(system) == [False]
    assert await ann.say(QUESTION)


async def test_after_stop_danger_is_not_answered_but_reaches_staff(system: System) -> None:
    ann = ann_of(system)
    await ann.say("STOP")
    assert await ann.say("au secours, on me retient de force et on me frappe") == []
    assert [row.kind for row in await system.rows(questions)] == ["urgent"]


async def test_after_stop_not_even_an_apology_is_sent(system: System, assistant: Assistant) -> None:
    ann = ann_of(system)
    before = await ann.say("STOP")
    await ann.write(QUESTION)
    await system.answer(Failing(assistant))
    assert await ann.texts() == before


async def test_stop_of_one_person_silences_nobody_else(system: System) -> None:
    ann, ben = ann_of(system), Phone(system, "ben-" + "b" * 20)
    await ann.say("STOP")
    assert await ben.say(QUESTION)
    assert await Phone(system, ann.session, Channel.TELEGRAM).say("AIDE"), "the same name on another channel"


async def test_stop_takes_back_replies_that_still_wait(sms: SmsUsers, assistant: Assistant) -> None:
    sms.double.fail_next(503)
    assert await sms.say(ALI, QUESTION) == []
    assert await sms.say(ALI, "STOP") == [say(assistant, "stopped", Channel.SMS)]
    await sms.system.make_due()
    await sms.system.answer()
    assert sms.sent_to(ALI) == [say(assistant, "stopped", Channel.SMS)]


async def test_effacer_deletes_everything_about_the_person_and_confirms(system: System, assistant: Assistant) -> None:
    ann, ben = ann_of(system), Phone(system, "ben-" + "b" * 20)
    for text in (QUESTION, "NON", "je veux parler à une personne", "qsdfgh wxcvbn poiuyt", "PAYS", "1"):
        await ann.say(text)
    assert await system.rows(questions) and await system.rows(conversations)
    assert await ann.say("EFFACER") == [say(assistant, "forgotten", Channel.SMS)]
    assert await system.rows(senders) == []
    await assert_nothing_about_anybody(system)
    assert await ben.say("AIDE") == [help_text(assistant, Channel.SMS)]


async def test_effacer_leaves_other_people_alone(system: System) -> None:
    ann, ben = ann_of(system), Phone(system, "ben-" + "b" * 20)
    await ben.say("je veux parler à une personne")
    tables = (senders, conversations, questions, inbox, outbox)
    before = {table.name: await system.rows(table) for table in tables}
    await ann.say(QUESTION)
    await ann.say("EFFACER")
    left = {table.name: await system.rows(table) for table in tables}
    seen = left["inbox"]
    left["inbox"] = [row for row in seen if row.sender_id is not None]
    assert left == before


async def test_who_was_forgotten_is_a_new_person_when_they_write_again(system: System, assistant: Assistant) -> None:
    ann = ann_of(system)
    first = await ann.say(QUESTION)
    await ann.say("LANGUE")
    await ann.say("EFFACER")
    assert await ann.say(QUESTION) == first


async def test_effacer_keeps_the_stop_flag_and_nothing_else(system: System, assistant: Assistant) -> None:
    ann = ann_of(system)
    await ann.say(QUESTION)
    await ann.say("STOP")
    assert await ann.say("EFFACER") == [say(assistant, "forgotten", Channel.SMS)]
    (sender,) = await system.rows(senders)
    assert sender.opted_out_at is not None
    assert (sender.address_sealed, sender.country_guess) == (None, None)
    await assert_nothing_about_anybody(system)
    assert await ann.say(QUESTION) == []
    assert await ann.say("START") == [say(assistant, "started", Channel.SMS)]


async def test_effacer_deletes_messages_that_could_not_be_answered_too(system: System, assistant: Assistant) -> None:
    ann = ann_of(system)
    await ann.write(QUESTION)
    await system.answer(Failing(assistant))
    assert [row.failed_at is not None for row in await system.rows(inbox)] == [True]
    assert say(assistant, "forgotten", Channel.SMS) in await ann.say("EFFACER")
    assert await system.rows(senders) == []
    await assert_nothing_about_anybody(system)


async def test_a_message_that_came_right_after_effacer_is_answered_and_not_left_behind(
    system: System, assistant: Assistant
) -> None:
    ann = ann_of(system)
    for text in (QUESTION, "EFFACER", "AIDE"):
        await ann.write(text)
    await system.answer()
    asked = [say(assistant, "forgotten", Channel.SMS), help_text(assistant, Channel.SMS)]
    assert [text for text in await ann.texts() if text in asked] == asked
    kept = {row.id for row in await system.rows(senders)}
    unowned = [row for row in await system.rows(inbox) if row.sender_id not in kept]
    assert [row.content_sealed for row in unowned] == [None] * len(unowned)


async def test_effacer_is_done_even_where_the_confirmation_cannot_be_sent(sms: SmsUsers) -> None:
    await sms.say(ALI, QUESTION)
    sms.double.opt_out(ALI)
    assert await sms.say(ALI, "EFFACER") == []
    (sender,) = await sms.system.rows(senders)
    assert sender.opted_out_at is not None, "the STOP that Twilio knew of is kept"
    assert (sender.address_sealed, sender.country_guess) == (None, None)
    await assert_nothing_about_anybody(sms.system)
