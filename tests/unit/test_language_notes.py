"""What is said of languages beside an answer: another language, a change of language, how to choose one."""

from __future__ import annotations

import pytest

from bot.dialogue.dialogue import Dialogue
from bot.dialogue.languages import spoken
from bot.dialogue.notes import Heard, with_language_notes
from bot.dialogue.state import Context, Outcome, State
from content.languages import conversation_locales
from content.models import Library
from content.segments import segment
from store.messages import Channel

SMS, TELEGRAM = Context(Channel.SMS), Context(Channel.TELEGRAM)
TOPIC = "return.cost"


@pytest.fixture(scope="module")
def dialogue(library: Library) -> Dialogue:
    return Dialogue(library)


def guess(language: str | None, second: tuple[str, float] = ("en", 0.01)) -> dict[str, object]:
    return {"language": language, "ranking": [[language or "wo", 0.6], list(second), ["ar", 0.0]]}


def answered(
    dialogue: Dialogue, before: State, found: dict[str, object] | None, context: Context = TELEGRAM,
    topic: str = TOPIC, *, in_words: bool = True,
) -> Outcome:
    """The answer to a message in the language of ``found``, with its notes."""
    state = spoken(dialogue.library, before, found, None)
    outcome = dialogue.urgent(state, context, topic) if topic.startswith("urgent.") else \
        dialogue.answer(state, context, topic)
    return with_language_notes(dialogue.composer, outcome, before, Heard(found, in_words), context)


def said(dialogue: Dialogue, key: str, locale: str, context: Context = TELEGRAM, **values: str) -> str:
    return dialogue.composer.say(key, State(language=locale), context, **values)


def whole(outcome: Outcome) -> str:
    return "\n".join(reply.text for reply in outcome.replies)


KNOWN = State(introduced=True, country="SN", country_asked=True)


def test_a_change_of_language_is_named_with_the_way_back(dialogue: Dialogue) -> None:
    outcome = answered(dialogue, KNOWN, guess("wo"))
    assert outcome.state.language == "wo"
    assert said(dialogue, "language_switched", "wo", language="Wolof") in whole(outcome)


def test_the_same_language_again_needs_no_word(dialogue: Dialogue) -> None:
    outcome = answered(dialogue, KNOWN, guess("fr"))
    assert len(outcome.replies) == 1
    assert "Wolof" not in whole(outcome)


def test_an_explicit_choice_is_kept_in_silence(dialogue: Dialogue) -> None:
    chosen = KNOWN.with_(language="so", language_chosen=True)
    for found in (guess("wo"), guess(None), guess("fr", ("wo", 0.4))):
        outcome = answered(dialogue, chosen, found)
        assert outcome.state.language == "so"
        assert outcome.replies == answered(dialogue, chosen, guess("so")).replies


@pytest.mark.parametrize("form", [SMS, TELEGRAM])
@pytest.mark.parametrize("found", [guess(None), guess("fr", ("wo", 0.35))])
def test_an_unknown_or_mixed_language_gets_the_names_to_choose_from_once(
    dialogue: Dialogue, form: Context, found: dict[str, object]
) -> None:
    first = answered(dialogue, KNOWN, found, form)
    assert "Wolof" in whole(first) and "Pulaar" in whole(first)
    assert "Afaan" not in whole(first)  # the person is in Senegal
    again = answered(dialogue, first.state, found, form)
    assert "Wolof" not in whole(again)


def test_without_a_country_all_languages_are_named_and_each_name_chooses(dialogue: Dialogue) -> None:
    outcome = answered(dialogue, State(introduced=True), guess(None), SMS)
    from bot.dialogue.commands import CommandWords

    words = CommandWords(dialogue.library)
    for code in conversation_locales(dialogue.library):
        if code != "fr":
            name = dialogue.library.languages[code].sms_name
            assert name in whole(outcome)
            assert words.language(name) == code


def test_a_message_that_is_not_understood_names_the_languages_again(dialogue: Dialogue) -> None:
    before = KNOWN.with_(language_hinted=True)
    outcome = dialogue.unknown(before, SMS)
    noted = with_language_notes(dialogue.composer, outcome, before, Heard(guess(None), True), SMS)
    assert "Wolof" in whole(noted)


