"""The real system in the test's own process: gateway on a real port, database, worker, adapters.

The worker runs when a test says so (``answer``), until there is nothing left to do: that nothing more is sent is then
known, not waited for.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import uvicorn
from sqlalchemy import Row, Table, func, select, update
from sqlalchemy.ext.asyncio import AsyncEngine
from starlette.applications import Starlette

from bot.assistant import Assistant
from bot.dialogue.state import Context, State
from connectors.channel import ChannelAdapter, Linked, decode_reply
from connectors.conversation import Assistant as AnyAssistant
from connectors.gate import PersonLimits
from connectors.intake import Intake
from connectors.spool import Spool
from connectors.worker import Worker
from content.models import Library
from sahan.composition import adapters_of, gateway_application, vault_of
from sahan.settings import Settings, read_settings
from store.addresses import Vault
from store.engine import create_engine, reading, transaction
from store.messages import Channel, Provider, Reply
from store.tables import outbox, senders, sends
from tests.conftest import SECRET

BOT_TOKEN = "123:abc"
WEBHOOK_SECRET = "webhook_secret-1"
ACCOUNT_SID = "AC" + "0123456789abcdef" * 2
AUTH_TOKEN = "test-auth-token"
NUMBER = "+15005550006"
SHORT_CODE = "8080"
PUBLIC_URL = "https://sahan.example.org"


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield  # signals are the test run's own


@dataclass
class System:
    """The running parts. ``address`` is the gateway's."""

    settings: Settings
    engine: AsyncEngine
    vault: Vault
    library: Library
    application: Starlette
    address: str
    client: httpx.AsyncClient
    adapters: dict[Provider, ChannelAdapter]
    assistant: AnyAssistant
    person_limits: PersonLimits | None = None

    @property
    def intake(self) -> Intake:
        """The gateway's way into the database."""
        return Intake(self.engine, self.vault, lambda: self.library)

    def worker(self, assistant: AnyAssistant | None = None, *, concurrency: int = 16) -> Worker:
        """A worker of this system."""
        return Worker(self.engine, self.vault, assistant or self.assistant, self.adapters, concurrency=concurrency,
                      limits=self.settings.sms, person_limits=self.person_limits)

    async def answer(self, assistant: AnyAssistant | None = None) -> None:
        """Let a worker do all that there is to do now."""
        await self.worker(assistant).run_until_idle()

    async def rows(self, table: Table, *conditions: Any) -> list[Row[Any]]:
        """A table's rows, in the order of their first column."""
        async with reading(self.engine) as connection:
            found = await connection.execute(select(table).where(*conditions).order_by(*table.primary_key.columns))
            return list(found)

    async def count(self, table: Table) -> int:
        """How many rows a table has."""
        async with reading(self.engine) as connection:
            return int(await connection.scalar(select(func.count()).select_from(table)) or 0)

    async def replies_to(self, inbox_id: int) -> list[Reply]:
        """What was written to the outbox for a message."""
        found = await self.rows(outbox, outbox.c.inbox_id == inbox_id)
        return [decode_reply(self.vault.open(each.content_sealed)) for each in found]

    async def make_due(self) -> None:
        """Let the time pass that failed replies and leases wait for."""
        async with transaction(self.engine) as connection:
            await connection.execute(outbox.update().values(next_attempt_at=0.0))
            await connection.execute(senders.update().where(senders.c.lease_until.is_not(None)).values(lease_until=0.0))

    async def pass_a_day(self) -> None:
        """Let a day go by for what was sent, and is to be sent."""
        async with transaction(self.engine) as connection:
            for column in (outbox.c.created_at, outbox.c.sent_at, sends.c.created_at):
                await connection.execute(update(column.table).values({column: column - 86_400.0}))

    async def post(self, path: str, body: bytes | str, headers: dict[str, Any] | None = None) -> httpx.Response:
        """POST to the gateway."""
        return await self.client.post(path, content=body, headers=headers)

    async def get(self, path: str, headers: dict[str, str] | None = None) -> httpx.Response:
        """GET from the gateway."""
        return await self.client.get(path, headers=headers)


def settings_of(database_url: str, **more: str) -> Settings:
    """Settings as a process reads them; ``more`` by name without the prefix SAHAN_."""
    named = {f"SAHAN_{name}": value for name, value in more.items()}
    return read_settings({"SAHAN_DATABASE_URL": database_url, "SAHAN_SECRET_KEY": SECRET, **named})


def telegram_settings(api: str, **more: str) -> dict[str, str]:
    """The settings of Telegram with its Bot API at ``api``."""
    return {"TELEGRAM_TOKEN": BOT_TOKEN, "TELEGRAM_SECRET": WEBHOOK_SECRET, "TELEGRAM_API": api, "TELEGRAM_RATE": "0",
            **more}


def twilio_settings(api: str, **more: str) -> dict[str, str]:
    """The settings of Twilio with its API at ``api``."""
    return {"TWILIO_ACCOUNT_SID": ACCOUNT_SID, "TWILIO_AUTH_TOKEN": AUTH_TOKEN, "TWILIO_FROM": NUMBER,
            "TWILIO_API": api, "PUBLIC_URL": PUBLIC_URL, **more}


def smpp_settings(port: int, **more: str) -> dict[str, str]:
    """The settings of a link to an SMSC on this machine."""
    return {"SMPP_HOST": "127.0.0.1", "SMPP_PORT": str(port), "SMPP_SYSTEM_ID": "sahan", "SMPP_PASSWORD": "secret",
            "SMPP_FROM": SHORT_CODE, "SMPP_RATE": "1000", **more}


@contextlib.asynccontextmanager
async def running(settings: Settings, assistant: Assistant) -> AsyncIterator[System]:
    """The system on a free port, over a migrated database."""
    engine, vault = create_engine(settings.database_url), vault_of(settings)
    spool = Spool(settings.spool_folder, vault)
    application = gateway_application(settings, engine, vault, lambda: assistant.library, spool)
    listener = socket.create_server(("127.0.0.1", 0))
    server = _Server(uvicorn.Config(application, ws="none", log_config=None, access_log=False, lifespan="off",
                                    proxy_headers=False, timeout_graceful_shutdown=2))
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    while not server.started:
        assert not serving.done()
        await asyncio.sleep(0.005)
    adapters = adapters_of(settings, engine, vault, lambda: assistant.library)
    links = [asyncio.create_task(each.run()) for each in adapters.values() if isinstance(each, Linked)]
    address = f"http://127.0.0.1:{listener.getsockname()[1]}"
    try:
        async with httpx.AsyncClient(base_url=address, timeout=30) as client:
            yield System(settings, engine, vault, assistant.library, application, address, client, adapters, assistant)
    finally:
        serving.cancel()  # quicker than should_exit, which uvicorn looks at every tenth of a second
        await asyncio.wait([serving])
        await server.shutdown(sockets=[listener])
        for link in links:
            link.cancel()
        if links:
            await asyncio.wait(links)
        for adapter in adapters.values():
            await adapter.close()
        await engine.dispose()


def say(assistant: Assistant, key: str, channel: Channel, language: str = "fr", **values: str) -> str:
    """A short message of the library as a person gets it."""
    return assistant.dialogue.composer.say(key, State(language=language), Context(channel), **values)


def help_text(assistant: Assistant, channel: Channel) -> str:
    """What AIDE brings in French: what to write in danger, then how to use this."""
    return f"{say(assistant, 'danger_hint', channel)} {say(assistant, 'help', channel)}"
