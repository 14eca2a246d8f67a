"""Where Rasa cannot load or answer: STOP, AIDE, digits, buttons and danger still work, and nothing else is guessed."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from typing import Any

import pytest

from bot.assistant import Assistant
from bot.embedding import EmbeddedRasa, RasaTurn
from content.languages import message
from content.models import Library
from store.messages import Effect, Message, MessageKind, QuestionKind
from tests.conversations.person import SMS, TELEGRAM, Person, texts


class BrokenRasa(EmbeddedRasa):
    """Rasa whose every turn fails, in the way that it is made for."""

    def __init__(self, how: str) -> None:
        self.how = how

    async def take_turn(
        self, text: str, channel: str, slots: Mapping[str, Any], last_turns: Iterable[Iterable[str]],
        metadata: Mapping[str, Any],
    ) -> RasaTurn:
        if self.how == "silent":
            return RasaTurn([], dict(slots), {}, [])
        if self.how == "slow":
            await asyncio.sleep(3600)
        raise ValueError(text)


@pytest.fixture(params=["none", "failing", "silent", "slow"])
def broken(request: pytest.FixtureRequest, assistant: Assistant, monkeypatch: pytest.MonkeyPatch) -> Assistant:
    """The real assistant with its Rasa taken away or broken."""
    monkeypatch.setattr("bot.assistant.RASA_SECONDS", 0.05)
    rasa = None if request.param == "none" else BrokenRasa(request.param)
    return Assistant(assistant.knowledge, rasa)


async def test_command_words_are_answered(broken: Assistant, library: Library) -> None:
    person = Person(broken)
    helped = " ".join(message(library, key, "fr").sms for key in ("danger_hint", "help"))
    assert texts(await person.write("AIDE")) == [helped]
    turn = await person.write("jooji")
    assert (texts(turn), turn.effects) == ([message(library, "stopped", "so").sms], (Effect.OPT_OUT,))
    assert (await person.write("START")).effects == (Effect.OPT_IN,)
    assert (await person.write("EFFACER")).effects == (Effect.FORGET,)


async def test_the_menu_leads_to_answers_by_digits(broken: Assistant, library: Library) -> None:
    person = Person(broken)
    turn = await person.write("menu")
    assert len(turn.replies[0].choices) == len(library.menu)
    await person.write("1")
    turn = await person.write("1")
    assert turn.replies[0].text.startswith(library.texts["fr"][library.menu[0].topics[0]].form.sms)
    turn = await person.write("SUITE")
    assert turn.replies[0].text.split()[0] == library.texts["fr"][library.menu[0].topics[0]].form.long.split()[0]
    assert (await person.write("NON")).question is QuestionKind.UNHELPFUL


async def test_buttons_languages_and_places_work(broken: Assistant, library: Library) -> None:
    person = Person(broken, TELEGRAM)
    turn = await person.choose_topic("return.cost")
    assert turn.replies[0].text.startswith(library.texts["fr"]["return.cost"].form.long.strip())
    assert (await person.write("soomaali")).language == "so"
    assert (await person.write("Obock")).country == "DJ"


@pytest.mark.parametrize("text", ["au secours la pirogue coule", "they want to kill me", "أريد أن أموت"])
async def test_danger_is_answered_with_advice(broken: Assistant, library: Library, text: str) -> None:
    turn = await Person(broken, SMS, country_guess="SN").write(text)
    topic = turn.understanding.topic
    assert topic in ("urgent.danger", "urgent.suicide")
    told = [each[topic] for each in library.texts.values()]
    advice = {form.sms for each in told for form in (each.form, *each.countries.values())}
    assert any(turn.replies[0].text.startswith(each) for each in advice)
    assert (turn.question, turn.understanding.urgent) == (QuestionKind.URGENT, True)


async def test_a_question_gets_an_apology_and_is_kept_for_staff(broken: Assistant, library: Library) -> None:
    turn = await Person(broken).write("combien coute le retour volontaire ?")
    assert turn.replies[0].text == message(library, "trouble", "fr").sms
    assert (turn.question, turn.understanding.topic) == (QuestionKind.UNANSWERED, None)


async def test_what_is_no_text_gets_its_reply(broken: Assistant, library: Library) -> None:
    turn = await Person(broken).send(MessageKind.VOICE)
    assert turn.replies[0].text == message(library, "cannot_read_voice", "fr").sms


async def test_a_person_who_said_stop_gets_nothing(broken: Assistant) -> None:
    for text in ("bonjour", "menu", "au secours la pirogue coule"):
        assert (await Person(broken, opted_out=True).write(text)).replies == ()


async def test_a_failure_does_not_lose_what_is_remembered(broken: Assistant) -> None:
    person = Person(broken)
    await person.write("wolof")
    await person.write("une question que personne ne comprend sans Rasa")
    assert (person.slots["language"], person.slots["language_chosen"]) == ("wo", True)


async def test_what_failed_again_and_again_gets_an_apology(assistant: Assistant, library: Library) -> None:
    person = Person(assistant)
    await person.write("english")
    turn = assistant.apologise(Message(SMS, "anything"), person.conversation)
    assert turn.replies[0].text == message(library, "trouble", "en").sms
