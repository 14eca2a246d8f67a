"""A linear text classifier that knows how sure it is: n-grams, linear SVM, temperature.

One-against-all linear SVMs over the TF-IDF of n-grams (`features`) beat Rasa's DIET on public data in a hundredth of
the time (docs/benchmark.md); a softmax over their margins, with a temperature fitted on phrases that the model had not
seen, turns them into probabilities (Guo et al. 2017, "On Calibration of Modern Neural Networks").
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import scipy.sparse as sparse

from bot.understanding.errors import UNREADABLE, ModelFileError, UnderstandingError
from bot.understanding.features import Array, Features

FORMAT = 2
_EXAMPLES = "examples.npz"
COST = 0.3
"""C of the support vector machines, where not said."""

TOLERANCE = 0.01
"""Of the margin, a hundredth: ten times the default, half the time, the same answers."""

_FOLDS = 3


class LinearClassifier:
    """A trained classifier.

    Attributes:
        labels: the classes, in the order of scores.
        features: what it knows of texts.

    Args:
        weights: shape (features, labels), half precision.
        bias: shape (labels,).
        temperature: what margins are divided by before the softmax.
    """

    def __init__(
        self, labels: Sequence[str], features: Features, weights: Array, bias: Array, temperature: float
    ) -> None:
        self.labels = list(labels)
        self.features = features
        self._weights = weights
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
            UnderstandingError: fewer than two labels, or a label with fewer than ``_FOLDS`` phrases.
        """
        names = sorted(set(labels))
        targets = np.array([names.index(each) for each in labels])
        if len(names) < 2:
            raise UnderstandingError("There is nothing to tell apart: phrases for at least two topics are needed.")
        from sklearn.svm import LinearSVC  # 60 MB that only training needs

        features, rows = Features.learn(texts)
        with ThreadPoolExecutor(1) as beside:  # liblinear works without Python's lock: both cores are used
            fitting = beside.submit(fit_temperature, rows, targets, np.array(groups), len(names), cost)
            machine = LinearSVC(C=cost, tol=TOLERANCE).fit(rows, targets)
            temperature = fitting.result()
        weights, bias = machine.coef_.astype(np.float32), machine.intercept_.astype(np.float32)
        if len(names) == 2:
            weights, bias = np.vstack([-weights, weights]), np.concatenate([-bias, bias])
        # (features, labels), for a message touches few rows; half precision halves the memory and changes no answer.
        made = cls(names, features, np.ascontiguousarray(weights.T, dtype=np.float16), bias, temperature)
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
        known = len(self.features)
        merged = np.zeros((known + len(words), len(kept) + len(learned)), np.float16)
        merged[:known, : len(kept)] = self._weights[:, kept]
        merged[:, len(kept):] = weights
        labels = [*(self.labels[place] for place in kept), *learned]
        return LinearClassifier(labels, self.features.with_words(words, idf), merged,
                                np.concatenate([self._bias[kept], bias]), self._temperature)

    def save(self, folder: Path) -> None:
        """Write the classifier to ``folder``: numbers and words, nothing that runs when read."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "words.json").write_text(
            json.dumps({"format": FORMAT, "labels": self.labels, "words": self.features.words()}, ensure_ascii=False),
            "utf-8",
        )
        np.savez(
            folder / "numbers.npz", weights=self._weights, bias=self._bias,
            temperature=np.float32(self._temperature), **self.features.numbers(),
        )

    @classmethod
    def load(cls, folder: Path) -> LinearClassifier:
        """Read what ``save`` wrote.

        Raises:
            ModelFileError: missing, broken, or of another version.
        """
        try:
            words = json.loads((folder / "words.json").read_text("utf-8"))
            if words["format"] != FORMAT:
                raise ModelFileError(f"{folder} was made by another version. Run `sahan train`.")
            numbers = np.load(folder / "numbers.npz", allow_pickle=False)
            return cls(words["labels"], Features.kept(words["words"], numbers), numbers["weights"], numbers["bias"],
                       float(numbers["temperature"]))
        except UNREADABLE as error:
            raise ModelFileError(
                f"The model in {folder} is missing or broken ({type(error).__name__}). Run `sahan train`."
            ) from None


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
        try:
            stored = np.load(folder / _EXAMPLES, allow_pickle=False)
            arrays = (stored["data"].astype(np.float32), stored["indices"], stored["indptr"])
            return cls(sparse.csr_matrix(arrays, shape=tuple(stored["shape"])), stored["targets"])
        except UNREADABLE as error:
            raise ModelFileError(
                f"{folder / _EXAMPLES} is missing or broken ({type(error).__name__}). Run `sahan train`."
            ) from None


def softmax(margins: Array) -> Array:
    """Each row of ``margins`` as probabilities."""
    shifted = np.exp(margins - margins.max(axis=1, keepdims=True))
    return np.asarray(shifted / shifted.sum(axis=1, keepdims=True))


def fit_temperature(
    features: sparse.csr_matrix, targets: Array, groups: Array, labels: int, cost: float
) -> float:
    """The temperature at which held-out probabilities are likeliest; one fold is enough for one number.

    Args:
        features: shape (texts, features).
        targets, groups: shape (texts,); see ``LinearClassifier.train``.

    Raises:
        UnderstandingError: a label has fewer than ``_FOLDS`` phrases.
    """
    from sklearn.model_selection import StratifiedKFold
    from sklearn.svm import LinearSVC

    first = np.unique(groups, return_index=True)[1]
    smallest = int(np.bincount(targets[first]).min())
    if smallest < _FOLDS:
        raise UnderstandingError(f"Every topic needs at least {_FOLDS} phrases; one has {smallest}.")
    folds = StratifiedKFold(_FOLDS, shuffle=True, random_state=0)
    learn, hold = next(iter(folds.split(first, targets[first])))
    held = first[hold]
    training = np.flatnonzero(np.isin(groups, groups[first[learn]]))
    machine = LinearSVC(C=cost, tol=TOLERANCE).fit(features[training], targets[training])
    margins = np.atleast_2d(machine.decision_function(features[held]))
    if margins.shape[0] == 1 and labels == 2:
        margins = np.stack([-margins[0], margins[0]], axis=1)
    rows = np.arange(len(held))

    def loss(temperature: float) -> float:
        return float(-np.log(softmax(margins / temperature)[rows, targets[held]] + 1e-9).mean())

    return float(min(np.geomspace(0.05, 2.0, 40).tolist(), key=loss))
