"""`sahan serve`, `sahan gateway`, `sahan console`: the processes that listen."""

from __future__ import annotations

import asyncio
import socket
from importlib.metadata import version

import uvicorn
import uvloop
from sqlalchemy.ext.asyncio import AsyncEngine
from starlette.applications import Starlette

from connectors.health import problems_of
from connectors.intake import MESSAGE, RECEIPT, Intake
from connectors.spool import Spool
from connectors.telegram.polling import poll
from console.application import console_routes
from sahan.composition import gateway_application, telegram_adapter, vault_of
from sahan.errors import PortInUseError
from sahan.language import _
from sahan.live import LiveLibrary
from sahan.settings import Settings, read_settings
from sahan.supervisor import WorkerProcess
from store.engine import create_engine
from store.logs import configure_logging
from store.migrate import upgrade

_STORING_SECONDS = 10.0


def serve(worker: WorkerProcess) -> None:
    """Gateway and console in this process, beside one worker in a process of its own, started again if it dies."""
    listener = bind(worker.settings.host, worker.settings.port)
    uvloop.run(_serve(worker.settings, listener, worker))


def gateway(*, demonstration: bool = False) -> None:
    """The gateway, with the console's pages, without a worker."""
    settings = _start(demonstration)
    listener = bind(settings.host, settings.port)
    uvloop.run(_serve(settings, listener))


def console(*, demonstration: bool = False) -> None:
    """The staff console alone: no webhook, no simulator."""
    settings = _start(demonstration)
    listener = bind(settings.host, settings.port)
    print(_("Console : http://{host}:{port}/staff/").format(host=settings.host, port=settings.port), flush=True)
    uvloop.run(_console(settings, listener))


def _start(demonstration: bool) -> Settings:
    configure_logging()
    settings = read_settings(demonstration=demonstration)
    upgrade(settings.database_url)
    return settings


def bind(host: str, port: int) -> socket.socket:
    """A socket that listens on ``host``:``port``.

    Raises:
        PortInUseError: another program does, or the address is not this machine's.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise PortInUseError(
            _("Le port {port} de {host} ne peut pas être ouvert ({why}). Arrêtez l'autre programme, ou choisissez "
              "un autre port : SAHAN_PORT=8001").format(port=port, host=host, why=error.strerror)
        ) from None
    return listener


async def _console(settings: Settings, listener: socket.socket) -> None:
    engine = create_engine(settings.database_url, settings.database_connections)
    live = LiveLibrary(engine)
    application = Starlette(routes=console_routes(live, simulator=False, version=version("sahan")))
    following = asyncio.create_task(live.follow())
    try:
        await _listen(application, listener)
    finally:
        following.cancel()
        await engine.dispose()


async def _serve(settings: Settings, listener: socket.socket, worker: WorkerProcess | None = None) -> None:
    engine = create_engine(settings.database_url, settings.database_connections)
    vault = vault_of(settings)
    live = LiveLibrary(engine)
    spool = Spool(settings.spool_folder, vault)
    application = gateway_application(settings, engine, vault, live, spool)
    background: list[asyncio.Task[None]] = [asyncio.create_task(live.follow())]
    intake = Intake(engine, vault, live)
    handlers = {MESSAGE: intake.replayed, RECEIPT: intake.replayed_receipt}
    background.append(asyncio.create_task(spool.keep(handlers, settings.retention_days)))
    if settings.telegram is not None and settings.telegram.mode == "polling":
        polled = telegram_adapter(settings.telegram)
        background.append(asyncio.create_task(poll(intake, polled)))
    background.append(asyncio.create_task(_announce(settings, engine)))
    if worker is not None:
        background.append(asyncio.create_task(worker.keep()))
    try:
        await _listen(application, listener)
    finally:
        for task in background:
            task.cancel()
        await asyncio.wait(background, timeout=_STORING_SECONDS)  # what came by polling is being stored
        await engine.dispose()


async def _listen(application: Starlette, listener: socket.socket) -> None:
    configuration = uvicorn.Config(
        application, ws="none", log_config=None, access_log=False, server_header=False, date_header=False,
        proxy_headers=False, timeout_graceful_shutdown=5,
    )
    await uvicorn.Server(configuration).serve(sockets=[listener])


async def _announce(settings: Settings, engine: AsyncEngine) -> None:
    """Print the addresses at once, and that answers come as soon as they do."""
    shown = "localhost" if settings.host in ("127.0.0.1", "::1") else settings.host
    address = f"http://{shown}:{settings.port}"
    if settings.simulator:
        print(_("Simulateur : {address}/").format(address=address), flush=True)
    print(_("Console de l'équipe : {address}/staff/").format(address=address), flush=True)
    while await problems_of(engine):
        await asyncio.sleep(0.2)
    print(_("Prêt à répondre."), flush=True)
