"""docs/chaos.md: what was killed, and what became of every message."""

from __future__ import annotations

import os
import platform
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from benchmarks.system import ROOT

REPORT = ROOT / "docs" / "chaos.md"


def allowed(found: dict[str, Any]) -> int:
    """How many replies may be doubled: calls in flight at a kill, and calls whose answer nobody could read."""
    return int(found["in_flight"] + found["unreadable"])


def write_report(found: Sequence[dict[str, Any]], *, seed: int) -> str:
    """Write the page; gives its path."""
    REPORT.write_text(_page(found, seed), "utf-8")
    return str(REPORT.relative_to(ROOT))


def _page(found: Sequence[dict[str, Any]], seed: int) -> str:
    head = f"""# A run of faults

Made by `make chaos` (seed {seed}) on {datetime.now(UTC):%Y-%m-%d}: {os.cpu_count()} cores, {platform.system()},
Python {platform.python_version()}. Two gateways and two workers over one database; half of the people write SMS
(Twilio), half on Telegram; each writes a script of messages, the next once the one before is acknowledged. The
providers' doubles deliver again until they get 200, try the second gateway where the first fails, and bring some
messages once more later. Processes die by SIGKILL at random moments; after a quarter of them the disk of the spool
(and of SQLite's file) is full for 10 s; half-way the database is away for 30 s (PostgreSQL: killed; SQLite: locked),
and the spool's disk is full in the last 10 of them; the providers are slow, answer 503, cut off before or after taking
a message, or answer garbage.

Every person's replies are compared with those of a calm run of the same script. A reply is *doubled* when a person
got it again; that may happen only where a call to the provider was in flight at a kill (taken, and not yet
recorded: up to half a second after the answer), or where the provider took the message and cut off or answered what
cannot be read. Neither Twilio nor Telegram has a key that would let them drop the second one (docs/decisions/0018).

"""
    names = [each["database"] for each in found]
    rows: list[tuple[str, str]] = [
        ("People, messages", "{people}, {messages}"), ("Deliveries tried by the providers", "{tries}"),
        ("Delivered once more after a 200", "{repeated}"), ("Kills", "{killed}"), ("Disk filled", "{filled}"),
        ("Replies expected", "{expected}"), ("**Lost**", "**{lost}**"), ("**Out of order**", "**{out_of_order}**"),
        ("**Doubled**", "**{doubled}**"), ("Calls in flight at a kill", "{in_flight}"),
        ("Calls taken, answer cut off or garbage", "{unreadable}"), ("Calls to providers", "{calls}"),
        ("Set aside, dead", "{set_aside}, {dead}"), ("Seconds of writing, until all was answered",
                                                     "{writing_seconds:.0f}, {seconds:.0f}"),
    ]
    lines = ["| | " + " | ".join(names) + " |", "|---|" + "---:|" * len(names)]
    for title, template in rows:
        cells = [
            template.format(**each, killed=_kinds(each["kills"]),
                            filled="twice" if each["disk_filled"] else "no (needs root)",
                            set_aside=each["left"]["set aside"],
                            dead=each["left"]["dead"]) for each in found
        ]
        lines.append(f"| {title} | " + " | ".join(cells) + " |")
    return head + "\n".join(lines) + "\n"


def _kinds(kills: Sequence[dict[str, Any]]) -> str:
    return ", ".join(f"{count} × {what}" for what, count in Counter(each["what"] for each in kills).items())
