"""Reading a request's body, up to a limit."""

from __future__ import annotations

from starlette.requests import ClientDisconnect, Request

from connectors.errors import ConnectorError

LONGEST_BODY = 1_000_000


class BodyTooLargeError(ConnectorError):
    """The request's body is longer than any message can be."""


async def read_body(request: Request) -> bytes:
    """The raw body, at most ``LONGEST_BODY`` octets.

    Raises:
        BodyTooLargeError: it is longer; the rest is not read.
    """
    body = bytearray()
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > LONGEST_BODY:
                raise BodyTooLargeError(f"the body is longer than {LONGEST_BODY} octets")
    except ClientDisconnect:
        return b""
    return bytes(body)
