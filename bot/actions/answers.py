"""Answers: a topic's, the choice among several, the honest "I don't know", and the rest of a long one."""

from __future__ import annotations

from rasa_sdk import Tracker

from bot.actions.base import DialogueAction, entities, ranking
from bot.dialogue.dialogue import Dialogue
from bot.dialogue.state import Context, Outcome, State
from bot.dialogue.steps import Step, perform


class ActionAnswer(DialogueAction):
    """Answers the topic that was chosen, or that the message is about."""

    def step(self, steps: Dialogue, state: State, context: Context, tracker: Tracker) -> Outcome:
        """Take the step."""
        topic = entities(tracker).get("topic") or next((topic for topic, _ in ranking(tracker)), "")
        return perform(steps, Step("choose_topic", {"topic": topic}), state, context)


class ActionOfferChoices(DialogueAction):
    """Offers the likeliest topics of an unclear message."""

    def step(self, steps: Dialogue, state: State, context: Context, tracker: Tracker) -> Outcome:
        """Take the step."""
        topics = [topic for topic, _ in ranking(tracker)]
        return steps.unsure(state, context, topics) if topics else steps.tell(state, context, "unclear")


class ActionUnknown(DialogueAction):
    """Says that there is no answer, and what else there is."""

    def step(self, steps: Dialogue, state: State, context: Context, tracker: Tracker) -> Outcome:
        """Take the step."""
        return steps.unknown(state, context)


class ActionMore(DialogueAction):
    """Sends the next part of a long answer."""

    def step(self, steps: Dialogue, state: State, context: Context, tracker: Tracker) -> Outcome:
        """Take the step."""
        return steps.more(state, context)


class ActionShowFrench(DialogueAction):
    """Sends the French of the last answer."""

    def step(self, steps: Dialogue, state: State, context: Context, tracker: Tracker) -> Outcome:
        """Take the step."""
        return steps.show_french(state, context)


class ActionMarkUnhelpful(DialogueAction):
    """Notes that the last answer did not help."""

    def step(self, steps: Dialogue, state: State, context: Context, tracker: Tracker) -> Outcome:
        """Take the step."""
        return steps.unhelpful(state, context)
