"""What people write through an operator's SMSC: durable before it is answered, long ones whole, each once."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from bot.assistant import Assistant
from connectors.channel import decode_message
from connectors.smpp.errors import Status
from connectors.smpp.inbound import MISSING
from store.engine import transaction
from store.messages import Channel, MessageKind
from store.tables import inbound_parts, inbox, senders
from tests.integration.system import help_text
from tests.integration.users import SmppUsers, linked_users

ALI, BEA = "+22370000001", "+25377000002"
LONG = "Je suis à Bamako depuis trois mois et je voudrais rentrer à Djibouti avec mes deux enfants. " * 4
TWO_PARTS = LONG[:120]


def parts_of(message: str, total: int, coding: int = 8) -> list[str]:
    octets = message.encode("utf-16-be" if coding == 8 else "latin-1")
    size = -(-len(octets) // total)
    return [octets[start:start + size].hex() for start in range(0, len(octets), size)]


def udh(reference: int, total: int, part: int) -> str:
    return bytes([5, 0, 3, reference, total, part]).hex()


async def stored(users: SmppUsers) -> list[str]:
    rows = await users.system.rows(inbox, inbox.c.content_sealed.is_not(None))
    return [decode_message(users.system.vault.open(row.content_sealed), opted_out=False, country_guess=None).text
            for row in rows]


async def part(users: SmppUsers, octets: str, header: str, **more: Any) -> int:
    return await users.deliver(ALI, octets=octets, udh=header, data_coding=8, **more)


async def test_a_message_is_on_the_disk_when_it_is_answered(smpp: SmppUsers, tmp_path: Path) -> None:
    assert await smpp.deliver(ALI, "AIDE") == 0
    with sqlite3.connect(tmp_path / "sahan.db") as other:
        assert other.execute("SELECT count(*) FROM inbox WHERE processed_at IS NULL").fetchone() == (1,)


async def test_while_the_database_is_away_the_smsc_is_asked_to_try_again(smpp: SmppUsers) -> None:
    async with transaction(smpp.system.engine) as connection:
        await connection.execute(text("ALTER TABLE inbox RENAME TO away"))
    assert await smpp.deliver(ALI, "AIDE") == Status.ESME_RX_T_APPN
    async with transaction(smpp.system.engine) as connection:
        await connection.execute(text("ALTER TABLE away RENAME TO inbox"))
    assert await smpp.say(ALI, "AIDE")
    assert await smpp.system.count(inbox) == 1


async def test_a_message_that_comes_again_after_a_lost_link_is_stored_once(smpp_anywhere: SmppUsers) -> None:
    assert await smpp_anywhere.deliver(ALI, "AIDE") == 0
    await smpp_anywhere.smsc.order("drop")
    await smpp_anywhere.linked(2)
    assert await smpp_anywhere.deliver(ALI, "AIDE") == 0
    assert await smpp_anywhere.system.count(inbox) == 1


async def test_a_message_that_comes_again_after_a_restart_is_stored_once(
    smpp: SmppUsers, sqlite_url: str, assistant: Assistant
) -> None:
    assert await smpp.deliver(ALI, "AIDE") == 0
    async with linked_users(sqlite_url, assistant) as again:
        assert await again.deliver(ALI, "AIDE") == 0
        assert await again.deliver(BEA, "AIDE") == 0
        assert await again.system.count(inbox) == 2


async def test_what_a_person_writes_twice_counts_twice(smpp_anywhere: SmppUsers) -> None:
    for message in ("AIDE", "AIDE", "1", "1"):
        assert await smpp_anywhere.deliver(ALI, message) == 0
    assert await stored(smpp_anywhere) == ["AIDE", "AIDE", "1", "1"]


async def test_messages_are_answered_in_the_order_in_which_they_came(smpp: SmppUsers) -> None:
    texts = [f"message {number}" for number in range(20)]
    tags = [await smpp.smsc.begin_delivery(ALI[1:], each) for each in texts]
    assert [await smpp.smsc.answered(tag) for tag in tags] == [0] * 20
    assert await stored(smpp) == texts


@pytest.mark.parametrize("header", ["8 bits", "16 bits", "sar"])
async def test_a_long_message_is_joined_whatever_the_order_of_its_parts(smpp: SmppUsers, header: str) -> None:
    octets = parts_of(LONG, 5)
    for number in (3, 1, 5, 2, 4):
        headers: dict[str, Any] = {
            "8 bits": {"udh": udh(7, 5, number)},
            "16 bits": {"udh": bytes([6, 8, 4, 1, 7, 5, number]).hex()},
            "sar": {"sar_msg_ref_num": 7, "sar_total_segments": 5, "sar_segment_seqnum": number},
        }[header]
        assert await smpp.system.count(inbox) == 0
        assert await smpp.deliver(ALI, octets=octets[number - 1], data_coding=8, **headers) == 0
    assert await stored(smpp) == [LONG]


async def test_a_long_message_may_come_whole(smpp: SmppUsers) -> None:
    assert await smpp.deliver(ALI, LONG, payload=True, data_coding=8) == 0
    assert await stored(smpp) == [LONG]


async def test_parts_survive_a_restart_and_come_by_another_link(
    smpp: SmppUsers, sqlite_url: str, assistant: Assistant
) -> None:
    first, second = parts_of(TWO_PARTS, 2)
    await part(smpp, second, udh(7, 2, 2))
    async with linked_users(sqlite_url, assistant) as again:
        await part(again, first, udh(7, 2, 1))
        assert await stored(again) == [TWO_PARTS]


async def test_parts_of_two_people_and_two_messages_are_kept_apart(smpp: SmppUsers) -> None:
    for number in (1, 2):
        for person, reference, message in ((ALI, 7, "a" * 20), (BEA, 7, "b" * 20), (ALI, 8, "c" * 20)):
            octets = parts_of(message, 2)[number - 1]
            await smpp.deliver(person, octets=octets, udh=udh(reference, 2, number), data_coding=8)
    assert sorted(await stored(smpp)) == ["a" * 20, "b" * 20, "c" * 20]


async def test_a_part_that_comes_twice_changes_nothing(smpp_anywhere: SmppUsers) -> None:
    first, second = parts_of(TWO_PARTS, 2)
    for octets, number in ((first, 1), (first, 1), (second, 2), (second, 2), (first, 1)):
        assert await part(smpp_anywhere, octets, udh(7, 2, number)) == 0
    assert await stored(smpp_anywhere) == [TWO_PARTS]
    await smpp_anywhere.give_up_waiting()
    assert await stored(smpp_anywhere) == [TWO_PARTS]


async def test_what_has_come_of_a_message_is_answered_when_the_rest_does_not(smpp_anywhere: SmppUsers) -> None:
    first, second, third = parts_of("a" * 30, 3)
    await part(smpp_anywhere, first, udh(7, 3, 1))
    await part(smpp_anywhere, third, udh(7, 3, 3))
    await smpp_anywhere.adapter.tidy()
    assert await stored(smpp_anywhere) == []
    await smpp_anywhere.give_up_waiting()
    assert await stored(smpp_anywhere) == ["a" * 10 + MISSING + "a" * 10]
    await part(smpp_anywhere, second, udh(7, 3, 2))
    assert (await stored(smpp_anywhere))[1:] == [MISSING + "a" * 10 + MISSING], "late, but not lost"


async def test_a_reference_that_comes_again_is_another_message(smpp_anywhere: SmppUsers) -> None:
    for message in ("a" * 20, "b" * 20):
        for number, octets in enumerate(parts_of(message, 2), start=1):
            await part(smpp_anywhere, octets, udh(7, 2, number))
    assert await stored(smpp_anywhere) == ["a" * 20, "b" * 20]
    await part(smpp_anywhere, parts_of("c" * 20, 2)[0], udh(9, 2, 1))
    for number, octets in enumerate(parts_of("d" * 20, 2), start=1):
        await part(smpp_anywhere, octets, udh(9, 2, number))
    assert (await stored(smpp_anywhere))[2:] == ["c" * 10 + MISSING, "d" * 20]


async def test_parts_leave_nothing_readable_once_they_are_joined(smpp: SmppUsers) -> None:
    for number, octets in enumerate(parts_of("secret " * 20, 2), start=1):
        await part(smpp, octets, udh(7, 2, number))
    rows = await smpp.system.rows(inbound_parts)
    assert len(rows) == 2
    assert not [row for row in rows if "octets" in smpp.system.vault.open(row.content_sealed)]


async def test_what_is_no_text_gets_a_sensible_reply(smpp: SmppUsers) -> None:
    assert await smpp.say(ALI, octets="00ff00ff", data_coding=4)
    (row,) = await smpp.system.rows(inbox)
    message = decode_message(smpp.system.vault.open(row.content_sealed), opted_out=False, country_guess=None)
    assert (message.kind, message.text) == (MessageKind.OTHER, "")


@pytest.mark.parametrize(("source", "ton"), [("Orange", 5), ("8200", 0)])
async def test_senders_that_nobody_can_answer_are_not_answered(smpp: SmppUsers, source: str, ton: int) -> None:
    assert await smpp.smsc.deliver(source, "Votre solde est de 200 F", source_addr_ton=ton) == 0
    assert await smpp.system.count(inbox) == 0


async def test_numbers_in_national_form_are_the_same_person(sqlite_url: str, assistant: Assistant) -> None:
    async with linked_users(sqlite_url, assistant, SMPP_COUNTRY_CODE="223") as users:
        assert await users.say(ALI, "AIDE", source_addr_ton=1)
        assert await users.smsc.deliver("70000001", "AIDE", source_addr_ton=2) == 0
        await users.system.answer()
        assert users.sent_to(ALI) == [help_text(assistant, Channel.SMS)] * 2
        assert [row.country_guess for row in await users.system.rows(senders)] == ["ML"]
