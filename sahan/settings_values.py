"""Reading single settings: each wrong one is one clear line that begins with its name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from sahan.errors import SettingsError

_TRUE, _FALSE = {"1", "true", "yes", "on"}, {"0", "false", "no", "off", ""}
_DECIMAL = re.compile(r"[0-9]{1,6}(\.[0-9]{1,3})?", re.ASCII)
_OF_COUNTRY = re.compile(r"([A-Z]{2})=([0-9]{1,6})", re.ASCII)


def address(name: str, value: str) -> str:
    """An http or https address without a slash at its end."""
    try:
        parts = urlsplit(value)
        sound = parts.scheme in ("http", "https") and parts.hostname and not parts.query and not parts.fragment
        sound = sound and parts.port != 0  # reading the port raises where it is no number
    except ValueError:
        sound = False
    if not sound:
        raise SettingsError(f'{name} is "{value}"; it must be an address such as https://sahan.example.org')
    return value.rstrip("/")


def switch(values: Mapping[str, str], name: str, default: bool) -> bool:
    """1 or 0."""
    value = values.get(name)
    if value is None:
        return default
    if value.lower() in _TRUE:
        return True
    if value.lower() in _FALSE:
        return False
    raise SettingsError(f'{name} is "{value}"; set 1 or 0.')


def number(values: Mapping[str, str], name: str, default: int, least: int, most: int) -> int:
    """A whole number within limits."""
    value = values.get(name)
    if not value:
        return default
    if not value.isascii() or not value.isdigit() or not least <= int(value) <= most:
        raise SettingsError(f'{name} is "{value}"; set a number from {least} to {most}.')
    return int(value)


def limit(values: Mapping[str, str], name: str) -> int | None:
    """A limit, a whole number; None where it is not set, or 0."""
    return number(values, name, 0, 0, 1_000_000_000) or None


def rate(values: Mapping[str, str], name: str) -> float | None:
    """How many a second, above 0; None where it is not set, or 0."""
    value = values.get(name) or "0"
    if not _DECIMAL.fullmatch(value):
        raise SettingsError(f'{name} is "{value}"; set a number such as 1 or 0.5, or 0 for no limit.')
    return float(value) or None


def limits_by_country(values: Mapping[str, str], name: str) -> tuple[int | None, dict[str, int]]:
    """(limit, limit by country) of a setting such as "40 DJ=20": for everybody, and where it differs."""
    general: int | None = None
    countries: dict[str, int] = {}
    for word in (values.get(name) or "").replace(",", " ").split():
        if found := _OF_COUNTRY.fullmatch(word):
            countries[found.group(1)] = int(found.group(2))
        elif word.isascii() and word.isdigit() and general is None and not countries:
            general = int(word[:9])
        else:
            raise SettingsError(
                f'{name} has "{word}"; set a number, and by country where it differs: 40 DJ=20 (0 for no limit).'
            )
    return general or None, countries
