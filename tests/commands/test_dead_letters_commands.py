"""`sahan dead-letters list` and `resend`: without texts and numbers, and never by accident."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import insert, select

from store.addresses import Vault
from store.engine import create_engine, reading, transaction
from store.migrate import upgrade
from store.tables import outbox, senders
from tests.commands.conftest import Command
from tests.conftest import SECRET

NUMBER, TEXT = "+22370000001", "un texte de la personne"


def url_of(folder: Path) -> str:
    return f"sqlite:///{folder / 'sahan.db'}"


@pytest.fixture
def three(tmp_path: Path) -> list[int]:
    """Three replies that were given up; their ids."""
    upgrade(url_of(tmp_path))
    vault = Vault(SECRET)

    async def fill() -> list[int]:
        engine = create_engine(url_of(tmp_path))
        async with transaction(engine) as connection:
            sender = await connection.scalar(
                insert(senders).values(pseudonym="abc123", channel="sms", provider="twilio", created_at=0.0,
                                       address_hash="x", address_sealed=vault.seal(NUMBER)).returning(senders.c.id)
            )
            ids = [
                await connection.scalar(
                    insert(outbox).values(idempotency_key=code, sender_id=sender, content_sealed=vault.seal(TEXT),
                                          status="dead", next_attempt_at=0.0, created_at=0.0, dead_at=1764115200.0,
                                          error=code[:5]).returning(outbox.c.id)
                )
                for code in ("30003", "30007", "30007 again")
            ]
        await engine.dispose()
        return ids

    return asyncio.run(fill())


def waiting(folder: Path) -> list[int]:
    async def read() -> list[int]:
        engine = create_engine(url_of(folder))
        async with reading(engine) as connection:
            found = list(await connection.scalars(select(outbox.c.id).where(outbox.c.status == "waiting")))
        await engine.dispose()
        return found

    return asyncio.run(read())


def test_the_list_has_one_line_each_without_text_and_number(three: list[int], sahan: Command) -> None:
    done = sahan("dead-letters", "list")
    assert done.code == 0
    assert done.out.splitlines()[0] == f"{three[0]}\tabc123\tsms\t30003\t2025-11-26 00:00"
    assert len(done.out.splitlines()) == 3
    assert NUMBER not in done.out and TEXT not in done.out
    assert len(sahan("dead-letters", "list", "--code", "30007").out.splitlines()) == 2
    assert sahan("dead-letters", "list", "--code", "1").out == "Aucune réponse abandonnée.\n"


def test_by_id_by_code_and_all(three: list[int], sahan: Command, tmp_path: Path) -> None:
    done = sahan("dead-letters", "resend", str(three[0]), "999")
    assert "Envoyées de nouveau : 1." in done.out and "Laissées : 999" in done.out
    assert waiting(tmp_path) == [three[0]]
    assert "2." in sahan("dead-letters", "resend", "--code", "30007").out
    assert waiting(tmp_path) == three
    assert "0." in sahan("dead-letters", "resend", "--all").out


def test_nothing_is_sent_again_without_saying_which(three: list[int], sahan: Command, tmp_path: Path) -> None:
    for arguments in ([], ["--all", "--code", "30007"], ["--all", str(three[0])]):
        done = sahan("dead-letters", "resend", *arguments)
        assert done.code == 1 and done.err.startswith("sahan: ")
    assert waiting(tmp_path) == []
