"""The link to an operator's SMSC: bound, kept, lost, bound again; no faster than the SMSC allows."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from bot.assistant import Assistant
from connectors.smpp.errors import Status
from store.messages import Channel, Provider
from store.tables import inbox, outbox, senders
from tests.conftest import environment
from tests.doubles import running_smsc
from tests.integration.system import SHORT_CODE, help_text, running, say, settings_of, smpp_settings
from tests.integration.users import SmppUsers, linked_users, until

ALI, BEA = "+22370000001", "+25377000002"


@pytest.mark.parametrize("kind", ["node-smpp", "Net::SMPP"])
@pytest.mark.parametrize("binding", ["transceiver", "pair"])
async def test_a_message_is_answered_and_the_link_unbound_at_the_end(
    sqlite_url: str, assistant: Assistant, kind: str, binding: str
) -> None:
    binds = {"transceiver": ["bind_transceiver"], "pair": ["bind_receiver", "bind_transmitter"]}[binding]
    async with linked_users(sqlite_url, assistant, kind=kind, binds=len(binds), SMPP_BIND=binding) as users:
        smsc = users.smsc
        assert await users.say(ALI, "AIDE") == [help_text(assistant, Channel.SMS)]
        assert await smsc.ask("enquire") == 0
    assert len(smsc.seen("unbind")) == len(binds)
    assert sorted(each["command"] for each in smsc.seen("bound")) == binds
    assert {(each["system_id"], each["password"]) for each in smsc.seen("bound")} == {("sahan", "secret")}
    assert {(each["from"], each["registered_delivery"]) for each in smsc.submitted} == {(SHORT_CODE, 1)}


async def test_without_a_link_nobodys_replies_fail(smpp: SmppUsers, assistant: Assistant) -> None:
    await smpp.smsc.order("refuse", status=Status.ESME_RINVPASWD)
    assert await smpp.deliver(ALI, "AIDE") == 0
    await smpp.smsc.order("drop")
    await until(lambda: smpp.adapter.problem is not None and "ESME_RINVPASWD" in smpp.adapter.problem)
    await smpp.system.answer()
    assert await smpp.system.rows(outbox) == []
    assert [row.processed_at for row in await smpp.system.rows(inbox)] == [None]
    await smpp.smsc.order("refuse", status=0)
    await smpp.linked(2)
    await smpp.system.answer()
    assert smpp.sent_to(ALI) == [help_text(assistant, Channel.SMS)]


@pytest.mark.parametrize("order", ["drop", "unbind", "raw"])
async def test_a_link_that_ends_is_bound_again(smpp: SmppUsers, assistant: Assistant, order: str) -> None:
    more = {"raw": {"octets": "474554202f20485454502f312e310d0a0d0a"}}.get(order, {})  # what a web browser would send
    await smpp.smsc.order(order, **more)
    await smpp.linked(2)
    assert await smpp.say(ALI, "AIDE") == [help_text(assistant, Channel.SMS)]


async def test_an_smsc_that_does_not_answer_is_left_and_bound_again(sqlite_url: str, assistant: Assistant) -> None:
    seconds = {"SMPP_ENQUIRE_LINK_SECONDS": "1", "SMPP_RESPONSE_SECONDS": "1"}
    async with linked_users(sqlite_url, assistant, **seconds) as users:
        await users.smsc.order("deafen", deaf=True)
        await users.smsc.until(lambda: users.smsc.seen("enquire_link"), "enquire_link")
        await users.smsc.until(lambda: users.smsc.seen("closed"), "the end")
        await users.smsc.order("deafen", deaf=False)
        await users.linked(2)
        assert await users.say(ALI, "AIDE") == [help_text(assistant, Channel.SMS)]


async def test_requests_that_we_do_not_know_are_refused_without_ending_the_link(smpp: SmppUsers) -> None:
    assert await smpp.smsc.ask("other") == Status.ESME_RINVCMDID
    assert await smpp.say(ALI, "AIDE")
    assert len(smpp.smsc.seen("bound")) == 1


async def test_a_slower_pace_is_kept_without_a_failed_attempt(smpp: SmppUsers, assistant: Assistant) -> None:
    smpp.adapter.link.throttled_seconds = 0.01
    await smpp.smsc.order("statuses", statuses=[Status.ESME_RTHROTTLED, Status.ESME_RMSGQFUL])
    assert await smpp.say(ALI, "STOP") == [say(assistant, "stopped", Channel.SMS)]
    (row,) = await smpp.system.rows(outbox)
    assert (row.status, row.attempts) == ("sent", 1)
    assert [each["status"] for each in smpp.smsc.seen("submit")] == [0x58, 0x14, 0]


async def test_an_smsc_that_stays_full_delays_a_reply_and_loses_none(smpp: SmppUsers, assistant: Assistant) -> None:
    smpp.adapter.link.throttled_seconds = 0.01
    await smpp.smsc.order("statuses", statuses=[Status.ESME_RTHROTTLED] * 4)
    assert await smpp.say(ALI, "STOP") == []
    (row,) = await smpp.system.rows(outbox)
    assert (row.status, row.attempts, row.error) == ("waiting", 1, "ESME_RTHROTTLED")
    await smpp.system.make_due()
    await smpp.system.answer()
    assert smpp.sent_to(ALI) == [say(assistant, "stopped", Channel.SMS)]


async def test_no_more_is_under_way_than_the_window_allows(sqlite_url: str, assistant: Assistant) -> None:
    people = [f"+2237000010{number}" for number in range(5)]
    async with linked_users(sqlite_url, assistant, SMPP_WINDOW="2") as users:
        smsc = users.smsc
        await smsc.order("hold")
        for person in people:
            await users.deliver(person, "STOP")
        answering = asyncio.create_task(users.system.answer())
        await smsc.until(lambda: len(smsc.seen("submit")) == 2, "two messages")
        assert await smsc.ask("enquire") == 0
        assert len(smsc.seen("submit")) == 2
        await smsc.order("release")
        await answering
        assert {each["to"] for each in smsc.submitted} == {person[1:] for person in people}


async def test_a_link_lost_while_a_reply_is_under_way_sends_it_again(smpp: SmppUsers, assistant: Assistant) -> None:
    await smpp.smsc.order("hold")
    await smpp.deliver(ALI, "STOP")
    answering = asyncio.create_task(smpp.system.answer())
    await smpp.smsc.until(lambda: smpp.smsc.seen("submit"), "the reply")
    await smpp.smsc.order("drop")
    await answering
    (row,) = await smpp.system.rows(outbox)
    assert (row.status, row.error) == ("waiting", "no-link")
    await smpp.smsc.order("release")
    await smpp.linked(2)
    await smpp.system.make_due()
    await smpp.system.answer()
    assert [row.status for row in await smpp.system.rows(outbox)] == ["sent"]
    stopped = say(assistant, "stopped", Channel.SMS)
    assert smpp.sent_to(ALI) == [stopped] * 2, "whether the first arrived cannot be known"


@pytest.mark.parametrize(("status", "state", "blocked"), [
    (Status.ESME_RINVDSTADR, "dead", True), (Status.ESME_RINVMSGLEN, "dead", False),
    (Status.ESME_RSUBMITFAIL, "waiting", False), (0x400, "waiting", False), (Status.ESME_RINVSRCADR, "waiting", False),
])
async def test_a_refused_reply_is_kept_or_set_aside(
    smpp: SmppUsers, assistant: Assistant, status: int, state: str, blocked: bool
) -> None:
    await smpp.smsc.order("statuses", statuses=[int(status)])
    assert await smpp.say(ALI, "STOP") == []
    (row,) = await smpp.system.rows(outbox)
    (sender,) = await smpp.system.rows(senders)
    assert (row.status, sender.blocked_at is not None) == (state, blocked)
    await smpp.system.make_due()
    await smpp.system.answer()
    assert smpp.sent_to(ALI) == ([say(assistant, "stopped", Channel.SMS)] if state == "waiting" else [])
    assert await smpp.say(BEA, "AIDE"), "nobody else is held up"


async def test_an_operator_that_cannot_be_reached_is_said_so(sqlite_url: str, assistant: Assistant) -> None:
    async with running(settings_of(sqlite_url, **smpp_settings(9)), assistant) as system:
        adapter = system.adapters[Provider.SMPP]
        await until(lambda: "cannot be reached" in adapter.problem)  # type: ignore[attr-defined]


async def test_a_worker_holds_the_link_until_it_is_stopped(tmp_path: Path, assistant: Assistant) -> None:
    async with running_smsc() as smsc:
        settings = {f"SAHAN_{name}": value for name, value in smpp_settings(smsc.port).items()}
        worker = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "sahan", "worker", env=environment(tmp_path, **settings), stderr=subprocess.DEVNULL
        )
        try:
            await smsc.until(lambda: smsc.seen("bound"), "a bind", seconds=90)
            assert await smsc.deliver(ALI[1:], "AIDE") == 0
            await smsc.until(lambda: smsc.texts_to(ALI) == [help_text(assistant, Channel.SMS)], "the reply")
            worker.terminate()
            assert await worker.wait() == 0
        finally:
            if worker.returncode is None:
                worker.kill()
                await worker.wait()
        assert len(smsc.seen("unbind")) == 1
