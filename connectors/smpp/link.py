"""Keeping the link to the SMSC: bound again whenever it ends, no faster than the operator allows."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable

import structlog

from connectors.smpp import pdu
from connectors.smpp.errors import THROTTLED, LinkError, no_link, send_error
from connectors.smpp.pdu import Unit
from connectors.smpp.session import Inbox, Session
from connectors.smpp.settings import Binding, SmppSettings

log = structlog.get_logger()

_FIRST_DELAY_SECONDS, _LONGEST_DELAY_SECONDS = 1.0, 60.0
_THROTTLED_TRIES = 4


class Link:
    """One transceiver, or a transmitter and a receiver, to one SMSC.

    Args:
        throttled_seconds: how long nothing is sent after the SMSC has asked for less, the first time; then twice that.
    """

    def __init__(self, settings: SmppSettings, inbox: Inbox, *, throttled_seconds: float = 1.0) -> None:
        self._settings = settings
        self._inbox = inbox
        self.throttled_seconds = throttled_seconds
        self._window = asyncio.Semaphore(settings.window)
        self._next_at = 0.0
        self._sessions: dict[int, Session] = {}
        commands = ((pdu.BIND_TRANSCEIVER,) if settings.binding is Binding.TRANSCEIVER
                    else (pdu.BIND_TRANSMITTER, pdu.BIND_RECEIVER))
        self._problems = dict.fromkeys(commands, "the link to the SMSC is not bound yet")

    @property
    def problem(self) -> str | None:
        """Why not all of the link is up, or None."""
        return next((problem for problem in self._problems.values() if problem), None)

    @property
    def can_send(self) -> bool:
        """Whether the transceiver or the transmitter is bound."""
        return self._sender() is not None

    def _sender(self) -> Session | None:
        session = self._sessions.get(pdu.BIND_TRANSCEIVER) or self._sessions.get(pdu.BIND_TRANSMITTER)
        return None if session is None or session.ended.is_set() else session

    async def keep(self) -> None:
        """Bind, and bind again, until cancelled; then say goodbye."""
        try:
            async with asyncio.TaskGroup() as tasks:
                for command in self._problems:
                    tasks.create_task(self._keep(command))
        finally:
            await asyncio.gather(*(session.unbind() for session in self._sessions.values()))

    async def _keep(self, command: int) -> None:
        failures = 0
        while True:
            try:
                session = await Session.bind(self._settings, command, self._inbox)
            except LinkError as error:
                self._problems[command] = str(error)
                failures += 1
                log.error("smpp.not_bound", problem=str(error), failures=failures)
                await asyncio.sleep(delay_seconds(failures))
                continue
            self._sessions[command] = session
            self._problems[command], failures = "", 0
            log.info("smpp.bound", command=command)
            await session.ended.wait()
            del self._sessions[command]
            self._problems[command] = f"the link to the SMSC has ended ({session.reason})"
            log.warning("smpp.ended", reason=session.reason)
            await asyncio.sleep(delay_seconds(1))

    async def submit(self, build: Callable[[int], bytes]) -> Unit:
        """Send one submit_sm; gives the SMSC's answer to it, which took it.

        Waits for its turn: window, pace, and pauses that the SMSC asks for.

        Raises:
            SendError: the SMSC did not take it, or the link is down.
        """
        for attempt in range(_THROTTLED_TRIES):
            async with self._window:
                await self._turn()
                session = self._sender()
                if session is None:
                    raise no_link()
                try:
                    answer = await session.request(build)
                except LinkError:
                    raise no_link() from None
            if not answer.header.status:
                return answer
            if answer.header.status not in THROTTLED:
                raise send_error(answer.header.status)
            pause = self.throttled_seconds * 2**attempt * random.uniform(0.75, 1.25)
            log.warning("smpp.throttled", seconds=round(pause, 1))
            self._next_at = max(self._next_at, asyncio.get_running_loop().time() + pause)
        raise send_error(answer.header.status)

    async def _turn(self) -> None:
        """Wait until one more submit_sm may go."""
        now = asyncio.get_running_loop().time()
        at = max(now, self._next_at)
        self._next_at = at + 1 / self._settings.rate
        if at > now:
            await asyncio.sleep(at - now)


def delay_seconds(failures: int) -> float:
    """Exponential back-off with jitter, in seconds, before another bind."""
    longest: float = min(_LONGEST_DELAY_SECONDS, _FIRST_DELAY_SECONDS * 2.0 ** (failures - 1))
    return longest * random.uniform(0.5, 1.0)
