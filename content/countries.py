"""Guessing a country: from a number's prefix, or from a shared position. Guesses are named as such to the person."""

from __future__ import annotations

from collections.abc import Sequence

from content.models import Library


def country_of_number(library: Library, number: str) -> str | None:
    """The country whose prefix an E.164 number has ("+253..."), or None. A SIM may roam."""
    digits = number.lstrip("+")
    for code, country in library.countries.items():
        if any(digits.startswith(prefix) for prefix in country.prefixes):
            return code
    return None


def country_of_position(library: Library, latitude: float, longitude: float) -> str | None:
    """The country in whose rough outline a position (degrees) lies, or None."""
    for code, country in library.countries.items():
        if _inside(country.outline, longitude, latitude):
            return code
    return None


def _inside(corners: Sequence[tuple[float, float]], x: float, y: float) -> bool:
    """Whether a ray from the point to the east crosses the outline an odd number of times."""
    inside = False
    for place, (x2, y2) in enumerate(corners):
        x1, y1 = corners[place - 1]
        if (y1 > y) != (y2 > y) and x < (x2 - x1) * (y - y1) / (y2 - y1) + x1:
            inside = not inside
    return inside
