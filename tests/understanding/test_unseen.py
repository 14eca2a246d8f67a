"""How well messages that no training saw are understood: floors, a little below what docs/benchmark.md measures.

`messages/` holds a file a language, written by somebody who has seen no phrase; it is for measuring, and nothing is
tuned on its lines. `urgency/` holds messages by other authors for measuring danger alone (`messages/` was looked at
when the threshold of danger was set). `development/` holds older ones that may be looked at.
"""

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

FOLDER = Path(__file__).parent
MESSAGES, DEVELOPMENT, URGENCY = FOLDER / "messages", FOLDER / "development", FOLDER / "urgency"
# Shares of messages whose topic is ranked first, and among three.
FLOORS = {
    "fr": (0.92, 0.97), "en": (0.88, 0.97), "ar": (0.83, 0.94), "so": (0.87, 0.94), "am": (0.82, 0.92),
    "om": (0.84, 0.93), "wo": (0.83, 0.93), "bm": (0.81, 0.90), "ti": (0.79, 0.91), "ff": (0.68, 0.83),
    "ses": (0.59, 0.76), "aa": (0.67, 0.80),
}
LANGUAGES = tuple(FLOORS)
IDENTIFIED = (*LANGUAGES, "srr", "taq")
FILES = [*((MESSAGES, name) for name in IDENTIFIED),
         *((DEVELOPMENT, name) for name in ("fr", "en", "ar", "so", "wo", "urgent")),
         *((URGENCY, name) for name in LANGUAGES)]


@dataclass(frozen=True)
class Labelled:
    """A message and what it is about; ``topic`` is None where it is outside of what we know."""

    id: str
    text: str
    topic: str | None
    urgent: bool


def read(folder: Path, name: str) -> list[Labelled]:
    with (folder / f"{name}.tsv").open(encoding="utf-8", newline="") as file:
        return [
            Labelled(row["id"], row["text"], None if row["topic"] in ("", OUT_OF_SCOPE) else row["topic"],
                     row.get("urgent") == "1" or row.get("kind") == "urgent")
            for row in csv.DictReader(file, dialect="excel-tab")
        ]


def share(hits: list[bool]) -> float:
    return sum(hits) / len(hits)


def inside(name: str) -> list[Labelled]:
    return [each for each in read(MESSAGES, name) if each.topic and not each.urgent]


@pytest.mark.parametrize("language", LANGUAGES)
def test_questions_find_their_topic(language: str) -> None:
    asked = inside(language)
    assert len(asked) > 100
    first, three = FLOORS[language]
    ranked = [(each.topic, [topic for topic, _ in topic_model().rank(each.text).ranking]) for each in asked]
    assert share([ranking[0] == topic for topic, ranking in ranked]) >= first
    assert share([topic in ranking[:3] for topic, ranking in ranked]) >= three


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_answer_that_is_sent_at_once_is_seldom_the_wrong_one(language: str) -> None:
    guesses = [(each.topic, topic_model().rank(each.text)) for each in inside(language)]
    sure = [guess.ranking[0][0] == topic for topic, guess in guesses if guess.confidence is Confidence.SURE]
    assert len(sure) > len(guesses) / 3
    assert share(sure) >= 0.75


def test_what_is_outside_is_not_answered_and_what_is_inside_is_not_refused() -> None:
    rows = [each for language in LANGUAGES for each in read(MESSAGES, language) if not each.urgent]
    outside = [topic_model().rank(each.text).confidence for each in rows if each.topic is None]
    assert len(outside) >= 300
    assert share([each is not Confidence.SURE for each in outside]) >= 0.86
    known = [topic_model().rank(each.text).confidence for each in rows if each.topic is not None]
    assert share([each is Confidence.UNKNOWN for each in known]) <= 0.05


async def answer_all(assistant: Assistant, messages: list[Labelled]) -> list[Turn]:
    """Each as a new person's first message through the whole path, as `sahan ask --batch` does."""
    return [await assistant.respond(Message(Channel.TELEGRAM, each.text), {}) for each in messages]


async def test_danger_is_heard_in_every_language(assistant: Assistant) -> None:
    urgent = [each for language in LANGUAGES for each in read(URGENCY, language) if each.urgent]
    assert len(urgent) > 400
    assert share([turn.understanding.urgent for turn in await answer_all(assistant, urgent)]) >= 0.92


async def test_other_messages_are_seldom_an_alarm(assistant: Assistant) -> None:
    others = [each for language in LANGUAGES for each in read(URGENCY, language)[::3] if not each.urgent]
    assert share([turn.understanding.urgent for turn in await answer_all(assistant, others)]) <= 0.05


async def test_the_whole_path_answers_what_the_index_of_topics_finds(assistant: Assistant) -> None:
    some = [each for language in LANGUAGES for each in inside(language)[::15]]
    turns = await answer_all(assistant, some)
    for each, turn in zip(some, turns, strict=True):
        found = [turn.understanding.topic, *(topic for topic, _ in turn.understanding.alternatives)]
        if not turn.understanding.urgent and found[0] not in ("talk.menu", "talk.language"):
            assert topic_model().rank(each.text).ranking[0][0] in found, each.id


@pytest.mark.parametrize("language", IDENTIFIED)
def test_the_language_is_identified(language: str) -> None:
    identifier = LanguageIdentifier.load()
    long = [each.text for each in read(MESSAGES, language) if len(each.text.split()) >= 3]
    guesses = [identifier.identify(text) for text in long]
    assert share([guess.ranking[0][0] == language for guess in guesses]) >= 0.85
    answered = [guess.language == language for guess in guesses if guess.language is not None]
    assert share(answered) >= 0.93


@pytest.mark.parametrize(("folder", "name"), FILES)
def test_no_message_was_seen_in_training(library: Library, folder: Path, name: str) -> None:
    phrases = {bare_words(phrase.text) for phrase in library.phrases}
    assert [each.id for each in read(folder, name) if bare_words(each.text) in phrases] == []


@pytest.mark.parametrize(("folder", "name"), FILES)
def test_messages_have_ids_of_their_own_and_topics_of_the_library(library: Library, folder: Path, name: str) -> None:
    messages = read(folder, name)
    assert len({each.id for each in messages}) == len(messages)
    assert {each.topic for each in messages if each.topic} <= set(library.topics)
