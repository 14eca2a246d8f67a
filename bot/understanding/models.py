"""Loading trained models, once in a process."""

from __future__ import annotations

from functools import lru_cache

from bot.understanding.cues import Cues, library_cues
from bot.understanding.errors import ModelFileError
from bot.understanding.linear import LinearClassifier
from bot.understanding.paths import models_folder
from bot.understanding.topic import TopicModel
from bot.understanding.urgency import UrgencyDetector


def cue_words() -> Cues:
    """Words that mean danger, by themselves or together (content/library/urgency.yml)."""
    return library_cues()


@lru_cache(maxsize=1)
def urgency_detector() -> UrgencyDetector:
    """The urgency detector; with the cues alone where the trained part is missing."""
    try:
        classifier = LinearClassifier.load(models_folder() / "urgency")
    except ModelFileError:
        classifier = None
    return UrgencyDetector(classifier, cue_words())


@lru_cache(maxsize=1)
def topic_model() -> TopicModel:
    """The index of topics. Raises ModelFileError where `sahan train` has not made one."""
    return TopicModel.load(models_folder() / "topics")
