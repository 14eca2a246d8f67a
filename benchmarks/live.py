"""How soon a publication is answered by every worker while they are busy: two workers, people writing all the time."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import yaml

from benchmarks.parts import ROOT
from benchmarks.system import ask, fetch, free_port, wait
from content.loader import LIBRARY

PEOPLE = 16
_QUESTION = "combien coute le retour volontaire ?"
_MARK = "Une réponse publiée pendant la mesure."
_WARM_SECONDS = 5.0
_AFTER_SECONDS = 6.0


def measure_live() -> dict[str, Any]:
    """Publish a changed answer under load.

    Returns: ``publish``, seconds that the command took; ``last_old``, seconds from the moment of publication (the
    database's) to the last question that got the old text (0 where none did); ``answers_per_second`` before;
    ``people``, ``workers``.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        port = free_port()
        kept = {key: value for key, value in os.environ.items() if not key.startswith("SAHAN_")}
        environment = {**kept, "SAHAN_DATABASE_URL": f"sqlite:///{folder}/sahan.db", "SAHAN_PORT": str(port)}
        sahan = [sys.executable, "-m", "sahan"]
        serving = subprocess.Popen([*sahan, "serve", "--demonstration"], cwd=ROOT, env=environment,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        address = f"http://127.0.0.1:{port}"
        wait(lambda: fetch(f"{address}/readyz") is not None)
        second = subprocess.Popen([*sahan, "worker", "--demonstration"], cwd=ROOT, env=environment,
                                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            crowd = _Crowd(address)
            time.sleep(_WARM_SECONDS)
            crowd.start()
            time.sleep(_WARM_SECONDS)
            asked = len(crowd.answers)
            _change(folder / "library")
            began = time.monotonic()
            subprocess.run([*sahan, "content", "publish", "--library", str(folder / "library")], cwd=ROOT, check=True,
                           env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            ended = time.monotonic()
            published = _published_at(folder / "sahan.db")
            time.sleep(_AFTER_SECONDS)
            answers = crowd.stop()
        finally:
            for process in (second, serving):
                process.send_signal(signal.SIGTERM)
            for process in (second, serving):
                process.wait(60)
    old = [moment for moment, text in answers if _MARK not in text]
    new = [moment for moment, text in answers if _MARK in text]
    if not new:
        raise RuntimeError("the publication was never answered")
    return {"publish": ended - began, "last_old": max(0.0, max(old) - published), "people": PEOPLE, "workers": 2,
            "answers_per_second": asked / _WARM_SECONDS, "new_answers": len(new)}


def _published_at(database: Path) -> float:
    with sqlite3.connect(database) as connection:
        return float(connection.execute("SELECT max(published_at) FROM publications").fetchone()[0])


def _change(folder: Path) -> None:
    shutil.copytree(LIBRARY, folder)
    path = folder / "texts" / "fr" / "return.yml"
    values = yaml.safe_load(path.read_text("utf-8"))
    values["texts"]["return.cost"]["sms"] = _MARK
    path.write_text(yaml.safe_dump(values, allow_unicode=True), "utf-8")


class _Crowd:
    """People who ask the same again and again; ``answers``: (moment of asking, text of the answer)."""

    def __init__(self, address: str) -> None:
        self.answers: list[tuple[float, str]] = []
        self._address = address
        self._running = True
        self._threads = [threading.Thread(target=self._ask) for _ in range(PEOPLE)]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> list[tuple[float, str]]:
        self._running = False
        for thread in self._threads:
            thread.join()
        return self.answers

    def _ask(self) -> None:
        session = secrets.token_urlsafe(24)
        while self._running:
            self.answers.append((time.time(), ask(self._address, session, _QUESTION)))


if __name__ == "__main__":
    print(json.dumps(measure_live()))
