"""A gateway that is stopped and started again while Telegram brings messages: nothing is lost, nothing doubled."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import select

from connectors.channel import decode_message
from store.addresses import Vault
from store.engine import create_engine, reading
from store.migrate import upgrade
from store.tables import inbox
from tests.conftest import SECRET, environment, free_port, wait_until
from tests.doubles import TelegramDouble
from tests.integration.system import BOT_TOKEN, WEBHOOK_SECRET, telegram_settings

MESSAGES = 80
_START_SECONDS = 60


def stored(url: str) -> list[str]:
    """The texts in the inbox, in the order in which they came."""
    vault = Vault(SECRET)

    async def read() -> list[str]:
        engine = create_engine(url)
        async with reading(engine) as connection:
            rows = list(await connection.execute(select(inbox.c.content_sealed).order_by(inbox.c.id)))
        await engine.dispose()
        return [decode_message(vault.open(row.content_sealed), opted_out=False, country_guess=None).text
                for row in rows]

    return asyncio.run(read())


@contextmanager
def gateway(folder: Path, settings: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """`sahan gateway` as a process of its own, stopped as a service manager stops it."""
    process = subprocess.Popen(
        [sys.executable, "-m", "sahan", "gateway"], env=environment(folder, **settings), stderr=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) in (0, -signal.SIGTERM)


@pytest.mark.parametrize("mode", ["webhook", "polling"])
def test_stopped_in_the_midst_and_started_again(tmp_path: Path, mode: str) -> None:
    port, url = free_port(), f"sqlite:///{tmp_path / 'sahan.db'}"
    upgrade(url)
    with TelegramDouble(BOT_TOKEN) as double:
        named = telegram_settings(double.root, TELEGRAM_MODE=mode, PORT=str(port))
        settings = {f"SAHAN_{name}": value for name, value in named.items()}
        if mode == "webhook":
            double.webhook = {"url": f"http://127.0.0.1:{port}/telegram/webhook", "secret_token": WEBHOOK_SECRET}

        def write() -> None:
            for number in range(MESSAGES):
                double.user_sends(4711, f"message {number}")

        writing = threading.Thread(target=write)
        writing.start()
        for stops_at in (MESSAGES // 5, MESSAGES // 2):
            with gateway(tmp_path, settings):
                wait_until(lambda stops_at=stops_at: len(stored(url)) >= stops_at, _START_SECONDS, "the first messages")
        writing.join()
        with gateway(tmp_path, settings):
            wait_until(lambda: double.pending == 0, _START_SECONDS, "the rest")
    assert stored(url) == [f"message {number}" for number in range(MESSAGES)]
