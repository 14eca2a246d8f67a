"""Gateways and workers on machines of their own, one PostgreSQL: added, removed, killed and cut off under load."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text
from starlette.requests import Request
from starlette.responses import JSONResponse

from bot.assistant import Assistant
from connectors.inbox import address_scope
from connectors.sms import rendering
from sahan.composition import vault_of
from store.messages import Channel, Message
from store.migrate import sync_url, upgrade
from tests.conftest import free_port, is_ready, wait_until
from tests.doubles import TwilioDouble
from tests.integration.machines import Machine, Network, postgresql_on
from tests.integration.system import ACCOUNT_SID, AUTH_TOKEN, NUMBER, PUBLIC_URL, settings_of, twilio_settings

# "1" and "2" mean what the message before has shown, so that a changed order gives other replies.
CONVERSATION = ("Comment rentrer au Mali ?", "MENU", "1", "2", "LANGUE", "2", "1")
PEOPLE = 12
AHEAD = 40
"""So many messages may wait for their answers: enough for all workers, and soon done with at the end."""
PATIENCE = 120


class Provider(TwilioDouble):
    """Twilio, which can be told to take messages and keep its answers to itself for a while."""

    def __init__(self, host: str) -> None:
        super().__init__(ACCOUNT_SID, AUTH_TOKEN, number=NUMBER)
        self.host = host
        self.answers = threading.Event()
        self.answers.set()
        self.in_flight: list[str] = []

    async def _create(self, request: Request) -> JSONResponse:
        response = await super()._create(request)
        number = str((await request.form())["To"])
        self.in_flight.append(number)
        while not self.answers.is_set():
            await asyncio.sleep(0.005)
        self.in_flight.remove(number)
        return response


@dataclass
class WorkerMachine:
    """A machine with one worker."""

    machine: Machine
    process: subprocess.Popen[bytes]

    def answered(self) -> int:
        """How many messages this worker has answered so far."""
        return self.machine.log().count("worker.answered")


@dataclass
class Alone:
    """A person who waits for each answer, at an assistant that does nothing else: what everybody should have got."""

    texts: int = 0
    conversation: dict[str, Any] = field(default_factory=dict)
    bodies: list[str] = field(default_factory=list)

    async def write(self, assistant: Assistant, texts: list[str]) -> list[str]:
        """The bodies of all replies, after what was not written yet of ``texts``."""
        for each in texts[self.texts:]:
            turn = await assistant.respond(Message(Channel.SMS, each, country_guess="ML"), self.conversation)
            self.conversation = turn.conversation
            self.bodies += [rendering.render(reply) for reply in turn.replies]
        self.texts = len(texts)
        return self.bodies


@dataclass
class Plant:
    """Two gateways, workers, one database, one provider, and the people who write."""

    network: Network
    provider: Provider
    database: str
    database_port: int
    gateways: list[str] = field(default_factory=list)
    workers: list[WorkerMachine] = field(default_factory=list)
    written: dict[str, list[str]] = field(default_factory=dict)
    may_be_doubled: list[str] = field(default_factory=list)
    alone: dict[str, Alone] = field(default_factory=dict)

    def settings(self, machine: Machine) -> dict[str, str]:
        """Of every process on ``machine``."""
        host, port = machine.cable.way_to(self.database_port)
        api = machine.cable.way_to(int(self.provider.root.rpartition(":")[2]))
        named = {f"SAHAN_{name}": value for name, value in twilio_settings(f"http://{api[0]}:{api[1]}").items()}
        named |= {"SAHAN_PERSON_PER_MINUTE": "0", "SAHAN_PERSON_PER_DAY": "0"}  # they answer quicker than people
        return {**named, "SAHAN_DATABASE_URL": f"postgresql://postgres@{host}:{port}/postgres"}

    def add_gateway(self) -> None:
        """One more machine with a gateway."""
        machine, port = self.network.machine(), free_port()
        machine.start("gateway", SAHAN_HOST=machine.cable.address, SAHAN_PORT=str(port), **self.settings(machine))
        self.gateways.append(f"http://{machine.cable.address}:{port}")

    def add_worker(self) -> WorkerMachine:
        """One more machine with a worker."""
        machine = self.network.machine()
        self.workers.append(WorkerMachine(machine, machine.start("worker", **self.settings(machine))))
        return self.workers[-1]

    def ask(self, statement: str, **values: Any) -> list[Any]:
        """Rows of the database, as the test itself reaches it."""
        engine = create_engine(sync_url(self.database))
        with engine.begin() as connection:
            found = connection.execute(text(statement), values)
            rows = list(found) if found.returns_rows else []
        engine.dispose()
        return rows

    def waiting(self) -> int:
        """Messages without an answer, and replies not yet sent."""
        return int(self.ask("SELECT (SELECT count(*) FROM inbox WHERE processed_at IS NULL)"
                            " + (SELECT count(*) FROM outbox WHERE status = 'waiting')")[0][0])

    def answered(self) -> int:
        """Messages that all workers together have answered."""
        return sum(worker.answered() for worker in self.workers)

    @contextlib.contextmanager
    def writing(self) -> Iterator[None]:
        """People write to both gateways in turn while the block runs."""
        stop = threading.Event()
        numbers = [f"+2237012{number:04d}" for number in range(PEOPLE)]
        people = [threading.Thread(target=self._write, args=(number, stop)) for number in numbers]
        for each in people:
            each.start()
        try:
            yield
        finally:
            stop.set()
            for each in people:
                each.join()

    def _write(self, number: str, stop: threading.Event) -> None:
        texts = self.written.setdefault(number, [])
        while not stop.is_set():
            if sum(map(len, self.written.copy().values())) - self.answered() > AHEAD:
                time.sleep(0.05)
                continue
            message, gateway = CONVERSATION[len(texts) % len(CONVERSATION)], self.gateways[len(texts) % 2]
            answer = self.provider.send_inbound(f"{gateway}/sms/twilio", number, message,
                                                public_url=f"{PUBLIC_URL}/sms/twilio")
            assert answer.status_code == 200, answer
            texts.append(message)

    def served_by(self, worker: WorkerMachine) -> set[str]:
        """The numbers of people whose replies are with the provider now, and whom ``worker`` serves."""
        rows = self.ask("SELECT address_hash FROM senders WHERE lease_owner LIKE :name",
                        name=f"%-{worker.process.pid}-%")
        owned, vault, scope = {row[0] for row in rows}, vault_of(settings_of(self.database)), address_scope(
            "twilio", "sms")
        return {number for number in self.provider.in_flight if vault.hash(scope, number) in owned}

    def hold(self, worker: WorkerMachine) -> None:
        """Hold the provider's answers until ``worker`` waits for some."""
        self.provider.answers.clear()
        wait_until(lambda: bool(self.served_by(worker)), PATIENCE, "a reply on its way")

    def let_leases_end(self, worker: WorkerMachine) -> None:
        """Let the time pass after which ``worker``, which renews nothing any more, has lost its people."""
        self.ask("UPDATE senders SET lease_until = 0 WHERE lease_owner LIKE :name", name=f"%-{worker.process.pid}-%")

    def wait_for_more(self, workers: list[WorkerMachine]) -> None:
        """Wait until ``workers`` together have answered as many messages more as people write."""
        enough = sum(each.answered() for each in workers) + PEOPLE
        wait_until(lambda: sum(each.answered() for each in workers) > enough, PATIENCE, "the answers of a worker")

    def settle(self) -> None:
        """Wait until everything is answered and sent."""
        wait_until(lambda: self.waiting() == 0, PATIENCE, "the answer to the last message")

    async def check(self, assistant: Assistant) -> None:
        """Everybody has got the replies to all that they wrote, in order; each once, but for what was in flight."""
        for number, texts in self.written.items():
            got = iter([each.body for each in self.provider.sent if each.to == number])
            doubled, last = 0, None
            for expected in await self.alone.setdefault(number, Alone()).write(assistant, texts):
                while (body := next(got)) != expected:
                    assert body == last, f"out of order: {body!r} instead of {expected!r}"
                    doubled += 1
                last = expected
            doubled += len(list(got))
            assert doubled <= self.may_be_doubled.count(number), f"{doubled} doubled"


