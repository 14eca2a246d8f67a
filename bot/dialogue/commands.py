"""Command words: what a whole message of one or two words asks for, in every language, before any model."""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum

from bot.understanding.text import bare_words, clean
from content.models import Library


class Command(StrEnum):
    """What a command word asks for."""

    STOP = "stop"
    START = "start"
    HELP = "help"
    FORGET = "forget"
    EXPORT = "export"
    MENU = "menu"
    MORE = "more"
    UNHELPFUL = "unhelpful"
    LANGUAGE = "language"
    COUNTRY = "country"
    FRENCH = "french"


ALWAYS_FIRST = frozenset({Command.STOP, Command.START, Command.HELP, Command.FORGET, Command.EXPORT})
"""Answered in the worker itself, with or without Rasa."""

_TELEGRAM = {
    "start": Command.START, "stop": Command.STOP, "aide": Command.HELP, "help": Command.HELP,
    "menu": Command.MENU, "langue": Command.LANGUAGE, "language": Command.LANGUAGE, "pays": Command.COUNTRY,
    "country": Command.COUNTRY, "effacer": Command.FORGET, "forget": Command.FORGET, "suite": Command.MORE,
    "more": Command.MORE, "donnees": Command.EXPORT, "data": Command.EXPORT,
}
_SLASH = re.compile(r"/(\w+)(?:@\w+)?(?:\s.*)?", re.DOTALL)
_NUMBER = re.compile(r"[\s#*(]*([0-9]{1,3})[\s.):*#-]*")
_KEYCAP = dict.fromkeys((0xFE0F, 0x20E3))  # what makes "3" the emoji of a key
_SYMBOLS = {"?": "help", "#": "menu", "*": "menu"}


class CommandWords:
    """Recognises command words of every language that the library has."""

    def __init__(self, library: Library) -> None:
        self._commands: dict[str, Command] = {}
        self._locales: dict[str, set[str]] = {}
        self._languages: dict[str, str] = {}
        for words in library.words.values():
            for name, entries in words.commands.items():
                for entry in entries:
                    if key := bare_words(entry):
                        self._commands.setdefault(key, Command(name))
                        self._locales.setdefault(key, set()).add(words.locale)
        for code, language in library.languages.items():
            for name in (language.name, language.sms_name):
                self._languages.setdefault(bare_words(name), code)
        for locale, words in library.words.items():
            for entry in words.language_names:
                self._languages[bare_words(entry)] = locale

    def command(self, text: str) -> Command | None:
        """The command that the whole of ``text`` is, or None. Case, accents and punctuation do not matter."""
        cleaned = clean(text)
        if slash := _SLASH.fullmatch(cleaned):
            return _TELEGRAM.get(slash.group(1).lower())
        if cleaned in _SYMBOLS:
            return Command(_SYMBOLS[cleaned])
        bare = bare_words(cleaned)
        if (command := self._commands.get(bare)) is not None:
            return command
        said = set(bare.split())  # "STOP STOP STOP" is meant, and no other word is heard so
        return Command.STOP if len(said) == 1 and self._commands.get(said.pop()) is Command.STOP else None

    def locale(self, text: str) -> str | None:
        """The language that a command word belongs to, None where several languages write it so."""
        locales = self._locales.get(bare_words(text), set())
        return next(iter(locales)) if len(locales) == 1 else None

    def language(self, text: str) -> str | None:
        """The language whose name the whole of ``text`` is, or None."""
        return self._languages.get(bare_words(text))

    @staticmethod
    def number(text: str) -> int | None:
        """The number that the whole of ``text`` is, in any script's digits, or None."""
        bare = clean(text).translate(_KEYCAP)
        digits = "".join(str(unicodedata.digit(each, each)) for each in bare)
        found = _NUMBER.fullmatch(digits)
        return int(found.group(1)) if found else None
