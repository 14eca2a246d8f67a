"""Both providers' APIs, on moods: calm, slow, refusing, cutting off, answering garbage. Every call is written down.

It runs in a thread and loop of its own, so that what the run does meanwhile delays nobody.
"""

from __future__ import annotations

import asyncio
import itertools
import random
import threading
import time
from dataclasses import dataclass
from typing import Any

from aiohttp import web

ACCOUNT, TWILIO_TOKEN, NUMBER = "AC" + "0123456789abcdef" * 2, "chaos-auth-token", "+15005550006"
BOT_TOKEN, SECRET, PUBLIC_URL = "123:abc", "chaos_secret", "https://sahan.example.org"
MOODS = ("slow", "refusing", "cutting off", "garbage")
UNRECORDED_SECONDS = 0.5
"""How long after its answer a call may not be recorded yet by the worker: it counts as in flight until then."""


@dataclass
class Call:
    """One message that was asked to be sent.

    Attributes:
        began, ended: by ``time.monotonic``; ``ended`` None while the answer has not gone out.
        taken: the provider sends it.
        told: the caller was told so in a way that it can read.
    """

    person: str
    text: str
    began: float
    ended: float | None = None
    taken: bool = False
    told: bool = False


class FarSide:
    """The providers. ``with`` it; ``root`` is their address."""

    def __init__(self, seed: int) -> None:
        self.calls: list[Call] = []
        self.mood = "calm"
        self.root = ""
        self._chance = random.Random(seed)
        self._ids = itertools.count(1)
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()

    def __enter__(self) -> FarSide:
        threading.Thread(target=self._run, daemon=True).start()
        self._ready.wait(10)
        return self

    def __exit__(self, *_reason: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)

    def in_flight(self, moment: float) -> int:
        """How many calls that the provider took were on their way, or not recorded yet, at ``moment``."""
        return sum(
            1 for call in list(self.calls)
            if call.taken and call.began <= moment and (call.ended is None or call.ended + UNRECORDED_SECONDS >= moment)
        )

    def sent_to(self, person: str) -> list[str]:
        """The texts that a person got, in order."""
        return [call.text for call in self.calls if call.person == person and call.taken]

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._start())
        self._ready.set()
        self._loop.run_forever()

    async def _start(self) -> None:
        application = web.Application()
        application.router.add_post("/2010-04-01/Accounts/{account}/Messages.json", self._twilio)
        application.router.add_route("*", "/bot{token}/{method}", self._telegram)
        runner = web.AppRunner(application, access_log=None)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        assert site._server is not None
        self.root = f"http://127.0.0.1:{site._server.sockets[0].getsockname()[1]}"  # type: ignore[attr-defined]

    async def _twilio(self, request: web.Request) -> web.StreamResponse:
        form = await request.post()
        number = next(self._ids)
        return await self._take(request, str(form["To"]), str(form["Body"]), 201, {
            "sid": f"SM{number:032x}", "status": "queued", "account_sid": ACCOUNT, "body": "-", "num_segments": "1",
            "num_media": "0", "direction": "outbound-api", "api_version": "2010-04-01", "error_code": None,
            "error_message": None, "from": NUMBER, "to": NUMBER, "price": None, "price_unit": None, "uri": "",
            "messaging_service_sid": None, "date_created": None, "date_sent": None, "date_updated": None,
            "subresource_uris": {},
        })

    async def _telegram(self, request: web.Request) -> web.StreamResponse:
        bot = {"id": 123, "is_bot": True, "first_name": "Chaos", "username": "chaos_bot"}
        method = request.match_info["method"].lower()
        if method != "sendmessage":
            return web.json_response({"ok": True, "result": bot if method == "getme" else True})
        form = await request.post()
        chat, number = str(form["chat_id"]), next(self._ids)
        return await self._take(request, chat, str(form["text"]), 200, {"ok": True, "result": {
            "message_id": number, "date": int(time.time()), "from": bot, "text": "-",
            "chat": {"id": int(chat), "type": "private", "first_name": "A"}}})

    async def _take(
        self, request: web.Request, person: str, text: str, status: int, answer: dict[str, Any]
    ) -> web.StreamResponse:
        call = Call(person, text, time.monotonic())
        self.calls.append(call)
        mood = self.mood if self._chance.random() < 0.5 else "calm"
        try:
            if mood == "refusing":
                return web.json_response({"code": 20500, "message": "try later", "status": 503, "ok": False,
                                          "error_code": 503, "description": "try later"}, status=503)
            if mood == "cutting off" and self._chance.random() < 0.5:
                _cut(request)
                return web.Response()
            call.taken = True
            await asyncio.sleep(self._chance.uniform(1.0, 3.0) if mood == "slow" else self._chance.uniform(0.01, 0.05))
            if mood == "cutting off":
                _cut(request)
                return web.Response()
            if mood == "garbage":
                return web.Response(body=b"\x00<html>\xff", status=status, content_type="application/json")
            call.told = True
            return web.json_response(answer, status=status)
        finally:
            call.ended = time.monotonic()


def _cut(request: web.Request) -> None:
    if request.transport is not None:
        request.transport.abort()
