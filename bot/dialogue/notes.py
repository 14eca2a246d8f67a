"""What is said of languages beside an answer: that it came in another, that ours has changed, how to choose one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from bot.dialogue.compose import Composer, topic_is_urgent
from bot.dialogue.state import Context, Outcome, State
from bot.understanding.language import COUNTRY_LANGUAGES
from content.languages import RECOGNISED, conversation_locales
from content.segments import segment
from store.messages import Channel, QuestionKind, Reply

MIXED = 0.2
"""Probability of a second language above which a message is taken for mixed."""

_ALWAYS_NAMED = ("fr", "en", "ar")
_NOT_UNDERSTOOD = (QuestionKind.UNANSWERED, QuestionKind.UNSURE)


@dataclass(frozen=True)
class Heard:
    """What is known of the language of the message in hand.

    Attributes:
        guess: a ``LanguageGuess`` as a mapping, or None where nothing was guessed.
        in_words: whether the person wrote in words of their own, not a command, a digit or a button.
    """

    guess: Mapping[str, Any] | None
    in_words: bool

    @property
    def unsure(self) -> bool:
        """Whether the language is unknown, or more than one."""
        if self.guess is None:
            return False
        ranking: Sequence[Sequence[Any]] = self.guess.get("ranking") or ()
        return self.guess.get("language") is None or (len(ranking) > 1 and ranking[1][1] >= MIXED)


def with_language_notes(
    composer: Composer, outcome: Outcome, before: State, heard: Heard, context: Context
) -> Outcome:
    """The outcome with what its languages call for. Danger's advice keeps its first place.

    Args:
        before: the state before the message.
    """
    state = outcome.state
    if not outcome.replies:
        return outcome
    if composer.library.languages[state.language].level == RECOGNISED:
        outcome = _in_french(composer, outcome, context)
    elif before.introduced and before.language != state.language and not state.language_chosen:
        name = _name(composer, state.language, context)
        outcome = _with_line(outcome, composer.say("language_switched", state, context, language=name), context)
    if heard.in_words and heard.unsure and not state.language_chosen:
        lost = outcome.question in _NOT_UNDERSTOOD
        if lost or not state.language_hinted:
            hint = composer.say("language_hint", state, context, names=_names(composer, state, context))
            outcome = _with_line(outcome, hint, context)
            outcome = replace(outcome, state=outcome.state.with_(language_hinted=True))
    return outcome


def _in_french(composer: Composer, outcome: Outcome, context: Context) -> Outcome:
    """A person whose language we only recognise is told so, in it, wherever the answer does not say so itself."""
    line = composer.say("only_french", outcome.state, context)
    if any(line in reply.text for reply in outcome.replies):
        return outcome
    if outcome.topic is not None and topic_is_urgent(outcome.topic):
        return _with_line(outcome, line, context)
    first, *others = outcome.replies
    return replace(outcome, replies=(replace(first, text=f"{line} {first.text}"), *others))


def _with_line(outcome: Outcome, line: str, context: Context) -> Outcome:
    """One line more: after the first reply's text where that costs no further segment, else as a message of its own,
    before a list, which stays last, for digits mean it."""
    first, *others = outcome.replies
    joined = f"{first.text} {line}" if context.channel is Channel.SMS else f"{first.text}\n\n{line}"
    free = context.channel is Channel.TELEGRAM and outcome.topic is not None
    if free or (not first.choices and segment(joined).segments == segment(first.text).segments):
        return replace(outcome, replies=(replace(first, text=joined), *others))
    *before, last = outcome.replies
    told = (*before, Reply(line), last) if last.choices and not _is_advice(outcome) else (*outcome.replies, Reply(line))
    return replace(outcome, replies=told)


def _is_advice(outcome: Outcome) -> bool:
    """Whether the only reply is advice in danger, with its buttons: nothing may stand before it."""
    return len(outcome.replies) == 1 and outcome.topic is not None and topic_is_urgent(outcome.topic)


def _names(composer: Composer, state: State, context: Context) -> str:
    """The languages to choose from, each by its own name: those of the person's country, where it is known."""
    codes = conversation_locales(composer.library)
    local = COUNTRY_LANGUAGES.get(state.country or context.country_guess or "")
    if local:
        codes = [code for code in codes if code in local or code in _ALWAYS_NAMED]
    return ", ".join(_name(composer, code, context) for code in codes if code != state.language)


def _name(composer: Composer, code: str, context: Context) -> str:
    language = composer.library.languages[code]
    return language.sms_name if context.channel is Channel.SMS else language.name
