"""Rules of the files themselves, which reading would hide: an entry under a wrong name, or twice."""

from __future__ import annotations

import re
from collections.abc import Iterator

from content.check.rule import N_, Checked, Finding, at, group_of, is_of_group, rule

_ENTRY = re.compile(r"(?:- *\{? *id: *)?[\"']?(\w[\w.-]*)[\"']? *(?::(?=\s|$)|,|$)")
_LOCALE = re.compile(r"locale: *[\"']?([\w-]+)")
_ID = re.compile(r"id: *[\"']?([\w.-]+)")
_START = {"documents": "facts:", "topics": "topics:", "texts": "texts:", "messages": "messages:",
          "phrases": "phrases:", "words": "commands:"}
_BY_LANGUAGE = frozenset({"texts", "messages", "phrases", "words"})
_BY_GROUP = frozenset({"topics", "texts", "phrases"})


def _parts(file: str) -> tuple[str, str, str]:
    """(folder, language, name) of a path within the library; "" where no language is concerned."""
    folder, *between, name = file.removesuffix(".yml").split("/")
    return folder, between[0] if between else name if folder in _BY_LANGUAGE else "", name


def _entries(checked: Checked) -> Iterator[tuple[str, str]]:
    """(file, entry) in the order of the files' lines."""
    for file, lines in checked.lines.items():
        start = _START.get(_parts(file)[0], "-")
        inside, indent = False, -1
        for line in lines:
            content = line.lstrip(" ")
            if not content or content.startswith("#"):
                continue
            if line[0] not in " -":
                inside, indent = line.startswith(start), -1
            elif inside:
                depth = len(line) - len(content)
                indent = depth if indent < 0 else indent
                if depth == indent and (found := _ENTRY.match(content)):
                    yield file, found.group(1)


@rule(
    "files.twice",
    N_("« {entry} » est deux fois dans ce fichier : seule la dernière fois compte."),
    N_("Réunissez les deux en une."),
)
def twice(checked: Checked) -> Iterator[Finding]:
    """An entry stands once: of two with one name, reading keeps the last and says nothing."""
    seen: set[tuple[str, str]] = set()
    for file, entry in _entries(checked):
        if (file, entry) in seen:
            yield at(file, entry, _parts(file)[1], entry=entry)
        seen.add((file, entry))


@rule(
    "files.group",
    N_("« {entry} » n'est pas dans le fichier de son groupe."),
    N_("Déplacez l'entrée dans {group}.yml."),
)
def group(checked: Checked) -> Iterator[Finding]:
    """A topic is found in the file that its name says; its phrases also in <group>_<more>.yml."""
    for file, entry in _entries(checked):
        folder, locale, name = _parts(file)
        own = group_of(entry)
        if folder in _BY_GROUP and name != own and not (folder == "phrases" and is_of_group(f"{name}.yml", own)):
            yield at(file, entry, locale, entry=entry, group=own)


@rule(
    "files.locale",
    N_("Le fichier dit « locale: {found} », mais il est rangé sous {expected}."),
    N_("Corrigez « locale », ou déplacez le fichier."),
)
def locale(checked: Checked) -> Iterator[Finding]:
    """A file is in the language that its place says."""
    for file, lines in checked.lines.items():
        folder, expected, _ = _parts(file)
        if folder in _BY_LANGUAGE:
            found = next((each.group(1) for each in map(_LOCALE.match, lines) if each), "")
            if found != expected:
                yield at(file, "locale", expected, found=found, expected=expected)


@rule(
    "files.document",
    N_("Le document s'appelle {found}, mais son fichier {expected}."),
    N_("Donnez au fichier le nom de « id » : {found}.yml."),
)
def document(checked: Checked) -> Iterator[Finding]:
    """A document is found in the file that its id says; two files with one id would hide one another."""
    for file, lines in checked.lines.items():
        folder, _, expected = _parts(file)
        if folder == "documents":
            found = next((each.group(1) for each in map(_ID.match, lines) if each), "")
            if found != expected:
                yield at(file, found, found=found, expected=expected)
