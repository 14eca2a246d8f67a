"""Settings: what is wrong or missing is one clear line that names the setting; the demonstration stays private."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from connectors.sms.limits import SmsLimits
from sahan.errors import SettingsError
from sahan.settings import Settings, demonstration_key, is_loopback, read_settings

KEY = "a-key-of-more-than-16-letters"
TELEGRAM = {"SAHAN_TELEGRAM_TOKEN": "123:abc", "SAHAN_TELEGRAM_SECRET": "s3cret_-"}
TWILIO = {
    "SAHAN_TWILIO_ACCOUNT_SID": "AC1", "SAHAN_TWILIO_AUTH_TOKEN": "token", "SAHAN_TWILIO_FROM": "+15005550006",
    "SAHAN_PUBLIC_URL": "https://sahan.example.org",
}


def read(*, demonstration: bool = False, **values: str) -> Settings:
    return read_settings({"SAHAN_SECRET_KEY": KEY, **values}, demonstration=demonstration)


def test_a_key_is_all_that_is_needed() -> None:
    settings = read()
    assert (settings.host, settings.port, settings.retention_days) == ("127.0.0.1", 8000, 30)
    assert settings.database_url.startswith("sqlite:///")
    assert settings.database_url.endswith("/var/sahan.db")
    assert (settings.simulator, settings.telegram, settings.twilio, settings.public_url) == (False, None, None, None)


def test_every_setting_is_read() -> None:
    settings = read(
        **TELEGRAM, **TWILIO, SAHAN_DATABASE_URL="postgresql://u@h/d",
        SAHAN_SECRET_KEY_PREVIOUS="an older key of ours", SAHAN_SECRET_KEY_PREVIOUS_2="the oldest key of ours",
        SAHAN_HOST="0.0.0.0", SAHAN_PORT=" 9000 ", SAHAN_METRICS_TOKEN="m", SAHAN_RETENTION_DAYS="7",
        SAHAN_TELEGRAM_API="http://127.0.0.1:8081/", SAHAN_TELEGRAM_MODE="polling", SAHAN_TELEGRAM_RATE="0",
        SAHAN_TELEGRAM_SECRET_PREVIOUS="older", SAHAN_TWILIO_API="http://localhost:1",
        SAHAN_PERSON_PER_MINUTE="0", SAHAN_PERSON_PER_DAY="50", SAHAN_REFUSED_PER_MINUTE="9",
        SAHAN_ADDRESS_HEADER="X-Real-IP",
    )
    assert (settings.person_per_minute, settings.person_per_day) == (0, 50)
    assert (settings.refused_per_minute, settings.address_header) == (9, "X-Real-IP")
    assert settings.database_url == "postgresql://u@h/d"
    assert settings.secret_keys_previous == ("an older key of ours", "the oldest key of ours")
    assert (settings.host, settings.port, settings.metrics_token, settings.retention_days) == ("0.0.0.0", 9000, "m", 7)
    assert settings.public_url == "https://sahan.example.org"
    assert settings.telegram is not None
    assert (settings.telegram.api, settings.telegram.mode) == ("http://127.0.0.1:8081", "polling")
    assert (settings.telegram.secrets, settings.telegram.rate) == (("s3cret_-", "older"), 0)
    assert settings.twilio is not None
    assert (settings.twilio.sender, settings.twilio.api) == ("+15005550006", "http://localhost:1")


WRONG = [
    ({"SAHAN_SECRET_KEY": ""}, "SAHAN_SECRET_KEY"),
    ({"SAHAN_SECRET_KEY": "short"}, "SAHAN_SECRET_KEY"),
    ({"SAHAN_SECRET_KEY_PREVIOUS": "short"}, "SAHAN_SECRET_KEY_PREVIOUS"),
    ({"SAHAN_SECRET_KEY_PREVIOUS_3": "short"}, "SAHAN_SECRET_KEY_PREVIOUS_3"),
    ({"SAHAN_PERSON_PER_MINUTE": "-1"}, "SAHAN_PERSON_PER_MINUTE"),
    ({"SAHAN_PERSON_PER_DAY": "many"}, "SAHAN_PERSON_PER_DAY"),
    ({"SAHAN_REFUSED_PER_MINUTE": "0"}, "SAHAN_REFUSED_PER_MINUTE"),
    ({"SAHAN_ADDRESS_HEADER": "X-Real-IP: x"}, "SAHAN_ADDRESS_HEADER"),
    ({"SAHAN_PORT": "0"}, "SAHAN_PORT"),
    ({"SAHAN_PORT": "65536"}, "SAHAN_PORT"),
    ({"SAHAN_PORT": "http"}, "SAHAN_PORT"),
    ({"SAHAN_PORT": "-1"}, "SAHAN_PORT"),
    ({"SAHAN_PORT": "80 00"}, "SAHAN_PORT"),
    ({"SAHAN_PORT": "٨٠"}, "SAHAN_PORT"),
    ({"SAHAN_RETENTION_DAYS": "0"}, "SAHAN_RETENTION_DAYS"),
    ({"SAHAN_RETENTION_DAYS": "forever"}, "SAHAN_RETENTION_DAYS"),
    ({"SAHAN_RETENTION_DAYS": "1.5"}, "SAHAN_RETENTION_DAYS"),
    ({"SAHAN_SIMULATOR": "perhaps"}, "SAHAN_SIMULATOR"),
    ({"SAHAN_PUBLIC_URL": "sahan.example.org"}, "SAHAN_PUBLIC_URL"),
    ({"SAHAN_PUBLIC_URL": "ftp://sahan.example.org"}, "SAHAN_PUBLIC_URL"),
    ({"SAHAN_PUBLIC_URL": "https://"}, "SAHAN_PUBLIC_URL"),
    ({"SAHAN_PUBLIC_URL": "https://sahan.example.org/?x=1"}, "SAHAN_PUBLIC_URL"),
    ({"SAHAN_PUBLIC_URL": "https://[sahan"}, "SAHAN_PUBLIC_URL"),
    ({"SAHAN_TELEGRAM_TOKEN": "123:abc"}, "SAHAN_TELEGRAM_SECRET"),
    ({**TELEGRAM, "SAHAN_TELEGRAM_SECRET": "with space"}, "SAHAN_TELEGRAM_SECRET"),
    ({**TELEGRAM, "SAHAN_TELEGRAM_SECRET": "é"}, "SAHAN_TELEGRAM_SECRET"),
    ({**TELEGRAM, "SAHAN_TELEGRAM_SECRET": "x" * 257}, "SAHAN_TELEGRAM_SECRET"),
    ({**TELEGRAM, "SAHAN_TELEGRAM_SECRET_PREVIOUS": "é"}, "SAHAN_TELEGRAM_SECRET_PREVIOUS"),
    ({**TELEGRAM, "SAHAN_TELEGRAM_RATE": "-1"}, "SAHAN_TELEGRAM_RATE"),
    ({**TELEGRAM, "SAHAN_TELEGRAM_MODE": "push"}, "SAHAN_TELEGRAM_MODE"),
    ({**TELEGRAM, "SAHAN_TELEGRAM_API": "api.telegram.org"}, "SAHAN_TELEGRAM_API"),
    ({**TWILIO, "SAHAN_TWILIO_ACCOUNT_SID": ""}, "SAHAN_TWILIO_ACCOUNT_SID"),
    ({**TWILIO, "SAHAN_TWILIO_AUTH_TOKEN": ""}, "SAHAN_TWILIO_AUTH_TOKEN"),
    ({**TWILIO, "SAHAN_TWILIO_FROM": ""}, "SAHAN_TWILIO_FROM"),
    ({**TWILIO, "SAHAN_PUBLIC_URL": ""}, "SAHAN_PUBLIC_URL"),
    ({**TWILIO, "SAHAN_TWILIO_API": "nowhere"}, "SAHAN_TWILIO_API"),
    ({**TWILIO, "SAHAN_TWILIO_FROM": "0022370000000"}, "SAHAN_TWILIO_FROM"),
    ({**TWILIO, "SAHAN_TWILIO_FROM": "Sahan informe"}, "SAHAN_TWILIO_FROM"),
    ({"SAHAN_SMS_PERSON_SEGMENTS": "many"}, "SAHAN_SMS_PERSON_SEGMENTS"),
    ({"SAHAN_SMS_PERSON_SEGMENTS": "40 Djibouti=20"}, "SAHAN_SMS_PERSON_SEGMENTS"),
    ({"SAHAN_SMS_PERSON_SEGMENTS": "40 50"}, "SAHAN_SMS_PERSON_SEGMENTS"),
    ({"SAHAN_SMS_PERSON_SEGMENTS": "-1"}, "SAHAN_SMS_PERSON_SEGMENTS"),
    ({"SAHAN_SMS_SEGMENTS_PER_SECOND": "fast"}, "SAHAN_SMS_SEGMENTS_PER_SECOND"),
    ({"SAHAN_SMS_SEGMENTS_PER_SECOND": "-1"}, "SAHAN_SMS_SEGMENTS_PER_SECOND"),
    ({"SAHAN_SMS_SEGMENTS_PER_SECOND": "inf"}, "SAHAN_SMS_SEGMENTS_PER_SECOND"),
    ({"SAHAN_SMS_DAY_SEGMENTS": "1.5"}, "SAHAN_SMS_DAY_SEGMENTS"),
]


@pytest.mark.parametrize(("values", "name"), WRONG, ids=[f"{name}-{place}" for place, (_, name) in enumerate(WRONG)])
def test_a_wrong_or_missing_setting_is_one_line_that_begins_with_its_name(values: dict[str, str], name: str) -> None:
    with pytest.raises(SettingsError) as caught:
        read(**values)
    line = str(caught.value)
    assert line.startswith(f"{name} ") or line.startswith(f"{name}.")
    assert "\n" not in line


def test_the_limits_of_sms_are_off_unless_set() -> None:
    for off in ({}, {"SAHAN_SMS_PERSON_SEGMENTS": "0", "SAHAN_SMS_SEGMENTS_PER_SECOND": "0",
                     "SAHAN_SMS_DAY_SEGMENTS": "0"}):
        limits = read(**off).sms
        assert limits == SmsLimits() and not limits.limits_people
    limits = read(SAHAN_SMS_PERSON_SEGMENTS="40, DJ=20 ET=0", SAHAN_SMS_SEGMENTS_PER_SECOND="0.5",
                  SAHAN_SMS_DAY_SEGMENTS="5000").sms
    assert [limits.of_person(each) for each in ("ML", None, "DJ", "ET")] == [40, 40, 20, None]
    assert (limits.segments_per_second, limits.day_segments) == (0.5, 5000)
    assert read(SAHAN_SMS_PERSON_SEGMENTS="DJ=20").sms.of_person("ML") is None


def test_a_name_as_sender_takes_no_answers() -> None:
    for sender, answers in (("Sahan", False), ("+15005550006", True), ("MG" + "a" * 32, True), ("36179", True)):
        twilio = read(**{**TWILIO, "SAHAN_TWILIO_FROM": sender}).twilio
        assert twilio is not None and twilio.takes_answers is answers


def test_a_secret_never_stands_in_an_error() -> None:
    for values in ({"SAHAN_SECRET_KEY": "tooshort"}, {**TELEGRAM, "SAHAN_TELEGRAM_SECRET": "tooshort é"}):
        with pytest.raises(SettingsError) as caught:
            read(**values)
        assert "tooshort" not in str(caught.value)


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"SAHAN_HOST": "0.0.0.0"}, "SAHAN_HOST"),
        ({"SAHAN_HOST": "192.168.1.5"}, "SAHAN_HOST"),
        ({"SAHAN_HOST": "::"}, "SAHAN_HOST"),
        ({"SAHAN_HOST": "sahan.example.org"}, "SAHAN_HOST"),
        ({"SAHAN_PUBLIC_URL": "https://sahan.example.org"}, "SAHAN_PUBLIC_URL"),
        (TELEGRAM, "SAHAN_TELEGRAM_TOKEN"),
        ({**TELEGRAM, "SAHAN_TELEGRAM_API": "http://bots.example.org"}, "SAHAN_TELEGRAM_TOKEN"),
        ({**TWILIO, "SAHAN_PUBLIC_URL": "http://127.0.0.1:8000"}, "SAHAN_TWILIO_ACCOUNT_SID"),
    ],
)
@pytest.mark.parametrize("demonstration", [True, False])
def test_the_simulator_refuses_a_public_host_a_public_address_and_real_tokens(
    values: dict[str, str], reason: str, demonstration: bool
) -> None:
    with pytest.raises(SettingsError, match=reason) as caught:
        read(demonstration=demonstration, SAHAN_SIMULATOR="1", **values)
    assert "\n" not in str(caught.value)


def test_the_simulator_runs_beside_emulators_on_this_machine() -> None:
    settings = read(
        demonstration=True, **TELEGRAM, **{**TWILIO, "SAHAN_PUBLIC_URL": "http://127.0.0.1:8000"},
        SAHAN_TELEGRAM_API="http://127.0.0.1:1", SAHAN_TWILIO_API="http://localhost:2", SAHAN_HOST="::1",
    )
    assert settings.simulator


@pytest.mark.parametrize(("value", "on"), [("1", True), ("true", True), ("ON", True), ("0", False), ("no", False)])
def test_the_simulator_is_a_switch(value: str, on: bool) -> None:
    assert read(SAHAN_SIMULATOR=value).simulator is on


def test_the_simulator_is_on_in_a_demonstration_alone() -> None:
    assert read(demonstration=True).simulator
    assert not read().simulator
    assert not read(demonstration=True, SAHAN_SIMULATOR="0").simulator


@pytest.mark.parametrize(
    ("host", "local"),
    [("localhost", True), ("127.0.0.1", True), ("127.8.8.8", True), ("::1", True), ("0.0.0.0", False), ("::", False),
     ("10.0.0.1", False), ("example.org", False), ("", False)],
)
def test_what_is_this_machine_alone(host: str, local: bool) -> None:
    assert is_loopback(host) is local


def test_a_demonstration_makes_a_key_once_that_its_owner_alone_can_read(tmp_path: Path) -> None:
    path = tmp_path / "var" / "secret-key"
    key = demonstration_key(path)
    assert len(key) >= 32
    assert demonstration_key(path) == key
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert demonstration_key(tmp_path / "other" / "secret-key") != key


def test_a_key_that_cannot_be_kept_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "var").write_text("a file where a folder should be")
    with pytest.raises(SettingsError, match="SAHAN_SECRET_KEY"):
        demonstration_key(tmp_path / "var" / "secret-key")


def test_an_empty_key_file_is_no_key(tmp_path: Path) -> None:
    path = tmp_path / "secret-key"
    path.write_text("\n")
    with pytest.raises(SettingsError, match="secret-key"):
        demonstration_key(path)
