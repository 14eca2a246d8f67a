"""Requests that are refused again and again: an address that forges or probes gets 429 for the rest of the minute.

An authentic request is never refused, whoever has called from the same address before: providers share theirs among
all their customers, and one of these could otherwise keep everybody's messages away. So the answer to a request that
shows a credential is made first, and only a refusal becomes 429; one without any credential is not even read.
"""

from __future__ import annotations

import time
from collections import Counter, OrderedDict
from ipaddress import IPv6Address, ip_address, ip_network

from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

WINDOW_SECONDS = 60.0
MOST_ADDRESSES = 10_000
_CREDENTIALS = ("x-twilio-signature", "x-telegram-bot-api-secret-token", "authorization")
_REFUSALS = {400, 401, 403, 404, 405, 413}
_IPV6_PREFIX = 64  # what one customer of a network has


class Refusals:
    """Counts refused requests by address, for a minute, in memory.

    Args:
        per_minute: how many an address may have.
        header: in which our proxy names who called it; only its last entry is believed, for that one the proxy wrote.
            None: whoever is connected; this machine itself then never is limited, for behind a proxy everybody is it.

    Attributes:
        counted: how many were refused in all, by reason.
    """

    def __init__(self, per_minute: int, header: str | None = None) -> None:
        self.counted: Counter[str] = Counter(refused=0, limited=0)
        self._per_minute = per_minute
        self._header = header
        self._seen: OrderedDict[str, tuple[float, int]] = OrderedDict()

    def address_of(self, scope: Scope) -> str | None:
        """Who is calling, as far as it can be told; None: not limited."""
        if self._header is not None:
            given = Headers(scope=scope).getlist(self._header)
            return _network(given[-1].split(",")[-1].strip()) if given else None
        client = scope.get("client")
        address = _network(client[0]) if client else None
        return None if address is None or ip_network(address).is_loopback else address

    def is_over(self, address: str) -> bool:
        """Whether an address has had its refusals of this minute."""
        began, count = self._seen.get(address, (0.0, 0))
        return count >= self._per_minute and time.monotonic() - began < WINDOW_SECONDS

    def count(self, address: str) -> None:
        """One more refusal."""
        clock = time.monotonic()
        began, count = self._seen.pop(address, (clock, 0))
        if clock - began >= WINDOW_SECONDS:
            began, count = clock, 0
        self._seen[address] = (began, count + 1)
        if len(self._seen) > MOST_ADDRESSES:
            self._seen.popitem(last=False)


class LimitRefusals:
    """The middleware; see the module's text."""

    def __init__(self, app: ASGIApp, refusals: Refusals) -> None:
        self._app = app
        self._refusals = refusals

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        address = self._refusals.address_of(scope) if scope["type"] == "http" else None
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        over = address is not None and self._refusals.is_over(address)
        if over and scope["method"] == "POST" and not any(name in Headers(scope=scope) for name in _CREDENTIALS):
            await self._refuse(scope, receive, send)
            return
        replaced = False

        async def answer(message: Message) -> None:
            nonlocal replaced
            if message["type"] == "http.response.start" and message["status"] in _REFUSALS:
                self._refusals.counted["refused"] += 1
                if address is not None:
                    self._refusals.count(address)
                if over:
                    replaced = True
            if not replaced:
                await send(message)

        await self._app(scope, receive, answer)
        if replaced:
            await self._refuse(scope, receive, send)

    async def _refuse(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._refusals.counted["limited"] += 1
        response = JSONResponse({"error": "too many refused requests; wait a minute"}, 429,
                                headers={"Retry-After": str(int(WINDOW_SECONDS))})
        await response(scope, receive, send)


def _network(address: str) -> str | None:
    try:
        parsed = ip_address(address)
    except ValueError:
        return None
    if isinstance(parsed, IPv6Address) and parsed.ipv4_mapped is None:
        return str(ip_network((parsed, _IPV6_PREFIX if not parsed.is_loopback else 128), strict=False))
    return str(parsed.ipv4_mapped or parsed) if isinstance(parsed, IPv6Address) else str(parsed)
