"""Which topic a message is about, and how sure that is."""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import numpy as np

from bot.understanding.errors import ModelFileError, readable
from bot.understanding.features import Array
from bot.understanding.linear import Examples, LinearClassifier
from bot.understanding.noise import noisy
from bot.understanding.relearn import Relearned, relearn
from bot.understanding.text import fold, has_letters
from content.models import OUT_OF_SCOPE, URGENT, Phrase

NOISY_SHARE = 0.3
SECOND_WEIGHT = 0.5
"""What a second opinion counts beside the first, measured on messages that neither had seen."""

Opinion = Callable[[str], Mapping[str, float]]
"""Gives the probability of each topic for a message."""

_RANKED = 10
_SEED = 20261122
_SIGNATURES = "signatures.json"


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

    sure: float = 0.50
    margin: float = 0.20
    near: float = 0.10
    outside: float = 0.15


class TopicModel:
    """Ranks the topics of a library for a message, all but those of danger.

    Args:
        signatures: what the topics' phrases were when they were learned, see ``signatures_of``.
    """

    def __init__(
        self, classifier: LinearClassifier, signatures: Mapping[str, str], thresholds: Thresholds = Thresholds()
    ) -> None:
        self._classifier = classifier
        self.signatures = signatures
        self._thresholds = thresholds

    @classmethod
    def train(cls, phrases: Sequence[Phrase]) -> TopicModel:
        """Learn from phrases, and noisy copies of some: enough to stand misspelling, at a third of the time.

        Raises:
            UnderstandingError: too few phrases.
        """
        phrases = _of_topics(phrases)
        texts: list[str] = []
        labels: list[str] = []
        groups: list[int] = []
        for group, (phrase, copies) in enumerate(_with_copies(phrases)):
            texts += copies
            labels += [phrase.topic] * len(copies)
            groups += [group] * len(copies)
        return cls(LinearClassifier.train(texts, labels, groups), signatures_of(phrases))

    @property
    def signature(self) -> str:
        """What was learned from, as one hash."""
        return _hash(sorted(self.signatures.items()))

    def relearn(self, phrases: Sequence[Phrase], folder: Path) -> Relearned | None:
        """What changes where the library's phrases are these; None where they are those that were learned from.

        Args:
            phrases: all of the library.
            folder: that this model was loaded from; its examples lie there.

        Raises:
            ModelFileError: the examples are missing or broken.
        """
        phrases = _of_topics(phrases)
        found = signatures_of(phrases)
        changed = {topic for topic, signature in found.items() if self.signatures.get(topic) != signature}
        removed = sorted(set(self.signatures) - set(found))
        if not changed and not removed:
            return None
        texts: dict[str, list[str]] = {topic: [] for topic in sorted(changed)}
        for phrase, copies in _with_copies([each for each in phrases if each.topic in changed]):
            texts[phrase.topic] += copies
        return relearn(self._classifier, Examples.load(folder), texts, removed, self.signature)

    def with_(self, relearned: Relearned) -> TopicModel:
        """This model with some topics learned again.

        Raises:
            ModelFileError: they were learned beside another model.
        """
        if relearned.based_on != self.signature:
            raise ModelFileError("The changed topics were learned beside another index. Publish again.")
        return TopicModel(relearned.applied(self._classifier), self.signatures, self._thresholds)

    def rank(self, text: str, second: Opinion | None = None) -> TopicGuess:
        """Rank the topics for a message. A message without letters is unknown.

        Args:
            second: asked where this model alone is unsure; its topics that this model has not are left out.
        """
        if not has_letters(text):
            return TopicGuess((), 1.0, Confidence.UNKNOWN)
        scores = self._classifier.probabilities(fold(text))
        guess = self._guess(scores)
        if second is None or guess.confidence is Confidence.SURE:
            return guess
        other = second(text)
        others = np.array([other.get(label, 0.0) for label in self._classifier.labels])
        return self._guess((scores + SECOND_WEIGHT * others) / (1.0 + SECOND_WEIGHT))

    def _guess(self, scores: Array) -> TopicGuess:
        labels = self._classifier.labels
        best = np.argsort(-scores, kind="stable")[:_RANKED + 1].tolist()
        ranking = tuple((labels[place], float(scores[place])) for place in best if labels[place] != OUT_OF_SCOPE)
        outside = float(scores[labels.index(OUT_OF_SCOPE)]) if OUT_OF_SCOPE in labels else 0.0
        return TopicGuess(ranking[:_RANKED], outside, self._confidence(ranking, outside))

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
        """Write the model to ``folder``, with what it learned from, so that topics can be learned again."""
        self._classifier.save(folder)
        if self._classifier.examples is not None:
            self._classifier.examples.save(folder)
        (folder / _SIGNATURES).write_text(json.dumps(dict(self.signatures)), "utf-8")

    @classmethod
    def load(cls, folder: Path) -> TopicModel:
        """Read what ``save`` wrote. Raises ModelFileError."""
        classifier = LinearClassifier.load(folder)
        with readable(f"The model in {folder}"):
            return cls(classifier, json.loads((folder / _SIGNATURES).read_text("utf-8")))


def _of_topics(phrases: Sequence[Phrase]) -> list[Phrase]:
    """Without those of danger, which `urgency` hears: a topic whose phrases hold all alarming words draws every sad
    message to itself."""
    return [each for each in phrases if not each.topic.startswith(URGENT)]


def signatures_of(phrases: Sequence[Phrase]) -> dict[str, str]:
    """A hash of each topic's phrases, whatever their order."""
    by_topic: dict[str, list[tuple[str, str]]] = {}
    for phrase in phrases:
        by_topic.setdefault(phrase.topic, []).append((phrase.locale, phrase.text))
    return {topic: _hash(sorted(found)) for topic, found in by_topic.items()}


def _hash(values: object) -> str:
    return hashlib.sha256(json.dumps(values, ensure_ascii=False).encode()).hexdigest()[:16]


def _with_copies(phrases: Sequence[Phrase]) -> Iterator[tuple[Phrase, list[str]]]:
    """Each phrase with its folded text and, for some, a noisy copy of it."""
    chance = random.Random(_SEED)
    for phrase in phrases:
        folded = fold(phrase.text)
        copies = [noisy(folded, phrase.locale, chance)] if chance.random() < NOISY_SHARE else []
        yield phrase, list(dict.fromkeys([folded, *copies]))
