"""Menus: what can be chosen, as numbered lines or buttons, and what a digit means."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from bot.dialogue.compose import Composer
from bot.dialogue.state import OTHER_COUNTRY, Context, Outcome, State
from content.languages import conversation_locales
from store.messages import Channel, Choice, Reply

PAGE = 7
SHORT_CHOICE = 3


def payload(intent: str, **entities: Any) -> str:
    """Rasa's own way to name an intent with entities, e.g. ``/choose_topic{"topic":"return.what"}``."""
    return f"/{intent}" + (json.dumps(entities, separators=(",", ":")) if entities else "")


class Menus:
    """Makes menus; each remembers its choices in the state, for digits."""

    def __init__(self, composer: Composer) -> None:
        self.composer = composer
        self.library = composer.library

    def with_choices(
        self, state: State, context: Context, text: str, choices: Sequence[Choice], **outcome: Any
    ) -> Outcome:
        """A reply with choices, which digits mean from now on."""
        reply = Reply(text, tuple(choices))
        return Outcome((reply,), state.with_(menu=tuple(each.payload for each in choices)), **outcome)

    def main(self, state: State, context: Context, key: str = "menu_header") -> Outcome:
        """The menu's sections, under the message ``key``; in a group instead the advice to write in private."""
        if context.group:
            return Outcome((Reply(self.composer.say("group_private", state, context)),), state)
        choices = [
            Choice(self.composer.say(each.key, state, context), payload("open_menu", section=each.key, page=0))
            for each in self.library.menu
        ]
        return self.with_choices(state, context, self.composer.say(key, state, context), choices)

    def section(self, state: State, context: Context, key: str, page: int) -> Outcome:
        """One page of a section; an unknown section opens the menu."""
        section = next((each for each in self.library.menu if each.key == key), None)
        if section is None:
            return self.main(state, context)
        topics = section.topics[page * PAGE:(page + 1) * PAGE] or section.topics[:PAGE]
        choices = [self.topic_choice(topic, state) for topic in topics]
        if len(section.topics) > (page + 1) * PAGE:
            more = payload("open_menu", section=key, page=page + 1)
            choices.append(Choice(self.composer.say("more_topics", state, context), more))
        choices.append(self.back(state, context))
        header = self.composer.say("section_header", state, context,
                                   section=self.composer.say(key, state, context))
        return self.with_choices(state, context, header, choices)

    def topic_choice(self, topic: str, state: State) -> Choice:
        """A topic to choose."""
        return Choice(self.composer.title(topic, state), payload("choose_topic", topic=topic))

    def back(self, state: State, context: Context) -> Choice:
        """The way back to the menu."""
        return Choice(self.composer.say("back_to_menu", state, context), payload("ask_menu"))

    def short_choice(self, state: State, context: Context, topics: Sequence[str]) -> Outcome:
        """The likeliest topics of an unclear message, and the way out."""
        choices = [self.topic_choice(topic, state) for topic in topics[:SHORT_CHOICE]]
        choices.append(Choice(self.composer.say("none_of_these", state, context), payload("ask_menu")))
        return self.with_choices(state, context, self.composer.say("unsure", state, context), choices)

    def languages(self, state: State, context: Context, key: str = "language_question") -> Outcome:
        """The languages of the conversation."""
        sms = context.channel is Channel.SMS
        choices = [
            Choice(language.sms_name if sms else language.name, payload("choose_language", language=code))
            for code in conversation_locales(self.library)
            for language in (self.library.languages[code],)
        ]
        return self.with_choices(state, context, self.composer.say(key, state, context), choices)

    def countries(self, state: State, context: Context) -> Outcome:
        """The question in which country the person is."""
        choices = [
            Choice(self.composer.country_name(code, state.language), payload("choose_country", country=code))
            for code in self.library.countries
        ]
        other = payload("choose_country", country=OTHER_COUNTRY)
        choices.append(Choice(self.composer.say("other_country", state, context), other))
        asked = state.with_(country_asked=True)
        return self.with_choices(asked, context, self.composer.say("country_question", state, context), choices)
