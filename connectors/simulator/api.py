"""The simulator's JSON API, for its page: send, fetch, and count segments."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from connectors.body import BodyError, read_body
from connectors.channel import Inbound
from connectors.errors import BadUpdateError
from connectors.inbox import find_sender
from connectors.intake import Intake
from connectors.simulator.network import on_phone
from connectors.sms.rendering import render
from content.countries import country_of_position
from content.models import Library
from content.segments import segment
from store.engine import reading
from store.errors import StoreError
from store.messages import Channel, Message, MessageKind, Provider, Reply
from store.tables import inbox, outbox

LONGEST_TEXT = 5000
_SESSION = re.compile(r"[A-Za-z0-9_-]{22,64}")
_IDENTIFIER = re.compile(r"[A-Za-z0-9_-]{1,64}")
_LONGEST_ID = 18  # digits: what a database holds
_KINDS = {"voice", "photo", "sticker", "location", "contact"}


def simulator_routes(intake: Intake) -> list[Route]:
    """The routes of the API. Only in demonstration: whoever reaches it may write as anybody of the simulator."""

    async def send(request: Request) -> Response:
        try:
            inbound = read_message(json.loads(await read_body(request)), intake.library())
            await intake.receive(inbound)
        except BodyError as error:
            return JSONResponse({"error": str(error)}, error.status)
        except (ValueError, RecursionError):
            return JSONResponse({"error": "the body is not JSON"}, 400)
        except BadUpdateError as error:
            return JSONResponse({"error": str(error)}, 400)
        except StoreError as error:
            return JSONResponse({"error": str(error)}, 503)
        return JSONResponse({}, 202)

    async def fetch(request: Request) -> Response:
        query = request.query_params
        try:
            session, channel = _session(query.get("session")), _channel(query.get("channel"))
            after = _after(query.get("after"))
            found, waiting = await _on_phone(intake, session, channel, after)
        except (BadUpdateError, ValueError) as error:
            return JSONResponse({"error": str(error)}, 400)
        except StoreError as error:
            return JSONResponse({"error": str(error)}, 503)
        messages = [{"id": identifier, **_shown(reply, channel)} for identifier, reply in found]
        return JSONResponse({"messages": messages, "waiting": waiting})

    async def count(request: Request) -> Response:
        try:
            values = json.loads(await read_body(request))
            text = values["text"]
            if not isinstance(text, str):
                raise ValueError
        except BodyError as error:
            return JSONResponse({"error": str(error)}, error.status)
        except (ValueError, KeyError, TypeError, RecursionError):
            return JSONResponse({"error": 'a JSON object with "text" is needed'}, 400)
        found = segment(text[:LONGEST_TEXT])
        return JSONResponse({"encoding": found.encoding, "segments": found.segments, "remaining": found.remaining,
                             "forced_by": list(found.forced_by)})

    return [
        Route("/simulator/messages", send, methods=["POST"]),
        Route("/simulator/messages", fetch, methods=["GET"]),
        Route("/simulator/segments", count, methods=["POST"]),
    ]


def read_message(values: object, library: Library) -> Inbound:
    """A message from the page.

    Raises:
        BadUpdateError: says which field is wrong.
    """
    if not isinstance(values, Mapping):
        raise BadUpdateError("a JSON object is needed")
    session, channel = _session(values.get("session")), _channel(values.get("channel"))
    identifier = values.get("id")
    if not isinstance(identifier, str) or not _IDENTIFIER.fullmatch(identifier):
        raise BadUpdateError("id must be 1 to 64 letters and digits")
    return Inbound(
        Provider.SIMULATOR, channel, session, f"{session}/{channel}/{identifier}", _message(values, channel, library)
    )


def _message(values: Mapping[str, Any], channel: Channel, library: Library) -> Message:
    kind, payload, text = values.get("kind"), values.get("payload"), values.get("text", "")
    if kind is not None:
        if not isinstance(kind, str) or kind not in _KINDS:
            raise BadUpdateError(f"kind must be one of {', '.join(sorted(_KINDS))}")
        return Message(channel, "", MessageKind(kind), country_guess=_country(values, library, kind))
    if payload is not None:
        if not isinstance(payload, str) or len(payload.encode()) > 64:
            raise BadUpdateError("payload must be text of at most 64 bytes")
        return Message(channel, "", MessageKind.CHOICE, payload=payload)
    if not isinstance(text, str):
        raise BadUpdateError("text must be text")
    return Message(channel, text[:LONGEST_TEXT])


def _country(values: Mapping[str, Any], library: Library, kind: str) -> str | None:
    if kind != MessageKind.LOCATION:
        return None
    latitude: Any = values.get("latitude")
    longitude: Any = values.get("longitude")
    if _within(latitude, 90) and _within(longitude, 180):
        return country_of_position(library, latitude, longitude)
    raise BadUpdateError("a location needs latitude and longitude in degrees")


def _within(value: Any, limit: int) -> bool:
    return isinstance(value, int | float) and abs(value) <= limit


def _after(value: str | None) -> int:
    digits = value or "0"
    if digits.isascii() and digits.isdigit() and len(digits) <= _LONGEST_ID:
        return int(digits)
    raise BadUpdateError("after must be the id of a message, or 0")


def _session(value: object) -> str:
    if isinstance(value, str) and _SESSION.fullmatch(value):
        return value
    raise BadUpdateError("session must be 22 to 64 random letters and digits")


def _channel(value: object) -> Channel:
    if value in (Channel.SMS, Channel.TELEGRAM):
        return Channel(str(value))
    raise BadUpdateError("channel must be sms or telegram")


async def _on_phone(
    intake: Intake, session: str, channel: Channel, after: int
) -> tuple[list[tuple[int, Reply]], bool]:
    """What is on the phone, and whether more is on its way."""
    async with reading(intake.engine) as connection:
        found = await on_phone(connection, intake.vault, session, channel, after)
        person = Inbound(Provider.SIMULATOR, channel, session, "", Message(channel, ""))
        sender_id = await find_sender(connection, intake.vault, person)
        unread = select(inbox.c.id).where(
            inbox.c.sender_id == sender_id, inbox.c.processed_at.is_(None), inbox.c.failed_at.is_(None)
        )
        unsent = select(outbox.c.id).where(outbox.c.sender_id == sender_id, outbox.c.status == "waiting")
        waiting = sender_id is not None and bool(
            await connection.scalar(unread.limit(1)) or await connection.scalar(unsent.limit(1))
        )
    return found, waiting


def _shown(reply: Reply, channel: Channel) -> dict[str, Any]:
    if channel is Channel.SMS:
        text = render(reply)
        found = segment(text)
        return {"text": text, "choices": [], "segments": found.segments, "encoding": found.encoding}
    choices = [{"title": each.title, "payload": each.payload} for each in reply.choices]
    return {"text": reply.text, "choices": choices, "segments": 0, "encoding": ""}
