"""Set-up from nothing, a second start, memory, and the way of a message through the whole system."""

from __future__ import annotations

import json
import os
import secrets
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
_PATIENCE_SECONDS = 120
_TURNS = 50


@dataclass(frozen=True)
class Start:
    """How the system starts and runs. Seconds, milliseconds, megabytes (10^6)."""

    ready_seconds: float
    answer_seconds: float
    megabytes: float
    turn_milliseconds: float
    turns: int


def measure_setup() -> tuple[float, float]:
    """Seconds for (libraries, training) in a fresh clone."""
    with tempfile.TemporaryDirectory() as folder:
        clone = Path(folder) / "sahan"
        subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True)
        began = time.monotonic()
        subprocess.run([str(clone / "setup" / "install.sh"), "run"], check=True)
        installed = time.monotonic()
        subprocess.run([str(clone / ".venv" / "bin" / "sahan"), "train", "--if-needed"], check=True)
        return installed - began, time.monotonic() - installed


def measure_start() -> Start:
    """Start the system as `make run` does on a set-up machine, and talk to it."""
    with tempfile.TemporaryDirectory() as folder:
        port = free_port()
        kept = {name: value for name, value in os.environ.items() if not name.startswith("SAHAN_")}
        environment = {**kept, "SAHAN_DATABASE_URL": f"sqlite:///{folder}/sahan.db", "SAHAN_PORT": str(port)}
        command = "setup/install.sh run && exec .venv/bin/sahan serve --demonstration"
        began = time.monotonic()
        process = subprocess.Popen(["bash", "-c", command], cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)
        address = f"http://127.0.0.1:{port}"
        try:
            wait(lambda: fetch(f"{address}/readyz") is not None)
            ready = time.monotonic()
            session = secrets.token_urlsafe(24)
            ask(address, session, "comment rentrer au pays ?")
            answered = time.monotonic()
            question = "combien de temps faut-il attendre ?"
            turn = statistics.median(_timed(address, session, f"{question} {place}") for place in range(_TURNS))
            return Start(ready - began, answered - began, _megabytes(process.pid), turn * 1000, _TURNS)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(60)


def _timed(address: str, session: str, text: str) -> float:
    began = time.monotonic()
    ask(address, session, text)
    return time.monotonic() - began


def ask(address: str, session: str, text: str) -> str:
    """Send one message, wait for its first reply, and give that."""
    path = f"{address}/simulator/messages?session={session}&channel=sms&after="
    before = fetch(path + "0")
    last = max((each["id"] for each in (before or {}).get("messages", [])), default=0)
    body = json.dumps({"session": session, "channel": "sms", "id": secrets.token_hex(8), "text": text}).encode()
    urllib.request.urlopen(urllib.request.Request(f"{address}/simulator/messages", body), timeout=10).close()
    wait(lambda: bool((fetch(f"{path}{last}") or {}).get("messages")), pause=0.005)
    return str((fetch(f"{path}{last}") or {})["messages"][0].get("text", ""))


def free_port() -> int:
    """A port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def fetch(address: str) -> dict[str, Any] | None:
    """What is at an address, or None."""
    try:
        with urllib.request.urlopen(address, timeout=10) as response:
            found: dict[str, Any] = json.load(response)
            return found
    except (urllib.error.URLError, OSError):
        return None


def wait(condition: Any, pause: float = 0.02) -> None:
    """Wait until ``condition``; the benchmark ends where that takes minutes."""
    end = time.monotonic() + _PATIENCE_SECONDS
    while not condition():
        if time.monotonic() > end:
            sys.exit("benchmark: the system did not answer in time")
        time.sleep(pause)


def _megabytes(pid: int) -> float:
    """Memory of a process and its children: shared pages counted once (proportional set size)."""
    pids, total = [pid], 0.0
    while pids:
        current = pids.pop()
        children = Path(f"/proc/{current}/task/{current}/children")
        pids += [int(each) for each in children.read_text().split()] if children.exists() else []
        for line in Path(f"/proc/{current}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                total += int(line.split()[1]) * 1024 / 1e6
    return total
