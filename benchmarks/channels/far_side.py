"""The far side of a system, in one process with one clock: the providers' APIs, and the people who write.

The doubles answer at once and check nothing, for they must never be what is waited for; tests/doubles hold the exact
ones. Telegram and Twilio share a port: their paths differ.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import itertools
import json
import re
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import aiohttp
import httptools

from benchmarks.channels.rasa_project import VERIFY

ACCOUNT, TWILIO_TOKEN, NUMBER = "AC" + "0123456789abcdef" * 2, "bench-auth-token", "+15005550006"
BOT_TOKEN, SECRET, PUBLIC_URL = "123:abc", "bench_secret", "https://sahan.example.org"
PATIENCE_SECONDS = 120.0
_MULTIPART = re.compile(rb'name="(chat_id|To)"\r\n(?:[^\r\n]+\r\n)*\r\n([^\r\n]+)')
_BOT = {"id": 123, "is_bot": True, "first_name": "Bench", "username": VERIFY}


@dataclass(frozen=True)
class Target:
    """Where one channel of a system takes its webhooks, and how people are addressed on it."""

    channel: str
    url: str

    @property
    def is_telegram(self) -> bool:
        """Otherwise it is Twilio."""
        return self.channel == "telegram"


@dataclass
class Sent:
    """What became of one message; times by ``time.perf_counter``, None: not within the patience."""

    person: str
    at: float
    acknowledged: float | None = None
    called: float | None = None
    status: int = 0


@dataclass
class Providers:
    """Both providers' APIs on a loopback port. ``calls`` counts the messages sent to each person, by address."""

    root: str = ""
    calls: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    total: int = 0
    last_at: float = 0.0
    _waiting: dict[str, asyncio.Future[float]] = field(default_factory=dict)
    _ids: itertools.count[int] = field(default_factory=lambda: itertools.count(1))
    _server: asyncio.Server | None = None

    async def __aenter__(self) -> Providers:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: _Connection(self.answer), "127.0.0.1", 0)
        self.root = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, *_reason: object) -> None:
        assert self._server is not None
        self._server.close()

    def expect(self, person: str) -> asyncio.Future[float]:
        """When the next message to this person is asked of the provider."""
        self._waiting[person] = future = asyncio.get_running_loop().create_future()
        return future

    def answer(self, path: str, body: bytes, content_type: str) -> tuple[int, object]:
        """(status, JSON) for one request."""
        moment = time.perf_counter()
        if "/Messages" in path:
            self._note(_field(body, "To", content_type), moment)
            return 201, _twilio_message(next(self._ids))
        method = path.rpartition("/")[2].partition("?")[0]
        if method.lower() == "sendmessage":
            chat = _field(body, "chat_id", content_type)
            self._note(chat, moment)
            return 200, {"ok": True, "result": {
                "message_id": next(self._ids), "date": int(time.time()), "from": _BOT, "text": "-",
                "chat": {"id": int(chat or 0), "type": "private", "first_name": "A"}}}
        return 200, {"ok": True, "result": _BOT if method.lower() == "getme" else True}

    def _note(self, person: str, moment: float) -> None:
        self.calls[person] += 1
        self.total += 1
        self.last_at = moment
        if (future := self._waiting.pop(person, None)) is not None and not future.done():
            future.set_result(moment)


class _Connection(asyncio.Protocol):
    """One kept-alive HTTP/1.1 connection."""

    def __init__(self, answer: Callable[[str, bytes, str], tuple[int, object]]) -> None:
        self._answer = answer
        self._parser = httptools.HttpRequestParser(self)
        self._path, self._body, self._type = "", bytearray(), ""

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_url(self, url: bytes) -> None:
        """httptools' call."""
        self._path, self._body, self._type = url.decode(), bytearray(), ""

    def on_header(self, name: bytes, value: bytes) -> None:
        """httptools' call."""
        if name.lower() == b"content-type":
            self._type = value.decode()

    def on_body(self, body: bytes) -> None:
        """httptools' call."""
        self._body += body

    def on_message_complete(self) -> None:
        """httptools' call."""
        status, found = self._answer(self._path, bytes(self._body), self._type)
        content = json.dumps(found).encode()
        self._transport.write(b"HTTP/1.1 %d OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b"
                              % (status, len(content), content))


