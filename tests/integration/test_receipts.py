"""Delivery receipts: any order, twice, before the send is recorded; what fails for now is sent again."""

from __future__ import annotations

import asyncio
from itertools import permutations
from typing import Any

import pytest
from sqlalchemy import Row, insert, select, update

from bot.assistant import Assistant
from connectors.errors import SendError
from connectors.inbox import take_lease
from connectors.receipts import KEPT_SECONDS, RESEND_SECONDS, Receipt, record_receipt
from connectors.retention import purge
from connectors.sms.webhook import STATUS_PATH
from store.engine import now, transaction
from store.messages import Channel, Provider
from store.tables import outbox, receipts, senders, sends
from tests.doubles.twilio import Sent
from tests.integration.system import PUBLIC_URL, help_text, say
from tests.integration.users import SmsUsers

ALI = "+22370000001"
UNREACHABLE = 30004


async def only(users: SmsUsers) -> Row[Any]:
    (row,) = await users.system.rows(outbox)
    return row


async def opted_out(users: SmsUsers) -> bool:
    (sender,) = await users.system.rows(senders)
    return sender.opted_out_at is not None


def report_before_the_answer(users: SmsUsers, *receipts_: tuple[str, int | None]) -> None:
    """Twilio reports what became of a message before it answers our request to send it."""

    def report(sent: Sent) -> None:
        for status, code in receipts_:
            users.double.send_status(users.system.address + STATUS_PATH, sent.sid, status, code,
                                     public_url=PUBLIC_URL + STATUS_PATH)

    users.double.before_answer = report


async def test_the_order_of_receipts_makes_no_difference(sms: SmsUsers) -> None:
    for order in permutations(["queued", "sent", "delivered"]):
        await sms.say(ALI, "AIDE")
        for status in (*order, "delivered"):
            assert (await sms.status(sms.double.sent[-1].sid, status)).status_code == 200
        row = (await sms.system.rows(outbox))[-1]
        assert row.status == "delivered" and row.delivered_at is not None, order


async def test_a_delivery_outweighs_a_failure_whichever_comes_first(each_sms: SmsUsers) -> None:
    for place, order in enumerate([("undelivered", "delivered"), ("delivered", "undelivered", "failed")]):
        await each_sms.say(ALI, "AIDE")
        for status in order:
            await each_sms.status(each_sms.double.sent[place].sid, status, 30007 if status != "delivered" else None)
        row = (await each_sms.system.rows(outbox))[place]
        assert (row.status, row.error, row.dead_at) == ("delivered", None, None), order


async def test_a_delivery_reported_before_the_send_is_recorded_counts(each_sms: SmsUsers) -> None:
    early: list[list[tuple[str, int | None]]] = [
        [("delivered", None)], [("undelivered", 30007), ("delivered", None)],
        [("sent", None), ("delivered", None), ("undelivered", 30007)],
    ]
    for reported in early:
        report_before_the_answer(each_sms, *reported)
        assert await each_sms.say(ALI, "AIDE")
        row = (await each_sms.system.rows(outbox))[-1]
        assert row.status == "delivered" and row.delivered_at is not None, reported
    assert await each_sms.system.count(receipts) == 0


async def test_a_failure_reported_before_the_send_is_recorded_counts(each_sms: SmsUsers) -> None:
    report_before_the_answer(each_sms, ("undelivered", 30003))
    await each_sms.say(ALI, "AIDE")
    row = await only(each_sms)
    assert (row.status, row.error, row.resends) == ("waiting", "30003", 1)
    report_before_the_answer(each_sms, ("failed", 30005))
    await each_sms.system.make_due()
    await each_sms.system.answer()
    row = await only(each_sms)
    assert (row.status, row.error) == ("dead", "30005") and row.dead_at is not None
    (sender,) = await each_sms.system.rows(senders)
    assert sender.blocked_at is not None


async def test_a_receipt_and_the_recording_of_the_send_do_not_miss_each_other(each_sms: SmsUsers) -> None:
    """Many at once: each receipt is on its way while the send that it is about is recorded."""
    loop, pending = asyncio.get_running_loop(), []

    def report_while_answering(sent: Sent) -> None:
        pending.append(asyncio.run_coroutine_threadsafe(each_sms.status(sent.sid, "delivered"), loop))

    each_sms.double.before_answer = report_while_answering
    people = [f"+2237000{number:04d}" for number in range(20)]
    await asyncio.gather(*(each_sms.deliver(each, "AIDE") for each in people))
    await each_sms.system.answer()
    await asyncio.gather(*(asyncio.wrap_future(each) for each in pending))
    assert [row.status for row in await each_sms.system.rows(outbox)] == ["delivered"] * 20
    assert await each_sms.system.count(receipts) == 0


