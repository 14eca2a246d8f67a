"""The files of deploy/: every setting, command and path that they name is one of ours, and privileges are the least."""

from __future__ import annotations

import configparser
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy.engine import make_url
from typer.main import get_command

from connectors.sms.webhook import STATUS_PATH
from sahan.__main__ import command
from sahan.composition import gateway_application, vault_of
from sahan.settings import ROOT, read_settings
from store.engine import create_engine

DEPLOY = ROOT / "deploy"
FILES = sorted(path for path in DEPLOY.rglob("*") if path.is_file())
SERVICES = sorted(DEPLOY.glob("systemd/*.service"))
STOP_SECONDS = 45  # docs/operations.md: a worker finishes its turns
LEAST = {
    "User": "sahan", "NoNewPrivileges": "yes", "CapabilityBoundingSet": "", "ProtectSystem": "strict",
    "ProtectHome": "yes", "PrivateTmp": "yes", "PrivateDevices": "yes", "RestrictNamespaces": "yes",
    "RestrictAddressFamilies": "AF_INET AF_INET6 AF_UNIX", "MemoryDenyWriteExecute": "yes", "UMask": "0077",
    "EnvironmentFile": "/etc/sahan/sahan.env", "StateDirectory": "sahan", "SystemCallArchitectures": "native",
}


def unit(path: Path) -> configparser.ConfigParser:
    """A unit of systemd; of a key that comes twice, the last."""
    parser = configparser.ConfigParser(strict=False, interpolation=None, delimiters=("=",))
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read_string(path.read_text())
    return parser


def example() -> dict[str, str]:
    """The settings of the example, those that are commented out too."""
    found = re.findall(r"^#?(SAHAN_[A-Z_0-9]+)=(.*)$", (DEPLOY / "sahan.env.example").read_text(), re.MULTILINE)
    return dict(reversed(found))  # of two, the first


def compose() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yml").read_text())
    return found


def ours() -> dict[str, dict[str, Any]]:
    """The services of compose.yml that run our image."""
    return {name: each for name, each in compose()["services"].items() if each["image"] == "sahan"}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_setting_that_is_named_is_one_that_we_read(path: Path) -> None:
    sources = [*(ROOT / "sahan").glob("*.py"), ROOT / "bot" / "understanding" / "paths.py"]
    known = {name for source in sources for name in re.findall(r"SAHAN_[A-Z_]+", source.read_text())}
    assert set(re.findall(r"SAHAN_[A-Z_]+", path.read_text())) <= known


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_path_of_the_repository_that_is_named_is_there(path: Path) -> None:
    named = {name.rstrip(".") for name in re.findall(r"(?:/opt/sahan|(?<=\s)deploy)/([\w.@/-]+)", path.read_text())}
    missing = {name for name in named if not (ROOT / name).exists() and not (DEPLOY / name).exists()}
    assert {name for name in missing if not name.startswith((".venv/", "var/"))} == set()


def test_every_command_that_is_run_is_one_of_ours() -> None:
    commands = set(get_command(command).commands)  # type: ignore[attr-defined]
    run = {found for path in SERVICES for found in re.findall(r"/bin/sahan (\w+)", path.read_text())}
    assert {"gateway", "worker"} <= run <= commands
    dockerfile = (DEPLOY / "Dockerfile").read_text()
    assert set(re.findall(r"/bin/sahan (\w+)", dockerfile)) == {"train"} <= commands
    assert set(re.findall(r'CMD \["(\w+)"\]', dockerfile)) == {"serve"} <= commands
    assert {each["command"][0] for each in ours().values()} == {"gateway", "worker"}


