"""What we send through an operator's SMSC: long replies in parts, partly taken ones, and receipts in any order."""

from __future__ import annotations

import asyncio

import pytest

from bot.assistant import Assistant
from connectors.channel import decode_reply
from connectors.smpp.errors import Status
from connectors.sms.rendering import render
from store.tables import outbox, outbox_parts, receipts
from tests.integration.users import SmppUsers, linked_users

ALI = "+22370000001"
SHORT, LONG = "STOP", "AIDE"  # by how many segments the reply takes: one, two


async def receipt(users: SmppUsers, identifier: str, state: str = "DELIVRD", err: str = "000") -> None:
    dates = "submit date:2611250900 done date:2611250901"
    text = f"id:{identifier} sub:001 dlvrd:001 {dates} stat:{state} err:{err} text:x"
    assert await users.deliver(ALI, text, esm_class=4) == 0


async def written(users: SmppUsers) -> list[str]:
    """The bodies in the outbox, as they should be on the phone."""
    rows = await users.system.rows(outbox)
    return [render(decode_reply(users.system.vault.open(row.content_sealed))) for row in rows]


@pytest.mark.parametrize(("mode", "each"), [("udh", 2), ("udh16", 2), ("sar", 2), ("payload", 1)])
async def test_a_long_reply_arrives_whole(sqlite_url: str, assistant: Assistant, mode: str, each: int) -> None:
    async with linked_users(sqlite_url, assistant, SMPP_LONG_MESSAGES=mode) as users:
        assert await users.say(ALI, LONG) == await written(users)
        (row,) = await users.system.rows(outbox)
    assert (row.status, row.segments) == ("sent", 2)
    assert len(users.smsc.submitted) == each


async def test_a_reply_in_another_alphabet_arrives_whole(smpp: SmppUsers) -> None:
    assert await smpp.say(ALI, "كيف أعود إلى مالي؟", data_coding=8) == await written(smpp)
    codings = {each["data_coding"] for each in smpp.smsc.submitted}
    assert 8 in codings
    assert len(smpp.smsc.submitted) == sum(row.segments for row in await smpp.system.rows(outbox))


async def test_of_a_partly_taken_reply_only_the_rest_is_sent_again(
    smpp: SmppUsers, sqlite_url: str, assistant: Assistant
) -> None:
    await smpp.smsc.order("statuses", statuses=[0, Status.ESME_RSUBMITFAIL])
    await smpp.say(ALI, LONG)
    (row,) = await smpp.system.rows(outbox)
    assert (row.status, row.error) == ("waiting", "ESME_RSUBMITFAIL")
    first, refused = smpp.smsc.seen("submit")
    async with linked_users(sqlite_url, assistant) as again:
        await again.system.make_due()
        await again.system.answer()
        (rest,) = again.smsc.submitted
        assert (rest["udh"], rest["text"]) == (refused["udh"], refused["text"]), "the same part, the same reference"
        assert [first["text"] + rest["text"]] == await written(again)
        assert [row.status for row in await again.system.rows(outbox)] == ["sent"]


async def test_a_reply_is_delivered_when_all_its_parts_are(smpp_anywhere: SmppUsers) -> None:
    await smpp_anywhere.say(ALI, LONG)
    first, second = [each["id"] for each in smpp_anywhere.smsc.submitted]
    await receipt(smpp_anywhere, second)
    assert [row.status for row in await smpp_anywhere.system.rows(outbox)] == ["sent"]
    await receipt(smpp_anywhere, first)
    (row,) = await smpp_anywhere.system.rows(outbox)
    assert (row.status, row.delivered_at is not None) == ("delivered", True)


async def test_a_reply_of_which_a_part_was_not_delivered_was_not(smpp: SmppUsers) -> None:
    await smpp.say(ALI, LONG)
    first, second = [each["id"] for each in smpp.smsc.submitted]
    await receipt(smpp, first, "REJECTD", "012")
    await receipt(smpp, second)
    (row,) = await smpp.system.rows(outbox)
    assert (row.status, row.error) == ("dead", "REJECTD 012")


