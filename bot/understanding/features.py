"""What a text is turned into before a linear model weighs it: n-grams of two readings, as TF-IDF.

Character n-grams (2 to 4, within words) stand misspelling; word n-grams (1 to 2) hold meaning; both are taken once from
what is written and once from its consonants alone (`spelling`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import scipy.sparse as sparse
from sklearn.feature_extraction.text import TfidfVectorizer

from bot.understanding.spelling import romanised, skeleton

Array = npt.NDArray[Any]


class Weights(Protocol):
    """Weights that know how to weigh a text, see ``weights.FewWeights``."""

    @property
    def shape(self) -> tuple[int, int]:
        """(features, columns)."""

    def weigh(self, rows: Array, values: Array) -> Array:
        """The sum of some rows, each times its value, shape (columns,)."""


class Features:
    """The features that a model knows, and the turning of folded texts into them.

    Args:
        vectorizers: trained ones; their features stand side by side.
    """

    def __init__(self, vectorizers: Sequence[TfidfVectorizer]) -> None:
        self._vectorizers = tuple(vectorizers)
        self._analysers = [each.build_analyzer() for each in self._vectorizers]

    @classmethod
    def learn(cls, texts: Sequence[str], *, rarest_word: int = 1) -> tuple[Features, sparse.csr_matrix]:
        """The features of folded texts, and the texts in them, shape (texts, features).

        Args:
            rarest_word: in how many texts a word or a pair of words must stand to be a feature.
        """
        vectorizers = _vectorizers(rarest_word)
        return cls(vectorizers), sparse.hstack([each.fit_transform(texts) for each in vectorizers]).tocsr()

    def __len__(self) -> int:
        return sum(len(each.vocabulary_) for each in self._vectorizers)

    def of(self, texts: Sequence[str]) -> sparse.csr_matrix:
        """Folded texts in these features, shape (texts, features)."""
        return sparse.hstack([each.transform(texts) for each in self._vectorizers]).tocsr()

    def weigh(self, text: str, weights: Array | sparse.csr_matrix | Weights) -> Array:
        """The sum of the weights of one folded text's features, shape (columns,).

        Args:
            weights: shape (features, columns).
        """
        total = np.zeros(weights.shape[1], np.float32)
        offset = 0
        for vectorizer, analyse in zip(self._vectorizers, self._analysers, strict=True):
            columns, values = _row(vectorizer, analyse(text))
            if len(columns):
                total += _weighed(columns + offset, values, weights)
            offset += len(vectorizer.vocabulary_)
        return total

    def knows(self, word: str) -> bool:
        """Whether a word, as written, is one of the features."""
        return any(word in each.vocabulary_ for each in self._vectorizers
                   if each.analyzer == "word" and each.preprocessor is romanised)

    def with_words(self, words: Sequence[str], idf: Array) -> Features:
        """These features and, after them, one for each of ``words``."""
        return Features([*self._vectorizers, word_vectorizer(words, idf)]) if words else self

    def words(self) -> list[list[str]]:
        """The names of the features, by vectorizer, in the order of their columns; with ``numbers``, what to keep."""
        return [sorted(each.vocabulary_, key=each.vocabulary_.__getitem__) for each in self._vectorizers]

    def numbers(self) -> dict[str, Array]:
        """The weights of the features in a text, by the name to keep them under."""
        return {f"idf{place}": each.idf_ for place, each in enumerate(self._vectorizers)}

    @classmethod
    def kept(cls, words: Sequence[Sequence[str]], numbers: Mapping[str, Array]) -> Features:
        """Features from what ``words`` and ``numbers`` gave."""
        vectorizers = _vectorizers()
        for place, vectorizer in enumerate(vectorizers):
            # Set as training sets it: handed to the constructor, the vocabulary would be copied, at 10 MB.
            vectorizer.vocabulary_ = {word: index for index, word in enumerate(words[place])}
            vectorizer.idf_ = numbers[f"idf{place}"]
        return cls(vectorizers)


def _row(vectorizer: TfidfVectorizer, grams: Iterable[str]) -> tuple[Array, Array]:
    """What ``vectorizer.transform`` makes of one text, (columns, values): half a millisecond sooner, for that is made
    for many texts at once."""
    known = vectorizer.vocabulary_
    counts = Counter(column for gram in grams if (column := known.get(gram)) is not None)
    columns = np.fromiter(counts.keys(), np.intp, len(counts))
    values = (np.log(np.fromiter(counts.values(), np.float32, len(counts))) + 1) * vectorizer.idf_[columns]
    return columns, np.asarray(values / max(np.sqrt(values @ values), np.finfo(np.float32).tiny), np.float32)


def _weighed(rows: Array, values: Array, weights: Array | sparse.csr_matrix | Weights) -> Array:
    """``values`` times those rows of ``weights``, shape (columns,)."""
    if isinstance(weights, np.ndarray):
        return values @ weights[rows].astype(np.float32)
    if not sparse.issparse(weights):
        return weights.weigh(rows, values)
    stored: Any = weights
    starts = stored.indptr[rows]
    lengths = stored.indptr[rows + 1] - starts
    # The places of all stored weights of these rows, one row after the other.
    places = np.arange(lengths.sum()) + np.repeat(starts - np.concatenate([[0], np.cumsum(lengths)[:-1]]), lengths)
    found = np.bincount(stored.indices[places], stored.data[places] * np.repeat(values, lengths), stored.shape[1])
    return found.astype(np.float32)


def word_vectorizer(words: Sequence[str], idf: Array) -> TfidfVectorizer:
    """Features of some words that a trained model does not know; ``idf`` gives their weights."""
    made = TfidfVectorizer(analyzer="word", sublinear_tf=True, token_pattern=r"\w+", dtype=np.float32,  # noqa: S106
                           preprocessor=romanised)
    made.vocabulary_ = {word: index for index, word in enumerate(words)}
    made.idf_ = idf
    return made


def _vectorizers(rarest_word: int = 1) -> list[TfidfVectorizer]:
    """Characters within words, and words, of two readings of a text; all untrained."""
    return [
        made for reading in (romanised, skeleton) for made in (
            TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 4), sublinear_tf=True, min_df=2, dtype=np.float32,
                            preprocessor=reading),
            TfidfVectorizer(analyzer="word", ngram_range=(1, 2), sublinear_tf=True, token_pattern=r"\w+",  # noqa: S106
                            min_df=rarest_word if reading is romanised else 2, dtype=np.float32, preprocessor=reading),
        )
    ]
