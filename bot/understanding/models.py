"""Loading trained models, once in a process."""

from __future__ import annotations

from functools import lru_cache

from bot.understanding.encoder import SecondOpinion
from bot.understanding.errors import ModelFileError
from bot.understanding.language import LanguageIdentifier
from bot.understanding.paths import encoder_is_on, encoder_path, models_folder
from bot.understanding.topic import TopicModel
from bot.understanding.urgency_model import UrgencyModel


@lru_cache(maxsize=1)
def urgency_model() -> UrgencyModel | None:
    """The trained part of hearing danger; None where `sahan train` has not made one: the cues hear alone then."""
    try:
        return UrgencyModel.load(models_folder() / "urgency")
    except ModelFileError:
        return None


@lru_cache(maxsize=1)
def language_identifier() -> LanguageIdentifier:
    """Raises LanguageModelError where the committed model is damaged."""
    return LanguageIdentifier.load()


@lru_cache(maxsize=1)
def second_opinion() -> SecondOpinion | None:
    """The encoder's opinion; None where SAHAN_ENCODER is not on.

    Raises:
        EncoderMissingError: it is on, and the package is not installed.
        ModelFileError: it is on, and `sahan train` has not made one since.
    """
    return SecondOpinion.load(encoder_path()) if encoder_is_on() else None


@lru_cache(maxsize=1)
def topic_model() -> TopicModel:
    """The index of topics. Raises ModelFileError where `sahan train` has not made one."""
    return TopicModel.load(models_folder() / "topics")
