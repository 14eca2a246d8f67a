"""What is asked all the time reads by the index that is meant for it, when far more waits than PostgreSQL knows of."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import Any

import pytest_asyncio
from sqlalchemy import event, text
from sqlalchemy.ext.asyncio import AsyncEngine

from connectors import conversation, outbox
from connectors.channel import encode_message, encode_reply
from connectors.inbox import waiting_senders
from store.addresses import Vault
from store.engine import reading, transaction
from store.messages import Channel, Message, Reply

PEOPLE, MESSAGES, WAITING = 2_000, 20_000, 2_000
NUMBERS = "WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {most})"
SENDERS = """INSERT INTO senders (pseudonym, channel, provider, address_hash, created_at)
 {numbers} SELECT 'p' || n, 'sms', 'twilio', 'h' || n, 0 FROM numbers"""
INBOX = """INSERT INTO inbox (sender_id, provider, provider_id_hash, received_at, processed_at)
 {numbers} SELECT 1 + n % 2000, 'twilio', {name} || n, n, {processed} FROM numbers"""
OUTBOX = """INSERT INTO outbox (idempotency_key, sender_id, status, next_attempt_at, created_at)
 {numbers} SELECT {name} || n, 1 + n % 2000, {status}, n, n FROM numbers"""
# PostgreSQL may look through a small table rather than use an index; what is meant are large ones.
LARGE = "SET enable_seqscan = off"


@pytest_asyncio.fixture
async def plans(engine: AsyncEngine) -> AsyncIterator[list[set[str]]]:
    """The indexes of each query that is asked from now on."""
    async with transaction(engine) as connection:
        for statement, most in (
            (SENDERS, PEOPLE), (INBOX.replace("{name}", "'old'").replace("{processed}", "n"), MESSAGES),
            (OUTBOX.replace("{name}", "'old'").replace("{status}", "'delivered'"), MESSAGES),
        ):
            await connection.execute(text(statement.format(numbers=NUMBERS.format(most=most))))
    async with engine.connect() as connection:
        await connection.execution_options(isolation_level="AUTOCOMMIT")
        await connection.execute(text("ANALYZE"))  # while nothing waits: the last that the database knows
    async with transaction(engine) as connection:
        for statement in (INBOX.replace("{name}", "'new'").replace("{processed}", "NULL"),
                          OUTBOX.replace("{name}", "'new'").replace("{status}", "'waiting'")):
            await connection.execute(text(statement.format(numbers=NUMBERS.format(most=WAITING))))
    found: list[set[str]] = []
    explain = "EXPLAIN QUERY PLAN " if engine.dialect.name == "sqlite" else "EXPLAIN "

    @event.listens_for(engine.sync_engine, "before_cursor_execute")
    def _explain(_connection: Any, cursor: Any, statement: str, values: Any, *_more: Any) -> None:
        if statement.startswith("SELECT"):
            if engine.dialect.name == "postgresql":
                cursor.execute(LARGE)
            cursor.execute(explain + statement, values)
            rows = " ".join(str(row) for row in cursor.fetchall())
            found.append(set(re.findall(r"(?:ix|uq|pk)_\w+", rows)))
            assert not re.search(r"Seq Scan|SCAN (?!\(|anon|due|CONSTANT)\w+ ?['\"]?\)", rows), rows

    yield found


async def test_the_search_for_who_waits(engine: AsyncEngine, plans: list[set[str]]) -> None:
    assert len(await waiting_senders(engine, 16)) == 16
    assert {name for name in plans[0] if not name.startswith("pk_")} == {
        "ix_inbox_unread", "ix_outbox_due", "ix_outbox_waiting"}


async def test_the_next_message_of_a_person(engine: AsyncEngine, vault: Vault, plans: list[set[str]]) -> None:
    async with transaction(engine) as connection:
        await connection.execute(text("UPDATE inbox SET content_sealed = :sealed WHERE processed_at IS NULL"),
                                 {"sealed": vault.seal(encode_message(Message(Channel.SMS, "MENU")))})
    assert await conversation.next_unread(engine, vault, 7) is not None
    assert {name for name in plans[-1] if name.startswith("ix_inbox")} == {"ix_inbox_waiting"}


async def test_the_next_reply_to_a_person(engine: AsyncEngine, vault: Vault, plans: list[set[str]]) -> None:
    async with transaction(engine) as connection:
        await connection.execute(
            text("UPDATE outbox SET content_sealed = :sealed WHERE status = 'waiting'"),
            {"sealed": vault.seal(encode_reply(Reply("Bonjour")))},
        )
    async with reading(engine) as connection:
        assert await outbox.next_waiting(connection, vault, 7) is not None
    assert plans[-1] & {"ix_outbox_waiting", "ix_outbox_sender_id"} and not plans[-1] & {
        "ix_outbox_due", "ix_outbox_status"}
