"""Whole conversations with the real assistant, by SMS and Telegram, in five languages."""

from __future__ import annotations

import json

import pytest

from bot.assistant import Assistant
from bot.dialogue.steps import read_payload
from content.languages import message
from content.models import Library
from content.segments import segment
from store.messages import Channel, Effect, MessageKind, QuestionKind
from tests.conversations.person import SMS, TELEGRAM, Person, texts

# language: (greeting, a question, its topic, a follow-up question, its topic, SUITE, NON, MENU)
TALKS = {
    "fr": ("salam bonjour", "cmt je fé pour rentré dans mon pays", "return.apply", "et ca coute combien le retour ?",
           "return.cost", "SUITE", "NON", "MENU"),
    "en": ("hello", "how can i apply to go back home", "return.apply", "how much does the return cost", "return.cost",
           "MORE", "NO", "MENU"),
    "ar": ("السلام عليكم", "كيف أسجل للعودة إلى بلدي", "return.apply", "كم تكلفة العودة الطوعية؟", "return.cost",
           "المزيد", "لا", "القائمة"),
    "so": ("asc iska warran", "sideen isku qoraa si aan dalkayga ugu noqdo", "return.apply",
           "dib u noqoshadu waa imisa lacag ma la bixiyaa", "return.cost", "sii wad", "maya", "liis"),
    "wo": ("salaamaleekum nanga def", "naka lay def ngir bindu ngir dellu sama réew", "return.apply",
           "retour bi ñaata lay jar", "return.cost", "yokk", "déedéet", "menu bi"),
}


def said(library: Library, key: str, language: str, channel: Channel) -> str:
    found = message(library, key, language)
    return found.sms if channel is SMS else found.long


@pytest.mark.parametrize("channel", [SMS, TELEGRAM])
@pytest.mark.parametrize("language", TALKS)
async def test_a_whole_conversation(assistant: Assistant, library: Library, language: str, channel: Channel) -> None:
    greeting, question, topic, follow_up, second_topic, more, no, menu = TALKS[language]
    country = "SN" if language == "wo" else "DJ"
    person = Person(assistant, channel, country_guess=country)

    turn = await person.write(greeting)
    assert turn.understanding.topic == "talk.greet"
    assert turn.language == language
    assert said(library, "introduction", language, channel) in "\n".join(texts(turn, channel))

    turn = await person.write(question)
    assert turn.understanding.topic == topic
    form = library.texts[language][topic].for_country(country)
    assert (form.sms if channel is SMS else form.long).strip() in turn.replies[0].text
    assert said(library, "introduction", language, channel) not in "\n".join(texts(turn, channel))

    turn = await person.write(follow_up)
    assert turn.understanding.topic == second_topic
    assert turn.language == language

    turn = await person.write(more)
    if channel is SMS:
        first_words = library.texts[language][second_topic].form.long.split()[:2]
        assert turn.replies[0].text.split()[0][:3] == first_words[0][:3]
        assert person.slots["rest"] == [] or turn.replies[0].text.endswith(
            said(library, "continued_hint", language, channel))
    else:
        assert turn.replies[0].text == said(library, "nothing_more", language, channel)  # the long form was sent

    turn = await person.write(no)
    assert turn.question is QuestionKind.UNHELPFUL
    assert turn.replies[0].text == said(library, "unhelpful_thanks", language, channel)

    turn = await person.write(menu)
    assert [each.title for each in turn.replies[-1].choices] == [
        said(library, section.key, language, channel) for section in library.menu
    ]
    section = library.menu[1]
    turn = await person.write("2")
    shown = [read_payload(each.payload) for each in turn.replies[-1].choices]
    assert [each.entities["topic"] for each in shown if each and each.intent == "choose_topic"] == list(section.topics)
    turn = await person.write("1.")
    assert turn.understanding.topic == section.topics[0]
    form = library.texts[language][section.topics[0]].for_country(country)
    assert (form.sms if channel is SMS else form.long).strip() in turn.replies[0].text


FIRST_QUESTIONS = {
    "fr": ("combien coute le retour volontaire ?", "return.cost"),
    "en": ("how much does it cost to return home with IOM?", "return.cost"),
    "ar": ("هل العودة الطوعية مجانية؟", "return.cost"),
    "so": ("dib u noqoshada mutadawaca ah ma bilaash baa?", "return.cost"),
    "wo": ("ndax retour volontaire dañu koy fay?", "return.cost"),
}


@pytest.mark.parametrize("channel", [SMS, TELEGRAM])
@pytest.mark.parametrize("language", FIRST_QUESTIONS)
async def test_a_first_question_is_answered_at_once_with_one_line_of_introduction(
    assistant: Assistant, library: Library, language: str, channel: Channel
) -> None:
    question, topic = FIRST_QUESTIONS[language]
    turn = await Person(assistant, channel).write(question)
    form = library.texts[language][topic].form
    assert (form.sms if channel is SMS else form.long).strip() in turn.replies[0].text
    assert texts(turn, channel).count(said(library, "introduction", language, channel)) == 1
    assert (turn.understanding.topic, turn.understanding.language) == (topic, language)
    assert len(turn.replies) == 2


async def test_each_person_has_a_conversation_of_their_own(assistant: Assistant) -> None:
    one, other = Person(assistant), Person(assistant)
    await one.write("menu")
    await other.write("langue")
    assert (await one.write("1")).replies[0].choices != (await other.write("1")).replies[0].choices
    assert one.slots["language_chosen"] is False
    assert other.slots["language_chosen"] is True


async def test_the_same_message_gets_the_same_answer(assistant: Assistant) -> None:
    first = await Person(assistant).write("je veux rentrer chez moi")
    assert (await Person(assistant).write("je veux rentrer chez moi")) == first


