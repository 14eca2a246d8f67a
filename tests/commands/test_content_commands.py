"""`sahan content publish`, `history`, `restore`, `export`, `import`: from files to live and back."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import yaml

from content.loader import LIBRARY, read_files
from tests.commands.conftest import Command

COST = "return.cost"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the library, to change."""
    return Path(shutil.copytree(LIBRARY, tmp_path / "library"))


def change(folder: Path, text: str) -> Path:
    """Another French answer on cost; gives its file."""
    path = folder / "texts" / "fr" / "return.yml"
    values = yaml.safe_load(path.read_text("utf-8"))
    values["texts"][COST]["sms"] = text
    path.write_text(yaml.safe_dump(values, allow_unicode=True), "utf-8")
    return path


def test_what_is_published_is_answered_listed_restored_and_written_back(
    sahan: Command, folder: Path, tmp_path: Path
) -> None:
    assert "content/library" in sahan("content", "history").out
    change(folder, "Une réponse publiée.")
    done = sahan("content", "publish", "--library", str(folder), "--author", "Amina", "--note", "le prix")
    assert (done.code, done.err) == (0, "")
    assert "1" in done.out and f"fr {COST}" in done.out
    question = ("ask", "combien coute le retour volontaire ?", "--channel", "sms")
    assert sahan(*question).out.startswith("Une réponse publiée.")
    assert "Amina\tle prix" in sahan("content", "history").out
    assert sahan("content", "publish", "--author", "Moussa").code == 0
    assert not sahan(*question).out.startswith("Une réponse publiée.")
    assert sahan("content", "restore", "1").code == 0
    assert sahan(*question).out.startswith("Une réponse publiée.")
    out = tmp_path / "out"
    assert sahan("content", "export", str(out)).code == 0
    assert read_files(out) == read_files(folder)
    assert sahan("content", "export", str(out), "--revision", "2").code == 0
    assert read_files(out) == read_files(LIBRARY)


def test_faults_are_shown_and_nothing_is_published(sahan: Command, folder: Path) -> None:
    change(folder, "Un numéro inventé : 77 123 45 67.")
    done = sahan("content", "publish", "--library", str(folder))
    assert done.code == 1
    assert f"texts/fr/return.yml {COST} fr" in done.out
    assert "nothing was published" in done.err
    assert "content/library" in sahan("content", "history").out


def test_an_unknown_revision_is_one_clear_line(sahan: Command) -> None:
    done = sahan("content", "restore", "7")
    assert (done.code, done.out) == (1, "")
    assert done.err.count("\n") == 1 and "Revision 7" in done.err


def test_files_from_elsewhere_are_taken_in(sahan: Command, folder: Path, tmp_path: Path) -> None:
    given = Path(shutil.copy(change(folder, "Une réponse reprise."), tmp_path / "from-a-translator.yml"))
    shutil.copy(LIBRARY / "texts" / "fr" / "return.yml", folder / "texts" / "fr" / "return.yml")
    done = sahan("content", "import", str(given), "--library", str(folder))
    assert (done.code, done.err) == (0, "")
    assert "texts/fr/return.yml" in done.out
    assert (folder / "texts" / "fr" / "return.yml").read_bytes() == given.read_bytes()


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("locale: fr\ntexts: {return.cost: {title: a, sms: b, long: c}}\n", "return.apply"),
        ("locale: fr\ntexts: {return.cost: {}, safe.asylum: {}}\n", "return, safe"),
        ("id: ../menu\nfacts: {a: b}\n", "../menu"), ("locale: ../..\ncommands: {stop: [stop]}\n", "../.."),
        ("a: 1\n", "content/README.md"), ("- 1\n", "content/README.md"), ("locale: [\n", "YAML"),
    ],
)
def test_a_file_that_would_lose_or_break_something_is_refused_whole(
    sahan: Command, folder: Path, tmp_path: Path, body: str, told: str
) -> None:
    before = read_files(folder)
    path = tmp_path / "given.yml"
    path.write_text(body, "utf-8")
    done = sahan("content", "import", str(path), "--library", str(folder))
    assert done.code == 1
    assert told in done.err
    assert read_files(folder) == before
