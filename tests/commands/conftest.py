"""Running the command: in this process with the assistant already loaded, or as a process of its own."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.assistant import Assistant
from sahan.__main__ import main
from store.logs import configure_logging
from tests.conftest import environment

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Done:
    """What a command left."""

    code: int
    out: str
    err: str


Command = Callable[..., Done]


@pytest.fixture
def sahan(
    request: pytest.FixtureRequest, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> Iterator[Command]:
    """The command ``sahan`` in this process; the model is loaded once for all tests, when the first needs it."""

    def loaded() -> tuple[Assistant, None]:
        assistant = request.getfixturevalue("assistant")
        return Assistant(assistant.knowledge, assistant.rasa), None

    monkeypatch.setattr("sahan.answering.load_assistant", loaded)
    monkeypatch.setenv("SAHAN_DATABASE_URL", f"sqlite:///{tmp_path / 'sahan.db'}")

    def run(*arguments: str) -> Done:
        monkeypatch.setattr(sys, "argv", ["sahan", *arguments])
        code = 0
        try:
            main()
        except SystemExit as left:
            code = left.code if isinstance(left.code, int) else int(left.code is not None)
        written = capsys.readouterr()
        return Done(code, written.out, written.err)

    yield run
    with capsys.disabled():
        configure_logging()


@pytest.fixture
def process(tmp_path: Path) -> Command:
    """The command ``sahan`` as a process of its own, with a database of its own."""

    def run(*arguments: str, **settings: str) -> Done:
        done = subprocess.run(
            [sys.executable, "-m", "sahan", *arguments], cwd=ROOT, env=environment(tmp_path, **settings),
            capture_output=True, text=True, timeout=120, stdin=subprocess.DEVNULL,
        )
        return Done(done.returncode, done.stdout, done.stderr)

    return run
