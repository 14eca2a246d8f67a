"""Rasa component: where a person says that they are."""

from __future__ import annotations

from dataclasses import asdict

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.shared.nlu.training_data.message import Message

from bot.components.base import MessageComponent, note
from bot.knowledge import current
from bot.understanding.intents import PLACE


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=False)
class PlaceComponent(MessageComponent):
    """Leaves a ``Place`` under ``place``."""

    def look(self, message: Message, text: str) -> None:
        """Find countries and towns."""
        note(message, PLACE, asdict(current().places.find(text)))