def test_the_example_holds_every_setting_of_production_and_starts(tmp_path: Path) -> None:
    values = {**example(), "SAHAN_SECRET_KEY": "a key of thirty-two characters..", "SAHAN_TELEGRAM_TOKEN": "1:a",
              "SAHAN_TELEGRAM_SECRET": "s", "SAHAN_TWILIO_ACCOUNT_SID": "AC1", "SAHAN_TWILIO_AUTH_TOKEN": "t",
              "SAHAN_TWILIO_FROM": "+15005550006"}
    settings = read_settings(values)
    assert Path(make_url(settings.database_url).database or "").is_relative_to("/var/lib/sahan")
    assert settings.spool_folder.is_relative_to("/var/lib/sahan")
    assert settings.telegram and settings.twilio and not settings.simulator
    operations = (ROOT / "docs" / "operations.md").read_text()
    assert all(name in operations for name in example())


@pytest.mark.parametrize("path", SERVICES, ids=lambda path: path.name)
def test_services_have_the_least_privileges(path: Path) -> None:
    service = unit(path)["Service"]
    assert {name: service.get(name) for name in LEAST} == LEAST
    if service["Type"] == "exec":
        assert int(service["TimeoutStopSec"]) >= STOP_SECONDS
        assert service["Restart"] == "always" and service["MemoryMax"]


def test_containers_have_the_least_privileges() -> None:
    for name, service in ours().items():
        assert service["read_only"] and service["cap_drop"] == ["ALL"] and service["mem_limit"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert int(service["stop_grace_period"].removesuffix("s")) >= STOP_SECONDS, name
        assert not service.get("ports"), f"{name} is reached through the proxy only"
    dockerfile = (DEPLOY / "Dockerfile").read_text()
    (user,) = re.findall(r"^USER (\d+)", dockerfile, re.MULTILINE)
    assert int(user) > 0
    assert compose()["services"]["database"]["networks"] == ["inside"]
    assert compose()["networks"]["inside"]["internal"] is True


def test_the_image_holds_every_room_and_all_that_is_copied_is_there() -> None:
    dockerfile = (DEPLOY / "Dockerfile").read_text()
    copied = {name.rstrip("/") for line in re.findall(r"^COPY (?!--from)(.+) \S+$", dockerfile, re.MULTILINE)
              for name in line.split()}
    assert all((ROOT / name).exists() for name in copied)
    find = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["packages"]["find"]["include"]
    assert {room.rstrip("*") for room in find} <= copied
    ignore = (ROOT / ".dockerignore").read_text().splitlines()
    assert {line[1:] for line in ignore if line.startswith("!")} == copied


@pytest.mark.parametrize("name", ["nginx.conf", "Caddyfile"])
def test_the_proxies_let_through_what_providers_call_and_nothing_else(name: str, tmp_path: Path) -> None:
    values = {**example(), "SAHAN_SECRET_KEY": "a key of thirty-two characters..", "SAHAN_TELEGRAM_TOKEN": "1:a",
              "SAHAN_TELEGRAM_SECRET": "s", "SAHAN_TWILIO_ACCOUNT_SID": "AC1", "SAHAN_TWILIO_AUTH_TOKEN": "t",
              "SAHAN_TWILIO_FROM": "+15005550006", "SAHAN_DATABASE_URL": f"sqlite:///{tmp_path}/sahan.db"}
    settings = read_settings(values)
    engine = create_engine(settings.database_url)
    application = gateway_application(settings, engine, vault_of(settings), lambda: None)  # type: ignore[arg-type,return-value]
    called = {route.path for route in application.routes if "POST" in (getattr(route, "methods", None) or ())}
    assert STATUS_PATH in called
    rules = "\n".join(line.split("#")[0] for line in (DEPLOY / name).read_text().splitlines())
    through = set(re.findall(r"/(?:telegram|sms)/[\w/]*|/healthz", rules))
    if found := re.search(r"\^/\(([\w/|]+)\)\$", rules):
        through |= {f"/{each}" for each in found[1].split("|")}
    assert through - {"/healthz"} == called
    assert not {"/staff", "/metrics", "/readyz", "/simulator"} & set(re.findall(r"/\w+", rules))
