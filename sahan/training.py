"""`sahan train`: from the library's phrases to the models that the worker loads."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from bot.errors import AssistantError, ModelMissingError, ModelOutdatedError
from bot.understanding.paths import encoder_is_on, encoder_path, models_folder
from content.loader import installed_library
from content.models import Library
from sahan.assistant import check_model, write_fingerprint
from sahan.language import _
from sahan.settings import ROOT
from store.logs import configure_logging


def train(*, if_needed: bool = False) -> None:
    """Train the urgency detector, the index of topics, and Rasa's dialogue.

    Args:
        if_needed: do nothing where the models fit what they are learned from.

    Raises:
        AssistantError: Rasa could not train; UnderstandingError: too few phrases.
    """
    library = installed_library()
    if if_needed and _fits(library):
        return
    print(_("Entraînement de l'assistant ({phrases} phrases), une minute environ…")
          .format(phrases=len(library.phrases)), file=sys.stderr, flush=True)
    started = time.monotonic()
    configure_logging()
    from bot.understanding.encoder import SecondOpinion
    from bot.understanding.topic import TopicModel
    from bot.understanding.urgency import UrgencyDetector

    models_folder().mkdir(parents=True, exist_ok=True)
    with _rasa_beside():  # both cores are used
        phrases = library.phrases_to_learn()
        UrgencyDetector.train(phrases).save(models_folder() / "urgency")
        TopicModel.train(phrases).save(models_folder() / "topics")
        if encoder_is_on():
            SecondOpinion.train(phrases).save(encoder_path())
    write_fingerprint(library)
    print(_("Prêt en {seconds} s.").format(seconds=round(time.monotonic() - started)), file=sys.stderr)


def _fits(library: Library) -> bool:
    try:
        check_model(library)
    except (ModelMissingError, ModelOutdatedError):
        return False
    return True


@contextmanager
def _rasa_beside() -> Iterator[None]:
    """Train Rasa's dialogue in a process of its own while the block runs.

    The many lines that Rasa prints go to a file, whose path an error names.
    """
    log = models_folder() / "training.log"
    environment = {**os.environ, "RASA_MAX_CACHE_SIZE": "0", "RASA_CACHE_DIRECTORY": str(models_folder() / "cache"),
                   "RASA_TELEMETRY_ENABLED": "false"}
    arguments = [sys.executable, "-W", "ignore", "-m", "rasa", "train", "--domain", "bot/domain.yml", "--config",
                 "config.yml", "--data", "bot/data", "--out", str(models_folder()), "--fixed-model-name", "sahan",
                 "--force"]
    with log.open("w") as file:
        process = subprocess.Popen(arguments, cwd=ROOT, env=environment, stdout=file, stderr=file)  # noqa: S603
        try:
            yield
            if process.wait() != 0:
                raise AssistantError(_("Rasa n'a pas pu entraîner le modèle : voyez {path}.").format(path=log))
        finally:
            process.kill()
