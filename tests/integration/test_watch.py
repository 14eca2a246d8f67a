"""What operations look at: alive, able to answer, figures; and channels that are not set up."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import httpx
import pytest
from sqlalchemy import event

from bot.assistant import Assistant
from connectors.health import WriteCheck, disk_notes, free_bytes, notes_of
from content.models import Library
from sahan.composition import gateway_application, vault_of
from sahan.settings import Settings
from store.engine import create_engine, transaction
from store.tables import counts, inbox, outbox, turns, workers
from tests.integration.system import System, settings_of, telegram_settings, twilio_settings
from tests.integration.users import Phone

HERE, ELSEWHERE = "127.0.0.1", "203.0.113.5"
TOKEN = {"Authorization": "Bearer metrics-token"}


@contextlib.asynccontextmanager
async def gateway(settings: Settings, library: Library) -> AsyncIterator[Callable[..., httpx.AsyncClient]]:
    """The gateway alone; gives a client for each address that it is asked from."""
    engine = create_engine(settings.database_url)
    application = gateway_application(settings, engine, vault_of(settings), lambda: library)

    def client(host: str = HERE) -> httpx.AsyncClient:
        transport = httpx.ASGITransport(application, client=(host, 40000))
        return httpx.AsyncClient(transport=transport, base_url="http://gateway")

    yield client
    await engine.dispose()


@contextlib.asynccontextmanager
async def working(system: System, problem: str | None = None) -> AsyncIterator[None]:
    """A worker that runs, and has said so."""
    worker = system.worker()
    task = asyncio.create_task(worker.run(problem=problem))
    while not await system.rows(workers):
        await asyncio.sleep(0.01)
    yield
    worker.stop()
    await task


async def test_without_a_worker_the_gateway_is_alive_but_not_ready_and_says_what_to_do(system: System) -> None:
    alive = await system.get("/healthz")
    assert (alive.status_code, alive.text) == (200, "ok\n")
    ready = await system.get("/readyz")
    assert ready.status_code == 503
    assert ready.json()["ready"] is False
    assert "sahan worker" in ready.json()["problems"][0]


async def test_with_a_worker_it_is_ready_and_no_longer_when_the_worker_has_ended(system: System) -> None:
    async with working(system):
        ready = await system.get("/readyz")
        assert (ready.status_code, ready.json()) == (200, {"ready": True, "problems": [], "notes": []})
    assert (await system.get("/readyz")).status_code == 503


async def test_a_worker_that_died_without_a_word_counts_for_nothing(system: System) -> None:
    async with working(system):
        async with transaction(system.engine) as connection:
            await connection.execute(workers.update().values(seen_at=workers.c.seen_at - 60))
        ready = await system.get("/readyz")
        assert ready.status_code == 503
        assert "sahan worker" in ready.json()["problems"][0]


async def test_a_worker_without_its_model_tells_why_and_one_that_is_fit_makes_up_for_it(system: System) -> None:
    async with working(system, "No model: run `sahan train`"):
        ready = await system.get("/readyz")
        assert (ready.status_code, ready.json()["problems"]) == (503, ["No model: run `sahan train`"])
        async with transaction(system.engine) as connection:
            now = await connection.scalar(workers.select().with_only_columns(workers.c.seen_at))
            await connection.execute(workers.insert().values(name="fit", started_at=now, seen_at=now, ready=True))
        assert (await system.get("/readyz")).status_code == 200


async def test_without_its_tables_it_is_alive_and_says_what_to_do(tmp_path: Path, library: Library) -> None:
    async with gateway(settings_of(f"sqlite:///{tmp_path}/empty.db"), library) as client_at:
        client = client_at()
        assert (await client.get("/healthz")).status_code == 200
        ready = await client.get("/readyz")
        assert ready.status_code == 503
        assert "sahan database upgrade" in ready.json()["problems"][0]
        assert (await client.get("/metrics")).status_code == 503


WITH_TOKEN, WITH_PROXY = {"METRICS_TOKEN": "metrics-token"}, {"PUBLIC_URL": "https://sahan.example.org"}


@pytest.mark.parametrize(
    ("more", "asked"),
    [
        ({}, [(HERE, {}, 200), ("::1", {}, 200), (ELSEWHERE, {}, 403), (ELSEWHERE, TOKEN, 403),
              (HERE, {"X-Forwarded-For": ELSEWHERE}, 403), (ELSEWHERE, {"X-Forwarded-For": HERE}, 403)]),
        (WITH_TOKEN, [(HERE, {}, 200), (ELSEWHERE, TOKEN, 200), (ELSEWHERE, {}, 403),
                      (ELSEWHERE, {"Authorization": "Bearer other"}, 403),
                      (ELSEWHERE, {"Authorization": "Bearer "}, 403)]),
        (WITH_PROXY, [(HERE, {}, 403), (HERE, {"Authorization": "Bearer "}, 403), (HERE, TOKEN, 403)]),
        ({**WITH_PROXY, **WITH_TOKEN}, [(HERE, {}, 403), (HERE, TOKEN, 200), (ELSEWHERE, TOKEN, 200)]),
    ],
    ids=["alone", "token", "proxy", "proxy and token"],
)
async def test_figures_are_for_this_machine_or_for_the_token(
    sqlite_url: str, library: Library, more: dict[str, str], asked: list[tuple[str, dict[str, str], int]]
) -> None:
    async with gateway(settings_of(sqlite_url, **more), library) as client_at:
        for host, headers, expected in asked:
            answer = await client_at(host).get("/metrics", headers=headers)
            assert answer.status_code == expected, (host, headers)
            assert ("sahan_inbox_waiting" in answer.text) == (expected == 200)


async def test_figures_count_what_happened(system: System) -> None:
    phone = Phone(system, "m" * 22)
    await phone.write("AIDE")
    before = (await system.get("/metrics")).text
    assert 'sahan_messages_received_total{provider="simulator"} 1.0' in before
    assert "sahan_inbox_waiting 1.0" in before
    await system.answer()
    after = (await system.get("/metrics")).text
    assert "sahan_inbox_waiting 0.0" in after
    assert 'sahan_replies{status="sent"} 1.0' in after
    (turn,) = await system.rows(turns)
    assert f"sahan_sms_segments_total {float(turn.segments)}" in after
    assert turn.segments >= 1


async def test_a_channel_without_its_settings_is_not_there(sqlite_url: str, assistant: Assistant) -> None:
    paths = {
        "/telegram/webhook": telegram_settings("https://api.telegram.org"),
        "/sms/twilio": twilio_settings("https://api.twilio.com"),
        "/sms/twilio/status": twilio_settings("https://api.twilio.com"),
        "/simulator/messages": {"SIMULATOR": "1"},
        "/simulator/segments": {"SIMULATOR": "1"},
    }
    async with gateway(settings_of(sqlite_url), assistant.library) as client_at:
        client = client_at()
        assert {path: (await client.post(path)).status_code for path in paths} == dict.fromkeys(paths, 404)
    for path, more in paths.items():
        async with gateway(settings_of(sqlite_url, **more), assistant.library) as client_at:
            client = client_at()
            assert (await client.post(path)).status_code in (400, 403), path
            others = {other: (await client.post(other)).status_code for other in paths if paths[other] != more}
            assert set(others.values()) == {404}


async def test_polling_without_a_secret_opens_no_webhook(sqlite_url: str, library: Library) -> None:
    more = telegram_settings("https://api.telegram.org", TELEGRAM_MODE="polling", TELEGRAM_SECRET="")
    async with gateway(settings_of(sqlite_url, **more), library) as client_at:
        client = client_at()
        assert (await client.post("/telegram/webhook", content=b"{}")).status_code == 404


async def test_a_database_that_takes_no_writes_is_not_ready(system: System, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("connectors.health._FRESH_SECONDS", 0.0)
    monkeypatch.setattr("connectors.health._WRITE_SECONDS", 0.3)
    async with working(system):
        assert (await system.get("/readyz")).status_code == 200
        async with transaction(system.engine) as connection:
            await connection.execute(counts.update().values(value=counts.c.value))  # held until the block ends
            answer = await system.get("/readyz")
            assert (answer.status_code, answer.json()["ready"]) == (503, False)
            assert "has not taken a write" in answer.json()["problems"][0]
        async with asyncio.timeout(20):
            while (await system.get("/readyz")).status_code != 200:
                await asyncio.sleep(0.05)


async def test_a_read_only_copy_is_not_ready(database_url: str) -> None:
    engine = create_engine(database_url)
    assert await WriteCheck(engine).problem() is None
    await engine.dispose()
    if engine.dialect.name == "sqlite":
        copy = create_engine(database_url)
        event.listen(copy.sync_engine, "connect", lambda made, _record: made.cursor().execute("PRAGMA query_only = ON"))
    else:
        copy = create_engine(f"{database_url}&options=-c%20default_transaction_read_only%3Don")
    problem = await WriteCheck(copy).problem()
    await copy.dispose()
    assert problem is not None and problem.startswith(("the database takes no writes", "The database does not answer"))


async def test_the_check_of_writing_is_asked_at_most_every_few_seconds(system: System) -> None:
    async with working(system):
        for _ in range(5):
            assert (await system.get("/readyz")).status_code == 200
    (probe,) = await system.rows(counts, counts.c.name == "probe")
    assert probe.value == 1


async def test_messages_that_wait_too_long_are_a_note_with_what_to_do(system: System) -> None:
    await Phone(system, "q" * 22).write("MENU")
    async with transaction(system.engine) as connection:
        await connection.execute(inbox.update().values(received_at=inbox.c.received_at - 600.0))
    assert await notes_of(system.engine) == ["a message has waited 10 minutes for an answer: start more workers"]
    await system.answer()
    async with transaction(system.engine) as connection:
        await connection.execute(outbox.update().values(status="waiting", created_at=outbox.c.created_at - 600.0))
    (note,) = await notes_of(system.engine)
    assert "being sent" in note


def test_a_disk_that_is_nearly_full_is_a_note(tmp_path: Path) -> None:
    places = {"spool": tmp_path / "not" / "made" / "yet", "database": tmp_path}
    assert disk_notes(places, least=0) == []
    notes = disk_notes(places, least=2**62)
    assert [note.split(" has ")[0] for note in notes] == ["the disk of the spool", "the disk of the database"]
    assert free_bytes(places["spool"]) is not None


async def test_the_gateway_looks_at_the_disks_of_its_spool_and_of_sqlite(system: System) -> None:
    shown = (await system.get("/metrics")).text
    assert 'sahan_disk_free_bytes{place="spool"}' in shown
    sqlite = system.engine.dialect.name == "sqlite"
    assert ('sahan_disk_free_bytes{place="database"}' in shown) is sqlite
