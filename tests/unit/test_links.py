"""Deep links: what the parameter of /start asks for."""

from __future__ import annotations

import pytest

from bot.dialogue.links import read_link
from bot.dialogue.steps import Step
from bot.understanding.place import PlaceFinder
from content.models import Library

GAO = Step("choose_topic", {"topic": "services.gao"})
PAPERS = Step("choose_topic", {"topic": "return.no_papers"})


@pytest.fixture(scope="module")
def places(library: Library) -> PlaceFinder:
    return PlaceFinder(library)


@pytest.mark.parametrize(
    ("parameter", "step"),
    [
        ("gao", GAO), ("GAO", GAO), ("services-gao", GAO), ("services_gao", GAO), ("return-no_papers", PAPERS),
        ("return_no_papers", PAPERS), ("so", Step("choose_language", {"language": "so"})),
        ("AR", Step("choose_language", {"language": "ar"})), ("ml", Step("choose_country", {"country": "ML"})),
        ("DJ", Step("choose_country", {"country": "DJ"})), ("bamako", Step("choose_country", {"country": "ML"})),
        ("ali-sabieh", Step("choose_country", {"country": "DJ"})),
        ("Senegal", Step("choose_country", {"country": "SN"})),
    ],
)
def test_a_place_a_topic_a_language_or_a_country(
    library: Library, places: PlaceFinder, parameter: str, step: Step
) -> None:
    assert read_link(library, places, f"/start {parameter}") == step
    assert read_link(library, places, f"/START@test_bot   {parameter} ") == step


@pytest.mark.parametrize(
    "text",
    ["/start", "/start ", "start gao", "/start paris", "/start gao mopti", "/start gao;DROP", "/start services.gao",
     "/start ../../gao", "/start <b>", "/start " + "x" * 65, "/start --", "/start __class__",
     "/start taq", "/start srr", "/start غاو", "/menu gao", "/startgao"],
)
def test_anything_else_is_ignored(library: Library, places: PlaceFinder, text: str) -> None:
    assert read_link(library, places, text) is None


def test_every_topic_has_a_link_that_telegram_takes(library: Library, places: PlaceFinder) -> None:
    for topic in library.topics:
        parameter = topic.replace(".", "-")
        assert len(parameter) <= 64
        assert read_link(library, places, f"/start {parameter}") == Step("choose_topic", {"topic": topic})
