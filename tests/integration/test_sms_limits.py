"""What SMS may cost: for a person a day, for all a day, and how fast. Danger is never held back. On both databases."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sqlalchemy import Row, select
from structlog.testing import capture_logs

from bot.assistant import Assistant
from connectors.retention import purge
from connectors.sms.limits import SmsLimits
from store.engine import now, transaction
from store.messages import Channel
from store.tables import outbox
from tests.integration.system import help_text, say
from tests.integration.users import SmsUsers, texting

COST = 2  # segments of what AIDE brings
ALI, BEA, DAN = "+22370000001", "+25377000002", "+251911000003"
DANGER = "au secours, on me retient de force et on me frappe"


def notice_of(assistant: Assistant) -> str:
    return f"{say(assistant, 'limit_reached', Channel.SMS)} {say(assistant, 'danger_hint', Channel.SMS)}"


async def held(users: SmsUsers) -> list[Row[Any]]:
    return await users.system.rows(outbox, outbox.c.status == "held")


async def test_a_person_who_has_had_a_days_sms_is_told_once_and_gets_the_rest_tomorrow(
    database_url: str, assistant: Assistant
) -> None:
    help_, nothing = help_text(assistant, Channel.SMS), say(assistant, "nothing_more", Channel.SMS)
    async with texting(database_url, assistant, SMS_PERSON_SEGMENTS=str(2 * COST)) as users:
        assert await users.say(ALI, "AIDE") == await users.say(ALI, "AIDE") == [help_]
        assert users.double.sent[0].num_segments == COST
        assert await users.say(ALI, "AIDE") == [notice_of(assistant)]
        assert await users.say(ALI, "SUITE") == []
        assert [row.error for row in await held(users)] == ["budget", "budget"]
        assert await users.say(ALI, "AIDE") == [], "more than tomorrow holds either"
        assert [row.error for row in await users.system.rows(outbox, outbox.c.status == "dead")] == ["budget"]
        assert await users.say(BEA, "AIDE") == [help_], "nobody else is concerned"
        before = len(users.sent_to(ALI))
        assert await users.say(ALI, DANGER), "danger is never held back"
        await users.system.pass_a_day()
        await users.system.answer()
        assert users.sent_to(ALI)[-2:] == [help_, nothing]
        assert len(users.sent_to(ALI)) > before + 2


async def test_a_budget_may_differ_by_country(database_url: str, assistant: Assistant) -> None:
    help_ = [help_text(assistant, Channel.SMS)]
    async with texting(database_url, assistant, SMS_PERSON_SEGMENTS="1 ML=50 ET=0") as users:
        assert await users.say(ALI, "AIDE") == await users.say(DAN, "AIDE") == help_
        assert await users.say(BEA, "AIDE") == [notice_of(assistant)]


async def test_stop_takes_back_what_is_held_and_effacer_deletes_it(database_url: str, assistant: Assistant) -> None:
    async with texting(database_url, assistant, SMS_PERSON_SEGMENTS="2", SMS_DAY_SEGMENTS="3") as users:
        for person in (ALI, BEA):
            await users.say(person, "AIDE")
            await users.say(person, "SUITE")
        assert await held(users)
        assert await users.say(ALI, "STOP") == [say(assistant, "stopped", Channel.SMS)]
        assert await users.say(BEA, "EFFACER") == [say(assistant, "forgotten", Channel.SMS)]
        assert await held(users) == []
        before = len(users.double.sent)
        await users.system.pass_a_day()
        await users.system.answer()
        assert len(users.double.sent) == before


async def test_when_the_day_is_spent_only_what_is_essential_goes_out(database_url: str, assistant: Assistant) -> None:
    help_, nothing = help_text(assistant, Channel.SMS), say(assistant, "nothing_more", Channel.SMS)
    async with texting(database_url, assistant, SMS_DAY_SEGMENTS=str(COST), METRICS_TOKEN="t") as users:
        assert await users.say(ALI, "AIDE") == [help_]
        assert await users.say(BEA, "AIDE") == await users.say(DAN, "AIDE") == await users.say(DAN, "SUITE") == []
        assert [row.error for row in await held(users)] == ["day-cap"] * 3
        assert await users.say(BEA, DANGER)
        assert await users.say(BEA, "STOP") == [say(assistant, "stopped", Channel.SMS)]
        users.system.settings = replace(users.system.settings, sms=SmsLimits(day_segments=1000))
        await users.system.answer()
        assert users.sent_to(DAN) == [help_, nothing], "the limit was raised: what was held goes out, in its order"


async def test_what_was_held_for_the_day_goes_out_the_next_before_anything_newer(
    database_url: str, assistant: Assistant
) -> None:
    help_, nothing = help_text(assistant, Channel.SMS), say(assistant, "nothing_more", Channel.SMS)
    async with texting(database_url, assistant, SMS_DAY_SEGMENTS=str(COST)) as users:
        await users.say(ALI, "AIDE")
        await users.say(DAN, "SUITE")
        await users.deliver(DAN, "AIDE")
        for _ in range(2):
            await users.system.pass_a_day()
        await purge(users.system.engine, 1)
        await users.system.answer()
        assert users.sent_to(DAN)[:2] == [nothing, help_]


async def test_staff_are_warned_before_the_day_is_spent(database_url: str, assistant: Assistant) -> None:
    async with texting(database_url, assistant, SMS_DAY_SEGMENTS="5", METRICS_TOKEN="t") as users:

        async def notes() -> list[str]:
            return list((await users.system.get("/readyz")).json()["notes"])

        async def figures() -> str:
            return (await users.system.get("/metrics", {"Authorization": "Bearer t"})).text

        with capture_logs() as logged:
            await users.say(ALI, "AIDE")
            assert await notes() == []
            await users.say(ALI, "AIDE")
            await users.say(ALI, "AIDE")
            await users.say(ALI, "AIDE")
        said = [(each["event"], each["segments"]) for each in logged if each["event"].startswith("sms.day")]
        assert said == [("sms.day_limit_near", 4), ("sms.day_limit_reached", 6)]
        (note,) = await notes()
        assert note.startswith("6 of 5 SMS segments") and "SAHAN_SMS_DAY_SEGMENTS" in note
        text = await figures()
        assert "sahan_sms_segments_today 6.0" in text and "sahan_sms_day_limit_segments 5.0" in text
        assert 'sahan_replies{status="held"} 1.0' in text


async def test_all_workers_together_keep_the_pace_and_danger_does_not_wait(
    database_url: str, assistant: Assistant
) -> None:
    help_ = help_text(assistant, Channel.SMS)
    async with texting(database_url, assistant, SMS_SEGMENTS_PER_SECOND="0.01") as users:
        assert await users.say(ALI, "AIDE") == [help_]
        assert await users.say(BEA, "AIDE") == await users.say(DAN, "AIDE") == []
        async with transaction(users.system.engine) as connection:
            waits = list(await connection.scalars(
                select(outbox.c.next_attempt_at - now(connection)).where(outbox.c.status == "waiting")
                .order_by(outbox.c.id)
            ))
        slot = COST / 0.01
        assert slot - 60 < waits[0] <= slot and 2 * slot - 60 < waits[1] <= 2 * slot
        first, *advice = await users.say(BEA, DANGER)
        assert first == help_ and advice, "before the danger stands what was asked before, and both go out"
        await users.system.make_due()
        await users.system.answer()
        assert users.sent_to(DAN) == [help_]
