"""The steps of the conversation, on the plain core: no Rasa, no database."""

from __future__ import annotations

import pytest

from bot.dialogue.dialogue import DANGER, Dialogue
from bot.dialogue.menus import PAGE
from bot.dialogue.state import Context, Outcome, State
from bot.dialogue.steps import Step, perform, read_payload
from connectors.sms.rendering import render
from content.languages import message, phone_spelling
from content.models import Library
from content.segments import Encoding, segment
from store.messages import Channel, QuestionKind

SMS = Context(Channel.SMS)
TELEGRAM = Context(Channel.TELEGRAM)
KNOWN = State(introduced=True)


@pytest.fixture(scope="module")
def dialogue(library: Library) -> Dialogue:
    return Dialogue(library)


def press(dialogue: Dialogue, payload: str, state: State, context: Context) -> Outcome:
    step = read_payload(payload)
    assert step is not None, payload
    return perform(dialogue, step, state, context)


def digit(dialogue: Dialogue, number: int, state: State, context: Context = SMS) -> Outcome:
    return perform(dialogue, Step("choose_option", {"number": number}), state, context)


def text_of(outcome: Outcome) -> str:
    return "\n".join(reply.text for reply in outcome.replies)


# --- menus -----------------------------------------------------------------------------------------


def test_the_menu_has_a_line_for_each_section_and_fits_one_sms(dialogue: Dialogue, library: Library) -> None:
    outcome = dialogue.menu(KNOWN, SMS)
    assert [each.title for each in outcome.replies[0].choices] == [
        message(library, section.key, "fr").sms for section in library.menu
    ]
    body = segment(render(outcome.replies[0]))
    assert (body.encoding, body.segments) == (Encoding.GSM_7, 1)


@pytest.mark.parametrize("context", [SMS, TELEGRAM])
def test_every_topic_of_the_menu_is_reached_by_digits_alone(
    dialogue: Dialogue, library: Library, context: Context
) -> None:
    reached = set()
    for place in range(1, len(library.menu) + 1):
        page = digit(dialogue, place, dialogue.menu(KNOWN, context).state, context)
        while True:
            choices = page.replies[-1].choices
            assert len(choices) <= PAGE + 2
            more = None
            for number, choice in enumerate(choices, start=1):
                step = read_payload(choice.payload)
                assert step is not None
                if step.intent == "choose_topic":
                    reached.add(step.entities["topic"])
                elif step.intent == "open_menu":
                    more = number
            if more is None:
                break
            page = digit(dialogue, more, page.state, context)
    assert reached == {topic for section in library.menu for topic in section.topics}


def test_digits_mean_the_last_menu_shown_and_no_other(dialogue: Dialogue, library: Library) -> None:
    menu = dialogue.menu(KNOWN, SMS)
    section = digit(dialogue, 2, menu.state)
    first = library.menu[1].topics[0]
    assert digit(dialogue, 1, section.state).topic == first
    assert digit(dialogue, 1, menu.state).topic is None  # in the menu, 1 opens a section
    languages = dialogue.ask_language(section.state, SMS)
    assert digit(dialogue, 2, languages.state).state.language == "en"


def test_zero_opens_the_menu(dialogue: Dialogue) -> None:
    assert len(digit(dialogue, 0, KNOWN).replies[0].choices) == len(dialogue.library.menu)


@pytest.mark.parametrize("number", [9, 99])
def test_a_digit_outside_the_last_menu_says_so_and_keeps_it(
    dialogue: Dialogue, library: Library, number: int
) -> None:
    menu = dialogue.menu(KNOWN, SMS)
    outcome = digit(dialogue, number, menu.state)
    assert text_of(outcome) == message(library, "no_such_choice", "fr").sms
    assert outcome.state.menu == menu.state.menu


def test_a_digit_before_any_menu_says_so(dialogue: Dialogue, library: Library) -> None:
    assert text_of(digit(dialogue, 1, KNOWN)) == message(library, "no_such_choice", "fr").sms


@pytest.mark.parametrize(
    "payload",
    ['/choose_topic{"topic":"gone.since"}', "/choose_topic", '/open_menu{"section":"gone","page":0}', "/open_menu",
     '/open_menu{"section":"menu_return","page":99}', '/open_menu{"section":"menu_return","page":"x"}',
     '/choose_language{"language":"xx"}', "/choose_language", '/choose_country{"country":"FR"}', "/choose_country",
     '/choose_option{"number":-3}', '/choose_option{"number":null}', '/choose_topic{"topic":null}',
     '/choose_topic{"topic":["a"]}'],
)
@pytest.mark.parametrize("context", [SMS, TELEGRAM])
def test_an_old_or_odd_button_gets_a_helpful_answer(dialogue: Dialogue, payload: str, context: Context) -> None:
    outcome = press(dialogue, payload, KNOWN, context)
    assert outcome.replies
    assert all(reply.text.strip() for reply in outcome.replies)


