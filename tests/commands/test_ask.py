"""`sahan ask` and `sahan chat`: the real path from the command line, and nothing but results on standard output."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from content.languages import message
from content.models import Library
from content.segments import segment
from sahan.assistant import model_path
from tests.commands.conftest import Command

KEYS = ["id", "topic", "score", "alternatives", "lang", "urgent", "replies", "sms_segments"]
QUESTION = "combien coute le retour volontaire ?"


def write_rows(path: Path, text: str) -> str:
    path.write_bytes(text.encode())
    return str(path)


def test_one_question_prints_its_replies(sahan: Command, library: Library) -> None:
    done = sahan("ask", QUESTION)
    assert (done.code, done.err) == (0, "")
    assert library.texts["fr"]["return.cost"].form.long.strip() in done.out
    assert message(library, "introduction", "fr").long in done.out


def test_json_holds_what_was_understood_and_said(sahan: Command, library: Library) -> None:
    done = sahan("ask", QUESTION, "--json", "--channel", "sms")
    found = json.loads(done.out)
    assert list(found) == KEYS
    assert (found["id"], found["topic"], found["lang"], found["urgent"]) == ("", "return.cost", "fr", False)
    assert 0 <= found["score"] <= 1
    assert found["topic"] not in [each["topic"] for each in found["alternatives"]]
    scores = [each["score"] for each in found["alternatives"]]
    assert scores == sorted(scores, reverse=True)
    assert found["replies"][0].startswith(library.texts["fr"]["return.cost"].form.sms)
    assert found["sms_segments"] == sum(segment(reply).segments for reply in found["replies"])


def test_a_chosen_language_is_answered_in_and_the_language_of_the_message_still_named(
    sahan: Command, library: Library
) -> None:
    found = json.loads(sahan("ask", QUESTION, "--json", "--lang", "so", "--channel", "sms").out)
    assert found["lang"] == "fr"
    assert found["replies"][0].startswith(library.texts["so"]["return.cost"].form.sms)


@pytest.mark.parametrize("country", ["DJ", "ml"])
def test_a_country_said_is_answered_for(sahan: Command, library: Library, country: str) -> None:
    question = "ou trouver le bureau de l'OIM pour leur parler ?"
    found = json.loads(sahan("ask", question, "--json", "--country", country, "--channel", "sms").out)
    assert found["topic"] == "services.contact_iom"
    assert found["replies"][0].startswith(
        library.texts["fr"]["services.contact_iom"].for_country(country.upper()).sms)
    assert message(library, "country_question", "fr").sms not in "\n".join(found["replies"])


def test_danger_is_urgent_in_the_json(sahan: Command) -> None:
    found = json.loads(sahan("ask", "au secours la pirogue coule", "--json").out)
    assert (found["urgent"], found["topic"]) == (True, "urgent.danger")


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["ask"], "--batch"), (["ask", "x", "--lang", "xx"], "xx"), (["ask", "x", "--country", "FR"], "FR"),
        (["ask", "x", "--batch", "missing.tsv"], "--batch"), (["ask", "--batch", "missing.tsv"], "missing.tsv"),
    ],
)
def test_what_cannot_be_asked_is_one_line(sahan: Command, arguments: list[str], named: str) -> None:
    done = sahan(*arguments)
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith("sahan: ")
    assert done.err.count("\n") == 1
    assert named in done.err


ROWS = (
    'id\tnote\ttext\r\n'
    'b-2\tx\tcombien coute le retour volontaire ?\r\n'
    'a-1\t\t"deux lignes\nsvp, je veux rentrer ""chez moi"""\r\n'
    '\t\t\r\n'
    'c-3\tx\r\n'
    'd-4\tx\t😀😀\r\n'
    'e-5\tx\tau secours la pirogue coule\textra\tcells\r\n'
    'f é\tx\tكم تكلفة العودة الطوعية؟\r\n'
    "g'7\tx\tje veux ' un apostrophe\r\n"
    'b-2\tx\tSTOP\r\n'
)


def test_a_batch_prints_one_object_a_row_in_order_and_every_row_is_a_new_person(
    sahan: Command, tmp_path: Path, library: Library
) -> None:
    done = sahan("ask", "--batch", write_rows(tmp_path / "rows.tsv", "\ufeff" + ROWS), "--channel", "sms")
    assert (done.code, done.err) == (0, "")
    found = [json.loads(line) for line in done.out.splitlines()]
    assert [each["id"] for each in found] == ["b-2", "a-1", "", "c-3", "d-4", "e-5", "f é", "g'7", "b-2"]
    assert all(list(each) == KEYS for each in found)
    assert all(each["replies"] for each in found)
    assert [found[place]["topic"] for place in (0, 2, 3, 4)] == ["return.cost", None, None, None]
    assert (found[5]["topic"], found[5]["urgent"]) == ("urgent.danger", True)
    assert (found[6]["topic"], found[6]["lang"]) == ("return.cost", "ar")
    assert message(library, "introduction", "fr").sms in found[0]["replies"]
    assert message(library, "introduction", "ar").sms in found[6]["replies"]
    assert found[8]["replies"] == [message(library, "stopped", "fr").sms]


@pytest.mark.parametrize(
    ("content", "named"),
    [("nothing\there\n1\t2\n", "id"), ("", "id"), ("id,text\n1,x\n", "id"),
     ("id\ttext\n1\t\xe9".encode("latin-1"), "UTF-8")],
    ids=["no id", "empty", "commas", "latin-1"],
)
def test_a_batch_that_cannot_be_read_is_one_line(
    sahan: Command, tmp_path: Path, content: str | bytes, named: str
) -> None:
    path = tmp_path / "rows.tsv"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    done = sahan("ask", "--batch", str(path))
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith("sahan: ")
    assert done.err.count("\n") == 1
    assert named in done.err


def test_a_batch_of_a_process_of_its_own_writes_nothing_else_to_standard_output(
    process: Command, tmp_path: Path
) -> None:
    rows = write_rows(tmp_path / "rows.tsv", "id\ttext\n1\tbonjour\n2\t" + QUESTION + "\n")
    done = process("ask", "--batch", rows, SAHAN_MODELS=str(model_path().parent))
    assert done.code == 0, done.err
    assert [json.loads(line)["topic"] for line in done.out.splitlines()] == ["talk.greet", "return.cost"]
    assert done.err == ""


def test_a_conversation_in_the_terminal(sahan: Command, library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("menu\n1\n1\nSTOP\nbonjour\nSTART\nEFFACER\n"))
    done = sahan("chat", "--channel", "sms")
    assert done.code == 0
    first = library.menu[0].topics[0]
    told = [message(library, "menu_header", "fr").sms, library.texts["fr"][first].form.sms,
            message(library, "stopped", "fr").sms, message(library, "started", "fr").sms,
            message(library, "forgotten", "fr").sms]
    places = [done.out.find(each) for each in told]
    assert -1 not in places
    assert places == sorted(places)
    assert library.texts["fr"]["talk.greet"].form.sms not in done.out  # after STOP nothing is sent


def test_a_digit_presses_a_button_of_telegram_in_the_terminal(
    sahan: Command, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("menu\n1\n1\n"))
    done = sahan("chat")
    assert library.texts["fr"][library.menu[0].topics[0]].form.long.strip() in done.out
