"""The webhook: POST /telegram/webhook, authenticated by the secret token that Telegram sends back."""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping, Sequence

import structlog
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from telegram.error import TelegramError

from connectors.body import BodyError, read_body
from connectors.errors import BadUpdateError
from connectors.intake import Intake
from connectors.telegram.adapter import TelegramAdapter
from connectors.telegram.groups import is_from_group
from connectors.telegram.taking import take
from connectors.telegram.updates import Received, read_update
from store.engine import transaction
from store.errors import StoreError

log = structlog.get_logger()

PATH = "/telegram/webhook"
SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105
_LATER = {"error": "try again later"}


def webhook_route(intake: Intake, adapter: TelegramAdapter, secrets: Sequence[str]) -> Route:
    """The route for updates. 403 without a secret; 200 only once the update is durable; 503 to have it again.

    Args:
        secrets: each is accepted: the current one, and during a rotation the one before.
    """

    async def receive(request: Request) -> Response:
        if not _is_known(request.headers.get(SECRET_HEADER, ""), secrets):
            return JSONResponse({"error": "wrong or missing secret token"}, 403)
        try:
            received = await _read(json.loads(await read_body(request)), intake, adapter)
        except BodyError as error:
            return JSONResponse({"error": str(error)}, error.status)
        except (ValueError, RecursionError):
            return JSONResponse({"error": "the body is not JSON"}, 400)
        except BadUpdateError as error:
            return JSONResponse({"error": str(error)}, 400)
        except TelegramError as error:
            log.error("telegram.unknown_self", error=type(error).__name__)
            return JSONResponse(_LATER, 503)
        try:
            if received.inbound is not None or received.change is not None:
                async with transaction(intake.engine) as connection:
                    await take(intake, connection, received)
        except StoreError as error:
            log.error("gateway.not_stored", provider="telegram", problem=str(error))
            return JSONResponse(_LATER, 503)
        return JSONResponse({}, 200, background=_acknowledge(adapter, received.query_id))

    return Route(PATH, receive, methods=["POST"])


async def _read(values: object, intake: Intake, adapter: TelegramAdapter) -> Received:
    """What the update brings; in a group, who we are must be known first. Raises TelegramError."""
    asks = isinstance(values, Mapping) and is_from_group(values)
    return read_update(values, intake.library(), await adapter.me() if asks else None)


def _is_known(given: str, secrets: Sequence[str]) -> bool:
    """Whether ``given`` is one of the secrets; takes as long whichever it is, and whether it is one at all."""
    return sum(hmac.compare_digest(given.encode(), each.encode()) for each in secrets) > 0


def _acknowledge(adapter: TelegramAdapter, query_id: str | None) -> BackgroundTask | None:
    return BackgroundTask(adapter.acknowledge, query_id) if query_id is not None else None
