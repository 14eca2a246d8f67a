"""A linear model's two files: words.json (what it knows), numbers.npz (how it weighs); nothing that runs when read."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from bot.understanding.errors import ModelFileError
from bot.understanding.features import Array, Features

_WORDS, _NUMBERS = "words.json", "numbers.npz"


def write_model(folder: Path, version: int, features: Features, said: Mapping[str, Any],
                numbers: Mapping[str, Array]) -> None:
    """Write a model to ``folder``.

    Args:
        said: what is no number, such as labels.
    """
    folder.mkdir(parents=True, exist_ok=True)
    written = {"format": version, **said, "words": features.words()}
    (folder / _WORDS).write_text(json.dumps(written, ensure_ascii=False), "utf-8")
    np.savez(folder / _NUMBERS, **numbers, **features.numbers())


def read_model(folder: Path, version: int) -> tuple[Features, Mapping[str, Any], Mapping[str, Array]]:
    """What ``write_model`` was given: (features, said, numbers). To be called within ``errors.readable``.

    Raises:
        ModelFileError: it is of another version.
    """
    said = json.loads((folder / _WORDS).read_text("utf-8"))
    if said["format"] != version:
        raise ModelFileError(f"{folder} was made by another version. Run `sahan train`.")
    numbers = np.load(folder / _NUMBERS, allow_pickle=False)
    return Features.kept(said["words"], numbers), said, numbers
