"""The errors of understanding."""

from __future__ import annotations

from zipfile import BadZipFile

UNREADABLE = (OSError, ValueError, KeyError, TypeError, EOFError, BadZipFile)
"""What reading a model's file raises where it is missing or broken."""


class UnderstandingError(Exception):
    """A model cannot be trained, read or used. The message says which, and what to do."""


class ModelFileError(UnderstandingError):
    """A model's file is missing, broken, or of another version."""


class EncoderMissingError(UnderstandingError):
    """The optional encoder is switched on and cannot be loaded."""
