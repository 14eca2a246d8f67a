"""Reads the library's folder into ``content.models``. One bad file is one clear error."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from functools import lru_cache, partial
from pathlib import Path, PurePosixPath
from typing import Any

import yaml

from content.errors import ContentError
from content.models import (
    SOURCE_LOCALE,
    Country,
    DangerWords,
    Document,
    Form,
    Language,
    Library,
    MenuSection,
    MessageText,
    Phrase,
    Service,
    Text,
    Topic,
    Words,
)

LIBRARY = Path(__file__).parent / "library"


def read_files(root: Path = LIBRARY) -> dict[str, bytes]:
    """The library's files as they are, by path within ``root``.

    Raises:
        ContentError: there is no library, or a file cannot be read.
    """
    if not root.is_dir():
        raise ContentError(f"{root}: there is no library here. Name the folder that holds documents/ and topics/.")
    try:
        return {path.relative_to(root).as_posix(): path.read_bytes() for path in sorted(root.rglob("*.yml"))}
    except OSError as error:
        raise ContentError(f"{root}: the library cannot be read ({error.strerror}). Make it readable.") from None


def read_library(root: Path = LIBRARY) -> Library:
    """Read every file of the library.

    Raises:
        ContentError: a file is missing, is not YAML, or lacks what content/README.md asks for.
    """
    return library_of(read_files(root))


def library_of(files: Mapping[str, bytes]) -> Library:
    """The library that these files are, by path. Raises ContentError as ``read_library`` does."""
    reader = _Reader(files)
    documents = {each.id: each for each in reader.each("documents/*.yml", _document)}
    topics = {each.id: each for found in reader.each("topics/*.yml", _topics) for each in found}
    texts: dict[str, dict[str, Text]] = {}
    for found in reader.each("texts/*/*.yml", _texts):
        for text in found:
            texts.setdefault(text.locale, {})[text.topic] = text
    short = list(reader.each("messages/*.yml", _messages))
    messages = {locale: found for locale, found, _, _ in short}
    titles = {locale: found for locale, _, found, _ in short}
    consent = next((version for locale, _, _, version in short if locale == SOURCE_LOCALE), 1)
    phrases = tuple(phrase for found in reader.each("phrases/*/*.yml", _phrases) for phrase in found)
    words = {each.locale: each for each in reader.each("words/*.yml", _words)}
    danger = DangerWords(reader.one("urgency.yml", _mapping), tuple(reader.each("urgency/*.yml", _mapping)))
    return Library(
        documents=documents, topics=topics, texts=texts, titles=titles, messages=messages, phrases=phrases, words=words,
        danger=danger, languages=reader.one("languages.yml", _languages),
        countries=reader.one("countries.yml", _countries), menu=reader.one("menu.yml", _menu),
        directory=_first(reader.each("directory.yml", _directory)),
        version=reader.version(""), phrases_version=reader.version("phrases/"),
        consent=str(consent),
    )


@lru_cache(maxsize=1)
def installed_library() -> Library:
    """The library of this installation, read once in a process. Raises ContentError."""
    return read_library()


class _Reader:
    def __init__(self, files: Mapping[str, bytes]) -> None:
        self.files = files
        # libyaml's parser where PyYAML was built with it (its wheels are): ten times faster.
        self.load = partial(yaml.load, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
        self.digests: dict[str, bytes] = {}

    def each(self, pattern: str, read: Callable[[Any], Any]) -> Iterator[Any]:
        for name in sorted(name for name in self.files if PurePosixPath(name).match(pattern)):
            yield self._read(name, read)

    def one(self, name: str, read: Callable[[Any], Any]) -> Any:
        if name not in self.files:
            raise ContentError(f"{name}: the file is missing. See content/README.md for what it holds.")
        return self._read(name, read)

    def version(self, prefix: str) -> str:
        digest = hashlib.sha256()
        for name in sorted(name for name in self.digests if name.startswith(prefix)):
            digest.update(name.encode() + b"\0" + self.digests[name])
        return digest.hexdigest()[:16]

    def _read(self, name: str, read: Callable[[Any], Any]) -> Any:
        try:
            raw = self.files[name]
            self.digests[name] = hashlib.sha256(raw).digest()
            return read(self.load(raw.decode("utf-8")))
        except (yaml.YAMLError, UnicodeDecodeError) as error:
            where = str(error).replace("\n", " ")
            raise ContentError(f"{name}: the file cannot be read as YAML ({where}). Correct it there.") from None
        except KeyError as error:
            raise ContentError(f"{name}: {error.args[0]!r} is missing. See content/README.md for the format.") from None
        except (TypeError, ValueError, AttributeError) as error:
            raise ContentError(f"{name}: not in the format of content/README.md ({error}).") from None


def _mapping(values: Any) -> Mapping[str, Any]:
    if not isinstance(values, dict):
        raise TypeError("names and values are expected")
    return values


def _date(value: object) -> date | None:
    if value is None or isinstance(value, date):
        return value
    return date.fromisoformat(str(value))


def _document(values: Mapping[str, Any]) -> Document:
    return Document(
        id=values["id"], publisher=values["publisher"], cite=values["cite"], title=values["title"],
        reference=values["reference"], dated=_date(values.get("date")), read=str(values["read"]),
        country=values.get("country"), kind=values["kind"], status=values.get("status") or "",
        superseded_by=values.get("superseded_by"), contacts=values.get("contacts") or "none",
        facts={key: str(fact).strip() for key, fact in values["facts"].items()},
    )


def _topics(values: Mapping[str, Any]) -> list[Topic]:
    return [
        Topic(
            id=each["id"], facts=tuple(each.get("facts") or ()), cite=tuple(each.get("cite") or ()),
            countries=tuple(each.get("countries") or ()), never=each.get("never") or "",
            related=tuple(each.get("related") or ()),
        )
        for each in values["topics"]
    ]


def _form(values: Mapping[str, Any]) -> Form:
    cite = values.get("cite")
    return Form(
        sms=str(values["sms"]).strip(), long=str(values["long"]).strip(), cite=None if cite is None else tuple(cite)
    )


def _texts(values: Mapping[str, Any]) -> list[Text]:
    locale = values["locale"]
    return [
        Text(
            topic=topic, locale=locale, revision=int(each.get("revision", 1)), title=str(each["title"]).strip(),
            form=_form(each), countries={code: _form(form) for code, form in (each.get("countries") or {}).items()},
            translates=each.get("translates"),
            status="source" if locale == SOURCE_LOCALE else each["status"],
            translator=each.get("translator") or "", translated_on=_date(each.get("date")),
        )
        for topic, each in values["texts"].items()
    ]


def _messages(values: Mapping[str, Any]) -> tuple[str, dict[str, MessageText], dict[str, str], int]:
    def message(value: Any) -> MessageText:
        if isinstance(value, str):
            return MessageText(value.strip(), value.strip())
        return MessageText(str(value["sms"]).strip(), str(value["long"]).strip())

    titles = {topic: str(title).strip() for topic, title in (values.get("titles") or {}).items()}
    found = {key: message(value) for key, value in values["messages"].items()}
    return values["locale"], found, titles, int(values.get("consent") or 1)


def _phrases(values: Mapping[str, Any]) -> list[Phrase]:
    return [
        Phrase(str(text).strip(), topic, values["locale"])
        for topic, texts in values["phrases"].items()
        for text in texts
    ]


def _words(values: Mapping[str, Any]) -> Words:
    return Words(
        values["locale"],
        {command: tuple(str(word) for word in words) for command, words in values["commands"].items()},
        tuple(values.get("language_names") or ()),
    )


def _languages(values: Mapping[str, Any]) -> dict[str, Language]:
    return {
        code: Language(code, each["name"], each["sms_name"], each["script"], each["direction"], each["level"],
                       each.get("phone_spelling") or {})
        for code, each in values["languages"].items()
    }


def _countries(values: Mapping[str, Any]) -> dict[str, Country]:
    return {
        code: Country(code, tuple(str(prefix) for prefix in each["prefixes"]), each["names"], tuple(each["words"]),
                      tuple(each["towns"]), tuple((float(x), float(y)) for x, y in each.get("outline") or ()))
        for code, each in values["countries"].items()
    }


def _directory(values: Mapping[str, Any]) -> dict[str, Service]:
    return {
        name: Service(
            name, str(each["name"]), each["country"], str(each["town"]), float(each["latitude"]),
            float(each["longitude"]), each["kind"], tuple(each.get("languages") or ()), each.get("hours"),
            each.get("telephone"), each["document"], _date(each.get("confirmed")),
        )
        for name, each in values["services"].items()
    }


def _first(found: Iterator[dict[str, Service]]) -> dict[str, Service]:
    """The directory; nothing where a library was published before there was one."""
    return next(found, {})


def _menu(values: Mapping[str, Any]) -> tuple[MenuSection, ...]:
    return tuple(MenuSection(each["key"], tuple(each["topics"])) for each in values["menu"])
