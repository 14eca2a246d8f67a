"""The directory of services: which are near a position, and which may be named to a person."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from math import asin, cos, radians, sin, sqrt

from content.models import Library, Service

CONFIRMED_DAYS = 183
"""How long a service counts as confirmed: half a year."""

NEAREST = 3
FARTHEST_KILOMETRES = 300
_EARTH_KILOMETRES = 6371.0


@dataclass(frozen=True)
class Near:
    """A service and its distance as the crow flies, in whole kilometres."""

    service: Service
    kilometres: int


def is_confirmed(service: Service, today: date) -> bool:
    """Whether somebody has made sure of a service within ``CONFIRMED_DAYS``: only then it is given out."""
    return service.confirmed is not None and 0 <= (today - service.confirmed).days <= CONFIRMED_DAYS


def nearest(library: Library, latitude: float, longitude: float, today: date) -> list[Near]:
    """The confirmed services near a position (degrees), nearest first: ``NEAREST`` of them at most."""
    found = sorted(_near(library, latitude, longitude, today), key=lambda each: (each.kilometres, each.service.id))
    return found[:NEAREST]


def _near(library: Library, latitude: float, longitude: float, today: date) -> Iterator[Near]:
    for service in library.directory.values():
        if is_confirmed(service, today):
            distance = _kilometres(latitude, longitude, service.latitude, service.longitude)
            if distance <= FARTHEST_KILOMETRES:
                yield Near(service, round(distance))


def _kilometres(latitude: float, longitude: float, other_latitude: float, other_longitude: float) -> float:
    """The great circle's length by the haversine formula, on a sphere."""
    there, here = radians(other_latitude), radians(latitude)
    half = sin((there - here) / 2) ** 2
    half += cos(here) * cos(there) * sin(radians(other_longitude - longitude) / 2) ** 2
    return 2 * _EARTH_KILOMETRES * asin(sqrt(min(1.0, half)))
