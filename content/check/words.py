"""Rules of words/: a command word means one thing."""

from __future__ import annotations

from collections.abc import Iterator

from content.check.folding import fold
from content.check.rule import N_, Checked, Finding, at, rule
from content.languages import conversation_locales
from content.models import SOURCE_LOCALE

COMMANDS = (
    "stop", "start", "help", "forget", "export", "menu", "more", "unhelpful", "language", "country", "french",
)


def _file(locale: str) -> str:
    return f"words/{locale}.yml"


@rule(
    "words.two_commands",
    N_("« {word} » commande déjà {other} ({other_locale})."),
    N_("Gardez ce mot pour une seule commande, dans toutes les langues."),
)
def two_commands(checked: Checked) -> Iterator[Finding]:
    """A word means one command, in whatever language: a message of one word does not say which."""
    first: dict[str, tuple[str, str]] = {}
    for locale, words in checked.library.words.items():
        for command, entries in words.commands.items():
            for word in entries:
                other, other_locale = first.setdefault(fold(word), (command, locale))
                if other != command:
                    yield at(_file(locale), command, locale, word=word, other=other, other_locale=other_locale)


@rule(
    "words.language_name",
    N_("« {word} », nom de la langue {language}, est aussi un mot de la commande {command} ({locale})."),
    N_("Retirez ce mot d'un des deux endroits."),
)
def language_name(checked: Checked) -> Iterator[Finding]:
    """A language's name is no command word: by it the language is changed."""
    commands = {
        fold(word): (command, locale)
        for locale, words in checked.library.words.items()
        for command, entries in words.commands.items() if command != "french"
        for word in entries
    }
    for locale, words in checked.library.words.items():
        for word in words.language_names:
            if fold(word) in commands:
                command, where = commands[fold(word)]
                yield at(_file(locale), "language_names", locale, word=word, language=locale, command=command,
                         locale=where)


@rule(
    "words.two_languages",
    N_("« {word} » nomme aussi la langue {other}."),
    N_("Gardez ce nom pour une seule langue."),
)
def two_languages(checked: Checked) -> Iterator[Finding]:
    """A name means one language."""
    first: dict[str, str] = {}
    for locale, words in checked.library.words.items():
        for word in words.language_names:
            other = first.setdefault(fold(word), locale)
            if other != locale:
                yield at(_file(locale), "language_names", locale, word=word, other=other)


@rule(
    "words.french",
    N_("Cette commande n'a aucun mot en français."),
    N_("Ajoutez au moins un mot."),
)
def french(checked: Checked) -> Iterator[Finding]:
    """Every command can be written in French."""
    words = checked.library.words.get(SOURCE_LOCALE)
    for command in COMMANDS:
        if words is None or not any(word.strip() for word in words.commands.get(command, ())):
            yield at(_file(SOURCE_LOCALE), command, SOURCE_LOCALE)


@rule(
    "words.opt_out",
    N_("Cette langue n'a aucun mot pour « {command} »."),
    N_("Ajoutez au moins un mot : chacun doit pouvoir arrêter les messages, et les reprendre, dans sa langue."),
)
def opt_out(checked: Checked) -> Iterator[Finding]:
    """A language of the conversation has words to stop and to start again."""
    for locale in conversation_locales(checked.library):
        words = checked.library.words.get(locale)
        for command in ("stop", "start"):
            if words is None or not any(word.strip() for word in words.commands.get(command, ())):
                yield at(_file(locale), command, locale, command=command)


@rule(
    "words.unknown",
    N_("Cette commande n'existe pas."),
    N_("Corrigez son nom. Connues : {known}."),
)
def unknown(checked: Checked) -> Iterator[Finding]:
    """Words stand only under commands that the conversation knows."""
    for locale, words in checked.library.words.items():
        for command in words.commands:
            if command not in COMMANDS:
                yield at(_file(locale), command, locale, known=", ".join(COMMANDS))
