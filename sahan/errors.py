"""The errors of the command: each is one clear line that says what to do."""

from __future__ import annotations


class SahanError(Exception):
    """The command cannot go on. Shown as one line, without a traceback."""


class SettingsError(SahanError):
    """A setting is wrong or missing."""


class PortInUseError(SahanError):
    """Another program listens on the port."""


class TelegramRefusedError(SahanError):
    """Telegram does not do what was asked, or does not answer."""
