"""`sahan telegram`: registering with Telegram and seeing whether all is as the settings say, against the double."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from connectors.telegram.registration import commands_by_language
from connectors.telegram.updates import ALLOWED_UPDATES
from content.languages import conversation_locales
from content.models import Library
from sahan.language import _
from tests.commands.conftest import Command
from tests.conftest import SECRET
from tests.doubles import TelegramDouble

URL = "https://sahan.example.org"
SET = ("telegram", "webhook", "set")
SHOW = ("telegram", "webhook", "show")


@pytest.fixture
def double(sahan: Command, monkeypatch: pytest.MonkeyPatch) -> Iterator[TelegramDouble]:
    """A Telegram that the settings point to."""
    with TelegramDouble("123:abc") as double:
        for name, value in {
            "SECRET_KEY": SECRET, "TELEGRAM_TOKEN": "123:abc", "TELEGRAM_SECRET": "s3cret", "PUBLIC_URL": f"{URL}/",
            "TELEGRAM_API": double.root,
        }.items():
            monkeypatch.setenv(f"SAHAN_{name}", value)
        yield double


def test_set_registers_address_secret_kinds_and_commands_and_show_is_content(
    sahan: Command, double: TelegramDouble, library: Library
) -> None:
    done = sahan(*SET, "--max-connections", "25")
    assert (done.code, done.err) == (0, "")
    assert f"{URL}/telegram/webhook" in done.out
    assert {name: double.webhook[name] for name in ("url", "secret_token", "allowed_updates", "max_connections")} == {
        "url": f"{URL}/telegram/webhook", "secret_token": "s3cret", "allowed_updates": ALLOWED_UPDATES,
        "max_connections": 25,
    }
    assert not double.webhook.get("drop_pending_updates")
    assert double.commands.keys() == {"", *(each for each in conversation_locales(library) if len(each) == 2)}
    assert double.commands[""] == double.commands["fr"]
    assert list(double.commands["fr"]) == ["menu", "langue", "pays", "aide", "effacer", "stop"]
    assert list(double.commands["en"]) == ["menu", "language", "country", "help", "forget", "stop"]
    shown = sahan(*SHOW)
    assert shown.code == 0, shown.out
    assert f"{URL}/telegram/webhook" in shown.out and ", ".join(ALLOWED_UPDATES) in shown.out
    assert _("Rien à faire.") in shown.out
    assert "s3cret" not in done.out + shown.out


def test_commands_are_described_in_the_languages_own_words(library: Library) -> None:
    told = commands_by_language(library)
    assert told["so"]["langue"] == library.texts["so"]["talk.language"].title
    assert told["fr"]["pays"] == "Dans quel pays êtes-vous ?"
    assert told["am"]["aide"].endswith("።")
    assert all(1 <= len(text) <= 256 for commands in told.values() for text in commands.values())


def test_set_again_replaces_the_secret(sahan: Command, double: TelegramDouble, monkeypatch: pytest.MonkeyPatch) -> None:
    sahan(*SET)
    monkeypatch.setenv("SAHAN_TELEGRAM_SECRET", "another")
    monkeypatch.setenv("SAHAN_TELEGRAM_SECRET_PREVIOUS", "s3cret")
    assert sahan(*SET).code == 0
    assert double.webhook["secret_token"] == "another"


def test_show_says_that_nothing_is_registered(sahan: Command, double: TelegramDouble) -> None:
    done = sahan(*SHOW)
    assert done.code == 1
    assert "sahan telegram webhook set" in done.out


def test_show_names_another_address_and_other_kinds(sahan: Command, double: TelegramDouble) -> None:
    double.webhook = {"url": "https://old.example.org/telegram/webhook"}
    double._allowed = ["message", "poll"]
    done = sahan(*SHOW)
    assert done.code == 1
    for named in ("https://old.example.org/telegram/webhook", f"{URL}/telegram/webhook", "poll", "my_chat_member"):
        assert named in done.out


@pytest.mark.parametrize(
    ("error", "advice"),
    [("Wrong response from the webhook: 403 Forbidden", "SAHAN_TELEGRAM_SECRET"),
     ("Wrong response from the webhook: 404 Not Found", "SAHAN_TELEGRAM_TOKEN"),
     ("Connection refused", "certificat"), ("SSL error {error:0A000086}", "certificat")],
)
def test_show_says_what_to_do_about_the_last_error(
    sahan: Command, double: TelegramDouble, error: str, advice: str
) -> None:
    sahan(*SET)
    double.webhook |= {"last_error_date": int(time.time()) - 60, "last_error_message": error}
    done = sahan(*SHOW)
    assert done.code == 1
    assert error in done.out
    assert advice in done.out
    double.webhook["last_error_date"] = int(time.time()) - 86_400  # long ago, and nothing waits
    assert sahan(*SHOW).code == 0
    double.push_raw({"message": {}})
    assert sahan(*SHOW).code == 1


def test_delete_removes_it_and_keeps_what_waits(sahan: Command, double: TelegramDouble) -> None:
    sahan(*SET)
    double.push_raw({"message": {}})
    assert sahan("telegram", "webhook", "delete").code == 0
    assert (double.webhook, double.pending) == ({}, 1)


def test_check_names_the_bot_and_how_it_receives(
    sahan: Command, double: TelegramDouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = sahan("telegram", "check")
    assert done.code == 1
    assert "@test_bot" in done.out and "sahan telegram webhook set" in done.out
    sahan(*SET)
    assert sahan("telegram", "check").code == 0
    double.me["can_read_all_group_messages"] = True
    done = sahan("telegram", "check")
    assert done.code == 1
    assert "/setprivacy" in done.out
    double.me |= {"can_read_all_group_messages": False, "can_join_groups": False}
    monkeypatch.setenv("SAHAN_TELEGRAM_MODE", "polling")
    done = sahan("telegram", "check")
    assert done.code == 0
    assert f"{URL}/telegram/webhook" in done.out  # which polling will remove


def test_set_while_polling_is_refused(sahan: Command, double: TelegramDouble, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SAHAN_TELEGRAM_MODE", "polling")
    done = sahan(*SET)
    assert (done.code, double.webhook) == (1, {})
    assert done.err.startswith("sahan: SAHAN_TELEGRAM_MODE")


@pytest.mark.parametrize("command", [SET, SHOW, ("telegram", "webhook", "delete"), ("telegram", "check")])
@pytest.mark.parametrize(
    ("name", "value", "said"),
    [("TELEGRAM_TOKEN", "", "SAHAN_TELEGRAM_TOKEN"), ("TELEGRAM_TOKEN", "123:wrong", "SAHAN_TELEGRAM_TOKEN"),
     ("TELEGRAM_API", "http://127.0.0.1:9", "SAHAN_TELEGRAM_API")],
)
def test_what_cannot_be_asked_is_one_line(
    sahan: Command, double: TelegramDouble, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...], name: str,
    value: str, said: str,
) -> None:
    monkeypatch.setenv(f"SAHAN_{name}", value)
    done = sahan(*command)
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith("sahan: ") and done.err.count("\n") == 1
    assert said in done.err
    assert "123:wrong" not in done.err


@pytest.mark.parametrize(("name", "value"), [("PUBLIC_URL", ""), ("PUBLIC_URL", "http://sahan.example.org")])
def test_an_address_that_telegram_cannot_call_is_one_line(
    sahan: Command, double: TelegramDouble, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(f"SAHAN_{name}", value)
    done = sahan(*SET)
    assert (done.code, done.out, double.webhook) == (1, "", {})
    assert done.err.count("\n") == 1
