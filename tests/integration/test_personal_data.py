"""MES DONNEES: what is held, told to the person themselves, and to staff who answer a written request."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

from sqlalchemy import insert

from connectors.channel import Inbound
from connectors.personal_data import everything
from connectors.smpp.parts import PARTS
from content.languages import conversation_locales
from content.models import Library
from content.segments import segment
from store.engine import now, transaction
from store.messages import Channel, Message, Provider
from store.tables import conversations, inbound_parts, inbox, outbox, senders
from tests.integration.system import System
from tests.integration.users import Phone, SmsUsers

ALI = "+22370000001"
QUESTION = "Comment rentrer au Mali ?"
TODAY, LAST_DAY = (f"{datetime.now(UTC) + timedelta(days=days):%d/%m/%Y}" for days in (0, 30))


async def test_by_sms_a_short_summary_in_one_message(sms: SmsUsers) -> None:
    await sms.say(ALI, QUESTION)
    kept = len(await sms.system.rows(inbox)) + len(await sms.system.rows(outbox))
    [told] = await sms.say(ALI, "mes données")
    assert segment(told).segments == 1
    for fact in ("Francais", "Mali", f"{kept + 1} messages", TODAY, LAST_DAY, "STOP: -", "EFFACER"):
        assert fact in told, fact
    assert "{" not in told and "rentrer" not in told


async def test_in_every_language_in_its_own_words(sms: SmsUsers, library: Library) -> None:
    for place, locale in enumerate(conversation_locales(library)):
        [told] = await sms.say(f"+2237000{place:04d}", library.words[locale].commands["export"][0])
        language = library.languages[locale].sms_name
        assert LAST_DAY in told and language in told and "{" not in told, locale
        assert segment(told).segments <= 3, locale


async def test_on_telegram_the_kept_messages_and_answers_follow_once(system: System) -> None:
    ann = Phone(system, "ann-" + "a" * 20, Channel.TELEGRAM)
    answers = await ann.say(QUESTION)
    summary, kept = await ann.say("MES DONNEES")
    assert TODAY in summary and LAST_DAY in summary
    assert f"→ {QUESTION}" in kept and f"← {answers[0][:40]}" in kept
    assert kept.index(QUESTION) < kept.index(answers[0][:40])
    [_, again] = await ann.say("/donnees")
    assert again.count(QUESTION) == 1, "what was told is not told within what is told"
    assert "→ MES DONNEES" in again


async def test_of_many_messages_the_newest_are_told_in_parts_that_telegram_takes(system: System) -> None:
    ann = Phone(system, "ann-" + "a" * 20, Channel.TELEGRAM)
    for place in range(12):
        await ann.write(f"{place} " + "<&> mot " * 300)
    await system.answer()
    _summary, *parts = await ann.say("mes donnees")
    assert len(parts) == 5 and all(part.startswith("⋯\n") for part in parts)
    assert "→ mes donnees" in parts[-1] and " → 0 <" not in "".join(parts)


async def test_after_stop_who_asks_is_told_and_that_is_all(system: System) -> None:
    ann = Phone(system, "ann-" + "a" * 20)
    await ann.say("STOP")
    [told] = await ann.say("MES DONNEES")
    assert f"STOP: {TODAY}" in told
    assert await ann.say(QUESTION) == []


async def test_nobody_is_told_what_is_held_of_somebody_else(system: System) -> None:
    ann, ben = Phone(system, "ann-" + "a" * 20, Channel.TELEGRAM), Phone(system, "ben-" + "b" * 20, Channel.TELEGRAM)
    await ann.say("je cherche zibeline")
    assert "zibeline" not in "".join(await ben.say("MES DONNEES"))


async def test_after_effacer_nothing_is_held(system: System) -> None:
    ann = Phone(system, "ann-" + "a" * 20, Channel.TELEGRAM)
    await ann.say(QUESTION)
    await ann.say("EFFACER")
    assert QUESTION not in "".join(await ann.say("MES DONNEES"))


async def test_staff_are_given_everything_that_is_held_and_nothing_of_others(system: System) -> None:
    ann, ben = Phone(system, "ann-" + "a" * 20), Phone(system, "ben-" + "b" * 20)
    await ann.say("je veux parler à une personne")
    await ben.say("zibeline")
    known = Inbound(Provider.SIMULATOR, Channel.SMS, ann.session, "", Message(Channel.SMS, ""))
    async with transaction(system.engine) as connection:
        for whose in (ann, ben):
            await connection.execute(insert(inbound_parts).values(
                provider="simulator", address_hash=system.vault.hash(PARTS, whose.session), reference=1, total=2,
                part=1,
                content_sealed=system.vault.seal(f"half of {whose.session[:3]}"), received_at=now(connection)))
    found = await everything(system.engine, system.vault, known)
    assert found is not None
    sender_id, held = found
    written = json.dumps(held, ensure_ascii=False)
    assert held["person"]["address"] == ann.session and "zibeline" not in written and "sealed" not in written
    assert held["inbox"][0]["content"]["text"] == "je veux parler à une personne"
    assert held["questions"][0]["kind"] == "human" and held["conversations"][0]["state"]["slots"]["language"] == "fr"
    for table in (inbox, outbox, conversations):
        assert len(held[table.name]) == len(await system.rows(table, table.c.sender_id == sender_id))
    assert [each["content"] for each in held["inbound_parts"]] == ["half of ann"]
    stranger = Inbound(Provider.SIMULATOR, Channel.SMS, "c" * 22, "", Message(Channel.SMS, ""))
    assert await everything(system.engine, system.vault, stranger) is None
    assert len(await system.rows(senders)) == 2, "asking makes nobody known"
