"""The processes as they run: a marked person goes through everything, errors too, and leaves no mark in the clear: in
logs and output, figures, pages, the answers of commands, the files of the database and the spool. On both databases."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import create_engine as create_sync_engine
from sqlalchemy import text
from sqlalchemy.engine import Engine

from connectors.sms.webhook import STATUS_PATH
from connectors.telegram.webhook import SECRET_HEADER
from store.migrate import sync_url
from store.tables import metadata
from tests.conftest import environment, free_port, is_ready, wait_until
from tests.doubles import TelegramDouble, TwilioDouble
from tests.integration.marks import CHAT, PHONE, TEXT, WORDS, marks_in
from tests.integration.system import (
    ACCOUNT_SID,
    AUTH_TOKEN,
    BOT_TOKEN,
    NUMBER,
    PUBLIC_URL,
    WEBHOOK_SECRET,
    telegram_settings,
    twilio_settings,
)

START_SECONDS = 120
METRICS = {"Authorization": "Bearer metrics-token"}
SECRETS = (BOT_TOKEN, AUTH_TOKEN, WEBHOOK_SECRET, "metrics-token")
SMS = "/sms/twilio"


@dataclass
class Running:
    """`sahan serve` over one database, with both providers at its far side."""

    address: str
    environment: dict[str, str]
    log: Path
    folder: Path
    database_url: str
    process: subprocess.Popen[bytes]
    telegram: TelegramDouble
    twilio: TwilioDouble
    pages: list[str]

    def sms(self, words: str, **more: Any) -> int:
        answer = self.twilio.send_inbound(self.address + SMS, PHONE, words, public_url=PUBLIC_URL + SMS, **more)
        self.pages.append(answer.text)
        return answer.status_code

    def receipt(self, sid: str, status: str, code: int | None = None) -> int:
        answer = self.twilio.send_status(self.address + STATUS_PATH, sid, status, code,
                                         public_url=PUBLIC_URL + STATUS_PATH, To=PHONE)
        self.pages.append(answer.text)
        return answer.status_code

    def update(self, update: object, *, cut: int | None = None, secret: str = WEBHOOK_SECRET) -> int:
        answer = httpx.post(f"{self.address}/telegram/webhook", content=json.dumps(update)[:cut],
                            headers={SECRET_HEADER: secret})
        self.pages.append(answer.text)
        return answer.status_code

    def page(self, method: str, path: str, **more: Any) -> int:
        answer = httpx.request(method, self.address + path, **more)
        self.pages.append(f"{answer.headers} {answer.text}")
        return answer.status_code

    def command(self, *arguments: str, given: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run([sys.executable, "-m", "sahan", *arguments], env=self.environment, input=given,
                              capture_output=True, text=True, timeout=START_SECONDS)

    def database(self) -> Engine:
        return create_sync_engine(sync_url(self.database_url), isolation_level="AUTOCOMMIT")

    def execute(self, *statements: str) -> None:
        engine = self.database()
        with engine.connect() as connection:
            for statement in statements:
                connection.execute(text(statement))
        engine.dispose()


@pytest.fixture
def running(tmp_path: Path, database_url: str) -> Iterator[Running]:
    """The system, started as it is in production."""
    port, log_path = free_port(), tmp_path / "log"
    with TelegramDouble(BOT_TOKEN) as telegram, TwilioDouble(ACCOUNT_SID, AUTH_TOKEN, number=NUMBER) as twilio:
        named = {**telegram_settings(telegram.root), **twilio_settings(twilio.root), "METRICS_TOKEN": "metrics-token",
                 "PORT": str(port), "DATABASE_URL": database_url, "SPOOL_FOLDER": str(tmp_path / "spool")}
        settings = environment(tmp_path, **{f"SAHAN_{name}": value for name, value in named.items()})
        with log_path.open("wb") as log:
            process = subprocess.Popen([sys.executable, "-m", "sahan", "serve"], stdout=log, stderr=subprocess.STDOUT,
                                       env=settings)
        address = f"http://127.0.0.1:{port}"
        try:
            wait_until(lambda: process.poll() is not None or is_ready(address), START_SECONDS, "the start")
            assert process.poll() is None, log_path.read_text()
            yield Running(address, settings, log_path, tmp_path, database_url, process, telegram, twilio, [])
        finally:
            process.terminate()
            process.wait(60)


def message(identifier: int, words: str) -> dict[str, Any]:
    person = {"id": CHAT, "is_bot": False, "first_name": WORDS}
    return {"update_id": identifier, "message": {
        "message_id": identifier, "date": 1, "text": words, "from": person,
        "chat": {"id": CHAT, "type": "private", "first_name": WORDS}}}


def write_and_be_answered(running: Running) -> None:
    """Both ways, with everything that an ordinary day brings."""
    for words in (TEXT, "je veux parler à une personne", f"{WORDS} qsdfgh", "MES DONNEES"):
        assert running.sms(words) == 200
    assert running.update(message(1, TEXT)) == 200
    assert running.update(message(2, "mes données")) == 200
    running.twilio.wait_for(5, 60)
    running.telegram.wait_until(lambda: any(WORDS in sent.text for sent in running.telegram.sent), 60)
    first, second, *_ = running.twilio.sent
    assert running.receipt(first.sid, "delivered") == 200
    assert running.receipt(second.sid, "undelivered", 30003) == 200
    assert running.receipt("SM" + "0" * 32, "failed", 30005) == 200


def meet_errors_of_providers(running: Running) -> None:
    """Their errors hold the number and the text."""
    running.twilio.fail_next(400, 21614, message=f"{PHONE} is no mobile number: {TEXT}")
    running.twilio.fail_next(500, 20500, message=f"{PHONE}: {TEXT}")
    running.telegram.fail_next("sendMessage", 400, f"Bad Request: {CHAT} {TEXT}")
    assert running.sms(TEXT) == 200 and running.update(message(3, TEXT)) == 200
    wait_until(lambda: running.log.read_text().count("worker.send_failed") >= 2, 60, "the failures")


def send_what_is_refused(running: Running) -> None:
    """Forged, broken, too large, to the wrong place."""
    assert running.sms(TEXT, auth_token="forged") == 403
    assert running.update(message(4, TEXT), secret="forged") == 403
    assert running.update(message(4, TEXT), cut=-1) == 400
    assert running.update({"update_id": 5, "message": {**message(5, TEXT)["message"], "chat": {"id": CHAT}}}) == 400
    assert running.update(message(6, TEXT * 60_000)) == 413
    query = f"?From={PHONE}&Body={WORDS}"
    for method, path, status in (
        ("GET", f"/{PHONE}/{WORDS}{query}", 404), ("GET", f"{SMS}{query}", 405), ("PUT", f"/healthz{query}", 405),
        ("POST", "/simulator/messages", 404), ("GET", f"/simulator/messages?session={WORDS}", 404),
        ("GET", f"/staff/topics/{WORDS}", 404), ("GET", f"/metrics{query}", 403),
    ):
        assert running.page(method, path, content=TEXT if method != "GET" else None) == status, path


def look_at_everything(running: Running) -> None:
    """Pages and figures."""
    assert running.page("GET", "/metrics", headers=METRICS) == 200
    assert "sahan_messages_received_total" in running.pages[-1]
    assert running.page("GET", "/readyz") == 200 and running.page("GET", "/healthz") == 200
    assert running.page("GET", "/staff/") == 200 and running.page("GET", f"/staff/documents?q={WORDS}") in (200, 404)


def run_commands(running: Running) -> str:
    """What staff run meanwhile; gives what they see and what is logged of it."""
    written = ""
    for arguments in (("keys", "status"), ("keys", "rotate"), ("database", "purge"), ("content", "status"),
                      ("dead-letters", "list"), ("dead-letters", "resend", "--all"), ("telegram", "check")):
        done = running.command(*arguments)
        assert done.returncode == 0 or arguments[0] == "telegram", done.stderr
        written += done.stdout + done.stderr
    export = running.command("person", "export", "--provider", "twilio", "--channel", "sms", "--address-from-stdin",
                             given=PHONE)
    assert export.returncode == 0 and WORDS in export.stdout, "handed to the person"
    return written + export.stderr


def lose_the_database(running: Running) -> None:
    """A table is away: the kind of error that shows the values of the statement."""
    running.execute("ALTER TABLE inbox RENAME TO inbox_away")
    try:
        assert running.sms(TEXT) in (200, 500), "spooled, or an error of ours"
        assert running.update(message(7, TEXT)) in (500, 503)
        assert running.page("GET", "/metrics", headers=METRICS) in (500, 503)
    finally:
        running.execute("ALTER TABLE inbox_away RENAME TO inbox")


def files_of(running: Running) -> list[Path]:
    """The files of the database and of the spool. Of PostgreSQL the whole server's, with its logs."""
    spooled = [path for path in (running.folder / "spool").rglob("*") if path.is_file()]
    if running.database_url.startswith("sqlite"):
        return [*spooled, *running.folder.glob("sahan.db*")]
    engine = running.database()
    with engine.connect() as connection:
        connection.execute(text("CHECKPOINT"))
        folder = Path(str(connection.execute(text("SELECT current_setting('data_directory')")).scalar()))
        number = connection.execute(text("SELECT oid FROM pg_database WHERE datname = current_database()")).scalar()
    engine.dispose()
    kept = [folder / "base" / str(number), folder / "pg_wal"]
    return [*spooled, *folder.glob("*log*"), *(path for each in kept for path in each.rglob("*"))]


