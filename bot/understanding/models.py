"""Loading trained models, once in a process."""

from __future__ import annotations

from functools import lru_cache

from bot.understanding.errors import ModelFileError
from bot.understanding.linear import LinearClassifier
from bot.understanding.paths import models_folder
from bot.understanding.topic import TopicModel


@lru_cache(maxsize=1)
def urgency_classifier() -> LinearClassifier | None:
    """The trained part of hearing danger; None where `sahan train` has not made one: the cues hear alone then."""
    try:
        return LinearClassifier.load(models_folder() / "urgency")
    except ModelFileError:
        return None


@lru_cache(maxsize=1)
def topic_model() -> TopicModel:
    """The index of topics. Raises ModelFileError where `sahan train` has not made one."""
    return TopicModel.load(models_folder() / "topics")
