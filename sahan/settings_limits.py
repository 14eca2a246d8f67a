"""Reading the settings of what is limited: SMS by what they cost, requests by who sends them."""

from __future__ import annotations

import re
from collections.abc import Mapping

from connectors.sms.limits import SmsLimits
from sahan.errors import SettingsError
from sahan.settings_values import limit, limits_by_country, rate

_HEADER = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,63}")


def sms_limits(values: Mapping[str, str]) -> SmsLimits:
    """What may be sent by SMS."""
    person, countries = limits_by_country(values, "SAHAN_SMS_PERSON_SEGMENTS")
    return SmsLimits(
        person_segments=person, country_segments=countries,
        segments_per_second=rate(values, "SAHAN_SMS_SEGMENTS_PER_SECOND"),
        day_segments=limit(values, "SAHAN_SMS_DAY_SEGMENTS"),
    )


def header(values: Mapping[str, str], name: str) -> str | None:
    """The name of an HTTP header; None where it is not set."""
    value = values.get(name) or None
    if value is not None and not _HEADER.fullmatch(value):
        raise SettingsError(f'{name} is "{value}"; set the name of a header, such as X-Real-IP.')
    return value
