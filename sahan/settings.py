"""The settings: read from the environment only, checked once at start.

Every wrong or missing one is one clear line. What each means: docs/operations.md.
"""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from bot.understanding.paths import encoder_is_installed
from connectors.smpp.settings import SmppSettings
from connectors.sms.limits import SmsLimits
from connectors.sms.senders import SenderKind, kind_of
from sahan.errors import SettingsError
from sahan.settings_limits import header, sms_limits
from sahan.settings_smpp import read_smpp
from sahan.settings_telegram import TelegramSettings, read_telegram
from sahan.settings_values import address, number, switch
from store.engine import CONNECTIONS

ROOT = Path(__file__).resolve().parent.parent
VAR = ROOT / "var"
_SHORTEST_KEY = 16
_MOST_KEYS = 9


@dataclass(frozen=True)
class TwilioSettings:
    """How to reach Twilio. ``sender``: see ``connectors.sms.adapter.kind_of``; ``api``: an emulator's."""

    account_sid: str
    auth_token: str
    sender: str
    api: str | None

    @property
    def takes_answers(self) -> bool:
        """Whether people can answer what we send: not where it comes from a name."""
        return kind_of(self.sender) is not SenderKind.NAME


@dataclass(frozen=True)
class Settings:
    """All settings of a process.

    Attributes:
        database_connections: the most that a process opens to PostgreSQL.
        encoder: whether the optional second opinion on topics is asked.
        retention_days: after how many days texts and conversations are deleted.
        spool_folder: where a gateway keeps SMS while the database is away; on its own machine.
        sms: limits of what is sent by SMS.
        person_per_minute, person_per_day: how much one person may write and be answered; 0: without limit.
        refused_per_minute: how many requests of one address may be refused before it gets 429.
        address_header: in which the proxy before a gateway names who called it; None: there is none to be trusted.
        demonstration: `make run`: simulator on, loopback only, a key of its own.
    """

    database_url: str
    database_connections: int
    secret_key: str
    secret_keys_previous: tuple[str, ...]
    host: str
    port: int
    public_url: str | None
    simulator: bool
    metrics_token: str | None
    telegram: TelegramSettings | None
    twilio: TwilioSettings | None
    smpp: SmppSettings | None
    encoder: bool
    retention_days: int
    spool_folder: Path
    sms: SmsLimits
    person_per_minute: int
    person_per_day: int
    refused_per_minute: int
    address_header: str | None
    demonstration: bool


def read_settings(environment: Mapping[str, str] | None = None, *, demonstration: bool = False) -> Settings:
    """Read and check the settings.

    Args:
        environment: the process's own where None.
        demonstration: `make run`: the simulator is on unless switched off, and a random key is made under var/.

    Raises:
        SettingsError: names the setting, what is wrong with it, and what to do.
    """
    values = {name: value.strip() for name, value in (os.environ if environment is None else environment).items()}
    database_url = _database_url(values)
    host = values.get("SAHAN_HOST") or "127.0.0.1"
    public_url = _public_url(values.get("SAHAN_PUBLIC_URL"))
    simulator = switch(values, "SAHAN_SIMULATOR", demonstration)
    telegram, twilio, smpp = read_telegram(values), _twilio(values, public_url), read_smpp(values)
    if simulator:
        _refuse_public_demonstration(host, public_url, telegram, twilio, smpp)
    return Settings(
        database_url=database_url,
        database_connections=number(values, "SAHAN_DATABASE_CONNECTIONS", CONNECTIONS, 2, 200),
        secret_key=_secret_key(values, demonstration),
        secret_keys_previous=_previous_keys(values),
        host=host,
        port=number(values, "SAHAN_PORT", 8000, 1, 65535),
        public_url=public_url,
        simulator=simulator,
        metrics_token=values.get("SAHAN_METRICS_TOKEN") or None,
        telegram=telegram,
        twilio=twilio,
        smpp=smpp,
        encoder=_encoder(values),
        spool_folder=Path(values.get("SAHAN_SPOOL_FOLDER") or VAR / "spool"),
        retention_days=number(values, "SAHAN_RETENTION_DAYS", 30, 1, 3650),
        sms=sms_limits(values),
        person_per_minute=number(values, "SAHAN_PERSON_PER_MINUTE", 30, 0, 10_000),
        person_per_day=number(values, "SAHAN_PERSON_PER_DAY", 200, 0, 1_000_000),
        refused_per_minute=number(values, "SAHAN_REFUSED_PER_MINUTE", 60, 1, 1_000_000),
        address_header=header(values, "SAHAN_ADDRESS_HEADER"),
        demonstration=demonstration,
    )


def read_database_url() -> str:
    """Where the database is, for commands that need no other setting."""
    return _database_url(os.environ)


def _database_url(values: Mapping[str, str]) -> str:
    return values.get("SAHAN_DATABASE_URL", "").strip() or f"sqlite:///{VAR / 'sahan.db'}"


