"""No number, chat or text of a person is left in the clear: not in logs, not in the database, not in figures."""

from __future__ import annotations

import contextlib
import io
import json
import logging
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import structlog

from bot.assistant import Assistant
from connectors.telegram.webhook import SECRET_HEADER
from store.logs import configure_logging
from store.messages import Message, Turn
from store.tables import metadata, senders
from tests.conftest import environment, free_port, is_ready, wait_until
from tests.doubles import TelegramDouble, TwilioDouble
from tests.integration.system import (
    ACCOUNT_SID,
    AUTH_TOKEN,
    BOT_TOKEN,
    NUMBER,
    PUBLIC_URL,
    WEBHOOK_SECRET,
    System,
    telegram_settings,
    twilio_settings,
)
from tests.integration.users import Phone, SmsUsers

PHONE, CHAT = "+22376543210", 987654321012
WORDS = "zibeline"
TEXT = f"je veux rentrer au Mali, mon nom est {WORDS}"
MARKS = (PHONE, PHONE[1:], "76543210", str(CHAT), WORDS, "rentrer au Mali, mon")
_START_SECONDS = 90


def marks_in(text: str) -> list[str]:
    return [mark for mark in MARKS if mark.lower() in text.lower()]


@pytest.fixture
def logs() -> Iterator[io.StringIO]:
    """All that our logging writes, as the processes set it up."""
    configure_logging()
    written = io.StringIO()
    before = structlog.get_config()["logger_factory"]
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(written))
    handler = logging.StreamHandler(written)
    handler.setFormatter(logging.getLogger().handlers[0].formatter)
    logging.getLogger().addHandler(handler)
    yield written
    logging.getLogger().removeHandler(handler)
    structlog.configure(logger_factory=before)


class Talkative:
    """An assistant whose errors hold what the person wrote."""

    def __init__(self, assistant: Assistant) -> None:
        self.assistant = assistant

    async def respond(self, message: Message, conversation: dict[str, Any]) -> Turn:
        raise ValueError(f"cannot answer {message.text!r} {conversation!r}")

    def apologise(self, message: Message, conversation: dict[str, Any]) -> Turn:
        return self.assistant.apologise(message, conversation)


async def test_errors_of_the_worker_and_of_the_provider_name_neither_text_nor_number(
    sms: SmsUsers, assistant: Assistant, logs: io.StringIO
) -> None:
    await sms.say(PHONE, TEXT)
    await sms.deliver(PHONE, TEXT)
    await sms.system.answer(Talkative(assistant))
    sms.double.fail_next(400, 21614, message=f"{PHONE} is not a mobile number")
    await sms.say(PHONE, "MENU")
    sms.double.opt_out(PHONE)
    await sms.say(PHONE, TEXT)
    await sms.deliver(PHONE, TEXT, auth_token="forged")
    await sms.status("SM" + "0" * 32, "failed", 30003)
    written = logs.getvalue()
    for event in ("gateway.received", "worker.answered", "worker.message_failed", "worker.send_failed"):
        assert event in written
    assert marks_in(written) == []


async def test_the_row_of_a_broken_sealed_text_is_logged_without_it(
    system: System, logs: io.StringIO
) -> None:
    phone = Phone(system, "p" * 22)
    await phone.write(TEXT)
    other = system.vault.__class__("a different secret of this test")
    system.vault.open = other.open  # type: ignore[method-assign]
    await system.answer()
    assert "error" in logs.getvalue()
    assert marks_in(logs.getvalue()) == []


async def test_no_column_holds_a_number_or_a_text_in_the_clear(system: System) -> None:
    phone = Phone(system, f"{WORDS}-{PHONE[1:]}-abc")
    for text in (TEXT, "NON", "je veux parler à une personne", f"{WORDS} qsdfgh", "STOP"):
        await phone.say(text)
    assert await system.rows(senders)
    for table in metadata.tables.values():
        for row in await system.rows(table):
            shown = " ".join(v.decode("latin-1") if isinstance(v, bytes) else str(v) for v in row)
            assert marks_in(shown) == [], table.name


def post(address: str, path: str, body: str, headers: dict[str, str]) -> int:
    return httpx.post(address + path, content=body, headers=headers).status_code


def test_the_running_system_writes_neither_text_nor_number_anywhere(tmp_path: Path, assistant: Assistant) -> None:
    port, log_path = free_port(), tmp_path / "log"
    address = f"http://127.0.0.1:{port}"
    with TelegramDouble(BOT_TOKEN) as telegram, TwilioDouble(ACCOUNT_SID, AUTH_TOKEN, number=NUMBER) as twilio:
        named = {**telegram_settings(telegram.root), **twilio_settings(twilio.root), "METRICS_TOKEN": "metrics-token"}
        more = {f"SAHAN_{name}": value for name, value in {**named, "PORT": str(port)}.items()}
        with log_path.open("w") as log:
            process = subprocess.Popen([sys.executable, "-m", "sahan", "serve"], stdout=log, stderr=subprocess.STDOUT,
                                       env=environment(tmp_path, **more))
        try:
            wait_until(lambda: process.poll() is not None or is_ready(address), _START_SECONDS, "the start")
            assert process.poll() is None, log_path.read_text()
            path = "/sms/twilio"
            for text in (TEXT, "je veux parler à une personne", f"{WORDS} qsdfgh"):
                twilio.send_inbound(address + path, PHONE, text, public_url=PUBLIC_URL + path)
            twilio.send_inbound(address + path, PHONE, TEXT, public_url=PUBLIC_URL + path, auth_token="forged")
            telegram.fail_next("sendMessage", 400, f"Bad Request: {TEXT}")
            update = {"update_id": 1, "message": {
                "message_id": 1, "date": 1, "text": TEXT, "chat": {"id": CHAT, "type": "private", "first_name": WORDS},
                "from": {"id": CHAT, "is_bot": False, "first_name": WORDS},
            }}
            headers = {SECRET_HEADER: WEBHOOK_SECRET}
            assert post(address, "/telegram/webhook", json.dumps(update), headers) == 200
            assert post(address, "/telegram/webhook", json.dumps(update), {}) == 403
            assert post(address, "/telegram/webhook", json.dumps(update)[:-1], headers) == 400
            broken = {"update_id": 2, "message": {**update["message"], "chat": {"id": CHAT}}}  # type: ignore[dict-item]
            assert post(address, "/telegram/webhook", json.dumps(broken), headers) == 400
            twilio.wait_for(3, 20)
            telegram.wait_until(lambda: any(method == "sendMessage" for method, _ in telegram.calls), 20)
            figures = httpx.get(f"{address}/metrics", headers={"Authorization": "Bearer metrics-token"})
            assert "sahan_messages_received_total" in figures.text
            assert marks_in(figures.text) == []
        finally:
            process.terminate()
            process.wait(60)
    written = log_path.read_text()
    assert "worker.answered" in written and "worker.send_failed" in written
    assert marks_in(written) == []
    for secret in (BOT_TOKEN, AUTH_TOKEN, WEBHOOK_SECRET, "metrics-token"):
        assert secret not in written
    files = list(tmp_path.glob("sahan.db*"))
    assert files
    for file in files:
        with contextlib.suppress(FileNotFoundError):  # the write-ahead log goes when the last process ends
            assert marks_in(file.read_bytes().decode("latin-1")) == [], file.name
