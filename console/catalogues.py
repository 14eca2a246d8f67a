"""Keeps the catalogues of translations in step with the code.

Run from the repository's root: ``python -m console.catalogues`` brings the catalogues up to date,
``python -m console.catalogues check`` says what is missing and changes nothing.
"""

from __future__ import annotations

import sys
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po, write_po

from console.translation import CATALOGUES, DOMAIN, LOCALES, SOURCE

ROOT = Path(__file__).parent.parent
_HEADER = "# The interface of Sahan; the message id is the French. Kept in step by console/catalogues.py."
_KEYWORDS = {**DEFAULT_KEYWORDS, "N_": None, "gettext_noop": None}


def extract() -> Catalog:
    """Every text that the code marks (``console/babel.cfg`` says where): French, with the files that use it."""
    with (ROOT / "console" / "babel.cfg").open(encoding="utf-8") as file:
        methods, options = parse_mapping_cfg(file)  # type: ignore[no-untyped-call]
    template = Catalog(project="Sahan", charset="utf-8")
    found = extract_from_dir(ROOT, methods, options, keywords=_KEYWORDS)
    # Files without line numbers: a moved line is no change of the catalogue.
    for name, _, message, comments, context in sorted(found, key=lambda each: (each[0], each[1])):
        template.add(message, locations=[(name, 0)], auto_comments=comments, context=context)
    return template


def read(locale: str) -> Catalog:
    """The catalogue of a language, empty where there is none yet."""
    path = _path(locale)
    if not path.is_file():
        return Catalog(locale=locale, project="Sahan", charset="utf-8")
    with path.open("rb") as file:
        return read_po(file, locale=locale)


def update() -> None:
    """Add what the code has gained, drop what it has lost; nothing is guessed from similar texts."""
    template = extract()
    for locale in _translated():
        catalogue = read(locale)
        catalogue.update(template, no_fuzzy_matching=True, update_creation_date=False)
        catalogue.obsolete.clear()
        catalogue.fuzzy = False
        catalogue.header_comment, catalogue.last_translator, catalogue.language_team = _HEADER, "Sahan", locale
        catalogue.msgid_bugs_address, catalogue.version = "none", "0"
        catalogue.revision_date = catalogue.creation_date
        path = _path(locale)
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            write_po(file, catalogue, width=0, ignore_obsolete=True, include_lineno=False)


def faults() -> list[str]:
    """What keeps the catalogues from being complete, one sentence a text."""
    template = extract()
    found: list[str] = []
    for locale in _translated():
        catalogue, path = read(locale), _path(locale).relative_to(ROOT)
        for message in template:
            if not message.id:
                continue
            translated = catalogue.get(message.id, message.context)
            if translated is None or not all(_strings(translated.string)):
                found.append(f"{locale}: {message.id!r} is not translated. Translate it in {path}.")
            elif translated.fuzzy:
                found.append(f"{locale}: {message.id!r} is marked fuzzy. Check it and remove the mark.")
            else:
                found.extend(f"{locale}: {message.id!r}: {error}" for error in translated.check(catalogue))
    return found


def _translated() -> list[str]:
    return [locale for locale in LOCALES if locale != SOURCE]


def _path(locale: str) -> Path:
    return CATALOGUES / locale / "LC_MESSAGES" / f"{DOMAIN}.po"


def _strings(string: str | tuple[str, ...] | list[str] | None) -> list[str]:
    return list(string) if isinstance(string, tuple | list) else [string or ""]


def main(arguments: list[str]) -> int:
    """The command; gives the exit status."""
    if arguments != ["check"]:
        update()
    found = faults()
    print("\n".join(found) if found else "The catalogues are complete.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
