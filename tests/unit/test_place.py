"""Where a person says that they are, and which country a message only names."""

from __future__ import annotations

import pytest

from bot.understanding.place import PlaceFinder
from content.models import Library


@pytest.fixture(scope="module")
def places(library: Library) -> PlaceFinder:
    return PlaceFinder(library)


@pytest.mark.parametrize(
    ("text", "country"),
    [
        ("Djibouti", "DJ"), ("djib", "DJ"), ("Obock", "DJ"), ("Gao!", "ML"), ("SÉNÉGAL", "SN"), ("جيبوتي", "DJ"),
        ("ጅቡቲ", "DJ"), ("Jabuuti", "DJ"),
        ("je suis à Obock", "DJ"), ("jsui o mali", "ML"), ("je suis bloqué à Gao depuis deux mois", "ML"),
        ("on est coincé au Sénégal", "SN"), ("j'habite à Dakar, comment rentrer ?", "SN"),
        ("i am stuck in Obock", "DJ"), ("we are in Mali", "ML"), ("im living in dakar", "SN"),
        ("أنا في جيبوتي", "DJ"), ("waxaan joogaa Jabuuti", "DJ"), ("Jabuuti ayaan joogaa", "DJ"),
        ("maangi nekk Dakar", "SN"), ("ጅቡቲ ነኝ ምን ላድርግ", "DJ"), ("ኦቦክ ነው ያለነው", "DJ"), ("Jibuutii keessa jira", "DJ"),
        ("ne be Gao segin ka gelen", "ML"), ("mi woni Dakar", "SN"), ("ay go Gao", "ML"), ("ኣብ ጅቡቲ ኣለኹ", "DJ"),
        ("djibouti negn", "DJ"),
    ],
)
def test_a_person_says_where_they_are(places: PlaceFinder, text: str, country: str) -> None:
    assert places.find(text).here == country


@pytest.mark.parametrize(
    ("text", "country"),
    [
        ("Comment rentrer au Mali ?", "ML"), ("je veux retourner au Sénégal", "SN"),
        ("i want to go back to Senegal", "SN"),
        ("où est le centre de Gao", "ML"), ("le programme de Djibouti", "DJ"), ("mon frère a disparu vers Obock", "DJ"),
    ],
)
def test_a_country_that_is_only_named_is_not_where_the_person_is(places: PlaceFinder, text: str, country: str) -> None:
    found = places.find(text)
    assert (found.here, found.mentioned) == (None, country)


def test_two_countries_named_decide_nothing(places: PlaceFinder) -> None:
    assert places.find("du Mali au Sénégal").mentioned is None


def test_one_may_be_in_one_country_and_name_another(places: PlaceFinder) -> None:
    assert places.find("je suis à Djibouti et je veux rentrer au Mali").here == "DJ"


@pytest.mark.parametrize(
    "text", ["", "maali godha", "maalii dha", "bonjour", "je suis malien", "dakaroise", "je suis fatigué", "somalie"]
)
def test_no_place_is_found_where_there_is_none(places: PlaceFinder, text: str) -> None:
    found = places.find(text)
    assert (found.here, found.mentioned) == (None, None)


def test_every_way_of_writing_a_country_alone_is_that_country(library: Library, places: PlaceFinder) -> None:
    for code, country in library.countries.items():
        for name in (*country.words, *country.towns, *country.names.values()):
            assert places.find(name.upper()).here == code, name
