"""No number, chat or text of a person is left in the clear: not in logs, not in the database, not in figures."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from bot.assistant import Assistant
from store.logs import configure_logging
from store.messages import Message, Turn
from store.tables import metadata, senders
from tests.integration.marks import PHONE, TEXT, WORDS, marks_in
from tests.integration.system import System
from tests.integration.users import Phone, SmsUsers


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
