"""What is too old is deleted: from the tables, and from the database's files. On both databases."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Table, func, insert, make_url, select, text, update

from connectors import retention
from connectors.retention import purge
from store.engine import now, reading, transaction
from store.space import reclaim, rewrite
from store.tables import (
    conversations,
    inbound_parts,
    inbox,
    outbox,
    questions,
    receipts,
    senders,
    simulator_messages,
    workers,
)
from tests.integration.system import System
from tests.integration.users import Phone

DAY = 86_400.0
TIMES = ("created_at", "received_at", "updated_at", "processed_at", "seen_at", "started_at")
HOLDING = (senders, inbox, outbox, conversations, questions, receipts, inbound_parts, simulator_messages, workers)


async def make_older(system: System, days: float, *tables: Table) -> None:
    """Let time pass for what is there."""
    async with transaction(system.engine) as connection:
        for table in tables or HOLDING:
            for name in TIMES:
                if name in table.c:
                    column = table.c[name]
                    await connection.execute(update(table).values({name: column - days * DAY}))


async def fill(system: System) -> Phone:
    """Somebody who asked, complained, and is waited for in every table."""
    ann = Phone(system, "ann-" + "a" * 20)
    for words in ("Comment rentrer au Mali ?", "NON", "je veux parler à une personne"):
        assert await ann.say(words)
    async with transaction(system.engine) as connection:
        clock = now(connection)
        await connection.execute(insert(receipts).values(
            provider="twilio", provider_message_id="SM1", status="delivered", received_at=clock))
        await connection.execute(insert(inbound_parts).values(
            provider="smpp", address_hash="a" * 64, reference=1, total=2, part=1,
            content_sealed=system.vault.seal("half of a message"), received_at=clock))
        await connection.execute(insert(workers).values(name="gone", started_at=clock, seen_at=clock, ready=True))
        await connection.execute(update(inbox).values(text_hash="b" * 64))
    return ann


async def sealed(system: System) -> list[bytes]:
    """All sealed texts, as they stand in the database's files; addresses apart."""
    found: list[bytes] = []
    for table, name in ((inbox, "content_sealed"), (inbox, "provider_id_sealed"), (outbox, "content_sealed"),
                        (conversations, "state_sealed"), (questions, "content_sealed"),
                        (inbound_parts, "content_sealed"), (simulator_messages, "content_sealed")):
        found += [value for row in await system.rows(table) if (value := getattr(row, name)) is not None]
    return found


async def files(system: System) -> bytes:
    """What stands in the files of the tables; for PostgreSQL, without its log of changes."""
    url = make_url(system.settings.database_url)
    if url.get_backend_name() == "sqlite":
        return b"".join(path.read_bytes() for path in Path(str(url.database)).parent.glob("sahan.db*"))
    async with system.engine.connect() as connection:
        await (await connection.execution_options(isolation_level="AUTOCOMMIT")).exec_driver_sql("CHECKPOINT")
    async with reading(system.engine) as connection:
        folder = Path(str(await connection.scalar(text("SELECT current_setting('data_directory')"))))
        rows = await connection.execute(text(
            "SELECT pg_relation_filepath(oid) AS path FROM pg_class WHERE relkind IN ('r', 't') "
            "AND relfilenode <> 0 AND oid >= 16384"))
        return b"".join(part.read_bytes() for row in rows for part in (folder / row.path).parent.glob(
            f"{(folder / row.path).name}*"))


async def test_what_is_younger_than_the_limit_stays(system: System) -> None:
    ann = await fill(system)
    await make_older(system, 29, senders, inbox, outbox, conversations, questions)
    before = await sealed(system)
    assert await purge(system.engine, 30) == 0
    assert await sealed(system) == before
    assert await ann.say("SUITE"), "the conversation goes on"


