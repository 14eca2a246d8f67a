"""`sahan content import`: files that somebody has written or translated, into the library, all of them or none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from content.check import check
from content.errors import ContentError, ContentFaultyError
from content.loader import LIBRARY, library_of, read_files
from sahan.content import place_in, show_faults
from sahan.language import _

# What a file holds tells where it belongs: the name of its section, and the folder.
_SECTIONS = {"facts": "documents", "topics": "topics", "texts": "texts", "messages": "messages", "phrases": "phrases",
             "commands": "words"}
_BY_GROUP = ("texts", "phrases")


def import_files(paths: Sequence[Path], folder: Path = LIBRARY) -> None:
    """Put files in their places in a library, after checking all of it with them.

    A file is a whole file of the library, as `sahan content export` writes it. One that lacks entries which the
    library's own has is refused: nothing is lost by an import.

    Raises:
        ContentError: a file cannot be read, is of no kind that the library has, or lacks entries.
        ContentFaultyError: the library has faults with the files.
    """
    files = read_files(folder)
    placed = {}
    for path in paths:
        body, values = _read(path)
        name = _place(path, values)
        _see_that_nothing_is_lost(path, values, files.get(name))
        place_in(folder, name)
        placed[name] = body
    merged = {**files, **placed}
    if faults := check(library_of(merged), merged):
        show_faults(faults)
        raise ContentFaultyError(faults)
    for name, body in placed.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(body)
        print(_("{name} : écrit. Pour le mettre en ligne : sahan content publish").format(name=name))


def _read(path: Path) -> tuple[bytes, Mapping[str, Any]]:
    try:
        body = path.read_bytes()
        values = yaml.safe_load(body.decode("utf-8"))
    except OSError as error:
        raise ContentError(_("{path} ne peut pas être lu : {why}.").format(path=path, why=error.strerror)) from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        why = str(error).replace("\n", " ")
        raise ContentError(_("{path} n'est pas du YAML en UTF-8 ({why}).").format(path=path, why=why)) from None
    if not isinstance(values, dict):
        raise ContentError(_("{path} n'est pas un fichier de la bibliothèque : voyez content/README.md.")
                           .format(path=path))
    return body, values


def _place(path: Path, values: Mapping[str, Any]) -> str:
    section = next((each for each in _SECTIONS if isinstance(values.get(each), (dict, list))), None)
    if section is None:
        raise ContentError(_("{path} n'est pas un fichier de la bibliothèque : voyez content/README.md.")
                           .format(path=path))
    kind, locale = _SECTIONS[section], str(values.get("locale", ""))
    if kind == "documents":
        return f"documents/{values.get('id')}.yml"
    if kind in ("messages", "words"):
        return f"{kind}/{locale}.yml"
    entries = _entries(values)
    groups = {each.split(".")[0] for each in entries}
    if len(groups) != 1:
        raise ContentError(_("{path} mêle plusieurs groupes de sujets ({groups}) : un fichier par groupe.")
                           .format(path=path, groups=", ".join(sorted(groups)) or "-"))
    # Phrases of one group may stand in several files, which their names tell apart.
    group = path.stem if kind == "phrases" and path.stem.startswith(f"{min(groups)}_") else min(groups)
    return f"{kind}/{locale}/{group}.yml" if kind in _BY_GROUP else f"{kind}/{group}.yml"


def _entries(values: Mapping[str, Any]) -> set[str]:
    for section in _SECTIONS:
        found = values.get(section)
        if isinstance(found, dict):
            return {str(each) for each in found}
        if isinstance(found, list):
            return {str(each["id"]) for each in found if isinstance(each, dict) and "id" in each}
    return set()


def _see_that_nothing_is_lost(path: Path, values: Mapping[str, Any], before: bytes | None) -> None:
    if before is None:
        return
    missing = _entries(yaml.safe_load(before.decode("utf-8"))) - _entries(values)
    if missing:
        raise ContentError(
            _("{path} n'a pas tout ce que la bibliothèque a déjà : {missing}. Partez du fichier entier "
              "(sahan content export), et changez-y ce qui doit l'être.")
            .format(path=path, missing=", ".join(sorted(missing)))
        )
