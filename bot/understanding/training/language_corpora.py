"""Reads the text a language model is trained on, one `Line` a line.

Sources: a folder of corpora with its MANIFEST.tsv (columns file and language), the product's training
phrases (`<locale>/*.yml`), the seeds beside this module, and English question sets (CLINC150, Banking77).
"""

from __future__ import annotations

import csv
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from zlib import crc32

import yaml

from bot.understanding.language import LANGUAGES, UNDETERMINED, in_script, words_of
from bot.understanding.script import Script, dominant_script

SEEDS = Path(__file__).resolve().parent / "seed"
_USED_SCRIPTS = {Script.LATIN, Script.ETHIOPIC, Script.ARABIC}
_LANGUAGE_TAGS = re.compile(r":\s?fra\b|:\s?ara\b")
_LOST_LETTERS = re.compile(r"\w\?\w|\?\w|\w\?\s?\w")
# Files translated only in part, or collected by place: their own words prove nothing about the language.
_MIXED = re.compile(r"firefox|mozilla|kolibri|afrisenti|focus")
# A word is taken for foreign when it is this many times as frequent in another language as in its own.
_FOREIGN_RATIO = 5.0
_GUESTS = {"fr": ("wo", "bm", "ff", "so", "en"), "en": ("fr", "so", "om", "am")}
"""Whose words turn up in lines of these languages; in lines of all others, French and English."""


class CorpusError(ValueError):
    """The training folder is unusable; the message says what is missing."""


@dataclass(frozen=True)
class Line:
    """One line of training text, with its words as the model sees them."""

    language: str
    source: str
    words: tuple[str, ...]
    script: Script
    own: tuple[bool, ...] = ()
    """For each word, whether it may belong to `language`; false for borrowed French or English."""

    @property
    def held_out(self) -> bool:
        """Whether the line is kept for measuring: one in ten, the same ones always."""
        return crc32(" ".join(self.words).encode()) % 10 == 0


def read_all(corpora: Path, phrases: Path, questions: Path | None) -> list[Line]:
    """All lines of all sources, cleaned, without duplicates. Raises `CorpusError`."""
    manifest = corpora / "MANIFEST.tsv"
    if not manifest.is_file():
        raise CorpusError(f"{manifest} is missing: give the folder that holds the corpora and their manifest.")
    lines: list[Line] = []
    lines += _seeds()
    lines += _phrases(phrases)
    lines += _glosses(corpora)
    if questions is not None:
        lines += _questions(questions)
    with manifest.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            if row["language"] in LANGUAGES:
                path = corpora / row["file"]
                lines += _lines(row["language"], path.stem, path.read_text(encoding="utf-8").splitlines())
    lines = _without_foreign(lines)
    return list({(line.language, line.words): line for line in reversed(lines)}.values())


def _lines(language: str, source: str, texts: Iterable[str]) -> Iterator[Line]:
    for text in texts:
        text = _LANGUAGE_TAGS.sub(" ", text)
        if "kallaama" in source and _LOST_LETTERS.search(text):
            continue
        script = dominant_script(text)
        words = tuple(in_script(words_of(text), script)) if script else ()
        if words and script in _USED_SCRIPTS and script is not None:
            yield Line(language, source, words, script)


def _seeds() -> Iterator[Line]:
    for path in sorted(SEEDS.glob("*.txt")):
        if path.stem in (*LANGUAGES, UNDETERMINED):
            yield from _lines(path.stem, f"{path.stem}_seed", path.read_text(encoding="utf-8").splitlines())


def _phrases(folder: Path) -> Iterator[Line]:
    for path in sorted(folder.glob("*/*.yml")):
        language = path.parent.name
        if language not in LANGUAGES:
            continue
        try:
            content = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
        except yaml.YAMLError as error:
            raise CorpusError(f"{path} is not valid YAML: {error}") from error
        for group in (content.get("phrases") or {}).values():
            yield from _lines(language, f"{language}_phrases", [str(phrase) for phrase in group or ()])


def _glosses(corpora: Path) -> Iterator[Line]:
    """The English side of the term lists; one file, since all have the same."""
    for path in sorted(corpora.glob("gloss_*_en-*.csv"))[:1]:
        with path.open(encoding="utf-8", newline="") as file:
            yield from _lines("en", "en_gloss", [row["sourceString"] for row in csv.DictReader(file)])


def _questions(folder: Path) -> Iterator[Line]:
    for path in sorted(folder.glob("*clinc150*.json")):
        splits = json.loads(path.read_text(encoding="utf-8"))
        texts = [text for part in ("train", "oos_train") for text, _ in splits.get(part, ())]
        yield from _lines("en", "en_clinc", texts)
    for path in sorted(folder.glob("*banking77*train.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            yield from _lines("en", "en_banking", [row["text"] for row in csv.DictReader(file)])


def _without_foreign(lines: list[Line]) -> list[Line]:
    """Marks the words borrowed from other languages, and drops the lines that are mostly made of them.

    Interface files are translated only in part, and people mix languages within a message.
    """
    counts: dict[str, Counter[str]] = {code: Counter() for code in (*LANGUAGES, UNDETERMINED)}
    for line in lines:
        if not _MIXED.search(line.source):
            counts[line.language].update(line.words)
    totals = {code: max(1, counter.total()) for code, counter in counts.items()}
    foreign: dict[str, set[str]] = {UNDETERMINED: set()}
    for code in LANGUAGES:
        foreign[code] = {
            word
            for guest in _GUESTS.get(code, ("fr", "en"))
            for word, count in counts[guest].items()
            if count >= 3
            and len(word) > 1
            and count / totals[guest] > _FOREIGN_RATIO * counts[code][word] / totals[code]
        }
    kept = []
    for line in lines:
        own = tuple(word not in foreign[line.language] for word in line.words)
        if sum(own) > len(own) / 2:
            kept.append(replace(line, own=own))
    return kept
