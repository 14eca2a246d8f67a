"""EFFACER beyond our tables: the provider's copies, the spool, parts and receipts."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio
from sqlalchemy import insert, select, update

from bot.assistant import Assistant
from connectors.channel import Inbound
from connectors.erasure import GIVE_UP_SECONDS, erase_due
from connectors.intake import MESSAGE
from connectors.metrics import measure
from connectors.smpp.parts import PARTS
from connectors.spool import Spool
from connectors.worker import Worker
from store.engine import now, transaction
from store.messages import Channel, Message, Provider
from store.tables import counts, erasures, inbound_parts, inbox, metadata, outbox, receipts, senders
from tests.doubles import TwilioDouble
from tests.integration.system import ACCOUNT_SID, AUTH_TOKEN, NUMBER, System, running, say, settings_of, twilio_settings
from tests.integration.users import Phone, SmsUsers

ALI, ZAHRA = "+22370000001", "+22370000002"
QUESTION = "Comment rentrer au Mali ?"


@pytest_asyncio.fixture
async def people(database_url: str, assistant: Assistant) -> AsyncIterator[SmsUsers]:
    """People who write SMS, over a database of each kind."""
    with TwilioDouble(ACCOUNT_SID, AUTH_TOKEN, number=NUMBER) as double:
        async with running(settings_of(database_url, **twilio_settings(double.root)), assistant) as system:
            yield SmsUsers(system, double)


async def erase(system: System) -> int:
    """What a worker does every few seconds, when the time has come for all."""
    async with transaction(system.engine) as connection:
        await connection.execute(update(erasures).values(next_attempt_at=0.0))
    return await erase_due(system.engine, system.vault, system.adapters)


async def all_delivered(people: SmsUsers) -> None:
    for sid, resource in list(people.double.resources.items()):
        if resource["status"] != "received":
            await people.status(sid, "delivered")


async def counted(system: System) -> dict[tuple[str, ...], int]:
    return {tuple(json.loads(row.labels)): row.value for row in await system.rows(counts, counts.c.name == "erasures")}


async def test_twilio_is_asked_to_erase_all_that_went_to_and_fro_and_nothing_of_others(people: SmsUsers) -> None:
    await people.say(ZAHRA, QUESTION)
    others = set(people.double.resources)
    for words in (QUESTION, "NON", "EFFACER"):
        await people.say(ALI, words)
    mine = set(people.double.resources) - others
    await all_delivered(people)
    assert len(mine) >= 6, "three messages and their replies, the confirmation among them"
    assert await erase(people.system) == len(mine)
    assert set(people.double.erased) == mine and set(people.double.resources) == others
    assert await people.system.rows(erasures) == []
    assert await counted(people.system) == {("twilio", "erased"): len(mine)}


async def test_the_ids_that_wait_are_sealed_and_nobodys(people: SmsUsers) -> None:
    await people.say(ALI, QUESTION)
    await people.say(ALI, "EFFACER")
    sids = list(people.double.resources)
    waiting = await people.system.rows(erasures)
    assert sorted(people.system.vault.open(row.provider_message_id_sealed) for row in waiting) == sorted(sids)
    for table in metadata.tables.values():
        for row in await people.system.rows(table):
            assert not any(sid in str(value) for sid in sids for value in row), table.name
    assert {column.name for column in erasures.c if "sender" in column.name or "address" in column.name} == set()


async def test_what_twilio_refuses_for_now_is_asked_again_later(people: SmsUsers) -> None:
    await people.say(ALI, "EFFACER")
    before = len(await people.system.rows(erasures))
    assert await erase(people.system) == 1, "the message itself; the confirmation is still under way (20009)"
    [waiting] = await people.system.rows(erasures)
    assert before == 2 and waiting.attempts == 1
    system = people.system
    assert await erase_due(system.engine, system.vault, system.adapters) == 0, "not before its time"
    people.double.fail_next(503, method="delete")
    assert await erase(people.system) == 0
    [again] = await people.system.rows(erasures)
    async with transaction(people.system.engine) as connection:
        clock = await connection.scalar(select(now(connection)))
    assert clock is not None and again.next_attempt_at - clock > 200, "ever later"
    await all_delivered(people)
    assert await erase(people.system) == 1


async def test_a_copy_that_is_gone_already_counts_as_erased(people: SmsUsers) -> None:
    await people.say(ALI, "EFFACER")
    people.double.resources.clear()
    assert await erase(people.system) == 2
    assert await people.system.rows(erasures) == [] and people.double.erased == []


async def test_after_fifteen_days_it_is_given_up_and_counted(people: SmsUsers) -> None:
    await people.say(ALI, "EFFACER")
    people.double.fail_next(500, method="delete", times=99)
    assert await erase(people.system) == 0
    async with transaction(people.system.engine) as connection:
        await connection.execute(update(erasures).values(created_at=erasures.c.created_at - GIVE_UP_SECONDS - 1))
    assert await erase(people.system) == 2
    assert await people.system.rows(erasures) == []
    assert await counted(people.system) == {("twilio", "given_up"): 2}
    figures = (await measure(people.system.engine)).decode()
    assert 'sahan_erasures_total{provider="twilio",result="given_up"} 2.0' in figures
    assert "sahan_erasures_waiting 0.0" in figures


async def test_two_workers_ask_for_each_copy_once(people: SmsUsers) -> None:
    await people.say(ALI, "EFFACER")
    await all_delivered(people)
    async with transaction(people.system.engine) as connection:
        await connection.execute(update(erasures).values(next_attempt_at=0.0))
    system = people.system
    done = await asyncio.gather(*(erase_due(system.engine, system.vault, system.adapters) for _ in range(2)))
    assert sum(done) == 2 and len(people.double.erased) == 2


async def test_parts_and_receipts_of_the_person_go_and_those_of_others_stay(people: SmsUsers) -> None:
    await people.say(ALI, QUESTION)
    system = people.system
    [sid, *_] = [row.provider_message_id for row in await system.rows(outbox)]
    async with transaction(system.engine) as connection:
        for number, name in ((ALI, sid), (ZAHRA, "SM-of-another")):
            hashed = system.vault.hash(PARTS, number)
            await connection.execute(insert(inbound_parts).values(
                provider="twilio", address_hash=hashed, reference=1, total=2, part=1,
                content_sealed=system.vault.seal("half"), received_at=now(connection)))
            await connection.execute(insert(receipts).values(
                provider="twilio", provider_message_id=name, status="delivered", received_at=now(connection)))
    await people.say(ALI, "EFFACER")
    assert [row.provider_message_id for row in await system.rows(receipts)] == ["SM-of-another"]
    assert len(await system.rows(inbound_parts)) == 1


async def test_who_writes_again_before_the_confirmation_is_out_keeps_nothing_of_before(
    people: SmsUsers, assistant: Assistant
) -> None:
    await people.say(ALI, QUESTION)
    [before] = await people.system.rows(senders)
    people.double.fail_next(503)
    await people.say(ALI, "EFFACER")
    await people.say(ALI, "AIDE")
    await people.system.make_due()
    await people.system.answer()
    [after] = await people.system.rows(senders)
    assert after.pseudonym != before.pseudonym and after.created_at > before.created_at
    assert say(assistant, "forgotten", Channel.SMS) in people.sent_to(ALI)
    [left] = [row for row in await people.system.rows(inbox) if row.content_sealed is not None]
    assert "AIDE" in people.system.vault.open(left.content_sealed)


def spooled(address: str, provider_id: str) -> dict[str, str]:
    message = {"channel": "sms", "text": "je veux rentrer", "kind": "text", "payload": None, "country_guess": None,
               "language_hint": None, "opted_out": False}
    return {"provider": "simulator", "channel": "sms", "address": address, "provider_id": provider_id,
            "message": json.dumps(message)}


async def test_files_of_the_person_in_the_spool_of_this_machine_go(system: System, tmp_path: Path) -> None:
    folder = tmp_path / "spool"
    spool = Spool(folder, system.vault)
    ann, ben = Phone(system, "ann-" + "a" * 20), Phone(system, "ben-" + "b" * 20)
    for place, phone in enumerate((ann, ben, ann, ben)):
        await spool.put(MESSAGE, spooled(phone.session, str(place)))
    (folder / "set-aside").mkdir()
    for path in sorted(folder.glob("*.sealed"))[2:]:
        path.rename(folder / "set-aside" / path.name)
    await ann.write("EFFACER")
    await spool.put(MESSAGE, spooled(ann.session, "later"))
    worker = Worker(system.engine, system.vault, system.assistant, system.adapters, spool=spool)
    await worker.run_until_idle()
    left = [json.loads(system.vault.open(path.read_bytes()))["values"]
            for path in [*folder.glob("*.sealed"), *folder.glob("set-aside/*")]]
    assert sorted((each["address"][:3], each["provider_id"]) for each in left) == [
        ("ann", "later"), ("ben", "1"), ("ben", "3")
    ], "what came after EFFACER is a new message"


async def test_a_redelivery_after_effacer_brings_nobody_back(people: SmsUsers) -> None:
    system = people.system
    await people.deliver(ALI, QUESTION, MessageSid="SM" + "1" * 32)
    await people.say(ALI, "EFFACER")
    assert await system.rows(senders) == []
    again = Inbound(Provider.TWILIO, Channel.SMS, ALI, "SM" + "1" * 32, Message(Channel.SMS, QUESTION))
    assert not await system.intake.receive(again)
    await system.answer()
    assert people.sent_to(ALI)[-1] != QUESTION and len(await system.rows(inbox)) == 2
