"""The worker beside the gateway: started before everything else, for it takes longest, and started again if it dies."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import subprocess
import sys
from collections.abc import Iterator

from sahan.language import _
from sahan.settings import Settings, read_settings
from store.logs import configure_logging

_RESTART_SECONDS = (0.5, 1.0, 2.0, 5.0, 10.0)
_HEALTHY_SECONDS = 60.0
_POLL_SECONDS = 0.2
_STOP_SECONDS = 35.0


class WorkerProcess:
    """One worker in a process of its own.

    Attributes:
        settings: that it and the gateway run with.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._arguments = [sys.executable, "-m", "sahan", "worker", "--stop-with-parent"]
        if settings.demonstration:
            self._arguments.append("--demonstration")
        self._process = subprocess.Popen(self._arguments)  # noqa: S603

    async def keep(self) -> None:
        """Start the worker again whenever it ends, until cancelled; ever slower while it dies young."""
        loop = asyncio.get_running_loop()
        began, deaths = loop.time(), 0
        while True:
            await asyncio.sleep(_POLL_SECONDS)
            if self._process.poll() is None:
                continue
            deaths = 0 if loop.time() - began > _HEALTHY_SECONDS else deaths + 1
            print(_("L'agent de réponse s'est arrêté ; il redémarre."), file=sys.stderr, flush=True)
            await asyncio.sleep(_RESTART_SECONDS[min(deaths, len(_RESTART_SECONDS) - 1)])
            began = loop.time()
            self._process = subprocess.Popen(self._arguments)  # noqa: S603

    def stop(self) -> None:
        """Let the worker finish its turns, and end it if it takes too long."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(_STOP_SECONDS)
            if self._process.poll() is None:
                self._process.kill()


@contextlib.contextmanager
def start_worker(*, demonstration: bool) -> Iterator[WorkerProcess]:
    """Settings read, models trained where `make run` needs it, tables brought up to date, and the worker started.

    The worker ends with the block. Errors of settings, database or training end the command before anything listens.
    """
    configure_logging()
    settings = read_settings(demonstration=demonstration)
    if demonstration:
        from sahan.training import train

        train(if_needed=True)
    from store.migrate import upgrade

    upgrade(settings.database_url)
    worker = WorkerProcess(settings)
    try:
        yield worker
    finally:
        worker.stop()
