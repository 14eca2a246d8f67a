"""`sahan person export`: all that is held about one person, for a request that came in writing."""

from __future__ import annotations

import asyncio
import getpass
import json
import sys
from typing import Annotated

import structlog
import typer

from sahan.errors import SahanError
from sahan.language import _
from store.messages import Channel, Message, Provider

log = structlog.get_logger()

person_command = typer.Typer(help=_("Une personne : ce que Sahan garde d'elle."), no_args_is_help=True)


@person_command.callback()
def _person() -> None:
    """Keeps `export` a word of its own while it is the only one."""


@person_command.command("export", help=_("Tout ce qui est gardé d'une personne, en JSON ; à remettre à elle seule."))
def export(
    provider: Annotated[Provider, typer.Option(help=_("Par qui elle écrit."))],
    channel: Annotated[Channel, typer.Option(help=_("La forme de ses messages."))],
    address_from_stdin: Annotated[bool, typer.Option("--address-from-stdin", help=_(
        "Lire le numéro ou l'identifiant sur l'entrée standard : il ne doit figurer dans aucune commande."))] = False,
) -> None:
    """Print what is held, and note in the log who asked."""
    if not address_from_stdin:
        raise SahanError(_("Donnez l'adresse par l'entrée standard, avec --address-from-stdin : sur la ligne de "
                           "commande, d'autres la verraient."))
    print(json.dumps(asyncio.run(_export(provider, channel, sys.stdin.readline().strip())), ensure_ascii=False,
                     indent=2))


async def _export(provider: Provider, channel: Channel, address: str) -> object:
    from connectors.channel import Inbound
    from connectors.personal_data import everything
    from sahan.composition import vault_of
    from sahan.settings import read_settings
    from store.engine import create_engine
    from store.logs import configure_logging
    from store.migrate import check_schema

    configure_logging()
    settings = read_settings()
    engine = create_engine(settings.database_url)
    try:
        await check_schema(engine)
        found = await everything(engine, vault_of(settings),
                                 Inbound(provider, channel, address, "", Message(channel, "")))
    finally:
        await engine.dispose()
    log.warning("store.person_exported", sender=found[0] if found else None, provider=str(provider), by=_who())
    if found is None:
        raise SahanError(_("Sahan ne garde rien sous cette adresse. Un numéro s'écrit avec + et l'indicatif du pays."))
    return found[1]


def _who() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "?"
