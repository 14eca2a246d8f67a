"""Where the language identifier's model and the phrases lie."""

from __future__ import annotations

from pathlib import Path

from content.loader import LIBRARY

MODEL = Path(__file__).resolve().parents[2] / "models" / "language.npz"
PHRASES = LIBRARY / "phrases"
