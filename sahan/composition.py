"""Which parts make up a running system, by settings."""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncEngine
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute

from connectors.channel import ChannelAdapter
from connectors.intake import Intake
from connectors.refusals import LimitRefusals, Refusals
from connectors.simulator.api import simulator_routes
from connectors.simulator.network import SimulatorAdapter
from connectors.smpp.adapter import SmppAdapter
from connectors.sms.adapter import TwilioAdapter
from connectors.sms.webhook import STATUS_PATH, twilio_routes
from connectors.spool import Spool
from connectors.telegram.adapter import TelegramAdapter, make_bot
from connectors.telegram.webhook import webhook_route
from connectors.watch import watch_routes
from console.application import console_routes
from content.models import Library
from sahan.settings import Settings, is_loopback
from sahan.settings_telegram import TelegramSettings
from store.addresses import Vault
from store.messages import Provider


def vault_of(settings: Settings) -> Vault:
    """Seals and opens with the keys of the settings."""
    return Vault(settings.secret_key, settings.secret_keys_previous)


def telegram_adapter(telegram: TelegramSettings) -> TelegramAdapter:
    """How to reach Telegram."""
    return TelegramAdapter(make_bot(telegram.token, telegram.api), telegram.rate)


def adapters_of(
    settings: Settings, engine: AsyncEngine, vault: Vault, library: Callable[[], Library]
) -> dict[Provider, ChannelAdapter]:
    """How to send, for each provider that is set up.

    Args:
        library: gives the library that is live, for what comes in by the same way.
    """
    adapters: dict[Provider, ChannelAdapter] = {}
    if settings.simulator:
        adapters[Provider.SIMULATOR] = SimulatorAdapter(engine, vault)
    if settings.telegram is not None:
        adapters[Provider.TELEGRAM] = telegram_adapter(settings.telegram)
    if (twilio := settings.twilio) is not None:
        callback = f"{settings.public_url}{STATUS_PATH}" if settings.public_url else None
        adapters[Provider.TWILIO] = TwilioAdapter(
            twilio.account_sid, twilio.auth_token, twilio.sender, status_callback=callback, api=twilio.api
        )
    if settings.smpp is not None:
        adapters[Provider.SMPP] = SmppAdapter(settings.smpp, Intake(engine, vault, library))
    return adapters


def gateway_application(
    settings: Settings, engine: AsyncEngine, vault: Vault, library: Callable[[], Library], spool: Spool | None = None
) -> Starlette:
    """The public web application: webhooks, health, and in demonstration the simulator; with the console beside it.

    A channel without its settings has no route: 404.

    Args:
        library: gives the library that is live; asked again and again.
        spool: takes SMS while the database is away; something else must hand them on (``Spool.keep``).
    """
    intake = Intake(engine, vault, library, spool)
    refusals = Refusals(settings.refused_per_minute, settings.address_header)
    routes: list[BaseRoute] = [
        *watch_routes(
            engine, metrics_token=settings.metrics_token, behind_proxy=behind_proxy(settings),
            day_segments=settings.sms.day_segments, notes=notes_of(settings), spool=spool, places=places_of(settings),
            refused=refusals.counted,
        ),
    ]
    if settings.telegram is not None and settings.telegram.secret is not None:
        routes.append(webhook_route(intake, telegram_adapter(settings.telegram), settings.telegram.secrets))
    if settings.twilio is not None and settings.public_url is not None:
        routes += twilio_routes(intake, settings.twilio.auth_token, settings.public_url)
    if settings.simulator:
        routes += simulator_routes(intake)
    routes += console_routes(library, simulator=settings.simulator, version=version("sahan"))
    return Starlette(routes=routes, exception_handlers={HTTPException: _json_error, 500: _own_fault},
                     middleware=[Middleware(LimitRefusals, refusals=refusals)])


def places_of(settings: Settings) -> dict[str, Path]:
    """Folders of this machine whose disks must not be full, by what they hold."""
    url = make_url(settings.database_url)
    places = {"spool": settings.spool_folder}
    if url.get_backend_name() == "sqlite" and url.database:
        places["database"] = Path(url.database)
    return places


def notes_of(settings: Settings) -> list[str]:
    """What staff should know of settings that are allowed and yet narrow what people can do; shown by /readyz."""
    senders = (("SAHAN_TWILIO_FROM", settings.twilio), ("SAHAN_SMPP_FROM", settings.smpp))
    return [
        f'SMS come from the name "{each.sender}" ({name}): people cannot answer them, nor send '
        "STOP that way. Tell them by other means which number to write to, or send from that number"
        for name, each in senders if each is not None and not each.takes_answers
    ]


def behind_proxy(settings: Settings) -> bool:
    """Whether requests may come through a proxy of ours, so that every caller seems to be on this machine."""
    return settings.public_url is not None and is_loopback(settings.host)


async def _json_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return JSONResponse({"error": error.detail}, error.status_code, headers=error.headers)


async def _own_fault(request: Request, error: Exception) -> Response:
    return JSONResponse({"error": "the fault is ours; nothing was lost, try again"}, 500)