def _secret_key(values: Mapping[str, str], demonstration: bool) -> str:
    key = values.get("SAHAN_SECRET_KEY", "")
    if key:
        return _long_enough("SAHAN_SECRET_KEY", key)
    if not demonstration:
        raise SettingsError(
            "SAHAN_SECRET_KEY is missing: addresses and messages are sealed with it. "
            'Make one: python3 -c "import secrets; print(secrets.token_urlsafe(32))"'
        )
    return demonstration_key(VAR / "secret-key")


def _previous_keys(values: Mapping[str, str]) -> tuple[str, ...]:
    first = "SAHAN_SECRET_KEY_PREVIOUS"
    names = [first, *(f"{first}_{number}" for number in range(2, _MOST_KEYS + 1))]
    return tuple(_long_enough(name, values[name]) for name in names if values.get(name))


def _long_enough(name: str, key: str) -> str:
    if len(key) < _SHORTEST_KEY:
        raise SettingsError(
            f"{name} has a key of {len(key)} characters and needs {_SHORTEST_KEY}. "
            'Make one: python3 -c "import secrets; print(secrets.token_urlsafe(32))"'
        )
    return key


def demonstration_key(path: Path) -> str:
    """The random key of `make run`, made once, readable by its owner only.

    Written beside and linked into place, so that no other process reads half of it.

    Raises:
        SettingsError: the file cannot be read or written, or holds no key.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            beside = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
            with os.fdopen(os.open(beside, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
                file.write(secrets.token_urlsafe(32) + "\n")
            with contextlib.suppress(FileExistsError):
                os.link(beside, path)
            beside.unlink()
        key = path.read_text().strip()
    except OSError as error:
        raise SettingsError(f"{path} cannot be read or written ({error.strerror}). Set SAHAN_SECRET_KEY.") from None
    if len(key) < _SHORTEST_KEY:
        raise SettingsError(f"{path} holds no key. If nothing needs the data any more, remove it; a new one is made.")
    return key


def _twilio(values: Mapping[str, str], public_url: str | None) -> TwilioSettings | None:
    names = ("SAHAN_TWILIO_ACCOUNT_SID", "SAHAN_TWILIO_AUTH_TOKEN", "SAHAN_TWILIO_FROM")
    if not any(values.get(name) for name in names):
        return None
    for name in names:
        if not values.get(name):
            raise SettingsError(f"{name} is missing: SMS by Twilio needs {', '.join(names)}. Set it, or none of them.")
    if public_url is None:
        raise SettingsError(
            "SAHAN_PUBLIC_URL is missing: Twilio signs its requests for the public address. "
            "Set it to what Twilio calls, for example https://sahan.example.org"
        )
    if kind_of(values[names[2]]) is None:
        raise SettingsError(
            f'{names[2]} is "{values[names[2]]}"; set a number (+22370000000), a short code, a Messaging Service '
            "(MG and 32 digits), or a name of up to 11 letters and digits, to which nobody can answer."
        )
    api = values.get("SAHAN_TWILIO_API") or None
    return TwilioSettings(
        values[names[0]], values[names[1]], values[names[2]], address("SAHAN_TWILIO_API", api) if api else None
    )


def _public_url(value: str | None) -> str | None:
    return address("SAHAN_PUBLIC_URL", value) if value else None


def _encoder(values: Mapping[str, str]) -> bool:
    on = switch(values, "SAHAN_ENCODER", False)
    if on and not encoder_is_installed():
        raise SettingsError("SAHAN_ENCODER is on, and the encoder is not installed. Run `make encoder`, or unset it.")
    return on


def is_loopback(host: str) -> bool:
    """Whether ``host`` can be reached from this machine only."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _refuse_public_demonstration(
    host: str, public_url: str | None, telegram: TelegramSettings | None, twilio: TwilioSettings | None,
    smpp: SmppSettings | None,
) -> None:
    """The simulator lets anybody write as anybody: only where nobody else can reach it and nothing real is sent."""
    reason = None
    if not is_loopback(host):
        reason = f"SAHAN_HOST={host}"
    elif public_url is not None and not is_loopback(urlsplit(public_url).hostname or ""):
        reason = "SAHAN_PUBLIC_URL"
    elif telegram is not None and not _is_emulator(telegram.api):
        reason = "SAHAN_TELEGRAM_TOKEN"
    elif twilio is not None and not _is_emulator(twilio.api):
        reason = "SAHAN_TWILIO_ACCOUNT_SID"
    elif smpp is not None and not is_loopback(smpp.host):
        reason = "SAHAN_SMPP_HOST"
    if reason is not None:
        raise SettingsError(
            f"The simulator runs on this machine alone, without real tokens, but {reason} is set. "
            "Set SAHAN_SIMULATOR=0 and start with `sahan serve`, or unset it."
        )


def _is_emulator(api: str | None) -> bool:
    return api is not None and is_loopback(urlsplit(api).hostname or "")
