"""The assistant: one message and the person's state in, one turn out.

Command words and danger come first, from a plain core that needs no model; then Rasa. Where Rasa cannot load or answer,
commands, menus and emergency advice still go out, and everything else gets an apology.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

import structlog

from bot.dialogue.commands import ALWAYS_FIRST, Command
from bot.dialogue.consent import with_introduction
from bot.dialogue.dialogue import Dialogue
from bot.dialogue.languages import spoken
from bot.dialogue.links import followed, read_link
from bot.dialogue.state import Context, Outcome, State
from bot.dialogue.steps import Step, perform, read_command, read_payload
from bot.embedding import EmbeddedRasa, RasaTurn
from bot.knowledge import Knowledge, current, using
from bot.understanding.intents import GUESS, LANGUAGE, URGENCY
from bot.understanding.text import clean, has_words
from bot.understanding.urgency import Urgency
from content.models import Library
from store.messages import Choice, Effect, Message, MessageKind, QuestionKind, Reply, Turn, Understanding

log = structlog.get_logger()

RASA_SECONDS = 10.0
_ALTERNATIVES = 3
_TOPIC_OF_COMMAND = {
    Command.STOP: "talk.stop", Command.START: "talk.greet", Command.HELP: "talk.menu", Command.FORGET: "talk.forget",
    Command.EXPORT: "talk.privacy",
}
_TOPIC_OF_INTENT = {"ask_menu": "talk.menu", "ask_language": "talk.language", "ask_help": "talk.menu",
                    "choose_language": "talk.language"}
_CANNOT_READ = {
    MessageKind.VOICE: "cannot_read_voice", MessageKind.PHOTO: "cannot_read_photo",
    MessageKind.STICKER: "cannot_read_other", MessageKind.CONTACT: "contact_received",
    MessageKind.OTHER: "cannot_read_other",
}


class Assistant:
    """Answers messages from one state of the library at a time.

    Args:
        knowledge: what to answer from, until another is given (``answer_from``).
        rasa: None where no model could be loaded; see the module's text for what still works.
    """

    def __init__(self, knowledge: Knowledge, rasa: EmbeddedRasa | None) -> None:
        self.knowledge = knowledge
        self.rasa = rasa

    def answer_from(self, knowledge: Knowledge) -> None:
        """Take another state of the library from the next turn on; turns in progress end with the one they began."""
        self.knowledge = knowledge

    @property
    def library(self) -> Library:
        """The library that is answered from now."""
        return self.knowledge.library

    @property
    def dialogue(self) -> Dialogue:
        """The conversation over that library."""
        return self.knowledge.dialogue

    async def respond(self, message: Message, conversation: dict[str, Any]) -> Turn:
        """One turn; see ``connectors.conversation.Assistant``."""
        with using(self.knowledge):
            turn = await self._respond(message, conversation)
            return with_introduction(current().dialogue.composer, current().words, turn, message, conversation)

    async def _respond(self, message: Message, conversation: dict[str, Any]) -> Turn:
        state = State.from_slots(conversation.get("slots") or {})
        context = _context(message)
        text = clean(message.text)
        first = self._before_models(message, text, state, context)
        if first is not None:
            return first
        urgency = current().detector.detect(text) if message.payload is None else Urgency(None, 0.0)
        if message.opted_out:
            # STOP outranks everything: nothing is sent. Staff still learn of danger.
            understanding = Understanding(topic=None, score=urgency.score, urgent=urgency.topic is not None)
            question = QuestionKind.URGENT if urgency.topic else None
            return Turn((), conversation, understanding=understanding, question=question, language=state.language)
        try:
            turn = await self._with_rasa(message, text, state, conversation, urgency)
        except Exception as error:
            log.error("assistant.rasa_failed", error=type(error).__name__)
            return self._without_rasa(message, text, state, context, urgency)
        if urgency.topic is not None and not turn.understanding.urgent:
            outcome = current().dialogue.urgent(state, context, urgency.topic)
            return self._finish(outcome, _urgent(urgency), conversation)
        return turn

    def apologise(self, message: Message, conversation: dict[str, Any]) -> Turn:
        """The turn for a message on which ``respond`` failed again and again."""
        state = State.from_slots(conversation.get("slots") or {})
        if message.opted_out:
            return self._silent(state)
        outcome = self.dialogue.tell(state, _context(message), "trouble")
        return self._finish(outcome, Understanding(), conversation)

    def limit_notice(self, message: Message, conversation: dict[str, Any]) -> Reply:
        """Say in the person's language that the rest comes tomorrow; danger is still answered."""
        state, context = State.from_slots(conversation.get("slots") or {}), Context(message.channel)
        composer = self.dialogue.composer
        return Reply(f"{composer.say('limit_reached', state, context)} {composer.say('danger_hint', state, context)}")

    def must_hear(self, message: Message) -> bool:
        """Whether a message is answered whatever the limits: danger, STOP, EFFACER; START after STOP."""
        if message.payload is not None:
            return False
        text = clean(message.text)
        command = self.knowledge.words.command(text)
        if command in (Command.STOP, Command.FORGET) or (command is Command.START and message.opted_out):
            return True
        return self.knowledge.detector.detect(text).topic is not None

    def slow_down(self, message: Message, conversation: dict[str, Any]) -> Turn:
        """Ask the person to write less often, in their language; nothing else changes."""
        state = State.from_slots(conversation.get("slots") or {})
        with using(self.knowledge):
            state = spoken(current().library, state, None, message.language_hint)
            reply = Reply(self.dialogue.composer.say("too_many", state, Context(message.channel)))
        return Turn((reply,), conversation, language=state.language)

    def _before_models(self, message: Message, text: str, state: State, context: Context) -> Turn | None:
        """STOP, START, AIDE, EFFACER, MES DONNEES, and messages in which there is nothing to understand."""
        if message.kind in _CANNOT_READ or message.kind is MessageKind.LOCATION:
            return self._silent(state) if message.opted_out else self._not_text(message, state, context)
        command = current().words.command(text) if message.payload is None else None
        if command in ALWAYS_FIRST:
            return self._command(command, message, text, state, context)
        if message.opted_out:
            return None
        if message.payload is not None and read_payload(message.payload) is None:
            return self._finish(current().dialogue.tell(state, context, "unclear"), Understanding(), {})
        if message.payload is None and not has_words(text) and command is None:
            state = spoken(current().library, state, None, message.language_hint)
            return self._finish(current().dialogue.tell(state, context, "unclear"), Understanding(), {})
        return None

    def _silent(self, state: State) -> Turn:
        return Turn((), {"slots": state.to_slots()}, language=state.language)

    def _command(self, command: Command, message: Message, text: str, state: State, context: Context) -> Turn:
        state = spoken(current().library, state, {"language": current().words.locale(text)}, message.language_hint)
        understanding = Understanding(_TOPIC_OF_COMMAND[command], 1.0, (), current().words.locale(text))
        if command is Command.STOP:
            if message.opted_out:
                return self._silent(state)
            return self._finish(current().dialogue.stop(state, context), understanding, {})
        if command is Command.START:
            outcome = current().dialogue.start(state, context, was_stopped=message.opted_out)
            if (step := read_link(current().library, current().places, text)) is not None:
                outcome = followed(current().dialogue, step, outcome if message.opted_out else None, state, context)
                understanding = replace(understanding, topic=outcome.topic or understanding.topic)
            return self._finish(outcome, understanding, {})
        if command is Command.FORGET:
            return self._finish(current().dialogue.forget(state, context), understanding, {})
        if command is Command.EXPORT:
            return self._finish(current().dialogue.export(state, context), understanding, {})
        return self._finish(current().dialogue.help(state, context), understanding, {})

    def _not_text(self, message: Message, state: State, context: Context) -> Turn:
        state = spoken(current().library, state, None, message.language_hint)
        near = current().dialogue.near(state, context, message.nearby)
        if message.kind is not MessageKind.LOCATION:
            outcome = current().dialogue.tell(state, context, _CANNOT_READ[message.kind])
        elif message.country_guess is not None and message.country_guess in current().library.countries:
            located = state.with_(country=message.country_guess)
            name = current().dialogue.composer.country_name(message.country_guess, state.language)
            outcome = current().dialogue.tell(located, context, "location_received", country=name)
        else:
            outcome = current().dialogue.tell(state, context, "location_unknown")
        return self._finish(near.then(outcome) if near is not None else outcome, Understanding(), {})

    async def _with_rasa(
        self, message: Message, text: str, state: State, conversation: dict[str, Any], urgency: Urgency
    ) -> Turn:
        if self.rasa is None:
            raise RuntimeError("no model is loaded")
        metadata = {
            "previous_language": state.language if state.introduced else None,
            "country": state.country or message.country_guess,
            "country_guess": message.country_guess,
            "language_hint": message.language_hint,
            "group": message.group,
            URGENCY: asdict(urgency),
        }
        # A text that begins with "/" would be read as a payload of Rasa's; only buttons may send those.
        said = message.payload if message.payload is not None else text.lstrip("/ ")
        turn = await asyncio.wait_for(
            self.rasa.take_turn(
                said, str(message.channel), state.to_slots(), conversation.get("turns") or [], metadata
            ),
            RASA_SECONDS,
        )
        return _turn_of(turn)

    def _without_rasa(
        self, message: Message, text: str, state: State, context: Context, urgency: Urgency
    ) -> Turn:
        if urgency.topic is not None:
            return self._finish(current().dialogue.urgent(state, context, urgency.topic), _urgent(urgency), {})
        if message.payload is not None:
            step = read_payload(message.payload)
        else:
            found = read_command(current().words, text, current().places.find(text).here)
            step = Step(*found) if found else None
        if step is None:
            return self._finish(current().dialogue.tell(state, context, "trouble"), Understanding(), {},
                                question=QuestionKind.UNANSWERED)
        return self._finish(perform(current().dialogue, step, state, context), Understanding(), {})

    def _finish(
        self, outcome: Outcome, understanding: Understanding, conversation: Mapping[str, Any],
        *, question: QuestionKind | None = None,
    ) -> Turn:
        return Turn(
            outcome.replies, {"slots": outcome.state.to_slots(), "turns": conversation.get("turns") or []},
            outcome.effects, understanding, question or outcome.question, outcome.state.country,
            outcome.state.language,
        )


