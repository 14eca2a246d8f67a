"""Rasa component: whole messages that mean one thing, such as a digit, SUITE, or the name of a language."""

from __future__ import annotations

from typing import Any

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.shared.nlu.constants import ENTITIES, INTENT, INTENT_NAME_KEY, PREDICTED_CONFIDENCE_KEY
from rasa.shared.nlu.training_data.message import Message

from bot.components.base import MessageComponent, note
from bot.dialogue.steps import read_command
from bot.knowledge import current
from bot.understanding.intents import PLACE


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=False)
class CommandComponent(MessageComponent):
    """Last in the pipeline: what it recognises replaces what the models made of the message."""

    def look(self, message: Message, text: str) -> None:
        """Recognise a command word."""
        place = (message.get(PLACE) or {}).get("here")
        found = read_command(current().words, text, place)
        if found is None:
            return
        intent, entities = found
        result = {INTENT_NAME_KEY: intent, PREDICTED_CONFIDENCE_KEY: 1.0}
        note(message, INTENT, result)
        note(message, "intent_ranking", [result])
        note(message, ENTITIES, [_entity(name, value, text) for name, value in entities.items()])


def _entity(name: str, value: Any, text: str) -> dict[str, Any]:
    return {"entity": name, "value": value, "start": 0, "end": len(text), "extractor": "CommandComponent"}