@pytest.fixture(scope="module")
def plant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Plant]:
    """Two gateways and one worker, ready."""
    network = Network(tmp_path_factory.mktemp("machines"))
    folder = Path(tempfile.mkdtemp(prefix="sahan-postgresql-"))
    try:
        with postgresql_on(network, folder) as port, Provider(network.address) as provider:
            database = f"postgresql://postgres@{network.address}:{port}/postgres"
            upgrade(database)
            made = Plant(network, provider, database, port)
            made.add_gateway()
            made.add_gateway()
            made.add_worker()
            wait_until(lambda: all(is_ready(each) for each in made.gateways), PATIENCE, "the start of the machines")
            yield made
            network.close()
    finally:
        network.close()
        shutil.rmtree(folder, ignore_errors=True)


# The tests go on where the one before ended: a worker needs seconds to load its models.


async def test_workers_that_are_added_under_load_take_their_part(plant: Plant, assistant: Assistant) -> None:
    first = plant.workers[0]
    with plant.writing():
        wait_until(lambda: first.answered() > 0, PATIENCE, "an answer")
        added = plant.add_worker(), plant.add_worker()
        wait_until(lambda: all(each.answered() > 0 for each in added), PATIENCE, "an answer of each added worker")
    plant.settle()
    assert plant.answered() == sum(map(len, plant.written.values()))
    await plant.check(assistant)


async def test_a_worker_that_is_cut_off_is_replaced_and_comes_back(plant: Plant, assistant: Assistant) -> None:
    *others, cut = plant.workers
    with plant.writing():
        plant.hold(cut)
        cut.machine.cable.down()
        in_flight = sorted(plant.served_by(cut))
        plant.provider.answers.set()
        answered = cut.answered()
        plant.let_leases_end(cut)
        plant.wait_for_more(others)
        assert cut.answered() == answered, "it cannot have written anything"
        plant.may_be_doubled += in_flight
        cut.machine.cable.up()
        plant.wait_for_more([cut])
    plant.settle()
    await plant.check(assistant)


async def test_a_worker_that_is_killed_loses_nothing_and_doubles_only_what_was_in_flight(
    plant: Plant, assistant: Assistant
) -> None:
    *others, killed = plant.workers
    with plant.writing():
        plant.hold(killed)
        killed.process.kill()
        killed.process.wait(PATIENCE)
        in_flight = sorted(plant.served_by(killed))
        plant.provider.answers.set()
        plant.let_leases_end(killed)
        plant.wait_for_more(others)
    plant.may_be_doubled += in_flight
    plant.settle()
    await plant.check(assistant)


async def test_a_worker_that_is_stopped_finishes_what_it_has_begun_and_the_others_go_on(
    plant: Plant, assistant: Assistant
) -> None:
    staying, stopped = plant.workers[:2]
    with plant.writing():
        plant.wait_for_more([stopped])
        stopped.process.send_signal(signal.SIGTERM)
        assert stopped.process.wait(PATIENCE) == 0
        plant.wait_for_more([staying])
    assert plant.ask("SELECT count(*) FROM senders WHERE lease_owner LIKE :name",
                     name=f"%-{stopped.process.pid}-%")[0][0] == 0
    plant.settle()
    await plant.check(assistant)
