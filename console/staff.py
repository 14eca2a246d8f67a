"""What the staff pages show of the library, prepared for the templates. Nothing here can be changed or is personal."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date

from babel.dates import format_date

from console.translation import gettext_for
from content.models import SOURCE_LOCALE, Document, Form, Language, Library, Text, Topic

MISSING = "missing"
_RECOGNISED_ONLY = "recognised"


def N_(message: str) -> str:
    """Mark a text for the catalogues; it is translated where it is shown."""
    return message


_GROUPS = {
    "return": N_("Retour"),
    "reintegration": N_("Réintégration"),
    "safe": N_("Migrer sans danger"),
    "services": N_("Centres et services"),
    "programme": N_("Programmes"),
    "talk": N_("Conversation"),
    "urgent": N_("Urgences"),
}
_STATUSES = {
    "source": N_("texte source"),
    "draft": N_("brouillon"),
    "reviewed": N_("relu"),
    MISSING: N_("manque"),
}
_KINDS = {
    "official": N_("officiel"),
    "press": N_("presse"),
    "reference": N_("référence"),
    "ngo": N_("ONG"),
}


@dataclass(frozen=True)
class Status:
    """Where a topic stands in one language: a key for the style, and words for everybody."""

    key: str
    label: str


@dataclass(frozen=True)
class TopicLine:
    """A line of the table of topics; ``statuses`` in the order of the languages."""

    id: str
    title: str
    statuses: tuple[Status, ...]


@dataclass(frozen=True)
class Group:
    """Topics that belong together."""

    id: str
    label: str
    topics: tuple[TopicLine, ...]


@dataclass(frozen=True)
class LanguageColumn:
    """A language of the table, and how many topics it has."""

    language: Language
    written: int
    reviewed: int


@dataclass(frozen=True)
class Source:
    """A document, with its date as the reader writes dates."""

    document: Document
    date: str
    kind: str


@dataclass(frozen=True)
class LibraryView:
    """The page of the whole library."""

    version: str
    topics: int
    languages: tuple[LanguageColumn, ...]
    legend: tuple[Status, ...]
    groups: tuple[Group, ...]
    sources: tuple[Source, ...]


@dataclass(frozen=True)
class FormView:
    """One form of an answer; ``country`` is its name, "" for the general form."""

    country: str
    form: Form
    sources: tuple[Source, ...]


@dataclass(frozen=True)
class TextView:
    """An answer in one language; ``text`` is None where it is missing."""

    language: Language
    status: Status
    text: Text | None
    forms: tuple[FormView, ...]
    outdated: bool
    translated_on: str


@dataclass(frozen=True)
class FactView:
    """A fact that an answer rests on."""

    words: str
    source: Source


@dataclass(frozen=True)
class Related:
    """A topic that people ask next."""

    id: str
    title: str


@dataclass(frozen=True)
class TopicView:
    """The page of one topic."""

    topic: Topic
    group: str
    title: str
    texts: tuple[TextView, ...]
    missing: tuple[Language, ...]
    facts: tuple[FactView, ...]
    related: tuple[Related, ...]


def library_view(library: Library, locale: str) -> LibraryView:
    """The library for its page, in the reader's language."""
    _ = gettext_for(locale)
    languages = _languages(library)
    documents = sorted(library.documents.values(), key=lambda each: each.publisher.lower())
    # The order in which people ask, then whatever groups the library has besides.
    groups: dict[str, list[TopicLine]] = {key: [] for key in _GROUPS}
    for topic in library.topics.values():
        statuses = tuple(_status(library.text(topic.id, each.code), _) for each in languages)
        groups.setdefault(topic.group, []).append(TopicLine(topic.id, _title(library, topic.id), statuses))
    return LibraryView(
        version=library.version,
        topics=len(library.topics),
        languages=tuple(_column(library, each) for each in languages),
        legend=tuple(Status(key, _(label)) for key, label in _STATUSES.items()),
        groups=tuple(Group(key, _group(key, _), tuple(lines)) for key, lines in groups.items() if lines),
        sources=tuple(_source(each, locale) for each in documents),
    )


def topic_view(library: Library, topic_id: str, locale: str) -> TopicView | None:
    """A topic for its page; None for a topic that the library does not have."""
    topic = library.topics.get(topic_id)
    if topic is None:
        return None
    _ = gettext_for(locale)
    texts = [(each, library.text(topic_id, each.code)) for each in _languages(library)]
    return TopicView(
        topic=topic,
        group=_group(topic.group, _),
        title=_title(library, topic_id),
        texts=tuple(_text(library, topic, each, text, locale) for each, text in texts if text is not None),
        missing=tuple(each for each, text in texts if text is None),
        facts=tuple(_facts(library, topic, locale)),
        related=tuple(Related(each, _title(library, each)) for each in topic.related if each in library.topics),
    )


def _languages(library: Library) -> list[Language]:
    return [each for each in library.languages.values() if each.level != _RECOGNISED_ONLY]


def _column(library: Library, language: Language) -> LanguageColumn:
    texts = [text for topic in library.topics if (text := library.text(topic, language.code)) is not None]
    return LanguageColumn(language, len(texts), sum(text.status in ("source", "reviewed") for text in texts))


def _status(text: Text | None, _: Callable[[str], str]) -> Status:
    key = text.status if text else MISSING
    return Status(key, _(_STATUSES[key]) if key in _STATUSES else key)


def _group(key: str, _: Callable[[str], str]) -> str:
    return _(_GROUPS[key]) if key in _GROUPS else key


def _title(library: Library, topic_id: str) -> str:
    text = library.text(topic_id, SOURCE_LOCALE)
    return text.title if text else topic_id


def _source(document: Document, locale: str) -> Source:
    label = _KINDS.get(document.kind)
    return Source(document, _date(document.dated, locale), gettext_for(locale)(label) if label else document.kind)


def _date(value: date | None, locale: str) -> str:
    return format_date(value, "long", locale) if value else ""


def _facts(library: Library, topic: Topic, locale: str) -> Iterable[FactView]:
    for reference in topic.facts:
        words, document = library.fact(reference), library.documents.get(reference.partition(".")[0])
        if words is not None and document is not None:
            yield FactView(words, _source(document, locale))


def _text(library: Library, topic: Topic, language: Language, text: Text, locale: str) -> TextView:
    source = library.text(topic.id, SOURCE_LOCALE)
    outdated = text.translates is not None and source is not None and text.translates < source.revision
    forms = [("", text.form), *((_country(library, code, locale), form) for code, form in text.countries.items())]
    return TextView(
        language=language, status=_status(text, gettext_for(locale)), text=text, outdated=outdated,
        forms=tuple(FormView(name, form, _cited(library, topic, form, locale)) for name, form in forms),
        translated_on=_date(text.translated_on, locale),
    )


def _cited(library: Library, topic: Topic, form: Form, locale: str) -> tuple[Source, ...]:
    cited = topic.cite if form.cite is None else form.cite
    return tuple(_source(library.documents[each], locale) for each in cited if each in library.documents)


def _country(library: Library, code: str, locale: str) -> str:
    country = library.countries.get(code)
    return (country.names.get(locale) or country.names.get(SOURCE_LOCALE) or code) if country else code
