"""What the conversation knows of a person: introduced or not, country, language, STOP and EFFACER."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.dialogue.dialogue import DANGER, Dialogue
from bot.dialogue.languages import spoken
from bot.dialogue.state import OTHER_COUNTRY, Context, Outcome, State
from bot.dialogue.steps import Step, perform, read_payload
from content.languages import conversation_locales, message
from content.models import Library
from store.messages import Channel, Effect

SMS = Context(Channel.SMS)
TELEGRAM = Context(Channel.TELEGRAM)
KNOWN = State(introduced=True)


@pytest.fixture(scope="module")
def dialogue(library: Library) -> Dialogue:
    return Dialogue(library)


def digit(dialogue: Dialogue, number: int, state: State, context: Context = SMS) -> Outcome:
    return perform(dialogue, Step("choose_option", {"number": number}), state, context)


def text_of(outcome: Outcome) -> str:
    return "\n".join(reply.text for reply in outcome.replies)


def topic_of_country(library: Library, country: str) -> str:
    return next(each.id for each in library.topics.values()
                if country in each.countries and not each.id.startswith(("urgent.", "talk.")))


# --- who we are ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("context", [SMS, TELEGRAM])
@pytest.mark.parametrize("locale", ["fr", "en", "ar", "so", "wo"])
def test_the_introduction_comes_exactly_once_and_after_the_answer(
    dialogue: Dialogue, library: Library, context: Context, locale: str
) -> None:
    texts = message(library, "introduction", locale)
    line = texts.sms if context.channel is Channel.SMS else texts.long
    first = dialogue.answer(State(language=locale), context, "return.what")
    assert [reply.text for reply in first.replies].count(line) == 1
    assert first.replies[0].text != line
    second = dialogue.answer(first.state, context, "return.cost")
    assert line not in [reply.text for reply in second.replies]


@pytest.mark.parametrize("first", ["unknown", "menu_answer", "unsure", "greet", "tell"])
def test_whatever_comes_first_introduces(dialogue: Dialogue, library: Library, first: str) -> None:
    steps = {
        "unknown": lambda: dialogue.unknown(State(), SMS),
        "menu_answer": lambda: dialogue.answer(State(), SMS, "talk.menu"),
        "unsure": lambda: dialogue.unsure(State(), SMS, ["return.what"]),
        "greet": lambda: dialogue.answer(State(), SMS, "talk.greet"),
        "tell": lambda: dialogue.tell(State(), SMS, "unclear"),
    }
    outcome = steps[first]()
    assert outcome.state.introduced
    assert text_of(outcome).count(message(library, "introduction", "fr").sms) == 1


def test_danger_gets_no_introduction_before_or_with_the_advice(dialogue: Dialogue, library: Library) -> None:
    outcome = dialogue.urgent(State(), SMS, DANGER)
    assert message(library, "introduction", "fr").sms not in text_of(outcome)
    advice = library.texts["fr"][DANGER].form.sms
    assert outcome.replies[0].text.startswith(advice)


# --- countries -----------------------------------------------------------------------------------------


def test_the_country_is_asked_only_where_the_answer_depends_on_it_and_once(
    dialogue: Dialogue, library: Library
) -> None:
    question = message(library, "country_question", "fr").sms
    plain = next(each.id for each in library.topics.values() if not each.countries and each.id.startswith("return."))
    assert question not in text_of(dialogue.answer(KNOWN, SMS, plain))
    depends = topic_of_country(library, "DJ")
    first = dialogue.answer(KNOWN, SMS, depends)
    assert first.replies[-1].text == question
    assert first.topic == depends
    assert first.replies[0].text.startswith(library.texts["fr"][depends].form.sms[:40])
    assert question not in text_of(dialogue.answer(first.state, SMS, depends))


def test_a_chosen_country_gives_the_answer_again_for_it(dialogue: Dialogue, library: Library) -> None:
    topic = topic_of_country(library, "DJ")
    asked = dialogue.answer(KNOWN, SMS, topic)
    chosen = digit(dialogue, list(library.countries).index("DJ") + 1, asked.state)
    assert chosen.state.country == "DJ"
    assert chosen.topic == topic
    assert chosen.replies[0].text.startswith(library.texts["fr"][topic].for_country("DJ").sms[:40])


def test_another_country_keeps_the_general_answer_and_is_not_asked_again(dialogue: Dialogue, library: Library) -> None:
    topic = topic_of_country(library, "DJ")
    other = dialogue.choose_country(KNOWN, SMS, OTHER_COUNTRY)
    assert other.state.country == OTHER_COUNTRY
    answer = dialogue.answer(other.state, replace(SMS, country_guess="DJ"), topic)
    assert len(answer.replies) == 1
    assert answer.replies[0].text.startswith(library.texts["fr"][topic].form.sms[:40])


@pytest.mark.parametrize("context", [SMS, TELEGRAM])
def test_a_guessed_country_is_used_and_named_as_a_guess(dialogue: Dialogue, library: Library, context: Context) -> None:
    topic = topic_of_country(library, "DJ")
    outcome = dialogue.answer(KNOWN, replace(context, country_guess="DJ"), topic)
    texts = message(library, "country_guess", "fr")
    notice = (texts.sms if context is SMS else texts.long).replace("{country}", "Djibouti")
    assert notice in outcome.replies[0].text
    assert outcome.state.country is None  # a guess is not remembered as said
    assert len(outcome.replies) == 1  # and the country is not asked
    said = dialogue.answer(replace(KNOWN, country="DJ"), replace(context, country_guess="DJ"), topic)
    assert notice not in said.replies[0].text


def test_what_the_person_said_outranks_the_number(dialogue: Dialogue, library: Library) -> None:
    topic = next(each.id for each in library.topics.values() if {"DJ", "SN"} <= set(each.countries))
    outcome = dialogue.answer(replace(KNOWN, country="SN"), replace(TELEGRAM, country_guess="DJ"), topic)
    assert library.texts["fr"][topic].for_country("SN").long.strip() in outcome.replies[0].text


def test_a_country_that_the_message_names_serves_this_answer_alone(dialogue: Dialogue, library: Library) -> None:
    topic = next(each.id for each in library.topics.values() if {"DJ", "SN"} <= set(each.countries))
    outcome = dialogue.answer(replace(KNOWN, country="SN"), replace(TELEGRAM, country_mentioned="DJ"), topic)
    assert library.texts["fr"][topic].for_country("DJ").long.strip() in outcome.replies[0].text
    assert outcome.state.country == "SN"


# --- languages -----------------------------------------------------------------------------------------


def test_french_is_one_word_away(dialogue: Dialogue, library: Library) -> None:
    somali = replace(KNOWN, language="so", language_chosen=True)
    answered = dialogue.answer(somali, TELEGRAM, "return.what")
    french = dialogue.show_french(answered.state, TELEGRAM)
    assert library.texts["fr"]["return.what"].form.long.strip() in french.replies[0].text
    assert french.topic == "return.what"
    assert french.state.language == "so"  # the person still writes Somali
    assert dialogue.show_french(KNOWN.with_(language="so"), SMS).state.language == "fr"


def test_a_translation_not_yet_reviewed_says_so(dialogue: Dialogue, library: Library) -> None:
    draft = library.texts["so"]["return.what"]
    assert draft.status == "draft"
    answer = dialogue.answer(replace(KNOWN, language="so"), TELEGRAM, "return.what").replies[0].text
    assert message(library, "draft_notice", "so").long in answer
    french = dialogue.answer(KNOWN, TELEGRAM, "return.what").replies[0].text
    assert message(library, "draft_notice", "fr").long not in french


@pytest.mark.parametrize("context", [SMS, TELEGRAM])
def test_a_missing_translation_is_answered_in_french_with_a_line_that_says_so(
    library: Library, context: Context
) -> None:
    texts = {**library.texts, "so": {name: text for name, text in library.texts["so"].items() if name != "return.what"}}
    poorer = Dialogue(replace(library, texts=texts))
    outcome = poorer.answer(replace(KNOWN, language="so"), context, "return.what")
    notice = message(library, "only_french", "so")
    expected = notice.sms if context is SMS else notice.long
    form = library.texts["fr"]["return.what"].form
    assert outcome.replies[0].text.startswith(expected)
    assert (form.sms if context is SMS else form.long).strip() in outcome.replies[0].text
    assert outcome.state.answered_in == "fr"


def test_a_language_without_messages_gets_the_list_of_those_that_have(dialogue: Dialogue, library: Library) -> None:
    outcome = dialogue.choose_language(KNOWN, SMS, "srr")
    assert outcome.state.language == "fr"
    chosen = [read_payload(each.payload) for each in outcome.replies[0].choices]
    assert {step.entities["language"] for step in chosen if step} == set(conversation_locales(library))


def test_a_choice_of_language_outranks_what_is_identified(library: Library) -> None:
    chosen = State(language="fr", language_chosen=True)
    assert spoken(library, chosen, {"language": "so"}, "ar").language == "fr"
    assert spoken(library, State(), {"language": "so"}, "ar").language == "so"
    assert spoken(library, State(), {"language": None}, "ar").language == "ar"
    assert spoken(library, State(introduced=True), {"language": None}, "ar").language == "fr"
    assert spoken(library, State(language="so"), {"language": "zz"}, None).language == "so"
    assert spoken(library, State(), None, "xx").language == "fr"


# --- effects -------------------------------------------------------------------------------------------


def test_stop_start_and_forget_ask_the_database(dialogue: Dialogue) -> None:
    known = State(language="ar", country="DJ", introduced=True, last_topic="return.what")
    assert dialogue.stop(known, SMS).effects == (Effect.OPT_OUT,)
    assert dialogue.start(known, SMS, was_stopped=True).effects == (Effect.OPT_IN,)
    assert dialogue.start(known, SMS, was_stopped=False).effects == ()
    forgotten = dialogue.forget(known, SMS)
    assert forgotten.effects == (Effect.FORGET,)
    assert forgotten.state == State()


def test_the_state_survives_as_plain_json_values() -> None:
    state = State("so", True, "DJ", ("/ask_menu",), ("un", "deux"), "return.what", "fr", True, True)
    assert State.from_slots(state.to_slots()) == state
    assert State.from_slots({}) == State()
    assert State.from_slots({"language": None, "menu": None, "foreign": 1}) == State()
