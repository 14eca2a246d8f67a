"""Whether the gateway lives, whether it can answer, and figures for Prometheus: /healthz, /readyz, /metrics."""

from __future__ import annotations

import hmac
import json
from collections.abc import Sequence

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncEngine
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from connectors import erasure
from connectors.sms.budget import WARN_AT, spent_today
from connectors.spool import Spool
from store.engine import now, reading
from store.errors import StoreError
from store.migrate import check_schema
from store.tables import counts, erasures, inbox, outbox, publications, questions, turns, workers

WORKER_SILENT_SECONDS = 20.0


def watch_routes(
    engine: AsyncEngine, *, metrics_token: str | None, behind_proxy: bool, day_segments: int | None = None,
    notes: Sequence[str] = (), spool: Spool | None = None,
) -> list[Route]:
    """The routes.

    Args:
        day_segments: that SMS may cost a day; None: no limit.
        notes: what staff should know of the settings.
        metrics_token: opens /metrics to callers that are not on this machine.
        behind_proxy: every caller seems to be on this machine then, so that the token is always asked.
        spool: of this gateway, whose unreadable files are noted; None where there is none.
    """

    async def alive(request: Request) -> Response:
        return PlainTextResponse("ok\n")

    async def ready(request: Request) -> Response:
        problems = await problems_of(engine)
        found = [*await notes_of(engine, day_segments), *_notes_of_spool(spool)]
        shown = [*notes, *(each for each in found if each not in problems)]
        return JSONResponse({"ready": not problems, "problems": problems, "notes": shown}, 503 if problems else 200)

    async def metrics(request: Request) -> Response:
        if not _may_read(request, metrics_token, behind_proxy):
            return JSONResponse({"error": "/metrics needs Authorization: Bearer SAHAN_METRICS_TOKEN"}, 403)
        try:
            body = await measure(engine, day_segments)
        except StoreError as error:
            return JSONResponse({"error": str(error)}, 503)
        return Response(body, media_type=CONTENT_TYPE_LATEST)

    return [Route("/healthz", alive), Route("/readyz", ready), Route("/metrics", metrics)]


async def problems_of(engine: AsyncEngine) -> list[str]:
    """Why the system cannot answer now, one line each; [] when it can."""
    try:
        await check_schema(engine)
        async with reading(engine) as connection:
            rows = list(
                await connection.execute(
                    select(workers.c.ready, workers.c.problem)
                    .where(workers.c.seen_at > now(connection) - WORKER_SILENT_SECONDS)
                )
            )
    except StoreError as error:
        return [str(error)]
    if any(row.ready for row in rows):
        return []
    return [row.problem for row in rows if row.problem] or ["no worker is running: start one with `sahan worker`"]


async def notes_of(engine: AsyncEngine, day_segments: int | None = None) -> list[str]:
    """What staff should see to although the system answers, such as a publication that a worker could not take."""
    try:
        newer = await check_schema(engine)
        async with reading(engine) as connection:
            rows = await connection.execute(
                select(workers.c.problem).where(workers.c.seen_at > now(connection) - WORKER_SILENT_SECONDS)
            )
            found = [*([newer] if newer else []), *sorted({row.problem for row in rows if row.problem})]
            spent = 0 if day_segments is None else await spent_today(connection)
    except StoreError as error:
        return [str(error)]
    if day_segments is not None and spent >= WARN_AT * day_segments:
        rest = "only urgent replies go out until 0:00 UTC" if spent >= day_segments else "nothing is held back yet"
        found.append(f"{spent} of {day_segments} SMS segments of the day are used (SAHAN_SMS_DAY_SEGMENTS): {rest}")
    return found


def _notes_of_spool(spool: Spool | None) -> list[str]:
    if spool is None or not (count := spool.set_aside_count()):
        return []
    return [f"{count} spooled messages of this gateway could not be read; see docs/operations.md, \"The spool\""]


def _may_read(request: Request, token: str | None, behind_proxy: bool) -> bool:
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if token is not None and hmac.compare_digest(given.encode(), token.encode()):
        return True
    host = request.client.host if request.client else ""
    forwarded = "x-forwarded-for" in request.headers or "forwarded" in request.headers
    return not behind_proxy and not forwarded and host in ("127.0.0.1", "::1")


