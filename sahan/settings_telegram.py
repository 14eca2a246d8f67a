"""Reading the settings of Telegram (SAHAN_TELEGRAM_...). What each means: docs/operations.md."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from sahan.errors import SettingsError
from sahan.settings_values import address, number

_SECRET_TOKEN = re.compile(r"[A-Za-z0-9_-]{1,256}")


@dataclass(frozen=True)
class TelegramSettings:
    """How to reach Telegram.

    Attributes:
        secret_previous: also accepted from the webhook, while ``secret`` is being changed.
        api: the root of the Bot API server, without "/bot".
        mode: webhook or polling.
        rate: messages a second to all chats together; 0: no limits of ours.
    """

    token: str
    secret: str | None
    api: str
    mode: str
    secret_previous: str | None = None
    rate: int = 30

    @property
    def secrets(self) -> tuple[str, ...]:
        """What the webhook accepts, the current secret first."""
        return tuple(each for each in (self.secret, self.secret_previous) if each is not None)


def read_telegram(values: Mapping[str, str]) -> TelegramSettings | None:
    """The settings of Telegram; None without a token.

    Raises:
        SettingsError: names the setting, what is wrong with it, and what to do.
    """
    token = values.get("SAHAN_TELEGRAM_TOKEN")
    if not token:
        return None
    mode = values.get("SAHAN_TELEGRAM_MODE") or "webhook"
    if mode not in ("webhook", "polling"):
        raise SettingsError(f'SAHAN_TELEGRAM_MODE is "{mode}"; set webhook or polling.')
    secret = values.get("SAHAN_TELEGRAM_SECRET") or None
    if mode == "webhook" and secret is None:
        raise SettingsError(
            "SAHAN_TELEGRAM_SECRET is missing: without it anybody could send updates to the webhook. "
            "Set 1 to 256 characters of A-Z a-z 0-9 _ -, or SAHAN_TELEGRAM_MODE=polling."
        )
    previous = values.get("SAHAN_TELEGRAM_SECRET_PREVIOUS") or None
    for name, given in (("SAHAN_TELEGRAM_SECRET", secret), ("SAHAN_TELEGRAM_SECRET_PREVIOUS", previous)):
        if given is not None and not _SECRET_TOKEN.fullmatch(given):
            raise SettingsError(f"{name} may hold 1 to 256 characters of A-Z a-z 0-9 _ - only.")
    api = address("SAHAN_TELEGRAM_API", values.get("SAHAN_TELEGRAM_API") or "https://api.telegram.org")
    return TelegramSettings(token, secret, api, mode, previous, number(values, "SAHAN_TELEGRAM_RATE", 30, 0, 10_000))