async def test_a_chosen_language_stays_whatever_the_person_writes(assistant: Assistant, library: Library) -> None:
    person = Person(assistant)
    await person.write("soomaali")
    turn = await person.write("combien coute le retour volontaire ?")
    assert turn.language == "so"
    assert library.texts["so"]["return.cost"].form.sms in turn.replies[0].text
    turn = await person.write("FR")
    assert library.texts["fr"]["return.cost"].form.sms in turn.replies[0].text


async def test_the_country_is_asked_once_and_its_digit_gives_the_answer_for_it(
    assistant: Assistant, library: Library
) -> None:
    person = Person(assistant)
    turn = await person.choose_topic("services.contact_iom")
    assert turn.replies[-1].text == message(library, "country_question", "fr").sms
    turn = await person.write("1")
    assert (turn.country, turn.understanding.topic) == ("DJ", "services.contact_iom")
    assert library.texts["fr"]["services.contact_iom"].for_country("DJ").sms in turn.replies[0].text
    turn = await person.choose_topic("services.health")
    assert message(library, "country_question", "fr").sms not in turn.replies[-1].text


async def test_saying_where_one_is_is_remembered(assistant: Assistant, library: Library) -> None:
    person = Person(assistant)
    await person.write("je suis à Gao")
    assert person.slots["country"] == "ML"
    turn = await person.choose_topic("services.contact_iom")
    assert library.texts["fr"]["services.contact_iom"].for_country("ML").sms in turn.replies[0].text


async def test_stop_start_and_forget(assistant: Assistant, library: Library) -> None:
    person = Person(assistant)
    await person.write("combien coute le retour volontaire ?")
    turn = await person.write("ARRÊT")
    assert (turn.effects, texts(turn)) == ((Effect.OPT_OUT,), [message(library, "stopped", "fr").sms])
    for text in ("bonjour", "STOP", "au secours on coule", "MENU", "2"):
        assert (await person.write(text)).replies == ()
    turn = await person.write("START")
    assert (turn.effects, texts(turn)) == ((Effect.OPT_IN,), [message(library, "started", "fr").sms])
    turn = await person.write("EFFACER")
    assert turn.effects == (Effect.FORGET,)
    assert person.conversation == {}


async def test_danger_of_a_person_who_said_stop_is_seen_by_staff(assistant: Assistant) -> None:
    turn = await Person(assistant, opted_out=True).write("au secours la pirogue coule")
    assert (turn.replies, turn.question, turn.understanding.urgent) == ((), QuestionKind.URGENT, True)


@pytest.mark.parametrize("kind", [each for each in MessageKind if each not in
                                  (MessageKind.TEXT, MessageKind.CHOICE, MessageKind.EDITED)])
@pytest.mark.parametrize("channel", [SMS, TELEGRAM])
async def test_what_is_no_text_gets_a_sensible_reply(assistant: Assistant, kind: MessageKind, channel: Channel) -> None:
    turn = await Person(assistant, channel).send(kind)
    assert turn.replies[0].text.strip()
    assert turn.understanding.topic is None


ODD = {
    "empty": "", "emoji": "😀😀", "questions": "???", "dots": "...", "invisible": "\u200f\u202e", "slash": "/",
    "slashes": "//",
    "command": "/inconnu", "braces": "{}", "very long": "x" * 20_000, "long number": "9" * 50, "null": "\0\0",
}


@pytest.mark.parametrize("text", ODD.values(), ids=ODD)
@pytest.mark.parametrize("channel", [SMS, TELEGRAM])
async def test_odd_messages_get_an_honest_reply(assistant: Assistant, text: str, channel: Channel) -> None:
    turn = await Person(assistant, channel).write(text)
    assert turn.replies
    assert all(reply.text.strip() for reply in turn.replies)
    assert turn.understanding.topic is None


@pytest.mark.parametrize("typed", ['/choose_topic{"topic":"return.what"}', '/choose_country{"country":"DJ"}',
                                   '/choose_language{"language":"so"}'])
async def test_a_button_cannot_be_typed(assistant: Assistant, typed: str) -> None:
    person = Person(assistant)
    turn = await person.write(typed)
    assert turn.replies
    assert turn.understanding.topic != "return.what"
    assert (person.slots["country"], person.slots["language_chosen"]) == (None, False)


@pytest.mark.parametrize(
    "pressed",
    ['/choose_topic{"topic":"gone"}', "/restart", "nonsense", "/choose_topic{", "/greet", '/choose_option{"number":99}',
     '/open_menu{"section":"gone","page":7}'],
)
async def test_an_old_or_forged_button_gets_a_helpful_reply(assistant: Assistant, pressed: str) -> None:
    turn = await Person(assistant, TELEGRAM).press(pressed)
    assert turn.replies[0].text.strip()
    assert turn.replies[-1].choices or len(turn.replies) > 1


async def test_what_is_remembered_stays_small(assistant: Assistant) -> None:
    person = Person(assistant)
    for text in ("bonjour", "combien coute le retour ?", "menu", "1", "1", "suite", "non", "langue", "3", "menu") * 3:
        await person.write(text)
    assert len(json.dumps(person.conversation).encode()) < 8_000
    assert len(person.conversation["turns"]) <= 3


async def test_every_sms_in_a_french_conversation_is_gsm_7(assistant: Assistant) -> None:
    person = Person(assistant)
    for text in ("bonjour", "ou trouver le bureau de l'OIM", "2", "suite", "suite", "menu", "3", "8", "langue", "pays",
                 "aide", "je veux un avion pour la lune demain", "non"):
        for reply in texts(await person.write(text)):
            assert segment(reply).forced_by == (), reply