def _field(body: bytes, name: str, content_type: str) -> str:
    if "multipart" in content_type:
        return {key.decode(): value.decode() for key, value in _MULTIPART.findall(body)}.get(name, "")
    if "json" in content_type:
        return str(json.loads(body).get(name, ""))
    return parse_qs(body.decode()).get(name, [""])[0]


def _twilio_message(number: int) -> dict[str, object]:
    return {"sid": f"SM{number:032x}", "status": "queued", "account_sid": ACCOUNT, "body": "-", "num_segments": "1",
            "num_media": "0", "direction": "outbound-api", "api_version": "2010-04-01", "error_code": None,
            "error_message": None, "from": NUMBER, "to": NUMBER, "price": None, "price_unit": None, "uri": "",
            "messaging_service_sid": None, "date_created": None, "date_sent": None, "date_updated": None,
            "subresource_uris": {}}


class People:
    """Write to a system's webhooks as the providers deliver them: signed, each message with an id of its own."""

    def __init__(self, providers: Providers, client: aiohttp.ClientSession, target: Target) -> None:
        self._providers, self._client, self._target = providers, client, target
        self._update_ids = _numbers

    async def write(self, person: str, text: str, *, wait: bool = True) -> Sent:
        """One message; done once it is acknowledged and, with ``wait``, its first reply was asked of the provider."""
        expected = self._providers.expect(person) if wait else None
        url, body, headers = self._request(person, text)
        sent = Sent(person, time.perf_counter())
        try:
            async with self._client.post(url, data=body, headers=headers) as response:
                await response.read()
                sent.status = response.status
                sent.acknowledged = time.perf_counter()
            if expected is not None and response.status < 300:
                sent.called = await asyncio.wait_for(expected, PATIENCE_SECONDS)
        except (TimeoutError, aiohttp.ClientError):
            pass
        return sent

    def _request(self, person: str, text: str) -> tuple[str, bytes, dict[str, str]]:
        number = next(self._update_ids)
        if self._target.is_telegram:
            human = {"id": int(person), "is_bot": False, "first_name": "A", "language_code": "fr"}
            body = {"update_id": number, "message": {
                "message_id": number, "date": int(time.time()), "text": text, "from": human,
                "chat": {"id": int(person), "type": "private", "first_name": "A"}}}
            return self._target.url, json.dumps(body).encode(), {
                "Content-Type": "application/json", "X-Telegram-Bot-Api-Secret-Token": SECRET}
        sid = f"SM{number:032x}"
        form = {"MessageSid": sid, "SmsSid": sid, "SmsMessageSid": sid, "SmsStatus": "received", "AccountSid": ACCOUNT,
                "From": person, "To": NUMBER, "Body": text, "NumMedia": "0", "NumSegments": "1",
                "ApiVersion": "2010-04-01"}
        signed = PUBLIC_URL + urlsplit(self._target.url).path + "".join(key + form[key] for key in sorted(form))
        digest = hmac.new(TWILIO_TOKEN.encode(), signed.encode(), hashlib.sha1).digest()
        return self._target.url, urlencode(form).encode(), {
            "Content-Type": "application/x-www-form-urlencoded",
            "X-Twilio-Signature": base64.b64encode(digest).decode()}


_numbers = itertools.count(1_000_000)


def some_people(count: int, target: Target) -> list[str]:
    """Addresses that nobody had before: numbers of Senegal for SMS, chat ids for Telegram."""
    numbers = [next(_numbers) for _ in range(count)]
    return [str(each) if target.is_telegram else f"+22177{each:07d}" for each in numbers]
