"""Whatever comes in: a polite reply or a clear refusal, never a fault of ours, never silence."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from bot.assistant import Assistant
from connectors.body import LONGEST_BODY
from connectors.telegram.webhook import SECRET_HEADER
from content.models import Library
from sahan.composition import gateway_application, vault_of
from store.engine import create_engine
from store.migrate import upgrade
from store.tables import inbox, outbox
from tests.doubles import TelegramDouble, TwilioDouble
from tests.doubles.twilio import sign
from tests.integration.system import (
    ACCOUNT_SID,
    AUTH_TOKEN,
    BOT_TOKEN,
    NUMBER,
    WEBHOOK_SECRET,
    System,
    running,
    settings_of,
    telegram_settings,
    twilio_settings,
)
from tests.integration.users import Phone, SmsUsers, TelegramUsers

ANN, ALI, SESSION = 4711, "+22370000001", "s" * 22
TWILIO_FORM = {"MessageSid": "SM1", "From": ALI, "To": NUMBER, "Body": "AIDE", "NumMedia": "0"}
TEXTS = {
    "empty": "", "blank": " \n\t ", "5,000": "mot " * 1250, "longer than anything": "a" * 60_000,
    "only emoji": "\U0001f600\U0001f64f\U0001f3fd\U0001f468\u200d\U0001f469\u200d\U0001f467", "only marks": "?!...",
    "control": "\x00\x01\x02\x1b[31m\x7f\x85", "bidirectional": "\u202eEDIA\u202c \u2066x\u2069\u200f",
    "zero width": "\u200b\u200d\ufeff", "HTML": "<script>alert('x')</script>&<b>", "combining": "e" + "\u0301" * 500,
    "unassigned": "\U000e0fff\ufffe", "format": "%s {0} {country} $HOME", "SQL": "'; DROP TABLE inbox; --",
    "payload": '/choose_topic{"topic":"x"}', "digits": "\u0663" * 50, "JSON": '{"a": [',
}
NOT_JSON = [b"", b"{", b"\xff\xfe{}", b'{"update_id": 1', b"update_id=1", b"NaN{}", b"[" * 100_000, b"1" * 10_000,
            b'{"a":' * 50_000 + b"1" + b"}" * 50_000]
NO_UPDATES = [b"null", b"[]", b"1", b'"x"', b"{}", b'{"update_id": "1"}', b'{"update_id": null}', b"NaN"]

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
    | st.sampled_from(["\ud800", "private", "group", 2**63, 10**400, 1e308, -1, 0, ""]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3), max_leaves=6,
)
UPDATE: dict[str, Any] = {
    "update_id": 1,
    "message": {"message_id": 1, "date": 1_700_000_000, "text": "AIDE", "caption": "AIDE",
                "from": {"id": ANN, "is_bot": False, "first_name": "A", "language_code": "fr"},
                "chat": {"id": ANN, "type": "private"}, "location": {"latitude": 1.0, "longitude": 2.0},
                "entities": [{"type": "bold", "offset": 0, "length": 1}]},
    "callback_query": {"id": "1", "from": {"id": ANN, "is_bot": False, "first_name": "A"}, "chat_instance": "1",
                       "data": "/ask_menu", "message": {"message_id": 1, "date": 1, "chat": {"id": ANN,
                                                                                         "type": "private"}}},
}
SIMULATED: dict[str, Any] = {"session": SESSION, "channel": "sms", "id": "1", "text": "AIDE", "kind": "location",
                             "payload": "/ask_menu", "latitude": 1.0, "longitude": 2.0}


def paths(value: Any, so_far: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [so_far, *(path for key, each in inner for path in paths(each, (*so_far, key)))]


def put(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    """``value`` with what is at ``path`` replaced, or taken away where ``new`` is ``...``."""
    if not path:
        return new
    copy = dict(value) if isinstance(value, dict) else list(value)
    if new is ... and len(path) == 1:
        del copy[path[0]]
    else:
        copy[path[0]] = put(value[path[0]], path[1:], new)
    return copy


def damaged(value: dict[str, Any], parts: list[dict[str, Any]]) -> st.SearchStrategy[Any]:
    """One of ``parts`` with one to three places replaced by anything, or taken away."""
    def damage(base: dict[str, Any]) -> st.SearchStrategy[Any]:
        change = st.tuples(st.sampled_from(paths(base)[1:]), anything | st.just(...))
        return st.lists(change, min_size=1, max_size=3).map(lambda changes: _damage(base, changes))

    return st.sampled_from([value, *parts]).flatmap(damage)


def _damage(base: Any, changes: list[tuple[tuple[Any, ...], Any]]) -> Any:
    for path, new in changes:
        try:
            base = put(base, path, new)
        except (KeyError, IndexError, TypeError):  # an earlier change took the place away
            continue
    return base


def without(value: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: each for name, each in value.items() if name not in names}


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory, library: Library) -> Iterator[TestClient]:
    """All channels at once, in this process; an error of ours is a 500 here, as it would be outside."""
    url = f"sqlite:///{tmp_path_factory.mktemp('bad-input') / 'sahan.db'}"
    upgrade(url)
    nowhere = "http://127.0.0.1:9"
    more = {**telegram_settings(nowhere), **twilio_settings(nowhere, PUBLIC_URL="http://127.0.0.1"), "SIMULATOR": "1"}
    made = settings_of(url, **more)
    application = gateway_application(made, create_engine(url), vault_of(made), lambda: library)
    with TestClient(application, raise_server_exceptions=False) as client:
        yield client


def post_update(gateway: TestClient, body: bytes) -> int:
    return gateway.post("/telegram/webhook", content=body, headers={SECRET_HEADER: WEBHOOK_SECRET}).status_code


@pytest.mark.parametrize("channel", ["telegram", "sms"])
async def test_every_text_gets_a_reply(sqlite_url: str, assistant: Assistant, channel: str) -> None:
    with TelegramDouble(BOT_TOKEN) as telegram, TwilioDouble(ACCOUNT_SID, AUTH_TOKEN, number=NUMBER) as twilio:
        more = {**telegram_settings(telegram.root), **twilio_settings(twilio.root)}
        async with running(settings_of(sqlite_url, **more), assistant) as system:
            if channel == "telegram":
                users = TelegramUsers(system, telegram)
                await users.set_webhook()
                got = {name: len(await users.say(ANN + place, text))
                       for place, (name, text) in enumerate(TEXTS.items())}
            else:
                people = SmsUsers(system, twilio)
                got = {name: len(await people.say(f"+2237000{place:04d}", text))
                       for place, (name, text) in enumerate(TEXTS.items())}
            assert {row.status for row in await system.rows(outbox)} == {"sent"}
    assert [name for name, replies in got.items() if not replies] == []


async def test_every_text_gets_a_reply_at_the_simulator(system: System) -> None:
    for place, (name, text) in enumerate(TEXTS.items()):
        assert await Phone(system, f"person-{place:015d}").say(text), name


def test_what_is_no_update_is_refused(gateway: TestClient) -> None:
    statuses = {body[:20]: post_update(gateway, body) for body in (*NOT_JSON, *NO_UPDATES)}
    assert set(statuses.values()) == {400}, statuses


def test_what_is_no_message_is_refused_by_the_simulator(gateway: TestClient) -> None:
    for path in ("/simulator/messages", "/simulator/segments"):
        statuses = {body[:20]: gateway.post(path, content=body).status_code for body in (*NOT_JSON, *NO_UPDATES)}
        assert set(statuses.values()) == {400}, (path, statuses)


def test_a_question_that_makes_no_sense_is_refused_by_the_simulator(gateway: TestClient) -> None:
    good = {"session": SESSION, "channel": "sms", "after": "0"}
    assert gateway.get("/simulator/messages", params=good).status_code == 200
    for name, value in (("after", "x"), ("after", "9" * 30), ("after", "1.5"), ("session", "short"),
                        ("session", "é" * 22), ("channel", "fax"), ("channel", "")):
        answer = gateway.get("/simulator/messages", params={**good, name: value})
        assert answer.status_code == 400, (name, value)
        assert answer.json()["error"]


def test_a_body_that_no_message_can_have_is_refused(gateway: TestClient) -> None:
    body = b'{"text": "' + b"a" * LONGEST_BODY + b'"}'
    assert post_update(gateway, body) == 413
    for path in ("/sms/twilio", "/sms/twilio/status", "/simulator/messages", "/simulator/segments"):
        assert gateway.post(path, content=body).status_code == 413, path


def test_a_form_that_cannot_be_read_is_refused(gateway: TestClient) -> None:
    bodies = [b"", b"Body=\xff\xfe", b"\x00\x01", b"a=1&" * 500, b"From=" + b"%FF" * 20, b"&&&===", b'{"From": "x"}']
    for path in ("/sms/twilio", "/sms/twilio/status"):
        for body in bodies:
            answer = gateway.post(path, content=body, headers={"X-Twilio-Signature": "x"})
            assert answer.status_code in (400, 403), (path, body)


@pytest.mark.parametrize("missing", ["MessageSid", "From"])
def test_a_signed_form_without_what_is_needed_is_refused(gateway: TestClient, missing: str) -> None:
    form = without(TWILIO_FORM, missing)
    headers = {"X-Twilio-Signature": sign(AUTH_TOKEN, "http://127.0.0.1/sms/twilio", form)}
    headers["Content-Type"] = "application/x-www-form-urlencoded"
    assert gateway.post("/sms/twilio", content=urlencode(form), headers=headers).status_code == 400


def test_other_methods_and_paths_are_refused(gateway: TestClient) -> None:
    assert gateway.get("/telegram/webhook").status_code == 405
    assert gateway.get("/sms/twilio").status_code == 405
    assert gateway.post("/healthz").status_code == 405
    assert gateway.post("/nothing/here").status_code == 404


usual = settings(max_examples=150, deadline=None, database=None, derandomize=True,
                 suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])


@usual
@given(update=anything | damaged(without(UPDATE, "callback_query"), [without(UPDATE, "message"), {
    **without(UPDATE, "callback_query"), "message": without(UPDATE["message"], "text", "caption")}]))
def test_any_update_is_taken_or_refused_without_a_fault(gateway: TestClient, update: Any) -> None:
    assert post_update(gateway, json.dumps(update).encode()) in (200, 400)


@usual
@given(values=anything | damaged(SIMULATED, [without(SIMULATED, "kind"), without(SIMULATED, "kind", "payload")]))
def test_any_message_is_taken_or_refused_by_the_simulator_without_a_fault(gateway: TestClient, values: Any) -> None:
    answer = gateway.post("/simulator/messages", content=json.dumps(values).encode())
    assert answer.status_code in (202, 400)
    assert gateway.post("/simulator/segments", content=json.dumps(values).encode()).status_code in (200, 400)


async def test_whatever_was_taken_is_answered(sqlite_url: str, assistant: Assistant) -> None:
    """Wrong types in places that matter: refused, or answered; never taken and then left lying."""
    changes: list[tuple[tuple[str, ...], Any]] = [
        (("chat", "id"), value) for value in ("x", 1.5, True, None, [], {}, 2**70, -0.0)
    ] + [(("text",), value) for value in (5, [], ["a"], {}, True, "\ud800", "a\ud800b")] + [
        (("date",), value) for value in (1e300, -1, "x", 10**30)
    ] + [(("from", "language_code"), value) for value in (5, [], "\ud800", "x" * 5000, "-")]
    with TelegramDouble(BOT_TOKEN) as double:
        async with running(settings_of(sqlite_url, **telegram_settings(double.root)), assistant) as system:
            users = TelegramUsers(system, double)
            statuses = {}
            for number, (path, value) in enumerate(changes, start=1):
                base = put(without(UPDATE["message"], "caption", "location"), ("chat", "id"), ANN + number)
                answer = await users.post({"update_id": number, "message": put(base, path, value)})
                statuses[f"{path} {value!r:.20}"] = answer.status_code
            assert set(statuses.values()) <= {200, 400}, statuses
            await system.answer()
            rows = await system.rows(inbox)
            assert len(rows) == list(statuses.values()).count(200)
            answered = {row.inbox_id for row in await system.rows(outbox)}
            assert [row.id for row in rows if row.id not in answered] == []
