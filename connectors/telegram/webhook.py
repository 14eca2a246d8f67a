"""The webhook: POST /telegram/webhook, authenticated by the secret token that Telegram sends back."""

from __future__ import annotations

import hmac
import json

import structlog
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from connectors.body import BodyTooLargeError, read_body
from connectors.errors import BadUpdateError
from connectors.intake import Intake
from connectors.telegram.adapter import TelegramAdapter
from connectors.telegram.updates import read_update
from store.errors import StoreError

log = structlog.get_logger()

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105


def webhook_route(intake: Intake, adapter: TelegramAdapter, secret: str) -> Route:
    """The route for updates. 403 without the secret; 200 only once the update is durable; 503 to have it again."""

    async def receive(request: Request) -> Response:
        given = request.headers.get(SECRET_HEADER, "")
        if not hmac.compare_digest(given.encode(), secret.encode()):
            return JSONResponse({"error": "wrong or missing secret token"}, 403)
        try:
            values = json.loads(await read_body(request))
            inbound, query_id = read_update(values, intake.library())
        except BodyTooLargeError as error:
            return JSONResponse({"error": str(error)}, 413)
        except (ValueError, RecursionError):
            return JSONResponse({"error": "the body is not JSON"}, 400)
        except BadUpdateError as error:
            return JSONResponse({"error": str(error)}, 400)
        if inbound is None:
            return JSONResponse({}, 200, background=_acknowledge(adapter, query_id))
        try:
            await intake.receive(inbound)
        except StoreError as error:
            log.error("gateway.not_stored", provider="telegram", problem=str(error))
            return JSONResponse({"error": "try again later"}, 503)
        return JSONResponse({}, 200, background=_acknowledge(adapter, query_id))

    return Route("/telegram/webhook", receive, methods=["POST"])


def _acknowledge(adapter: TelegramAdapter, query_id: str | None) -> BackgroundTask | None:
    return BackgroundTask(adapter.acknowledge, query_id) if query_id is not None else None
