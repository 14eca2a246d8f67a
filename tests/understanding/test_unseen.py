"""How well messages that no training saw are understood: floors, a little below what docs/benchmark.md measures."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.assistant import Assistant
from bot.understanding.text import bare_words
from content.models import OUT_OF_SCOPE, Library
from store.messages import Channel, Message, Turn

FOLDER = Path(__file__).parent / "messages"
LANGUAGES = ("fr", "en", "ar", "so", "wo")


@dataclass(frozen=True)
class Labelled:
    """A message and what it is about; ``topic`` is None where it is outside of what we know."""

    id: str
    text: str
    topic: str | None
    urgent: bool


def read(name: str) -> list[Labelled]:
    with (FOLDER / f"{name}.tsv").open(encoding="utf-8", newline="") as file:
        return [
            Labelled(row["id"], row["text"], None if row["topic"] in ("", OUT_OF_SCOPE) else row["topic"],
                     row["urgent"] == "1")
            for row in csv.DictReader(file, dialect="excel-tab")
        ]


async def answer_all(assistant: Assistant, messages: list[Labelled]) -> list[tuple[Labelled, Turn]]:
    """Each as a new person's first message, as `sahan ask --batch` does."""
    return [(each, await assistant.respond(Message(Channel.TELEGRAM, each.text), {})) for each in messages]


def offered(turn: Turn, most: int) -> list[str]:
    """The topics answered or considered, best first."""
    found = turn.understanding
    return [*([found.topic] if found.topic else []), *(topic for topic, _ in found.alternatives)][:most]


def share(hits: list[bool]) -> float:
    return sum(hits) / len(hits)


@pytest.mark.parametrize(
    ("language", "first", "three"),
    [("fr", 0.90, 0.97), ("en", 0.90, 0.97), ("ar", 0.78, 0.94), ("so", 0.78, 0.94), ("wo", 0.85, 0.94)],
)
async def test_questions_find_their_topic(assistant: Assistant, language: str, first: float, three: float) -> None:
    inside = [each for each in read(language) if each.topic and not each.urgent]
    assert len(inside) > 200
    found = await answer_all(assistant, inside)
    assert share([offered(turn, 1) == [each.topic] for each, turn in found]) >= first
    assert share([each.topic in offered(turn, 3) for each, turn in found]) >= three


@pytest.mark.parametrize("language", LANGUAGES)
async def test_what_is_outside_is_not_answered(assistant: Assistant, language: str) -> None:
    outside = [each for each in read(language) if each.topic is None and not each.urgent]
    assert len(outside) >= 25
    found = await answer_all(assistant, outside)
    assert share([turn.understanding.topic is None for _, turn in found]) >= 0.85


async def test_danger_is_heard_whatever_the_topic(assistant: Assistant) -> None:
    urgent = [each for name in (*LANGUAGES, "urgent") for each in read(name) if each.urgent]
    assert len(urgent) > 100
    found = await answer_all(assistant, urgent)
    assert share([turn.understanding.urgent for _, turn in found]) >= 0.85


async def test_ordinary_messages_are_no_alarm(assistant: Assistant) -> None:
    ordinary = [each for each in read("urgent") if not each.urgent]
    assert len(ordinary) > 100
    found = await answer_all(assistant, ordinary)
    assert share([turn.understanding.urgent for _, turn in found]) <= 0.15


@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_language_is_identified(assistant: Assistant, language: str) -> None:
    found = await answer_all(assistant, read(language)[::4])
    assert share([turn.understanding.language == language for _, turn in found]) >= 0.85


@pytest.mark.parametrize("name", [*LANGUAGES, "urgent"])
def test_no_message_was_seen_in_training(library: Library, name: str) -> None:
    phrases = {bare_words(phrase.text) for phrase in library.phrases}
    assert [each.id for each in read(name) if bare_words(each.text) in phrases] == []


@pytest.mark.parametrize("name", [*LANGUAGES, "urgent"])
def test_messages_have_ids_of_their_own_and_topics_of_the_library(library: Library, name: str) -> None:
    messages = read(name)
    assert len({each.id for each in messages}) == len(messages)
    assert {each.topic for each in messages if each.topic} <= set(library.topics)
