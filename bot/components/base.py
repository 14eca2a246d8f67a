"""What the components share: they learn nothing themselves and change nothing in training."""

from __future__ import annotations

from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData


class MessageComponent(GraphComponent):
    """A component that looks at one message at a time."""

    @classmethod
    def create(
        cls, config: dict[str, Any], model_storage: ModelStorage, resource: Resource,
        execution_context: ExecutionContext,
    ) -> MessageComponent:
        """Rasa's constructor."""
        return cls()

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Training examples need nothing from this component."""
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """Look at each message that has text; button payloads were read by Rasa already."""
        for message in messages:
            text = message.get(TEXT) or ""
            if not text.startswith("/"):
                self.look(message, text)
        return messages

    def look(self, message: Message, text: str) -> None:
        """Leave what was found on ``message``."""
        raise TypeError(f"{type(self).__name__} must say how it looks at a message")


def note(message: Message, key: str, value: object) -> None:
    """Leave ``value`` on the message under ``key``, so that it reaches the tracker."""
    message.set(key, value, add_to_output=True)
