"""SMS while the database is away: kept on the gateway's disk before the 200, handed on in order, once."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import pytest_asyncio
from sqlalchemy import URL, make_url, text
from sqlalchemy import create_engine as create_sync_engine

from bot.assistant import Assistant
from connectors.intake import MESSAGE, RECEIPT, Intake
from connectors.spool import Spool
from store.addresses import Vault
from store.migrate import sync_url
from store.tables import inbox, outbox
from tests.doubles import TwilioDouble
from tests.integration.system import ACCOUNT_SID, AUTH_TOKEN, NUMBER, System, running, settings_of, twilio_settings
from tests.integration.users import SmsUsers

ALI, ZAHRA = "+22370000001", "+22370000002"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the gateway keeps what the database cannot take."""
    return tmp_path / "spool"


@pytest_asyncio.fixture
async def people(database_url: str, assistant: Assistant, folder: Path) -> AsyncIterator[SmsUsers]:
    """People who write SMS to a gateway with a spool, over a database of each kind."""
    with TwilioDouble(ACCOUNT_SID, AUTH_TOKEN, number=NUMBER) as double:
        settings = settings_of(database_url, SPOOL_FOLDER=str(folder), **twilio_settings(double.root))
        async with running(settings, assistant) as system:
            yield SmsUsers(system, double)


@asynccontextmanager
async def database_away(system: System) -> AsyncIterator[None]:
    """PostgreSQL lets nobody in; SQLite's file cannot be opened."""
    url = make_url(sync_url(system.settings.database_url))
    go, come = (_close, _open) if url.get_backend_name() == "postgresql" else (_move, _move_back)
    await system.engine.dispose()
    go(url)
    try:
        yield
    finally:
        come(url)


