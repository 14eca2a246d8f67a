"""The Bot API's server side: requests, methods, and webhooks, after https://core.telegram.org/bots/api."""

from __future__ import annotations

import asyncio
import http.client
import inspect
import itertools
import json
import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from .server import ServerDouble, post
from .telegram_text import ApiError, check_commands, check_markup, decode, read_text
from .telegram_user import JsonDict, chat_key, chat_of


@dataclass(frozen=True)
class Sent:
    """A message that the bot sent: ``text`` as the reader sees it, ``params`` as they came."""

    chat_id: int
    text: str
    markup: JsonDict | None
    message_id: int
    params: JsonDict

    @property
    def buttons(self) -> list[JsonDict]:
        """The inline buttons, row by row."""
        return [button for row in (self.markup or {}).get("inline_keyboard", []) for button in row]


class BotApi(ServerDouble[Sent]):
    """The server for one bot, without its users."""

    def __init__(
        self,
        token: str = "123:abc",
        *,
        username: str = "test_bot",
        retry_delay: float = 0.05,
        query_lifetime: float = 30,
    ) -> None:
        super().__init__()
        self.token = token
        self.calls: list[tuple[str, JsonDict]] = []
        self.updates: dict[int, JsonDict] = {}
        self.deliveries: list[tuple[int, int]] = []
        self.users: dict[int, JsonDict] = {}
        self.routes: dict[str, str] = {}
        self.answers: dict[str, Any] = {}
        self.webhook: JsonDict = {}
        number = token.partition(":")[0]
        self.me: JsonDict = {
            "id": int(number) if number.isdigit() else 1, "is_bot": True, "first_name": "Test bot",
            "username": username, "can_join_groups": True, "can_read_all_group_messages": False,
            "supports_inline_queries": False, "can_connect_to_business": False, "has_main_web_app": False,
        }  # fmt: skip
        self._retry_delay, self._query_lifetime = retry_delay, query_lifetime
        self._update_ids, self._message_ids = itertools.count(1001), itertools.count(1)
        self._query_ids = itertools.count(4 * 10**12)
        self._poll = 0
        self._pending: list[JsonDict] = []
        self._allowed: list[str] = []
        self._messages: dict[tuple[int, int], JsonDict] = {}
        self._queries: dict[str, float] = {}
        self._blocked: set[int] = set()
        self._moved: dict[int, int] = {}
        self.commands: dict[str, dict[str, str]] = {}
        self._deliverer: threading.Thread | None = None
        self._methods: dict[str, Callable[[JsonDict], Any]] = {
            "getMe": self._get_me, "getUpdates": self._get_updates, "setWebhook": self._set_webhook,
            "deleteWebhook": self._delete_webhook, "getWebhookInfo": self._get_webhook_info,
            "sendMessage": self._send_message, "sendChatAction": self._send_chat_action,
            "answerCallbackQuery": self._answer_callback_query, "setMyCommands": self._set_my_commands,
        }  # fmt: skip

    def __enter__(self) -> Self:
        super().__enter__()
        self._deliverer = threading.Thread(target=self._deliver, name="TelegramDouble webhook", daemon=True)
        self._deliverer.start()
        return self

    def __exit__(self, *exc_info: object) -> None:
        super().__exit__(*exc_info)
        if self._deliverer is not None:
            self._deliverer.join(5)

    def _app(self) -> Starlette:
        return Starlette(routes=[Route("/bot{token}/{method}", self._serve, methods=["GET", "POST"])])

    async def _serve(self, request: Request) -> JSONResponse:
        try:
            return JSONResponse({"ok": True, "result": await self._call(request)})
        except ApiError as error:
            headers = {} if error.retry_after is None else {"Retry-After": str(error.retry_after)}
            return JSONResponse(error.as_json(), error.status, headers)

    async def _call(self, request: Request) -> Any:
        if request.path_params["token"] != self.token:
            raise ApiError(401, "Unauthorized")
        asked = request.path_params["method"]
        method = next((name for name in (*self._methods, *self.answers) if name.lower() == asked.lower()), asked)
        given: JsonDict = dict(request.query_params)
        if "json" in request.headers.get("content-type", ""):
            try:
                given |= await request.json()
            except (ValueError, TypeError):
                raise ApiError(400, "Bad Request: can't parse JSON object") from None
        else:
            given |= await request.form()
        params = decode(given)
        with self._changed:
            self.calls.append((method, params))
            self._changed.notify_all()
        fault = self._take_fault(method)
        if fault is None or fault.processed:
            result = await self._perform(method, params)
        if fault is not None:
            raise ApiError(fault.status, fault.description, fault.retry_after)
        return result

    async def _perform(self, method: str, params: JsonDict) -> Any:
        if method not in self._methods:
            if method in self.answers:
                return self.answers[method]
            raise ApiError(404, "Not Found: method not found")
        if inspect.iscoroutinefunction(do := self._methods[method]):
            return await do(params)
        with self._changed:
            result = do(params)
            self._changed.notify_all()
        return result

    def _deliver(self) -> None:
        """POST updates to the webhook, one at a time; those of a chat wait behind one that was not taken."""
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._closing or (self.webhook and self._pending))
                if self._closing:
                    return
                hook, updates = self.webhook, list(self._pending)
            failed: set[Any] = set()
            for update in updates:
                if self._closing or self.webhook is not hook:
                    break
                if chat_key(update) not in failed and not self._delivered(hook, update):
                    failed.add(chat_key(update))
            with self._changed:
                if failed:
                    self._changed.wait_for(lambda: self._closing, self._retry_delay)

    def _delivered(self, hook: JsonDict, update: JsonDict) -> bool:
        url: str = hook["url"]
        public = next((each for each in self.routes if url.startswith(each)), None)
        if public is not None:
            url = self.routes[public] + url.removeprefix(public)
        headers = {"Content-Type": "application/json"}
        if hook.get("secret_token"):
            headers["X-Telegram-Bot-Api-Secret-Token"] = str(hook["secret_token"])
        try:
            answer = post(url, json.dumps(update).encode(), headers)
            status, why = answer.status_code, f"Wrong response from the webhook: {answer.status_code}"
            why += f" {http.client.responses.get(status, '')}"
        except (OSError, http.client.HTTPException) as error:
            status, why = 0, f"Connection failed: {error}"
        with self._changed:
            taken = 200 <= status < 300
            if taken:
                self._pending[:] = [each for each in self._pending if each is not update]
            else:
                hook |= {"last_error_date": int(time.time()), "last_error_message": why}
            self.deliveries.append((update.get("update_id", 0), status))
            self._changed.notify_all()
        return taken

    def _user(self, chat_id: int) -> JsonDict:
        usual = {"id": chat_id if chat_id > 0 else 4242, "is_bot": False, "first_name": "Test"}
        return {**usual, **self.users.get(chat_id, {})}

    # Methods of the API.

    def _get_me(self, params: JsonDict) -> JsonDict:
        return self.me

    async def _get_updates(self, params: JsonDict) -> list[JsonDict]:
        if self.webhook:
            why = "can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
            raise ApiError(409, f"Conflict: {why}")
        offset, limit = int(params.get("offset") or 0), int(params.get("limit") or 100)
        with self._changed:
            self._poll += 1
            poll = self._poll
            self._allowed = params.get("allowed_updates", self._allowed)
            if offset < 0:
                del self._pending[:offset]
            else:
                self._pending[:] = [each for each in self._pending if each["update_id"] >= offset]
            self._changed.notify_all()
        deadline = time.monotonic() + min(int(params.get("timeout") or 0), 50)
        while not self._pending and time.monotonic() < deadline and not self._closing:
            await asyncio.sleep(0.01)
            if poll != self._poll or self.webhook:
                other = "setWebhook" if self.webhook else "other getUpdates"
                hint = "" if self.webhook else "; make sure that only one bot instance is running"
                raise ApiError(409, f"Conflict: terminated by {other} request{hint}")
        with self._changed:
            return self._pending[: max(1, min(limit, 100))]

    def _set_webhook(self, params: JsonDict) -> bool:
        url, secret = str(params.get("url") or ""), params.get("secret_token")
        if secret is not None and not re.fullmatch(r"[A-Za-z0-9_-]{1,256}", str(secret)):
            raise ApiError(400, "Bad Request: secret token contains unallowed characters")
        local = urlsplit(url).hostname in ("127.0.0.1", "localhost")
        if url and not url.startswith("https://") and not local:  # http on loopback: this double's one liberty
            raise ApiError(400, "Bad Request: bad webhook: An HTTPS URL must be provided for webhook")
        self._allowed = params.get("allowed_updates", self._allowed)
        self.webhook = {**params, "url": url} if url else {}
        if params.get("drop_pending_updates"):
            self._pending.clear()
        return True

    def _delete_webhook(self, params: JsonDict) -> bool:
        return self._set_webhook({"drop_pending_updates": params.get("drop_pending_updates")})

    def _get_webhook_info(self, params: JsonDict) -> JsonDict:
        hook, info = self.webhook, {"has_custom_certificate": False, "pending_update_count": len(self._pending)}
        told: JsonDict = {name: hook[name] for name in ("last_error_date", "last_error_message") if name in hook}
        if hook:
            told["max_connections"] = hook.get("max_connections", 40)
        if self._allowed:
            told["allowed_updates"] = self._allowed
        return {"url": hook.get("url", ""), **info, **told}

    def _chat(self, params: JsonDict) -> int:
        chat_id = params.get("chat_id")
        if chat_id in (None, ""):
            raise ApiError(400, "Bad Request: chat_id is empty")
        if not isinstance(chat_id, int):
            raise ApiError(400, "Bad Request: chat not found")
        if chat_id in self._moved:
            why = "Bad Request: group chat was upgraded to a supergroup chat"
            raise ApiError(400, why, moved_to=self._moved[chat_id])
        if chat_id in self._blocked:
            who = "bot was blocked by the user" if chat_id > 0 else "bot was kicked from the group chat"
            raise ApiError(403, f"Forbidden: {who}")
        return chat_id

    def _send_message(self, params: JsonDict) -> JsonDict:
        text, entities = read_text(params)
        markup = params.get("reply_markup")
        check_markup(markup)
        chat_id = self._chat(params)
        number = next(self._message_ids)
        message: JsonDict = {"message_id": number, "from": self.me, "chat": chat_of(chat_id, self._user(chat_id))}
        message |= {"date": int(time.time()), "text": text}
        message |= {"entities": entities} if entities else {}
        quoted = (params.get("reply_parameters") or {}).get("message_id")
        if (chat_id, quoted) in self._messages:
            message["reply_to_message"] = self._messages[chat_id, quoted]
        elif quoted is not None and not params["reply_parameters"].get("allow_sending_without_reply"):
            raise ApiError(400, "Bad Request: message to be replied not found")
        message |= {"reply_markup": markup} if markup and "inline_keyboard" in markup else {}
        self._messages[chat_id, number] = message
        self.sent.append(Sent(chat_id, text, markup, number, params))
        return message

    def _set_my_commands(self, params: JsonDict) -> bool:
        check_commands(params)
        commands = {each["command"]: each["description"] for each in params["commands"]}
        self.commands[str(params.get("language_code") or "")] = commands
        return True

    def _send_chat_action(self, params: JsonDict) -> bool:
        known = r"typing|(upload|record)_(photo|video|voice|document|video_note)|choose_sticker|find_location"
        if not re.fullmatch(known, str(params.get("action") or "")):
            raise ApiError(400, "Bad Request: wrong parameter action in request")
        return bool(self._chat(params))

    def _answer_callback_query(self, params: JsonDict) -> bool:
        asked = self._queries.pop(str(params.get("callback_query_id")), None)
        if asked is None or time.monotonic() - asked > self._query_lifetime:
            raise ApiError(400, "Bad Request: query is too old and response timeout expired or query ID is invalid")
        if len(str(params.get("text") or "")) > 200:
            raise ApiError(400, "Bad Request: MESSAGE_TOO_LONG")
        return True