async def test_a_part_that_expired_is_sent_again_and_nothing_else(smpp_anywhere: SmppUsers) -> None:
    await smpp_anywhere.say(ALI, LONG)
    first, second = smpp_anywhere.smsc.submitted
    await receipt(smpp_anywhere, first["id"], "EXPIRED")
    await receipt(smpp_anywhere, second["id"])
    (row,) = await smpp_anywhere.system.rows(outbox)
    assert (row.status, row.resends) == ("waiting", 1)
    await smpp_anywhere.system.make_due()
    await smpp_anywhere.system.answer()
    again = smpp_anywhere.smsc.submitted[2:]
    assert [(each["udh"], each["text"]) for each in again] == [(first["udh"], first["text"])]
    await receipt(smpp_anywhere, again[0]["id"])
    assert [row.status for row in await smpp_anywhere.system.rows(outbox)] == ["delivered"]


@pytest.mark.parametrize("question", [SHORT, LONG])
async def test_receipts_may_come_before_the_answer_to_what_they_are_about(
    smpp_anywhere: SmppUsers, question: str
) -> None:
    await smpp_anywhere.smsc.order("ids", ids=["e1", "e2"])
    await smpp_anywhere.smsc.order("hold")
    await smpp_anywhere.deliver(ALI, question)
    answering = asyncio.create_task(smpp_anywhere.system.answer())
    await smpp_anywhere.smsc.until(lambda: smpp_anywhere.smsc.seen("submit"), "the reply")
    await receipt(smpp_anywhere, "e1")
    if question == LONG:
        await receipt(smpp_anywhere, "e2")
    await smpp_anywhere.smsc.order("release")
    await answering
    (row,) = await smpp_anywhere.system.rows(outbox)
    assert (row.status, row.delivered_at is not None) == ("delivered", True)
    assert await smpp_anywhere.system.rows(receipts) == []


@pytest.mark.parametrize(("setting", "ours", "theirs"), [
    ("same", "00AB", "ab"), ("hex-decimal", "AB", "0000000171"), ("decimal-hex", "171", "000000AB"),
])
async def test_ids_are_found_in_whatever_form_receipts_name_them(
    sqlite_url: str, assistant: Assistant, setting: str, ours: str, theirs: str
) -> None:
    async with linked_users(sqlite_url, assistant, SMPP_MESSAGE_IDS=setting) as users:
        await users.smsc.order("ids", ids=[ours])
        await users.say(ALI, SHORT)
        await receipt(users, theirs)
        assert [row.status for row in await users.system.rows(outbox)] == ["delivered"]


async def test_a_receipt_may_be_in_parameters_alone(smpp: SmppUsers) -> None:
    await smpp.say(ALI, SHORT)
    (sent,) = smpp.smsc.submitted
    await smpp.deliver(ALI, esm_class=4, receipted_message_id=sent["id"], message_state=2)
    assert [row.status for row in await smpp.system.rows(outbox)] == ["delivered"]


async def test_receipts_on_the_way_and_of_others_change_nothing(smpp: SmppUsers) -> None:
    await smpp.say(ALI, SHORT)
    (sent,) = smpp.smsc.submitted
    before = await smpp.system.rows(outbox)
    await receipt(smpp, sent["id"], "ENROUTE")
    await receipt(smpp, "of somebody else")
    assert await smpp.deliver(ALI, "no receipt at all", esm_class=4) == 0
    assert await smpp.system.rows(outbox) == before


async def test_effacer_forgets_the_parts_of_replies_too(smpp_anywhere: SmppUsers) -> None:
    await smpp_anywhere.say(ALI, LONG)
    assert await smpp_anywhere.system.rows(outbox_parts)
    await smpp_anywhere.say(ALI, "EFFACER")
    assert await smpp_anywhere.system.rows(outbox_parts) == []
