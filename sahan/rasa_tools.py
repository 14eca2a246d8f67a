"""`sahan bot` and `sahan actions`: Rasa's own servers, for Rasa's own tools, on the loopback address only."""

from __future__ import annotations

import os
import sys

from content.loader import installed_library
from sahan.assistant import check_model, model_path
from sahan.settings import ROOT


def run_bot(port: int) -> None:
    """`rasa run` on the trained model. Raises AssistantError where there is none that fits."""
    check_model(installed_library())
    _become("rasa", "run", "--interface", "127.0.0.1", "--port", str(port), "--model", str(model_path()),
            "--endpoints", str(ROOT / "endpoints.yml"))


def run_actions(port: int) -> None:
    """Rasa's action server with our actions; its only way to be told the interface is the environment."""
    os.environ["SANIC_HOST"] = "127.0.0.1"
    _become("rasa_sdk", "--actions", "bot.actions", "--port", str(port))


def _become(module: str, *arguments: str) -> None:
    os.chdir(ROOT)
    os.execv(sys.executable, [  # noqa: S606
        sys.executable, "-W", "ignore", "-m", module, *arguments
    ])