class _Figures(Collector):
    def __init__(self, families: list[CounterMetricFamily | GaugeMetricFamily]) -> None:
        self._families = families

    def collect(self) -> list[CounterMetricFamily | GaugeMetricFamily]:  # type: ignore[override]
        return self._families


async def measure(engine: AsyncEngine, day_segments: int | None = None) -> bytes:
    """The figures in Prometheus' text format, read from the database: the same from every gateway.

    Raises:
        DatabaseUnavailableError: the database does not answer.
    """
    received = CounterMetricFamily("sahan_messages_received", "Messages taken in", labels=["provider"])
    answered = CounterMetricFamily(
        "sahan_turns", "Messages answered", labels=["channel", "language", "answered", "urgent"]
    )
    sent = GaugeMetricFamily("sahan_replies", "Replies by state", labels=["status"])
    segments = CounterMetricFamily("sahan_sms_segments", "SMS segments of replies")
    today = GaugeMetricFamily("sahan_sms_segments_today", "SMS segments that providers took since 0:00 UTC")
    allowed = GaugeMetricFamily("sahan_sms_day_limit_segments", "SMS segments that a day may cost; 0: no limit")
    staff = GaugeMetricFamily("sahan_questions_open", "Messages that wait for staff", labels=["kind"])
    waiting = GaugeMetricFamily("sahan_inbox_waiting", "Messages that wait for an answer")
    age = GaugeMetricFamily("sahan_inbox_oldest_seconds", "Age of the oldest message that waits")
    live = GaugeMetricFamily("sahan_content_live_revision", "Newest published revision of the content; 0: the files")
    answered_from = GaugeMetricFamily(
        "sahan_content_worker_revision", "Revision that a worker answers from", labels=["worker"]
    )
    erased = CounterMetricFamily(
        "sahan_erasures", "Copies that a provider erased for EFFACER, or did not", labels=["provider", "result"]
    )
    to_erase = GaugeMetricFamily("sahan_erasures_waiting", "Copies that a provider is still asked to erase")
    async with reading(engine) as connection:
        for row in await connection.execute(select(counts).where(counts.c.name == erasure.COUNTED)):
            erased.add_metric(json.loads(row.labels), row.value)
        to_erase.add_metric([], await connection.scalar(select(func.count()).select_from(erasures)) or 0)
        for row in await connection.execute(select(inbox.c.provider, func.count()).group_by(inbox.c.provider)):
            received.add_metric([row[0]], row[1])
        for row in await connection.execute(
            select(turns.c.channel, turns.c.language, turns.c.answered, turns.c.urgent, func.count())
            .group_by(turns.c.channel, turns.c.language, turns.c.answered, turns.c.urgent)
        ):
            answered.add_metric([row[0], row[1] or "", str(bool(row[2])).lower(), str(bool(row[3])).lower()], row[4])
        for row in await connection.execute(select(outbox.c.status, func.count()).group_by(outbox.c.status)):
            sent.add_metric([row[0]], row[1])
        segments.add_metric([], await connection.scalar(select(func.coalesce(func.sum(turns.c.segments), 0))) or 0)
        for row in await connection.execute(
            select(questions.c.kind, func.count()).where(questions.c.handled_at.is_(None)).group_by(questions.c.kind)
        ):
            staff.add_metric([row[0]], row[1])
        today.add_metric([], await spent_today(connection))
        allowed.add_metric([], day_segments or 0)
        unread = (inbox.c.processed_at.is_(None)) & (inbox.c.failed_at.is_(None))
        count, oldest = (
            await connection.execute(
                select(func.count(), now(connection) - func.min(inbox.c.received_at)).where(unread)
            )
        ).one()
        live.add_metric([], await connection.scalar(select(func.coalesce(func.max(publications.c.revision), 0))) or 0)
        for row in await connection.execute(
            select(workers.c.name, workers.c.content_revision)
            .where(workers.c.seen_at > now(connection) - WORKER_SILENT_SECONDS)
        ):
            answered_from.add_metric([row[0]], row[1])
        waiting.add_metric([], count)
        age.add_metric([], oldest or 0.0)
    registry = CollectorRegistry()
    registry.register(
        _Figures([received, answered, sent, segments, today, allowed, staff, waiting, age, live, answered_from, erased,
                  to_erase])
    )
    return generate_latest(registry)
