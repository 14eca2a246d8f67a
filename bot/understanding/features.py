"""What a text is turned into before a linear model weighs it: n-grams of two readings, as TF-IDF.

Character n-grams (2 to 4, within words) stand misspelling; word n-grams (1 to 2) hold meaning; both are taken once from
what is written and once from its consonants alone (`spelling`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import scipy.sparse as sparse
from sklearn.feature_extraction.text import TfidfVectorizer

from bot.understanding.spelling import romanised, skeleton

Array = npt.NDArray[Any]


class Features:
    """The features that a model knows, and the turning of folded texts into them.

    Args:
        vectorizers: trained ones; their features stand side by side.
    """

    def __init__(self, vectorizers: Sequence[TfidfVectorizer]) -> None:
        self._vectorizers = tuple(vectorizers)

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

    def weigh(self, text: str, weights: Array | sparse.csr_matrix) -> Array:
        """The sum of the weights of one folded text's features, shape (columns,).

        Args:
            weights: shape (features, columns).
        """
        total = np.zeros(weights.shape[1], np.float32)
        offset = 0
        for vectorizer in self._vectorizers:
            row = vectorizer.transform([text])
            if row.nnz:
                total += row.data @ weights[row.indices + offset].astype(np.float32)
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
