"""Where trained models lie, and loading them once in a process."""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path

import yaml

from bot.understanding.errors import ModelFileError
from bot.understanding.linear import LinearClassifier
from bot.understanding.urgency import UrgencyDetector
from content.loader import LIBRARY

ROOT = Path(__file__).resolve().parents[2]


def models_folder() -> Path:
    """The folder that `sahan train` writes to; var/models beside the project."""
    return Path(os.environ.get("SAHAN_MODELS", ROOT / "var" / "models"))


def cue_words() -> dict[str, tuple[str, ...]]:
    """Words that mean danger by themselves, by urgent topic (content/library/urgency.yml)."""
    values = yaml.safe_load((LIBRARY / "urgency.yml").read_text("utf-8"))
    return {
        topic: tuple(word for words in languages.values() for word in words)
        for topic, languages in values["cues"].items()
    }


@lru_cache(maxsize=1)
def urgency_detector() -> UrgencyDetector:
    """The urgency detector; with the cue words alone where the trained part is missing."""
    try:
        classifier = LinearClassifier.load(models_folder() / "urgency")
    except ModelFileError:
        classifier = None
    return UrgencyDetector(classifier, cue_words())
