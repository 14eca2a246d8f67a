"""People who write to the system: at Telegram, by SMS, and on the simulator's phones."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

import httpx

from bot.assistant import Assistant
from connectors.simulator.network import on_phone
from connectors.smpp.adapter import SmppAdapter
from connectors.sms.webhook import STATUS_PATH
from connectors.telegram.adapter import TelegramAdapter
from connectors.telegram.updates import ALLOWED_UPDATES
from connectors.telegram.webhook import SECRET_HEADER
from store.engine import reading, transaction
from store.messages import Channel, Provider
from store.tables import inbound_parts
from tests.doubles import Answer, Smsc, TelegramDouble, TwilioDouble, running_smsc
from tests.doubles.telegram import Sent
from tests.integration.system import (
    ACCOUNT_SID,
    AUTH_TOKEN,
    NUMBER,
    PUBLIC_URL,
    WEBHOOK_SECRET,
    System,
    running,
    settings_of,
    smpp_settings,
    twilio_settings,
)


@dataclass
class TelegramUsers:
    """People at Telegram's double."""

    system: System
    double: TelegramDouble

    @property
    def adapter(self) -> TelegramAdapter:
        """The worker's own adapter."""
        adapter = self.system.adapters[Provider.TELEGRAM]
        assert isinstance(adapter, TelegramAdapter)
        return adapter

    async def set_webhook(self) -> None:
        """Tell Telegram where the gateway is."""
        await self.adapter.bot.set_webhook(f"{self.system.address}/telegram/webhook", secret_token=WEBHOOK_SECRET,
                                           allowed_updates=ALLOWED_UPDATES)

    async def arrived(self, update_id: int) -> None:
        """Wait until the webhook has taken an update."""
        await self.until(lambda: (update_id, 200) in self.double.deliveries)

    async def until(self, met: Callable[[], Any], seconds: float = 5.0) -> None:
        """Wait until the double's state is so."""
        await asyncio.to_thread(self.double.wait_until, met, seconds)

    async def say(self, chat: int, text: str, **fields: Any) -> list[Sent]:
        """Write a message; gives the new replies to this person."""
        return await self._answered(chat, self.double.user_sends(chat, text, **fields))

    async def send(self, chat: int, kind: str, **fields: Any) -> list[Sent]:
        """Send a voice, photo, ...; gives the new replies."""
        return await self._answered(chat, self.double.user_sends_kind(chat, kind, **fields))

    async def press(self, chat: int, message_id: int, payload: str) -> list[Sent]:
        """Press a button; gives the new replies."""
        return await self._answered(chat, self.double.user_presses(chat, message_id, payload))

    async def push(self, chat: int, update: dict[str, Any]) -> list[Sent]:
        """Any update; gives the new replies."""
        return await self._answered(chat, self.double.push_raw(update))

    async def post(self, update: object, secret: str | None = WEBHOOK_SECRET) -> httpx.Response:
        """POST an update as it is, past the double."""
        headers = {} if secret is None else {SECRET_HEADER: secret}
        return await self.system.post("/telegram/webhook", json.dumps(update), headers)

    def sent_to(self, chat: int) -> list[Sent]:
        """All that this person has got."""
        return [each for each in self.double.sent if each.chat_id == chat]

    async def _answered(self, chat: int, update_id: int) -> list[Sent]:
        before = len(self.sent_to(chat))
        await self.arrived(update_id)
        await self.system.answer()
        return self.sent_to(chat)[before:]


@dataclass
class SmsUsers:
    """People who write SMS, at Twilio's double."""

    system: System
    double: TwilioDouble

    async def deliver(self, number: str, text: str, *, path: str = "/sms/twilio", public_url: str = PUBLIC_URL,
                      **more: Any) -> Answer:
        """Twilio brings a message to the gateway; ``public_url`` is the one that it signs for."""
        return await asyncio.to_thread(self.double.send_inbound, self.system.address + path, number, text,
                                       public_url=public_url + path, **more)

    async def say(self, number: str, text: str, **more: Any) -> list[str]:
        """Write a message; gives the new replies to this number."""
        before = len(self.sent_to(number))
        answer = await self.deliver(number, text, **more)
        assert answer.status_code == 200, answer
        await self.system.answer()
        return self.sent_to(number)[before:]

    async def status(self, sid: str, status: str, error_code: int | None = None, **more: Any) -> Answer:
        """Twilio reports what became of one of our messages."""
        return await asyncio.to_thread(self.double.send_status, self.system.address + STATUS_PATH, sid, status,
                                       error_code, **{"public_url": PUBLIC_URL + STATUS_PATH, **more})

    def sent_to(self, number: str) -> list[str]:
        """All that this number has got."""
        return [each.body for each in self.double.sent if each.to == number]


