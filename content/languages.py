"""Which language an answer can be given in, and how a text is written on a phone pad."""

from __future__ import annotations

from content.models import SOURCE_LOCALE, Library, MessageText, Text

ARABIC = "ar"
RECOGNISED = "recognised"


def message(library: Library, key: str, locale: str) -> MessageText:
    """A short message in ``locale``, in French where it is missing. Raises KeyError for an unknown key."""
    found = library.messages.get(locale, {}).get(key)
    return found if found is not None else library.messages[SOURCE_LOCALE][key]


def conversation_locales(library: Library) -> list[str]:
    """Languages in which the conversation can be held, in the order of languages.yml."""
    return [code for code, language in library.languages.items()
            if code in library.messages and language.level != RECOGNISED]


def addressed_locales(library: Library) -> list[str]:
    """Languages of which a person is told, in their own words, that the answer comes in another."""
    return [code for code in library.languages if code in library.messages]


def best_text(library: Library, topic: str, locale: str, *, arabic: bool = False) -> Text | None:
    """The answer in ``locale``, else in French, else None (a topic that only phrases know).

    Args:
        arabic: whether the person has used Arabic; then it stands before French.
    """
    second = library.text(topic, ARABIC) if arabic else None
    return library.text(topic, locale) or second or library.text(topic, SOURCE_LOCALE)


def title_of(library: Library, topic: str, locale: str) -> str:
    """The topic's menu line in ``locale``, in French where it has none; its id where nobody wrote any."""
    text = library.text(topic, locale)
    found = text.title if text else library.titles.get(locale, {}).get(topic)
    if found:
        return found
    source = library.text(topic, SOURCE_LOCALE)
    return source.title if source else topic


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
