"""Rasa component: which topic a message is about, and so what the person does."""

from __future__ import annotations

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.shared.nlu.constants import INTENT, INTENT_NAME_KEY, PREDICTED_CONFIDENCE_KEY
from rasa.shared.nlu.training_data.message import Message

from bot.components.base import MessageComponent, note
from bot.knowledge import current
from bot.understanding.intents import GUESS, URGENCY, intent_of
from bot.understanding.models import topic_model
from bot.understanding.topic import Confidence


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=False)
class TopicComponent(MessageComponent):
    """Ranks topics under ``topic_guess`` and sets the intent; danger outranks every topic.

    The index of topics is learned from the library by `sahan train`, not by `rasa train`: retraining Rasa is for
    changing the dialogue, not for new questions and answers.
    """

    def look(self, message: Message, text: str) -> None:
        """Rank the topics and decide what the person does."""
        guess = (current().topics or topic_model()).rank(text, current().second)
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
