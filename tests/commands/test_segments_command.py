"""`sahan segments`: one text, its JSON, and files of texts."""

from __future__ import annotations

import json
from pathlib import Path

from tests.commands.conftest import Command


def test_one_text_in_words(sahan: Command) -> None:
    done = sahan("segments", "ça coûte")
    assert done.code == 0
    assert "UCS-2" in done.out
    assert "ç û" in done.out


def test_one_text_as_json(sahan: Command) -> None:
    assert json.loads(sahan("segments", "a" * 161, "--json").out) == {
        "encoding": "GSM-7", "segments": 2, "remaining": 145, "forced_by": []
    }


def test_an_empty_text(sahan: Command) -> None:
    assert json.loads(sahan("segments", "", "--json").out)["segments"] == 0


def test_a_text_that_looks_like_an_option(sahan: Command) -> None:
    assert json.loads(sahan("segments", "--json", "--", "-1").out)["segments"] == 1


def test_a_batch(sahan: Command, tmp_path: Path) -> None:
    path = tmp_path / "rows.tsv"
    path.write_bytes("text\tid\n\"deux\nlignes\"\tz\n€\ta\nŋ👨‍👩‍👧\tm\n\te\n".encode())
    done = sahan("segments", "--batch", str(path))
    assert (done.code, done.err) == (0, "")
    assert [json.loads(line) for line in done.out.splitlines()] == [
        {"id": "z", "encoding": "GSM-7", "segments": 1, "remaining": 149, "forced_by": []},
        {"id": "a", "encoding": "GSM-7", "segments": 1, "remaining": 158, "forced_by": []},
        {"id": "m", "encoding": "UCS-2", "segments": 1, "remaining": 61, "forced_by": ["ŋ", "👨‍👩‍👧"]},
        {"id": "e", "encoding": "GSM-7", "segments": 0, "remaining": 160, "forced_by": []},
    ]


def test_no_text_and_no_file_is_one_line(sahan: Command) -> None:
    done = sahan("segments")
    assert (done.code, done.out, done.err.count("\n")) == (1, "", 1)
