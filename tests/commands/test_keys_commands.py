"""`sahan keys status` and `rotate`: what rests on which key, in words."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from connectors.channel import Inbound
from connectors.inbox import receive
from store.addresses import Vault
from store.engine import create_engine, transaction
from store.messages import Channel, Message, Provider
from store.migrate import upgrade
from tests.commands.conftest import Command
from tests.conftest import SECRET

NEW = "the key of the new year, long enough"


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One message under the old key, and the settings of the second step of a rotation."""
    url = f"sqlite:///{tmp_path / 'sahan.db'}"
    upgrade(url)

    async def fill() -> None:
        engine = create_engine(url)
        async with transaction(engine) as connection:
            inbound = Inbound(Provider.SIMULATOR, Channel.SMS, "+25377000001", "id-1", Message(Channel.SMS, "Bonjour"))
            await receive(connection, Vault(SECRET), inbound, "DJ")
        await engine.dispose()

    asyncio.run(fill())
    monkeypatch.setenv("SAHAN_SECRET_KEY", NEW)
    monkeypatch.setenv("SAHAN_SECRET_KEY_PREVIOUS", SECRET)


def test_a_rotation_from_status_to_status(database: None, sahan: Command) -> None:
    before = sahan("keys", "status")
    assert before.code == 0
    assert "3 valeurs scellées, 2 empreintes" in before.out and "sahan keys rotate" in before.out
    done = sahan("keys", "rotate")
    assert "3 valeurs" in done.out and "retirez SAHAN_SECRET_KEY_PREVIOUS" in done.out
    after = sahan("keys", "status")
    assert "0 valeurs scellées, 0 empreintes" in after.out and "retirez SAHAN_SECRET_KEY_PREVIOUS" in after.out


def test_a_missing_key_is_named(database: None, sahan: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SAHAN_SECRET_KEY_PREVIOUS")
    assert "ajoutez la clé qui manque" in sahan("keys", "rotate").out
