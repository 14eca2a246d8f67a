"""What `sahan content check` looks for: small named rules, by subject. Each fault says where, what and what to do."""

from __future__ import annotations

from collections.abc import Mapping

from content.check import (
    directory,
    documents,
    files,
    messages,
    phrases,
    settings,
    statements,
    texts,
    topics,
    translations,
    words,
)
from content.check.rule import Checked, Rule, fill
from content.errors import Fault
from content.models import Library

_MODULES = (files, documents, topics, texts, statements, translations, messages, phrases, words, settings, directory)

RULES: tuple[Rule, ...] = tuple(
    each for module in _MODULES for each in vars(module).values() if isinstance(each, Rule)
)

__all__ = ["RULES", "check", "fill"]


def check(library: Library, files: Mapping[str, bytes]) -> list[Fault]:
    """Everything that is wrong in a library, by file and entry; [] where nothing is.

    Args:
        library: as read from ``files``.
        files: by path within the library, for what reading hides.
    """
    checked = Checked(library, files)
    return sorted(fault for rule in RULES for fault in rule.faults(checked))
