"""Rasa's own default: DIET with its featurizers and the FallbackClassifier, trained and asked. Runs in the peers' Rasa.

Usage: python diet.py TRAIN.tsv TEST.tsv OUT.json. Both tables hold text, label and locale, tab-separated, with a
header. OUT: training seconds, peak memory, milliseconds a message, and for each test message the ranking.

The pipeline is that of `rasa init` in Rasa 3.6.21 (rasa/cli/initial_project/config.yml), without the ResponseSelector
and the EntitySynonymMapper, which have nothing to do here.
"""

from __future__ import annotations

import asyncio
import csv
import json
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

os.environ["RASA_TELEMETRY_ENABLED"] = "false"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import yaml

_PIPELINE = [
    {"name": "WhitespaceTokenizer"},
    {"name": "RegexFeaturizer"},
    {"name": "LexicalSyntacticFeaturizer"},
    {"name": "CountVectorsFeaturizer"},
    {"name": "CountVectorsFeaturizer", "analyzer": "char_wb", "min_ngram": 1, "max_ngram": 4},
    {"name": "DIETClassifier", "epochs": 100, "constrain_similarities": True, "ranking_length": 0},
    {"name": "FallbackClassifier", "threshold": 0.3, "ambiguity_threshold": 0.1},
]


def main() -> None:
    """Train, ask, and write what was measured."""
    train_file, test_file, out = map(Path, sys.argv[1:])
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        started = time.perf_counter()
        model = _train(work, _rows(train_file))
        seconds = time.perf_counter() - started
        rankings, milliseconds = asyncio.run(_ask(model, [text for text, _ in _rows(test_file)]))
    # What this process has held at most; the older call for it counts what it was forked from, too.
    status = Path("/proc/self/status").read_text("utf-8")
    memory = int(status.partition("VmHWM:")[2].split()[0]) * 1024 / 1e6
    out.write_text(json.dumps({
        "training_seconds": seconds, "peak_megabytes": memory, "milliseconds": milliseconds, "rankings": rankings,
    }), "utf-8")


def _rows(path: Path) -> list[tuple[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return [(row["text"], row["label"]) for row in csv.DictReader(file, dialect="excel-tab")]


def _train(work: Path, rows: list[tuple[str, str]]) -> str:
    from rasa.model_training import train_nlu

    by_label: dict[str, list[str]] = {}
    for text, label in rows:
        by_label.setdefault(label.replace("/", "_"), []).append(" ".join(text.split()))
    nlu = {"version": "3.1", "nlu": [
        {"intent": label, "examples": "".join(f"- {_plain(text)}\n" for text in texts)}
        for label, texts in by_label.items()
    ]}
    (work / "nlu.yml").write_text(yaml.safe_dump(nlu, allow_unicode=True), "utf-8")
    configuration = {"recipe": "default.v1", "language": "en", "pipeline": _PIPELINE, "policies": []}
    (work / "config.yml").write_text(yaml.safe_dump(configuration), "utf-8")
    model = train_nlu(str(work / "config.yml"), str(work / "nlu.yml"), str(work), fixed_model_name="diet")
    if model is None:
        raise SystemExit("Rasa made no model")
    return model


def _plain(text: str) -> str:
    """Without the signs that Rasa's training format reads as markup of entities."""
    return text.translate(str.maketrans("[](){}", "      "))


async def _ask(model: str, texts: list[str]) -> tuple[list[list[list[object]]], float]:
    from rasa.core.agent import Agent

    agent = Agent.load(model)
    rankings: list[list[list[object]]] = []
    times: list[float] = []
    for text in texts:
        started = time.perf_counter()
        parsed = await agent.parse_message(text)
        times.append((time.perf_counter() - started) * 1000)
        ranking = [[each["name"], each["confidence"]] for each in parsed["intent_ranking"]
                   if each["name"] != "nlu_fallback"]
        rankings.append([[parsed["intent"]["name"], parsed["intent"]["confidence"]], *ranking[:5]])
    return rankings, statistics.median(times)


if __name__ == "__main__":
    main()
