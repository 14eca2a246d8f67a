"""The doubles, shown to be right by the providers' own clients: python-telegram-bot and twilio.

https://core.telegram.org/bots/api, https://www.twilio.com/docs/messaging/api/message-resource
"""

from __future__ import annotations

import asyncio
import http.client
import json
import threading
from collections.abc import Callable, Coroutine, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, TypeVar
from urllib.parse import parse_qs

import pytest
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup
from telegram.error import BadRequest, Conflict, Forbidden, InvalidToken, NetworkError, RetryAfter, TelegramError
from twilio.base.exceptions import TwilioRestException
from twilio.request_validator import RequestValidator
from twilio.rest import Client

from . import TelegramDouble, TwilioDouble
from .server import post

T = TypeVar("T")
CHAT = 4711


class Hook:
    """A webhook on loopback; answers ``statuses`` in turn, then 200."""

    def __init__(self) -> None:
        self.got: list[tuple[dict[str, str], bytes]] = []
        self.statuses: list[int] = []
        hook = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                hook.got.append((dict(self.headers), body))
                self.send_response(hook.statuses.pop(0) if hook.statuses else 200)
                self.end_headers()
                self.wfile.write(b"<Response/>")

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.root = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()


@pytest.fixture
def hook() -> Iterator[Hook]:
    hook = Hook()
    yield hook
    hook.server.shutdown()
    hook.server.server_close()


@pytest.fixture
def telegram() -> Iterator[TelegramDouble]:
    with TelegramDouble() as double:
        yield double


@pytest.fixture
def twilio() -> Iterator[TwilioDouble]:
    with TwilioDouble() as double:
        yield double


def run(double: TelegramDouble, talk: Callable[[Bot], Coroutine[Any, Any, T]], token: str = "123:abc") -> T:
    """What ``talk`` gives, having talked to ``double`` through a real Bot."""

    async def with_bot() -> T:
        async with Bot(token, base_url=f"{double.root}/bot") as bot:
            return await talk(bot)

    return asyncio.run(with_bot())


def refused(double: TelegramDouble, error: type[TelegramError], **message: Any) -> str:
    with pytest.raises(error) as caught:
        run(double, lambda bot: bot.send_message(**{"chat_id": CHAT, "text": "x", **message}))
    return str(caught.value)


def test_updates_come_again_until_acknowledged(telegram: TelegramDouble) -> None:
    first, second = telegram.user_sends(CHAT, "/start now"), telegram.user_sends_kind(CHAT, "voice", duration=9)

    async def talk(bot: Bot) -> None:
        assert bot.id == 123
        for _ in range(2):
            one, two = await bot.get_updates()
            assert (one.update_id, two.update_id) == (first, second)
            assert one.message and one.message.text == "/start now" and one.message.entities[0].length == 6
            assert two.message and two.message.voice and two.message.voice._duration.seconds == 9
        assert len(await bot.get_updates(limit=1)) == 1
        assert [each.update_id for each in await bot.get_updates(offset=second)] == [second]
        assert await bot.get_updates(offset=second + 1, allowed_updates=["message"]) == ()
        telegram.user_edits(CHAT, "changed")  # not asked for
        waiting = asyncio.create_task(bot.get_updates(offset=second + 1, timeout=5))
        await asyncio.sleep(0.1)
        assert not waiting.done()
        third = telegram.user_sends_kind(CHAT, "photo", caption="look")
        (update,) = await waiting
        assert update.update_id == third and update.message and update.message.caption == "look"

    run(telegram, talk)
    assert telegram.pending == 1


@pytest.mark.parametrize(
    "kind", ["audio", "video", "video_note", "animation", "document", "sticker", "location", "venue", "contact", "dice"]
)
def test_kinds_are_read(telegram: TelegramDouble, kind: str) -> None:
    telegram.user_sends_kind(CHAT, kind)
    (update,) = run(telegram, lambda bot: bot.get_updates())
    assert update.message and getattr(update.message, kind)


