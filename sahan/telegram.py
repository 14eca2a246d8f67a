"""`sahan telegram`: registering with Telegram, and seeing whether everything is as the settings say."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import UTC
from typing import TypeVar

from telegram import Bot
from telegram.error import BadRequest, InvalidToken, NetworkError, TelegramError

from connectors.telegram.adapter import make_bot
from connectors.telegram.registration import Problem, Registration, read_registration, register
from connectors.telegram.webhook import PATH
from content.loader import installed_library
from sahan.errors import SettingsError, TelegramRefusedError
from sahan.language import _
from sahan.settings import Settings, read_settings
from sahan.settings_telegram import TelegramSettings

T = TypeVar("T")


def set_webhook(max_connections: int) -> None:
    """Register SAHAN_PUBLIC_URL with Telegram, with the secret, the kinds of updates and the commands.

    Raises:
        SettingsError: something that is needed is not set, or polling is.
        TelegramRefusedError: Telegram refuses, or does not answer.
    """
    settings, telegram = _settings()
    if telegram.mode == "polling":
        raise SettingsError(
            "SAHAN_TELEGRAM_MODE is polling, which would remove the webhook again. Set it to webhook first."
        )
    address = _address(settings)
    if address is None or telegram.secret is None:
        raise SettingsError(
            "SAHAN_PUBLIC_URL is missing: Telegram brings messages there. "
            "Set it to what the outside calls, for example https://sahan.example.org"
        )
    secret = telegram.secret
    _with_bot(telegram, lambda bot: register(bot, address, secret, max_connections, installed_library()))
    print(_("Telegram apporte les messages à {address}. Les commandes sont inscrites.").format(address=address))
    print(_("Pour vérifier : sahan telegram webhook show"))


def show_webhook() -> int:
    """Print what Telegram knows, and what to do; 1 where there is something to do."""
    settings, telegram = _settings()
    found = _with_bot(telegram, lambda bot: read_registration(bot, _address(settings), time.time()))
    info = found.info
    print(_("Adresse : {address}").format(address=info.url or _("aucune")))
    print(_("En attente chez Telegram : {count}").format(count=info.pending_update_count))
    if info.last_error_date is not None:
        moment = info.last_error_date.astimezone(UTC)
        print(_("Dernière erreur ({when}) : {error}").format(when=f"{moment:%Y-%m-%d %H:%M} UTC",
                                                             error=info.last_error_message))
    if info.url:
        print(_("Mises à jour demandées : {kinds}").format(kinds=", ".join(info.allowed_updates or ())))
        print(_("Livraisons à la fois : {count}").format(count=info.max_connections))
    return _tell(found, settings, telegram)


def delete_webhook() -> None:
    """Remove the webhook; what waits at Telegram is kept there."""
    telegram = _settings()[1]
    _with_bot(telegram, lambda bot: bot.delete_webhook(drop_pending_updates=False))
    print(_("Telegram n'apporte plus rien ici, et garde les messages pendant 24 heures."))


def check() -> int:
    """Print whether the token holds, the bot's name, what it hears in groups, and how it receives."""
    settings, telegram = _settings()
    me = _with_bot(telegram, lambda bot: bot.get_me())
    print(_("Robot : {name} (@{username})").format(name=me.full_name, username=me.username))
    problems = 0
    if me.can_read_all_group_messages:
        problems += 1
        print(_("Groupes : le robot y lit tout. À faire : chez @BotFather, /setprivacy, Enable ; il y entend alors "
                "seulement ce qui lui est adressé."))
    elif me.can_join_groups:
        print(_("Groupes : le robot n'y entend que ce qui lui est adressé."))
    else:
        print(_("Groupes : le robot ne peut pas y entrer."))
    found = _with_bot(telegram, lambda bot: read_registration(bot, _address(settings), time.time()))
    if telegram.mode == "polling":
        if found.info.url:
            print(_("Réception : la passerelle va chercher les messages ; en démarrant elle retire l'adresse "
                    "{address}.").format(address=found.info.url))
        else:
            print(_("Réception : la passerelle va chercher les messages."))
        return int(bool(problems))
    print(_("Réception : Telegram apporte les messages à {address}").format(address=found.info.url or _("aucune")))
    return max(int(bool(problems)), _tell(found, settings, telegram))


def _tell(found: Registration, settings: Settings, telegram: TelegramSettings) -> int:
    problems = [] if telegram.mode == "polling" else found.problems
    advice = {
        Problem.MISSING: _("Aucune adresse n'est inscrite. À faire : sahan telegram webhook set"),
        Problem.OTHER_ADDRESS: _("L'adresse inscrite n'est pas {address}. À faire : sahan telegram webhook set")
        .format(address=_address(settings)),
        Problem.OTHER_UPDATES: _("Manquent : {missing}. En trop : {superfluous}. À faire : sahan telegram webhook set")
        .format(missing=", ".join(found.missing) or "-", superfluous=", ".join(found.superfluous) or "-"),
        Problem.REFUSED: _("La passerelle a refusé le secret. À faire : donner le même SAHAN_TELEGRAM_SECRET à la "
                           "passerelle et ici, puis sahan telegram webhook set"),
        Problem.NOT_FOUND: _("La passerelle n'a pas Telegram, ou le mandataire ne lui passe pas ce chemin. À faire : "
                             "donner à la passerelle SAHAN_TELEGRAM_TOKEN et SAHAN_TELEGRAM_SECRET"),
        Problem.FAILING: _("Telegram n'a pas pu livrer. À faire : voir que la passerelle tourne et que l'adresse, le "
                           "certificat et le mandataire sont bons"),
    }
    for problem in problems:
        print(advice[problem])
    if settings.public_url is None and telegram.mode == "webhook":
        print(_("SAHAN_PUBLIC_URL n'est pas donné ici : l'adresse n'est pas comparée."))
    if not problems:
        print(_("Rien à faire."))
    return int(bool(problems))


def _settings() -> tuple[Settings, TelegramSettings]:
    settings = read_settings()
    if settings.telegram is None:
        raise SettingsError("SAHAN_TELEGRAM_TOKEN is missing: ask @BotFather for a bot, and set its token.")
    return settings, settings.telegram


def _address(settings: Settings) -> str | None:
    return f"{settings.public_url}{PATH}" if settings.public_url else None


def _with_bot(telegram: TelegramSettings, ask: Callable[[Bot], Awaitable[T]]) -> T:
    async def run() -> T:
        bot = make_bot(telegram.token, telegram.api)
        try:
            return await ask(bot)
        finally:
            await bot.shutdown()

    try:
        return asyncio.run(run())
    except InvalidToken:
        raise TelegramRefusedError(
            "Telegram does not know SAHAN_TELEGRAM_TOKEN. Set the token that @BotFather gave, or ask it for a new one."
        ) from None
    except BadRequest as error:
        raise TelegramRefusedError(f"Telegram refuses: {error.message}.") from None
    except NetworkError as error:
        raise TelegramRefusedError(
            f"{telegram.api} does not answer ({type(error).__name__}). See that this machine reaches it, and "
            "SAHAN_TELEGRAM_API."
        ) from None
    except TelegramError as error:
        raise TelegramRefusedError(f"Telegram refuses: {error.message}.") from None
