"""Which topic a message is about, and how sure that is."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from bot.understanding.linear import LinearClassifier
from bot.understanding.noise import noisy
from bot.understanding.text import fold, has_words
from content.models import OUT_OF_SCOPE, Phrase

NOISY_SHARE = 0.3
_SEED = 20261122


class Confidence(StrEnum):
    """What to do with a ranking."""

    SURE = "sure"
    UNSURE = "unsure"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class TopicGuess:
    """Topics ranked for one message.

    Attributes:
        ranking: (topic, probability), best first, without ``out_of_scope``.
        outside: probability that Sahan has nothing to say on this.
        confidence: answer the first, offer a choice, or say so honestly.
    """

    ranking: tuple[tuple[str, float], ...]
    outside: float
    confidence: Confidence


@dataclass(frozen=True)
class Thresholds:
    """Where answering ends and offering a choice begins; tuned on phrases that the model had not seen.

    Attributes:
        sure: probability of the best topic above which it is answered.
        margin: how far it must be ahead of the second.
        near: probability of the best topic above which a choice is offered.
        outside: probability of ``out_of_scope`` above which the message is outside.
    """

    sure: float = 0.40
    margin: float = 0.10
    near: float = 0.12
    outside: float = 0.50


class TopicModel:
    """Ranks the topics of a library for a message."""

    def __init__(self, classifier: LinearClassifier, thresholds: Thresholds = Thresholds()) -> None:
        self._classifier = classifier
        self._thresholds = thresholds

    @classmethod
    def train(cls, phrases: Sequence[Phrase]) -> TopicModel:
        """Learn from phrases, and noisy copies of some: enough to stand misspelling, at a third of the time.

        Raises:
            UnderstandingError: too few phrases.
        """
        chance = random.Random(_SEED)
        texts: list[str] = []
        labels: list[str] = []
        groups: list[int] = []
        for group, phrase in enumerate(phrases):
            folded = fold(phrase.text)
            copies = [noisy(folded, phrase.locale, chance)] if chance.random() < NOISY_SHARE else []
            for text in dict.fromkeys([folded, *copies]):
                texts.append(text)
                labels.append(phrase.topic)
                groups.append(group)
        return cls(LinearClassifier.train(texts, labels, groups))

    def rank(self, text: str) -> TopicGuess:
        """Rank the topics for a message. Never raises: a message without words is unknown."""
        if not has_words(text):
            return TopicGuess((), 1.0, Confidence.UNKNOWN)
        probabilities = self._classifier.probabilities(fold(text))
        scored = sorted(zip(self._classifier.labels, probabilities.tolist(), strict=True), key=lambda each: -each[1])
        outside = next((score for label, score in scored if label == OUT_OF_SCOPE), 0.0)
        ranking = tuple((label, score) for label, score in scored if label != OUT_OF_SCOPE)
        return TopicGuess(ranking[:10], outside, self._confidence(ranking, outside))

    def _confidence(self, ranking: Sequence[tuple[str, float]], outside: float) -> Confidence:
        limits = self._thresholds
        best = ranking[0][1]
        second = ranking[1][1] if len(ranking) > 1 else 0.0
        if outside >= limits.outside or (outside > best and best < limits.near):
            return Confidence.UNKNOWN
        if best >= limits.sure and best - second >= limits.margin and best > outside:
            return Confidence.SURE
        return Confidence.UNSURE if best >= limits.near else Confidence.UNKNOWN

    def save(self, folder: Path) -> None:
        """Write the model to ``folder``."""
        self._classifier.save(folder)

    @classmethod
    def load(cls, folder: Path) -> TopicModel:
        """Read what ``save`` wrote. Raises ModelFileError."""
        return cls(LinearClassifier.load(folder))