def _context(message: Message) -> Context:
    return Context(message.channel, message.country_guess, group=message.group)


def _urgent(urgency: Urgency) -> Understanding:
    return Understanding(urgency.topic, urgency.score, urgent=True)


def _turn_of(turn: RasaTurn) -> Turn:
    """Rasa's turn in our types."""
    slots = dict(turn.slots)
    outcome = slots.pop("outcome", None) or {}
    state = State.from_slots(slots)
    replies = tuple(
        Reply(each.get("text", ""), tuple(Choice(b["title"], b["payload"]) for b in each.get("buttons") or ()))
        for each in turn.messages
    )
    if not replies:
        raise RuntimeError("Rasa gave no reply")
    intent = (turn.parsed.get("intent") or {}).get("name", "")
    question = QuestionKind(outcome["question"]) if outcome.get("question") else None
    effects = tuple(Effect(each) for each in outcome.get("effects") or ())
    return Turn(
        replies, {"slots": state.to_slots(), "turns": turn.last_turns}, effects,
        _understanding(turn.parsed, outcome.get("topic") or _TOPIC_OF_INTENT.get(intent)), question, state.country,
        state.language,
    )


def _understanding(parsed: Mapping[str, Any], topic: str | None) -> Understanding:
    ranking = [(name, float(score)) for name, score in (parsed.get(GUESS) or {}).get("ranking", [])]
    urgency = parsed.get(URGENCY) or {}
    urgent = urgency.get("topic") is not None
    score = dict(ranking).get(topic or "", 0.0)
    if topic is None:
        score = ranking[0][1] if ranking else 0.0
    elif urgent and topic == urgency["topic"]:
        score = max(score, float(urgency.get("score") or 0.0))
    elif topic not in dict(ranking[:1]):
        score = 1.0
    others = tuple(each for each in ranking if each[0] != topic)[:_ALTERNATIVES]
    language = (parsed.get(LANGUAGE) or {}).get("language")
    return Understanding(topic, min(1.0, score), others, language, urgent)
