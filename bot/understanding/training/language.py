"""Trains and measures the language model. Needs scikit-learn; answering messages does not.

The model is multinomial logistic regression over the features of `bot.understanding.language.grams_of`,
fitted on short windows of the corpora, a good part of them respelt the way people type (`language_noise`).
One line in ten of each source is never trained on and serves to calibrate and to measure.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import replace
from importlib import import_module
from math import sqrt
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bot.understanding.language import (
    LANGUAGES,
    LENGTH_BUCKETS,
    SHORT_WORDS,
    UNDETERMINED,
    LanguageIdentifier,
    LanguageModel,
    grams_of,
)
from bot.understanding.script import Script
from bot.understanding.training.language_corpora import CorpusError, Line, read_all
from bot.understanding.training.language_measure import Report, Sample, calibrated, measure
from bot.understanding.training.language_noise import as_typed, latin_from_arabic, latin_from_ethiopic, plain

FEATURES = 48_000
WINDOWS = 8_000
"""Training windows a language; French has twice as many, for most mixed messages hold French."""
SHARE_MIXED = 0.12
"""Share of windows in an African language with some words of French or English added."""
MIXED_WITH = dict.fromkeys(("wo", "bm", "ff", "ses", "srr", "so", "aa", "taq", "ar"), "fr") | {
    "om": "en",
    "am": "en",
}
LOG_PRIORS = {"fr": 0.3, "srr": -0.8, "taq": -0.5}
"""Languages that write to us more, or less, often than their share of the training windows."""

# Sources kept whole for measuring, when asked how the model fares on text from elsewhere.
TRANSFER_TESTS = (
    "aa_udhr-aar",
    "am_afrisenti-amh",
    "am_udhr-amh",
    "ar_afrisenti-arq",
    "ar_refugies.info",
    "bm_udhr-bam",
    "en_udhr-eng",
    "en_banking",
    "ff_mozilla-www-ff",
    "ff_udhr-fuv",
    "ff_kallaama-checked",
    "fr_refugies.info",
    "fr_udhr-fra",
    "fr_phrases",
    "so_phrases",
    "wo_phrases",
    "en_phrases",
    "om_afrisenti-orm",
    "om_udhr-gax",
    "ses_mozilla-www-son",
    "ses_udhr-043",
    "so_udhr-som",
    "srr_udhr-srr",
    "ti_afrisenti-tir",
    "ti_refugies.info",
    "wo_afriqa-wol",
    "wo_mozilla-www-wo",
    "wo_udhr-wol",
    "wo_focus-wo",
)


def train(corpora: Path, phrases: Path, out: Path, seed: int = 0, *, questions: Path | None = None) -> Report:
    """Train on everything but one line in ten, write the model to `out`, and measure it on the rest.

    `corpora` holds MANIFEST.tsv and its files; `phrases` the product's training phrases by locale;
    `questions` English question sets, by default the folder `benchmarks` beside `corpora`.
    Takes about two minutes and 3 GB. Raises `CorpusError` when the folder is unusable.
    """
    lines = read_all(corpora, phrases, questions or _beside(corpora))
    return _fit_and_measure(
        [line for line in lines if not line.held_out], [line for line in lines if line.held_out], out, seed
    )


def measure_transfer(
    corpora: Path, phrases: Path, out: Path, seed: int = 0, *, questions: Path | None = None
) -> Report:
    """Like `train`, but `TRANSFER_TESTS` are kept out of the training and are all that is measured.

    Says how the model does on text of another kind than it learned from; `out` is a throw-away file.
    """
    lines = read_all(corpora, phrases, questions or _beside(corpora))
    seen = [line for line in lines if line.source not in TRANSFER_TESTS]
    return _fit_and_measure(
        [line for line in seen if not line.held_out],
        [line for line in seen if line.held_out],
        out,
        seed,
        test=[line for line in lines if line.source in TRANSFER_TESTS],
    )


def _beside(corpora: Path) -> Path | None:
    folder = corpora.resolve().parent / "benchmarks"
    return folder if folder.is_dir() else None


def _fit_and_measure(
    training: list[Line], held_out: list[Line], out: Path, seed: int, test: list[Line] | None = None
) -> Report:
    rng = Random(seed)
    missing = set(LANGUAGES) - {line.language for line in training}
    if missing:
        raise CorpusError(f"No text to train from for {', '.join(sorted(missing))}.")
    samples = windows(training, WINDOWS, rng)
    model = _fit(samples)
    model = replace(calibrated(model, windows(held_out, 1_200, rng)), short=_short([*training, *held_out]))
    model.save(out)
    unseen = [line for line in test or held_out if not _is_short(line)]  # those the model holds by heart
    checked = windows(unseen, 1_200, rng, mixed=False)
    scores = measure(LanguageIdentifier.load(out), checked)
    return Report(scores, len(model.index), len(samples), out.stat().st_size)


def windows(lines: Sequence[Line], count: int, rng: Random, *, mixed: bool = True) -> list[Sample]:
    """`count` short noisy samples a language, sources weighted by the root of their size."""
    sources: dict[str, dict[str, list[Line]]] = defaultdict(lambda: defaultdict(list))
    for line in lines:
        if line.script is not Script.ARABIC or line.language == "ar":
            sources[line.language][line.source].append(line)
    samples: list[Sample] = []
    for language, by_source in sorted(sources.items()):
        names = sorted(by_source)
        weights = [_weight(name, len(by_source[name])) for name in names]
        for source in rng.choices(names, weights, k=count * (2 if language == "fr" else 1)):
            line = rng.choice(by_source[source])
            words = _window(line, rng)
            if mixed and language in MIXED_WITH and len(words) > 1 and rng.random() < SHARE_MIXED:
                words = _with_guest(words, sources[MIXED_WITH[language]], rng)
            if words:
                samples.append(Sample(language, words))
    return samples


def _is_short(line: Line) -> bool:
    return line.source.endswith("_seed") and len(line.words) <= SHORT_WORDS


def _short(lines: Sequence[Line]) -> dict[str, str]:
    """The seeds' short lines, with and without accents, that are found in one language only."""
    found: dict[str, set[str]] = defaultdict(set)
    for line in lines:
        if _is_short(line):
            text = " ".join(line.words)
            found[text].add(line.language)
            if line.script is Script.LATIN:
                found[plain(text)].add(line.language)
    return {text: min(codes) for text, codes in found.items() if len(codes) == 1 and UNDETERMINED not in codes}


