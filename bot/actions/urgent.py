"""Danger: the emergency advice before everything else."""

from __future__ import annotations

from rasa_sdk import Tracker

from bot.actions.base import DialogueAction, ranking
from bot.dialogue.dialogue import DANGER, Dialogue
from bot.dialogue.state import Context, Outcome, State
from bot.understanding.intents import GUESS, URGENCY

# Asked besides, these help in danger; the dangers of a route, told to somebody who is in them, do not.
_ALSO = ("services.", "safe.women_violence", "safe.child_alone")
_DOUBTFUL = 0.6  # probability of danger below which the answer to what is asked follows in any case


class ActionUrgent(DialogueAction):
    """Sends the advice for the danger heard, then the answer to what is asked besides where that is clear."""

    def step(self, steps: Dialogue, state: State, context: Context, tracker: Tracker) -> Outcome:
        """Take the step."""
        found = tracker.latest_message
        urgency = found.get(URGENCY) or {}
        topic = urgency.get("topic") or DANGER
        doubtful = float(urgency.get("score") or 1.0) < _DOUBTFUL
        sure = (found.get(GUESS) or {}).get("confidence") == "sure"
        also = ranking(tracker)[0][0] if sure and ranking(tracker) else ""
        also = also if doubtful or also.startswith(_ALSO) else ""
        return steps.urgent(state, context, topic, also or None, doubtful=doubtful)
