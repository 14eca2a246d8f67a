"""Danger to a life: the first reply begins with advice, and a country's numbers are given only where it is known."""

from __future__ import annotations

import re

import pytest

from bot.assistant import Assistant
from content.languages import message
from content.models import Library
from store.messages import Channel, QuestionKind
from tests.conversations.person import SMS, TELEGRAM, Person, texts

DANGER, DESPAIR = "urgent.danger", "urgent.suicide"
MESSAGES = [
    ("fr", DANGER, "au secours notre pirogue coule on est au large"),
    ("fr", DANGER, "svp aidé nous ils nous frape ils vont nous tué"),
    ("en", DANGER, "help us please the boat is sinking we are in the sea"),
    ("ar", DANGER, "ساعدونا القارب يغرق ونحن في البحر"),
    ("so", DANGER, "na caawiya doonida way degaysaa waan dhimanaynaa"),
    ("wo", DANGER, "wallu leen nu gaal gi mingi suux"),
    ("fr", DESPAIR, "je n'en peux plus je veux mourir"),
    ("en", DESPAIR, "i want to kill myself"),
    ("ar", DESPAIR, "أريد أن أموت"),
    ("so", DESPAIR, "waxaan rabaa inaan is dilo"),
    ("wo", DESPAIR, "dama bëgg dee"),
]
EMERGENCY_NUMBER = re.compile(r"\b(?:17|18|123)\b")


@pytest.mark.parametrize("channel", [SMS, TELEGRAM])
@pytest.mark.parametrize(("language", "topic", "text"), MESSAGES)
async def test_the_first_reply_begins_with_the_advice(
    assistant: Assistant, library: Library, channel: Channel, language: str, topic: str, text: str
) -> None:
    turn = await Person(assistant, channel).write(text)
    form = library.texts[language][topic].form
    assert turn.replies[0].text.startswith(form.sms if channel is SMS else form.long.strip())
    assert (turn.understanding.urgent, turn.question) == (True, QuestionKind.URGENT)
    assert turn.language == language


@pytest.mark.parametrize("channel", [SMS, TELEGRAM])
async def test_without_a_country_no_number_is_given_and_the_country_is_asked(
    assistant: Assistant, library: Library, channel: Channel
) -> None:
    turn = await Person(assistant, channel).write("au secours notre pirogue coule")
    advice, question = texts(turn, channel)[0], turn.replies[-1]
    asked = message(library, "country_question", "fr")
    assert not EMERGENCY_NUMBER.search(advice)
    assert question.text == (asked.sms if channel is SMS else asked.long)
    assert len(question.choices) == len(library.countries) + 1


@pytest.mark.parametrize(("country", "digit", "numbers"), [("DJ", "1", True), ("ML", "2", False), ("SN", "3", True)])
async def test_the_country_said_brings_its_advice(
    assistant: Assistant, library: Library, country: str, digit: str, numbers: bool
) -> None:
    person = Person(assistant)
    await person.write("au secours notre pirogue coule")
    turn = await person.write(digit)
    assert turn.country == country
    assert turn.replies[0].text.startswith(library.texts["fr"][DANGER].for_country(country).sms)
    assert bool(EMERGENCY_NUMBER.search(turn.replies[0].text)) is numbers


@pytest.mark.parametrize(("country", "numbers"), [("DJ", True), ("ML", False), ("SN", True)])
async def test_a_guessed_country_brings_its_advice_at_once_and_is_named_as_a_guess(
    assistant: Assistant, library: Library, country: str, numbers: bool
) -> None:
    turn = await Person(assistant, SMS, country_guess=country).write("au secours on nous frappe ils ont des armes")
    text = turn.replies[0].text
    assert text.startswith(library.texts["fr"][DANGER].for_country(country).sms)
    assert bool(EMERGENCY_NUMBER.search(text)) is numbers
    assert message(library, "country_guess", "fr").sms.partition("{")[0] in text


async def test_danger_is_heard_in_the_middle_of_a_conversation(assistant: Assistant, library: Library) -> None:
    person = Person(assistant)
    for text in ("bonjour", "menu", "2"):
        await person.write(text)
    turn = await person.write("au secours ils vont me tuer")
    assert turn.replies[0].text.startswith(library.texts["fr"][DANGER].form.sms)


async def test_danger_is_heard_in_another_language_than_the_chosen_one(assistant: Assistant, library: Library) -> None:
    person = Person(assistant)
    await person.write("wolof")
    turn = await person.write("au secours ils vont me tuer")
    assert turn.replies[0].text.startswith(library.texts["wo"][DANGER].form.sms)
    assert turn.understanding.urgent


async def test_a_second_call_for_help_asks_for_the_country_again(assistant: Assistant, library: Library) -> None:
    person = Person(assistant)
    for _ in range(2):
        turn = await person.write("au secours on coule")
        assert turn.replies[-1].text == message(library, "country_question", "fr").sms


@pytest.mark.parametrize(
    "text",
    ["combien coute le retour volontaire ?", "bonjour", "merci", "le bureau de l'OIM est ou a gao", "what is the iom",
     "كيف أعود إلى بلدي", "sideen dalkayga ugu noqdaa", "naka lay def ngir nibbi"],
)
async def test_an_ordinary_message_is_no_alarm(assistant: Assistant, text: str) -> None:
    turn = await Person(assistant).write(text)
    assert not turn.understanding.urgent
    assert turn.question is not QuestionKind.URGENT
