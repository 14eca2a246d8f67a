"""SMS through Twilio: signatures, replies by REST, receipts, and numbers that do not want us."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path
from urllib.parse import urlencode

import pytest

from bot.assistant import Assistant
from connectors.sms.webhook import EMPTY_TWIML, STATUS_PATH
from store.messages import Channel
from store.tables import inbox, outbox, senders
from tests.doubles import TwilioDouble
from tests.doubles.twilio import sign
from tests.integration.system import ACCOUNT_SID, AUTH_TOKEN, NUMBER, PUBLIC_URL, help_text, running, say, settings_of
from tests.integration.system import twilio_settings as settings_for
from tests.integration.users import SmsUsers

ALI, BEA = "+22370000001", "+25377000002"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
FIELDS = {"MessageSid": "SM" + "1" * 32, "From": ALI, "To": NUMBER, "Body": "AIDE", "FromCity": "", "NumMedia": "0"}


@pytest.mark.parametrize("query", ["", "?source=twilio&empty=&name=%C3%A9t%C3%A9+x"])
async def test_a_signed_message_is_on_the_disk_when_it_is_acknowledged(
    sms: SmsUsers, tmp_path: Path, query: str
) -> None:
    answer = await sms.deliver(ALI, "AIDE", path="/sms/twilio" + query)
    assert answer.status_code == 200
    assert answer.text == EMPTY_TWIML
    assert answer.headers["content-type"].startswith("text/xml")
    with sqlite3.connect(tmp_path / "sahan.db") as other:
        assert other.execute("SELECT count(*) FROM inbox WHERE processed_at IS NULL").fetchone() == (1,)
    assert sms.double.sent == []


@pytest.mark.parametrize("public_url", ["https://sahan.example.org:8443", "https://example.org/sahan",
                                        "http://192.0.2.1:8080"])
async def test_the_signature_is_checked_for_the_public_address(
    sqlite_url: str, assistant: Assistant, public_url: str
) -> None:
    with TwilioDouble(ACCOUNT_SID, AUTH_TOKEN, number=NUMBER) as double:
        settings = settings_of(sqlite_url, **settings_for(double.root, PUBLIC_URL=public_url + "/"))
        async with running(settings, assistant) as system:
            users = SmsUsers(system, double)
            assert (await users.deliver(ALI, "AIDE", public_url=public_url)).status_code == 200
            assert (await users.deliver(ALI, "AIDE", public_url=system.address)).status_code == 403
            assert (await users.deliver(ALI, "AIDE", public_url="https://other.example.org")).status_code == 403
            assert await system.count(inbox) == 1


async def test_what_twilio_did_not_sign_is_refused_and_not_stored(sms: SmsUsers) -> None:
    url = PUBLIC_URL + "/sms/twilio"
    right = sign(AUTH_TOKEN, url, FIELDS)
    forged = {
        "no signature": (FIELDS, "", None),
        "not a signature": (FIELDS, "", "x" * 28),
        "another token": (FIELDS, "", sign("another token", url, FIELDS)),
        "another text": ({**FIELDS, "Body": "STOP"}, "", right),
        "another sender": ({**FIELDS, "From": BEA}, "", right),
        "one more field": ({**FIELDS, "More": ""}, "", sign(AUTH_TOKEN, url, {**FIELDS, "More": "x"})),
        "a blank field left out": (FIELDS, "", sign(AUTH_TOKEN, url, {n: v for n, v in FIELDS.items() if v})),
        "one more parameter": (FIELDS, "?x=1", right),
        "another path": (FIELDS, "", sign(AUTH_TOKEN, PUBLIC_URL + STATUS_PATH, FIELDS)),
    }
    statuses = {}
    for name, (fields, query, signature) in forged.items():
        headers = FORM if signature is None else {**FORM, "X-Twilio-Signature": signature}
        answer = await sms.system.post("/sms/twilio" + query, urlencode(fields), headers)
        statuses[name] = answer.status_code
        statuses[f"{name}, receipt"] = (await sms.system.post(STATUS_PATH, urlencode(fields), headers)).status_code
    statuses.pop("another path, receipt")
    assert set(statuses.values()) == {403}, statuses
    assert await sms.system.count(inbox) == await sms.system.count(senders) == 0
    answer = await sms.system.post("/sms/twilio", urlencode(FIELDS), {**FORM, "X-Twilio-Signature": right})
    assert answer.status_code == 200


async def test_the_reply_goes_out_by_rest_with_a_receipt_asked_for(sms: SmsUsers, assistant: Assistant) -> None:
    await sms.say(ALI, "AIDE")
    (sent,) = sms.double.sent
    assert (sent.to, sent.from_, sent.body) == (ALI, NUMBER, help_text(assistant, Channel.SMS))
    assert sent.status_callback == PUBLIC_URL + STATUS_PATH
    (row,) = await sms.system.rows(outbox)
    assert (row.status, row.provider_message_id, row.segments) == ("sent", sent.sid, sent.num_segments)


async def test_a_messaging_service_chooses_the_sender(sqlite_url: str, assistant: Assistant) -> None:
    service = "MG" + "a" * 32
    with TwilioDouble(ACCOUNT_SID, AUTH_TOKEN, number=NUMBER) as double:
        settings = settings_of(sqlite_url, **settings_for(double.root, TWILIO_FROM=service))
        async with running(settings, assistant) as system:
            assert await SmsUsers(system, double).say(ALI, "AIDE")
    assert (double.sent[0].messaging_service_sid, double.sent[0].from_) == (service, None)


async def test_a_message_that_comes_twice_is_answered_once(sms: SmsUsers) -> None:
    first = await sms.say(ALI, "AIDE", MessageSid="SM" + "7" * 32)
    assert len(first) == 1
    assert await sms.say(ALI, "AIDE", MessageSid="SM" + "7" * 32) == []
    assert await sms.system.count(inbox) == 1


async def test_trouble_at_twilio_delays_a_reply_and_loses_none(sms: SmsUsers, assistant: Assistant) -> None:
    for status, code in ((429, 20429), (500, 20500), (503, 20503)):
        before = len(sms.sent_to(ALI))
        sms.double.fail_next(status, code)
        assert await sms.say(ALI, "AIDE") == []
        row = (await sms.system.rows(outbox))[-1]
        assert (row.status, row.error, row.attempts) == ("waiting", str(code), 1)
        await sms.system.make_due()
        await sms.system.answer()
        assert sms.sent_to(ALI)[before:] == [help_text(assistant, Channel.SMS)]


async def test_a_number_that_does_not_exist_holds_up_nobody_else(sms: SmsUsers, assistant: Assistant) -> None:
    await sms.deliver("+1", "AIDE")
    await sms.deliver(BEA, "AIDE")
    await sms.system.answer()
    assert sms.sent_to(BEA) == [help_text(assistant, Channel.SMS)]
    assert sorted(row.status for row in await sms.system.rows(outbox)) == ["dead", "sent"]


async def test_a_picture_without_words_gets_a_sensible_reply(sms: SmsUsers, assistant: Assistant) -> None:
    replies = await sms.say(ALI, "", NumMedia="1", MediaUrl0="https://api.twilio.com/x", MediaContentType0="image/jpeg")
    assert replies[0] == say(assistant, "cannot_read_photo", Channel.SMS)


async def test_many_messages_at_once_are_each_stored_once(sms: SmsUsers) -> None:
    sids = [f"SM{number:032d}" for number in range(12)] * 2
    answers = await asyncio.gather(*(sms.deliver(ALI, "AIDE", MessageSid=sid) for sid in sids))
    assert {answer.status_code for answer in answers} == {200}
    assert await sms.system.count(inbox) == 12
    assert await sms.system.count(senders) == 1
