"""Which language an answer can be given in, and how a text is written on a phone pad."""

from __future__ import annotations

from content.models import SOURCE_LOCALE, Library, MessageText, Text


def message(library: Library, key: str, locale: str) -> MessageText:
    """A short message in ``locale``, in French where it is missing. Raises KeyError for an unknown key."""
    found = library.messages.get(locale, {}).get(key)
    return found if found is not None else library.messages[SOURCE_LOCALE][key]


def conversation_locales(library: Library) -> list[str]:
    """Languages in which the conversation can be held, in the order of languages.yml."""
    return [code for code in library.languages if code in library.messages]


def best_text(library: Library, topic: str, locale: str) -> Text | None:
    """The answer in ``locale``, else in French, else None (a topic that only phrases know)."""
    return library.text(topic, locale) or library.text(topic, SOURCE_LOCALE)


def phone_spelling(library: Library, text: str, locale: str) -> str:
    """``text`` as people of this language write it on a phone pad, letter by letter (languages.yml).

    Used only for long texts that a person asks for over SMS; the SMS form of an answer is written by people.
    """
    language = library.languages.get(locale)
    if language is None:
        return text
    for letter, written in language.phone_spelling.items():
        text = text.replace(letter, written)
    return text
