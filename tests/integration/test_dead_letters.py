"""Replies that were given up: kept, listed without texts, and sent again when staff say so. On both databases."""

from __future__ import annotations

from bot.assistant import Assistant
from connectors.dead_letters import list_dead, resend
from store.messages import Channel
from store.tables import outbox, senders
from tests.integration.system import help_text
from tests.integration.users import SmsUsers

ALI, BEA, DAN = "+22370000001", "+25377000002", "+251911000003"


async def given_up(users: SmsUsers, number: str, code: int) -> None:
    users.double.fail_next(400, code)
    assert await users.say(number, "AIDE") == []


async def test_dead_letters_are_listed_by_code_without_text_or_number(each_sms: SmsUsers) -> None:
    engine = each_sms.system.engine
    assert await list_dead(engine) == []
    await given_up(each_sms, ALI, 21612)
    await given_up(each_sms, BEA, 30007)
    pseudonyms = [row.pseudonym for row in await each_sms.system.rows(senders)]
    found = await list_dead(engine)
    assert [(each.pseudonym, each.channel, each.code) for each in found] == [
        (pseudonyms[0], "sms", "21612"), (pseudonyms[1], "sms", "30007")
    ]
    assert all(each.dead_at > 0 for each in found)
    assert [each.code for each in await list_dead(engine, "30007")] == ["30007"]


async def test_dead_letters_are_sent_again_by_id_by_code_or_all(each_sms: SmsUsers, assistant: Assistant) -> None:
    help_, engine = [help_text(assistant, Channel.SMS)], each_sms.system.engine
    for number, code in ((ALI, 30007), (BEA, 21408), (DAN, 30007)):
        await given_up(each_sms, number, code)
    ids = [row.id for row in await each_sms.system.rows(outbox)]
    assert await resend(engine, ids=[ids[0], 999]) == [ids[0]]
    await each_sms.system.answer()
    assert (each_sms.sent_to(ALI), each_sms.sent_to(BEA), each_sms.sent_to(DAN)) == (help_, [], [])
    assert await resend(engine, code="21408") == [ids[1]]
    assert await resend(engine) == [ids[2]]
    await each_sms.system.answer()
    assert each_sms.sent_to(BEA) == each_sms.sent_to(DAN) == help_
    assert {(row.status, row.dead_at, row.error) for row in await each_sms.system.rows(outbox)} == {
        ("sent", None, None)
    }
    assert await resend(engine) == []


async def test_what_stop_took_back_and_who_has_sent_stop_are_left_alone(each_sms: SmsUsers) -> None:
    await given_up(each_sms, ALI, 30007)
    each_sms.double.fail_next(503)
    await each_sms.say(BEA, "AIDE")
    for number in (ALI, BEA):
        await each_sms.say(number, "STOP")
    assert await resend(each_sms.system.engine) == []
    await each_sms.say(BEA, "START")
    assert [each.code for each in await list_dead(each_sms.system.engine)] == ["30007", "stop"]
    assert await resend(each_sms.system.engine) == []