def test_a_marked_person_leaves_no_mark_anywhere(running: Running) -> None:
    write_and_be_answered(running)
    meet_errors_of_providers(running)
    send_what_is_refused(running)
    look_at_everything(running)
    commands = run_commands(running)
    lose_the_database(running)

    engine = running.database()
    with engine.connect() as connection:
        rows = [str(tuple(row)) for table in metadata.sorted_tables for row in connection.execute(table.select())]
    engine.dispose()
    files = [path for path in files_of(running) if path.is_file()]
    running.process.terminate()
    running.process.wait(60)
    written = running.log.read_text()

    for event in ("gateway.received", "worker.answered", "worker.send_failed"):
        assert event in written
    missed = ("ProgrammingError", "no such table", "gateway.replayed")  # by worker or gateway, or spooled and replayed
    assert any(each in written for each in missed), "the table was missed"
    assert marks_in(written) == []
    assert marks_in(commands) == [] and "store.person_exported" in commands
    assert [page[:300] for page in running.pages if marks_in(page)] == []
    assert len(rows) > 20 and [row for row in rows if marks_in(row)] == []
    assert sum(path.stat().st_size for path in files if path.exists()) > 50_000
    assert [path for path in files if path.exists() and marks_in(path.read_bytes().decode("latin-1"))] == []
    assert [secret for secret in SECRETS if secret in written + commands + "".join(running.pages)] == []
