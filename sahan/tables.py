"""Reading the tab-separated files of `--batch`."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

from sahan.errors import SahanError
from sahan.language import _


def read_rows(path: Path) -> Iterator[tuple[str, str]]:
    """(id, text) of each row of a tab-separated file (Python csv, excel-tab) whose header holds id and text.

    Raises:
        SahanError: the file cannot be read, is not UTF-8, or has no such header.
    """
    csv.field_size_limit(10_000_000)
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, dialect="excel-tab")
            names = reader.fieldnames or []
            if "id" not in names or "text" not in names:
                raise SahanError(
                    _("{path} : la première ligne doit nommer les colonnes id et text, séparées par une tabulation.")
                    .format(path=path)
                )
            for row in reader:
                yield row["id"] or "", row["text"] or ""
    except OSError as error:
        raise SahanError(_("{path} ne peut pas être lu : {why}.").format(path=path, why=error.strerror)) from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise SahanError(
            _("{path} n'est pas un fichier à tabulations en UTF-8 ({why}).").format(path=path, why=error)
        ) from None


def only_one(batch: Path | None, text: str | None) -> None:
    """See that a file and a text are not both given.

    Raises:
        SahanError: both are.
    """
    if batch is not None and text is not None:
        raise SahanError(_("Donnez un texte, ou --batch et un fichier, pas les deux."))


def needed(text: str | None) -> str:
    """The text of the command line.

    Raises:
        SahanError: there is none.
    """
    if text is None:
        raise SahanError(_("Donnez un texte entre guillemets, ou --batch et un fichier."))
    return text
