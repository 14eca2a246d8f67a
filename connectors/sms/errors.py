"""What Twilio's error codes mean for sending, for answers of its API and for delivery receipts alike.

The one place where it is decided. Codes: twilio.com/docs/api/errors. The 3xxxx arrive by receipt, the 21xxx by API;
some by both.
"""

from __future__ import annotations

from email.utils import parsedate_to_datetime
from time import time

from connectors.errors import SendError

_OPTED_OUT = {21610}

_UNREACHABLE = {
    21211,  # no valid number
    21612,  # no way from our sender to this number
    21614,  # no mobile number
    30004,  # the destination is blocked from receiving
    30005,  # unknown destination: the number is not in service
    30006,  # a landline, or a network that cannot be reached at all
}

_PASSING = {
    14107,  # sent faster than the sender may
    20429,  # too many requests at once
    21611,  # the queue of our number is full
    30001,  # the queue is full
    30002,  # our account is suspended: staff can see to that
    30003,  # the handset is off or out of reach
    30008,  # unknown error of a network
    30017,  # the network is congested
    30036,  # waited in Twilio's queue for too long
}

_LONGEST_PAUSE_SECONDS = 3600.0


def send_error(code: int | None, *, status: int = 400, retry_after: float | None = None) -> SendError:
    """What a failure means.

    Args:
        code: Twilio's; None where it gave none.
        status: of the HTTP answer; a receipt has none, and what it does not explain is final.
        retry_after: seconds that Twilio asks us to wait.
    """
    name = str(code or status)
    if code in _OPTED_OUT:
        return SendError(name, retryable=False, opted_out=True)
    if code in _UNREACHABLE:
        return SendError(name, retryable=False, unreachable=True)
    # 401 and 403: our account's trouble, never the message's.
    passing = code in _PASSING or status in (401, 403, 408, 429) or status >= 500
    return SendError(name, retryable=passing, retry_after=retry_after if passing else None)


def pause_of(header: str | None) -> float | None:
    """The seconds of a Retry-After header (RFC 9110, 10.2.3), an hour at most; None where it says nothing."""
    if not header:
        return None
    try:
        if header.isascii() and header.isdigit():
            seconds = float(header)
        else:
            seconds = parsedate_to_datetime(header).timestamp() - time()
    except (ValueError, OverflowError):
        return None
    return min(max(seconds, 0.0), _LONGEST_PAUSE_SECONDS)
