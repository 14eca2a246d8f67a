"""`sahan content`: check the library, and show what is missing or stale."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path, PurePosixPath

from content.check import check as find_faults
from content.directory import CONFIRMED_DAYS, is_confirmed
from content.errors import ContentError, Fault
from content.loader import LIBRARY, library_of, read_files, read_library
from content.models import OUT_OF_SCOPE, SOURCE_LOCALE, Library
from sahan.language import _


def check(root: Path | None = None) -> int:
    """Print every fault with file, entry, language and what to do; gives the exit status."""
    files = read_files(root or LIBRARY)
    library = library_of(files)
    faults = find_faults(library, files)
    show_faults(faults)
    if faults:
        print(_("{count} défauts.").format(count=len(faults)), file=sys.stderr)
        return 1
    print(_("Le contenu est en ordre : {topics} sujets, {documents} documents, {phrases} phrases, {locales} langues.")
          .format(topics=len(library.topics), documents=len(library.documents), phrases=len(library.phrases),
                  locales=len(library.texts)))
    return 0


def place_in(folder: Path, name: str) -> Path:
    """Where a file of a library lies below ``folder``; a name may come from a file that somebody else wrote.

    Raises:
        ContentError: the name leads elsewhere.
    """
    path = folder / name
    if ".." in PurePosixPath(name).parts or not path.resolve().is_relative_to(folder.resolve()):
        raise ContentError(_("{name} ne peut pas être écrit hors de {folder}.").format(name=name, folder=folder))
    return path


def show_faults(faults: list[Fault]) -> None:
    """Print a line for each fault: where, what, and what to do."""
    for fault in faults:
        values = dict(fault.values)
        place = " ".join(part for part in (fault.file, fault.entry, fault.locale) if part)
        print(f"{place}: {_(fault.problem).format(**values)} {_(fault.advice).format(**values)}")


def status() -> None:
    """Print, for each language, how many texts there are, are drafts, stale or missing; and how many services hold."""
    library = read_library()
    print("\t".join([_("langue"), _("textes"), _("brouillons"), _("à revoir"), _("manquants"), _("phrases")]))
    for locale in library.languages:
        print("\t".join(map(str, _counts(library, locale))))
    confirmed = sum(is_confirmed(each, date.today()) for each in library.directory.values())
    print(_("Annuaire : {count} services, dont {confirmed} confirmés depuis moins de {days} jours.").format(
        count=len(library.directory), confirmed=confirmed, days=CONFIRMED_DAYS))


def _counts(library: Library, locale: str) -> list[str | int]:
    texts = library.texts.get(locale, {})
    french = library.texts[SOURCE_LOCALE]
    stale = sum(1 for text in texts.values()
                if locale != SOURCE_LOCALE and text.translates != french[text.topic].revision)
    missing = sum(1 for topic in library.topics if topic != OUT_OF_SCOPE and topic not in texts)
    drafts = sum(text.status == "draft" for text in texts.values())
    phrases = sum(phrase.locale == locale for phrase in library.phrases)
    return [locale, len(texts), drafts, stale, missing, phrases]
