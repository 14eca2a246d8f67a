"""The rooms and the way their imports go, the length of files, and what no committed file may name."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = ("bot", "connectors", "console", "content", "sahan", "store", "stand_ins")
LONGEST_FILE = 350
# Written in two parts, for this file is searched too.
REGISTRIES = ("files.python" + "hosted.org", "pypi" + ".org", "registry.npm" + "js.org", "regi" + "stry.yarnpkg.com",
              "deb" + ".debian.org", "proxy.golang" + ".org", "index.crates" + ".io", "conda" + ".anaconda.org")


def committed() -> list[Path]:
    """The files of the repository, those not yet committed too, without what is ignored."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT, capture_output=True, check=True,
    ).stdout.decode()
    return [ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()]


def product_files() -> list[Path]:
    return [path for path in committed() if path.suffix == ".py" and path.relative_to(ROOT).parts[0] in ROOMS]


def test_imports_go_one_way() -> None:
    done = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"], cwd=ROOT, capture_output=True, text=True,
        timeout=120, env={**os.environ, "COLUMNS": "200"},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert " 0 broken" in done.stdout


def test_every_room_is_under_the_contracts() -> None:
    contracts = (ROOT / "pyproject.toml").read_text("utf-8").partition("[tool.importlinter]")[2]
    for room in ROOMS:
        if room != "stand_ins":
            assert f'"{room}"' in contracts.partition("\n\n")[0], room


def test_files_of_code_are_short() -> None:
    found = product_files()
    assert len(found) > 50
    lengths = {str(path.relative_to(ROOT)): len(path.read_text("utf-8").splitlines()) for path in found}
    assert {name: length for name, length in lengths.items() if length >= LONGEST_FILE} == {}


def test_every_module_says_what_it_is_for() -> None:
    silent = [str(path.relative_to(ROOT)) for path in product_files()
              if "migrations/versions" not in path.as_posix() and not path.read_text("utf-8").startswith(('"""', "#"))]
    assert silent == []


def test_no_committed_file_names_a_registry_of_packages() -> None:
    named = [(str(path.relative_to(ROOT)), host) for path in committed() for host in REGISTRIES
             if host.encode() in path.read_bytes()]
    assert named == []


@pytest.mark.parametrize("name", ["requirements/runtime.txt", "requirements/test.txt"])
def test_every_locked_package_has_one_version_and_hashes(name: str) -> None:
    entries = re.split(r"\n(?=\S)", (ROOT / name).read_text("utf-8").replace("\\\n", " ").strip())
    packages = [entry for entry in entries if entry and not entry.startswith("#")]
    assert len(packages) > 10
    for entry in packages:
        assert re.match(r"[A-Za-z0-9._-]+(\[[a-z0-9,-]+\])?==\S+", entry), entry[:80]
        assert "--hash=sha256:" in entry, entry[:80]
        assert "://" not in entry, entry[:80]


def test_no_committed_file_is_a_trained_model_a_database_or_a_key() -> None:
    kinds = {".tar", ".gz", ".db", ".sqlite", ".pem", ".key", ".pkl", ".pickle", ".joblib"}
    assert [str(path.relative_to(ROOT)) for path in committed() if path.suffix in kinds] == []
