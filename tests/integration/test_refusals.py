"""Forged and probing requests: 429 for the address that sends them again and again, never for an authentic one."""

from __future__ import annotations

import contextlib
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from connectors.refusals import MOST_ADDRESSES, Refusals
from connectors.telegram.webhook import SECRET_HEADER
from content.models import Library
from sahan.composition import gateway_application, vault_of
from store.engine import create_engine
from tests.integration.system import WEBHOOK_SECRET, settings_of, telegram_settings

HERE, ONE, OTHER = "127.0.0.1", "203.0.113.5", "198.51.100.7"
RIGHT, WRONG = {SECRET_HEADER: WEBHOOK_SECRET}, {SECRET_HEADER: "forged"}


class Gateway:
    """The gateway, asked from any address."""

    def __init__(self, application: Any) -> None:
        self._application = application
        self._updates = 0

    async def ask(
        self, host: str, headers: dict[str, str], method: str = "POST", path: str = "/telegram/webhook"
    ) -> int:
        self._updates += 1
        update = {"update_id": self._updates, "message": {
            "message_id": 1, "date": 1, "text": "MENU", "chat": {"id": 5, "type": "private", "first_name": "A"},
            "from": {"id": 5, "is_bot": False, "first_name": "A"}}}
        transport = httpx.ASGITransport(self._application, client=(host, 40000))
        async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as client:
            answer = await client.request(method, path, content=json.dumps(update), headers=headers)
        return answer.status_code

    async def forge(self, host: str, times: int, **more: str) -> list[int]:
        return [await self.ask(host, {**WRONG, **more}) for _ in range(times)]


@contextlib.asynccontextmanager
async def gateway(url: str, library: Library, **more: str) -> AsyncIterator[Gateway]:
    settings = settings_of(url, REFUSED_PER_MINUTE="3", **telegram_settings("http://127.0.0.1:9"), **more)
    engine = create_engine(url)
    yield Gateway(gateway_application(settings, engine, vault_of(settings), lambda: library))
    await engine.dispose()


async def test_an_address_that_forges_gets_429_and_an_authentic_request_from_it_passes(
    sqlite_url: str, library: Library
) -> None:
    async with gateway(sqlite_url, library) as asked:
        assert await asked.forge(ONE, 5) == [403, 403, 403, 429, 429]
        assert await asked.ask(ONE, {}) == 429, "without any credential it is not even read"
        assert await asked.ask(ONE, RIGHT) == 200
        assert await asked.ask(ONE, {}, "GET", "/healthz") == 200
        assert await asked.ask(ONE, {}, "GET", "/wp-login.php") == 429
        assert await asked.forge(OTHER, 1) == [403]


async def test_behind_a_proxy_only_what_our_proxy_wrote_is_believed(sqlite_url: str, library: Library) -> None:
    async with gateway(sqlite_url, library, ADDRESS_HEADER="X-Forwarded-For") as asked:
        for number in range(3):
            assert await asked.forge(HERE, 1, **{"X-Forwarded-For": f"192.0.2.{number}, {ONE}"}) == [403]
        assert await asked.forge(HERE, 1, **{"X-Forwarded-For": f"192.0.2.9, {ONE}"}) == [429]
        assert await asked.forge(HERE, 1, **{"X-Forwarded-For": f"{ONE}, {OTHER}"}) == [403]
        assert await asked.forge(HERE, 5) == [403] * 5


async def test_without_that_header_this_machine_is_a_proxy_and_not_limited(sqlite_url: str, library: Library) -> None:
    async with gateway(sqlite_url, library) as asked:
        assert await asked.forge(HERE, 5, **{"X-Forwarded-For": ONE}) == [403] * 5


@pytest.mark.parametrize(("one", "other", "same"), [
    ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True), ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
    ("::ffff:203.0.113.5", ONE, True), (ONE, OTHER, False),
])
def test_a_network_of_ipv6_is_one_address(one: str, other: str, same: bool) -> None:
    refusals = Refusals(3)
    found = [refusals.address_of({"type": "http", "client": (each, 1), "headers": []}) for each in (one, other)]
    assert (found[0] == found[1]) is same


@pytest.mark.parametrize("client", [None, ("", 0), ("unix:", 0), ("127.0.0.1", 1), ("::1", 1)])
def test_who_cannot_be_told_is_not_limited(client: tuple[str, int] | None) -> None:
    assert Refusals(3).address_of({"type": "http", "client": client, "headers": []}) is None


def test_memory_is_bounded_and_the_oldest_is_forgotten_first() -> None:
    refusals = Refusals(1)
    refusals.count("first")
    assert refusals.is_over("first")
    for number in range(MOST_ADDRESSES):
        refusals.count(f"address {number}")
    assert not refusals.is_over("first")
    assert refusals.is_over("address 0")
