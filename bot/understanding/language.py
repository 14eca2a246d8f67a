"""Which language a message is written in.

The script decides first (see `script`); within Latin and Ethiopic letters a linear model over character
n-grams and whole words does. The model is numbers only (`bot/models/language.npz`), made by
`bot.understanding.training.language`; reading it needs numpy and nothing else.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from math import exp, log, sqrt
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bot.understanding.paths import LANGUAGE_MODEL
from bot.understanding.script import LANGUAGES_OF_SCRIPT, Script, dominant_script, script_of

LANGUAGES = ("fr", "en", "ar", "so", "am", "om", "wo", "bm", "aa", "ti", "ff", "ses", "srr", "taq")
UNDETERMINED = "und"
"""The model's class for what belongs to no language: names, places, "ok", "STOP", other languages."""

FORMAT = 2

COUNTRY_LANGUAGES: dict[str, tuple[str, ...]] = {
    "DJ": ("so", "aa", "fr", "ar", "am", "om"),
    "ML": ("bm", "ff", "ses", "fr", "taq"),
    "SN": ("wo", "ff", "srr", "fr"),
}
COUNTRY_LOG_PRIOR = log(2.5)
PREVIOUS_LOG_PRIOR = log(4.0)

SHORT_WORDS = 2
SHORT_LOG_ODDS = 6.0
"""Greetings, "yes", "help" and the like: a whole message of at most so many words, known in one language."""

MAX_WORDS = 80
"""Words looked at; the rest of a longer text adds nothing."""

LENGTH_BUCKETS = (1, 2, 4)
"""Upper bounds, in words, of the buckets that have their own temperature and threshold; then the rest."""

_NOISE = re.compile(r"https?://\S+|www\.\S+|\S+@\S+|[@#]\w+")
_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*")
_STRETCHED = re.compile(r"(.)\1{2,}")
_APOSTROPHES = str.maketrans(dict.fromkeys("’‘ʼ`´ʻʹ", "'"))


class LanguageModelError(RuntimeError):
    """The language model is missing or broken; the message says how to make it again."""


@dataclass(frozen=True)
class LanguageGuess:
    """What `LanguageIdentifier.identify` found."""

    language: str | None
    """ISO 639 code, one of `LANGUAGES`; None when abstaining."""
    confidence: float
    """0..1, calibrated probability of `language`; of the best candidate when abstaining."""
    ranking: tuple[tuple[str, float], ...]
    """(code, probability), best first, at least three."""


def words_of(text: str) -> list[str]:
    """The words of a text as the model sees them: lower case, one kind of apostrophe, no links or numbers."""
    text = _NOISE.sub(" ", text.lower().translate(_APOSTROPHES))
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
        text = "".join(c for c in text if not unicodedata.combining(c) or "\u0600" <= c <= "\u08ff")
    text = _STRETCHED.sub(r"\1\1", text)
    return [word for word in _WORD.findall(text)[:MAX_WORDS] if not word.isdigit()]


def in_script(words: Iterable[str], script: Script) -> list[str]:
    """The words that begin in `script`, or with a digit: quotations in other letters say nothing."""
    return [word for word in words if script_of(word[0]) in (script, None)]


def grams_of(words: Iterable[str]) -> set[str]:
    """The features of a text: character 1- to 4-grams within padded words, and the padded words themselves."""
    grams: set[str] = set()
    for word in words:
        padded = f" {word} "
        grams.update(word)
        for size in (2, 3, 4):
            grams.update([padded[at : at + size] for at in range(len(padded) - size + 1)])
        grams.add(padded)
    return grams


def bucket_of(words: int) -> int:
    """Index of the length bucket for a text of `words` words."""
    for index, bound in enumerate(LENGTH_BUCKETS):
        if words <= bound:
            return index
    return len(LENGTH_BUCKETS)


