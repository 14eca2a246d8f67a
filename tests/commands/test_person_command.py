"""`sahan person export` and `sahan database purge`, as staff call them."""

from __future__ import annotations

import asyncio
import io
import json
from pathlib import Path

import pytest
from sqlalchemy import update

from connectors.channel import Inbound
from connectors.inbox import receive
from store.addresses import Vault
from store.engine import create_engine, transaction
from store.messages import Channel, Message, Provider
from store.migrate import upgrade
from store.tables import inbox, senders
from tests.commands.conftest import Command
from tests.conftest import SECRET

NUMBER, WORDS = "+25377000001", "zibeline"


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One message of one person, forty days old and answered."""
    monkeypatch.setenv("SAHAN_SECRET_KEY", SECRET)
    url = f"sqlite:///{tmp_path / 'sahan.db'}"
    upgrade(url)

    async def fill() -> None:
        engine = create_engine(url)
        async with transaction(engine) as connection:
            inbound = Inbound(Provider.TWILIO, Channel.SMS, NUMBER, "SM1", Message(Channel.SMS, WORDS))
            await receive(connection, Vault(SECRET), inbound, "DJ")
            old = 40 * 86_400.0
            await connection.execute(update(inbox).values(received_at=inbox.c.received_at - old, processed_at=1.0))
            await connection.execute(update(senders).values(created_at=senders.c.created_at - old))
        await engine.dispose()

    asyncio.run(fill())


def export(sahan: Command, monkeypatch: pytest.MonkeyPatch, address: str, *more: str):
    monkeypatch.setattr("sys.stdin", io.StringIO(address + "\n"))
    return sahan("person", "export", "--provider", "twilio", "--channel", "sms", *more)


def test_the_export_is_json_and_the_audit_line_names_nobody(
    database: None, sahan: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = export(sahan, monkeypatch, NUMBER, "--address-from-stdin")
    assert done.code == 0, done.err
    held = json.loads(done.out)
    assert held["person"]["address"] == NUMBER and held["inbox"][0]["content"]["text"] == WORDS
    [line] = [json.loads(each) for each in done.err.splitlines() if "person_exported" in each]
    assert line["sender"] == 1 and line["provider"] == "twilio" and line["by"]
    assert NUMBER[1:] not in done.err and WORDS not in done.err


def test_somebody_unknown_is_said_to_be_unknown_without_being_named(
    database: None, sahan: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = export(sahan, monkeypatch, "+25377999999", "--address-from-stdin")
    assert done.code == 1 and done.out == ""
    assert "ne garde rien" in done.err and "77999999" not in done.err


def test_an_address_is_never_taken_from_the_command_line(
    database: None, sahan: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = export(sahan, monkeypatch, NUMBER)
    assert done.code == 1 and "--address-from-stdin" in done.err and done.out == ""


def test_the_purge_says_how_much_is_gone(database: None, sahan: Command) -> None:
    done = sahan("database", "purge", "--rewrite")
    assert done.code == 0 and "2 lignes de plus de 30 jours" in done.out, done.err
    assert "0 lignes" in sahan("database", "purge").out