def test_commands_digits_and_buttons_bring_no_names(dialogue: Dialogue) -> None:
    assert "Wolof" not in whole(answered(dialogue, KNOWN, guess(None), in_words=False))
    assert "Wolof" not in whole(answered(dialogue, KNOWN, None))


@pytest.mark.parametrize("language", ["srr", "taq"])
@pytest.mark.parametrize("form", [SMS, TELEGRAM])
def test_a_language_only_recognised_is_answered_in_french_with_a_word_of_its_own(
    dialogue: Dialogue, language: str, form: Context
) -> None:
    line = said(dialogue, "only_french", language, form)
    outcome = answered(dialogue, KNOWN, guess(language), form)
    assert outcome.replies[0].text.startswith(line)
    assert whole(outcome).count(line) == 1
    state = spoken(dialogue.library, KNOWN, guess(language), None)
    unknown = with_language_notes(
        dialogue.composer, dialogue.unknown(state, form), KNOWN, Heard(guess(language), True), form
    )
    assert unknown.replies[0].text.startswith(line)


@pytest.mark.parametrize("form", [SMS, TELEGRAM])
def test_advice_in_danger_stands_before_every_word_about_languages(dialogue: Dialogue, form: Context) -> None:
    text = dialogue.library.texts["fr"]["urgent.danger"].for_country("SN")
    start = (text.sms if form is SMS else text.long)[:40]
    for language in ("srr", "taq"):
        outcome = answered(dialogue, KNOWN, guess(language), form, "urgent.danger")
        assert outcome.replies[0].text.startswith(start)
        assert said(dialogue, "only_french", language, form) in whole(outcome)
    hinted = answered(dialogue, KNOWN, guess(None), form, "urgent.danger")
    assert hinted.replies[0].text.startswith(start)


@pytest.mark.parametrize("language", ["aa", "ti", "ff", "ses"])
def test_what_a_core_language_lacks_comes_in_french_and_says_so_or_in_arabic_where_that_was_used(
    dialogue: Dialogue, language: str
) -> None:
    texts = dialogue.library.texts
    assert "safe.smugglers" not in texts[language]
    before = KNOWN.with_(language=language)
    outcome = answered(dialogue, before, guess(language), topic="safe.smugglers")
    assert texts["fr"]["safe.smugglers"].form.long in outcome.replies[0].text
    assert outcome.replies[0].text.startswith(said(dialogue, "only_french", language))
    arabic = spoken(dialogue.library, KNOWN, guess("ar"), None)
    outcome = answered(dialogue, arabic.with_(language=language), guess(language), topic="safe.smugglers")
    assert texts["ar"]["safe.smugglers"].form.long in outcome.replies[0].text
    assert outcome.replies[0].text.startswith(said(dialogue, "only_arabic", language))


def test_whoever_chose_arabic_once_keeps_it_as_the_second_language(dialogue: Dialogue) -> None:
    state = dialogue.choose_language(KNOWN, SMS, "ar").state
    assert dialogue.choose_language(state, SMS, "aa").state.arabic


def test_a_list_stays_last_for_digits_mean_it(dialogue: Dialogue) -> None:
    outcome = dialogue.unsure(KNOWN, SMS, ["return.cost", "return.delay"])
    noted = with_language_notes(dialogue.composer, outcome, KNOWN, Heard(guess(None), True), SMS)
    assert noted.replies[-1].choices
    assert len(noted.replies) == 2


def test_a_line_is_joined_where_it_costs_no_segment(dialogue: Dialogue) -> None:
    outcome = answered(dialogue, KNOWN, guess(None), SMS, topic="talk.thanks")
    joined = [reply for reply in outcome.replies if "Wolof" in reply.text]
    assert len(joined) == 1
    alone = dialogue.answer(KNOWN, SMS, "talk.thanks")
    before = sum(segment(reply.text).segments for reply in alone.replies)
    assert sum(segment(reply.text).segments for reply in outcome.replies) <= before + 2
