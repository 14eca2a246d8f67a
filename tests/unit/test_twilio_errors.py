"""What Twilio's codes mean, by API and by receipt, in one table; what our messages may come from."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from connectors.sms.errors import pause_of, send_error
from connectors.sms.senders import SenderKind, kind_of


@pytest.mark.parametrize(
    ("codes", "retryable", "unreachable", "opted_out"),
    [
        ((30001, 30002, 30003, 30008, 30017, 30036, 21611, 14107, 20429), True, False, False),
        ((30004, 30005, 30006, 21211, 21612, 21614), False, True, False),
        ((21610,), False, True, True),
        ((30007, 30034, 21602, 21617, 21408, 21606, 99999), False, False, False),
    ],
)
def test_a_code_means_the_same_by_api_and_by_receipt(
    codes: tuple[int, ...], retryable: bool, unreachable: bool, opted_out: bool
) -> None:
    for code in codes:
        for error in (send_error(code), send_error(code, status=400)):
            assert (error.code, error.retryable, error.unreachable, error.opted_out) == (
                str(code), retryable, unreachable, opted_out
            ), code


@pytest.mark.parametrize(("status", "retryable"), [(400, False), (401, True), (403, True), (404, False), (408, True),
                                                   (429, True), (500, True), (502, True), (503, True)])
def test_without_a_known_code_the_http_status_decides(status: int, retryable: bool) -> None:
    for code in (None, 99999):
        assert send_error(code, status=status).retryable is retryable
    assert send_error(21610, status=500).retryable is False, "a code that is known says more"


def test_the_pause_that_is_asked_for_is_kept_within_reason() -> None:
    assert send_error(20429, status=429, retry_after=7.0).retry_after == 7.0
    assert send_error(30007, retry_after=7.0).retry_after is None
    assert [pause_of(each) for each in ("7", "0", "999999", None, "", "soon", "-1", "١")] == [
        7.0, 0.0, 3600.0, None, None, None, None, None
    ]
    later = pause_of(format_datetime(datetime.now(UTC) + timedelta(seconds=100), usegmt=True))
    assert later is not None and 90 < later <= 100
    assert pause_of("Wed, 21 Oct 2015 07:28:00 GMT") == 0.0


@pytest.mark.parametrize(
    ("sender", "kind"),
    [
        ("+22370000001", SenderKind.NUMBER), ("36179", SenderKind.SHORT_CODE), ("MG" + "a1" * 16, SenderKind.SERVICE),
        ("Sahan", SenderKind.NAME), ("OIM Mali 1", SenderKind.NAME), ("MG Sahan", SenderKind.NAME),
        ("ABCDEFGHIJKL", None), ("+1", None), ("Sahan!", None), ("Été", None), ("MG" + "a1" * 15, None), ("", None),
        ("+" + "1" * 10, SenderKind.NUMBER), ("123456789", None),
    ],
)
def test_what_twilio_would_take_as_sender(sender: str, kind: SenderKind | None) -> None:
    assert kind_of(sender) is kind
