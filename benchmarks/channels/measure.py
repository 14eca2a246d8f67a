"""The measurements, each in a run of its own event loop, with a system started for it."""

from __future__ import annotations

import asyncio
import itertools
import os
import random
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import AbstractContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import uvloop

from benchmarks.channels.far_side import People, Providers
from benchmarks.channels.load import closed_loop, long_conversation, open_loop
from benchmarks.channels.machine import Usage, megabytes
from benchmarks.channels.systems import System, rasa_default, rasa_light, sahan
from benchmarks.messages import COMPLETE, unseen

CHANNELS = ("sms", "telegram")
Start = Callable[[str], AbstractContextManager[System]]
"""Starts a system; takes the root of the doubles."""

_SEED = 20261125


@dataclass(frozen=True)
class Size:
    """How much is measured.

    Attributes:
        people: at once, in the closed loop.
        seconds: of each measurement.
        population: people who take turns, at least.
        saturating: webhooks a second in the open loop.
        turns: of the long conversation.
        turns_seconds: after which that ends in any case.
    """

    people: tuple[int, ...] = (1, 32, 256)
    seconds: float = 15.0
    population: int = 1024
    saturating: float = 150.0
    turns: int = 1000
    turns_seconds: float = 900.0


SHORT = Size(people=(1, 4), seconds=0.5, population=4, saturating=20.0, turns=3, turns_seconds=20.0)
"""For a test that all this still runs: its figures mean nothing."""


def starts(project: Path | None, more: Mapping[str, str] = {}) -> dict[str, Start]:
    """Every system by name.

    Args:
        project: the trained Rasa project; None leaves Rasa out.
        more: settings of ours.
    """
    found: dict[str, Start] = {}
    if project is not None:
        found["rasa-default"] = lambda providers: rasa_default(providers, project.resolve())
        found["rasa-light"] = rasa_light
    for workers, postgresql in ((1, False), (2, False), (1, True), (2, True)):
        found[f"sahan-{'postgresql' if postgresql else 'sqlite'}-{workers}"] = _ours(workers, postgresql, more)
    return found


def _ours(workers: int, postgresql: bool, more: Mapping[str, str]) -> Start:
    return lambda providers: sahan(providers, workers=workers, postgresql=postgresql, more=more)


_SILENCING = (None, "talk.stop", "talk.forget")


def messages() -> Callable[[str], str]:
    """Gives a person's next message by their address: questions that no training saw, in an order that is always the
    same. Each person keeps to one of the eight complete languages, and nobody asks for silence."""
    chance = random.Random(_SEED)
    by_locale: list[Iterator[str]] = []
    for locale in COMPLETE:
        texts = [each.text for each in unseen(locale) if each.topic not in _SILENCING and not each.urgent]
        by_locale.append(itertools.cycle(chance.sample(texts, len(texts))))
    return lambda person: next(by_locale[int(person) % len(by_locale)])


def measure_load(start: Start, size: Size) -> dict[str, Any]:
    """Both channels under each number of people, the webhook while workers are saturated, and memory after all that.

    Returns: ``sms`` and ``telegram``: ``closed``, by number of people, and ``open`` (see ``load``); ``megabytes`` of
    the system's processes; ``database``, of a database server; ``load_average`` before.
    """

    async def run() -> dict[str, Any]:
        async with far_side() as (providers, client), _running(start, providers) as system:
            return await _load(system, providers, client, size)

    return uvloop.run(run())


def measure_turns(start: Start, size: Size) -> list[float]:
    """Milliseconds of each turn of one long conversation by SMS, fewer than asked where it took too long."""

    async def run() -> list[float]:
        async with far_side() as (providers, client), _running(start, providers) as system:
            return await _turns(system, providers, client, size)

    return uvloop.run(run())


def measure_shortly(start: Start) -> dict[str, Any]:
    """Everything once, as short as can be: ``load`` and ``turns``."""

    async def run() -> dict[str, Any]:
        async with far_side() as (providers, client), _running(start, providers) as system:
            return {"load": await _load(system, providers, client, SHORT),
                    "turns": await _turns(system, providers, client, SHORT)}

    return uvloop.run(run())


async def _load(system: System, providers: Providers, client: aiohttp.ClientSession, size: Size) -> dict[str, Any]:
    found: dict[str, Any] = {"load_average": os.getloadavg()[0]}
    usage, texts = Usage([*system.pids, *system.database]), messages()
    for channel in CHANNELS:
        target = system.targets[channel]
        people = People(providers, client, target)
        closed = {
            str(count): await closed_loop(people, providers, target, texts, concurrent=count, usage=usage,
                                          population=size.population, seconds=size.seconds)
            for count in size.people
        }
        pressed = await open_loop(people, providers, target, texts, per_second=size.saturating, seconds=size.seconds,
                                  usage=usage)
        await _drained(providers)
        found[channel] = {"closed": closed, "open": pressed}
    found["megabytes"] = megabytes(system.pids)
    found["database"] = megabytes(system.database)
    return found


async def _turns(system: System, providers: Providers, client: aiohttp.ClientSession, size: Size) -> list[float]:
    target = system.targets["sms"]
    return await long_conversation(People(providers, client, target), providers, target, messages(), size.turns,
                                   size.turns_seconds)


@asynccontextmanager
async def far_side() -> AsyncIterator[tuple[Providers, aiohttp.ClientSession]]:
    """The doubles, and the connections of those who write."""
    connector = aiohttp.TCPConnector(limit=0)
    timeout = aiohttp.ClientTimeout(total=600)
    async with Providers() as providers, aiohttp.ClientSession(connector=connector, timeout=timeout) as client:
        yield providers, client


@asynccontextmanager
async def _running(start: Start, providers: Providers) -> AsyncIterator[System]:
    """The system; waiting for it in a thread, for it may call the doubles while it starts."""
    context = start(providers.root)
    system = await asyncio.to_thread(context.__enter__)
    try:
        yield system
    finally:
        await asyncio.to_thread(context.__exit__, None, None, None)


async def _drained(providers: Providers) -> None:
    """Wait until the replies to what was too much have gone out."""
    before = -1
    while providers.total != before:
        before = providers.total
        await asyncio.sleep(2.0)
