"""Danger to a life now, in any language: the plain core that works when everything else fails.

Two voices, either of which is heard: cues (`cues`: words, and groups of words that stand close together), and a linear
model over the urgent phrases of all languages against what else people write. The model reads what the cues heard
along with the message, so that what it learned of a sinking boat in one language helps it in the others. Tuned for
recall: a false alarm costs a message, a missed one can cost a life.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.understanding.cues import CueReader, Cues, library_cues, marked
from bot.understanding.linear import LinearClassifier
from bot.understanding.noise import noisy
from bot.understanding.text import fold, has_words
from content.models import Phrase

DANGER = "urgent.danger"
DESPAIR = "urgent.suicide"
THRESHOLD = 0.2  # where false alarms on ordinary development messages stay near one in two hundred
_CERTAIN = 0.25  # of the threshold, where a cue decides: the model only stops what it finds quite ordinary
_SUPPORTED = 0.5  # of the threshold, where a rule of the cues supports
_CALM = 2.5  # times the threshold, where a message speaks of the past, in general or in figures
_ORDINARY = "ordinary"
_COPIES = 2
_MOST_ORDINARY = 80_000  # phrases; those that sound alarming first
_SEED = 20261122
_COST = 1.0


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
        classifier: None where no trained model is at hand; then the cues alone decide, and more readily.
        cues: what to listen for, `cues.library_cues`.
        threshold: probability above which a message is urgent.
    """

    def __init__(self, classifier: LinearClassifier | None, cues: Cues, threshold: float = THRESHOLD) -> None:
        self._classifier = classifier
        self._reader = CueReader(cues)
        self._threshold = threshold

    @staticmethod
    def train(phrases: Sequence[Phrase], cues: Cues | None = None) -> LinearClassifier:
        """Learn urgent from ordinary phrases.

        Args:
            phrases: of the library, all languages.
            cues: those that the detector will hear by; the library's where not given.

        Raises:
            UnderstandingError: too few phrases.
        """
        cues = library_cues() if cues is None else cues
        reader = CueReader(cues)
        chance = random.Random(_SEED)
        urgent = [each for each in phrases if each.topic in (DANGER, DESPAIR)]
        ordinary = [Phrase(text, _ORDINARY, locale) for locale, text in cues.examples]
        ordinary += [each for each in phrases if each.topic not in (DANGER, DESPAIR)]
        chance.shuffle(ordinary)
        heard = [(each, reader.hear(each.text)) for each in ordinary]
        heard.sort(key=lambda each: not (each[0].topic.startswith((_ORDINARY, "safe.")) or each[1].likely))
        texts = [marked(each.text, cue) for each, cue in heard[:_MOST_ORDINARY]]
        labels = [_ORDINARY] * len(texts)
        groups = list(range(len(texts)))
        for group, phrase in enumerate(urgent, len(texts)):
            folded = fold(phrase.text)
            for text in dict.fromkeys([folded, *(noisy(folded, phrase.locale, chance) for _ in range(_COPIES))]):
                texts.append(marked(text, reader.hear(text)))
                labels.append(phrase.topic)
                groups.append(group)
        return LinearClassifier.train(texts, labels, groups, cost=_COST)

    def detect(self, text: str) -> Urgency:
        """Hear one message. Never raises."""
        if not has_words(text):
            return Urgency(None, 0.0)
        heard = self._reader.hear(text)
        if heard.certain is not None and (heard.alone or self._classifier is None):
            return Urgency(heard.certain, 1.0)
        if self._classifier is None:
            return Urgency(heard.likely, 0.5) if heard.likely and not heard.calm else Urgency(None, 0.0)
        found = self._classifier.probabilities(marked(text, heard)).tolist()
        scores = dict(zip(self._classifier.labels, found, strict=True))
        score = 1.0 - scores.get(_ORDINARY, 1.0)
        if heard.certain is not None and score >= self._threshold * _CERTAIN:
            return Urgency(heard.certain, max(score, self._threshold))
        limit = self._threshold * (_CALM if heard.calm else _SUPPORTED if heard.likely else 1.0)
        if score < limit:
            return Urgency(None, score)
        return Urgency(DESPAIR if scores.get(DESPAIR, 0.0) > scores.get(DANGER, 0.0) else DANGER, score)

    @staticmethod
    def save(classifier: LinearClassifier, folder: Path) -> None:
        """Write a trained model to ``folder``."""
        classifier.save(folder)
