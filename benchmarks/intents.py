"""Telling intents apart, ours beside Rasa's DIET: public sets, and our own phrases, each trained and asked alike."""

from __future__ import annotations

import csv
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.metrics import roc_auc_score

from benchmarks.messages import COMPLETE, unseen
from benchmarks.parts import ROOT, part
from bot.understanding.topic import TopicModel
from content.loader import installed_library
from content.models import OUT_OF_SCOPE, Phrase

PEER = Path(os.environ.get("SAHAN_PEERS", ROOT / "var" / "peers")) / "rasa" / "bin" / "python"
SHOTS = 10
CLINC_SHOTS = 15
"""Of 100 an intent: from all, DIET would learn for two hours on two cores."""

OWN_SHOTS = 3
"""Phrases of each topic and language in our own set."""

_SEED = 20261125
Rows = list[tuple[str, str, str]]
"""(text, label, locale); the label of what is outside is ``out_of_scope``."""


@dataclass(frozen=True)
class IntentSet:
    """A set to train and to be asked on."""

    name: str
    train: Rows
    test: Rows


def public_sets(folder: Path) -> list[IntentSet]:
    """Banking77 with ten phrases an intent, Banking77 whole, CLINC150 (15 an intent) with what is out of scope.

    Sources: Casanueva et al. 2020 (https://aclanthology.org/2020.nlp4convai-1.5, CC BY 4.0); Larson et al. 2019
    (https://aclanthology.org/D19-1131, CC BY 3.0). ``folder`` holds intent_banking77_train.csv, _test.csv and
    intent_clinc150_full.json.
    """
    train, test = (_banking(folder / f"intent_banking77_{name}.csv") for name in ("train", "test"))
    clinc = json.loads((folder / "intent_clinc150_full.json").read_text("utf-8"))
    parts = {
        name: [(text, OUT_OF_SCOPE if label == "oos" else label, "en")
               for key in keys for text, label in clinc[key]]
        for name, keys in (("train", ("train", "oos_train")), ("test", ("test", "oos_test")))
    }
    return [
        IntentSet("banking77-10", few(train, SHOTS), test),
        IntentSet("banking77", train, test),
        IntentSet("clinc150", few(parts["train"], CLINC_SHOTS), parts["test"]),
    ]


def own_set() -> IntentSet:
    """Our own phrases and unseen messages in the eight complete languages; few, so that DIET ends within the hour."""
    phrases = [(each.text, each.topic, each.locale) for each in installed_library().phrases if each.locale in COMPLETE]
    messages = [(each.text, each.topic or OUT_OF_SCOPE, locale) for locale in COMPLETE for each in unseen(locale)
                if not each.urgent]
    return IntentSet("own", few(phrases, OWN_SHOTS), messages)


def few(rows: Rows, most: int) -> Rows:
    """At most ``most`` rows of each label and locale, drawn by chance that is always the same."""
    chance = random.Random(_SEED)
    by_label: dict[tuple[str, str], Rows] = defaultdict(list)
    for row in rows:
        by_label[row[1], row[2]].append(row)
    return [row for _, found in sorted(by_label.items()) for row in chance.sample(found, min(most, len(found)))]


def _banking(path: Path) -> Rows:
    with path.open(encoding="utf-8", newline="") as file:
        return [(row["text"], row["category"], "en") for row in csv.DictReader(file)]


def measure_ours(sets: IntentSet) -> dict[str, Any]:
    """Train and ask our topic model in a process of its own, so that its memory is known."""
    return _in_process([sys.executable, "-m", "benchmarks.intents"], sets)


def measure_diet(sets: IntentSet) -> dict[str, Any] | None:
    """Train and ask Rasa's DIET; None where its environment is not set up."""
    if not PEER.is_file():
        return None
    return _in_process([str(PEER), "-W", "ignore", str(ROOT / "benchmarks" / "peers" / "diet.py")], sets)


def compare(sets: IntentSet) -> dict[str, dict[str, Any] | None]:
    """Ours and the peer's figures on one set."""
    return {
        "ours": part(f"intents-{sets.name}-ours", lambda: measure_ours(sets)),
        "diet": part(f"intents-{sets.name}-diet", lambda: measure_diet(sets)),
    }


def _in_process(command: Sequence[str], sets: IntentSet) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        for name, rows in (("train", sets.train), ("test", sets.test)):
            with (work / f"{name}.tsv").open("w", encoding="utf-8", newline="") as file:
                writer = csv.writer(file, dialect="excel-tab")
                writer.writerows([("text", "label", "locale"), *rows])
        subprocess.run([*command, str(work / "train.tsv"), str(work / "test.tsv"), str(work / "out.json")], check=True,
                       cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        found: dict[str, Any] = json.loads((work / "out.json").read_text("utf-8"))
    rankings = found.pop("rankings")
    return {**found, **figures([(label, locale) for _, label, locale in sets.test], rankings)}


def figures(expected: Sequence[tuple[str, str]], rankings: Sequence[Sequence[Sequence[Any]]]) -> dict[str, Any]:
    """Accuracy and how well the score tells what is outside, from rankings: the answer, then (label, score) each.

    Returns: ``first`` and ``three``, shares of the inside messages whose label is ranked first, or among three;
    ``by_locale``, [right, asked] each; ``auroc`` of the best inside score (None where nothing is outside).
    """
    inside = [(label, locale, [name for name, _ in ranking[1:] if name != OUT_OF_SCOPE])
              for (label, locale), ranking in zip(expected, rankings, strict=True) if label != OUT_OF_SCOPE]
    by_locale: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for label, locale, names in inside:
        by_locale[locale][0] += names[:1] == [label]
        by_locale[locale][1] += 1
    best = [max((score for name, score in ranking[1:] if name != OUT_OF_SCOPE), default=0.0) for ranking in rankings]
    known = [label != OUT_OF_SCOPE for label, _ in expected]
    return {
        "first": float(np.mean([names[:1] == [label] for label, _, names in inside])),
        "three": float(np.mean([label in names[:3] for label, _, names in inside])),
        "auroc": float(roc_auc_score(known, best)) if not all(known) else None,
        "by_locale": dict(by_locale), "asked": len(expected),
    }


def main() -> None:
    """The process of ``measure_ours``: TRAIN.tsv TEST.tsv OUT.json, as benchmarks/peers/diet.py."""
    train_file, test_file, out = map(Path, sys.argv[1:])
    train, test = _table(train_file), _table(test_file)
    began = time.perf_counter()
    model = TopicModel.train([Phrase(text, label, locale) for text, label, locale in train])
    seconds = time.perf_counter() - began
    rankings: list[list[list[Any]]] = []
    times: list[float] = []
    for text, _, _ in test:
        asked = time.perf_counter()
        guess = model.rank(text)
        times.append((time.perf_counter() - asked) * 1000)
        rankings.append([[str(guess.confidence), 0.0], *([topic, score] for topic, score in guess.ranking[:5])])
    out.write_text(json.dumps({"training_seconds": seconds, "peak_megabytes": _peak(),
                               "milliseconds": statistics.median(times), "rankings": rankings}), "utf-8")


def _peak() -> float:
    """Megabytes that this process has held at most; what it was forked from does not count."""
    status = Path("/proc/self/status").read_text("utf-8")
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024 / 1e6


def _table(path: Path) -> Rows:
    with path.open(encoding="utf-8", newline="") as file:
        return [(row["text"], row["label"], row["locale"]) for row in csv.DictReader(file, dialect="excel-tab")]


if __name__ == "__main__":
    main()
