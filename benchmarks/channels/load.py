"""Load on a system: closed loop (each person writes again after the reply), open loop (at a rate, come what may)."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import statistics
import time
from collections.abc import Callable, Sequence
from typing import Any

from benchmarks.channels.far_side import People, Providers, Sent, Target, some_people
from benchmarks.channels.machine import Usage, cpu_between

Texts = Callable[[str], str]
"""Gives a person's next message, by address."""

_QUIET_SECONDS = 0.5
_RAMP_SECONDS = 40.0


async def closed_loop(
    people: People, providers: Providers, target: Target, texts: Texts, *, concurrent: int, population: int,
    seconds: float, usage: Usage,
) -> dict[str, Any]:
    """``concurrent`` people at once, who take turns out of ``population``, for ``seconds``.

    Everyone has written once before: what a first message brings (welcome, country) is not measured. Measuring begins
    when each of the ``concurrent`` has had one reply.

    Returns: ``per_second``; ``p50``, ``p95``, ``p99`` from webhook to provider call and ``ack_p50``, ... from webhook
    to its answer, milliseconds; ``messages``; ``lost``; ``calls`` of the provider a message; ``cpu``, see
    ``cpu_between``.
    """
    everyone = some_people(max(population, concurrent), target)
    await greet(people, providers, everyone, texts)
    idle: asyncio.Queue[str] = asyncio.Queue()
    for each in everyone:
        idle.put_nowait(each)
    done: list[Sent] = []
    warm, state = asyncio.Event(), {"begun": 0, "running": True}

    async def one() -> None:
        first = True
        while state["running"]:
            person = await idle.get()
            done.append(await people.write(person, texts(person)))
            idle.put_nowait(person)
            if first:
                first, state["begun"] = False, state["begun"] + 1
                if state["begun"] == concurrent:
                    warm.set()

    tasks = [asyncio.create_task(one()) for _ in range(concurrent)]
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(warm.wait(), _RAMP_SECONDS)
    before, calls, began = usage.now(), providers.total, time.perf_counter()
    await asyncio.sleep(seconds)
    ended, after, called = time.perf_counter(), usage.now(), providers.total - calls
    state["running"] = False
    await asyncio.gather(*tasks)
    within = [each for each in done if each.called is not None and began <= each.called < ended]
    lost = [each for each in done if each.called is None]
    return {
        "per_second": len(within) / (ended - began), "messages": len(within), "lost": len(lost),
        "calls": called / max(1, len(within)),
        **_percentiles("", [each.called - each.at for each in within if each.called is not None]),
        **_percentiles("ack_", [each.acknowledged - each.at for each in within if each.acknowledged is not None]),
        "cpu": cpu_between(before, after, len(within)),
    }


async def open_loop(
    people: People, providers: Providers, target: Target, texts: Texts, *, per_second: float, seconds: float,
    usage: Usage,
) -> dict[str, Any]:
    """``per_second`` messages a second for ``seconds``, more than can be answered; how soon each is acknowledged.

    Returns: ``ack_p50``, ... milliseconds; ``answered``, replies a second meanwhile; ``refused``, answers that were no
    2xx or did not come.
    """
    everyone = itertools.cycle(some_people(int(per_second * 4), target))
    tasks: list[asyncio.Task[Sent]] = []
    before, calls, began = usage.now(), providers.total, time.perf_counter()
    while (passed := time.perf_counter() - began) < seconds:
        for _ in range(int(passed * per_second) - len(tasks)):
            person = next(everyone)
            tasks.append(asyncio.create_task(people.write(person, texts(person), wait=False)))
        await asyncio.sleep(0.001)
    answered, after = providers.total - calls, usage.now()
    done = await asyncio.gather(*tasks)
    took = [each.acknowledged - each.at for each in done if each.acknowledged is not None and each.status < 300]
    return {"offered": per_second, "messages": len(done), "refused": len(done) - len(took),
            "answered": answered / passed, **_percentiles("ack_", took), "cpu": cpu_between(before, after, len(done))}


async def long_conversation(people: People, providers: Providers, target: Target, texts: Texts, turns: int,
                            seconds: float) -> list[float]:
    """One person writes ``turns`` messages, each after the reply to the last; milliseconds from webhook to call.

    Ends early after ``seconds``.
    """
    person = some_people(1, target)[0]
    times: list[float] = []
    end = time.perf_counter() + seconds
    while len(times) < turns and time.perf_counter() < end:
        sent = await people.write(person, texts(person))
        if sent.called is None:
            break
        times.append((sent.called - sent.at) * 1000)
        if len(times) == 1:
            await quiet(providers)
    return times


async def greet(people: People, providers: Providers, everyone: Sequence[str], texts: Texts) -> None:
    """Everyone writes once; ends when no further reply comes."""
    waiting = iter(everyone)

    async def some() -> None:
        for person in waiting:
            await people.write(person, texts(person))

    await asyncio.gather(*(some() for _ in range(16)))
    await quiet(providers)


async def quiet(providers: Providers) -> None:
    """Wait until no reply has come for half a second."""
    while time.perf_counter() - providers.last_at < _QUIET_SECONDS:
        await asyncio.sleep(0.05)


def _percentiles(prefix: str, seconds: Sequence[float]) -> dict[str, float | None]:
    if len(seconds) < 2:
        only = seconds[0] * 1000 if seconds else None
        return {f"{prefix}{name}": only for name in ("p50", "p95", "p99")}
    cuts = statistics.quantiles(seconds, n=100, method="inclusive")
    return {f"{prefix}p{share}": cuts[share - 1] * 1000 for share in (50, 95, 99)}
