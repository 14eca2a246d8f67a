"""What the learned part of hearing danger is: a linear model for each language, over features that all share.

The same words are alarming in one language and everyday ones in another, and phrases of danger are one in four of what
we have in Afar and one in twelve in French. One model for all languages heard 88 of 100 unseen messages in danger at
three false alarms in a hundred others; one for each language, from the same phrases, 96 (docs/decisions/0017).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import scipy.sparse as sparse

from bot.understanding.errors import UnderstandingError, readable
from bot.understanding.features import Array, Features
from bot.understanding.linear import FEWEST, fit, fit_temperature, rarest, softmax
from bot.understanding.model_files import read_model, write_model

FORMAT = 1
_COST = 0.5
_RAREST_WORD = 2  # texts: half the memory, nothing lost


class UrgencyModel:
    """Kinds of messages by language; see the module.

    Attributes:
        labels: the kinds, in the order of columns.
        locales: languages with a model of their own.

    Args:
        weights: shape (features, locales × labels), sparse: a language knows its own words only.
        bias: shape (locales, labels).
        temperatures: shape (locales,); what margins are divided by before the softmax.
    """

    def __init__(self, labels: Sequence[str], locales: Sequence[str], features: Features, weights: sparse.csr_matrix,
                 bias: Array, temperatures: Array) -> None:
        self.labels = list(labels)
        self.locales = list(locales)
        self._features = features
        self._weights = weights
        self._bias = bias
        self._temperatures = temperatures

    @classmethod
    def train(cls, texts: Sequence[str], labels: Sequence[str], locales: Sequence[str],
              groups: Sequence[int]) -> UrgencyModel:
        """Learn from folded texts.

        Args:
            texts, labels, locales: one label and language a text.
            groups: the same number for a phrase and its noisy copies.

        Raises:
            UnderstandingError: no language has phrases enough of every kind.
        """
        names = sorted(set(labels))
        targets = np.array([names.index(each) for each in labels])
        of, group = np.array(locales), np.array(groups)
        learned = [each for each in sorted(set(locales))
                   if rarest(targets[of == each], group[of == each], len(names)) >= FEWEST]
        if len(names) < 2 or not learned:
            raise UnderstandingError("No language has phrases enough of danger, of despair and of other things.")
        features, rows = Features.learn(texts, rarest_word=_RAREST_WORD)
        columns, bias, temperatures = [], [], []
        for locale in learned:
            own = of == locale
            weights, start = fit(rows[own], targets[own], _COST)
            temperatures.append(fit_temperature(rows[own], targets[own], group[own], _COST))
            columns.append(sparse.csc_matrix(weights.T.astype(np.float32)))
            bias.append(start)
        return cls(names, learned, features, sparse.hstack(columns).tocsr(), np.array(bias, np.float32),
                   np.array(temperatures, np.float32))

    def probabilities(self, text: str, languages: Mapping[str, float]) -> dict[str, float]:
        """Probability of each kind for one folded text.

        Args:
            languages: what the text may be written in, with probabilities; where none of them has a model, all that
                there are say what they think.
        """
        shares = np.array([languages.get(each, 0.0) for each in self.locales], np.float32)
        if shares.sum() <= 0.0:
            shares[:] = 1.0
        margins = self._features.weigh(text, self._weights).reshape(len(self.locales), len(self.labels))
        found = softmax((margins + self._bias) / self._temperatures[:, None])
        mixed = (shares / shares.sum()) @ found
        return dict(zip(self.labels, mixed.tolist(), strict=True))

    def save(self, folder: Path) -> None:
        """Write the model to ``folder``: numbers and words, nothing that runs when read."""
        write_model(folder, FORMAT, self._features, {"labels": self.labels, "locales": self.locales}, {
            "data": self._weights.data.astype(np.float16), "indices": self._weights.indices,
            "indptr": self._weights.indptr, "bias": self._bias, "temperatures": self._temperatures,
        })

    @classmethod
    def load(cls, folder: Path) -> UrgencyModel:
        """Read what ``save`` wrote.

        Raises:
            ModelFileError: missing, broken, or of another version.
        """
        with readable(f"The model in {folder}"):
            features, said, numbers = read_model(folder, FORMAT)
            shape = (len(features), len(said["locales"]) * len(said["labels"]))
            weights = sparse.csr_matrix(
                (numbers["data"].astype(np.float32), numbers["indices"], numbers["indptr"]), shape=shape
            )
            return cls(said["labels"], said["locales"], features, weights, numbers["bias"], numbers["temperatures"])
