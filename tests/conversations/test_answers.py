"""Every answer of the library as people receive it: its form, its cost, its source, and what must never be said."""

from __future__ import annotations

import re

import pytest

from bot.assistant import Assistant
from bot.dialogue.dialogue import Dialogue
from bot.dialogue.state import OTHER_COUNTRY, Context, State
from content.languages import message
from content.models import OUT_OF_SCOPE, Library
from content.segments import Encoding, segment
from store.messages import Channel
from tests.conversations.person import SMS, TELEGRAM, Person, texts

COUNTRIES = (None, "DJ", "ML", "SN", OTHER_COUNTRY)
# What talk.menu, talk.language and talk.greet send is a list or a greeting, not a text with a source.
LISTS = {"talk.menu", "talk.language", "talk.greet"}
# In no source: a number of Mali that circulates with the programme's name, and must never be given out.
NEVER = re.compile(r"92\W*40\W*49\W*21")
EMAIL = re.compile(r"[\w.+-]+@[\w-]+\.\w+")


def answered(library: Library) -> list[str]:
    return [topic for topic in library.topics if topic not in LISTS | {OUT_OF_SCOPE}]


def every_text(library: Library) -> list[tuple[str, str]]:
    """(where, text) of all that can be sent."""
    found = []
    for locale, topics in library.texts.items():
        for topic, text in topics.items():
            for country, form in [("", text.form), *text.countries.items()]:
                where = f"{locale} {topic} {country}"
                found += [(f"{where} sms", form.sms), (f"{where} long", form.long)]
            found.append((f"{locale} {topic} title", text.title))
    for locale, messages in library.messages.items():
        for key, each in messages.items():
            found += [(f"{locale} {key} sms", each.sms), (f"{locale} {key} long", each.long)]
    return found


async def test_every_topic_is_answered_in_french_by_sms(assistant: Assistant, library: Library) -> None:
    for topic in answered(library):
        person = Person(assistant, SMS, language_hint="fr")
        turn = await person.choose_topic(topic)
        answer = turn.replies[0].text
        assert turn.understanding.topic == topic
        assert answer.startswith(library.texts["fr"][topic].form.sms), topic
        assert (segment(answer).encoding, segment(answer).segments <= 2) == (Encoding.GSM_7, True), topic
        pieces = [segment(piece) for piece in person.slots["rest"]]
        assert pieces, topic
        assert all(piece.segments <= 2 and piece.encoding is Encoding.GSM_7 for piece in pieces), topic


async def test_every_topic_is_answered_in_french_on_telegram(assistant: Assistant, library: Library) -> None:
    for topic in answered(library):
        turn = await Person(assistant, TELEGRAM).choose_topic(topic)
        answer = turn.replies[0].text
        text = library.texts["fr"][topic]
        assert turn.understanding.topic == topic
        assert answer.startswith(text.form.long.strip()), topic
        cite = text.form.cite if text.form.cite is not None else library.topics[topic].cite
        last = answer.strip().splitlines()[-1]
        if not cite:
            assert last == message(library, "general_advice", "fr").long, topic
            continue
        assert last.startswith("Source : "), topic
        for document in (library.documents[each] for each in cite):
            dated = f"{document.dated:%d/%m/%Y}" if document.dated else "non daté, lu en"
            assert document.publisher in last, topic
            assert dated in last, topic


async def test_every_reply_on_telegram_offers_a_way_on(assistant: Assistant, library: Library) -> None:
    for topic in answered(library)[::5]:
        turn = await Person(assistant, TELEGRAM).choose_topic(topic)
        assert any(reply.choices for reply in turn.replies), topic