@dataclass
class SmppUsers:
    """People who write SMS, through an operator's SMSC."""

    system: System
    smsc: Smsc

    @property
    def adapter(self) -> SmppAdapter:
        """The worker's own adapter."""
        adapter = self.system.adapters[Provider.SMPP]
        assert isinstance(adapter, SmppAdapter)
        return adapter

    async def linked(self, times: int = 1) -> None:
        """Wait until the link has been bound, for the time number ``times``, and we know."""
        await self.smsc.bound(times)
        await until(lambda: self.adapter.problem is None)

    async def give_up_waiting(self) -> None:
        """Let the time pass that a long message waits for its missing parts."""
        async with transaction(self.system.engine) as connection:
            await connection.execute(inbound_parts.update().values(received_at=0.0))
        await self.adapter.tidy()

    async def deliver(self, number: str, text: str = "", **more: Any) -> int:
        """The SMSC delivers a message; gives the command_status of our answer."""
        return await self.smsc.deliver(number.lstrip("+"), text, **more)

    async def say(self, number: str, text: str = "", **more: Any) -> list[str]:
        """Write a message; gives the new replies to this number."""
        before = len(self.sent_to(number))
        assert await self.deliver(number, text, **more) == 0
        await self.system.answer()
        return self.sent_to(number)[before:]

    def sent_to(self, number: str) -> list[str]:
        """All that this number has got."""
        return self.smsc.texts_to(number)


@contextlib.asynccontextmanager
async def linked_users(
    database_url: str, assistant: Assistant, *, kind: str = "node-smpp", binds: int = 1, **more: str
) -> AsyncIterator[SmppUsers]:
    """People at an SMSC, with the system linked to it; ``more``: settings by name without the prefix SAHAN_."""
    async with (
        running_smsc(kind) as smsc,
        running(settings_of(database_url, **smpp_settings(smsc.port, **more)), assistant) as system,
    ):
        users = SmppUsers(system, smsc)
        await users.linked(binds)
        yield users


async def until(met: Callable[[], Any], seconds: float = 10.0) -> None:
    """Wait until something of our own is so."""
    async with asyncio.timeout(seconds):
        while not met():
            await asyncio.sleep(0.005)


@dataclass
class Phone:
    """One person at the simulator."""

    system: System
    session: str
    channel: Channel = Channel.SMS
    _ids: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    async def write(self, text: str = "", **more: Any) -> None:
        """Send a message to the gateway."""
        values = {"session": self.session, "channel": str(self.channel), "id": str(next(self._ids)), "text": text}
        answer = await self.system.post("/simulator/messages", json.dumps({**values, **more}))
        assert answer.status_code == 202, answer.text

    async def texts(self) -> list[str]:
        """What is on the phone, oldest first."""
        async with reading(self.system.engine) as connection:
            found = await on_phone(connection, self.system.vault, self.session, self.channel, 0)
        return [reply.text for _, reply in found]

    async def say(self, text: str = "", **more: Any) -> list[str]:
        """Send a message; gives the new replies."""
        before = len(await self.texts())
        await self.write(text, **more)
        await self.system.answer()
        return (await self.texts())[before:]


@contextlib.asynccontextmanager
async def texting(database_url: str, assistant: Assistant, **settings: str) -> AsyncIterator[SmsUsers]:
    """People who write SMS through Twilio to a system of its own; ``settings`` by name without the prefix SAHAN_."""
    with TwilioDouble(ACCOUNT_SID, AUTH_TOKEN, number=NUMBER) as double:
        async with running(settings_of(database_url, **twilio_settings(double.root, **settings)), assistant) as system:
            yield SmsUsers(system, double)
