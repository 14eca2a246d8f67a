"""`sahan worker`: the process that answers and sends."""

from __future__ import annotations

import asyncio
import os
import signal
import sys

import uvloop

from connectors.channel import Linked
from connectors.counts import fold_regularly
from connectors.erasure import erase_regularly
from connectors.gate import PersonLimits
from connectors.retention import purge_regularly
from connectors.spool import Spool
from connectors.worker import Worker
from sahan.answering import answering
from sahan.assistant import load_assistant
from sahan.composition import adapters_of, notes_of, vault_of
from sahan.settings import Settings, read_settings
from store.engine import create_engine
from store.logs import configure_logging
from store.migrate import check_schema, upgrade

_PARENT_CHECK_SECONDS = 1.0


def run_worker(*, demonstration: bool = False, stop_with_parent: bool = False) -> None:
    """Serve until SIGTERM or SIGINT: the turns in progress are finished first.

    A worker whose model is missing or outdated still answers commands, menus and danger, says so to everybody else,
    and /readyz tells why.

    Args:
        stop_with_parent: also stop when the process that started this one is gone.
    """
    configure_logging()
    settings = read_settings(demonstration=demonstration)
    upgrade(settings.database_url)
    uvloop.run(_run(settings, stop_with_parent))


async def _run(settings: Settings, stop_with_parent: bool) -> None:
    engine = create_engine(settings.database_url, settings.database_connections)
    await check_schema(engine)
    vault = vault_of(settings)
    assistant, problem = load_assistant(needs_rasa=False)
    if problem is not None:
        print(f"sahan: {problem}", file=sys.stderr)
    for note in notes_of(settings):
        print(f"sahan: {note}", file=sys.stderr)
    adapters = adapters_of(settings, engine, vault, lambda: assistant.library)
    live = answering(engine, assistant)
    await live.catch_up()
    person_limits = None
    if settings.person_per_minute or settings.person_per_day:
        person_limits = PersonLimits(settings.person_per_minute, settings.person_per_day)
    worker = Worker(engine, vault, assistant, adapters, content=live, limits=settings.sms, person_limits=person_limits,
                    spool=Spool(settings.spool_folder, vault), retention_days=settings.retention_days)
    loop = asyncio.get_running_loop()
    for signal_number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(signal_number, worker.stop)
    links = [asyncio.create_task(adapter.run()) for adapter in adapters.values() if isinstance(adapter, Linked)]
    background = [asyncio.create_task(purge_regularly(engine, settings.retention_days)),
                  asyncio.create_task(fold_regularly(engine)),
                  asyncio.create_task(erase_regularly(engine, vault, adapters)),
                  asyncio.create_task(live.follow())]
    if stop_with_parent:
        background.append(asyncio.create_task(_watch_parent(worker)))
    try:
        await worker.run(problem=problem)
    finally:
        for task in (*background, *links):
            task.cancel()
        if links:
            await asyncio.wait(links)
        for adapter in adapters.values():
            await adapter.close()
        await engine.dispose()


async def _watch_parent(worker: Worker) -> None:
    parent = os.getppid()
    while os.getppid() == parent:
        await asyncio.sleep(_PARENT_CHECK_SECONDS)
    worker.stop()
