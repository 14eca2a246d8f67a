"""What a channel shows of itself to pass the contract (test_channel_contract.py): its provider's side, and two people.

To add a channel, write one class here and name it in ``CHANNELS``.
"""

from __future__ import annotations

import contextlib
import itertools
from abc import ABC, abstractmethod
from typing import ClassVar, Self

from bot.assistant import Assistant
from connectors.channel import decode_reply
from connectors.smpp.errors import Status
from connectors.sms.rendering import render
from store.messages import Channel, Reply
from store.tables import outbox
from tests.doubles import Smsc, TelegramDouble, TwilioDouble, running_smsc
from tests.integration.system import (
    ACCOUNT_SID,
    AUTH_TOKEN,
    BOT_TOKEN,
    NUMBER,
    System,
    running,
    settings_of,
    smpp_settings,
    telegram_settings,
    twilio_settings,
)
from tests.integration.users import Phone, SmppUsers, SmsUsers, TelegramUsers


class ChannelUnderTest(ABC):
    """One channel with a running system behind it and a provider before it.

    Attributes:
        form: of its replies.
        people: two addresses at the provider.
        system: the running system; another one after ``restart``.
    """

    form: ClassVar[Channel]
    people: ClassVar[tuple[str, str]]
    system: System

    def __init__(self, database_url: str, assistant: Assistant) -> None:
        self.database_url = database_url
        self.assistant = assistant
        self._outside = contextlib.AsyncExitStack()
        self._inside = contextlib.AsyncExitStack()
        self._numbers = itertools.count(1)

    # What each channel says of itself.

    @abstractmethod
    async def start_provider(self, stack: contextlib.AsyncExitStack) -> None:
        """Start the provider's side."""

    @abstractmethod
    def settings(self) -> dict[str, str]:
        """The settings with which the system finds the provider; names without SAHAN_."""

    @abstractmethod
    async def connect(self) -> None:
        """Do what is done once after the system has started: a webhook registered, a link bound."""

    @abstractmethod
    async def bring(self, person: str, text: str, identifier: int) -> None:
        """The provider brings a message and is told that we have it."""

    @abstractmethod
    async def texts(self, person: str) -> list[str]:
        """All that this person has got, oldest first."""

    async def bring_again(self, person: str, text: str, identifier: int) -> None:
        """The provider brings the same message once more, as it does when it did not hear us."""
        await self.bring(person, text, identifier)

    def shown(self, reply: Reply) -> str:
        """How a reply appears in ``texts``."""
        return render(reply) if self.form is Channel.SMS else reply.text

    # What the contract does with it.

    async def __aenter__(self) -> Self:
        await self.start_provider(self._outside)
        await self._start()
        return self

    async def __aexit__(self, *_exception: object) -> None:
        await self._inside.aclose()
        await self._outside.aclose()

    async def restart(self) -> None:
        """Another process takes over, with nothing but the database."""
        await self._inside.aclose()
        await self._start()

    async def _start(self) -> None:
        settings = settings_of(self.database_url, **self.settings())
        self.system = await self._inside.enter_async_context(running(settings, self.assistant))
        await self.connect()

    async def write(self, person: str, *texts: str) -> None:
        """A person writes; nothing is answered yet."""
        for text in texts:
            await self.bring(person, text, next(self._numbers))

    async def say(self, person: str, text: str) -> list[str]:
        """A person writes and is answered; gives the new replies."""
        before = len(await self.texts(person))
        await self.write(person, text)
        await self.system.answer()
        return (await self.texts(person))[before:]

    async def written(self) -> list[str]:
        """What was written to the outbox, in order, as it should arrive."""
        replies = [decode_reply(self.system.vault.open(row.content_sealed)) for row in await self.system.rows(outbox)]
        return [self.shown(reply) for reply in replies]


class FallibleChannel(ChannelUnderTest):
    """A channel whose provider can refuse a reply."""

    @abstractmethod
    async def refuse(self, *, passing: bool) -> None:
        """The provider refuses the next reply: for now, or because this person cannot be reached."""


class CalledChannel(FallibleChannel):
    """A channel whose provider calls us, so that anybody else could try."""

    @abstractmethod
    async def forge(self, person: str, text: str) -> int:
        """Somebody else calls in the provider's name; gives the HTTP status."""