def test_a_payload_fits_a_button_of_telegram(dialogue: Dialogue, library: Library) -> None:
    shown = [ask(KNOWN, TELEGRAM) for ask in (dialogue.menu, dialogue.ask_language, dialogue.ask_country)]
    shown += [dialogue.section(KNOWN, TELEGRAM, each.key, page) for each in library.menu for page in range(3)]
    shown += [dialogue.answer(KNOWN, TELEGRAM, topic) for topic in library.topics]
    payloads = {choice.payload for outcome in shown for reply in outcome.replies for choice in reply.choices}
    assert len(payloads) > 50
    assert all(len(payload.encode()) <= 64 for payload in payloads)  # Bot API, callback_data


# --- answers -----------------------------------------------------------------------------------------


def test_an_answer_on_telegram_is_the_long_form_with_source_and_date(dialogue: Dialogue, library: Library) -> None:
    topic = next(each for each in library.topics.values()
                 if each.cite and not each.countries and library.documents[each.cite[0]].dated)
    document = library.documents[topic.cite[0]]
    answer = dialogue.answer(KNOWN, TELEGRAM, topic.id).replies[0].text
    text = library.texts["fr"][topic.id]
    assert text.form.long.strip() in answer
    assert f"Source : {document.publisher}, {document.dated:%d/%m/%Y}" in answer


def test_a_source_without_a_date_says_when_it_was_read(dialogue: Dialogue, library: Library) -> None:
    topic = next(each for each in library.topics.values()
                 if each.cite and not each.countries and library.documents[each.cite[0]].dated is None)
    year, month = library.documents[topic.cite[0]].read.split("-")
    assert f"non daté, lu en {month}/{year}" in dialogue.answer(KNOWN, TELEGRAM, topic.id).replies[0].text


def test_more_gives_the_long_form_piece_by_piece_and_then_says_that_it_is_all(
    dialogue: Dialogue, library: Library
) -> None:
    outcome = dialogue.answer(KNOWN, SMS, "return.what")
    received = []
    while outcome.state.rest:
        left = len(outcome.state.rest)
        outcome = dialogue.more(outcome.state, SMS)
        received.append(outcome.replies[0].text)
        assert len(outcome.state.rest) == left - 1
    hint = message(library, "continued_hint", "fr").sms
    assert len(received) > 1
    assert all(piece.endswith(hint) for piece in received[:-1])
    assert not received[-1].endswith(hint)
    assert all(segment(piece).segments <= 2 and segment(piece).encoding is Encoding.GSM_7 for piece in received)
    long = phone_spelling(library, library.texts["fr"]["return.what"].form.long, "fr")
    sent = "".join(piece.removesuffix(hint) for piece in received)
    assert "".join(sent.split()).startswith("".join(long.split()))
    assert text_of(dialogue.more(outcome.state, SMS)) == message(library, "nothing_more", "fr").sms


def test_another_answer_replaces_what_was_left_of_the_last(dialogue: Dialogue) -> None:
    first = dialogue.answer(KNOWN, SMS, "return.what")
    second = dialogue.answer(first.state, SMS, "return.cost")
    assert second.state.rest != first.state.rest
    assert second.state.last_topic == "return.cost"


def test_unhelpful_is_kept_for_staff_only_after_an_answer(dialogue: Dialogue, library: Library) -> None:
    before = dialogue.unhelpful(KNOWN, SMS)
    assert before.question is None
    assert text_of(before) == message(library, "nothing_to_judge", "fr").sms
    after = dialogue.unhelpful(dialogue.answer(KNOWN, SMS, "return.what").state, SMS)
    assert after.question is QuestionKind.UNHELPFUL


def test_staff_see_who_wants_a_person_what_was_unknown_and_what_was_unsure(dialogue: Dialogue) -> None:
    assert dialogue.answer(KNOWN, SMS, "talk.human").question is QuestionKind.HUMAN
    assert dialogue.answer(KNOWN, SMS, "talk.complaint").question is QuestionKind.HUMAN
    assert dialogue.unknown(KNOWN, SMS).question is QuestionKind.UNANSWERED
    assert dialogue.unsure(KNOWN, SMS, ["return.what", "return.cost"]).question is QuestionKind.UNSURE
    assert dialogue.answer(KNOWN, SMS, "return.what").question is None
    assert dialogue.urgent(KNOWN, SMS, DANGER).question is QuestionKind.URGENT


def test_a_short_choice_offers_three_topics_and_a_way_out(dialogue: Dialogue) -> None:
    outcome = dialogue.unsure(KNOWN, SMS, ["return.what", "return.cost", "return.delay", "return.money"])
    assert [read_payload(each.payload) for each in outcome.replies[0].choices] == [
        *(Step("choose_topic", {"topic": topic}) for topic in ("return.what", "return.cost", "return.delay")),
        Step("ask_menu", {}),
    ]
    assert digit(dialogue, 2, outcome.state).topic == "return.cost"
