"""People who write, through providers that deliver again until they get their 200, and sometimes after it."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import itertools
import json
import random
import time
from collections.abc import Callable, Sequence
from urllib.parse import urlencode

import aiohttp

from benchmarks.chaos.far_side import ACCOUNT, NUMBER, PUBLIC_URL, SECRET, TWILIO_TOKEN

SCRIPT = (
    "bonjour", "combien coute le retour volontaire ?", "SUITE", "MENU", "1", "AIDE", "je veux rentrer au mali",
    "y a-t-il un vol cette semaine ?", "SUITE", "que faire si on me demande de l'argent", "LANGUE", "1",
    "ou est le bureau de l'oim", "quels papiers faut-il", "PAYS", "2", "je suis malade, ou aller", "MENU", "2", "merci",
)
_AGAIN = 0.02
_TWICE_LATER_SECONDS = 3.0
_RETRY_SECONDS = (0.2, 0.5, 1.0, 2.0)


class Delivery:
    """Brings messages to the gateways, one of them at a time, as Telegram and Twilio do.

    Args:
        gateways: addresses; the next one is tried where one fails, as with a fallback URL.
    """

    def __init__(self, client: aiohttp.ClientSession, gateways: Callable[[], Sequence[str]], seed: int) -> None:
        self._client = client
        self._gateways = gateways
        self._chance = random.Random(seed)
        self._numbers = itertools.count(1_000_000)
        self._later: set[asyncio.Task[None]] = set()
        self.acknowledged = 0
        self.tries = 0
        self.repeated = 0

    async def write(self, person: str, text: str) -> None:
        """Deliver one message until a gateway has said 200."""
        path, body, headers = _request(person, text, next(self._numbers))
        for place in itertools.count():
            gateways = self._gateways()
            if await self._post(gateways[(hash(person) + place) % len(gateways)] + path, body, headers):
                break
            await asyncio.sleep(_RETRY_SECONDS[min(place, len(_RETRY_SECONDS) - 1)])
        self.acknowledged += 1
        if self._chance.random() < _AGAIN:
            task = asyncio.create_task(self._again(path, body, headers))
            self._later.add(task)
            task.add_done_callback(self._later.discard)

    async def finish(self) -> None:
        """Wait for what is delivered once more."""
        while self._later:
            await asyncio.wait(set(self._later))

    async def _again(self, path: str, body: bytes, headers: dict[str, str]) -> None:
        await asyncio.sleep(self._chance.uniform(0.0, _TWICE_LATER_SECONDS))
        self.repeated += 1
        await self._post(self._gateways()[0] + path, body, headers)

    async def _post(self, url: str, body: bytes, headers: dict[str, str]) -> bool:
        self.tries += 1
        try:
            async with self._client.post(url, data=body, headers=headers) as response:
                await response.read()
                return response.status == 200
        except (TimeoutError, aiohttp.ClientError, OSError):
            return False


async def talk(delivery: Delivery, person: str, pause: Callable[[], float]) -> None:
    """One person's whole script; the next message follows once the one before is acknowledged."""
    for text in SCRIPT:
        await delivery.write(person, text)
        await asyncio.sleep(pause())


def some_people(count: int) -> list[str]:
    """Half of them write SMS from numbers of Senegal, half write on Telegram."""
    return [f"+22177{number:07d}" if number % 2 else str(700_000 + number) for number in range(count)]


def _request(person: str, text: str, number: int) -> tuple[str, bytes, dict[str, str]]:
    if not person.startswith("+"):
        human = {"id": int(person), "is_bot": False, "first_name": "A", "language_code": "fr"}
        update = {"update_id": number, "message": {
            "message_id": number, "date": int(time.time()), "text": text, "from": human,
            "chat": {"id": int(person), "type": "private", "first_name": "A"}}}
        return "/telegram/webhook", json.dumps(update).encode(), {
            "Content-Type": "application/json", "X-Telegram-Bot-Api-Secret-Token": SECRET}
    sid = f"SM{number:032x}"
    form = {"MessageSid": sid, "SmsSid": sid, "SmsStatus": "received", "AccountSid": ACCOUNT, "From": person,
            "To": NUMBER, "Body": text, "NumMedia": "0", "NumSegments": "1", "ApiVersion": "2010-04-01"}
    signed = f"{PUBLIC_URL}/sms/twilio" + "".join(key + form[key] for key in sorted(form))
    digest = hmac.new(TWILIO_TOKEN.encode(), signed.encode(), hashlib.sha1).digest()
    return "/sms/twilio", urlencode(form).encode(), {
        "Content-Type": "application/x-www-form-urlencoded", "X-Twilio-Signature": base64.b64encode(digest).decode()}