async def test_what_fails_for_now_is_sent_again_a_few_times_later_and_later(
    each_sms: SmsUsers, assistant: Assistant
) -> None:
    code = 30003
    await each_sms.say(ALI, "AIDE")
    for resends, longest in enumerate(RESEND_SECONDS, start=1):
        sid = each_sms.double.sent[-1].sid
        for _ in range(2):
            assert (await each_sms.status(sid, "undelivered", code)).status_code == 200
        row = await only(each_sms)
        assert (row.status, row.error, row.resends) == ("waiting", str(code), resends), "once, though told twice"
        async with transaction(each_sms.system.engine) as connection:
            wait = await connection.scalar(select(outbox.c.next_attempt_at - now(connection)))
        assert longest / 2 - 5 < wait <= longest
        await each_sms.system.make_due()
        await each_sms.system.answer()
        assert (await only(each_sms)).status == "sent"
    await each_sms.status(each_sms.double.sent[-1].sid, "undelivered", code)
    row = await only(each_sms)
    assert (row.status, row.error) == ("dead", str(code)) and row.dead_at is not None
    assert each_sms.sent_to(ALI) == [help_text(assistant, Channel.SMS)] * (1 + len(RESEND_SECONDS))


@pytest.mark.parametrize("code", [30007, None, UNREACHABLE])
async def test_what_fails_for_good_is_not_sent_again(each_sms: SmsUsers, code: int | None) -> None:
    await each_sms.say(ALI, "AIDE")
    await each_sms.status(each_sms.double.sent[0].sid, "failed", code)
    row = await only(each_sms)
    assert (row.status, row.error) == ("dead", str(code or 400)) and row.dead_at is not None
    (sender,) = await each_sms.system.rows(senders)
    assert (sender.blocked_at is not None) is (code == UNREACHABLE)
    await each_sms.system.make_due()
    await each_sms.system.answer()
    assert len(each_sms.double.calls) == 1


async def test_a_number_that_cannot_be_reached_gets_nothing_of_what_waits(each_sms: SmsUsers) -> None:
    await each_sms.say(ALI, "AIDE")
    each_sms.double.fail_next(503)
    assert await each_sms.say(ALI, "AIDE") == []
    await each_sms.status(each_sms.double.sent[0].sid, "undelivered", 30005)
    assert [row.status for row in await each_sms.system.rows(outbox)] == ["dead", "dead"]


async def test_a_receipt_of_an_earlier_try_ends_the_sending_again_or_changes_nothing(each_sms: SmsUsers) -> None:
    await each_sms.say(ALI, "AIDE")
    first = each_sms.double.sent[0].sid
    await each_sms.status(first, "undelivered", 30008)
    await each_sms.status(first, "delivered")
    assert (await only(each_sms)).status == "delivered", "it had arrived after all: it is not sent again"
    await each_sms.say(ALI, "AIDE")
    second = each_sms.double.sent[1].sid
    await each_sms.status(second, "undelivered", 30008)
    await each_sms.system.make_due()
    await each_sms.system.answer()
    await each_sms.status(second, "undelivered", 30005)
    assert [row.status for row in await each_sms.system.rows(outbox)] == ["delivered", "sent"]


async def test_later_replies_wait_behind_what_is_sent_again_and_writing_again_ends_the_wait(
    each_sms: SmsUsers, assistant: Assistant
) -> None:
    await each_sms.say(ALI, "AIDE")
    await each_sms.status(each_sms.double.sent[0].sid, "undelivered", 30003)
    help_, nothing = help_text(assistant, Channel.SMS), say(assistant, "nothing_more", Channel.SMS)
    assert (await each_sms.say(ALI, "SUITE"))[:2] == [help_, nothing]


async def test_an_old_list_of_choices_is_not_sent_again_after_a_newer_reply(each_sms: SmsUsers) -> None:
    await each_sms.say(ALI, "AIDE")
    menu = await each_sms.say(ALI, "MENU")
    sid = each_sms.double.sent[-1].sid
    await each_sms.say(ALI, "AIDE")
    await each_sms.status(sid, "undelivered", 30003)
    await each_sms.system.make_due()
    await each_sms.system.answer()
    assert each_sms.sent_to(ALI).count(menu[-1]) == 1
    assert [row.error for row in await each_sms.system.rows(outbox, outbox.c.status == "dead")] == ["overtaken"]


