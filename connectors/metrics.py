"""The figures of /metrics, in Prometheus' text format (prometheus.io/docs/instrumenting/exposition_formats).

Most are read from the database and so are the same from every gateway; what only one gateway knows (its spool, its
disks, the requests that it refused) is told by that one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy import ColumnElement, func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from connectors.counts import Labels, totals
from connectors.durations import BUCKETS, SUM_LABEL
from connectors.erasure import COUNTED
from connectors.health import WORKER_SILENT_SECONDS, free_bytes
from connectors.sms.budget import spent_today
from connectors.snapshot import replies_by_status
from connectors.spool import Spool
from store.engine import now, reading
from store.tables import erasures, inbox, outbox, publications, questions, workers

Family = CounterMetricFamily | GaugeMetricFamily | HistogramMetricFamily

_COUNTERS = (
    ("received", "sahan_messages_received", "Messages taken in", ("provider",)),
    ("turns", "sahan_turns", "Messages answered", ("channel", "language", "answered", "urgent")),
    ("sms_segments", "sahan_sms_segments", "SMS segments of replies", ()),
    ("sends", "sahan_sends", "Tries to send, by the provider's answer: sent, or its code", ("provider", "result")),
    ("segments", "sahan_sent_segments", "SMS segments that a provider has taken", ("provider", "country")),
    ("retries", "sahan_send_retries", "Tries to send after the first", ("provider",)),
    ("failures", "sahan_message_failures", "Attempts to answer that failed through a fault of ours", ()),
    ("takeovers", "sahan_lease_takeovers", "People taken over from a worker that left them", ()),
    ("ignored", "sahan_messages_ignored", "Messages not answered: of people above their rate, of loops", ("reason",)),
    ("slowed", "sahan_people_slowed", "Times that a person above their rate was told so", ()),
    ("muted", "sahan_people_muted", "Times that a loop with a person was stopped", ()),
    (COUNTED, "sahan_erasures", "Copies that a provider erased for EFFACER, or did not", ("provider", "result")),
)
_HISTOGRAMS = (
    ("turn_seconds", "sahan_turn_seconds", "What a worker needs for one message, until its replies are queued"),
    ("reply_seconds", "sahan_reply_seconds", "From a message's arrival to the provider's yes for a reply to it"),
    ("send_seconds", "sahan_send_seconds", "What the provider needs to take a message"),
)


class _Figures(Collector):
    def __init__(self, families: Iterable[Family]) -> None:
        self._families = families

    def collect(self) -> Iterable[Family]:
        return self._families


async def measure(
    engine: AsyncEngine, *, day_segments: int | None = None, spool: Spool | None = None,
    refused: Mapping[str, int] | None = None, places: Mapping[str, Path] | None = None,
) -> bytes:
    """All figures now.

    Args:
        day_segments: that SMS may cost a day; None: no limit.
        spool: of this gateway.
        refused: how many requests this gateway has refused since its start, by reason.
        places: folders on this machine whose disks matter, by what they hold.

    Raises:
        DatabaseUnavailableError: the database does not answer.
    """
    async with reading(engine) as connection:
        if connection.dialect.name == "postgresql":  # one state for all that is read, as SQLite gives it anyway
            await connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"))
        found = await totals(connection)
        families: list[Family] = [*_counters(found), *_histograms(found), *await _states(connection)]
        families += [
            _gauge("sahan_sms_segments_today", "SMS segments that providers took since 0:00 UTC",
                   await spent_today(connection)),
            _gauge("sahan_sms_day_limit_segments", "SMS segments that a day may cost; 0: no limit", day_segments or 0),
        ]
    families += _of_this_gateway(spool, refused or {}, places or {})
    registry = CollectorRegistry()
    registry.register(_Figures(families))
    return generate_latest(registry)


def _counters(found: Mapping[str, Mapping[Labels, int]]) -> Iterable[Family]:
    for name, metric, description, labels in _COUNTERS:
        family = CounterMetricFamily(metric, description, labels=labels)
        values = found.get(name, {})
        if not labels:
            family.add_metric((), values.get((), 0))
        for key, value in sorted(values.items()) if labels else ():
            family.add_metric(key, value)
        yield family


def _histograms(found: Mapping[str, Mapping[Labels, int]]) -> Iterable[Family]:
    for name, metric, description in _HISTOGRAMS:
        values = found.get(name, {})
        below, buckets = 0, []
        for bound in (*map(str, BUCKETS), "+Inf"):
            below += values.get((bound,), 0)
            buckets.append((bound, float(below)))
        family = HistogramMetricFamily(metric, description)
        family.add_metric((), buckets, values.get((SUM_LABEL,), 0) / 1e6)
        yield family


async def _states(connection: AsyncConnection) -> list[Family]:
    replies = GaugeMetricFamily("sahan_replies", "Replies kept, by state", labels=["status"])
    for status, count in sorted((await replies_by_status(connection)).items()):
        replies.add_metric([status], count)
    staff = GaugeMetricFamily("sahan_questions_open", "Messages that wait for staff", labels=["kind"])
    for kind, count in await connection.execute(
        select(questions.c.kind, func.count()).where(questions.c.handled_at.is_(None)).group_by(questions.c.kind)
    ):
        staff.add_metric([kind], count)
    fit = GaugeMetricFamily("sahan_workers", "Workers heard of lately, by whether they can answer", labels=["ready"])
    answered_from = GaugeMetricFamily(
        "sahan_content_worker_revision", "Revision that a worker answers from", labels=["worker"]
    )
    known = {True: 0, False: 0}
    for name, revision, ready in await connection.execute(
        select(workers.c.name, workers.c.content_revision, workers.c.ready)
        .where(workers.c.seen_at > now(connection) - WORKER_SILENT_SECONDS)
    ):
        known[bool(ready)] += 1
        answered_from.add_metric([name], revision)
    for ready, count in known.items():
        fit.add_metric([str(ready).lower()], count)
    live = GaugeMetricFamily("sahan_content_live_revision", "Newest published revision of the content; 0: the files")
    live.add_metric([], await connection.scalar(select(func.coalesce(func.max(publications.c.revision), 0))) or 0)
    unread = inbox.c.processed_at.is_(None) & inbox.c.failed_at.is_(None)
    return [
        replies, staff, fit, answered_from, live,
        _gauge("sahan_erasures_waiting", "Copies that a provider is still asked to erase",
               await connection.scalar(select(func.count()).select_from(erasures)) or 0),
        *await _queue(connection, "inbox", "an answer", inbox.c.received_at, unread),
        *await _queue(connection, "outbox", "being sent", outbox.c.created_at, outbox.c.status == "waiting"),
    ]


async def _queue(
    connection: AsyncConnection, name: str, what_for: str, since: ColumnElement[float], waits: ColumnElement[bool]
) -> list[Family]:
    count, oldest = (
        await connection.execute(select(func.count(), now(connection) - func.min(since)).where(waits))
    ).one()
    return [_gauge(f"sahan_{name}_waiting", f"Messages that wait for {what_for}", count),
            _gauge(f"sahan_{name}_oldest_seconds", f"Age of the oldest message that waits for {what_for}",
                   max(0.0, oldest or 0.0))]


def _of_this_gateway(
    spool: Spool | None, refused: Mapping[str, int], places: Mapping[str, Path]
) -> list[Family]:
    requests = CounterMetricFamily(
        "sahan_requests_refused", "Requests refused by this gateway since its start", labels=["reason"]
    )
    for reason, count in sorted(refused.items()):
        requests.add_metric([reason], count)
    disks = GaugeMetricFamily("sahan_disk_free_bytes", "Room on this gateway's disks", labels=["place"])
    for place, path in places.items():
        if (free := free_bytes(path)) is not None:
            disks.add_metric([place], free)
    return [
        requests, disks,
        _gauge("sahan_spool_waiting", "Messages on this gateway's disk that the database has not taken yet",
               spool.waiting_count() if spool else 0),
        _gauge("sahan_spool_oldest_seconds", "Age of the oldest of them", spool.oldest_seconds() if spool else 0.0),
        _gauge("sahan_spool_set_aside", "Files of this gateway's spool that could not be read",
               spool.set_aside_count() if spool else 0),
    ]


def _gauge(name: str, description: str, value: float) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, description)
    family.add_metric([], value)
    return family
