"""The settings of a direct link to an operator."""

from __future__ import annotations

import pytest

from connectors.smpp.settings import Alphabet, Binding, LongMessages, MessageIds, SmppSettings
from sahan.errors import SettingsError
from sahan.settings import read_settings

LEAST = {"SAHAN_SMPP_HOST": "smsc.example.org", "SAHAN_SMPP_SYSTEM_ID": "sahan", "SAHAN_SMPP_PASSWORD": "secret",
         "SAHAN_SMPP_FROM": "8080"}
KEY = {"SAHAN_SECRET_KEY": "a key of the tests"}


def read(**more: str) -> SmppSettings | None:
    return read_settings({**KEY, **LEAST, **{f"SAHAN_SMPP_{name}": value for name, value in more.items()}}).smpp


def test_without_any_there_is_no_link() -> None:
    assert read_settings(KEY).smpp is None


def test_four_are_enough() -> None:
    assert read() == SmppSettings("smsc.example.org", 2775, "sahan", "secret", "8080")


def test_every_setting_is_read() -> None:
    assert read(
        PORT="2776", SYSTEM_TYPE="SMPP", BIND="pair", TLS="1", FROM="+22380000000", FROM_TON="2", FROM_NPI="8",
        COUNTRY_CODE="223", SERVICE_TYPE="CMT", ALPHABET="latin-1", DATA_CODING="3", UCS2_DATA_CODING="24",
        LONG_MESSAGES="sar", MESSAGE_IDS="hex-decimal", WINDOW="1", RATE="2", ENQUIRE_LINK_SECONDS="60",
        RESPONSE_SECONDS="5", PARTS_SECONDS="7",
    ) == SmppSettings(
        "smsc.example.org", 2776, "sahan", "secret", "+22380000000", "SMPP", Binding.PAIR, True, 2, 8, "223", "CMT",
        Alphabet.LATIN_1, 3, 24, LongMessages.SAR, MessageIds.HEX_DECIMAL, 1, 2, 60, 5, 7,
    )


@pytest.mark.parametrize(("name", "value"), [
    ("HOST", ""), ("PASSWORD", ""), ("FROM", ""), ("FROM", "much too long a name"), ("PORT", "0"), ("BIND", "both"),
    ("SYSTEM_ID", "a system id too long"), ("COUNTRY_CODE", "+223"), ("ALPHABET", "utf-8"), ("DATA_CODING", "256"),
    ("LONG_MESSAGES", "maybe"), ("MESSAGE_IDS", "roman"), ("WINDOW", "0"), ("RATE", "fast"), ("TLS", "perhaps"),
    ("SERVICE_TYPE", "très"), ("FROM_TON", "x"),
])
def test_a_wrong_or_missing_setting_is_one_line_that_begins_with_its_name(name: str, value: str) -> None:
    with pytest.raises(SettingsError) as caught:
        read(**{name: value})
    assert str(caught.value).startswith(f"SAHAN_SMPP_{name}")
    assert "\n" not in str(caught.value)
    assert "secret" not in str(caught.value)


def test_the_simulator_does_not_run_beside_a_real_smsc() -> None:
    with pytest.raises(SettingsError, match="SAHAN_SMPP_HOST"):
        read_settings({**KEY, **LEAST, "SAHAN_SIMULATOR": "1"})
    assert read_settings({**KEY, **LEAST, "SAHAN_SMPP_HOST": "127.0.0.1", "SAHAN_SIMULATOR": "1"}).smpp


def test_a_name_as_sender_takes_no_answers() -> None:
    name, number = read(FROM="Sahan"), read()
    assert name is not None and number is not None
    assert (name.takes_answers, number.takes_answers) == (False, True)
