"""The errors of the library."""

from __future__ import annotations

from dataclasses import dataclass


class ContentError(Exception):
    """The library cannot be read or used. The message names the file and what to do."""


class PublicationConflictError(ContentError):
    """Somebody else has published since this state of the library was begun; nothing was published.

    Attributes:
        newest: the revision that is live now.
    """

    def __init__(self, newest: int) -> None:
        super().__init__(
            f"Revision {newest} was published meanwhile, and nothing was changed. Look at it with "
            "`sahan content export FOLDER`, bring both together, and publish again."
        )
        self.newest = newest


class ContentFaultyError(ContentError):
    """The library has faults; nothing was published.

    Attributes:
        faults: what `sahan content check` says.
    """

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__(f"The content has {len(faults)} faults, and nothing was published: correct them first.")
        self.faults = faults


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