def _close(url: URL) -> None:
    _administer(url, f"ALTER DATABASE {url.database} ALLOW_CONNECTIONS false",
                f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{url.database}'")


def _open(url: URL) -> None:
    _administer(url, f"ALTER DATABASE {url.database} ALLOW_CONNECTIONS true")


def _administer(url: URL, *statements: str) -> None:
    administration = create_sync_engine(url.set(database="postgres"), isolation_level="AUTOCOMMIT")
    with administration.connect() as connection:
        for statement in statements:
            connection.execute(text(statement))
    administration.dispose()


def _move(url: URL) -> None:
    path = Path(str(url.database))
    path.rename(path.with_suffix(".away"))
    path.mkdir()


def _move_back(url: URL) -> None:
    path = Path(str(url.database))
    path.rmdir()
    path.with_suffix(".away").rename(path)


def waiting(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.sealed"))


async def replay(people: SmsUsers, folder: Path) -> int:
    """What the gateway's process does twice a second."""
    system = people.system
    intake = Intake(system.engine, system.vault, lambda: system.library)
    return await Spool(folder, system.vault).replay(
        {MESSAGE: intake.replayed, RECEIPT: intake.replayed_receipt}
    )


async def texts_in_database(people: SmsUsers) -> list[str]:
    system = people.system
    return [system.vault.open(row.content_sealed) for row in await system.rows(inbox)]


async def test_sms_wait_on_the_disk_and_are_answered_in_order_when_the_database_is_back(
    people: SmsUsers, folder: Path
) -> None:
    async with database_away(people.system):
        for number, words in ((ALI, "MENU"), (ZAHRA, "AIDE"), (ALI, "1"), (ALI, "STOP")):
            assert (await people.deliver(number, words)).status_code == 200
        assert len(waiting(folder)) == 4
        assert await replay(people, folder) == 0, "the database is still away: all stay"
        assert len(waiting(folder)) == 4
    assert await replay(people, folder) == 4
    assert waiting(folder) == []
    written = await texts_in_database(people)
    assert [next(word for word in ("MENU", "AIDE", "STOP", '"1"') if word in each) for each in written] == [
        "MENU", "AIDE", '"1"', "STOP"
    ]
    await people.system.answer()
    assert len(people.sent_to(ZAHRA)) >= 1
    assert "START" in people.sent_to(ALI)[-1]


async def test_what_comes_while_others_wait_does_not_overtake_them(people: SmsUsers, folder: Path) -> None:
    async with database_away(people.system):
        await people.deliver(ALI, "MENU")
    await people.deliver(ALI, "STOP")
    assert len(waiting(folder)) == 2 and await people.system.count(inbox) == 0
    assert await replay(people, folder) == 2
    assert ["MENU" in each for each in await texts_in_database(people)] == [True, False]
    await people.deliver(ALI, "START")
    assert waiting(folder) == [] and await people.system.count(inbox) == 3


async def test_receipts_wait_on_the_disk_too(people: SmsUsers, folder: Path) -> None:
    for number in (ALI, ZAHRA):
        await people.say(number, "AIDE")
    async with database_away(people.system):
        for sent, status, code in zip(people.double.sent, ("delivered", "undelivered"), (None, 30005), strict=True):
            assert (await people.status(sent.sid, status, code)).status_code == 200
        assert len(waiting(folder)) == 2
    assert await replay(people, folder) == 2
    rows = await people.system.rows(outbox)
    assert [(row.status, row.error) for row in rows] == [("delivered", None), ("dead", "30005")]


async def test_a_message_that_twilio_brought_several_times_counts_once(people: SmsUsers, folder: Path) -> None:
    async with database_away(people.system):
        for _ in range(2):
            await people.deliver(ALI, "MENU", MessageSid="SM" + "1" * 32)
    await replay(people, folder)
    await people.deliver(ALI, "MENU", MessageSid="SM" + "1" * 32)
    assert await people.system.count(inbox) == 1


async def test_a_file_that_cannot_be_read_is_set_aside_and_noted_and_the_others_go_on(
    people: SmsUsers, folder: Path
) -> None:
    async with database_away(people.system):
        for words in ("MENU", "AIDE", "STOP"):
            await people.deliver(ALI, words)
    first, second, _ = waiting(folder)
    first.write_bytes(first.read_bytes()[:40])
    second.write_bytes(Vault("a key that this gateway does not hold").seal("{}"))
    assert await replay(people, folder) == 1
    assert len(list((folder / "set-aside").iterdir())) == 2
    assert len(await texts_in_database(people)) == 1
    worker = people.system.worker()
    running_worker = asyncio.create_task(worker.run())
    await asyncio.sleep(0)
    while not (ready := (await people.system.get("/readyz")).json())["ready"]:
        await asyncio.sleep(0.02)
    worker.stop()
    await running_worker
    assert any("2 spooled messages" in note for note in ready["notes"])


async def test_a_file_of_another_key_is_handed_on_once_moved_back_with_the_key(
    people: SmsUsers, folder: Path
) -> None:
    other = "the key of the machine before this one"
    await Spool(folder, Vault(other)).put(MESSAGE, {
        "provider": "twilio", "channel": "sms", "address": ALI, "provider_id": "SM1",
        "message": '{"channel": "sms", "text": "MENU", "kind": "text", "payload": null, "country_guess": null, '
                   '"language_hint": null, "opted_out": false}',
    })
    assert await replay(people, folder) == 0
    [aside] = (folder / "set-aside").iterdir()
    aside.rename(folder / aside.name)
    system = people.system
    both = Vault(system.settings.secret_key, [other])
    intake = Intake(system.engine, both, lambda: system.library)
    assert await Spool(folder, both).replay(
        {MESSAGE: intake.replayed, RECEIPT: intake.replayed_receipt}
    ) == 1


async def test_without_database_and_without_room_on_the_disk_twilio_is_told_to_come_again(
    people: SmsUsers, folder: Path
) -> None:
    folder.write_text("no folder can be made here")
    async with database_away(people.system):
        assert (await people.deliver(ALI, "MENU")).status_code == 503
    folder.unlink()
    assert (await people.deliver(ALI, "MENU")).status_code == 200
    assert await people.system.count(inbox) == 1


async def test_nothing_in_the_folder_shows_who_wrote_what_and_only_its_owner_may_look(
    people: SmsUsers, folder: Path
) -> None:
    async with database_away(people.system):
        await people.deliver(ALI, "je veux rentrer")
    [path] = waiting(folder)
    assert ALI not in path.name and b"rentrer" not in path.read_bytes() and ALI.encode() not in path.read_bytes()
    assert (path.stat().st_mode & 0o777, folder.stat().st_mode & 0o777) == (0o600, 0o700)


async def test_a_clock_that_is_set_back_changes_no_order(folder: Path, vault: Vault) -> None:
    spool = Spool(folder, vault)
    await spool.put(MESSAGE, {"place": 1})
    [first] = waiting(folder)
    first.rename(folder / f"{9 * 10**19:020d}-{'a' * 8}.sealed")
    for place in (2, 3):
        await Spool(folder, vault).put(MESSAGE, {"place": place})
    seen: list[int] = []

    async def take(values: dict[str, int]) -> None:
        seen.append(values["place"])

    assert await spool.replay({MESSAGE: take}) == 3
    assert seen == [1, 2, 3]


async def test_old_files_that_were_set_aside_or_never_finished_are_purged(folder: Path, vault: Vault) -> None:
    spool = Spool(folder, vault)
    await spool.put("unknown kind", {})
    assert await spool.replay({}) == 0
    (folder / "1-a.part").write_bytes(b"half")
    assert (spool.purge(30), spool.set_aside_count()) == (0, 1)
    for path in (*(folder / "set-aside").iterdir(), folder / "1-a.part"):
        os.utime(path, (0, 0))
    assert (spool.purge(30), spool.set_aside_count()) == (2, 0)
