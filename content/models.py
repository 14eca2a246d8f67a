"""The library's entries, as read from its files. Formats: content/README.md."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

SOURCE_LOCALE = "fr"
OUT_OF_SCOPE = "out_of_scope"
URGENT = "urgent."
"""What the ids of topics of danger begin with."""


@dataclass(frozen=True)
class Document:
    """A source: who said it, when, where, and the facts it states, in our words.

    ``dated`` is None where the source gives no date; ``read`` is the month (YYYY-MM) in which we read it.
    """

    id: str
    publisher: str
    cite: str
    title: str
    reference: str
    dated: date | None
    read: str
    country: str | None
    kind: str
    status: str
    superseded_by: str | None
    contacts: str
    facts: Mapping[str, str]


@dataclass(frozen=True)
class Topic:
    """Something that can be asked, in no language.

    Attributes:
        facts: "document.fact" that the answer rests on.
        cite: ids of the documents that the answer names; empty for general advice.
        countries: where the answer depends on the country.
        related: what people ask next.
    """

    id: str
    facts: tuple[str, ...] = ()
    cite: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    never: str = ""
    related: tuple[str, ...] = ()

    @property
    def group(self) -> str:
        """The part of the id before the dot."""
        return self.id.split(".")[0]


@dataclass(frozen=True)
class Form:
    """One answer in its two forms; ``cite`` is None where the topic's own applies."""

    sms: str
    long: str
    cite: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Text:
    """A topic's answer in one language.

    Attributes:
        form: where no country is known, or the answer depends on none.
        countries: by ISO 3166 code.
        translates: the revision of the French that this renders; None for the French itself.
        status: "source" | "draft" | "reviewed".
    """

    topic: str
    locale: str
    revision: int
    title: str
    form: Form
    countries: Mapping[str, Form] = field(default_factory=dict)
    translates: int | None = None
    status: str = "source"
    translator: str = ""
    translated_on: date | None = None

    def for_country(self, country: str | None) -> Form:
        """The form for a country, the general one where it has none of its own."""
        return self.countries.get(country or "", self.form)


@dataclass(frozen=True)
class MessageText:
    """A short message of the conversation; ``sms`` and ``long`` are the same where one form serves both."""

    sms: str
    long: str


@dataclass(frozen=True)
class Language:
    """A language that people write to us in; ``sms_name`` is its name in letters of GSM-7."""

    code: str
    name: str
    sms_name: str
    script: str
    direction: str
    level: str
    phone_spelling: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Country:
    """A country that answers depend on, and how people name it and its places, lower case without accents.

    ``outline``: rough corners, (longitude, latitude) in degrees.
    """

    code: str
    prefixes: tuple[str, ...]
    names: Mapping[str, str]
    words: tuple[str, ...]
    towns: tuple[str, ...]
    outline: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True)
class Service:
    """An office that people can go to, as a source names it.

    Attributes:
        latitude, longitude: of its town, in degrees.
        kind: what it is for, see content/library/directory.yml.
        document: id of the source that names it.
        confirmed: when one of us last made sure of it, or None; see ``content.directory.is_confirmed``.
    """

    id: str
    name: str
    country: str
    town: str
    latitude: float
    longitude: float
    kind: str
    languages: tuple[str, ...]
    hours: str | None
    telephone: str | None
    document: str
    confirmed: date | None


@dataclass(frozen=True)
class MenuSection:
    """A line of the menu: the message key of its title, and the topics below it."""

    key: str
    topics: tuple[str, ...]


@dataclass(frozen=True)
class Phrase:
    """A training phrase."""

    text: str
    topic: str
    locale: str


@dataclass(frozen=True)
class Words:
    """What people write to command, by language: command -> ways of writing it, and the language's own names."""

    locale: str
    commands: Mapping[str, tuple[str, ...]]
    language_names: tuple[str, ...]


@dataclass(frozen=True)
class DangerWords:
    """The words of danger as they stand in urgency.yml and urgency/; ``bot.understanding.cues`` makes cues of them."""

    rules: Mapping[str, Any]
    languages: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True)
class Library:
    """Everything, read from one folder.

    ``version`` changes with any change of any file; ``phrases_version`` only with what understanding learns from.
    ``consent`` is the version of the introduction, by which people learn whom they write to.
    """

    documents: Mapping[str, Document]
    topics: Mapping[str, Topic]
    texts: Mapping[str, Mapping[str, Text]]  # locale -> topic -> text
    titles: Mapping[str, Mapping[str, str]]  # locale -> topic -> title, of topics without an answer in the language
    messages: Mapping[str, Mapping[str, MessageText]]  # locale -> key -> text
    phrases: tuple[Phrase, ...]
    words: Mapping[str, Words]
    danger: DangerWords
    languages: Mapping[str, Language]
    countries: Mapping[str, Country]
    menu: tuple[MenuSection, ...]
    version: str
    phrases_version: str
    directory: Mapping[str, Service] = field(default_factory=dict)
    consent: str = "1"

    def phrases_to_learn(self) -> tuple[Phrase, ...]:
        """The phrases that models learn from: those of languages that have ordinary ones too.

        A language of which only urgent phrases are written yet would make every message in it urgent.
        """
        groups: dict[str, set[str]] = {}
        for phrase in self.phrases:
            groups.setdefault(phrase.locale, set()).add(phrase.topic.split(".")[0])
        return tuple(phrase for phrase in self.phrases if len(groups[phrase.locale]) > 1)

    def text(self, topic: str, locale: str) -> Text | None:
        """The answer to a topic in a language, or None where it is missing."""
        return self.texts.get(locale, {}).get(topic)

    def fact(self, reference: str) -> str | None:
        """A fact by "document.fact", or None."""
        document, _, key = reference.partition(".")
        entry = self.documents.get(document)
        return entry.facts.get(key) if entry else None
