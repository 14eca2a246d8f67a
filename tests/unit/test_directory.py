"""The directory of services: only what was confirmed lately is given out, nearest first."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from content.directory import CONFIRMED_DAYS, NEAREST, is_confirmed, nearest
from content.loader import library_of, read_files
from content.models import Library

TODAY = date(2026, 11, 25)
OBOCK = (11.96, 43.29)


def confirmed(library: Library, on: date = TODAY, *names: str) -> Library:
    directory = {name: replace(each, confirmed=on if not names or name in names else None)
                 for name, each in library.directory.items()}
    return replace(library, directory=directory)


def test_nothing_that_nobody_confirmed_is_given_out(library: Library) -> None:
    assert library.directory
    assert [each for each in library.directory.values() if is_confirmed(each, TODAY)] == []
    assert nearest(library, *OBOCK, TODAY) == []


@pytest.mark.parametrize(
    ("days", "holds"), [(0, True), (CONFIRMED_DAYS, True), (CONFIRMED_DAYS + 1, False), (-1, False)]
)
def test_a_confirmation_holds_for_half_a_year(library: Library, days: int, holds: bool) -> None:
    found = nearest(confirmed(library, TODAY - timedelta(days)), *OBOCK, TODAY)
    assert bool(found) is holds


def test_the_nearest_come_first_with_their_distance(library: Library) -> None:
    found = nearest(confirmed(library), *OBOCK, TODAY)
    assert [each.service.id for each in found[:2]] == ["dj-obock-coam", "dj-djibouti-caritas"]
    assert [each.kilometres for each in found] == sorted(each.kilometres for each in found)
    assert len(found) == NEAREST
    assert found[0].kilometres == 0
    # Obock and Djibouti-ville are 43 km apart across the gulf.
    assert found[1].kilometres == pytest.approx(43, abs=3)


def test_what_is_too_far_to_go_to_is_not_named(library: Library) -> None:
    assert nearest(confirmed(library), 48.85, 2.35, TODAY) == []
    gao = nearest(confirmed(library), 16.27, -0.04, TODAY)
    assert {each.service.town for each in gao} == {"Gao"}


@pytest.mark.parametrize("position", [(90, 0), (-90, 180), (0, 180), (0, -180), (11.96, 43.29 + 360)])
def test_any_position_has_a_distance(library: Library, position: tuple[float, float]) -> None:
    assert all(each.kilometres >= 0 for each in nearest(confirmed(library), *position, TODAY))


def test_a_library_from_before_there_was_a_directory_is_read() -> None:
    files = {name: body for name, body in read_files().items() if name != "directory.yml"}
    assert library_of(files).directory == {}
