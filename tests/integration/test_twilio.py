"""SMS through Twilio: signatures, replies by REST, receipts, and numbers that do not want us."""

from __future__ import annotations

import asyncio
import hashlib
import sqlite3
from pathlib import Path
from urllib.parse import urlencode

import pytest
from sqlalchemy import select

from bot.assistant import Assistant
from connectors.channel import decode_message
from connectors.sms.webhook import EMPTY_TWIML, STATUS_PATH
from store.engine import now, transaction
from store.messages import Channel
from store.tables import inbox, outbox, senders, sends
from tests.doubles.twilio import sign
from tests.integration.system import AUTH_TOKEN, NUMBER, PUBLIC_URL, help_text, say
from tests.integration.users import SmsUsers, texting

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
    async with texting(sqlite_url, assistant, PUBLIC_URL=public_url + "/") as users:
        assert (await users.deliver(ALI, "AIDE", public_url=public_url)).status_code == 200
        assert (await users.deliver(ALI, "AIDE", public_url=users.system.address)).status_code == 403
        assert (await users.deliver(ALI, "AIDE", public_url="https://other.example.org")).status_code == 403
        assert await users.system.count(inbox) == 1


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
    async with texting(sqlite_url, assistant, TWILIO_FROM=service) as users:
        assert await users.say(ALI, "AIDE")
    assert (users.double.sent[0].messaging_service_sid, users.double.sent[0].from_) == (service, None)


async def test_a_message_that_comes_twice_is_answered_once(sms: SmsUsers) -> None:
    first = await sms.say(ALI, "AIDE", MessageSid="SM" + "7" * 32)
    assert len(first) == 1
    assert await sms.say(ALI, "AIDE", MessageSid="SM" + "7" * 32) == []
    assert await sms.system.count(inbox) == 1


async def test_trouble_at_twilio_delays_a_reply_and_loses_none(sms: SmsUsers, assistant: Assistant) -> None:
    for status, code in ((429, 20429), (500, 20500), (503, 20503), (400, 21611), (401, 20003)):
        before = len(sms.sent_to(ALI))
        sms.double.fail_next(status, code)
        assert await sms.say(ALI, "AIDE") == []
        row = (await sms.system.rows(outbox))[-1]
        assert (row.status, row.error, row.attempts) == ("waiting", str(code), 1)
        await sms.system.make_due()
        await sms.system.answer()
        assert sms.sent_to(ALI)[before:] == [help_text(assistant, Channel.SMS)]


async def test_twilio_says_how_long_to_wait(each_sms: SmsUsers) -> None:
    each_sms.double.fail_next(429, retry_after=400)
    assert await each_sms.say(ALI, "AIDE") == []
    async with transaction(each_sms.system.engine) as connection:
        wait = await connection.scalar(select(outbox.c.next_attempt_at - now(connection)))
    assert 390 < wait <= 400
    await each_sms.system.answer()
    assert len(each_sms.double.calls) == 1, "not before"


async def test_every_try_is_counted_without_the_person(each_sms: SmsUsers) -> None:
    each_sms.double.fail_next(503)
    await each_sms.say(BEA, "AIDE")
    await each_sms.system.make_due()
    await each_sms.system.answer()
    await each_sms.say("+251911000001", "AIDE")
    cost = each_sms.double.sent[0].num_segments
    rows = await each_sms.system.rows(sends)
    assert [(row.provider, row.country, row.result, row.segments) for row in rows] == [
        ("twilio", "DJ", "20503", 0), ("twilio", "DJ", "sent", cost), ("twilio", "ET", "sent", cost)
    ]


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


@pytest.mark.parametrize("signed_for", ["https://sahan.example.org", "https://sahan.example.org:443"])
@pytest.mark.parametrize("setting", ["https://sahan.example.org", "https://sahan.example.org:443"])
async def test_the_standard_port_may_be_named_or_not(
    sqlite_url: str, assistant: Assistant, setting: str, signed_for: str
) -> None:
    async with texting(sqlite_url, assistant, PUBLIC_URL=setting) as users:
        path = "/sms/twilio?from=a%20b&again=&from=c"
        assert (await users.deliver(ALI, "AIDE", path=path, public_url=signed_for)).status_code == 200
        assert (await users.deliver(ALI, "AIDE", path=path, public_url="https://sahan.example.org:444")
                ).status_code == 403
        await users.system.answer()
        assert users.double.sent[0].status_callback == setting + STATUS_PATH


async def test_a_json_body_is_no_message_even_if_signed(sms: SmsUsers) -> None:
    """Twilio signs JSON by its hash in the query; messages and receipts always come as forms."""
    body = '{"MessageSid": "SM1", "From": "+22370000001", "Body": "AIDE"}'
    path = "/sms/twilio?bodySHA256=" + hashlib.sha256(body.encode()).hexdigest()
    headers = {"Content-Type": "application/json", "X-Twilio-Signature": sign(AUTH_TOKEN, PUBLIC_URL + path, {})}
    assert (await sms.system.post(path, body, headers)).status_code == 403
    assert await sms.system.count(inbox) == 0


async def test_a_long_message_comes_joined_and_is_kept_whole(sms: SmsUsers) -> None:
    text = ("Comment rentrer au Mali depuis Djibouti ? " * 40)[:1600]
    assert await sms.say(ALI, text, NumSegments="11")
    (row,) = await sms.system.rows(inbox)
    message = decode_message(sms.system.vault.open(row.content_sealed), opted_out=False, country_guess=None)
    assert message.text == text


async def test_a_name_sends_and_staff_are_told_that_nobody_can_answer_it(
    sqlite_url: str, assistant: Assistant
) -> None:
    async with texting(sqlite_url, assistant, TWILIO_FROM="MG Sahan") as users:
        await users.say(ALI, "AIDE")
        assert (users.double.sent[0].from_, users.double.sent[0].messaging_service_sid) == ("MG Sahan", None)
        (note,) = (await users.system.get("/readyz")).json()["notes"]
        assert '"MG Sahan"' in note and "cannot answer" in note