class Simulator(ChannelUnderTest):
    """The page with two phones."""

    form = Channel.SMS
    people = ("ann-" + "a" * 20, "ben-" + "b" * 20)

    async def start_provider(self, stack: contextlib.AsyncExitStack) -> None:
        pass

    def settings(self) -> dict[str, str]:
        return {"SIMULATOR": "1"}

    async def connect(self) -> None:
        self.phones = {person: Phone(self.system, person) for person in self.people}

    async def bring(self, person: str, text: str, identifier: int) -> None:
        await self.phones[person].write(text, id=str(identifier))

    async def texts(self, person: str) -> list[str]:
        return await self.phones[person].texts()

    def shown(self, reply: Reply) -> str:
        return reply.text  # the page numbers the choices


class Telegram(CalledChannel):
    """The Bot API, by webhook."""

    form = Channel.TELEGRAM
    people = ("4711", "4712")
    double: TelegramDouble

    async def start_provider(self, stack: contextlib.AsyncExitStack) -> None:
        self.double = stack.enter_context(TelegramDouble(BOT_TOKEN))

    def settings(self) -> dict[str, str]:
        return telegram_settings(self.double.root)

    async def connect(self) -> None:
        self.users = TelegramUsers(self.system, self.double)
        await self.users.set_webhook()

    async def bring(self, person: str, text: str, identifier: int) -> None:
        assert (await self.users.post(self._update(person, text, identifier))).status_code == 200

    async def texts(self, person: str) -> list[str]:
        return [each.text for each in self.users.sent_to(int(person))]

    async def refuse(self, *, passing: bool) -> None:
        status, why = (502, "Bad Gateway") if passing else (403, "Forbidden: bot was blocked by the user")
        self.double.fail_next("sendMessage", status, why)

    async def forge(self, person: str, text: str) -> int:
        return (await self.users.post(self._update(person, text, 1), secret="guessed")).status_code

    def _update(self, person: str, text: str, identifier: int) -> dict[str, object]:
        who = {"id": int(person), "is_bot": False, "first_name": "Ann"}
        chat = {"id": int(person), "type": "private", "first_name": "Ann"}
        message = {"message_id": identifier, "date": 1, "chat": chat, "from": who, "text": text}
        return {"update_id": identifier, "message": message}


class Twilio(CalledChannel):
    """SMS by webhook and REST."""

    form = Channel.SMS
    people = ("+22370000001", "+25377000002")
    double: TwilioDouble

    async def start_provider(self, stack: contextlib.AsyncExitStack) -> None:
        self.double = stack.enter_context(TwilioDouble(ACCOUNT_SID, AUTH_TOKEN, number=NUMBER))

    def settings(self) -> dict[str, str]:
        return twilio_settings(self.double.root)

    async def connect(self) -> None:
        self.users = SmsUsers(self.system, self.double)

    async def bring(self, person: str, text: str, identifier: int) -> None:
        answer = await self.users.deliver(person, text, MessageSid=f"SM{identifier:032d}")
        assert answer.status_code == 200, answer

    async def texts(self, person: str) -> list[str]:
        return self.users.sent_to(person)

    async def refuse(self, *, passing: bool) -> None:
        self.double.fail_next(*((503, 20503) if passing else (400, 21211)))

    async def forge(self, person: str, text: str) -> int:
        return (await self.users.deliver(person, text, auth_token="guessed")).status_code


class Smpp(FallibleChannel):
    """An operator's SMSC. It does not call us, we call it: nobody can pretend to be it without being at its address."""

    form = Channel.SMS
    people = ("+22370000001", "+25377000002")
    smsc: Smsc

    async def start_provider(self, stack: contextlib.AsyncExitStack) -> None:
        self.smsc = await stack.enter_async_context(running_smsc())
        self._binds = 0

    def settings(self) -> dict[str, str]:
        return smpp_settings(self.smsc.port)

    async def connect(self) -> None:
        self.users = SmppUsers(self.system, self.smsc)
        self._binds += 1
        await self.users.linked(self._binds)

    async def bring(self, person: str, text: str, identifier: int) -> None:
        assert await self.users.deliver(person, text) == 0

    async def bring_again(self, person: str, text: str, identifier: int) -> None:
        await self.smsc.order("drop")
        await self.connect()
        await self.bring(person, text, identifier)

    async def texts(self, person: str) -> list[str]:
        return self.users.sent_to(person)

    async def refuse(self, *, passing: bool) -> None:
        status = Status.ESME_RSUBMITFAIL if passing else Status.ESME_RINVDSTADR
        await self.smsc.order("statuses", statuses=[int(status)])


CHANNELS: tuple[type[ChannelUnderTest], ...] = (Simulator, Telegram, Twilio, Smpp)
