"""Rasa component: which topic a message is about, and so what the person does."""

from __future__ import annotations

from typing import Any

from rasa.engine.graph import ExecutionContext
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import INTENT, INTENT_NAME_KEY, PREDICTED_CONFIDENCE_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.components.base import MessageComponent, note
from bot.understanding.intents import GUESS, LOCALE, TOPIC, URGENCY, intent_of
from bot.understanding.topic import Confidence, TopicModel
from content.models import Phrase


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class TopicComponent(MessageComponent):
    """Ranks topics under ``topic_guess`` and sets the intent; danger outranks every topic."""

    def __init__(self, model: TopicModel | None, model_storage: ModelStorage, resource: Resource) -> None:
        self.model = model
        self._model_storage = model_storage
        self._resource = resource

    @classmethod
    def create(
        cls, config: dict[str, Any], model_storage: ModelStorage, resource: Resource,
        execution_context: ExecutionContext,
    ) -> TopicComponent:
        """Rasa's constructor, before training."""
        return cls(None, model_storage, resource)

    @classmethod
    def load(
        cls, config: dict[str, Any], model_storage: ModelStorage, resource: Resource,
        execution_context: ExecutionContext, **kwargs: Any,
    ) -> TopicComponent:
        """Rasa's constructor, after training."""
        with model_storage.read_from(resource) as folder:
            return cls(TopicModel.load(folder), model_storage, resource)

    def train(self, training_data: TrainingData) -> Resource:
        """Learn from the examples that name a topic."""
        phrases = [
            Phrase(example.get(TEXT), example.get(TOPIC), example.get(LOCALE) or "")
            for example in training_data.intent_examples
            if example.get(TOPIC)
        ]
        self.model = TopicModel.train(phrases)
        with self._model_storage.write_to(self._resource) as folder:
            self.model.save(folder)
        return self._resource

    def look(self, message: Message, text: str) -> None:
        """Rank the topics and decide what the person does."""
        assert self.model is not None, "Rasa loads or trains a component before it processes"
        guess = self.model.rank(text)
        note(message, GUESS, {"ranking": [list(each) for each in guess.ranking], "outside": guess.outside,
                              "confidence": str(guess.confidence)})
        urgency = message.get(URGENCY) or {}
        if urgency.get("topic"):
            intent, score = intent_of(urgency["topic"]), urgency["score"]
        elif guess.confidence is Confidence.SURE:
            topic, score = guess.ranking[0]
            intent = intent_of(topic)
        elif guess.confidence is Confidence.UNSURE:
            intent, score = "unsure", 1.0 - guess.ranking[0][1]
        else:
            intent, score = "out_of_scope", guess.outside
        found = {INTENT_NAME_KEY: intent, PREDICTED_CONFIDENCE_KEY: float(score)}
        note(message, INTENT, found)
        note(message, "intent_ranking", [found])