def _weight(source: str, lines: int) -> float:
    """Whole product phrases and seeds look most like what is to come, so they count for more."""
    near = 4.0 if source.endswith("_phrases") else 2.5 if source.endswith("_seed") else 1.0
    return near * sqrt(lines)


def _window(line: Line, rng: Random) -> list[str]:
    whole = line.source.endswith(("_phrases", "_seed")) and rng.random() < 0.5
    longest = 12 if whole else rng.choices(range(1, 13), (9, 11, 12, 12, 11, 10, 8, 7, 6, 5, 5, 4))[0]
    length = min(len(line.words), longest)
    start = rng.randrange(len(line.words) - length + 1)
    if sum(line.own[start : start + length]) <= length / 2:  # mostly borrowed words: the whole line, then
        start, length = 0, len(line.words)
    words = list(line.words[start : start + length])
    if line.script is Script.ETHIOPIC:
        if rng.random() < 0.5:
            return words
        return as_typed(" ".join(latin_from_ethiopic(word, rng) for word in words), "", rng).split()
    if line.script is Script.ARABIC:
        return " ".join(latin_from_arabic(word, rng) for word in words).split()
    return as_typed(" ".join(words), line.language, rng).split()


def _with_guest(words: list[str], guests: dict[str, list[Line]], rng: Random) -> list[str]:
    """Some words of another language before or after; never more than the message's own."""
    line = rng.choice(guests[rng.choice(sorted(guests))])
    guest = _window(line, rng)[: rng.randint(1, min(5, len(words)))]
    return guest + words if rng.random() < 0.5 else words + guest


def _matrix(
    samples: Sequence[Sample], index: dict[str, int]
) -> tuple[NDArray[np.float32], NDArray[np.int32], NDArray[np.int64]]:
    """The samples' features as the three arrays of a CSR matrix: values, columns, row starts."""
    data: list[float] = []
    columns: list[int] = []
    starts = [0]
    for sample in samples:
        grams = grams_of(sample.words)
        rows = [index[gram] for gram in grams if gram in index]
        data.extend([1.0 / len(grams) ** 0.5] * len(rows))
        columns.extend(rows)
        starts.append(len(columns))
    return np.array(data, np.float32), np.array(columns, np.int32), np.array(starts, np.int64)


def _vocabulary(samples: Sequence[Sample]) -> dict[str, int]:
    """The grams seen in most samples, each language having its share."""
    by_language: dict[str, Counter[str]] = defaultdict(Counter)
    for sample in samples:
        by_language[sample.language].update(grams_of(sample.words))
    best: Counter[str] = Counter()
    for counts in by_language.values():
        for gram, count in counts.items():
            if count >= 3:
                best[gram] = max(best[gram], count)
    chosen = sorted(best, key=lambda gram: (-best[gram], gram))[:FEATURES]
    return {gram: row for row, gram in enumerate(sorted(chosen))}


def _fit(samples: list[Sample]) -> LanguageModel:
    # Neither ships types, and only training needs them.
    csr_matrix: Any = import_module("scipy.sparse").csr_matrix
    machine: Any = import_module("sklearn.linear_model").LogisticRegression(C=20.0, max_iter=60, tol=1e-3)

    index = _vocabulary(samples)
    data = csr_matrix(_matrix(samples, index), shape=(len(samples), len(index)))
    classes = (*LANGUAGES, UNDETERMINED)
    labels = np.array([classes.index(sample.language) for sample in samples])
    machine.fit(data, labels)
    weights = np.zeros((len(index), len(classes)), np.float32)
    bias = np.full(len(classes), -30.0, np.float32)
    weights[:, machine.classes_] = machine.coef_.T
    bias[machine.classes_] = machine.intercept_
    for code, prior in LOG_PRIORS.items():
        bias[classes.index(code)] += prior
    scales = (np.abs(weights).max(axis=1) / 127 + 1e-7).astype(np.float16).astype(np.float32)
    buckets = len(LENGTH_BUCKETS) + 1
    return LanguageModel(
        classes,
        index,
        np.clip(np.rint(weights / scales[:, None]), -127, 127).astype(np.int8),
        scales,
        bias,
        np.ones(buckets, np.float32),
        np.zeros(buckets, np.float32),
    )