@pytest.mark.parametrize("locale", ["fr", "en", "so", "wo"])
def test_an_answer_by_sms_travels_in_two_segments_of_gsm_7(
    library: Library, locale: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also with every notice: of the country guessed by the number, and of a draft."""
    monkeypatch.setattr("bot.dialogue.compose.split_for_sms", lambda *_: [])  # what SUITE sends is not the matter here
    dialogue, state = Dialogue(library), State(language=locale, introduced=True)
    costly = []
    for topic in answered(library):
        for guess in (None, *library.topics[topic].countries):
            answer = dialogue.answer(state, Context(Channel.SMS, country_guess=guess), topic).replies[0].text
            found = segment(answer)
            if found.segments > 2 or found.forced_by:
                costly.append((topic, guess, found.segments, found.forced_by))
    assert costly == []


@pytest.mark.parametrize("locale", ["fr", "en", "ar", "so", "wo"])
def test_every_answer_names_a_source_with_its_date_or_says_that_there_is_none(library: Library, locale: str) -> None:
    dialogue, context = Dialogue(library), Context(Channel.TELEGRAM)
    label, none = message(library, "source", locale).long, message(library, "general_advice", locale).long
    for topic in answered(library):
        for country in COUNTRIES:
            state = State(language=locale, country=country, introduced=True)
            answer = dialogue.answer(state, context, topic).replies[0].text
            sourced = [line for line in answer.splitlines() if line.startswith(label)]
            assert sourced or none in answer, (topic, country)
            assert all(re.search(r"\d{2}/\d{4}", line) for line in sourced), (topic, country)


def test_the_number_that_circulates_is_never_given_out(library: Library) -> None:
    assert [where for where, text in every_text(library) if NEVER.search(text)] == []
    facts = [fact for document in library.documents.values() for fact in document.facts.values()]
    assert [fact for fact in facts if NEVER.search(fact)] == []


def test_no_answer_holds_an_email_address(library: Library) -> None:
    assert [where for where, text in every_text(library) if EMAIL.search(text)] == []


@pytest.mark.parametrize("topic", ["services.emergency", "urgent.danger"])
def test_no_emergency_number_is_given_for_mali(library: Library, topic: str) -> None:
    for locale, topics in library.texts.items():
        form = topics[topic].for_country("ML")
        for text in (form.sms, form.long):
            assert re.findall(r"\d+", text) == [], (locale, topic)
    dialogue = Dialogue(library)
    for channel in (Channel.SMS, Channel.TELEGRAM):
        answer = dialogue.answer(State(country="ML", introduced=True), Context(channel), topic).replies[0].text
        assert not re.search(r"\b(?:1[5-8]|112|123|800|80 ?00\d*)\b", answer)


@pytest.mark.parametrize("topic", ["services.emergency", "urgent.danger", "urgent.suicide"])
def test_no_emergency_number_is_given_without_the_country(library: Library, topic: str) -> None:
    for locale, topics in library.texts.items():
        for text in (topics[topic].form.sms, topics[topic].form.long):
            assert re.findall(r"\d+", text) == [], (locale, topic)


@pytest.mark.parametrize(("country", "numbers"), [("DJ", {"17", "18"}), ("SN", {"17", "18"})])
def test_the_numbers_of_a_known_country_are_those_of_the_source_and_said_to_be_unconfirmed(
    library: Library, country: str, numbers: set[str]
) -> None:
    source = library.fact(f"emergency-numbers.{country.lower()}") or ""
    for topic in ("services.emergency", "urgent.danger"):
        form = library.texts["fr"][topic].for_country(country)
        for text in (form.sms, form.long):
            assert numbers <= set(re.findall(r"\d+", text)), (country, topic)
            assert set(re.findall(r"\d+", text)) - {"2022"} <= set(re.findall(r"\d+", source)), (country, topic)
            assert re.search(r"non confirmé|pas (?:encore )?(?:pu les )?confirmé|confirmer", text), (country, topic)


async def test_a_draft_translation_by_sms_names_the_french(assistant: Assistant, library: Library) -> None:
    person = Person(assistant)
    await person.write("somali")
    turn = await person.choose_topic("return.what")
    assert message(library, "draft_notice", "so").sms in texts(turn)[0]
