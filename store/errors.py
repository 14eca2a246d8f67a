"""The errors of the store."""

from __future__ import annotations


class StoreError(Exception):
    """The database cannot do what was asked. The message says what happened and what to do."""


class DatabaseUnavailableError(StoreError):
    """The database is locked, unreachable, or not ours to write."""


class SchemaOutdatedError(StoreError):
    """The database's tables are not those of this version."""


class WrongKeyError(StoreError):
    """A sealed value cannot be opened with the keys at hand."""
