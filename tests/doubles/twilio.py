"""A Twilio for tests: the Messages resource and signed webhooks.

After https://www.twilio.com/docs/messaging/api/message-resource, https://www.twilio.com/docs/api/errors,
https://www.twilio.com/docs/messaging/guides/webhook-request and https://www.twilio.com/docs/usage/security.
Left out: media and contents, lists of messages, checks of the sender, keyword handling (see ``opt_out``), and status
callbacks of its own accord (see ``send_status``).
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import re
import secrets
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from .server import Answer, Fault, ServerDouble, post

BODY_LIMIT = 1600
_VERSION = "2010-04-01"
_FINAL = {"delivered", "undelivered", "failed", "received", "canceled", "read"}
_GSM = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM_EXTENSION = frozenset("\f^{}\\[~]|€")


@dataclass(frozen=True)
class Sent:
    """A message that Twilio took for sending; ``params`` are the form's fields."""

    sid: str
    to: str
    from_: str | None
    messaging_service_sid: str | None
    body: str
    status_callback: str | None
    num_segments: int
    params: dict[str, str]


class TwilioError(Exception):
    """An error answer: https://www.twilio.com/docs/usage/twilios-response#response-formats-exceptions."""

    def __init__(self, status: int, code: int, message: str, retry_after: str | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after
        self.status = status
        self.code = code
        self.message = message


def segments(body: str) -> int:
    """Parts of an SMS: 160 or 153 GSM-7 septets, else 70 or 67 UTF-16 units, no character split between parts.

    https://www.twilio.com/docs/glossary/what-sms-character-limit
    """
    if set(body) <= _GSM | _GSM_EXTENSION:
        sizes, alone, each = [2 if char in _GSM_EXTENSION else 1 for char in body], 160, 153
    else:
        sizes, alone, each = [2 if ord(char) > 0xFFFF else 1 for char in body], 70, 67
    if sum(sizes) <= alone:
        return 1
    parts, used = 1, 0
    for size in sizes:
        if used + size > each:
            parts, used = parts + 1, 0
        used += size
    return parts


def sign(auth_token: str, url: str, params: dict[str, str]) -> str:
    """``X-Twilio-Signature``: the full URL, then each POST field's name and value, sorted by name; HMAC-SHA1, Base64.

    https://www.twilio.com/docs/usage/security#validating-requests
    """
    signed = url + "".join(name + params[name] for name in sorted(params))
    return base64.b64encode(hmac.new(auth_token.encode(), signed.encode(), hashlib.sha1).digest()).decode()


class TwilioDouble(ServerDouble[Sent]):
    """The Messages resource of one account.

    Attributes:
        sent: messages that were taken for sending.
        calls: the form fields of every authenticated request to send, refused ones too.
        resources: each message as its JSON, by sid; ``send_status`` keeps it up to date.
        number: the account's own number, to which users write.
        before_answer: called with each message that was taken, before the request to send is answered.
    """

    def __init__(
        self,
        account_sid: str = "AC" + "0123456789abcdef" * 2,
        auth_token: str = "test-auth-token",
        *,
        number: str = "+15005550006",
    ) -> None:
        super().__init__()
        self.account_sid = account_sid
        self.auth_token = auth_token
        self.number = number
        self.calls: list[dict[str, str]] = []
        self.resources: dict[str, dict[str, Any]] = {}
        self.before_answer: Callable[[Sent], None] | None = None
        self.erased: list[str] = []
        self._opted_out: set[str] = set()

    # What a test does.

    def opt_out(self, number: str) -> None:
        """``number`` wrote STOP and Twilio took note: sending to it gives 21610."""
        self._opted_out.add(number)

    def opt_in(self, number: str) -> None:
        """``number`` wrote START."""
        self._opted_out.discard(number)

    def fail_next(
        self, status: int, code: int | None = None, times: int = 1, *, message: str = "", processed: bool = False,
        retry_after: int | None = None, method: str = "create",
    ) -> None:
        """Answer the next ``times`` requests with an error; ``processed``: having sent the message all the same.

        ``retry_after``: seconds, in a Retry-After header; ``method``: "create" or "delete".
        """
        self._add_fault(Fault(status, code, message, method, retry_after, times, processed))

    def send_inbound(
        self,
        url: str,
        from_number: str,
        text: str,
        *,
        auth_token: str | None = None,
        public_url: str | None = None,
        signature: str | None = None,
        **extra: str | None,
    ) -> Answer:
        """POST what a user wrote to ``url``, signed for ``public_url`` (``url`` unless told).

        ``extra`` adds and replaces fields, None takes one away; give ``MessageSid`` to repeat a delivery.
        ``signature`` goes out in place of the right one.
        """
        sid = extra.get("MessageSid") or "SM" + secrets.token_hex(16)
        places = {f"{side}{part}": "" for side in ("From", "To") for part in ("City", "State", "Zip", "Country")}
        fields: dict[str, str | None] = {
            **places, "MessageSid": sid, "SmsSid": sid, "SmsMessageSid": sid, "SmsStatus": "received",
            "AccountSid": self.account_sid, "From": from_number, "To": self.number, "Body": text, "NumMedia": "0",
            "NumSegments": str(segments(text)), "ApiVersion": _VERSION, **extra,
        }  # fmt: skip
        with self._changed:
            self.resources.setdefault(sid, {"sid": sid, "from": from_number, "body": text, "status": "received"})
        return self._post(url, fields, auth_token, public_url, signature)

    def send_status(
        self,
        url: str,
        sid: str,
        status: str,
        error_code: int | None = None,
        *,
        auth_token: str | None = None,
        public_url: str | None = None,
        signature: str | None = None,
        **extra: str | None,
    ) -> Answer:
        """POST a status callback for message ``sid``: sent, delivered, undelivered, failed, ...

        https://www.twilio.com/docs/messaging/guides/outbound-message-status-in-status-callbacks
        """
        resource = self.resources.get(sid, {})
        resource.update(status=status, error_code=error_code)
        fields: dict[str, str | None] = {
            "MessageSid": sid, "SmsSid": sid, "MessageStatus": status, "SmsStatus": status,
            "AccountSid": self.account_sid, "From": resource.get("from") or self.number, "To": resource.get("to") or "",
            "ApiVersion": _VERSION, "ErrorCode": None if error_code is None else str(error_code),
            "MessagingServiceSid": resource.get("messaging_service_sid"), **extra,
        }  # fmt: skip
        return self._post(url, fields, auth_token, public_url, signature)

    def _post(
        self, url: str, fields: dict[str, str | None], token: str | None, public_url: str | None, signature: str | None
    ) -> Answer:
        params = {name: value for name, value in fields.items() if value is not None}
        headers = {
            "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8",
            "User-Agent": "TwilioProxy/1.1",
            "I-Twilio-Idempotency-Token": str(uuid.uuid4()),
            "X-Twilio-Signature": sign(token or self.auth_token, public_url or url, params)
            if signature is None
            else signature,
        }
        return post(url, urlencode(params).encode(), headers)

    # The resource.

    def _app(self) -> Starlette:
        messages = f"/{_VERSION}/Accounts/{{account}}/Messages"
        routes = [
            Route(f"{messages}.json", self._create, methods=["POST"]),
            Route(f"{messages}/{{sid}}.json", self._fetch, methods=["GET"]),
            Route(f"{messages}/{{sid}}.json", self._delete, methods=["DELETE"]),
        ]
        return Starlette(routes=routes, exception_handlers={TwilioError: self._refuse, 404: self._not_found})

    async def _refuse(self, request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, TwilioError)
        more = f"https://www.twilio.com/docs/errors/{error.code}"
        body = {"code": error.code, "message": error.message, "more_info": more, "status": error.status}
        headers = {} if error.retry_after is None else {"Retry-After": error.retry_after}
        return JSONResponse(body, error.status, headers=headers)

    async def _not_found(self, request: Request, error: Exception) -> JSONResponse:
        message = f"The requested resource {request.url.path} was not found"
        return await self._refuse(request, TwilioError(404, 20404, message))

    def _authenticate(self, request: Request) -> None:
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        right = base64.b64encode(f"{self.account_sid}:{self.auth_token}".encode()).decode()
        if scheme.lower() != "basic" or given != right or request.path_params["account"] != self.account_sid:
            raise TwilioError(401, 20003, "Authenticate")

    async def _fetch(self, request: Request) -> JSONResponse:
        self._authenticate(request)
        resource = self.resources.get(request.path_params["sid"])
        return await self._not_found(request, LookupError()) if resource is None else JSONResponse(resource)

    async def _delete(self, request: Request) -> Response:
        """204, or 409 while the message is under way: https://www.twilio.com/docs/api/errors/20009."""
        self._authenticate(request)
        sid = request.path_params["sid"]
        if (fault := self._take_fault("delete")) is not None:
            raise TwilioError(fault.status, fault.code or 20500, fault.description or "Internal Server Error")
        with self._changed:
            resource = self.resources.get(sid)
            if resource is not None and resource["status"] not in _FINAL:
                raise TwilioError(409, 20009, "Cannot delete this resource before it is complete")
            if resource is not None:
                del self.resources[sid]
                self.erased.append(sid)
            self._changed.notify_all()
        return await self._not_found(request, LookupError()) if resource is None else Response(status_code=204)

    async def _create(self, request: Request) -> JSONResponse:
        self._authenticate(request)
        params = {name: str(value) for name, value in (await request.form()).items()}
        with self._changed:
            self.calls.append(params)
            self._changed.notify_all()
        fault = self._take_fault("create")
        if fault is None or fault.processed:
            resource = self._accept(params)
        if fault is not None:
            code = fault.code or {429: 20429, 401: 20003, 404: 20404, 503: 20503}.get(fault.status, 20500)
            usual = {20429: "Too Many Requests", 20003: "Authenticate", 20503: "Service Unavailable"}
            message = fault.description or usual.get(code, "Internal Server Error")
            pause = None if fault.retry_after is None else str(fault.retry_after)
            raise TwilioError(fault.status, code, message, pause)
        if self.before_answer is not None:
            await asyncio.to_thread(self.before_answer, self.sent[-1])
        return JSONResponse(resource, 201)

    def _accept(self, params: dict[str, str]) -> dict[str, Any]:
        to, body = params.get("To", ""), params.get("Body", "")
        service, sender = params.get("MessagingServiceSid"), params.get("From")
        if not to:
            raise TwilioError(400, 21604, "A 'To' phone number is required.")
        if not service and not sender:
            raise TwilioError(400, 21603, "A 'From' phone number is required.")
        if not body:
            raise TwilioError(400, 21602, "Message body is required.")
        if len(body) > BODY_LIMIT:
            raise TwilioError(400, 21617, f"The concatenated message body exceeds the {BODY_LIMIT} character limit")
        if not re.fullmatch(r"\+[1-9]\d{6,14}", to):
            raise TwilioError(400, 21211, f"Invalid 'To' Phone Number: {to}")
        if to in self._opted_out:
            raise TwilioError(400, 21610, "Attempt to send to unsubscribed recipient")
        sid, parts = "SM" + secrets.token_hex(16), segments(body)
        now = datetime.now(UTC).strftime("%a, %d %b %Y %H:%M:%S +0000")
        uri = f"/{_VERSION}/Accounts/{self.account_sid}/Messages/{sid}"
        # A messaging service chooses the sender and counts the segments later.
        resource: dict[str, Any] = {
            "account_sid": self.account_sid, "api_version": _VERSION, "body": body, "date_created": now,
            "date_sent": None, "date_updated": now, "direction": "outbound-api", "error_code": None,
            "error_message": None, "from": sender, "messaging_service_sid": service, "num_media": "0",
            "num_segments": "0" if service else str(parts), "price": None, "price_unit": None, "sid": sid,
            "status": "accepted" if service else "queued", "subresource_uris": {"media": f"{uri}/Media.json"},
            "to": to, "uri": f"{uri}.json",
        }  # fmt: skip
        with self._changed:
            self.resources[sid] = resource
            self.sent.append(Sent(sid, to, sender, service, body, params.get("StatusCallback"), parts, params))
            self._changed.notify_all()
        return resource
