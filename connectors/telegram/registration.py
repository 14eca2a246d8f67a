"""What Telegram is told of us: where to bring updates, and which commands to offer in which language."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from telegram import Bot, WebhookInfo

from connectors.telegram.updates import ALLOWED_UPDATES
from content.languages import conversation_locales, message, title_of
from content.models import SOURCE_LOCALE, Library

ENGLISH = "en"
_LONGEST_DESCRIPTION = 256
_ERROR_IS_RECENT_SECONDS = 600
_FIRST_SENTENCE = re.compile(r"(?s).+?[.!?؟።](?=\s|$)|.+")
# What a person can write, by what stands behind it, in French and in English words; both are understood everywhere.
_NAMES = {"menu": "menu", "language": "langue", "country": "pays", "help": "aide", "forget": "effacer", "stop": "stop"}


class Problem(StrEnum):
    """What can be wrong with a webhook."""

    MISSING = "missing"
    OTHER_ADDRESS = "other_address"
    OTHER_UPDATES = "other_updates"
    REFUSED = "refused"
    NOT_FOUND = "not_found"
    FAILING = "failing"


@dataclass(frozen=True)
class Registration:
    """What Telegram knows (core.telegram.org/bots/api#webhookinfo), and what is wrong with it.

    Attributes:
        missing, superfluous: kinds of updates that should be asked for and are not, and the other way round.
    """

    info: WebhookInfo
    problems: tuple[Problem, ...]
    missing: tuple[str, ...] = ()
    superfluous: tuple[str, ...] = ()


async def read_registration(bot: Bot, address: str | None, now: float) -> Registration:
    """Ask Telegram, and compare.

    Args:
        address: that should be registered; None: that is not known here.
        now: seconds since 1970.

    Raises:
        telegram.error.TelegramError: Telegram does not answer.
    """
    info = await bot.get_webhook_info()
    if not info.url:
        return Registration(info, (Problem.MISSING,))
    problems = []
    if address is not None and info.url != address:
        problems.append(Problem.OTHER_ADDRESS)
    asked = set(info.allowed_updates or ())
    missing, superfluous = sorted(set(ALLOWED_UPDATES) - asked), sorted(asked - set(ALLOWED_UPDATES))
    if missing or superfluous:
        problems.append(Problem.OTHER_UPDATES)
    failed = info.last_error_date.timestamp() if info.last_error_date else 0.0
    if info.pending_update_count or now - failed < _ERROR_IS_RECENT_SECONDS:
        problems += _failing(info.last_error_message)
    return Registration(info, tuple(problems), tuple(missing), tuple(superfluous))


def _failing(error: str | None) -> list[Problem]:
    if not error:
        return []
    if " 403" in error:
        return [Problem.REFUSED]
    return [Problem.NOT_FOUND if " 404" in error else Problem.FAILING]


async def register(bot: Bot, address: str, secret: str, max_connections: int, library: Library) -> None:
    """Have updates brought to ``address``, and offer the commands. What waits at Telegram is kept.

    Raises:
        telegram.error.TelegramError: Telegram refuses, or does not answer.
    """
    await bot.set_webhook(address, secret_token=secret, allowed_updates=ALLOWED_UPDATES,
                          max_connections=max_connections, drop_pending_updates=False)
    for language, commands in commands_by_language(library).items():
        await bot.set_my_commands(list(commands.items()), language_code=language)


def commands_by_language(library: Library) -> Mapping[str | None, Mapping[str, str]]:
    """For each language code that Telegram knows (ISO 639-1), and None for all others: command -> what it does."""
    found: dict[str | None, Mapping[str, str]] = {None: _commands(library, SOURCE_LOCALE)}
    for locale in conversation_locales(library):
        if len(locale) == 2:
            found[locale] = _commands(library, locale)
    return found


def _commands(library: Library, locale: str) -> dict[str, str]:
    told = {
        "menu": title_of(library, "talk.menu", locale),
        "language": title_of(library, "talk.language", locale),
        "country": _first_sentence(message(library, "country_question", locale).long),
        "help": _first_sentence(message(library, "help", locale).long),
        "forget": title_of(library, "talk.forget", locale),
        "stop": title_of(library, "talk.stop", locale),
    }
    return {name if locale == ENGLISH else _NAMES[name]: text[:_LONGEST_DESCRIPTION] for name, text in told.items()}


def _first_sentence(text: str) -> str:
    found = _FIRST_SENTENCE.match(text)
    return found.group() if found else text
