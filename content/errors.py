"""The errors of the library."""

from __future__ import annotations

from dataclasses import dataclass


class ContentError(Exception):
    """The library cannot be read or used. The message names the file and what to do."""


@dataclass(frozen=True, order=True)
class Fault:
    """One thing that `sahan content check` found wrong.

    Attributes:
        file: path within the library.
        entry: the topic, document or key concerned.
        locale: ISO 639 code, or "" where no language is concerned.
        problem: what is wrong, a template of the catalogues.
        advice: what to do, a template of the catalogues.
        values: what stands in the templates' places.
    """

    file: str
    entry: str
    locale: str
    problem: str
    advice: str
    values: tuple[tuple[str, str], ...] = ()
