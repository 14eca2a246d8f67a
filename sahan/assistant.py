"""Putting the assistant together, and knowing whether its trained model fits the content."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING

from bot.errors import AssistantError, ModelMissingError, ModelOutdatedError
from bot.understanding.errors import UnderstandingError
from bot.understanding.paths import encoder_is_on, encoder_path, models_folder
from content.loader import installed_library
from content.models import Library
from sahan.language import _
from sahan.settings import ROOT

if TYPE_CHECKING:  # importing it imports Rasa: seconds, and 150 MB that only the worker needs
    from bot.assistant import Assistant

_LEARNED_FROM = (
    "content/library/urgency.yml", "content/library/urgency", "config.yml", "bot/domain.yml", "bot/data",
    "bot/importer.py", "bot/understanding", "bot/components",
)


def model_path() -> Path:
    """The trained Rasa model."""
    return models_folder() / "sahan.tar.gz"


def fingerprint(library: Library) -> str:
    """What the model is learned from, as a hash: phrases, dialogue, configuration and the code that learns."""
    digest = hashlib.sha256(library.phrases_version.encode())
    for name in _LEARNED_FROM:
        path = ROOT / name
        for each in sorted(path.rglob("*")) if path.is_dir() else [path]:
            if each.is_file() and each.suffix in (".py", ".yml"):
                digest.update(each.relative_to(ROOT).as_posix().encode() + b"\0" + each.read_bytes())
    return digest.hexdigest()


def check_model(library: Library) -> None:
    """See that the model is there and was made of what is there now.

    Raises:
        ModelMissingError, ModelOutdatedError: says what to do.
    """
    try:
        made_of = json.loads((models_folder() / "made-of.json").read_text("utf-8"))["fingerprint"]
    except (OSError, ValueError, KeyError, TypeError):
        made_of = None
    encoder_missing = encoder_is_on() and not encoder_path().is_file()
    if made_of is None or not model_path().is_file() or encoder_missing:
        raise ModelMissingError(_("L'assistant n'est pas encore entraîné. Lancez : sahan train"))
    if made_of != fingerprint(library):
        raise ModelOutdatedError(
            _("Le modèle de l'assistant a été fait avec d'autres phrases ou réglages. Lancez : sahan train")
        )


def write_fingerprint(library: Library) -> None:
    """Note what the model was made of."""
    (models_folder() / "made-of.json").write_text(json.dumps({"fingerprint": fingerprint(library)}), "utf-8")


def load_assistant(*, needs_rasa: bool = True) -> tuple[Assistant, str | None]:
    """The assistant over the library's files, and why Rasa is not part of it (None where it is).

    Args:
        needs_rasa: raise where Rasa cannot answer; else give an assistant that still answers commands and danger.

    Raises:
        AssistantError, UnderstandingError: no model, an outdated or a broken one, and ``needs_rasa``.
        ContentError: the library cannot be read.
    """
    library = installed_library()
    problem: str | None = None
    try:
        check_model(library)
    except AssistantError as error:
        if needs_rasa:
            raise
        problem = str(error)
    from bot.assistant import Assistant
    from bot.embedding import EmbeddedRasa
    from bot.knowledge import Knowledge

    rasa = None
    if problem is None:
        try:
            rasa = EmbeddedRasa.load(model_path())
        except (AssistantError, UnderstandingError) as error:
            if needs_rasa:
                raise
            problem = str(error)
    return Assistant(Knowledge.of(library), rasa), problem
