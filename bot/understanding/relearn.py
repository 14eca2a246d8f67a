"""Learning some topics again, beside a trained index: what a publication brings, in a second or two.

One-against-all machines are independent of each other: a changed topic's own can be fitted again over the kept examples
of all others, without touching theirs. Topics that the changed one is likely to be taken for are fitted again with it,
so that they learn to tell it from themselves. What comes out is small, is made once where something is published, and
is only read by the workers.
"""

from __future__ import annotations

import io
import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sparse

from bot.understanding.errors import UNREADABLE, ModelFileError
from bot.understanding.features import Array, word_vectorizer
from bot.understanding.linear import COST, TOLERANCE, Examples, LinearClassifier
from bot.understanding.spelling import romanised

NEIGHBOURS = 3
"""Topics that are learned again beside each changed one, for they are taken for it most often."""

_FORMAT = 1
_SMALLEST = 2e-4  # of a weight: below, it changes no answer, and half of all weights are below
_WORD = re.compile(r"\w+")
_WORD_COUNT = 2  # phrases that a new word must stand in to become a feature


@dataclass(frozen=True)
class Relearned:
    """Classes to put in a classifier's place; see ``LinearClassifier.with_classes``.

    Attributes:
        based_on: what the classifier was trained on, `topic.signature`.
    """

    based_on: str
    learned: tuple[str, ...]
    removed: tuple[str, ...]
    words: tuple[str, ...]
    idf: Array
    weights: sparse.csc_matrix
    bias: Array

    def applied(self, classifier: LinearClassifier) -> LinearClassifier:
        """The classifier with these classes."""
        return classifier.with_classes(self.learned, self.removed, self.words, self.idf,
                                       self.weights.toarray().astype(np.float16), self.bias)

    def to_bytes(self) -> bytes:
        """Numbers and words, nothing that runs when read."""
        names = json.dumps({"format": _FORMAT, "based_on": self.based_on, "learned": self.learned,
                            "removed": self.removed, "words": self.words}, ensure_ascii=False)
        buffer = io.BytesIO()
        np.savez_compressed(buffer, names=np.frombuffer(names.encode(), dtype=np.uint8), idf=self.idf, bias=self.bias,
                            data=self.weights.data.astype(np.float16), indices=self.weights.indices,
                            indptr=self.weights.indptr, shape=self.weights.shape)
        return buffer.getvalue()

    @classmethod
    def from_bytes(cls, body: bytes) -> Relearned:
        """Read what ``to_bytes`` wrote. Raises ModelFileError."""
        try:
            stored = np.load(io.BytesIO(body), allow_pickle=False)
            names = json.loads(stored["names"].tobytes().decode())
            if names["format"] != _FORMAT:
                raise ValueError("format")
            weights = sparse.csc_matrix((stored["data"].astype(np.float32), stored["indices"], stored["indptr"]),
                                        shape=tuple(stored["shape"]))
            return cls(names["based_on"], tuple(names["learned"]), tuple(names["removed"]), tuple(names["words"]),
                       stored["idf"], weights, stored["bias"])
        except UNREADABLE as error:
            raise ModelFileError(
                f"What a publication says of changed topics cannot be read ({type(error).__name__}). Publish again."
            ) from None


def relearn(
    classifier: LinearClassifier, examples: Examples, changed: Mapping[str, Sequence[str]], removed: Sequence[str],
    based_on: str,
) -> Relearned:
    """Learn the changed topics, and those that they are taken for.

    Args:
        classifier, examples: as trained.
        changed: folded texts by topic, all that there are of each.
        removed: topics that are no more.
    """
    from sklearn.svm import LinearSVC  # 60 MB that only learning needs

    texts = [text for found in changed.values() for text in found]
    if not texts:
        return Relearned(based_on, (), tuple(removed), (), np.zeros(0, np.float32),
                         sparse.csc_matrix((len(classifier.features), 0), dtype=np.float32), np.zeros(0, np.float32))
    fresh_labels = [topic for topic, found in changed.items() for _ in found]
    words, idf = _new_words(classifier, texts, examples.features.shape[0])
    fresh = classifier.features.of(texts)
    if words:
        fresh = sparse.hstack([fresh, word_vectorizer(words, idf).transform(texts)]).tocsr()
    gone = {*changed, *removed}
    keep = np.array([classifier.labels[target] not in gone for target in examples.targets])
    old = examples.features[keep]
    old = sparse.hstack([old, sparse.csr_matrix((old.shape[0], len(words)), dtype=np.float32)]).tocsr()
    features = sparse.vstack([old, fresh]).tocsr()
    labels = np.array([*(classifier.labels[target] for target in examples.targets[keep]), *fresh_labels])
    learned = [*changed, *_taken_for(classifier, changed, gone)]
    columns, bias = [], []
    for topic in learned:
        machine = LinearSVC(C=COST, tol=TOLERANCE).fit(features, labels == topic)
        column = machine.coef_[0].astype(np.float32)
        column[np.abs(column) < _SMALLEST] = 0.0
        columns.append(sparse.csc_matrix(column[:, None]))
        bias.append(machine.intercept_[0])
    return Relearned(based_on, tuple(learned), tuple(removed), tuple(words), idf, sparse.hstack(columns).tocsc(),
                     np.array(bias, np.float32))


def _new_words(classifier: LinearClassifier, texts: Sequence[str], known: int) -> tuple[list[str], Array]:
    """Words of the texts that the classifier does not know, such as the name of a new place, and their weights."""
    counts = Counter(word for text in texts for word in set(_words(text)))
    words = sorted(word for word, count in counts.items()
                   if count >= _WORD_COUNT and not classifier.features.knows(word))
    total = known + len(texts)
    return words, np.array([np.log((1 + total) / (1 + counts[word])) + 1 for word in words], np.float32)


def _words(text: str) -> list[str]:
    """As the classifier's own word features are cut."""
    return _WORD.findall(romanised(text))


def _taken_for(classifier: LinearClassifier, changed: Mapping[str, Sequence[str]], gone: set[str]) -> list[str]:
    """The old topics that the changed ones' texts are most often ranked first for."""
    found: dict[str, None] = {}
    for texts in changed.values():
        votes: Counter[str] = Counter()
        for text in texts[:60]:
            for place in np.argsort(-classifier.probabilities(text))[:3]:
                if classifier.labels[place] not in gone:
                    votes[classifier.labels[place]] += 1
        found.update(dict.fromkeys(label for label, _ in votes.most_common(NEIGHBOURS)))
    return list(found)
