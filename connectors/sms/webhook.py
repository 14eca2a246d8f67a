"""Twilio's webhooks: POST /sms/twilio and /sms/twilio/status, authenticated by Twilio's signature.

Source: twilio.com/docs/usage/security (the signature), twilio.com/docs/messaging/guides/webhook-request (the fields).
"""

from __future__ import annotations

from urllib.parse import parse_qsl

import structlog
from starlette.datastructures import ImmutableMultiDict
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from twilio.request_validator import RequestValidator

from connectors.body import BodyError, read_body
from connectors.channel import Inbound
from connectors.errors import SpoolError
from connectors.intake import Intake
from connectors.receipts import Receipt
from connectors.sms.errors import send_error
from store.errors import StoreError
from store.messages import Channel, Message, MessageKind, Provider

log = structlog.get_logger()

EMPTY_TWIML = '<?xml version="1.0" encoding="UTF-8"?><Response></Response>'
STATUS_PATH = "/sms/twilio/status"
LONGEST_TEXT = 5000
_LONGEST_ID = 64
_LONGEST_CODE = 9
_DELIVERED, _FAILED = {"delivered", "read"}, {"undelivered", "failed"}
_STATUSES = {*_DELIVERED, *_FAILED, "accepted", "scheduled", "queued", "sending", "sent", "receiving", "received",
             "canceled"}
_OPT_OUT_WORDS = {"STOP", "START", "HELP"}


def twilio_routes(intake: Intake, auth_token: str, public_url: str) -> list[Route]:
    """The routes for messages and delivery receipts.

    403 without a valid signature; 200 with empty TwiML only once the message is durable; 503 otherwise.
    """
    validator = RequestValidator(auth_token)

    async def signed_form(request: Request) -> ImmutableMultiDict[str, str] | Response:
        try:
            body = await read_body(request)
            fields = parse_qsl(body.decode("utf-8"), keep_blank_values=True, max_num_fields=200)
        except BodyError as error:
            return JSONResponse({"error": str(error)}, error.status)
        except ValueError:
            return JSONResponse({"error": "the body is no form"}, 400)
        form = ImmutableMultiDict(fields)
        query = request.scope["query_string"].decode("latin-1")
        url = public_url + request.url.path + (f"?{query}" if query else "")
        if not validator.validate(url, form, request.headers.get("X-Twilio-Signature", "")):
            return JSONResponse({"error": "wrong or missing signature"}, 403)
        return form

    async def receive(request: Request) -> Response:
        form = await signed_form(request)
        if isinstance(form, Response):
            return form
        provider_id, sender = form.get("MessageSid") or form.get("SmsSid"), form.get("From")
        if not provider_id or not sender:
            return JSONResponse({"error": "MessageSid and From are needed"}, 400)
        try:
            await intake.receive_surely(
                Inbound(Provider.TWILIO, Channel.SMS, sender, provider_id, _message(form))
            )
        except (StoreError, SpoolError) as error:
            log.error("gateway.not_stored", provider="twilio", problem=str(error))
            return JSONResponse({"error": "try again later"}, 503)
        return Response(EMPTY_TWIML, 200, media_type="text/xml")

    async def status(request: Request) -> Response:
        form = await signed_form(request)
        if isinstance(form, Response):
            return form
        message_id, state = form.get("MessageSid") or form.get("SmsSid"), form.get("MessageStatus", "").lower()
        if not message_id or len(message_id) > _LONGEST_ID or state not in _STATUSES:
            return JSONResponse({"error": "MessageSid and a known MessageStatus are needed"}, 400)
        if state in _DELIVERED | _FAILED:
            failure = None if state in _DELIVERED else send_error(_code(form.get("ErrorCode", "")))
            try:
                await intake.receive_receipt(Receipt(Provider.TWILIO, message_id, failure))
            except (StoreError, SpoolError) as error:
                log.error("gateway.not_stored", provider="twilio", problem=str(error))
                return JSONResponse({"error": "try again later"}, 503)
        return Response(EMPTY_TWIML, 200, media_type="text/xml")

    return [
        Route("/sms/twilio", receive, methods=["POST"]),
        Route(STATUS_PATH, status, methods=["POST"]),
    ]


def _message(form: ImmutableMultiDict[str, str]) -> Message:
    """What a person wrote.

    A word that Twilio's Advanced Opt-Out has heard and answered itself, in whatever language it was set up
    (twilio.com/docs/messaging/tutorials/advanced-opt-out), is that word here too, and not answered again.
    """
    opt_out = form.get("OptOutType", "").upper()
    if opt_out in _OPT_OUT_WORDS:
        return Message(Channel.SMS, opt_out, answered=True)
    text = form.get("Body", "")[:LONGEST_TEXT]
    media = form.get("NumMedia", "0")
    kind = MessageKind.PHOTO if not text.strip() and media not in ("", "0") else MessageKind.TEXT
    return Message(Channel.SMS, text, kind)


def _code(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _LONGEST_CODE else None
