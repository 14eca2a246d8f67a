"""The language of the command line."""

from __future__ import annotations

from console.translation import gettext_for, locale_of_environment

_ = gettext_for(locale_of_environment())
"""Translates a text of the command line; French is the source."""
