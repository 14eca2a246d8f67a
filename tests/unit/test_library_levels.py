"""What the library holds in each language: complete ones everything, core ones what a person in need asks first."""

from __future__ import annotations

from collections import Counter

import pytest

from content.check.contract import CONTRACT
from content.check.words import COMMANDS
from content.models import OUT_OF_SCOPE, SOURCE_LOCALE, Library

COMPLETE = ("fr", "en", "ar", "so", "am", "om", "wo", "bm")
CORE = ("aa", "ti", "ff", "ses")
RECOGNISED = ("srr", "taq")
CORE_GROUPS = ("talk", "urgent", "return", "services")
TOPICS = [topic for topic in CONTRACT if topic != OUT_OF_SCOPE]
MIXED_SCRIPTS = {"am": "ETHIOPIC", "ar": "ARABIC"}
FEWEST = {**dict.fromkeys(COMPLETE, 15), **dict.fromkeys(CORE, 8), SOURCE_LOCALE: 40}
NEEDED_WORDS = ("stop", "start", "help", "forget", "export", "menu", "language")


def test_the_levels_are_declared(library: Library) -> None:
    levels = {code: language.level for code, language in library.languages.items()}
    assert levels == {**dict.fromkeys(COMPLETE, "complete"), **dict.fromkeys(CORE, "core"),
                      **dict.fromkeys(RECOGNISED, "recognised")}


@pytest.mark.parametrize("locale", COMPLETE)
def test_a_complete_language_answers_every_topic(library: Library, locale: str) -> None:
    assert [topic for topic in TOPICS if library.text(topic, locale) is None] == []


@pytest.mark.parametrize("locale", CORE)
def test_a_core_language_answers_what_is_asked_first_and_names_the_rest(library: Library, locale: str) -> None:
    for topic in TOPICS:
        if topic.split(".")[0] in CORE_GROUPS:
            assert library.text(topic, locale) is not None, topic
        else:
            assert library.text(topic, locale) is not None or topic in library.titles[locale], topic


@pytest.mark.parametrize("locale", [*COMPLETE, *CORE])
def test_every_message_and_the_words_of_command_are_there(library: Library, locale: str) -> None:
    assert set(library.messages[locale]) == set(library.messages[SOURCE_LOCALE])
    assert [command for command in NEEDED_WORDS if not library.words[locale].commands.get(command)] == []
    assert set(library.words[locale].commands) <= set(COMMANDS)
    assert library.words[locale].language_names


@pytest.mark.parametrize("locale", [*COMPLETE, *CORE])
def test_every_topic_has_phrases_enough(library: Library, locale: str) -> None:
    counts = Counter(phrase.topic for phrase in library.phrases if phrase.locale == locale)
    assert {topic: counts[topic] for topic in CONTRACT if counts[topic] < FEWEST[locale]} == {}


@pytest.mark.parametrize("locale", sorted(MIXED_SCRIPTS))
def test_languages_of_another_script_have_phrases_in_latin_letters_too(library: Library, locale: str) -> None:
    texts = [phrase.text for phrase in library.phrases if phrase.locale == locale]
    latin = sum(any("a" <= letter <= "z" for letter in text.lower()) for text in texts)
    assert len(texts) / 10 < latin < len(texts) / 2


@pytest.mark.parametrize("locale", [each for each in (*COMPLETE, *CORE) if each != SOURCE_LOCALE])
def test_translations_say_who_made_them_when_and_of_what(library: Library, locale: str) -> None:
    for text in library.texts[locale].values():
        source = library.text(text.topic, SOURCE_LOCALE)
        assert source is not None
        assert text.translates == source.revision, text.topic
        assert text.status in ("draft", "reviewed"), text.topic
        assert text.translator and text.translated_on is not None, text.topic


@pytest.mark.parametrize("locale", RECOGNISED)
def test_a_recognised_language_has_the_line_that_says_french(library: Library, locale: str) -> None:
    assert set(library.messages[locale]) == {"only_french"}
