"""`sahan train`: from the library's phrases to the models that the worker loads."""

from __future__ import annotations

import os
import sys
import time
from contextlib import redirect_stderr, redirect_stdout

from bot.errors import AssistantError, ModelMissingError, ModelOutdatedError
from bot.understanding.models import models_folder
from content.loader import read_library
from content.models import Library
from sahan.assistant import check_model, model_path, write_fingerprint
from sahan.language import _
from sahan.settings import ROOT
from store.logs import configure_logging


def train(*, if_needed: bool = False) -> None:
    """Train the urgency detector, then Rasa.

    Args:
        if_needed: do nothing where the models fit what they are learned from.

    Raises:
        AssistantError: Rasa could not train; UnderstandingError: too few phrases.
    """
    library = read_library()
    if if_needed and _fits(library):
        return
    print(_("Entraînement de l'assistant ({phrases} phrases), une minute environ…")
          .format(phrases=len(library.phrases)), file=sys.stderr, flush=True)
    started = time.monotonic()
    os.environ["RASA_CACHE_DIRECTORY"] = str(models_folder() / "cache")
    os.environ["RASA_MAX_CACHE_SIZE"] = "0"
    configure_logging()
    from bot.understanding.urgency import UrgencyDetector

    UrgencyDetector.save(UrgencyDetector.train(library.phrases), models_folder() / "urgency")
    _train_rasa()
    write_fingerprint(library)
    print(_("Prêt en {seconds} s : {path}").format(seconds=round(time.monotonic() - started),
                                                   path=model_path().name), file=sys.stderr)


def _fits(library: Library) -> bool:
    try:
        check_model(library)
    except (ModelMissingError, ModelOutdatedError):
        return False
    return True


def _train_rasa() -> None:
    """Train Rasa; the many lines that it prints go to a file, whose path an error names."""
    log = models_folder() / "training.log"
    with log.open("w") as file, redirect_stdout(file), redirect_stderr(file):
        from rasa.model_training import train as rasa_train

        result = rasa_train(
            domain=str(ROOT / "bot" / "domain.yml"), config=str(ROOT / "config.yml"),
            training_files=str(ROOT / "bot" / "data"), output=str(models_folder()), fixed_model_name="sahan",
            force_training=True,
        )
    if result.code != 0 or result.model is None:
        raise AssistantError(_("Rasa n'a pas pu entraîner le modèle : voyez {path}.").format(path=log))