def test_one_poll_at_a_time(telegram: TelegramDouble, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")

    async def talk(bot: Bot) -> None:
        waiting = asyncio.create_task(bot.get_updates(timeout=5))
        await asyncio.sleep(0.1)
        async with Bot("123:abc", base_url=f"{telegram.root}/bot") as other:
            await other.get_updates()
        with pytest.raises(Conflict, match="terminated by other getUpdates"):
            await waiting

    run(telegram, talk)
    assert not [each for each in caplog.records if each.name == "uvicorn.access"]  # its lines hold the token


def test_messages_are_taken_as_the_reader_sees_them(telegram: TelegramDouble) -> None:
    keyboard = InlineKeyboardMarkup([[InlineKeyboardButton("Yes", callback_data="y" * 64)]])

    async def talk(bot: Bot) -> None:
        await bot.send_chat_action(CHAT, "typing")
        message = await bot.send_message(CHAT, "🙂 <b>A &amp; B</b> > 1", parse_mode="HTML", reply_markup=keyboard)
        assert message.text == "🙂 A & B > 1" and message.parse_entities() == {message.entities[0]: "A & B"}
        telegram.user_presses(CHAT, message.message_id, "y" * 64)
        (update,) = await bot.get_updates()
        assert update.callback_query and update.callback_query.message == message
        await update.callback_query.answer()
        with pytest.raises(BadRequest, match=r"[Qq]uery is too old"):
            await update.callback_query.answer()

    run(telegram, talk)
    (sent,) = telegram.wait_for(1)
    assert (sent.chat_id, sent.text, sent.message_id) == (CHAT, "🙂 A & B > 1", 1)
    assert sent.buttons[0]["callback_data"] == "y" * 64
    assert [method for method, _ in telegram.calls][1:3] == ["sendChatAction", "sendMessage"]
    assert telegram.calls[2][1]["chat_id"] == CHAT


def test_bad_messages_are_refused(telegram: TelegramDouble) -> None:
    for button in ("", "é" * 33):
        markup = {"inline_keyboard": [[{"text": "x", "callback_data": button}]]}
        assert "button_data_invalid" in refused(telegram, BadRequest, reply_markup=json.dumps(markup)).lower()
    assert "too long" in refused(telegram, BadRequest, text="🙂" * 2048 + ".")
    assert "empty" in refused(telegram, BadRequest, text=" \n")
    assert "empty" in refused(telegram, BadRequest, text="<b></b>", parse_mode="HTML")
    for text in ("1 < 2", "<br>", "<p>x</p>", "<b>x", "<b><i>x</b></i>", "x</b>", "<b"):
        assert "parse entities" in refused(telegram, BadRequest, text=text, parse_mode="HTML")
    assert telegram.sent == []
    run(telegram, lambda bot: bot.send_message(CHAT, "🙂" * 2048))
    run(telegram, lambda bot: bot.send_message(CHAT, "<b>" + "x" * 4096 + "</b>", parse_mode="HTML"))


def test_faults(telegram: TelegramDouble) -> None:
    telegram.fail_next("sendMessage", 429, "Too Many Requests: retry after 7", retry_after=7)
    with pytest.raises(RetryAfter) as caught:
        run(telegram, lambda bot: bot.send_message(CHAT, "x"))
    assert caught.value._retry_after.total_seconds() == 7
    telegram.fail_next("sendMessage", 500, "Internal Server Error", times=2)
    telegram.fail_next("sendMessage", 502, "Bad Gateway", processed=True)
    for taken in (0, 0, 1):
        refused(telegram, NetworkError)
        assert len(telegram.sent) == taken
    telegram.block(CHAT)
    assert refused(telegram, Forbidden) == "Forbidden: bot was blocked by the user"
    telegram.unblock(CHAT)
    run(telegram, lambda bot: bot.send_message(CHAT, "x"))
    with pytest.raises(InvalidToken):
        run(telegram, lambda bot: bot.get_me(), token="123:other")
    answer = post(f"{telegram.root}/bot123:abc/noSuchThing", b"{}", {"Content-Type": "application/json"})
    wanted = {"ok": False, "error_code": 404, "description": "Not Found: method not found"}
    assert (answer.status_code, json.loads(answer.text)) == (404, wanted)
    with pytest.raises(AssertionError, match="not within"):
        telegram.wait_for(99, timeout=0.05)


def test_webhook_with_secret_and_retries(telegram: TelegramDouble, hook: Hook) -> None:
    hook.statuses = [500, 302]
    telegram.routes["https://bot.example"] = hook.root
    public = "https://bot.example/telegram"
    run(telegram, lambda bot: bot.set_webhook(public, secret_token="s3cret_-", allowed_updates=["message"]))
    number = telegram.user_sends(CHAT, "hello")
    telegram.wait_until(lambda: telegram.pending == 0)
    assert telegram.deliveries == [(number, 500), (number, 302), (number, 200)]
    headers, body = hook.got[-1]
    assert headers["X-Telegram-Bot-Api-Secret-Token"] == "s3cret_-"
    assert json.loads(body)["message"]["text"] == "hello"

    async def talk(bot: Bot) -> None:
        info = await bot.get_webhook_info()
        assert (info.url, info.pending_update_count, info.allowed_updates) == (public, 0, ("message",))
        assert info.last_error_message == "Wrong response from the webhook: 302 Found"
        with pytest.raises(Conflict):
            await bot.get_updates()
        await bot.delete_webhook()
        telegram.push_raw({"message": {"message_id": 1, "date": 0, "chat": {"id": 1, "type": "private"}}})
        assert len(await bot.get_updates()) == 1
        with pytest.raises(BadRequest, match=r"(?i)https url must be provided"):
            await bot.set_webhook("http://bot.example/")

    run(telegram, talk)


def client(double: TwilioDouble, token: str = "test-auth-token") -> Client:
    client = Client(double.account_sid, token)
    client.api.base_url = double.root
    return client


def error_of(double: TwilioDouble, token: str = "test-auth-token", **fields: Any) -> tuple[int, int | None]:
    with pytest.raises(TwilioRestException) as caught:
        client(double, token).messages.create(**{"to": "+252611234567", "from_": double.number, "body": "x", **fields})
    return caught.value.status, caught.value.code


def test_sms_is_taken(twilio: TwilioDouble) -> None:
    body = "ß" * 153 + "€"
    message = client(twilio).messages.create(
        to="+252611234567", from_=twilio.number, body=body + "......", status_callback="https://bot.example/status"
    )
    assert message.sid and message.sid.startswith("SM") and len(message.sid) == 34
    assert (message.status, message.num_segments, message.error_code) == ("queued", "2", None)
    assert message.date_created is not None and message.direction == "outbound-api"
    assert client(twilio).messages(message.sid).fetch().body == body + "......"
    (sent,) = twilio.wait_for(1)
    assert (sent.sid, sent.to, sent.from_) == (message.sid, "+252611234567", twilio.number)
    assert sent.status_callback == "https://bot.example/status"
    by_service = client(twilio).messages.create(to="+252611234567", messaging_service_sid="MG" + "0" * 32, body="ሰላም")
    assert (by_service.status, by_service.from_) == ("accepted", None)


def test_sms_is_refused(twilio: TwilioDouble) -> None:
    assert error_of(twilio, "wrong") == (401, 20003)
    assert twilio.calls == []
    assert error_of(twilio, to="0611") == (400, 21211)
    assert error_of(twilio, body="") == (400, 21602)
    assert error_of(twilio, body="x" * 1601) == (400, 21617)
    twilio.opt_out("+252611234567")
    assert error_of(twilio) == (400, 21610)
    twilio.opt_in("+252611234567")
    twilio.fail_next(429, times=2)
    twilio.fail_next(500, 20500)
    assert [error_of(twilio) for _ in range(3)] == [(429, 20429), (429, 20429), (500, 20500)]
    assert twilio.sent == [] and len(twilio.calls) == 7
    twilio.fail_next(503, processed=True)
    assert error_of(twilio) == (503, 20503)
    assert len(twilio.wait_for(1)) == 1


@pytest.mark.parametrize("public_url", [None, "https://bot.example/sms?a=1&b="])
def test_signatures_are_accepted(twilio: TwilioDouble, hook: Hook, public_url: str | None) -> None:
    validator, url = RequestValidator("test-auth-token"), f"{hook.root}/sms"
    answer = twilio.send_inbound(url, "+252611234567", "Waa ku sidee? ሰላም & 1+1", public_url=public_url, OptOutType="")
    assert (answer.status_code, answer.text, answer.ok) == (200, "<Response/>", True)
    sid = client(twilio).messages.create(to="+252611234567", from_=twilio.number, body="x").sid or ""
    twilio.send_status(url, sid, "undelivered", 30003, public_url=public_url)
    assert client(twilio).messages(sid).fetch().error_code == 30003
    twilio.send_inbound(url, "+1", "", auth_token="other", public_url=public_url)
    twilio.send_inbound(url, "+1", "", signature="forged", public_url=public_url)
    accepted, bodies = [], []
    for headers, body in hook.got:
        bodies.append({name: value for name, (value,) in parse_qs(body.decode(), keep_blank_values=True).items()})
        accepted.append(validator.validate(public_url or url, bodies[-1], headers["X-Twilio-Signature"]))
    assert accepted == [True, True, False, False]
    assert bodies[0]["Body"] == "Waa ku sidee? ሰላም & 1+1" and bodies[0]["FromCity"] == bodies[0]["OptOutType"] == ""
    assert (bodies[1]["MessageStatus"], bodies[1]["ErrorCode"], bodies[1]["To"]) == (
        "undelivered",
        "30003",
        "+252611234567",
    )


def test_nothing_listens_afterwards() -> None:
    with TwilioDouble() as double:
        pass
    with pytest.raises((OSError, http.client.HTTPException)):
        post(double.root, b"", {})
