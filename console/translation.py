"""The interface in the reader's language: which one, and its catalogue.

French is the source: a message id is the French text. The same catalogues serve the pages and the command line.
"""

from __future__ import annotations

import gettext
import io
import os
import re
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

from babel.core import negotiate_locale
from starlette.requests import Request

CATALOGUES = Path(__file__).parent / "locale"
DOMAIN = "console"
SOURCE = "fr"
LOCALES = {"fr": "Français", "en": "English", "ar": "العربية"}
RIGHT_TO_LEFT = frozenset({"ar"})
COOKIE = "sahan_locale"
_BEFORE = re.compile(r" (?=[:;?!»])|(?<=«) ")


def direction(locale: str) -> str:
    """The writing direction of a language of the interface, for ``dir``."""
    return "rtl" if locale in RIGHT_TO_LEFT else "ltr"


def asked_locale(request: Request) -> str | None:
    """The language that the address itself asks for (``?lang=ar``), or None."""
    asked = request.query_params.get("lang", "")
    return asked if asked in LOCALES else None


def locale_of(request: Request) -> str:
    """The language of a page: the address, then what was chosen before, then what the browser prefers."""
    chosen = asked_locale(request) or request.cookies.get(COOKIE, "")
    if chosen in LOCALES:
        return chosen
    return _negotiate(_accepted(request.headers.get("accept-language", "")))


def locale_of_environment() -> str:
    """The language of the command line: LC_ALL, LC_MESSAGES, LANG, in the order that POSIX gives; French without."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if value := os.environ.get(name, ""):
            return _negotiate([value.split(".")[0].split("@")[0]])
    return SOURCE


@lru_cache
def translations(locale: str) -> gettext.NullTranslations:
    """The catalogue of a language; the French itself for French and for a language that has none.

    A compiled catalogue older than its source is not used: who corrects a .po sees the correction at once, and a
    fresh clone needs no compile step.
    """
    folder = CATALOGUES / locale / "LC_MESSAGES"
    source, compiled = folder / f"{DOMAIN}.po", folder / f"{DOMAIN}.mo"
    if compiled.is_file() and (not source.is_file() or compiled.stat().st_mtime >= source.stat().st_mtime):
        with compiled.open("rb") as file:
            return gettext.GNUTranslations(file)
    if not source.is_file():
        return gettext.NullTranslations()
    from babel.messages.mofile import write_mo  # half a second that every command would pay
    from babel.messages.pofile import read_po

    buffer = io.BytesIO()
    with source.open("rb") as file:
        write_mo(buffer, read_po(file, locale=locale))
    buffer.seek(0)
    return gettext.GNUTranslations(buffer)


def gettext_for(locale: str) -> Callable[[str], str]:
    """The translating function of a language, for code that has no template."""
    return translations(locale).gettext


def page_gettext(locale: str) -> Callable[[str], str]:
    """``gettext_for`` with the no-break spaces of French typography, for texts that a browser breaks into lines."""
    translate = gettext_for(locale)
    return (lambda message: _BEFORE.sub("\u00a0", translate(message))) if locale == SOURCE else translate


def _accepted(header: str) -> list[str]:
    """The languages of an Accept-Language header, best first; what is not understood is left out."""
    weighed: list[tuple[float, str]] = []
    for part in header.split(","):
        name, _, weight = part.strip().partition(";")
        try:
            quality = float(weight.strip().removeprefix("q=")) if weight else 1.0
        except ValueError:
            continue
        if name and quality > 0:
            weighed.append((quality, name.strip().replace("-", "_")))
    # sorted() keeps the order of equals, which is the browser's own preference.
    return [name for _, name in sorted(weighed, key=lambda each: -each[0])]


def _negotiate(preferred: list[str]) -> str:
    return negotiate_locale([each.replace("-", "_") for each in preferred], list(LOCALES)) or SOURCE
