"""What goes wrong at start is one clear line and exit 1, never a traceback; and the content check's exit codes."""

from __future__ import annotations

import json
import shutil
import socket
from pathlib import Path

import pytest

from bot.errors import ModelMissingError
from content.loader import LIBRARY
from content.models import Library
from sahan.assistant import check_model, model_path
from tests.commands.conftest import Command, Done
from tests.conftest import environment


def is_one_line(done: Done, named: str) -> None:
    assert done.code == 1, (done.out, done.err)
    assert done.out == ""
    assert done.err.startswith("sahan: "), done.err
    assert done.err.count("\n") == 1, done.err
    assert named in done.err


@pytest.mark.parametrize("command", [["ask", "bonjour"], ["bot"]])
def test_a_missing_model(process: Command, tmp_path: Path, command: list[str]) -> None:
    is_one_line(process(*command, SAHAN_MODELS=str(tmp_path / "nothing")), "sahan train")


def test_an_outdated_model(process: Command, tmp_path: Path) -> None:
    models = tmp_path / "models"
    models.mkdir()
    shutil.copy(model_path(), models / "sahan.tar.gz")
    (models / "made-of.json").write_text(json.dumps({"fingerprint": "of another time"}))
    is_one_line(process("ask", "bonjour", SAHAN_MODELS=str(models)), "sahan train")


@pytest.mark.parametrize("content", ["", "{", "[]", "null", '{"fingerprint": null}'])
def test_a_broken_note_of_what_the_model_was_made_of(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str
) -> None:
    shutil.copy(model_path(), tmp_path / "sahan.tar.gz")
    (tmp_path / "made-of.json").write_text(content)
    monkeypatch.setenv("SAHAN_MODELS", str(tmp_path))
    with pytest.raises(ModelMissingError, match="sahan train"):
        check_model(library)


def test_a_port_in_use(process: Command) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = str(other.getsockname()[1])
        is_one_line(process("serve", SAHAN_PORT=port), port)


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"SAHAN_SECRET_KEY": ""}, "SAHAN_SECRET_KEY"),
        ({"SAHAN_PORT": "eighty"}, "SAHAN_PORT"),
        ({"SAHAN_SIMULATOR": "1", "SAHAN_HOST": "0.0.0.0"}, "SAHAN_HOST"),
        ({"SAHAN_DATABASE_URL": "nonsense"}, "SAHAN_DATABASE_URL"),
        ({"SAHAN_DATABASE_URL": "mysql://localhost/sahan"}, "SAHAN_DATABASE_URL"),
        ({"SAHAN_DATABASE_URL": "postgresql://nobody@127.0.0.1:9/sahan"}, "SAHAN_DATABASE_URL"),
        ({"SAHAN_DATABASE_URL": "sqlite:////dev/null/sahan.db"}, "database"),
    ],
)
def test_a_wrong_setting_or_a_database_out_of_reach(
    sahan: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: dict[str, str], named: str
) -> None:
    for name, value in {**environment(tmp_path), **settings}.items():
        monkeypatch.setenv(name, value)
    is_one_line(sahan("database", "upgrade"), named)


def test_a_missing_key_stops_the_system_at_start(process: Command) -> None:
    is_one_line(process("serve", SAHAN_SECRET_KEY=""), "SAHAN_SECRET_KEY")


def test_the_content_of_this_repository_is_in_order(sahan: Command) -> None:
    done = sahan("content", "check")
    assert (done.code, done.err) == (0, ""), done.out


def test_a_fault_in_the_content_is_exit_1_and_named(sahan: Command, tmp_path: Path) -> None:
    folder = tmp_path / "library"
    shutil.copytree(LIBRARY, folder)
    path = folder / "topics" / "return.yml"
    path.write_text(path.read_text("utf-8").replace("id: return.cost", "id: return.price"), "utf-8")
    done = sahan("content", "check", "--library", str(folder))
    assert done.code == 1
    assert "return.cost" in done.out


def test_a_folder_that_is_no_library_is_one_line(sahan: Command, tmp_path: Path) -> None:
    is_one_line(sahan("content", "check", "--library", str(tmp_path / "nothing")), "nothing")


def test_a_file_that_is_not_yaml_is_named(sahan: Command, tmp_path: Path) -> None:
    folder = tmp_path / "library"
    shutil.copytree(LIBRARY, folder)
    (folder / "menu.yml").write_text("menu: [\n")
    done = sahan("content", "check", "--library", str(folder))
    assert done.code == 1
    assert "menu.yml" in done.out + done.err
    assert "Traceback" not in done.err


def test_the_state_of_the_content_has_a_line_for_each_language_and_the_directory(
    sahan: Command, library: Library
) -> None:
    done = sahan("content", "status")
    rows = [line.split("\t") for line in done.out.splitlines()]
    assert done.code == 0
    assert [row[0] for row in rows[1:4]] == ["fr", "en", "ar"]
    assert f" {len(library.directory)} " in done.out.splitlines()[-1]
    french = rows[1]
    assert french[2:5] == ["0", "0", "0"]  # no draft, nothing stale, nothing missing
