"""A linear text classifier that knows how sure it is: n-grams, linear SVM, temperature.

One-against-all linear SVMs over the TF-IDF of n-grams (`features`) beat Rasa's DIET on public data in a hundredth of
the time (docs/benchmark.md); a softmax over their margins, with a temperature fitted on phrases that the model had not
seen, turns them into probabilities (Guo et al. 2017, "On Calibration of Modern Neural Networks").
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import scipy.sparse as sparse

from bot.understanding.errors import UnderstandingError, readable
from bot.understanding.features import Array, Features
from bot.understanding.model_files import read_model, write_model
from bot.understanding.weights import FewWeights

FORMAT = 2
_EXAMPLES = "examples.npz"
COST = 0.3
"""C of the support vector machines, where not said."""

TOLERANCE = 0.01
"""Of the margin, a hundredth: ten times the default, half the time, the same answers."""

MANY = 128
"""Labels, above which few weights are kept of each feature (``weights.FewWeights``)."""

FEWEST = 3
"""Phrases of a label, below which nothing can be learned: one for each fold of the temperature."""


class LinearClassifier:
    """A trained classifier.

    Attributes:
        labels: the classes, in the order of scores.
        features: what it knows of texts.

    Args:
        weights: shape (features, labels), half precision; of more than ``MANY`` labels, few are kept of each feature.
        bias: shape (labels,).
        temperature: what margins are divided by before the softmax.
    """

    def __init__(
        self, labels: Sequence[str], features: Features, weights: Array | FewWeights, bias: Array, temperature: float
    ) -> None:
        self.labels = list(labels)
        self.features = features
        self._weights: Array | FewWeights = weights
        if isinstance(weights, np.ndarray) and weights.shape[1] > MANY:
            self._weights = FewWeights.of(weights)
        self._bias = bias
        self._temperature = temperature
        self.examples: Examples | None = None

    @classmethod
    def train(
        cls, texts: Sequence[str], labels: Sequence[str], groups: Sequence[int], *, cost: float = COST
    ) -> LinearClassifier:
        """Learn from folded texts; what was learned from stays in ``examples``.

        Args:
            texts, labels: one label a text.
            groups: the same number for a phrase and its noisy copies, which must not stand on both sides when the
                temperature is fitted.
            cost: C of the SVM.

        Raises:
            UnderstandingError: fewer than two labels, or a label with fewer than ``FEWEST`` phrases.
        """
        names = sorted(set(labels))
        targets = np.array([names.index(each) for each in labels])
        if len(names) < 2:
            raise UnderstandingError("There is nothing to tell apart: phrases for at least two topics are needed.")
        features, rows = Features.learn(texts)
        with ThreadPoolExecutor(1) as beside:  # liblinear works without Python's lock: both cores are used
            fitting = beside.submit(fit_temperature, rows, targets, np.array(groups), cost)
            weights, bias = fit(rows, targets, cost)
            temperature = fitting.result()
        # (features, labels), for a message touches few rows; half precision halves the memory and changes no answer.
        made = cls(names, features, np.ascontiguousarray(weights.T, dtype=np.float16), bias.astype(np.float32),
                   temperature)
        made.examples = Examples(rows, targets)
        return made

    def probabilities(self, text: str) -> Array:
        """Probability of each label for one folded text, shape (labels,), summing to 1."""
        margins = self._bias + self.features.weigh(text, self._weights)
        found: Array = softmax(margins[None, :] / self._temperature)[0]
        return found

    def with_classes(self, learned: Sequence[str], removed: Collection[str], words: Sequence[str], idf: Array,
                     weights: Array, bias: Array) -> LinearClassifier:
        """A copy in which some classes are new.

        Args:
            learned: labels, new ones or such as this classifier has.
            removed: labels that are no more.
            words: further features, one word each.
            idf: of ``words``.
            weights: shape (features and further ones, learned).
            bias: shape (learned,).
        """
        kept = [place for place, label in enumerate(self.labels) if label not in removed and label not in learned]
        labels = [*(self.labels[place] for place in kept), *learned]
        known, features = len(self.features), self.features.with_words(words, idf)
        all_bias = np.concatenate([self._bias[kept], bias])
        if isinstance(self._weights, FewWeights):
            few = self._weights.with_labels(kept, weights)
            return LinearClassifier(labels, features, few, all_bias, self._temperature)
        merged = np.zeros((known + len(words), len(kept) + len(learned)), np.float16)
        merged[:known, : len(kept)] = self._weights[:, kept]
        merged[:, len(kept):] = weights
        return LinearClassifier(labels, features, merged, all_bias, self._temperature)

    def save(self, folder: Path) -> None:
        """Write the classifier to ``folder``: numbers and words, nothing that runs when read."""
        weights = vars(self._weights) if isinstance(self._weights, FewWeights) else {"weights": self._weights}
        write_model(folder, FORMAT, self.features, {"labels": self.labels}, {
            **weights, "bias": self._bias, "temperature": np.array(self._temperature, np.float32),
        })

    @classmethod
    def load(cls, folder: Path) -> LinearClassifier:
        """Read what ``save`` wrote.

        Raises:
            ModelFileError: missing, broken, or of another version.
        """
        with readable(f"The model in {folder}"):
            features, said, numbers = read_model(folder, FORMAT)
            weights = numbers["weights"] if "weights" in numbers else FewWeights(
                int(numbers["labels"]), numbers["places"], numbers["values"], numbers["rest"]
            )
            return cls(said["labels"], features, weights, numbers["bias"], float(numbers["temperature"]))


@dataclass(frozen=True)
class Examples:
    """What a classifier was trained on, so that one class can be learned again without the others.

    Attributes:
        features: shape (examples, features).
        targets: shape (examples,), indexes of labels.
    """

    features: sparse.csr_matrix
    targets: Array

    def save(self, folder: Path) -> None:
        """Write to ``folder``, beside the classifier."""
        np.savez(folder / _EXAMPLES, data=self.features.data.astype(np.float16), indices=self.features.indices,
                 indptr=self.features.indptr, shape=self.features.shape, targets=self.targets)

    @classmethod
    def load(cls, folder: Path) -> Examples:
        """Read what ``save`` wrote. Raises ModelFileError."""
        with readable(str(folder / _EXAMPLES)):
            stored = np.load(folder / _EXAMPLES, allow_pickle=False)
            arrays = (stored["data"].astype(np.float32), stored["indices"], stored["indptr"])
            return cls(sparse.csr_matrix(arrays, shape=tuple(stored["shape"])), stored["targets"])


def softmax(margins: Array) -> Array:
    """Each row of ``margins`` as probabilities."""
    shifted = np.exp(margins - margins.max(axis=1, keepdims=True))
    return np.asarray(shifted / shifted.sum(axis=1, keepdims=True))


def fit(features: sparse.csr_matrix, targets: Array, cost: float) -> tuple[Array, Array]:
    """One machine a label against all others: weights, shape (labels, features), and bias, shape (labels,).

    Args:
        features: shape (texts, features).
        targets: shape (texts,), indexes of labels; every label is there.
    """
    from sklearn.svm import LinearSVC  # 60 MB that only training needs

    machine = LinearSVC(C=cost, tol=TOLERANCE).fit(features, targets)
    weights, bias = machine.coef_, machine.intercept_
    if len(bias) == 1:  # two labels share one machine
        return np.vstack([-weights, weights]), np.concatenate([-bias, bias])
    return weights, bias


def rarest(targets: Array, groups: Array, labels: int = 0) -> int:
    """How many phrases, not counting noisy copies, the label with the fewest has.

    Args:
        targets, groups: shape (texts,); see ``LinearClassifier.train``.
        labels: how many there are, where some may have none.
    """
    first = np.unique(groups, return_index=True)[1]
    return int(np.bincount(targets[first], minlength=labels).min())


def fit_temperature(features: sparse.csr_matrix, targets: Array, groups: Array, cost: float) -> float:
    """The temperature at which held-out probabilities are likeliest; one fold is enough for one number.

    Args:
        features: shape (texts, features).
        targets, groups: shape (texts,); see ``LinearClassifier.train``.

    Raises:
        UnderstandingError: a label has fewer than ``FEWEST`` phrases.
    """
    from sklearn.model_selection import StratifiedKFold

    if (smallest := rarest(targets, groups)) < FEWEST:
        raise UnderstandingError(f"Every topic needs at least {FEWEST} phrases; one has {smallest}.")
    first = np.unique(groups, return_index=True)[1]
    folds = StratifiedKFold(FEWEST, shuffle=True, random_state=0)
    learn, hold = next(iter(folds.split(first, targets[first])))
    held = first[hold]
    training = np.flatnonzero(np.isin(groups, groups[first[learn]]))
    weights, bias = fit(features[training], targets[training], cost)
    margins = features[held] @ weights.T + bias
    rows = np.arange(len(held))

    def loss(temperature: float) -> float:
        return float(-np.log(softmax(margins / temperature)[rows, targets[held]] + 1e-9).mean())

    return float(min(np.geomspace(0.05, 2.0, 40).tolist(), key=loss))
