"""From what a person does (intent and entities) to the step of the conversation that answers it.

One table for all: Rasa's actions use it, digits and buttons go through it, and so does the assistant where Rasa cannot
answer.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from bot.dialogue.commands import Command, CommandWords
from bot.dialogue.dialogue import Dialogue
from bot.dialogue.state import Context, Outcome, State

_INTENT_OF_COMMAND = {
    Command.HELP: "ask_help",
    Command.MENU: "ask_menu",
    Command.MORE: "ask_more",
    Command.UNHELPFUL: "mark_unhelpful",
    Command.LANGUAGE: "ask_language",
    Command.COUNTRY: "ask_country",
    Command.FRENCH: "show_french",
    Command.STOP: "ask_to_stop",
    Command.FORGET: "ask_to_forget",
    Command.EXPORT: "ask_privacy",
    Command.START: "greet",
}
COMMAND_INTENTS = frozenset({*_INTENT_OF_COMMAND.values(), "choose_option", "choose_topic", "choose_language",
                             "choose_country", "say_place", "open_menu"}) - {"greet", "ask_to_stop", "ask_to_forget",
                                                                                "ask_privacy"}
"""What a person does with a word of command, a digit or a button, not in words of their own."""

_TOPIC_OF_INTENT = {"ask_to_stop": "talk.stop", "ask_to_forget": "talk.forget", "greet": "talk.greet",
                    "ask_privacy": "talk.privacy"}


@dataclass(frozen=True)
class Step:
    """What a person does.

    Attributes:
        intent: one of bot/domain.yml.
        entities: topic, section, page, number, language or country, as the intent needs.
    """

    intent: str
    entities: Mapping[str, Any]


def read_command(words: CommandWords, text: str, place: str | None) -> tuple[str, dict[str, Any]] | None:
    """(intent, entities) of a message that is as a whole a command, a number, a language or a place; else None.

    Args:
        place: ISO 3166 code where the message says that the person is there, or None.
    """
    if (number := words.number(text)) is not None:
        return "choose_option", {"number": number}
    if (command := words.command(text)) is not None:
        intent = _INTENT_OF_COMMAND[command]
        topic = _TOPIC_OF_INTENT.get(intent)
        return intent, {"topic": topic} if topic else {}
    if (language := words.language(text)) is not None:
        return "choose_language", {"language": language}
    if place is not None and len(text.split()) <= 3:
        return "say_place", {"country": place}
    return None


def read_payload(payload: str) -> Step | None:
    """The step that a button or a numbered line stands for; None where it is not one of ours."""
    name, brace, rest = payload.removeprefix("/").partition("{")
    if name not in _STEPS:
        return None
    try:
        entities = json.loads(brace + rest) if brace else {}
    except ValueError:
        return None
    return Step(name, entities)


def perform(dialogue: Dialogue, step: Step, state: State, context: Context) -> Outcome:
    """Take a step. One that makes no sense here (an old button, a topic since deleted) gets a helpful answer."""
    take = _STEPS.get(step.intent)
    if take is None:
        return dialogue.unknown(state, context)
    return take(dialogue, step, state, context)


def _choose_option(dialogue: Dialogue, step: Step, state: State, context: Context) -> Outcome:
    number = _number(step.entities.get("number"))
    if number == 0:
        return dialogue.menu(state, context)
    if not 1 <= number <= len(state.menu):
        return dialogue.no_such_choice(state, context)
    chosen = read_payload(state.menu[number - 1])
    if chosen is None or chosen.intent == "choose_option":
        return dialogue.no_such_choice(state, context)
    return perform(dialogue, chosen, state, context)


def _answer(dialogue: Dialogue, step: Step, state: State, context: Context) -> Outcome:
    topic = str(step.entities.get("topic") or "")
    if topic in ("urgent.danger", "urgent.suicide"):
        return dialogue.urgent(state, context, topic)
    return dialogue.answer(state, context, topic)


def _open_menu(dialogue: Dialogue, step: Step, state: State, context: Context) -> Outcome:
    return dialogue.section(state, context, str(step.entities.get("section")), _number(step.entities.get("page")))


def _choose_language(dialogue: Dialogue, step: Step, state: State, context: Context) -> Outcome:
    return dialogue.choose_language(state, context, str(step.entities.get("language")))


def _choose_country(dialogue: Dialogue, step: Step, state: State, context: Context) -> Outcome:
    return dialogue.choose_country(state, context, str(step.entities.get("country")))


def _number(value: Any) -> int:
    try:
        return max(0, int(value))
    except (TypeError, ValueError):
        return 0


_STEPS: dict[str, Callable[[Dialogue, Step, State, Context], Outcome]] = {
    "choose_option": _choose_option,
    "choose_topic": _answer,
    "ask_information": _answer,
    "greet": _answer,
    "ask_to_stop": _answer,
    "ask_to_forget": _answer,
    "ask_privacy": _answer,
    "open_menu": _open_menu,
    "choose_language": _choose_language,
    "choose_country": _choose_country,
    "say_place": _choose_country,
    "ask_menu": lambda dialogue, step, state, context: dialogue.menu(state, context),
    "ask_more": lambda dialogue, step, state, context: dialogue.more(state, context),
    "mark_unhelpful": lambda dialogue, step, state, context: dialogue.unhelpful(state, context),
    "ask_language": lambda dialogue, step, state, context: dialogue.ask_language(state, context),
    "ask_country": lambda dialogue, step, state, context: dialogue.ask_country(state, context),
    "show_french": lambda dialogue, step, state, context: dialogue.show_french(state, context),
    "ask_help": lambda dialogue, step, state, context: dialogue.help(state, context),
}
