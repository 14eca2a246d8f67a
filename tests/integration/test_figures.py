"""Figures that never fall: sums of old rows, what workers count, and what is deleted after it was counted."""

from __future__ import annotations

import asyncio
import re
from typing import Any

from sqlalchemy import Table
from sqlalchemy.ext.asyncio import AsyncEngine

from connectors.counts import FOLDED, Tally, add_to_counts, fold, totals
from connectors.metrics import measure
from connectors.retention import purge
from connectors.snapshot import take_snapshot
from store.engine import now, reading, transaction
from store.tables import counts, inbox, outbox, senders, sends, turns
from tests.integration.system import System
from tests.integration.users import Phone

HOUR = 3600.0


async def add(engine: AsyncEngine, table: Table, *rows: dict[str, Any], age: float = 0.0) -> None:
    """Rows of an age in seconds."""
    time = next(each.time.name for each in FOLDED if each.table is table)  # type: ignore[attr-defined]
    async with transaction(engine) as connection:
        for row in rows:
            await connection.execute(table.insert().values(**{**row, time: now(connection) - age}))


def turn(channel: str = "sms", language: str | None = "fr", segments: int = 2, **more: Any) -> dict[str, Any]:
    return {"channel": channel, "language": language, "urgent": False, "answered": True, "segments": segments, **more}


def send(result: str = "sent", segments: int = 2, country: str | None = "ML") -> dict[str, Any]:
    return {"provider": "twilio", "country": country, "result": result, "segments": segments}


async def figures(engine: AsyncEngine) -> dict[str, float]:
    """Every sample of /metrics."""
    lines = (await measure(engine)).decode().splitlines()
    return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines if not line.startswith("#"))}


def counters(found: dict[str, float]) -> dict[str, float]:
    return {name: value for name, value in found.items() if re.match(r"\w+_(total|bucket|count|sum)\b", name)}


async def test_old_rows_and_new_ones_add_up_before_and_after_folding(engine: AsyncEngine) -> None:
    await add(engine, turns, turn(), turn(), turn(language=None, answered=False), turn("telegram", "ar", 0), age=HOUR)
    await add(engine, sends, send(), send("30003", 0), send(country=None, segments=1), age=HOUR)
    await add(engine, turns, turn())
    before = counters(await figures(engine))
    assert await fold(engine) == 7
    assert await fold(engine) == 0
    async with reading(engine) as connection:
        folded = {name for (name,) in await connection.execute(counts.select().with_only_columns(counts.c.name))}
    assert folded == {"pointer", "turns", "sms_segments", "sends", "segments"}
    after = counters(await figures(engine))
    assert after == before
    assert after['sahan_turns_total{answered="true",channel="sms",language="fr",urgent="false"}'] == 3
    assert after['sahan_turns_total{answered="false",channel="sms",language="",urgent="false"}'] == 1
    assert after["sahan_sms_segments_total"] == 8
    assert after['sahan_sends_total{provider="twilio",result="sent"}'] == 2
    assert after['sahan_sends_total{provider="twilio",result="30003"}'] == 1
    assert after['sahan_sent_segments_total{country="ML",provider="twilio"}'] == 2
    assert after['sahan_sent_segments_total{country="",provider="twilio"}'] == 1


async def test_a_young_row_holds_the_pointer_back(engine: AsyncEngine) -> None:
    await add(engine, turns, turn(), age=HOUR)
    await add(engine, turns, turn(), age=10.0)
    assert await fold(engine) == 1
    async with transaction(engine) as connection:
        await connection.execute(turns.update().values(created_at=turns.c.created_at - 60.0))
    assert await fold(engine) == 1


async def test_two_processes_that_fold_at_once_count_once(engine: AsyncEngine) -> None:
    await add(engine, turns, *[turn() for _ in range(20)], age=HOUR)
    done = await asyncio.gather(*(fold(engine) for _ in range(4)))
    assert sum(done) == 20
    async with reading(engine) as connection:
        assert (await totals(connection))["turns"] == {("sms", "fr", "true", "false"): 20}