@dataclass(frozen=True)
class LanguageModel:
    """The weights. Features F, classes C (languages and `UNDETERMINED`), buckets B."""

    classes: tuple[str, ...]
    index: dict[str, int]
    """Gram to row."""
    weights: NDArray[np.int8]
    """(F, C), to be multiplied by `scales`."""
    scales: NDArray[np.float32]
    """(F,)"""
    bias: NDArray[np.float32]
    """(C,)"""
    temperatures: NDArray[np.float32]
    """(B,), logits are divided by these."""
    thresholds: NDArray[np.float32]
    """(B,), least probability for an answer."""
    short: dict[str, str] = field(default_factory=dict)
    """Whole short message to its language."""

    def logits(self, words: list[str]) -> NDArray[np.float32]:
        """(C,) scores before temperature; only the bias when no gram is known."""
        grams = grams_of(words)
        find = self.index.get
        rows = [row for gram in grams if (row := find(gram)) is not None]
        if not rows:
            return self.bias
        at = np.array(rows, dtype=np.intp)
        total: NDArray[np.float32] = self.scales[at] @ self.weights[at].astype(np.float32)
        scores: NDArray[np.float32] = total / np.float32(sqrt(len(grams))) + self.bias
        return scores

    def save(self, path: Path) -> None:
        """Write the model, without pickle, replacing `path`."""
        grams = sorted(self.index, key=self.index.__getitem__)
        path.parent.mkdir(parents=True, exist_ok=True)
        np.savez_compressed(
            path,
            format=np.int32(FORMAT),
            classes=np.array(self.classes),
            grams=np.frombuffer("\n".join(grams).encode(), dtype=np.uint8),
            short=np.frombuffer(_joined(self.short).encode(), dtype=np.uint8),
            weights=self.weights,
            scales=self.scales.astype(np.float16),
            bias=self.bias,
            temperatures=self.temperatures,
            thresholds=self.thresholds,
        )

    @classmethod
    def read(cls, path: Path) -> LanguageModel:
        """Read a model. Raises `LanguageModelError` when it is missing, broken or of another format."""
        remedy = "restore it from the repository or make it again with `sahan language train CORPORA`"
        try:
            with np.load(path, allow_pickle=False) as stored:
                if int(stored["format"]) != FORMAT:
                    raise LanguageModelError(f"{path} has a format this version cannot read; {remedy}.")
                grams = stored["grams"].tobytes().decode().split("\n")
                model = cls(
                    classes=tuple(str(code) for code in stored["classes"]),
                    index={gram: row for row, gram in enumerate(grams)},
                    weights=stored["weights"].astype(np.int8, copy=False),
                    scales=stored["scales"].astype(np.float32),
                    bias=stored["bias"].astype(np.float32),
                    temperatures=stored["temperatures"].astype(np.float32),
                    thresholds=stored["thresholds"].astype(np.float32),
                    short=dict(_pair(row) for row in stored["short"].tobytes().decode().splitlines()),
                )
        except FileNotFoundError as error:
            raise LanguageModelError(f"The language model {path} is missing; {remedy}.") from error
        except LanguageModelError:
            raise
        except Exception as error:  # a damaged archive fails in many ways, all with the same remedy
            raise LanguageModelError(f"The language model {path} cannot be read ({error}); {remedy}.") from error
        buckets = (len(LENGTH_BUCKETS) + 1,)
        shapes = model.weights.shape == (len(model.index), len(model.classes)) and model.bias.shape == (
            len(model.classes),
        )
        if not shapes or model.temperatures.shape != buckets or model.thresholds.shape != buckets:
            raise LanguageModelError(f"The language model {path} is inconsistent; {remedy}.")
        return model


class LanguageIdentifier:
    """Identifies the language of messages. Immutable, so safe to share between threads."""

    def __init__(self, model: LanguageModel) -> None:
        self._model = model

    @classmethod
    def load(cls, path: Path | None = None) -> LanguageIdentifier:
        """With the model at `path`, by default the committed one. Raises `LanguageModelError`."""
        return cls(LanguageModel.read(path or LANGUAGE_MODEL))

    def identify(self, text: str, *, country: str | None = None, previous: str | None = None) -> LanguageGuess:
        """Guess the language of `text`.

        `country` (ISO 3166, such as "DJ") and `previous` (the language the person used before) lean an
        unsure guess their way; they never overrule clear evidence. Unknown values are ignored.
        """
        script = dominant_script(text)
        if script is None or script is Script.OTHER:
            return LanguageGuess(None, 0.0, tuple((code, 0.0) for code in LANGUAGES[:3]))
        candidates = LANGUAGES_OF_SCRIPT.get(script)
        if candidates and len(candidates) == 1:
            return _certain(candidates[0])
        words = in_script(words_of(text), script)
        if not words:
            return LanguageGuess(None, 0.0, tuple((code, 0.0) for code in LANGUAGES[:3]))
        bucket = bucket_of(len(words))
        scores = (self._model.logits(words) / self._model.temperatures[bucket]).tolist()
        known = self._model.short.get(" ".join(words)) if len(words) <= SHORT_WORDS else None
        if known is not None:
            scores[self._model.classes.index(known)] += SHORT_LOG_ODDS
        ranked = _probabilities(self._model.classes, scores, candidates, country, previous)
        best, confidence = ranked[0]
        ranking = tuple(pair for pair in ranked if pair[0] != UNDETERMINED)
        if best == UNDETERMINED or confidence < float(self._model.thresholds[bucket]):
            return LanguageGuess(None, ranking[0][1], ranking)
        return LanguageGuess(best, confidence, ranking)


def _joined(short: dict[str, str]) -> str:
    return "\n".join(f"{text}\t{code}" for text, code in sorted(short.items()))


def _pair(row: str) -> tuple[str, str]:
    text, code = row.split("\t")
    return text, code


def _certain(language: str) -> LanguageGuess:
    """A guess that rests on the script alone."""
    others = [code for code in LANGUAGES if code != language][:2]
    return LanguageGuess(language, 0.99, ((language, 0.99), *((code, 0.0) for code in others)))


def _probabilities(
    classes: tuple[str, ...],
    scores: list[float],
    candidates: tuple[str, ...] | None,
    country: str | None,
    previous: str | None,
) -> list[tuple[str, float]]:
    """Softmax of scores and priors, best first; what `candidates` rules out has probability 0."""
    local = COUNTRY_LANGUAGES.get(country.upper(), ()) if country else ()
    weighted: dict[str, float] = {}
    for code, score in zip(classes, scores, strict=True):
        if candidates is None or code in candidates:
            prior = (COUNTRY_LOG_PRIOR if code in local else 0.0) + (PREVIOUS_LOG_PRIOR if code == previous else 0.0)
            weighted[code] = score + prior
    top = max(weighted.values())
    masses = {code: exp(score - top) for code, score in weighted.items()}
    total = sum(masses.values())
    ranked = sorted(((code, mass / total) for code, mass in masses.items()), key=lambda pair: -pair[1])
    return ranked + [(code, 0.0) for code in classes if code not in masses]
