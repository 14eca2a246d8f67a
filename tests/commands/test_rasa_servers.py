"""Rasa's own servers, for Rasa's own tools, can be reached from this machine only."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import environment, free_port, wait_until

LOOPBACK = "0100007F"
LISTENING = "0A"
_SECONDS = 90


def addresses(port: int) -> set[str]:
    """Addresses of this machine on which something listens on ``port``, as /proc/net/tcp writes them."""
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return {row[1].split(":")[0] for row in rows if row[1].endswith(f":{port:04X}") and row[3] == LISTENING}


@pytest.mark.parametrize("role", ["actions", "bot"])
def test_rasas_servers_listen_on_the_loopback_address_only(role: str, tmp_path: Path) -> None:
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "sahan", role, "--port", str(port)], env=environment(tmp_path),
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )
    try:
        wait_until(lambda: process.poll() is not None or bool(addresses(port)), _SECONDS, f"the start of {role}")
        assert addresses(port) == {LOOPBACK}
        with socket.create_connection(("127.0.0.1", port), timeout=5):
            pass
    finally:
        process.terminate()
        process.wait(30)
