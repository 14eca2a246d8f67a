"""Rasa component: in which language a message is written."""

from __future__ import annotations

from dataclasses import asdict

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.shared.nlu.training_data.message import Message

from bot.components.base import MessageComponent, note
from bot.understanding.intents import LANGUAGE
from bot.understanding.models import language_identifier


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=False)
class LanguageComponent(MessageComponent):
    """Leaves a ``LanguageGuess`` under ``language_guess``; metadata gives the person's country and language."""

    def look(self, message: Message, text: str) -> None:
        """Identify the language."""
        metadata = message.get("metadata") or {}
        guess = language_identifier().identify(
            text, country=metadata.get("country"), previous=metadata.get("previous_language")
        )
        note(message, LANGUAGE, asdict(guess))
