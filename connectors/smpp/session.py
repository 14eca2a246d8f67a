"""One bound connection to the SMSC: requests and their answers both ways, until it ends."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, Protocol

import structlog
from smpp34 import DeliverSm

from connectors.smpp import pdu
from connectors.smpp.errors import LinkError, Status, name_of
from connectors.smpp.pdu import Unit
from connectors.smpp.settings import SmppSettings

log = structlog.get_logger()

_MOST_WAITING = 200
_GOODBYE_SECONDS = 5.0
_CONNECT_SECONDS = 10.0


@dataclass(frozen=True)
class Answer:
    """What to answer to a deliver_sm; ``sent`` is called once the answer is on its way."""

    status: Status
    sent: Callable[[], None] = lambda: None


class Inbox(Protocol):
    """Where a session puts what people write."""

    async def receive(self, deliver: DeliverSm, arrived: float, session: Session) -> Answer:
        """Make it durable before this returns. ``arrived``: by the event loop's clock. Never raises."""


class Session:
    """A bound connection. Made by ``Session.bind``; it has ended once ``ended`` is set."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, settings: SmppSettings,
                 inbox: Inbox) -> None:
        self._reader = reader
        self._writer = writer
        self._settings = settings
        self._inbox = inbox
        self._sequence = 0
        self._answers: dict[int, asyncio.Future[Unit]] = {}
        self._delivered: asyncio.Queue[tuple[Unit, float]] = asyncio.Queue(_MOST_WAITING)
        self._heard = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self.ended = asyncio.Event()
        self.reason = ""

    @classmethod
    async def bind(cls, settings: SmppSettings, command: int, inbox: Inbox) -> Session:
        """Connect and bind.

        Args:
            command: bind_transceiver, bind_transmitter or bind_receiver.

        Raises:
            LinkError: the SMSC cannot be reached, or does not let us in; says why.
        """
        secure = ssl.create_default_context() if settings.tls else None
        try:
            async with asyncio.timeout(_CONNECT_SECONDS):
                reader, writer = await asyncio.open_connection(settings.host, settings.port, ssl=secure)
        except (OSError, TimeoutError) as error:
            raise LinkError(f"the SMSC cannot be reached ({type(error).__name__})") from None
        session = cls(reader, writer, settings, inbox)
        session._start(session._read(), session._take())
        try:
            answer = await session.request(lambda sequence: pdu.bind(command, sequence, settings))
        except LinkError:
            await session.end("no answer to the bind")
            raise
        if answer.header.status:
            await session.end(name_of(answer.header.status))
            raise LinkError(f"the SMSC does not let us in ({name_of(answer.header.status)}): see SAHAN_SMPP_SYSTEM_ID, "
                            "SAHAN_SMPP_PASSWORD, and how many binds the operator allows")
        session._start(session._ask_for_life())
        return session

    def _start(self, *coroutines: Coroutine[Any, Any, None]) -> None:
        self._tasks += [asyncio.create_task(each) for each in coroutines]

    async def request(self, build: Callable[[int], bytes]) -> Unit:
        """Send what ``build`` makes of a sequence number; gives the SMSC's answer, whatever it says.

        Raises:
            LinkError: the connection ended, or no answer came in time; whether the SMSC has it is not known.
        """
        if self.ended.is_set():
            raise LinkError(f"the link has ended ({self.reason})")
        self._sequence = sequence = pdu.next_sequence(self._sequence)
        answer: asyncio.Future[Unit] = asyncio.get_running_loop().create_future()
        self._answers[sequence] = answer
        try:
            async with asyncio.timeout(self._settings.response_seconds):
                await self._send(build(sequence))
                return await answer
        except TimeoutError:
            await self.end("the SMSC does not answer")
            raise LinkError("the SMSC does not answer") from None
        finally:
            self._answers.pop(sequence, None)

    async def unbind(self) -> None:
        """Answer what was taken in, say goodbye, and end."""
        with contextlib.suppress(LinkError, TimeoutError):
            async with asyncio.timeout(_GOODBYE_SECONDS):
                await self._delivered.join()
                await self.request(lambda sequence: pdu.plain(pdu.UNBIND, sequence))
        await self.end("unbound")

    async def end(self, reason: str) -> None:
        """End the connection at once; what waits for an answer gets none. Does nothing the second time."""
        if self.ended.is_set():
            return
        self.reason = reason
        self.ended.set()
        for answer in self._answers.values():
            if not answer.done():
                answer.set_exception(LinkError(f"the link has ended ({reason})"))
        for task in self._tasks:
            if task is not asyncio.current_task():
                task.cancel()
        self._writer.close()

    async def _send(self, octets: bytes) -> None:
        try:
            self._writer.write(octets)
            await self._writer.drain()
        except OSError:
            await self.end("the connection broke")
            raise LinkError("the connection broke") from None

    async def _read(self) -> None:
        try:
            while True:
                unit = await pdu.read(self._reader)
                self._heard.set()
                if unit.header.is_response:
                    self._settle(unit)
                else:
                    await self._serve(unit)
                    if unit.header.command == pdu.UNBIND:
                        return await self.end("the SMSC unbound")
        except (OSError, asyncio.IncompleteReadError):
            await self.end("the connection broke")
        except LinkError as error:
            await self.end(str(error))

    def _settle(self, unit: Unit) -> None:
        answer = self._answers.get(unit.header.sequence)
        if answer is not None and not answer.done():
            answer.set_result(unit)

    async def _serve(self, unit: Unit) -> None:
        command, sequence = unit.header.command, unit.header.sequence
        if command == pdu.DELIVER_SM:
            try:
                self._delivered.put_nowait((unit, asyncio.get_running_loop().time()))
            except asyncio.QueueFull:
                await self._answer_deliver(unit, Status.ESME_RMSGQFUL)
        elif command in (pdu.ENQUIRE_LINK, pdu.UNBIND):
            await self._send(pdu.plain(command | pdu.RESPONSE, sequence))
        elif command != pdu.ALERT_NOTIFICATION:  # which has no answer
            await self._send(pdu.plain(pdu.GENERIC_NACK, sequence, Status.ESME_RINVCMDID))

    async def _take(self) -> None:
        """Make one message after the other durable, in the order in which they came, and answer each then."""
        while True:
            unit, arrived = await self._delivered.get()
            try:
                if unit.deliver is None:
                    log.warning("smpp.unit_unreadable", octets=len(unit.body))
                    await self._answer_deliver(unit, Status.ESME_RINVCMDLEN)
                    continue
                answer = await self._inbox.receive(unit.deliver, arrived, self)
                await self._answer_deliver(unit, answer.status)
                answer.sent()
            except LinkError:
                return
            finally:
                self._delivered.task_done()

    async def _answer_deliver(self, unit: Unit, status: Status) -> None:
        await self._send(pdu.plain(pdu.DELIVER_SM | pdu.RESPONSE, unit.header.sequence, status, b"\0"))

    async def _ask_for_life(self) -> None:
        while True:
            self._heard.clear()
            try:
                async with asyncio.timeout(self._settings.enquire_link_seconds):
                    await self._heard.wait()
                    continue
            except TimeoutError:
                pass
            try:
                await self.request(lambda sequence: pdu.plain(pdu.ENQUIRE_LINK, sequence))
            except LinkError:
                return