async def test_nothing_is_sent_again_after_stop(each_sms: SmsUsers, assistant: Assistant) -> None:
    await each_sms.say(ALI, "AIDE")
    await each_sms.say(ALI, "STOP")
    await each_sms.status(each_sms.double.sent[0].sid, "undelivered", 30003)
    await each_sms.system.make_due()
    await each_sms.system.answer()
    assert each_sms.sent_to(ALI) == [help_text(assistant, Channel.SMS), say(assistant, "stopped", Channel.SMS)]


async def test_the_same_id_at_two_providers_is_two_messages(each_sms: SmsUsers) -> None:
    await each_sms.say(ALI, "AIDE")
    row = await only(each_sms)
    async with transaction(each_sms.system.engine) as connection:
        other = await connection.scalar(
            insert(senders).values(pseudonym="other", channel="sms", provider="simulator", address_hash="x",
                                   created_at=0.0).returning(senders.c.id)
        )
        await connection.execute(
            insert(outbox).values(idempotency_key="other", sender_id=other, status="sent", next_attempt_at=0.0,
                                  created_at=0.0, provider_message_id=row.provider_message_id)
        )
        receipt = Receipt(Provider.SIMULATOR, row.provider_message_id, SendError("1", retryable=False))
        assert await record_receipt(connection, receipt)
    assert [each.status for each in await each_sms.system.rows(outbox)] == ["sent", "dead"]
    await each_sms.status(row.provider_message_id, "delivered")
    assert [each.status for each in await each_sms.system.rows(outbox)] == ["delivered", "dead"]


async def test_receipts_for_what_we_never_sent_are_kept_for_a_while_only(each_sms: SmsUsers) -> None:
    await each_sms.say(ALI, "AIDE")
    before = await each_sms.system.rows(outbox)
    assert (await each_sms.status("SM" + "9" * 32, "delivered")).status_code == 200
    assert (await each_sms.status(each_sms.double.sent[0].sid, "of next year")).status_code == 400
    assert (await each_sms.status("S" * 65, "delivered")).status_code == 400
    assert (await each_sms.status(each_sms.double.sent[0].sid, "delivered", auth_token="wrong")).status_code == 403
    assert await each_sms.system.rows(outbox) == before
    await purge(each_sms.system.engine, 30)
    assert await each_sms.system.count(receipts) == 1
    async with transaction(each_sms.system.engine) as connection:
        await connection.execute(update(receipts).values(received_at=receipts.c.received_at - KEPT_SECONDS - 1))
    await purge(each_sms.system.engine, 30)
    assert await each_sms.system.count(receipts) == 0


async def test_what_the_provider_took_is_recorded_even_if_another_worker_serves_the_person_meanwhile(
    each_sms: SmsUsers, assistant: Assistant
) -> None:
    loop, system = asyncio.get_running_loop(), each_sms.system

    async def take_over() -> None:
        (sender,) = await system.rows(senders)
        await system.make_due()
        assert await take_lease(system.engine, sender.id, "another worker") is not None

    each_sms.double.before_answer = lambda sent: asyncio.run_coroutine_threadsafe(take_over(), loop).result(10)
    assert await each_sms.say(ALI, "AIDE") == [help_text(assistant, Channel.SMS)]
    row = await only(each_sms)
    assert (row.status, row.provider_message_id) == ("sent", each_sms.double.sent[0].sid)
    (sender,) = await system.rows(senders)
    assert sender.lease_owner == "another worker"


async def test_a_failure_is_not_recorded_by_a_worker_that_another_has_overtaken(each_sms: SmsUsers) -> None:
    """The other one has sent it, or is about to: what failed here says nothing about that."""
    loop, system = asyncio.get_running_loop(), each_sms.system
    taken: list[str] = []

    async def send_with_another_worker() -> None:
        each_sms.double.before_answer = None
        await system.make_due()
        await system.answer()

    def overtaken(sent: Sent) -> None:
        taken.append(sent.sid)
        asyncio.run_coroutine_threadsafe(send_with_another_worker(), loop).result(10)
        raise OSError("the answer to the first worker is lost")

    each_sms.double.before_answer = overtaken
    await each_sms.say(ALI, "AIDE")
    row = await only(each_sms)
    assert len(each_sms.double.sent) == 2, "no provider call is exactly-once"
    assert (row.status, row.error, row.attempts) == ("sent", None, 1)
    assert row.provider_message_id == each_sms.double.sent[1].sid != taken[0]
    assert [each.result for each in await system.rows(sends)] == ["sent"]