async def test_what_is_older_goes_and_only_hashes_and_counts_stay(system: System) -> None:
    await fill(system)
    await make_older(system, 31)
    assert await purge(system.engine, 30) > 0
    assert await sealed(system) == []
    for table in (senders, outbox, conversations, questions, receipts, inbound_parts, simulator_messages, workers):
        assert await system.rows(table) == [], table.name
    for row in await system.rows(inbox):
        assert (row.sender_id, row.text_hash) == (None, None) and row.provider_id_hash
    assert await purge(system.engine, 30) == 0


async def test_a_large_table_is_emptied_in_batches(system: System, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "BATCH", 2)
    await fill(system)
    async with transaction(system.engine) as connection:
        for number in range(5):
            await connection.execute(insert(receipts).values(
                provider=("twilio", "smpp")[number % 2], provider_message_id=f"more{number // 2}", status="sent",
                received_at=now(connection)))
    await make_older(system, 31)
    await purge(system.engine, 30)
    async with reading(system.engine) as connection:
        for table in (outbox, conversations, receipts, inbound_parts, workers):
            assert not await connection.scalar(select(func.count()).select_from(table)), table.name
        assert not await connection.scalar(
            select(func.count()).select_from(inbox).where(inbox.c.content_sealed.is_not(None)))


async def test_receipts_parts_and_workers_of_nobody_go_before_the_texts(system: System) -> None:
    await fill(system)
    await make_older(system, 2.1)
    kept = len(await system.rows(outbox))
    await purge(system.engine, 30)
    for table in (receipts, inbound_parts, workers):
        assert await system.rows(table) == [], table.name
    assert len(await system.rows(outbox)) == kept and await system.rows(senders)


async def test_what_waits_to_be_answered_or_sent_is_not_deleted_however_old(system: System) -> None:
    ann = Phone(system, "ann-" + "a" * 20)
    await ann.write("AIDE")
    await make_older(system, 400)
    await purge(system.engine, 30)
    await system.answer()
    assert await ann.texts()


async def test_stop_stays_with_the_address_that_a_new_key_is_made_for(system: System) -> None:
    ann = await fill(system)
    await ann.say("STOP")
    await make_older(system, 31)
    await purge(system.engine, 30)
    [row] = await system.rows(senders)
    assert row.opted_out_at is not None and row.address_sealed is not None
    assert await sealed(system) == []
    assert await ann.say("Comment rentrer au Mali ?") == []


async def test_deleted_texts_are_no_longer_in_the_files(system: System) -> None:
    await fill(system)
    texts = await sealed(system)
    assert len(texts) > 10
    here = await files(system)
    assert all(each in here for each in texts), "else this test would prove nothing"
    await make_older(system, 31)
    await purge(system.engine, 30)
    if system.engine.dialect.name == "postgresql":
        assert await rewrite(system.engine)
    else:
        await system.rows(inbox)  # others have been reading
        assert await reclaim(system.engine)
    left = await files(system)
    assert [place for place, each in enumerate(texts) if each in left] == []


async def test_the_file_of_an_earlier_version_is_rewritten_and_shrinks(system: System) -> None:
    await fill(system)
    texts = await sealed(system)
    if system.engine.dialect.name == "sqlite":
        async with system.engine.connect() as connection:
            raw = (await connection.get_raw_connection()).driver_connection
            assert raw is not None
            await raw.executescript("PRAGMA secure_delete=OFF; DELETE FROM inbox; DELETE FROM outbox;"
                                    "DELETE FROM conversations; DELETE FROM questions; DELETE FROM inbound_parts;"
                                    "DELETE FROM simulator_messages; PRAGMA secure_delete=ON")
    else:
        await make_older(system, 31)
        await purge(system.engine, 30)
    before = await files(system)
    assert any(each in before for each in texts)
    assert await rewrite(system.engine)
    after = await files(system)
    assert not any(each in after for each in texts) and len(after) < len(before)
    async with transaction(system.engine) as connection:
        await connection.execute(insert(workers).values(name="new", started_at=0.0, seen_at=0.0, ready=True))
