"""What every action does: read the slots, take a step, say the replies, set the slots."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from bot.dialogue.dialogue import Dialogue
from bot.dialogue.languages import spoken
from bot.dialogue.notes import Heard, with_language_notes
from bot.dialogue.state import Context, Outcome, State
from bot.dialogue.steps import COMMAND_INTENTS, Step
from bot.knowledge import current
from bot.understanding.intents import GUESS, LANGUAGE, PLACE
from store.messages import Channel


class DialogueAction(Action):
    """An action that is one step of the plain core."""

    def name(self) -> str:
        """The action's name in the domain: action_answer for ActionAnswer."""
        words = "".join("_" + letter.lower() if letter.isupper() else letter for letter in type(self).__name__)
        return words.removeprefix("_")

    def step(self, steps: Dialogue, state: State, context: Context, tracker: Tracker) -> Outcome:
        """Take the step."""
        raise TypeError(f"{type(self).__name__} must say which step it takes")

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[dict[str, Any]]:
        """Rasa's entry."""
        state, context = read_tracker(tracker)
        outcome = self.step(current().dialogue, state, context, tracker)
        outcome = with_language_notes(
            current().dialogue.composer, outcome, State.from_slots(tracker.slots), read_language(tracker), context
        )
        for reply in outcome.replies:
            buttons = [{"title": each.title, "payload": each.payload} for each in reply.choices]
            dispatcher.utter_message(text=reply.text, buttons=buttons or None)
        noted = {"topic": outcome.topic, "question": outcome.question and str(outcome.question),
                 "effects": [str(each) for each in outcome.effects]}
        slots = {**outcome.state.to_slots(), "outcome": noted}
        return [SlotSet(name, value) for name, value in slots.items() if tracker.slots.get(name) != value]


def read_tracker(tracker: Tracker) -> tuple[State, Context]:
    """The person's state and the message's context, from slots and from what the components left."""
    found = tracker.latest_message
    metadata = found.get("metadata") or {}
    state = State.from_slots(tracker.slots)
    state = spoken(current().library, state, found.get(LANGUAGE), metadata.get("language_hint"))
    place = found.get(PLACE) or {}
    if place.get("here"):
        state = state.with_(country=place["here"])
    channel = tracker.get_latest_input_channel()
    return state, Context(
        channel=Channel.SMS if channel == Channel.SMS else Channel.TELEGRAM,
        country_guess=metadata.get("country_guess"),
        country_mentioned=place.get("mentioned"),
        group=bool(metadata.get("group")),
    )


def read_language(tracker: Tracker) -> Heard:
    """What is known of the message's language."""
    found = tracker.latest_message
    return Heard(found.get(LANGUAGE), found["intent"]["name"] not in COMMAND_INTENTS)


def entities(tracker: Tracker) -> dict[str, Any]:
    """The entities of the message, by name."""
    return {each["entity"]: each["value"] for each in tracker.latest_message.get("entities") or []}


def current_step(tracker: Tracker) -> Step:
    """What the person does, as Rasa understood it."""
    return Step(tracker.latest_message["intent"]["name"], entities(tracker))


def ranking(tracker: Tracker) -> list[tuple[str, float]]:
    """Topics of the message with their probabilities, best first."""
    found = tracker.latest_message.get(GUESS) or {}
    return [(topic, score) for topic, score in found.get("ranking", [])]
