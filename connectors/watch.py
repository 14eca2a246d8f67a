"""Whether the gateway lives, whether it can answer, and figures for Prometheus: /healthz, /readyz, /metrics."""

from __future__ import annotations

import hmac
from collections.abc import Mapping, Sequence
from pathlib import Path

from prometheus_client import CONTENT_TYPE_LATEST
from sqlalchemy.ext.asyncio import AsyncEngine
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from connectors.health import LEAST_FREE_BYTES, WriteCheck, disk_notes, notes_of, problems_of
from connectors.metrics import measure
from connectors.spool import Spool
from store.errors import StoreError


def watch_routes(
    engine: AsyncEngine, *, metrics_token: str | None, behind_proxy: bool, day_segments: int | None = None,
    notes: Sequence[str] = (), spool: Spool | None = None, places: Mapping[str, Path] | None = None,
    least_free: int = LEAST_FREE_BYTES, refused: Mapping[str, int] | None = None,
) -> list[Route]:
    """The routes.

    Args:
        day_segments: that SMS may cost a day; None: no limit.
        notes: what staff should know of the settings.
        metrics_token: opens /metrics to callers that are not on this machine.
        behind_proxy: every caller seems to be on this machine then, so that the token is always asked.
        spool: of this gateway, whose unreadable files are noted; None where there is none.
        places: folders whose disks are looked at, by what they hold.
        least_free: octets that should be free there.
        refused: how many requests this gateway has refused, by reason.
    """
    writes = WriteCheck(engine)

    async def alive(request: Request) -> Response:
        return PlainTextResponse("ok\n")

    async def ready(request: Request) -> Response:
        problems = await problems_of(engine) or [each for each in [await writes.problem()] if each]
        found = [*await notes_of(engine, day_segments), *disk_notes(places or {}, least_free), *_notes_of_spool(spool)]
        shown = [*notes, *(each for each in found if each not in problems)]
        return JSONResponse({"ready": not problems, "problems": problems, "notes": shown}, 503 if problems else 200)

    async def metrics(request: Request) -> Response:
        if not _may_read(request, metrics_token, behind_proxy):
            return JSONResponse({"error": "/metrics needs Authorization: Bearer SAHAN_METRICS_TOKEN"}, 403)
        try:
            body = await measure(engine, day_segments=day_segments, spool=spool, refused=refused, places=places)
        except StoreError as error:
            return JSONResponse({"error": str(error)}, 503)
        return Response(body, media_type=CONTENT_TYPE_LATEST)

    return [Route("/healthz", alive), Route("/readyz", ready), Route("/metrics", metrics)]


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
