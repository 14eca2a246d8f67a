"""One message id through the logs, from the gateway to the delivery receipt, with durations and without texts."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from bot.assistant import Assistant
from store.logs import configure_logging
from store.messages import Message, Turn
from store.tables import inbox, outbox
from tests.integration.users import SmsUsers

PHONE, TEXT = "+22376543210", "je veux rentrer au Mali, mon nom est zibeline"


@pytest.fixture
def logs() -> Iterator[io.StringIO]:
    configure_logging()
    written = io.StringIO()
    before = structlog.get_config()["logger_factory"]
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(written))
    yield written
    structlog.configure(logger_factory=before)


class Failing:
    """An assistant that logs, and fails."""

    def __init__(self, assistant: Assistant) -> None:
        self.assistant = assistant

    async def respond(self, message: Message, conversation: dict[str, Any]) -> Turn:
        structlog.get_logger().error("assistant.rasa_failed", error="RuntimeError")
        raise RuntimeError(message.text)

    def apologise(self, message: Message, conversation: dict[str, Any]) -> Turn:
        return self.assistant.apologise(message, conversation)


def lines(logs: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in logs.getvalue().splitlines()]


async def test_every_line_of_a_message_names_it(sms: SmsUsers, logs: io.StringIO) -> None:
    await sms.say("+22370000001", "MENU")
    await sms.say(PHONE, TEXT)
    sids = [each.provider_message_id for each in await sms.system.rows(outbox) if each.inbox_id == 2]
    for sid in sids:
        await sms.status(sid, "delivered")
    path = [line for line in lines(logs) if line.get("message") == 2]
    assert [line["event"] for line in path] == [
        "gateway.received", "worker.answered", *["worker.sent"] * len(sids), *["gateway.receipt"] * len(sids)
    ]
    received, answered, *others = path
    assert received["new"] is True and received["seconds"] >= 0
    assert answered["seconds"] >= answered["understood"] > 0 and answered["waited"] >= 0
    assert answered["queued"] >= 1
    for line in others[: len(sids)]:
        assert line["seconds"] > 0 and line["waited"] >= 0 and line["outbox"]
    assert not [line for line in lines(logs) if "message" not in line]
    assert PHONE not in logs.getvalue() and "zibeline" not in logs.getvalue()


async def test_a_redelivery_is_logged_as_the_message_that_it_is(sms: SmsUsers, logs: io.StringIO) -> None:
    for _ in range(2):
        await sms.deliver(PHONE, TEXT, MessageSid="SM" + "5" * 32)
    (row,) = await sms.system.rows(inbox)
    received = [(line["message"], line["new"]) for line in lines(logs) if line["event"] == "gateway.received"]
    assert received == [(row.id, True), (row.id, False)]


async def test_what_the_assistant_logs_names_the_message_too(
    sms: SmsUsers, assistant: Assistant, logs: io.StringIO
) -> None:
    await sms.deliver(PHONE, TEXT)
    await sms.system.answer(Failing(assistant))
    events = [(line["event"], line["message"]) for line in lines(logs)]
    assert events.count(("assistant.rasa_failed", 1)) == events.count(("worker.message_failed", 1)) == 3
    sms.double.fail_next(400, 21614)
    await sms.deliver(PHONE, "MENU")
    await sms.system.answer()
    assert [line["message"] for line in lines(logs) if line["event"] == "worker.send_failed"] == [2]
    assert "zibeline" not in logs.getvalue()
