"""Shows Rasa how people ask: some of the library's phrases as training data, so that they stand in one place only."""

from __future__ import annotations

from collections import Counter
from typing import Any

from rasa.shared.importers.rasa import RasaFileImporter
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.understanding.intents import intent_of
from content.loader import installed_library

EXAMPLES = 3


class LibraryImporter(RasaFileImporter):
    """Rasa's own files, and the first ``EXAMPLES`` phrases of each topic and language.

    Rasa learns the dialogue; what a message is about is learned from all phrases by `sahan train`. Handing Rasa all
    of them would cost a minute of copying and hashing, and teach it nothing.
    """

    def get_nlu_data(self, language: str | None = "en") -> TrainingData:
        """Training data of bot/data, and the library's examples under the intents of their topics."""
        seen: Counter[tuple[str, str]] = Counter()
        examples = []
        for phrase in installed_library().phrases:
            seen[phrase.topic, phrase.locale] += 1
            if seen[phrase.topic, phrase.locale] <= EXAMPLES:
                examples.append(Message(data={TEXT: phrase.text, INTENT: intent_of(phrase.topic)}))
        merged: Any = super().get_nlu_data(language).merge(TrainingData(examples))
        return merged
