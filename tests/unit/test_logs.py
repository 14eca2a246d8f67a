"""Logs hold our own events only: never a text, a number, or what a library has to say about them."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Iterator

import pytest
import structlog

from store.logs import OURS, configure_logging

PRIVATE = "je suis a obock, mon numero est +25377123456"


@pytest.fixture
def output(capsys: pytest.CaptureFixture[str]) -> Iterator[pytest.CaptureFixture[str]]:
    """What a test writes; afterwards logging writes where it did, for the stream of the test is closed then."""
    yield capsys
    with capsys.disabled():
        configure_logging()


def test_our_events_are_json_lines_on_standard_error(output: pytest.CaptureFixture[str]) -> None:
    configure_logging()
    structlog.get_logger().error("worker.turn_failed", sender=7)
    written = output.readouterr()
    assert written.out == ""
    event = json.loads(written.err)
    assert (event["event"], event["sender"], event["level"]) == ("worker.turn_failed", 7, "error")
    assert event["timestamp"].endswith("Z")


@pytest.mark.parametrize("event", ["processor.message.parse", "actions.rasa_sdk", PRIVATE, "", "workers"])
def test_foreign_structured_events_are_dropped(output: pytest.CaptureFixture[str], event: str) -> None:
    configure_logging()
    structlog.get_logger().error(event, text=PRIVATE)
    written = output.readouterr()
    assert (written.out, written.err) == ("", "")


@pytest.mark.parametrize("library", ["rasa.core.processor", "rasa_sdk.executor", "telegram.ext", "twilio.http", "httpx",
                                     "sqlalchemy.engine", "asyncio"])
def test_what_libraries_log_does_not_pass(output: pytest.CaptureFixture[str], library: str) -> None:
    configure_logging()
    for level in (logging.DEBUG, logging.INFO, logging.WARNING, logging.ERROR):
        logging.getLogger(library).log(level, "message: %s", PRIVATE)
    written = output.readouterr()
    assert (written.out, written.err) == ("", "")


def test_an_unknown_library_names_itself_and_not_its_text(output: pytest.CaptureFixture[str]) -> None:
    configure_logging()
    logging.getLogger("some.library").error("message: %s", PRIVATE)
    logging.getLogger("some.library").warning("message: %s", PRIVATE)
    written = output.readouterr()
    assert written.err.strip() == "ERROR some.library"
    assert PRIVATE not in written.err


def test_the_text_of_an_exception_does_not_pass(output: pytest.CaptureFixture[str]) -> None:
    configure_logging()
    try:
        raise ValueError(PRIVATE)
    except ValueError:
        logging.getLogger("asyncio").exception("task failed")
        logging.getLogger("some.library").exception("task failed")
    assert PRIVATE not in output.readouterr().err


def test_our_rooms_are_named_with_a_dot() -> None:
    assert all(each.endswith(".") for each in OURS)


def test_what_ends_a_process_is_shown_by_its_kind_and_lines_only(output: pytest.CaptureFixture[str]) -> None:
    configure_logging()
    try:
        raise ValueError(PRIVATE)
    except ValueError as error:
        sys.excepthook(type(error), error, error.__traceback__)
    written = output.readouterr().err
    assert "ValueError" in written and "test_logs.py" in written and "obock" not in written
