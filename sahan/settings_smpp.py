"""Reading the settings of a direct link to an operator (SAHAN_SMPP_...). What each means: docs/operations.md."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar

from connectors.smpp.settings import Alphabet, Binding, LongMessages, MessageIds, SmppSettings
from connectors.sms.senders import SenderKind, kind_of
from sahan.errors import SettingsError
from sahan.settings_values import number, switch

_Choice = TypeVar("_Choice", bound=StrEnum)
_PREFIX = "SAHAN_SMPP_"
_REQUIRED = ("HOST", "SYSTEM_ID", "PASSWORD", "FROM")
_LONGEST = {"SYSTEM_ID": 15, "PASSWORD": 64, "SYSTEM_TYPE": 12, "SERVICE_TYPE": 5}
_SENDERS = {SenderKind.NUMBER, SenderKind.SHORT_CODE, SenderKind.NAME}
_COUNTRY_CODE = re.compile(r"[1-9][0-9]{0,2}")


def read_smpp(environment: Mapping[str, str]) -> SmppSettings | None:
    """The settings of the link; None where none of them is set.

    Raises:
        SettingsError: names the setting, what is wrong with it, and what to do.
    """
    values = {name.removeprefix(_PREFIX): value for name, value in environment.items() if name.startswith(_PREFIX)}
    if not any(values.values()):
        return None
    for name in _REQUIRED:
        if not values.get(name):
            raise SettingsError(f"{_PREFIX}{name} is missing: SMS by SMPP needs "
                                f"{', '.join(_PREFIX + each for each in _REQUIRED)}. Set it, or none of them.")
    for name, most in _LONGEST.items():
        if len(values.get(name, "")) > most or not values.get(name, "").isascii():
            raise SettingsError(f"{_PREFIX}{name} may hold at most {most} ASCII characters.")
    country_code = values.get("COUNTRY_CODE") or None
    if country_code is not None and not _COUNTRY_CODE.fullmatch(country_code):
        raise SettingsError(f'{_PREFIX}COUNTRY_CODE is "{country_code}"; set a calling code such as 223.')
    if kind_of(values["FROM"]) not in _SENDERS:
        raise SettingsError(f"{_PREFIX}FROM must be a short code, a number such as +22370000000, or a name of at most "
                            "11 letters, as the operator gave it. To a name nobody can answer.")
    return SmppSettings(
        host=values["HOST"], port=_number(values, "PORT", 2775, 1, 65535), system_id=values["SYSTEM_ID"],
        password=values["PASSWORD"], sender=values["FROM"], system_type=values.get("SYSTEM_TYPE", ""),
        binding=_one_of(Binding, values, "BIND", Binding.TRANSCEIVER),
        tls=switch({_PREFIX + "TLS": values.get("TLS", "0")}, _PREFIX + "TLS", False),
        sender_ton=_byte(values, "FROM_TON"), sender_npi=_byte(values, "FROM_NPI"), country_code=country_code,
        service_type=values.get("SERVICE_TYPE", ""),
        alphabet=_one_of(Alphabet, values, "ALPHABET", Alphabet.GSM),
        data_coding=_number(values, "DATA_CODING", 0, 0, 255),
        ucs2_data_coding=_number(values, "UCS2_DATA_CODING", 8, 0, 255),
        long_messages=_one_of(LongMessages, values, "LONG_MESSAGES", LongMessages.UDH),
        message_ids=_one_of(MessageIds, values, "MESSAGE_IDS", MessageIds.SAME),
        window=_number(values, "WINDOW", 10, 1, 1000), rate=_number(values, "RATE", 10, 1, 10000),
        enquire_link_seconds=_number(values, "ENQUIRE_LINK_SECONDS", 30, 1, 3600),
        response_seconds=_number(values, "RESPONSE_SECONDS", 30, 1, 600),
        parts_seconds=_number(values, "PARTS_SECONDS", 300, 1, 86400),
    )


def _number(values: Mapping[str, str], name: str, default: int, least: int, most: int) -> int:
    return number({_PREFIX + name: values.get(name, "")}, _PREFIX + name, default, least, most)


def _byte(values: Mapping[str, str], name: str) -> int | None:
    return _number(values, name, 0, 0, 255) if values.get(name) else None


def _one_of(kind: type[_Choice], values: Mapping[str, str], name: str, default: _Choice) -> _Choice:
    value = values.get(name) or default
    if value not in set(kind):
        raise SettingsError(f'{_PREFIX}{name} is "{value}"; set one of {", ".join(kind)}.')
    return kind(value)
