"""Menus, languages and countries: whatever is chosen from a list."""

from __future__ import annotations

from rasa_sdk import Tracker

from bot.actions.base import DialogueAction, current_step
from bot.dialogue.dialogue import Dialogue
from bot.dialogue.state import Context, Outcome, State
from bot.dialogue.steps import perform


class _Chosen(DialogueAction):
    """Takes the step that the message names, with its entities."""

    def step(self, steps: Dialogue, state: State, context: Context, tracker: Tracker) -> Outcome:
        """Take the step."""
        return perform(steps, current_step(tracker), state, context)


class ActionMenu(_Chosen):
    """Shows the menu."""


class ActionOpenMenu(_Chosen):
    """Shows a section of the menu."""


class ActionChooseOption(_Chosen):
    """Takes the step that a digit means in the last menu shown."""


class ActionAskLanguage(_Chosen):
    """Shows the languages."""


class ActionChooseLanguage(_Chosen):
    """Sets the language."""


class ActionAskCountry(_Chosen):
    """Asks for the country."""


class ActionChooseCountry(_Chosen):
    """Sets the country."""


class ActionHelp(_Chosen):
    """Says how to use this."""
