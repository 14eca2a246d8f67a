"""How well messages that no training saw are understood: floors, a little below what docs/benchmark.md measures."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.assistant import Assistant
from bot.understanding.language import LanguageIdentifier
from bot.understanding.models import topic_model
from bot.understanding.text import bare_words
from bot.understanding.topic import Confidence
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


@pytest.fixture(scope="module")
def phrases(library: Library) -> frozenset[str]:
    """What training saw, as it is compared."""
    return frozenset(bare_words(phrase.text) for phrase in library.phrases)


def unseen(name: str, phrases: frozenset[str]) -> list[Labelled]:
    """The messages that can prove something: those that are no phrase of the training."""
    return [each for each in read(name) if bare_words(each.text) not in phrases]


def share(hits: list[bool]) -> float:
    return sum(hits) / len(hits)


@pytest.mark.parametrize(
    ("language", "first", "three"),
    [("fr", 0.90, 0.97), ("en", 0.90, 0.97), ("ar", 0.78, 0.94), ("so", 0.78, 0.94), ("wo", 0.85, 0.94)],
)
def test_questions_find_their_topic(phrases: frozenset[str], language: str, first: float, three: float) -> None:
    inside = [each for each in unseen(language, phrases) if each.topic and not each.urgent]
    assert len(inside) > 150
    ranked = [(each.topic, [topic for topic, _ in topic_model().rank(each.text).ranking]) for each in inside]
    assert share([ranking[0] == topic for topic, ranking in ranked]) >= first
    assert share([topic in ranking[:3] for topic, ranking in ranked]) >= three


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_answer_that_is_sent_at_once_is_seldom_the_wrong_one(phrases: frozenset[str], language: str) -> None:
    inside = [each for each in unseen(language, phrases) if each.topic and not each.urgent]
    guesses = [(each.topic, topic_model().rank(each.text)) for each in inside]
    sure = [guess.ranking[0][0] == topic for topic, guess in guesses if guess.confidence is Confidence.SURE]
    assert len(sure) > len(inside) / 2
    assert share(sure) >= 0.85


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_outside_is_not_answered(phrases: frozenset[str], language: str) -> None:
    outside = [each for each in unseen(language, phrases) if each.topic is None and not each.urgent]
    assert len(outside) >= 20
    guesses = [topic_model().rank(each.text) for each in outside]
    assert share([
        guess.confidence is not Confidence.SURE or guess.ranking[0][0] == OUT_OF_SCOPE for guess in guesses
    ]) >= 0.85


async def answer_all(assistant: Assistant, messages: list[Labelled]) -> list[Turn]:
    """Each as a new person's first message through the whole path, as `sahan ask --batch` does."""
    return [await assistant.respond(Message(Channel.TELEGRAM, each.text), {}) for each in messages]


async def test_danger_is_heard_whatever_the_topic(assistant: Assistant, phrases: frozenset[str]) -> None:
    urgent = [each for name in (*LANGUAGES, "urgent") for each in unseen(name, phrases) if each.urgent]
    assert len(urgent) > 100
    assert share([turn.understanding.urgent for turn in await answer_all(assistant, urgent)]) >= 0.85


async def test_ordinary_messages_are_no_alarm(assistant: Assistant, phrases: frozenset[str]) -> None:
    ordinary = [each for each in unseen("urgent", phrases) if not each.urgent]
    assert len(ordinary) > 100
    assert share([turn.understanding.urgent for turn in await answer_all(assistant, ordinary)]) <= 0.15


async def test_the_whole_path_answers_what_the_index_of_topics_finds(
    assistant: Assistant, phrases: frozenset[str]
) -> None:
    every = [each for language in LANGUAGES for each in unseen(language, phrases) if each.topic and not each.urgent]
    some = every[::15]
    turns = await answer_all(assistant, some)
    found = [(turn.understanding.topic, *(topic for topic, _ in turn.understanding.alternatives)) for turn in turns]
    assert share([each.topic in topics for each, topics in zip(some, found, strict=True)]) >= 0.90


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_language_is_identified(language: str) -> None:
    identifier = LanguageIdentifier.load()
    assert share([identifier.identify(each.text).language == language for each in read(language)]) >= 0.85


@pytest.mark.parametrize("name", [*LANGUAGES, "urgent"])
def test_no_message_was_seen_in_training(phrases: frozenset[str], name: str) -> None:
    assert [each.id for each in read(name) if bare_words(each.text) in phrases] == []


@pytest.mark.parametrize("name", [*LANGUAGES, "urgent"])
def test_messages_have_ids_of_their_own_and_topics_of_the_library(library: Library, name: str) -> None:
    messages = read(name)
    assert len({each.id for each in messages}) == len(messages)
    assert {each.topic for each in messages if each.topic} <= set(library.topics)
