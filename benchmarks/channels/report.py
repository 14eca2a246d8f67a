"""docs/benchmark-channels.md: the path from webhook to provider call, ours beside Rasa's own channels."""

from __future__ import annotations

import os
import platform
import statistics
from collections.abc import Iterator, Sequence
from typing import Any

from benchmarks import plots
from benchmarks.channels.measure import CHANNELS, Size
from benchmarks.parts import ROOT, measured_between

REPORT = ROOT / "docs" / "benchmark-channels.md"
PICTURES = ROOT / "docs" / "images"
NAMES = {
    "rasa-default": "Rasa, default pipeline", "rasa-light": "Rasa, our pipeline",
    "sahan-sqlite-1": "Sahan, SQLite, 1 worker", "sahan-sqlite-2": "Sahan, SQLite, 2 workers",
    "sahan-postgresql-1": "Sahan, PostgreSQL, 1 worker",
    "sahan-postgresql-2": "Sahan, PostgreSQL, 2 workers",
}
FASTER = {"rasa-default": 5.0, "rasa-light": 2.0}
"""How many times a Rasa's messages a second ours are to be."""

LATENCY = 0.25
"""What share of Rasa's p95 ours is to be at most."""

ACKNOWLEDGED_MS = 10.0
_TURNS = (1, 100, 1000)


def write_report(found: dict[str, Any], size: Size) -> str:
    """Write the page and its pictures; gives the page."""
    sections = [_head(size), *(_closed(found["load"], channel) for channel in CHANNELS), _aims(found["load"]),
                _saturated(found["load"], size), _memory(found["load"]), _turns(found["turns"]),
                _content(found["content"])]
    page = "\n\n".join(section for section in sections if section) + "\n"
    REPORT.write_text(page, "utf-8")
    return page


def _head(size: Size) -> str:
    return (
        "# Benchmark: from webhook to provider call\n\n"
        f"`make bench-channels` on {os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}; "
        f"measured {measured_between(channels=True)}, {size.seconds:.0f} s a figure, median of the rounds. "
        "Figures depend on the machine and on what else it does; *others* says how many cores other programs used "
        "meanwhile. Milliseconds of CPU a message depend least on that.\n\n"
        "**What is measured.** One process plays the providers and the people, on loopback: it delivers webhooks as "
        "Twilio and Telegram do (signed, each with an id of its own) and answers as their APIs, at once. From the "
        "moment at which a webhook is sent to that at which the system asks the provider to send the (first) reply. "
        "Closed loop: each person writes again after the reply, people take turns, so that nobody is known by more "
        "than some dozens of messages. The messages are those of tests/understanding/messages, in eight languages.\n\n"
        "**Who.** *Rasa, default pipeline*: Rasa 3.6.21 with TensorFlow 2.12, pipeline and policies of `rasa init` "
        "(DIET and TED, 100 epochs), our topics as intents with three phrases a language, our French texts as "
        "responses, one rule and one story each; `rasa run` with Rasa's own Twilio and Telegram channels, trackers in "
        "memory (its default). *Rasa, our pipeline*: the same server and channels with our components, policies and "
        "actions, and the action server that these need. *Sahan*: a gateway and workers as documented. Rasa keeps "
        "nothing on disk and checks no signature; Sahan stores each message before its 200, seals what it stores, and "
        "hears danger in two ways.\n\n"
        "Two things are changed in Rasa, by benchmarks/peers/rasa_run.py: where its providers are, and a fault without "
        "which its Telegram channel answers nothing."
    )


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    return "\n".join("| " + " | ".join(line) + " |" for line in [head, ["---"] * len(head), *rows])


def _rounds(load: dict[str, Any], name: str, channel: str, count: str) -> list[dict[str, Any]]:
    return [each[channel]["closed"][count] for each in load[name] if count in each[channel]["closed"]]


def _counts(load: dict[str, Any], name: str, channel: str) -> list[str]:
    return list(load[name][0][channel]["closed"])


def middle(rounds: Sequence[dict[str, Any]], *path: str) -> float:
    """The median of one figure over the rounds; not a number where there is none."""
    values = []
    for each in rounds:
        value: Any = each
        for key in path:
            value = value[key]
        if value is not None:
            values.append(value)
    return statistics.median(values) if values else float("nan")


def _closed(load: dict[str, Any], channel: str) -> str:
    rows, labels = [], []
    bars: dict[str, list[float]] = {}
    for name in load:
        labels.append(NAMES[name])
        for count in _counts(load, name, channel):
            rounds = _rounds(load, name, channel, count)
            speed = middle(rounds, "per_second")
            bars.setdefault(f"{count} people", []).append(speed)
            rows.append([
                NAMES[name], count, f"{speed:.1f}", *(f"{middle(rounds, each):,.0f}" for each in ("p50", "p95", "p99")),
                f"{middle(rounds, 'ack_p95'):,.1f}", f"{middle(rounds, 'cpu', 'milliseconds'):.1f}",
                f"{middle(rounds, 'calls'):.2f}", f"{middle(rounds, 'cpu', 'system'):.2f}",
                f"{middle(rounds, 'cpu', 'load'):.2f}", f"{middle(rounds, 'cpu', 'others'):.2f}",
                str(sum(each["lost"] for each in rounds)),
            ])
    title = "Telegram" if channel == "telegram" else "SMS by Twilio"
    if not rows:
        return ""
    plots.bars(PICTURES / f"bench-channels-{channel}.svg", f"{title}: messages a second", labels, bars)
    return (
        f"## {title}\n\n![Messages a second](images/bench-channels-{channel}.svg)\n\nMilliseconds from webhook to "
        "provider call (p50, p95, p99) and to the webhook's answer (*ack*; Rasa answers when it has replied). *CPU*: "
        "milliseconds of the system's processes a message, with the database server's. *Calls*: messages that the "
        "provider was asked to send for each received. *Cores* used by the system, by the load generator with the "
        "doubles, and by other programs on this machine. *Lost*: not answered within two minutes.\n\n"
        + _table(["System", "People", "Messages/s", "p50", "p95", "p99", "ack p95", "CPU", "Calls", "Cores: system",
                  "load", "others", "Lost"], rows)
    )


