"""The errors of understanding."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from zipfile import BadZipFile

UNREADABLE = (OSError, ValueError, KeyError, TypeError, EOFError, BadZipFile)
"""What reading a model's file raises where it is missing or broken."""


class UnderstandingError(Exception):
    """A model cannot be trained, read or used. The message says which, and what to do."""


class ModelFileError(UnderstandingError):
    """A model's file is missing, broken, or of another version."""


class EncoderMissingError(UnderstandingError):
    """The optional encoder is switched on and cannot be loaded."""


@contextmanager
def readable(what: str) -> Iterator[None]:
    """Reading a model within the block; ``what`` names it, with its file or folder.

    Raises:
        ModelFileError: it is missing or broken.
    """
    try:
        yield
    except UNREADABLE as error:
        raise ModelFileError(f"{what} is missing or broken ({type(error).__name__}). Run `sahan train`.") from None
