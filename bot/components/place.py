"""Rasa component: where a person says that they are."""

from __future__ import annotations

from dataclasses import asdict

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.shared.nlu.training_data.message import Message

from bot.components.base import MessageComponent, note
from bot.understanding.intents import PLACE
from bot.understanding.place import PlaceFinder
from content.loader import installed_library


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=False)
class PlaceComponent(MessageComponent):
    """Leaves a ``Place`` under ``place``."""

    def __init__(self) -> None:
        self.finder = PlaceFinder(installed_library())

    def look(self, message: Message, text: str) -> None:
        """Find countries and towns."""
        note(message, PLACE, asdict(self.finder.find(text)))
