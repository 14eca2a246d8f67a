"""Usage: python -m attacks [--inputs 100000] [--seed 1]

Throws generated requests at the gateway's application over a real database, then lets the real assistant answer some of
what was taken. Prints the figures; ends with 1 and the first offenders where a rule was broken:

- no answer but 200 to 299, 3xx, 400, 403, 404, 405, 408, 413, 429: an error of ours is a fault;
- nothing that is not authentic is taken: no 2xx on a webhook, no row;
- what was sent comes back in no answer and stands in no log line;
- the tables are still there, and every message that was taken is answered or set aside.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import io
import json
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import hypothesis
import structlog
from hypothesis import HealthCheck, Phase
from hypothesis import strategies as st
from sqlalchemy import delete, func, select

from attacks.inputs import AUTH_TOKEN, MARK, PUBLIC_URL, SECRET, Attack, anything, telegram, twilio
from connectors.worker import Worker
from sahan.assistant import load_assistant
from sahan.composition import gateway_application, vault_of
from sahan.settings import read_settings
from store.engine import create_engine, reading, transaction
from store.logs import configure_logging
from store.migrate import check_schema, upgrade
from store.tables import inbox, metadata
from tests.doubles import TelegramDouble

_KINDS = {"telegram": (telegram(), 0.4), "twilio": (twilio(), 0.4), "anything": (anything(), 0.2)}
_ALLOWED = {400, 403, 404, 405, 408, 413, 429}
_WEBHOOKS = ("/telegram/webhook", "/sms/twilio")
_ANSWERED = 2000
_BOT_TOKEN = "123:abc"  # noqa: S105


@dataclass
class Found:
    """What the run saw."""

    inputs: Counter[str] = field(default_factory=Counter)
    statuses: Counter[int] = field(default_factory=Counter)
    authentic_taken: int = 0
    faults: list[str] = field(default_factory=list)


def main() -> None:
    """Attack, judge, print."""
    parser = argparse.ArgumentParser(prog="make fuzz")
    parser.add_argument("--inputs", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    began, found = time.monotonic(), Found()
    with tempfile.TemporaryDirectory(prefix="sahan-fuzz-") as folder, _logs() as logs, asyncio.Runner() as runner:
        with TelegramDouble(_BOT_TOKEN) as double:
            runner.run(_attack(Path(folder), double.root, options.inputs, options.seed, found))
        if MARK.lower() in logs.getvalue().lower():
            found.faults.append("a log line holds what was sent")
        lines = logs.getvalue().count("\n")
    print(json.dumps({
        "inputs": dict(found.inputs), "statuses": dict(sorted(found.statuses.items())), "taken": found.authentic_taken,
        "log_lines": lines, "faults": len(found.faults), "seconds": round(time.monotonic() - began),
    }))
    for fault in found.faults[:20]:
        print(fault, file=sys.stderr)
    sys.exit(1 if found.faults else 0)


async def _attack(folder: Path, telegram_api: str, inputs: int, seed: int, found: Found) -> None:
    settings = read_settings({
        "SAHAN_DATABASE_URL": f"sqlite:///{folder}/sahan.db", "SAHAN_SECRET_KEY": "a key for attacks, of nothing else",
        "SAHAN_PUBLIC_URL": PUBLIC_URL, "SAHAN_TELEGRAM_TOKEN": _BOT_TOKEN, "SAHAN_TELEGRAM_SECRET": SECRET,
        "SAHAN_TELEGRAM_API": telegram_api, "SAHAN_TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
        "SAHAN_TWILIO_AUTH_TOKEN": AUTH_TOKEN, "SAHAN_TWILIO_FROM": "+15005550006",
        "SAHAN_TWILIO_API": "http://127.0.0.1:9", "SAHAN_METRICS_TOKEN": "fuzz-metrics",
        "SAHAN_REFUSED_PER_MINUTE": "1000000",  # else most would only meet 429
    })
    upgrade(settings.database_url)
    engine, vault = create_engine(settings.database_url), vault_of(settings)
    assistant, problem = load_assistant()
    if problem is not None:
        sys.exit(f"attacks: {problem}")
    application = gateway_application(settings, engine, vault, lambda: assistant.knowledge.library)
    transport = httpx.ASGITransport(application, raise_app_exceptions=False, client=("192.0.2.1", 4711))
    async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as client:
        for name, (strategy, share) in _KINDS.items():
            for attack in await asyncio.to_thread(_examples, strategy, int(inputs * share), seed):
                found.inputs[name] += 1
                await _throw(client, attack, found)
    await check_schema(engine)
    async with reading(engine) as connection:
        rows = int(await connection.scalar(select(func.count()).select_from(inbox)) or 0)
        for table in metadata.tables.values():
            await connection.execute(select(func.count()).select_from(table))
    if rows > found.authentic_taken:
        found.faults.append(f"{rows} messages were stored, {found.authentic_taken} authentic ones were taken")
    async with transaction(engine) as connection:
        newest = select(inbox.c.id).order_by(inbox.c.id.desc()).limit(_ANSWERED)
        await connection.execute(delete(inbox).where(inbox.c.id.not_in(newest)))
    await Worker(engine, vault, assistant, {}).run_until_idle()
    async with reading(engine) as connection:
        unread = await connection.scalar(
            select(func.count()).where(inbox.c.processed_at.is_(None), inbox.c.failed_at.is_(None))
        )
        aside = await connection.scalar(select(func.count()).where(inbox.c.failed_at.is_not(None)))
    if unread or aside:
        found.faults.append(f"{unread} messages were not answered, {aside} were set aside")
    await engine.dispose()


def _examples(strategy: st.SearchStrategy[Attack], count: int, seed: int) -> list[Attack]:
    """``count`` inputs, the same for the same seed."""
    made: list[Attack] = []

    @hypothesis.seed(seed)
    @hypothesis.settings(max_examples=count, database=None, deadline=None, phases=[Phase.generate],
                         suppress_health_check=list(HealthCheck))
    @hypothesis.given(strategy)
    def collect(attack: Attack) -> None:
        made.append(attack)

    while len(made) < count:
        collect()
        seed += 1
    return made[:count]


async def _throw(client: httpx.AsyncClient, attack: Attack, found: Found) -> None:
    try:
        answer = await client.request(attack.method, attack.path, headers=attack.headers, content=attack.body)
    except (httpx.HTTPError, httpx.InvalidURL, UnicodeError):
        found.statuses[0] += 1  # the client itself does not send such a thing
        return
    found.statuses[answer.status_code] += 1
    shown = f"{attack.method} {attack.path[:80]!r} -> {answer.status_code}"
    webhook = attack.method == "POST" and attack.path.startswith(_WEBHOOKS)
    not_ready = answer.status_code == 503 and attack.path == "/readyz"  # true: no worker runs
    if not (200 <= answer.status_code < 400 or answer.status_code in _ALLOWED or not_ready):
        found.faults.append(f"{shown}: an error of ours")
    if webhook and answer.status_code < 300:
        found.authentic_taken += 1
        if not attack.authentic:
            found.faults.append(f"{shown}: a forged request was taken")
    if MARK in answer.text or any(MARK in value for value in answer.headers.values()):
        found.faults.append(f"{shown}: what was sent comes back")


@contextlib.contextmanager
def _logs() -> Iterator[io.StringIO]:
    """All that our logging writes, as the processes set it up."""
    configure_logging()
    written = io.StringIO()
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(written))
    with contextlib.redirect_stderr(written):
        yield written


if __name__ == "__main__":
    main()
