"""What both doubles share: an HTTP server in a thread, waiting, injected faults, and posting to webhooks."""

from __future__ import annotations

import asyncio
import http.client
import socket
import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Generic, Self, TypeVar
from urllib.parse import urlsplit

import uvicorn
from starlette.applications import Starlette
from uvicorn.protocols.http.h11_impl import H11Protocol

SentT = TypeVar("SentT")


@dataclass(frozen=True)
class Answer:
    """What a webhook answered; header names are in lower case."""

    status_code: int
    text: str
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        """Whether the provider would take the answer as "received"."""
        return 200 <= self.status_code < 300


def post(url: str, body: bytes, headers: dict[str, str], timeout: float = 30.0) -> Answer:
    """POST once: no redirects, no proxies, and no log line that would show the URL.

    Raises:
        OSError, http.client.HTTPException: nothing answered.
    """
    parts = urlsplit(url)
    connection: http.client.HTTPConnection
    if parts.scheme == "https":
        context = ssl.create_default_context()
        connection = http.client.HTTPSConnection(parts.hostname or "", parts.port, timeout=timeout, context=context)
    else:
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=timeout)
    try:
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request("POST", target, body, headers)
        response = connection.getresponse()
        text = response.read().decode("utf-8", "replace")
        return Answer(response.status, text, {name.lower(): value for name, value in response.getheaders()})
    finally:
        connection.close()


@dataclass
class Fault:
    """The next ``times`` matching requests fail so.

    Attributes:
        processed: the request takes effect all the same, and only its answer is the error.
    """

    status: int
    code: int | None = None
    description: str = ""
    method: str = "*"
    retry_after: int | None = None
    times: int = 1
    processed: bool = False


class _QuietProtocol(H11Protocol):
    """Without the access log: its paths hold the bot's token, which tests of the project's own logs would find.

    The setting of that name is no use, for it silences "uvicorn.access" in the whole process.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.access_log = False


class ServerDouble(Generic[SentT]):
    """A server on a free port of ``host``, from ``with`` to the end of its block.

    State is read and changed under ``self._changed``, from the test's thread and from the server's.

    Attributes:
        host: an address of this machine; loopback unless processes of other network namespaces are to reach it.
        root: address without a slash at its end, once entered.
        sent: what was accepted for sending, oldest first.
    """

    host = "127.0.0.1"

    def __init__(self) -> None:
        self.root = ""
        self.sent: list[SentT] = []
        self._changed = threading.Condition()
        self._closing = False
        self._faults: list[Fault] = []
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None
        self._socket: socket.socket | None = None

    def _app(self) -> Starlette:
        raise NotImplementedError

    def __enter__(self) -> Self:
        self._closing = False
        self._socket = socket.create_server((self.host, 0))
        config = uvicorn.Config(
            self._app(), http=_QuietProtocol, ws="none", lifespan="off", log_config=None, timeout_graceful_shutdown=1
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(
            target=self._server.run, args=([self._socket],), name=type(self).__name__, daemon=True
        )
        self._thread.start()
        deadline = time.monotonic() + 10
        while not self._server.started:
            if not self._thread.is_alive() or time.monotonic() > deadline:
                self.__exit__()
                raise RuntimeError(f"{type(self).__name__} did not start")
            time.sleep(0.005)
        self.root = f"http://{self.host}:{self._socket.getsockname()[1]}"
        return self

    def __exit__(self, *exc_info: object) -> None:
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        if self._server is not None and self._thread is not None:
            self._server.should_exit = True
            self._thread.join(10)
        if self._socket is not None:
            self._socket.close()

    # For tests.

    def wait_until(self, met: Callable[[], Any], timeout: float = 5.0) -> None:
        """Block until ``met()`` is true; it is looked at whenever this double's state changes.

        Raises:
            AssertionError: it was not within ``timeout`` seconds.
        """
        with self._changed:
            if not self._changed.wait_for(met, timeout):
                raise AssertionError(f"not within {timeout} s; sent so far: {self.sent!r}")

    def wait_for(self, n: int = 1, timeout: float = 5.0) -> list[SentT]:
        """Block until at least ``n`` messages were sent in all; gives them."""
        self.wait_until(lambda: len(self.sent) >= n, timeout)
        with self._changed:
            return list(self.sent)

    async def wait_for_async(self, n: int = 1, timeout: float = 5.0) -> list[SentT]:
        """``wait_for`` that lets the test's event loop run on."""
        return await asyncio.to_thread(self.wait_for, n, timeout)

    # For subclasses.

    def _add_fault(self, fault: Fault) -> None:
        with self._changed:
            self._faults.append(fault)

    def _take_fault(self, method: str) -> Fault | None:
        """The oldest fault for ``method``, counted down."""
        with self._changed:
            for fault in self._faults:
                if fault.method in ("*", method):
                    fault.times -= 1
                    if fault.times <= 0:
                        self._faults.remove(fault)
                    return fault
        return None
