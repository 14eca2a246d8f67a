"""Calibrates a language model on held-out messages, and counts how often it is right."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from bot.understanding.language import (
    LENGTH_BUCKETS,
    UNDETERMINED,
    LanguageIdentifier,
    LanguageModel,
    bucket_of,
)
from bot.understanding.script import LANGUAGES_OF_SCRIPT, dominant_script

TARGET_PRECISION = (0.93, 0.97, 0.985, 0.99)
LEAST_CONFIDENCE = (0.6, 0.5, 0.45, 0.4)
"""Both by length bucket: what answers must reach on held-out messages, and the threshold's lower bound."""


@dataclass(frozen=True)
class Sample:
    """A message in the making: its words, and the language it is in."""

    language: str
    words: list[str]


@dataclass(frozen=True)
class Score:
    """Counts over one set of test messages."""

    messages: int
    right: int
    """Best candidate is the language, whether or not the model abstained."""
    answered: int
    right_of_answered: int

    @property
    def accuracy(self) -> float:
        """0..1, of the best candidate."""
        return self.right / self.messages if self.messages else 0.0

    @property
    def precision(self) -> float:
        """0..1, of what was answered."""
        return self.right_of_answered / self.answered if self.answered else 0.0

    @property
    def coverage(self) -> float:
        """0..1, share of messages answered."""
        return self.answered / self.messages if self.messages else 0.0


@dataclass(frozen=True)
class Report:
    """What was measured on lines that were not trained on. Keys: (language, "1-2" or "3+" words)."""

    scores: dict[tuple[str, str], Score]
    features: int
    windows: int
    size: int
    """Bytes of the model file."""

    def overall(self, length: str) -> Score:
        """All languages together, for "1-2" or "3+"."""
        parts = [s for (code, words), s in self.scores.items() if words == length and code != UNDETERMINED]
        return Score(
            sum(s.messages for s in parts),
            sum(s.right for s in parts),
            sum(s.answered for s in parts),
            sum(s.right_of_answered for s in parts),
        )

    def __str__(self) -> str:
        rows = [f"features {self.features}  windows {self.windows}  file {self.size / 1e6:.2f} MB"]
        rows.append(f"{'':4}{'words':>6}{'n':>7}{'accuracy':>10}{'precision':>11}{'answered':>10}")
        for (code, words), s in sorted(self.scores.items()):
            rows.append(f"{code:4}{words:>6}{s.messages:>7}{s.accuracy:>10.3f}{s.precision:>11.3f}{s.coverage:>10.3f}")
        for words in ("1-2", "3+"):
            s = self.overall(words)
            rows.append(f"{'all':4}{words:>6}{s.messages:>7}{s.accuracy:>10.3f}{s.precision:>11.3f}{s.coverage:>10.3f}")
        return "\n".join(rows)


def calibrated(model: LanguageModel, samples: Sequence[Sample]) -> LanguageModel:
    """`model` with temperatures and thresholds, by length, that make its probabilities honest on `samples`."""
    by_bucket: dict[int, list[Sample]] = defaultdict(list)
    for sample in samples:
        by_bucket[bucket_of(len(sample.words))].append(sample)
    temperatures, thresholds = [], []
    for bucket in range(len(LENGTH_BUCKETS) + 1):
        chosen = by_bucket[bucket]
        logits = np.array([_allowed(model, sample.words) for sample in chosen], np.float32)
        labels = np.array([model.classes.index(sample.language) for sample in chosen], np.intp)
        grid = [0.4 + 0.05 * step for step in range(53)]
        temperature = min(grid, key=lambda value: _log_loss(logits / value, labels))
        temperatures.append(temperature)
        thresholds.append(
            _threshold(logits / temperature, labels, model, TARGET_PRECISION[bucket], LEAST_CONFIDENCE[bucket])
        )
    return replace(model, temperatures=np.array(temperatures, np.float32), thresholds=np.array(thresholds, np.float32))


def measure(identifier: LanguageIdentifier, samples: Sequence[Sample]) -> dict[tuple[str, str], Score]:
    """Scores by (language, "1-2" or "3+" words), without country or previous language."""
    outcomes: dict[tuple[str, str], list[tuple[bool, bool]]] = defaultdict(list)
    for sample in samples:
        guess = identifier.identify(" ".join(sample.words))
        found = guess.language if sample.language == UNDETERMINED else guess.ranking[0][0]
        right = found == (None if sample.language == UNDETERMINED else sample.language)
        key = (sample.language, "1-2" if len(sample.words) < 3 else "3+")
        outcomes[key].append((right, guess.language is not None))
    return {
        key: Score(
            len(pairs),
            sum(right for right, _ in pairs),
            sum(answered for _, answered in pairs),
            sum(right and answered for right, answered in pairs),
        )
        for key, pairs in outcomes.items()
    }


def _allowed(model: LanguageModel, words: list[str]) -> NDArray[np.float32]:
    """Logits, with what the script rules out far below the rest."""
    logits = model.logits(words).copy()
    script = dominant_script(" ".join(words))
    candidates = LANGUAGES_OF_SCRIPT.get(script) if script else None
    if candidates:
        logits[[code not in candidates for code in model.classes]] = -100.0
    return logits


def _softmax(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    masses: NDArray[np.float32] = np.exp(logits - logits.max(axis=1, keepdims=True))
    shares: NDArray[np.float32] = masses / masses.sum(axis=1, keepdims=True)
    return shares


def _log_loss(logits: NDArray[np.float32], labels: NDArray[np.intp]) -> float:
    shares = _softmax(logits)[np.arange(len(labels)), labels]
    return float(-np.log(np.maximum(shares, 1e-6)).mean())


def _threshold(
    logits: NDArray[np.float32], labels: NDArray[np.intp], model: LanguageModel, target: float, least: float
) -> float:
    """The smallest probability from `least` up above which answers reach the target precision."""
    shares = _softmax(logits)
    best = shares.argmax(axis=1)
    confidence = shares.max(axis=1)
    language = best != model.classes.index(UNDETERMINED)
    for value in np.arange(least, 0.96, 0.01):
        answered = language & (confidence >= value)
        if answered.any() and (best == labels)[answered].mean() >= target:
            return float(value)
    return 0.95
