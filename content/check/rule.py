"""What a rule is: an id, what it looks for, and what it tells the person who wrote the file."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from content.errors import Fault
from content.models import SOURCE_LOCALE, Form, Library, Text

LATIN = "Latn"


def N_(message: str) -> str:
    """Mark a text for the catalogues; it is translated where it is shown."""
    return message


@dataclass(frozen=True)
class Finding:
    """Where a rule is broken; ``values`` stand in the places of the rule's templates."""

    file: str
    entry: str
    locale: str = ""
    values: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Place:
    """One form of a text; ``country`` is "" for the general one."""

    text: Text
    country: str
    form: Form

    @property
    def file(self) -> str:
        """The text's file within the library."""
        return text_file(self.text)

    def field(self, name: str) -> str:
        """Where a field of this form stands below the topic: "sms", "countries.DJ.sms"."""
        return f"countries.{self.country}.{name}" if self.country else name

    def finding(self, name: str, **values: str) -> Finding:
        """A finding in the field ``name``, which the templates know as {field}."""
        return at(self.file, self.text.topic, self.text.locale, field=self.field(name), **values)


@dataclass(frozen=True)
class Checked:
    """What the rules look at: the library as read, and the lines of its files for what reading hides."""

    library: Library
    files: Mapping[str, bytes]

    @cached_property
    def lines(self) -> Mapping[str, tuple[str, ...]]:
        """The lines of each file in a folder, by its path within the library."""
        return {
            name: tuple(raw.decode("utf-8").split("\n")) for name, raw in sorted(self.files.items()) if "/" in name
        }

    @cached_property
    def places(self) -> tuple[Place, ...]:
        """Every form of every text."""
        return tuple(
            Place(text, country, form)
            for texts in self.library.texts.values()
            for text in texts.values()
            for country, form in (("", text.form), *text.countries.items())
        )

    @property
    def translations(self) -> Iterator[tuple[Text, Text]]:
        """(translation, the French that it renders), where there is one."""
        for locale, texts in self.library.texts.items():
            for topic, text in texts.items():
                source = self.library.text(topic, SOURCE_LOCALE)
                if locale != SOURCE_LOCALE and source is not None:
                    yield text, source

    def is_latin(self, locale: str) -> bool:
        """Whether texts in this language are written in Latin letters; so for a language that nobody declared."""
        language = self.library.languages.get(locale)
        return language is None or language.script == LATIN

    def cited(self, place: Place) -> tuple[str, ...]:
        """The ids of the documents that this form names."""
        if place.form.cite is not None:
            return place.form.cite
        topic = self.library.topics.get(place.text.topic)
        return topic.cite if topic else ()

    def phrase_finding(self, topic: str, locale: str, phrase: str = "", /, **values: str) -> Finding:
        """A finding among a topic's phrases, in the file that holds them: a group may have several."""
        group = group_of(topic)
        files = [file for file in self.lines if is_of_group(file, f"phrases/{locale}/{group}")]
        for held in (phrase, f"{topic}:"):
            holding = [file for file in files if held and any(held in line for line in self.lines[file])]
            if holding:
                return at(holding[-1], topic, locale, **values)
        return at(f"phrases/{locale}/{group}.yml", topic, locale, **values)


@dataclass(frozen=True)
class Rule:
    """One rule of the library.

    Attributes:
        id: subject and name, "texts.length".
        problem: what is wrong, a template of the catalogues.
        advice: what to do, a template of the catalogues.
        about: what the rule is for.
        find: yields where the rule is broken.
    """

    id: str
    problem: str
    advice: str
    about: str
    find: Callable[[Checked], Iterator[Finding]]

    def faults(self, checked: Checked) -> Iterator[Fault]:
        """Everything that breaks the rule."""
        for found in self.find(checked):
            yield Fault(found.file, found.entry, found.locale, self.problem, self.advice, found.values)


def rule(name: str, problem: str, advice: str) -> Callable[[Callable[[Checked], Iterator[Finding]]], Rule]:
    """Make a rule of a function that finds; its docstring says what the rule is for."""

    def make(find: Callable[[Checked], Iterator[Finding]]) -> Rule:
        return Rule(name, problem, advice, (find.__doc__ or "").strip(), find)

    return make


def fill(template: str, values: tuple[tuple[str, str], ...]) -> str:
    """A template with its values. Not ``str.format``: a value never is a template."""
    for name, value in values:
        template = template.replace("{" + name + "}", value)
    return template


def at(file: str, entry: str, locale: str = "", /, **values: str) -> Finding:
    """A finding, its values by name."""
    return Finding(file, entry, locale, tuple(values.items()))


def group_of(topic: str) -> str:
    """The part of a topic's id before the dot, which names its files."""
    return topic.split(".")[0]


def document_file(document: str) -> str:
    """A document's file within the library."""
    return f"documents/{document}.yml"


def topic_file(topic: str) -> str:
    """A topic's file within the library."""
    return f"topics/{group_of(topic)}.yml"


def text_file(text: Text) -> str:
    """A text's file within the library."""
    return f"texts/{text.locale}/{group_of(text.topic)}.yml"


def is_of_group(file: str, stem: str) -> bool:
    """Whether a file's name is ``stem``, or ``stem`` and "_" and whatever tells several apart."""
    return file == f"{stem}.yml" or (file.startswith(f"{stem}_") and file.endswith(".yml"))


def listed(values: Iterable[str]) -> str:
    """Values for a template, in a steady order."""
    return ", ".join(sorted(values))
