"""Gives Rasa the library's phrases as training data, so that they stand in one place only."""

from __future__ import annotations

from typing import Any

from rasa.shared.importers.rasa import RasaFileImporter
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.understanding.intents import LOCALE, TOPIC, intent_of
from content.loader import read_library


class LibraryImporter(RasaFileImporter):
    """Rasa's own files, and content/library/phrases."""

    def get_nlu_data(self, language: str | None = "en") -> TrainingData:
        """Training data of bot/data, and one example for each phrase: its text, intent, topic and locale."""
        phrases = [
            Message(data={TEXT: each.text, INTENT: intent_of(each.topic), TOPIC: each.topic, LOCALE: each.locale})
            for each in read_library().phrases
        ]
        merged: Any = super().get_nlu_data(language).merge(TrainingData(phrases))
        return merged
