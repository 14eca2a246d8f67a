"""What is thrown at the gateway: requests that are nearly right, and requests that are nothing at all."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from hypothesis import strategies as st
from twilio.request_validator import RequestValidator

from connectors.sms.webhook import STATUS_PATH
from connectors.telegram.webhook import SECRET_HEADER

SECRET, AUTH_TOKEN, PUBLIC_URL = "fuzz_secret", "fuzz-auth-token", "https://sahan.example.org"
MARK = "zibeline-77-6543210"
"""Stands in texts and fields; it must never come back, and never reach a log."""

_VALIDATOR = RequestValidator(AUTH_TOKEN)
_EVIL = st.sampled_from([
    "", MARK, "\x00", "\r\nSet-Cookie: a=b", "' OR 1=1 --", "'; DROP TABLE senders; --", "<script>alert(1)</script>",
    "<b>", "&amp;", "{{7*7}}", "${jndi:ldap://x}", "%n%n%s", "../../etc/passwd", "\u202e", "\ud800", "A" * 5001,
    "🙏" * 999, "/ask_menu", '/inform{"topic": "x"}', "١", "-1", "1e999", "NaN", "STOP", "EFFACER", "DANGER", "\n" * 50,
])
_TEXT = st.one_of(_EVIL, st.text(max_size=60), st.text(alphabet="ʼŋɓƴ አበ حخ +-_/\\\"'<>&;%{}\x00\x1b\r\n", max_size=80))
_NUMBERS = st.one_of(st.integers(-2**70, 2**70), st.floats(), st.booleans(), st.sampled_from([0, 2**31, 2**63, 2**64]))
_JSON = st.recursive(
    st.one_of(st.none(), _NUMBERS, _TEXT),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(_TEXT, inner, max_size=3)), max_leaves=8,
)


def _mostly(sound: st.SearchStrategy[Any], strange: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.integers(0, 7).flatmap(lambda number: strange if number == 0 else sound)


@dataclass(frozen=True)
class Attack:
    """One request. ``authentic``: it carries the right secret or signature, so that it may be taken."""

    method: str
    path: str
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    authentic: bool = False


def _person(draw: st.DrawFn) -> dict[str, Any]:
    return {"id": draw(st.integers(1, 40)), "is_bot": draw(st.integers(0, 19)) == 0, "first_name": draw(_TEXT),
            "language_code": draw(st.sampled_from(["fr", "ar", "", "x" * 99, "so-DJ"]))}


@st.composite
def telegram(draw: st.DrawFn) -> Attack:
    """Updates of all kinds, with some of their values replaced by anything, or no JSON at all."""
    kinds = st.sampled_from(["private", "private", "group", "channel", "supergroup"])
    chat = {"id": draw(st.integers(1, 40)), "type": draw(kinds)}
    message: dict[str, Any] = {"message_id": draw(st.integers(1, 10**6)), "date": 1_700_000_000, "chat": chat,
                               "from": _person(draw)}
    kind = draw(st.sampled_from(["text", "location", "voice", "caption", "sticker", "contact", "nothing"]))
    message |= {"text": {"text": draw(_TEXT)}, "caption": {"caption": draw(_TEXT), "photo": []},
                "location": {"location": {"latitude": draw(st.floats()), "longitude": draw(st.floats())}},
                "voice": {"voice": {"file_id": "a", "file_unique_id": "b", "duration": 1}},
                "sticker": {"sticker": draw(_JSON)}, "contact": {"contact": draw(_JSON)}, "nothing": {}}[kind]
    body: dict[str, Any] = {"update_id": draw(_mostly(st.integers(1, 10**9), _NUMBERS))}
    what = draw(st.sampled_from(["message"] * 4 + ["edited_message", "callback_query", "my_chat_member", "poll"]))
    body[what] = message if "message" in what else {
        "id": "1", "from": _person(draw), "chat_instance": "1", "data": draw(_TEXT), "message": message, "chat": chat,
        "old_chat_member": draw(_JSON), "new_chat_member": draw(_JSON), "date": 1_700_000_000,
    }
    if draw(st.integers(0, 3)) == 0:
        _replace(draw, body)
    raw = json.dumps(body, ensure_ascii=draw(st.booleans())).encode("utf-8", "surrogatepass")
    if draw(st.integers(0, 9)) == 0:
        raw = draw(st.one_of(st.binary(max_size=200), st.just(b"[" * 50_000), st.just(raw[:-3])))
    secret = draw(st.sampled_from([SECRET] * 8 + ["", SECRET + " ", SECRET[:-1]]))
    return Attack("POST", "/telegram/webhook", {SECRET_HEADER: secret, "Content-Type": "application/json"}, raw,
                  secret == SECRET)


def _replace(draw: st.DrawFn, body: dict[str, Any]) -> None:
    place: Any = body
    for _ in range(draw(st.integers(0, 4))):
        inner = [each for each in place.values() if isinstance(each, dict) and each]
        if not inner:
            break
        place = draw(st.sampled_from(inner))
    place[draw(st.sampled_from(sorted(place)))] = draw(_JSON)


@st.composite
def twilio(draw: st.DrawFn) -> Attack:
    """Messages and receipts, rightly and wrongly signed, with fields missing, doubled, huge or strange."""
    receipt = draw(st.booleans())
    path = STATUS_PATH if receipt else "/sms/twilio"
    form: list[tuple[str, str]] = [
        ("MessageSid", draw(_mostly(st.integers(0, 10**6).map(lambda number: f"SM{number:032x}"), _TEXT))),
        ("From", draw(_mostly(st.integers(0, 40).map(lambda number: f"+2217700000{number:02d}"), _TEXT))),
        ("Body", draw(_TEXT)), ("NumMedia", draw(st.sampled_from(["0", "1", "x", ""]))),
        ("OptOutType", draw(st.sampled_from(["", "STOP", "START", "HELP", MARK]))),
    ]
    if receipt:
        form += [("MessageStatus", draw(_mostly(st.sampled_from(["delivered", "failed", "sent", "SENT"]), _TEXT))),
                 ("ErrorCode", draw(st.one_of(st.sampled_from(["", "30003", "30006"]), _TEXT)))]
    for _ in range(draw(st.integers(0, 2))):
        form.append((draw(_TEXT), draw(_TEXT)))
    if draw(st.integers(0, 5)) == 0:
        form.pop(draw(st.integers(0, len(form) - 1)))
    sound = [(_half(key), _half(value)) for key, value in form]
    body = urlencode(sound).encode()
    if draw(st.integers(0, 15)) == 0:
        body = draw(st.binary(max_size=200))
    query = draw(st.sampled_from(["", "", "?a=b&c", "?%00"]))
    right = _signature(PUBLIC_URL + path + query, sound)
    signature = draw(st.sampled_from([right] * 8 + ["", right[:-1], "A" * 28, right + "="]))
    return Attack("POST", path + query, {
        "X-Twilio-Signature": signature, "Content-Type": "application/x-www-form-urlencoded"}, body, signature == right)


def _half(text: str) -> str:
    return text.encode("utf-8", "replace").decode()


def _signature(url: str, form: list[tuple[str, str]]) -> str:
    from starlette.datastructures import ImmutableMultiDict

    return str(_VALIDATOR.compute_signature(url, ImmutableMultiDict(form)))


@st.composite
def anything(draw: st.DrawFn) -> Attack:
    """Any method on any path with any header: pages, figures, what is not there."""
    path = draw(st.one_of(
        st.sampled_from(["/", "/staff/", "/metrics", "/readyz", "/healthz", "/simulator/messages", "/sms/twilio",
                         "/telegram/webhook", "/staff/../../etc/passwd", "/static/%2e%2e/%2e%2e/etc/passwd", "//",
                         "/%00"]),
        st.text(alphabet="abc/.%<>\"'?&=é2e0", max_size=30).map(lambda text: "/" + text),
    ))
    names = st.sampled_from(["Authorization", "Accept-Language", "X-Forwarded-For", "Cookie", "Host", "Content-Length",
                             "Transfer-Encoding", "Range", "X-HTTP-Method-Override", "Forwarded"])
    values = st.text(alphabet=st.characters(min_codepoint=32, max_codepoint=126), max_size=60)
    headers = draw(st.dictionaries(names, st.one_of(values, st.just(f"Bearer {MARK}"), st.just("chunked")), max_size=3))
    method = draw(st.sampled_from(["GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH", "TRACE", "QWERTY"]))
    return Attack(method, path, headers, draw(st.binary(max_size=100)))
