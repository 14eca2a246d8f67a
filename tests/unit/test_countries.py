"""Guessing a country from a number's prefix or a shared position."""

from __future__ import annotations

import pytest

from content.countries import country_of_number, country_of_position
from content.models import Library


@pytest.mark.parametrize(
    ("number", "country"),
    [
        ("+25377123456", "DJ"), ("25377123456", "DJ"), ("+22370123456", "ML"), ("+221771234567", "SN"),
        ("+33612345678", None), ("+252612345678", None), ("+2217", "SN"), ("", None), ("+", None), ("ALERTE", None),
        ("+12253771234", None),  # the prefix in the middle of another number
    ],
)
def test_a_number_tells_its_country(library: Library, number: str, country: str | None) -> None:
    assert country_of_number(library, number) == country


@pytest.mark.parametrize(
    ("town", "latitude", "longitude", "country"),
    [
        ("Djibouti", 11.589, 43.145, "DJ"), ("Obock", 11.963, 43.290, "DJ"), ("Ali Sabieh", 11.155, 42.712, "DJ"),
        ("Tadjourah", 11.785, 42.884, "DJ"), ("Dikhil", 11.108, 42.374, "DJ"),
        ("Bamako", 12.639, -8.003, "ML"), ("Gao", 16.271, -0.045, "ML"), ("Kidal", 18.441, 1.408, "ML"),
        ("Tombouctou", 16.773, -3.007, "ML"), ("Kayes", 14.447, -11.444, "ML"), ("Sikasso", 11.317, -5.667, "ML"),
        ("Dakar", 14.716, -17.467, "SN"), ("Diourbel", 14.655, -16.231, "SN"), ("Saint-Louis", 16.018, -16.489, "SN"),
        ("Ziguinchor", 12.568, -16.272, "SN"), ("Tambacounda", 13.771, -13.667, "SN"),
        ("Banjul, Gambia", 13.454, -16.579, None), ("Bissau", 11.864, -15.598, None),
        ("Nouakchott", 18.079, -15.965, None),
        ("Niamey", 13.512, 2.125, None), ("Ouagadougou", 12.371, -1.520, None), ("Addis Abeba", 9.03, 38.74, None),
        ("Aden", 12.779, 45.037, None), ("Hargeisa", 9.56, 44.065, None), ("Paris", 48.857, 2.352, None),
        ("Assab", 13.009, 42.739, None), ("Gulf of Guinea", 0.0, 0.0, None),
    ],
)
def test_a_position_lies_in_its_country(
    library: Library, town: str, latitude: float, longitude: float, country: str | None
) -> None:
    assert country_of_position(library, latitude, longitude) == country, town