async def test_many_rows_are_folded_in_steps(engine: AsyncEngine, monkeypatch: Any) -> None:
    monkeypatch.setattr("connectors.counts._BATCH", 3)
    await add(engine, turns, *[turn() for _ in range(8)], age=HOUR)
    assert await fold(engine) == 8
    async with reading(engine) as connection:
        assert (await totals(connection))["turns"] == {("sms", "fr", "true", "false"): 8}


async def test_what_retention_deletes_has_been_counted(system: System) -> None:
    await Phone(system, "r" * 22).say("MENU")
    await add(system.engine, sends, send(), send("30003", 0), age=40 * 86_400.0)
    async with transaction(system.engine) as connection:
        await connection.execute(inbox.update().values(received_at=inbox.c.received_at - 40 * 86_400.0))
        await connection.execute(outbox.update().values(created_at=outbox.c.created_at - 40 * 86_400.0))
    before = counters(await figures(system.engine))
    assert await purge(system.engine, 30) >= 3
    assert await system.count(outbox) == 0
    assert await system.count(sends) == 2, "the young one stays, and the last of the old with its id"
    assert counters(await figures(system.engine)) == before
    await add(system.engine, sends, send())
    after = await figures(system.engine)
    assert after['sahan_sends_total{provider="twilio",result="sent"}'] == 2


async def test_what_workers_count_adds_up_in_the_database(engine: AsyncEngine) -> None:
    one, other = Tally(), Tally()
    for tally, times in ((one, 2), (other, 3)):
        for _ in range(times):
            tally.add("retries", "twilio")
        async with transaction(engine) as connection:
            taken = await tally.flush(connection)
        tally.add("retries", "twilio")
        tally.written(taken)
        assert tally, "what was counted meanwhile is not lost"
    async with transaction(engine) as connection:
        await add_to_counts(connection, await one.flush(connection))
    assert (await figures(engine))['sahan_send_retries_total{provider="twilio"}'] == 7


async def test_durations_and_queues_are_told(system: System) -> None:
    phone = Phone(system, "d" * 22)
    await phone.write("MENU")
    async with transaction(system.engine) as connection:
        await connection.execute(inbox.update().values(received_at=inbox.c.received_at - 100.0))
    waiting = await figures(system.engine)
    assert waiting["sahan_inbox_waiting"] == 1
    assert 100 <= waiting["sahan_inbox_oldest_seconds"] < 200
    await system.answer()
    after = await figures(system.engine)
    for name in ("sahan_turn_seconds", "sahan_reply_seconds", "sahan_send_seconds"):
        assert after[f'{name}_bucket{{le="+Inf"}}'] == after[f"{name}_count"] >= 1
        assert after[f"{name}_sum"] > 0
    assert after['sahan_turn_seconds_bucket{le="1800.0"}'] == 1
    assert after["sahan_inbox_oldest_seconds"] == after["sahan_outbox_oldest_seconds"] == 0


async def test_a_person_taken_over_from_a_dead_worker_is_counted(system: System) -> None:
    await Phone(system, "t" * 22).write("MENU")
    async with transaction(system.engine) as connection:
        await connection.execute(senders.update().values(lease_owner="dead", lease_until=1.0))
    await system.answer()
    assert (await figures(system.engine))["sahan_lease_takeovers_total"] == 1


async def test_replies_are_counted_by_state_without_looking_at_all_of_them(system: System) -> None:
    phone = Phone(system, "s" * 22)
    await phone.say("MENU")
    one = await figures(system.engine)
    assert await take_snapshot(system.engine)
    assert not await take_snapshot(system.engine), "another process has just done it"
    assert (await figures(system.engine)) == one
    await phone.say("AIDE")
    async with transaction(system.engine) as connection:
        await connection.execute(outbox.update().where(outbox.c.id == 1).values(status="dead"))
    two = await figures(system.engine)
    assert two['sahan_replies{status="dead"}'] == 1, "what staff must see is exact"
    async with transaction(system.engine) as connection:
        await connection.execute(counts.update().where(counts.c.name == "replies_taken").values(value=0))
    assert await take_snapshot(system.engine)
    three = await figures(system.engine)
    assert three['sahan_replies{status="dead"}'] == 1
    assert three['sahan_replies{status="sent"}'] == await system.count(outbox) - 1
