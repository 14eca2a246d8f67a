"""SMSC simulators made with what others wrote: node-smpp (npm) and Net::SMPP (Debian), each in a process of its own."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "smsc"
COMMANDS = {"node-smpp": ["node", str(FOLDER / "smsc.js")], "Net::SMPP": ["perl", str(FOLDER / "smsc.pl")]}
_SECONDS = 10.0

Event = dict[str, Any]


@dataclass
class Smsc:
    """A running SMSC. ``events``: all that it has said, oldest first."""

    process: asyncio.subprocess.Process
    port: int = 0
    events: list[Event] = field(default_factory=list)
    _changed: asyncio.Condition = field(default_factory=asyncio.Condition)
    _numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    async def listen(self) -> None:
        """Note what the SMSC says, until it ends."""
        assert self.process.stdout is not None
        async for line in self.process.stdout:
            async with self._changed:
                self.events.append(json.loads(line))
                self._changed.notify_all()

    async def until(self, met: Callable[[], Any], what: str = "", *, seconds: float = _SECONDS) -> Any:
        """Wait until what the SMSC has said is so; gives what ``met`` gives."""
        try:
            async with asyncio.timeout(seconds), self._changed:
                await self._changed.wait_for(met)
                return met()
        except TimeoutError:
            raise AssertionError(f"the SMSC did not see {what or 'it'}: {self.events[-20:]}") from None

    async def order(self, do: str, **values: Any) -> None:
        """Tell it to do something, and wait until it has."""
        number = next(self._numbers)
        assert self.process.stdin is not None
        self.process.stdin.write((json.dumps({"do": do, "number": number, **values}) + "\n").encode())
        await self.until(lambda: any(each["event"] == "done" and each["of"] == number for each in self.events), do)

    async def bound(self, times: int = 1) -> Event:
        """Wait for the bind number ``times``; gives it."""
        await self.until(lambda: len(self.seen("bound")) >= times, "a bind")
        return self.seen("bound")[times - 1]

    async def deliver(self, source: str, text: str = "", *, payload: bool = False, **more: Any) -> int:
        """Deliver a message; gives the command_status of the answer, once it has come."""
        return await self.answered(await self.begin_delivery(source, text, payload=payload, **more))

    async def begin_delivery(self, source: str, text: str = "", *, payload: bool = False, **more: Any) -> int:
        """Deliver a message without waiting for its answer; gives its tag."""
        tag = next(self._numbers)
        pdu = {"source_addr": source, "source_addr_ton": 1, "destination_addr": "8080", "text": text, **more}
        await self.order("deliver", tag=tag, pdu=pdu, payload=payload)
        return tag

    async def answered(self, tag: int) -> int:
        """The command_status of the answer to what was delivered or asked under ``tag``."""
        found: Event = await self.until(
            lambda: next((each for each in self.seen("answer") if each["tag"] == tag), None), "an answer"
        )
        status: int = found["status"]
        return status

    async def ask(self, do: str) -> int:
        """Send another request; gives the command_status of the answer."""
        tag = next(self._numbers)
        await self.order(do, tag=tag)
        return await self.answered(tag)

    def seen(self, event: str) -> list[Event]:
        """All events of a kind."""
        return [each for each in self.events if each["event"] == event]

    @property
    def submitted(self) -> list[Event]:
        """Every submit_sm that was answered with success."""
        return [each for each in self.seen("submit") if not each["status"]]

    def texts_to(self, number: str) -> list[str]:
        """What a phone shows: parts of a long message put together, in the order of their first part."""
        found: dict[object, dict[int, str]] = {}
        for place, each in enumerate(self.submitted):
            if each["to"] != number.lstrip("+"):
                continue
            reference, part = _place_of(each) or (f"whole {place}", 1)
            found.setdefault(reference, {})[part] = each["text"]
        return ["".join(text for _, text in sorted(parts.items())) for parts in found.values()]


def _place_of(event: Event) -> tuple[str, int] | None:
    for element in map(bytes.fromhex, event["udh"]):
        if element[0] in (0x00, 0x08):
            return element[2:-1].hex(), element[-1]
    if event.get("sar_part"):
        return f"sar {event['sar_reference']}/{event['sar_total']}", event["sar_part"]
    return None


@contextlib.asynccontextmanager
async def running_smsc(kind: str = "node-smpp", port: int = 0) -> AsyncIterator[Smsc]:
    """An SMSC on a free port, or on ``port``."""
    process = await asyncio.create_subprocess_exec(
        *COMMANDS[kind], str(port), stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    smsc = Smsc(process)
    listening = asyncio.create_task(smsc.listen())
    try:
        event: Event = await smsc.until(lambda: next(iter(smsc.seen("listening")), None), "its port")
        smsc.port = event["port"]
        yield smsc
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
        await listening
