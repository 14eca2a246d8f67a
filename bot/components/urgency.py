"""Rasa component: danger to a life now."""

from __future__ import annotations

from dataclasses import asdict

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.shared.nlu.training_data.message import Message

from bot.components.base import MessageComponent, note
from bot.knowledge import current
from bot.understanding.intents import URGENCY


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=False)
class UrgencyComponent(MessageComponent):
    """Leaves an ``Urgency`` under ``urgency``: what the worker heard, from the metadata; else the same core hears."""

    def look(self, message: Message, text: str) -> None:
        """Hear danger."""
        heard = (message.get("metadata") or {}).get(URGENCY)
        note(message, URGENCY, heard or asdict(current().detector.detect(text)))
