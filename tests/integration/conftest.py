"""Fixtures of the integration tests: the real system with a double at the far side."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Callable
from functools import lru_cache
from pathlib import Path

import pytest
import pytest_asyncio

from bot.assistant import Assistant
from store.migrate import upgrade
from tests.doubles import TelegramDouble
from tests.integration.system import (
    BOT_TOKEN,
    System,
    running,
    settings_of,
    telegram_settings,
)
from tests.integration.users import SmppUsers, SmsUsers, TelegramUsers, linked_users, texting


@lru_cache(maxsize=1)
def _tls(_make: Callable[[], ssl.SSLContext] = ssl.create_default_context) -> ssl.SSLContext:
    return _make()


@pytest.fixture(autouse=True)
def one_tls_context(monkeypatch: pytest.MonkeyPatch) -> None:
    """All far sides are plain HTTP on loopback: reading the authorities once saves half the time."""
    monkeypatch.setattr(ssl, "create_default_context", lambda *_arguments, **_options: _tls())


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """A fresh SQLite database, where the kind of database makes no difference."""
    url = f"sqlite:///{tmp_path / 'sahan.db'}"
    upgrade(url)
    return url


@pytest_asyncio.fixture
async def telegram(sqlite_url: str, assistant: Assistant) -> AsyncIterator[TelegramUsers]:
    """People at Telegram, which delivers to the gateway's webhook."""
    with TelegramDouble(BOT_TOKEN) as double:
        async with running(settings_of(sqlite_url, **telegram_settings(double.root)), assistant) as system:
            users = TelegramUsers(system, double)
            await users.set_webhook()
            yield users


@pytest_asyncio.fixture
async def polled(sqlite_url: str, assistant: Assistant) -> AsyncIterator[TelegramUsers]:
    """People at Telegram, which is polled."""
    with TelegramDouble(BOT_TOKEN) as double:
        settings = settings_of(sqlite_url, **telegram_settings(double.root, TELEGRAM_MODE="polling"))
        async with running(settings, assistant) as system:
            yield TelegramUsers(system, double)


@pytest_asyncio.fixture
async def sms(sqlite_url: str, assistant: Assistant) -> AsyncIterator[SmsUsers]:
    """People who write SMS, through Twilio."""
    async with texting(sqlite_url, assistant) as users:
        yield users


@pytest_asyncio.fixture
async def each_sms(database_url: str, assistant: Assistant) -> AsyncIterator[SmsUsers]:
    """People who write SMS, through Twilio, over a database of each kind."""
    async with texting(database_url, assistant) as users:
        yield users


@pytest_asyncio.fixture
async def smpp(sqlite_url: str, assistant: Assistant) -> AsyncIterator[SmppUsers]:
    """People who write SMS, through an operator's SMSC."""
    async with linked_users(sqlite_url, assistant) as users:
        yield users


@pytest_asyncio.fixture
async def smpp_anywhere(database_url: str, assistant: Assistant) -> AsyncIterator[SmppUsers]:
    """People who write SMS, through an operator's SMSC, over a database of each kind."""
    async with linked_users(database_url, assistant) as users:
        yield users


@pytest_asyncio.fixture
async def system(database_url: str, assistant: Assistant) -> AsyncIterator[System]:
    """The system with the simulator's phones, over a database of each kind."""
    async with running(settings_of(database_url, SIMULATOR="1"), assistant) as made:
        yield made
