"""The steps of the conversation. Each takes the state and the message's context and gives an outcome.

Rasa's actions are thin calls of these; where Rasa cannot answer, the assistant calls them itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot.dialogue.compose import Composer, topic_is_urgent
from bot.dialogue.menus import Menus, payload
from bot.dialogue.state import OTHER_COUNTRY, Context, Outcome, State
from content.languages import ARABIC, best_text, conversation_locales
from content.models import SOURCE_LOCALE, Library
from store.messages import Channel, Choice, Effect, QuestionKind, Reply

DANGER = "urgent.danger"
DESPAIR = "urgent.suicide"
_RELATED_BUTTONS = 3
_QUESTIONS = {"talk.human": QuestionKind.HUMAN, "talk.complaint": QuestionKind.HUMAN}


class Dialogue:
    """The conversation over one library."""

    def __init__(self, library: Library) -> None:
        self.library = library
        self.composer = Composer(library)
        self.menus = Menus(self.composer)

    # --- answers ---------------------------------------------------------------------------------

    def answer(self, state: State, context: Context, topic: str) -> Outcome:
        """The answer to a topic, its follow-ups, the country question where it matters, and who we are."""
        special = self._talk(state, context, topic)
        if special is not None:
            return self._introduce_after(special, context)
        outcome = self._answer(state, context, topic)
        if outcome is None:
            return self.unknown(state, context)
        return self._introduce_after(self._ask_country_after(outcome, context, topic), context)

    def urgent(
        self, state: State, context: Context, topic: str, also: str | None = None, *, doubtful: bool = False
    ) -> Outcome:
        """The emergency advice before everything else; then ``also``; then the country if it is not known.

        Args:
            topic: ``DANGER`` or ``DESPAIR``.
            also: a topic that the message asks about besides, or None.
            doubtful: the message may be about ``also`` alone; then that is the turn's topic.
        """
        outcome = self._answer(state, context, topic)
        assert outcome is not None, "content check sees that the urgent topics are answered"
        about = topic
        if also is not None and also not in (DANGER, DESPAIR, topic):
            more = self._answer(outcome.state, context, also)
            if more is not None:
                outcome = outcome.then(more)
                about = also if doubtful else topic
        # What depends on the country must be given again once it is known: the advice, not what was asked besides.
        outcome = Outcome(outcome.replies, outcome.state.with_(last_topic=topic))
        if context.group:  # where the person is, is not to be said before everybody
            outcome = self._warn_of_group(outcome, context)
        else:
            outcome = self._ask_country_after(outcome, context, topic)
        return Outcome(outcome.replies, outcome.state, about, QuestionKind.URGENT)

    def unsure(self, state: State, context: Context, topics: Sequence[str]) -> Outcome:
        """A short choice among the likeliest topics."""
        outcome = self.menus.short_choice(state, context, topics)
        return self._introduce_after(_noted(outcome, QuestionKind.UNSURE), context)

    def unknown(self, state: State, context: Context) -> Outcome:
        """An honest "I don't know", with the menu and a person, kept for staff."""
        return self._introduce_after(
            _noted(self._with_menu(state, context, "unknown"), QuestionKind.UNANSWERED), context
        )

    def show_french(self, state: State, context: Context) -> Outcome:
        """The French of the answer last sent; without one, French from now on."""
        if state.last_topic is None or state.answered_in == SOURCE_LOCALE:
            return self.choose_language(state, context, SOURCE_LOCALE)
        answer = self.composer.answer(state.last_topic, state, context, language=SOURCE_LOCALE)
        if answer is None:
            return self.choose_language(state, context, SOURCE_LOCALE)
        return Outcome((Reply(answer.text),), state.with_(rest=answer.rest), state.last_topic)

    def more(self, state: State, context: Context) -> Outcome:
        """The next part of a long answer."""
        if not state.rest:
            return self._with_menu(state, context, "nothing_more")
        part, rest = state.rest[0], state.rest[1:]
        text = part + (" " + self.composer.say("continued_hint", state, context) if rest else "")
        return Outcome((Reply(text),), state.with_(rest=rest))

    def unhelpful(self, state: State, context: Context) -> Outcome:
        """The answer last sent did not help: thanks, kept for staff, and another way."""
        if state.last_topic is None:
            return self._with_menu(state, context, "nothing_to_judge")
        outcome = self._with_menu(state, context, "unhelpful_thanks")
        return _noted(outcome, QuestionKind.UNHELPFUL)

    # --- menus and choices -----------------------------------------------------------------------

    def menu(self, state: State, context: Context) -> Outcome:
        """The menu."""
        return self.menus.main(state, context)

    def section(self, state: State, context: Context, key: str, page: int) -> Outcome:
        """A page of the menu."""
        return self.menus.section(state, context, key, page)

    def no_such_choice(self, state: State, context: Context) -> Outcome:
        """A digit that the last menu does not have. The menu stays what it was on SMS."""
        return self._with_menu(state, context, "no_such_choice")

    def ask_language(self, state: State, context: Context) -> Outcome:
        """The languages to choose from."""
        return self.menus.languages(state, context)

    def choose_language(self, state: State, context: Context, language: str) -> Outcome:
        """Set the language for good; one without messages yet gets the list."""
        if language not in conversation_locales(self.library):
            return self.menus.languages(state, context, "language_missing")
        arabic = state.arabic or ARABIC in (language, state.language)
        chosen = state.with_(language=language, language_chosen=True, arabic=arabic)
        entry = self.library.languages[language]
        name = entry.sms_name if context.channel is Channel.SMS else entry.name
        return self._with_menu(chosen, context, "language_set", language=name)

    def ask_country(self, state: State, context: Context) -> Outcome:
        """The question in which country the person is."""
        return self.menus.countries(state, context)

    def choose_country(self, state: State, context: Context, country: str) -> Outcome:
        """Set the country, and give the last answer again where it depends on it."""
        known = country in self.library.countries
        chosen = state.with_(country=country if known else OTHER_COUNTRY, country_asked=True)
        if not known:
            return self._with_menu(chosen, context, "country_other_noted")
        topic = self.library.topics.get(state.last_topic or "")
        if topic is not None and country in topic.countries:
            outcome = self._answer(chosen, context, topic.id)
            if outcome is not None:
                return outcome
        name = self.composer.country_name(country, chosen.language)
        return self._introduce_after(self._with_menu(chosen, context, "country_noted", country=name), context)

    # --- commands and messages without words -----------------------------------------------------

    def help(self, state: State, context: Context) -> Outcome:
        """How to use this; before all, what to write in danger, for the word of command is also a cry for help."""
        outcome = self._with_menu(state.with_(introduced=True), context, "help")
        first, *others = outcome.replies
        hint = self.composer.say("danger_hint", state, context)
        return replace(outcome, replies=(replace(first, text=f"{hint} {first.text}"), *others))

    def stop(self, state: State, context: Context) -> Outcome:
        """Send nothing more."""
        return Outcome((self._reply("stopped", state, context),), state, effects=(Effect.OPT_OUT,))

    def start(self, state: State, context: Context, *, was_stopped: bool) -> Outcome:
        """Begin again after STOP; without a STOP before, a welcome with the menu."""
        if was_stopped:
            return Outcome((self._reply("started", state, context),), state, effects=(Effect.OPT_IN,))
        return self.answer(state, context, "talk.greet")

    def near(self, state: State, context: Context, nearby: Sequence[tuple[str, int]]) -> Outcome | None:
        """The services near the person, nearest first; None where none of them is in the directory any more.

        Args:
            nearby: ids of services, and how far they are in km.
        """
        lines = [line for each in nearby if (line := self.composer.service_line(*each, state, context))]
        if not lines:
            return None
        return Outcome((Reply("\n".join([self.composer.say("nearby", state, context), *lines])),), state)

    def forget(self, state: State, context: Context) -> Outcome:
        """Delete everything about the person, or about a group, and confirm in their language."""
        key = "group_forgotten" if context.group else "forgotten"
        return Outcome((self._reply(key, state, context),), State(), effects=(Effect.FORGET,))

    def export(self, state: State, context: Context) -> Outcome:
        """What is held about the person. What only the database knows is filled in where the turn is recorded.

        In a group everybody would read it: only the advice to write in private.
        """
        if context.group:
            return Outcome((self._reply("group_private", state, context),), state)
        language = self.library.languages[state.language]
        country = state.country or context.country_guess or ""
        text = self.composer.say(
            "my_data", state, context,
            language=language.sms_name if context.channel is Channel.SMS else language.name,
            country=self.composer.country_name(country, state.language) if country in self.library.countries else "-",
        )
        return Outcome((Reply(text),), state, effects=(Effect.EXPORT,))

    def tell(self, state: State, context: Context, key: str, **values: str) -> Outcome:
        """A short message, with the menu where the channel shows it for free."""
        return self._introduce_after(self._with_menu(state, context, key, **values), context)

    # --- parts -----------------------------------------------------------------------------------

    def _talk(self, state: State, context: Context, topic: str) -> Outcome | None:
        """Topics of the conversation itself that do more than answer."""
        if topic == "talk.menu":
            return _about(self.menus.main(state, context), topic)
        if topic == "talk.language":
            return _about(self.menus.languages(state, context), topic)
        if topic == "talk.greet":
            menu = self.menus.main(state, context)
            text = best_text(self.library, topic, state.language)
            if text is None:
                return _about(menu, topic)
            greeting = text.form.sms if context.channel is Channel.SMS else text.form.long
            if context.group:
                greeting = f"{greeting}\n\n{menu.replies[0].text}"
            return _about(Outcome((Reply(greeting, menu.replies[0].choices),), menu.state), topic)
        return None

    def _answer(self, state: State, context: Context, topic: str) -> Outcome | None:
        answer = self.composer.answer(topic, state, context)
        if answer is None:
            return None
        after = state.with_(last_topic=topic, answered_in=answer.language, rest=answer.rest)
        question = _QUESTIONS.get(topic)
        if context.channel is Channel.SMS:
            return Outcome((Reply(answer.text),), after, topic, question)
        choices = self._follow_ups(state, context, topic)
        return self.menus.with_choices(after, context, answer.text, choices, topic=topic, question=question)

    def _follow_ups(self, state: State, context: Context, topic: str) -> list[Choice]:
        entry = self.library.topics.get(topic)
        related = entry.related[:_RELATED_BUTTONS] if entry else ()
        choices = [self.menus.topic_choice(each, state) for each in related]
        if not topic.startswith(("urgent.", "talk.")):
            choices.append(Choice(self.composer.say("unhelpful_button", state, context), payload("mark_unhelpful")))
        return [*choices, self.menus.back(state, context)]

    def _ask_country_after(self, outcome: Outcome, context: Context, topic: str) -> Outcome:
        """The country question, where the answer depends on it and nothing is known or guessed; asked once."""
        entry = self.library.topics.get(topic)
        state = outcome.state
        known = state.country or context.country_guess or context.country_mentioned
        urgent = topic_is_urgent(topic)
        if entry is None or not entry.countries or known or (state.country_asked and not urgent):
            return outcome
        return outcome.then(self.menus.countries(state, context))

    def _introduce_after(self, outcome: Outcome, context: Context) -> Outcome:
        """At the first contact, one line on what this is, after the answer."""
        if outcome.state.introduced:
            return outcome
        state = outcome.state.with_(introduced=True)
        # Between an answer and a list: the list stays last, for digits mean it.
        line = self._reply("introduction", state, context)
        *before, last = outcome.replies
        replies = (*before, line, last) if last.choices and before else (*outcome.replies, line)
        return Outcome(replies, state, outcome.topic, outcome.question, outcome.effects)

    def _warn_of_group(self, outcome: Outcome, context: Context) -> Outcome:
        """After the advice in danger, that everybody in the group reads this."""
        first, *others = outcome.replies
        text = f"{first.text}\n\n{self.composer.say('group_danger', outcome.state, context)}"
        return replace(outcome, replies=(replace(first, text=text), *others))

    def _with_menu(self, state: State, context: Context, key: str, **values: str) -> Outcome:
        """A short message; on Telegram with the menu's buttons, on SMS alone, for a list costs money."""
        text = self.composer.say(key, state, context, **values)
        if context.channel is Channel.SMS or context.group:
            return Outcome((Reply(text),), state)
        outcome = self.menus.main(state, context)
        return Outcome((Reply(text, outcome.replies[0].choices),), outcome.state)

    def _reply(self, key: str, state: State, context: Context) -> Reply:
        return Reply(self.composer.say(key, state, context))


def _noted(outcome: Outcome, question: QuestionKind) -> Outcome:
    return Outcome(outcome.replies, outcome.state, outcome.topic, question, outcome.effects)


def _about(outcome: Outcome, topic: str) -> Outcome:
    return Outcome(outcome.replies, outcome.state, topic, outcome.question, outcome.effects)
