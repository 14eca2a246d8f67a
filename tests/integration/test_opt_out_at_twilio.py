"""Twilio's own opt-out and ours say the same, and people get one answer, not two. On both databases."""

from __future__ import annotations

import pytest

from bot.assistant import Assistant
from store.messages import Channel
from store.tables import outbox, senders
from tests.integration.system import say
from tests.integration.users import SmsUsers

ALI = "+22370000001"
QUESTION = "comment rentrer au Mali?"


async def opted_out(users: SmsUsers) -> bool:
    (sender,) = await users.system.rows(senders)
    return sender.opted_out_at is not None


async def test_who_opted_out_at_twilio_has_opted_out_here_until_a_word_undoes_it(
    each_sms: SmsUsers, assistant: Assistant
) -> None:
    each_sms.double.opt_out(ALI)
    assert await each_sms.say(ALI, QUESTION) == []
    assert {(row.status, row.error) for row in await each_sms.system.rows(outbox)} == {("dead", "21610")}
    assert await opted_out(each_sms)
    assert len(each_sms.double.calls) == 1
    assert await each_sms.say(ALI, QUESTION) == [] and len(each_sms.double.calls) == 1, "not even tried"
    each_sms.double.opt_in(ALI)
    assert await each_sms.say(ALI, QUESTION) == [], "only a word undoes it"
    assert await each_sms.say(ALI, "START") == [say(assistant, "started", Channel.SMS)]
    assert not await opted_out(each_sms)
    assert await each_sms.say(ALI, QUESTION)


@pytest.mark.parametrize("text", ["STOP", "Basta"])
async def test_what_advanced_opt_out_has_answered_counts_and_is_not_answered_twice(
    each_sms: SmsUsers, text: str
) -> None:
    """Its words are set up at Twilio: we need not know them."""
    assert await each_sms.say(ALI, text, OptOutType="STOP") == []
    assert await opted_out(each_sms)
    assert await each_sms.say(ALI, QUESTION) == []
    assert await each_sms.say(ALI, "Hola", OptOutType="START") == []
    assert not await opted_out(each_sms)
    assert await each_sms.say(ALI, "HELP", OptOutType="HELP") == []
    assert await each_sms.say(ALI, QUESTION)
    assert await each_sms.system.rows(outbox, outbox.c.status == "dead") == []


async def test_an_unknown_opt_out_type_is_an_ordinary_message(each_sms: SmsUsers) -> None:
    assert await each_sms.say(ALI, "AIDE", OptOutType="LATER")
    assert await each_sms.say(ALI, "AIDE", OptOutType="")
