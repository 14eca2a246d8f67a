"""Putting an answer together: the text in its form, its sources and dates, and the notices that belong to it."""

from __future__ import annotations

from dataclasses import dataclass

from bot.dialogue.state import OTHER_COUNTRY, Context, State
from content.languages import ARABIC, best_text, message, phone_spelling, title_of
from content.models import SOURCE_LOCALE, URGENT, Document, Form, Library, Text
from content.segments import segment, split_for_sms
from store.messages import Channel

ANSWER_SEGMENTS = 2


@dataclass(frozen=True)
class Answer:
    """One answer, ready to send.

    Attributes:
        text: with sources and notices.
        rest: for SMS, the long form in parts of two segments; empty elsewhere.
        language: that the text is in (French where the person's language has none).
        country: ISO 3166 code that the text is for, or None.
    """

    text: str
    rest: tuple[str, ...]
    language: str
    country: str | None


def topic_is_urgent(topic: str) -> bool:
    """Whether a topic is danger to a life now."""
    return topic.startswith(URGENT)


class Composer:
    """Makes answers from a library."""

    def __init__(self, library: Library) -> None:
        self.library = library

    def say(self, key: str, state: State, context: Context, **values: str) -> str:
        """A short message in the person's language and the channel's form.

        Not ``str.format``: a value never is a template, and a translator's stray brace never an error.
        """
        found = message(self.library, key, state.language)
        text = found.sms if context.channel is Channel.SMS else found.long
        for name, value in values.items():
            text = text.replace("{" + name + "}", value)
        return text

    def title(self, topic: str, state: State) -> str:
        """The topic's menu line in the person's language."""
        return title_of(self.library, topic, state.language)

    def country_name(self, code: str, language: str) -> str:
        """The country's name in ``language``, in French where it has none."""
        names = self.library.countries[code].names
        return names.get(language, names[SOURCE_LOCALE])

    def service_line(self, service: str, kilometres: int, state: State, context: Context) -> str | None:
        """A line on a service near the person: what, where, how far, who says so and since when; None: it is gone."""
        entry = self.library.directory.get(service)
        document = self.library.documents.get(entry.document) if entry else None
        if entry is None or document is None or entry.confirmed is None:
            return None
        published = f"{document.dated:%d/%m/%Y}" if document.dated else None
        said = self._cite(document, state.language, published, context.channel)
        call = f"☎ {entry.telephone}" if entry.telephone else None
        known = [each for each in (f"{entry.name}, {entry.town}: {kilometres} km", entry.hours, call) if each]
        return f"- {'; '.join(known)} ({said}; ✓ {entry.confirmed:%d/%m/%Y})"

    def answer(self, topic: str, state: State, context: Context, *, language: str | None = None) -> Answer | None:
        """The answer to ``topic``; None where not even a French one exists.

        Args:
            language: instead of the person's, for "FR".
        """
        locale = language or state.language
        text = best_text(self.library, topic, locale, arabic=state.arabic)
        if text is None:
            return None
        country, guessed = self._country(topic, state, context)
        form = text.for_country(country)
        notices = self._notices(text, locale, state, context, country if guessed else None)
        documents = self._cited(topic, form)
        if context.channel is Channel.SMS:
            body = self._sms(form, documents, notices, text.locale, state, context)
            return Answer(body, self._rest(form, documents, text.locale, state, context), text.locale, country)
        parts = [*notices[:1], form.long, self._source_line(documents, text.locale), *notices[1:]]
        return Answer("\n\n".join(part for part in parts if part), (), text.locale, country)

    def _country(self, topic: str, state: State, context: Context) -> tuple[str | None, bool]:
        """(country that the answer is for, whether it is only a guess)."""
        entry = self.library.topics.get(topic)
        if entry is None or not entry.countries:
            return None, False
        if context.country_mentioned in entry.countries:
            return context.country_mentioned, False
        if state.country is not None:
            return (None if state.country == OTHER_COUNTRY else state.country), False
        if context.country_guess in entry.countries:
            return context.country_guess, True
        return None, False

    def _notices(
        self, text: Text, wanted: str, state: State, context: Context, guessed: str | None
    ) -> list[str]:
        """[notice that stands first, notices that stand last]; "" where there is none."""
        only = self.say("only_arabic" if text.locale == ARABIC else "only_french", state, context)
        first = only if text.locale != wanted else ""
        last = []
        if first and topic_is_urgent(text.topic):  # what to do stands first, before every other word
            first, last = "", [first]
        if guessed:
            last.append(self.say("country_guess", state, context, country=self.country_name(guessed, state.language)))
        if text.status == "draft":
            last.append(self.say("draft_notice", state, context))
        return [first, *last]

    def _cited(self, topic: str, form: Form) -> list[Document]:
        entry = self.library.topics.get(topic)
        cite = form.cite if form.cite is not None else entry.cite if entry else ()
        return [self.library.documents[each] for each in cite if each in self.library.documents]

    def _sms(
        self, form: Form, documents: list[Document], notices: list[str], locale: str, state: State, context: Context
    ) -> str:
        """The SMS form with the first source, and as much of the rest as two segments hold."""
        sources = [self._cite(each, locale, f"{each.dated:%m/%Y}" if each.dated else None, Channel.SMS)
                   for each in documents]
        needed = [part for part in (notices[0], form.sms) if part]
        body = " ".join(needed) + (f" ({sources[0]})" if sources else "")
        body = " ".join([body, *notices[1:]])
        wider = body.replace(f" ({sources[0]})", f" ({'; '.join(sources[:2])})") if len(sources) > 1 else body
        hint = self.say("more_hint", state, context)
        for candidate in (f"{wider} {hint}", f"{body} {hint}", wider):
            if segment(candidate).segments <= ANSWER_SEGMENTS:
                return candidate
        return body

    def _rest(
        self, form: Form, documents: list[Document], locale: str, state: State, context: Context
    ) -> tuple[str, ...]:
        text = form.long + "\n" + self._source_line(documents, locale)
        written = phone_spelling(self.library, text.replace("\n\n", "\n"), locale)
        return split_for_sms(written, ANSWER_SEGMENTS, " " + self.say("continued_hint", state, context))

    def _source_line(self, documents: list[Document], locale: str) -> str:
        if not documents:
            return message(self.library, "general_advice", locale).long
        label = message(self.library, "source", locale).long
        entries = [self._cite(each, locale, f"{each.dated:%d/%m/%Y}" if each.dated else None, Channel.TELEGRAM)
                   for each in documents]
        separator = " : " if locale == SOURCE_LOCALE else ": "
        return label + separator + "; ".join(dict.fromkeys(entries))

    def _cite(self, document: Document, locale: str, dated: str | None, channel: Channel) -> str:
        """Publisher and date; an undated source says so and when it was read."""
        if dated is None:
            year, month = document.read.split("-")
            undated = message(self.library, "undated", locale)
            template = undated.sms if channel is Channel.SMS else undated.long
            dated = template.replace("{month}", f"{month}/{year}")
        publisher = document.cite if channel is Channel.SMS else document.publisher
        return f"{publisher}, {dated}" if channel is Channel.TELEGRAM else f"{publisher} {dated}"
