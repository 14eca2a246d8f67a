"""``sahan telegram``: its subcommands."""

from __future__ import annotations

from typing import Annotated

import typer

from sahan.language import _

telegram_command = typer.Typer(help=_("Telegram : le robot, et comment il reçoit."), no_args_is_help=True)
webhook_command = typer.Typer(help=_("L'adresse à laquelle Telegram apporte les messages."), no_args_is_help=True)
telegram_command.add_typer(webhook_command, name="webhook")


@webhook_command.command("set", help=_("Inscrire SAHAN_PUBLIC_URL chez Telegram, avec le secret et les commandes."))
def webhook_set(
    max_connections: Annotated[int, typer.Option(min=1, max=100, help=_("Livraisons à la fois."))] = 40,
) -> None:
    """Register the webhook and the commands."""
    from sahan.telegram import set_webhook

    set_webhook(max_connections)


@webhook_command.command("show", help=_("Ce que Telegram sait de l'adresse ; code 1 s'il y a quelque chose à faire."))
def webhook_show() -> None:
    """Show the webhook."""
    from sahan.telegram import show_webhook

    raise typer.Exit(show_webhook())


@webhook_command.command("delete", help=_("Retirer l'adresse ; Telegram garde les messages pendant 24 heures."))
def webhook_delete() -> None:
    """Remove the webhook."""
    from sahan.telegram import delete_webhook

    delete_webhook()


@telegram_command.command("check", help=_("Le jeton, le nom du robot, les groupes et la réception ; code 1 si besoin."))
def telegram_check() -> None:
    """Check the bot."""
    from sahan.telegram import check

    raise typer.Exit(check())
