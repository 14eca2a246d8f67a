"""Generated attacks, a small number of those of `make fuzz`; and bodies that do not come."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from pathlib import Path

import pytest

from connectors.telegram.webhook import SECRET_HEADER
from tests.conftest import environment
from tests.integration.system import WEBHOOK_SECRET
from tests.integration.users import TelegramUsers

ROOT = Path(__file__).parents[2]


def test_generated_attacks_are_refused_or_answered(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "attacks", "--inputs", "300", "--seed", "7"], cwd=ROOT, capture_output=True, text=True,
        env={**environment(tmp_path), "PYTHONPATH": str(ROOT)}, timeout=120,
    )
    assert done.returncode == 0, done.stderr
    figures = json.loads(done.stdout)
    assert sum(figures["inputs"].values()) == 300 and figures["taken"] > 50 and figures["faults"] == 0


async def test_a_body_that_does_not_come_is_given_up(
    telegram: TelegramUsers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connectors.body.BODY_SECONDS", 0.1)
    host, port = telegram.system.address.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(
        f"POST /telegram/webhook HTTP/1.1\r\nHost: gateway\r\n{SECRET_HEADER}: {WEBHOOK_SECRET}\r\n"
        'Content-Length: 100\r\n\r\n{"upd'.encode()
    )
    assert b" 408 " in await asyncio.wait_for(reader.readline(), 10)
    writer.close()
