"""Reading a request's body: up to a length, and for a time."""

from __future__ import annotations

import asyncio

from starlette.requests import ClientDisconnect, Request

from connectors.errors import ConnectorError

LONGEST_BODY = 1_000_000
BODY_SECONDS = 10.0
"""Telegram and Twilio send a body at once; who needs longer keeps a connection busy."""


class BodyError(ConnectorError):
    """A request's body is not read. ``status``: the HTTP status that says so."""

    status = 400


class BodyTooLargeError(BodyError):
    """It is longer than any message can be."""

    status = 413


class BodyTooSlowError(BodyError):
    """It does not come."""

    status = 408


async def read_body(request: Request) -> bytes:
    """The raw body, at most ``LONGEST_BODY`` octets within ``BODY_SECONDS``.

    Raises:
        BodyTooLargeError, BodyTooSlowError: the rest is not read.
    """
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_SECONDS):
            async for chunk in request.stream():
                body += chunk
                if len(body) > LONGEST_BODY:
                    raise BodyTooLargeError(f"the body is longer than {LONGEST_BODY} octets")
    except TimeoutError:
        raise BodyTooSlowError(f"the body did not come within {BODY_SECONDS:.0f} s") from None
    except ClientDisconnect:
        return b""
    return bytes(body)
