"""Sending through Twilio's REST API (twilio.com/docs/messaging/api/message-resource), and mapping its errors once."""

from __future__ import annotations

import aiohttp
from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.http.async_http_client import AsyncTwilioHttpClient
from twilio.rest import Client

from connectors.errors import SendError
from connectors.sms.rendering import render
from store.messages import Channel, Provider, Reply

_UNREACHABLE = {21610, 21211, 21614, 21612, 30004, 30005, 30006}
_PERMANENT = {21602, 21617, 21408, 21606, 30007, 21212, 21603}
_TIMEOUT_SECONDS = 15


class TwilioAdapter:
    """Sends replies as SMS.

    Args:
        sender: our number in E.164 form, or a Messaging Service ("MG...").
        status_callback: where Twilio reports deliveries, or None.
        api: base address of an emulator, or None for Twilio itself.
    """

    provider = Provider.TWILIO

    def __init__(
        self, account_sid: str, auth_token: str, sender: str, *, status_callback: str | None = None,
        api: str | None = None,
    ) -> None:
        self._credentials = (account_sid, auth_token)
        self._sender = {"messaging_service_sid": sender} if sender.startswith("MG") else {"from_": sender}
        self._status_callback = {"status_callback": status_callback} if status_callback else {}
        self._api = api
        self._client: Client | None = None

    async def send(self, address: str, channel: Channel, reply: Reply, idempotency_key: str) -> str | None:
        """Send one reply; Twilio joins its segments. See ChannelAdapter."""
        try:
            message = await self._connected().messages.create_async(
                to=address, body=render(reply), **self._sender, **self._status_callback
            )
        except TwilioRestException as error:
            raise send_error(error) from None
        except (TwilioException, aiohttp.ClientError, TimeoutError, OSError, ValueError):
            raise SendError("network", retryable=True) from None
        return str(message.sid)

    async def show_typing(self, address: str) -> None:
        """SMS has no such thing."""

    async def close(self) -> None:
        """Give back connections."""
        if self._client is not None:
            await self._client.http_client.close()  # type: ignore[attr-defined]

    def _connected(self) -> Client:
        # Made at first use: the HTTP client belongs to the running event loop.
        if self._client is None:
            http = AsyncTwilioHttpClient(timeout=_TIMEOUT_SECONDS)
            self._client = Client(*self._credentials, http_client=http)
            if self._api:
                self._client.api.base_url = self._api
        return self._client


def send_error(error: TwilioRestException) -> SendError:
    """What a Twilio error means for sending; the one place where it is decided."""
    code = error.code or error.status
    if code in _UNREACHABLE:
        return SendError(str(code), retryable=False, unreachable=True)
    if code in _PERMANENT:
        return SendError(str(code), retryable=False)
    if error.status in (401, 403):
        return SendError(str(code), retryable=True, retry_after=60.0)
    if error.status == 429 or error.status >= 500:
        return SendError(str(code), retryable=True)
    return SendError(str(code), retryable=False)