def _ours(load: dict[str, Any]) -> Iterator[str]:
    return (name for name in load if name.startswith("sahan"))


def _aims(load: dict[str, Any]) -> str:
    rows = []
    for peer, times in FASTER.items():
        for name in _ours(load):
            for channel in CHANNELS if peer in load else ():
                for count in _counts(load, peer, channel):
                    theirs, ours = (_rounds(load, each, channel, count) for each in (peer, name))
                    if not theirs or not ours:
                        continue
                    faster = middle(ours, "per_second") / middle(theirs, "per_second")
                    share = middle(ours, "p95") / middle(theirs, "p95")
                    rows.append([NAMES[peer], NAMES[name], channel, count,
                                 f"{faster:.1f} ({'met' if faster >= times else f'aim {times:.0f}'})",
                                 f"{share:.2f} ({'met' if share <= LATENCY else f'aim {LATENCY}'})"])
    if not rows:
        return ""
    return ("## Against the aims\n\nHow many times Rasa's messages a second, and what share of its p95.\n\n"
            + _table(["Beside", "Sahan", "Channel", "People", "Times as fast", "Share of p95"], rows))


def _saturated(load: dict[str, Any], size: Size) -> str:
    rows = []
    for name in load:
        for channel in CHANNELS:
            rounds = [each[channel]["open"] for each in load[name]]
            rows.append([NAMES[name], channel,
                         *(f"{middle(rounds, each):,.1f}" for each in ("ack_p50", "ack_p95", "ack_p99")),
                         f"{middle(rounds, 'answered'):.0f}", str(sum(each["refused"] for each in rounds)),
                         f"{middle(rounds, 'cpu', 'others'):.2f}"])
    return (
        f"## The webhook while workers are saturated\n\n{size.saturating:.0f} webhooks a second for {size.seconds:.0f} "
        "s, more than can be answered: milliseconds until the webhook is acknowledged. Replies wait in the database "
        f"meanwhile. Aim: p95 under {ACKNOWLEDGED_MS:.0f} ms.\n\n"
        + _table(["System", "Channel", "p50", "p95", "p99", "Replies/s", "Refused", "Others' cores"], rows)
    )


def _memory(load: dict[str, Any]) -> str:
    rows = [[NAMES[name], f"{middle(load[name], 'megabytes'):,.0f}",
             f"{middle(load[name], 'database'):,.0f}" if middle(load[name], "database") else "-"] for name in load]
    return ("## Memory\n\nProportional set size after all of the above, megabytes.\n\n"
            + _table(["System", "Its processes", "Database server"], rows))


def _turns(turns: dict[str, list[float]]) -> str:
    rows = []
    for name, times in turns.items():
        cells = []
        for turn in _TURNS:
            near = times[max(0, turn - 10):turn + 10] if turn > 1 else times[1:11]
            cells.append(f"{statistics.median(near):.0f}" if near and len(times) >= turn * 0.98 else
                         f"not reached: {len(times)} turns")
        rows.append([NAMES[name], *cells])
    if not rows:
        return ""
    plots.lines(PICTURES / "bench-channels-turns.svg", "One conversation: milliseconds of a turn",
                {NAMES[name]: _smooth(times) for name, times in turns.items()}, "turn", "ms")
    return (
        "## Growth with the turns of a conversation\n\n![Milliseconds of a turn](images/bench-channels-turns.svg)\n\n"
        "One person, each message after the reply to the last; median milliseconds from webhook to provider call of "
        "the twenty turns around.\n\n"
        + _table(["System", *(f"Turn {turn:,}" for turn in _TURNS)], rows)
    )


def _content(content: dict[int, dict[str, float]]) -> str:
    rows = [[f"{topics:,}", f"{each['answers']:,.0f}", f"{each['turn']:.1f}", f"{each['rank']:.2f}",
             f"{each['megabytes']:,.0f}"] for topics, each in content.items()]
    if not rows:
        return ""
    return (
        "## Growth with content\n\nOur worker over libraries made of ours: the same topics again under other names, "
        "recognised by other words and letters. Median milliseconds from a message to its replies in one process, "
        "without database and provider, and of them to rank the topics. Of more than 128 topics, the index keeps 64 "
        "weights of each feature (bot/understanding/weights.py). Training is not part of this: its time grows with "
        "topics times phrases.\n\n"
        + _table(["Topics", "Answers in all languages", "Turn", "Ranking", "Megabytes of the index"], rows)
    )


def _smooth(times: Sequence[float]) -> list[tuple[float, float]]:
    places = range(1, max(2, len(times) - 20), 10)
    return [(place + 10.0, statistics.median(times[place:place + 20])) for place in places]
