"""Where models and phrases lie."""

from __future__ import annotations

import os
from pathlib import Path

from content.loader import LIBRARY

_PROJECT = Path(__file__).resolve().parents[2]

LANGUAGE_MODEL = _PROJECT / "bot" / "models" / "language.npz"
"""The language identifier's model: committed, for it is learned from corpora that are not."""

PHRASES = LIBRARY / "phrases"


def models_folder() -> Path:
    """The folder that `sahan train` writes to; var/models beside the project, or SAHAN_MODELS."""
    return Path(os.environ.get("SAHAN_MODELS", _PROJECT / "var" / "models"))
