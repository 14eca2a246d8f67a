"""Sending through Twilio's REST API (twilio.com/docs/messaging/api/message-resource)."""

from __future__ import annotations

import json
from typing import Any

import aiohttp
from twilio.base.exceptions import TwilioException
from twilio.http.async_http_client import AsyncTwilioHttpClient
from twilio.http.response import Response
from twilio.rest import Client

from connectors.errors import SendError
from connectors.sms.errors import pause_of, send_error
from connectors.sms.rendering import render
from connectors.sms.senders import SenderKind, kind_of
from store.messages import Channel, Provider, Reply

_TIMEOUT_SECONDS = 15
_GONE = ("20404", "404")


class TwilioAdapter:
    """Sends replies as SMS.

    Args:
        sender: our number in E.164 form or short code, a Messaging Service ("MG..."), or a name that people see.
        status_callback: where Twilio reports deliveries, or None.
        api: base address of an emulator, or None for Twilio itself.
    """

    provider = Provider.TWILIO

    def __init__(
        self, account_sid: str, auth_token: str, sender: str, *, status_callback: str | None = None,
        api: str | None = None,
    ) -> None:
        self._credentials = (account_sid, auth_token)
        service = kind_of(sender) is SenderKind.SERVICE
        self._sender = {"messaging_service_sid": sender} if service else {"from_": sender}
        self._status_callback = {"status_callback": status_callback} if status_callback else {}
        self._api = api
        self._client: Client | None = None

    async def send(self, address: str, channel: Channel, reply: Reply, idempotency_key: str) -> str | None:
        """Send one reply; Twilio joins its segments. See ChannelAdapter.

        Twilio takes no idempotency key for messages: where it took one and its answer was lost, it is sent twice.
        """
        try:
            message = await self._connected().messages.create_async(
                to=address, body=render(reply), **self._sender, **self._status_callback
            )
        except (TwilioException, aiohttp.ClientError, TimeoutError, OSError, ValueError):
            raise SendError("network", retryable=True) from None
        return str(message.sid) if message.sid else None

    async def erase(self, provider_message_id: str) -> None:
        """Erase Twilio's copy (twilio.com/docs/messaging/api/message-resource#delete-a-message). See Erasing."""
        try:
            await self._connected().messages(provider_message_id).delete_async()
        except SendError as error:
            if error.code not in _GONE:
                raise
        except (TwilioException, aiohttp.ClientError, TimeoutError, OSError, ValueError):
            raise SendError("network", retryable=True) from None

    async def show_typing(self, address: str) -> None:
        """SMS has no such thing."""

    async def close(self) -> None:
        """Give back connections."""
        if self._client is not None:
            await self._client.http_client.close()  # type: ignore[attr-defined]

    def _connected(self) -> Client:
        # Made at first use: the HTTP client belongs to the running event loop.
        if self._client is None:
            self._client = Client(*self._credentials, http_client=_HttpClient(timeout=_TIMEOUT_SECONDS))
            if self._api:
                self._client.api.base_url = self._api
        return self._client


class _HttpClient(AsyncTwilioHttpClient):
    """Raises what an error answer means: the library's own exceptions leave out the headers."""

    async def request(self, *args: Any, **kwargs: Any) -> Response:
        """One request.

        Raises:
            SendError: Twilio answered with an error.
        """
        response = await super().request(*args, **kwargs)
        if response.status_code >= 400:
            raise send_error(
                _code_of(response.text), status=response.status_code,
                retry_after=pause_of(response.headers.get("Retry-After")),
            )
        return response


def _code_of(text: str) -> int | None:
    """The code that an error answer names (twilio.com/docs/usage/twilios-response)."""
    try:
        code = json.loads(text)["code"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    return code if isinstance(code, int) else None
