"""Danger to a life now, in any language: the plain core that works when everything else fails.

Two voices, either of which is heard: a linear model over the urgent phrases of all languages against everything else
that people write, and cue words that mean danger by themselves. Tuned for recall: a false alarm costs a message,
a missed one can cost a life.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.understanding.linear import LinearClassifier
from bot.understanding.noise import noisy
from bot.understanding.text import bare_words, fold, has_words
from content.models import Phrase

DANGER = "urgent.danger"
DESPAIR = "urgent.suicide"
_ORDINARY = "ordinary"
_COPIES = 3
_SEED = 20261122


@dataclass(frozen=True)
class Urgency:
    """Whether a message tells of danger to a life now.

    Attributes:
        topic: ``urgent.danger``, ``urgent.suicide``, or None.
        score: probability that the message is urgent, 0..1.
    """

    topic: str | None
    score: float


class UrgencyDetector:
    """Hears danger in a message.

    Args:
        classifier: None where no trained model is at hand; then the cue words alone decide.
        cues: whole-message or in-message words by topic, folded.
        threshold: probability above which a message is urgent.
    """

    def __init__(
        self, classifier: LinearClassifier | None, cues: dict[str, tuple[str, ...]], threshold: float = 0.5
    ) -> None:
        self._classifier = classifier
        self._cues = {topic: tuple(bare_words(cue) for cue in words) for topic, words in cues.items()}
        self._threshold = threshold

    @staticmethod
    def train(phrases: Sequence[Phrase]) -> LinearClassifier:
        """Learn urgent from ordinary phrases. Raises UnderstandingError for too few."""
        chance = random.Random(_SEED)
        texts: list[str] = []
        labels: list[str] = []
        groups: list[int] = []
        for group, phrase in enumerate(phrases):
            label = phrase.topic if phrase.topic in (DANGER, DESPAIR) else _ORDINARY
            folded = fold(phrase.text)
            copies = _COPIES if label != _ORDINARY else 0
            for text in dict.fromkeys([folded, *(noisy(folded, phrase.locale, chance) for _ in range(copies))]):
                texts.append(text)
                labels.append(label)
                groups.append(group)
        return LinearClassifier.train(texts, labels, groups, cost=0.5)

    def detect(self, text: str) -> Urgency:
        """Hear one message. Never raises."""
        if not has_words(text):
            return Urgency(None, 0.0)
        padded = f" {bare_words(text)} "
        for topic, cues in self._cues.items():
            if any(f" {cue} " in padded for cue in cues):
                return Urgency(topic, 1.0)
        if self._classifier is None:
            return Urgency(None, 0.0)
        scores = dict(zip(self._classifier.labels, self._classifier.probabilities(fold(text)).tolist(), strict=True))
        score = 1.0 - scores.get(_ORDINARY, 1.0)
        if score < self._threshold:
            return Urgency(None, score)
        return Urgency(DESPAIR if scores.get(DESPAIR, 0.0) > scores.get(DANGER, 0.0) else DANGER, score)

    @staticmethod
    def save(classifier: LinearClassifier, folder: Path) -> None:
        """Write a trained model to ``folder``."""
        classifier.save(folder)
