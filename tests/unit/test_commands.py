"""Command words, digits and language names: heard before any model."""

from __future__ import annotations

import pytest

from bot.dialogue.commands import Command, CommandWords
from bot.dialogue.steps import read_command, read_payload
from content.languages import conversation_locales
from content.models import Library


@pytest.fixture(scope="module")
def words(library: Library) -> CommandWords:
    return CommandWords(library)


@pytest.mark.parametrize(
    "text",
    ["STOP", "stop", "Stop.", " stop ! ", "ARRÊT", "arret", "Arrêt.", "ARRE\u0302T", "stop\u200f", "STOPALL", "/stop",
     "/stop@sahan_bot", "unsubscribe", "وقف", "توقف", "إلغاء", "الغاء الاشتراك", "jooji", "JOOJI!", "iga jooji",
     "taxawal", "Bàyyil"],
)
def test_stop_is_heard_however_it_is_written(words: CommandWords, text: str) -> None:
    assert words.command(text) is Command.STOP


def test_every_language_has_its_words_to_stop_and_to_start_again(words: CommandWords, library: Library) -> None:
    """As somebody in a hurry writes them: capitals, no accents, signs before and after."""
    for locale in conversation_locales(library):
        for name, command in (("stop", Command.STOP), ("start", Command.START)):
            entries = library.words[locale].commands[name]
            assert entries, locale
            for entry in entries:
                for written in (entry, entry.upper(), f"  {entry.title()} !!! ", f"«{entry}»."):
                    assert words.command(written) is command, (locale, written)


@pytest.mark.parametrize("text", ["STOP STOP", "stop, stop, STOP!!!", "ARRÊT arret"])
def test_stop_may_be_said_more_than_once(words: CommandWords, text: str) -> None:
    assert words.command(text) is Command.STOP


@pytest.mark.parametrize("text", ["aide aide aide", "help help", "stop help", "menu menu"])
def test_no_other_word_is_a_command_when_it_is_repeated(words: CommandWords, text: str) -> None:
    assert words.command(text) is None


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("AIDE", Command.HELP), ("help", Command.HELP), ("?", Command.HELP), ("مساعدة", Command.HELP),
        ("caawimo", Command.HELP), ("ndimbal", Command.HELP), ("/help", Command.HELP),
        ("START", Command.START), ("bilow", Command.START), ("ابدأ", Command.START), ("tàmbali", Command.START),
        ("effacer", Command.FORGET), ("احذف بياناتي", Command.FORGET), ("tirtir", Command.FORGET),
        ("delete my data", Command.FORGET), ("far lepp", Command.FORGET), ("/effacer", Command.FORGET),
        ("Mes données", Command.EXPORT), ("MY DATA", Command.EXPORT), ("بياناتي", Command.EXPORT),
        ("/donnees", Command.EXPORT),
        ("Menu", Command.MENU), ("#", Command.MENU), ("*", Command.MENU), ("القائمة", Command.MENU),
        ("SUITE", Command.MORE), ("la suite", Command.MORE), ("المزيد", Command.MORE),
        ("sii wad", Command.MORE), ("yokk", Command.MORE), ("more", Command.MORE),
        ("NON", Command.UNHELPFUL), ("لا", Command.UNHELPFUL), ("maya", Command.UNHELPFUL),
        ("déedéet", Command.UNHELPFUL), ("Langue", Command.LANGUAGE), ("luqad", Command.LANGUAGE),
        ("PAYS", Command.COUNTRY), ("réew", Command.COUNTRY), ("FR", Command.FRENCH),
    ],
)
def test_each_command_is_heard_in_every_language(words: CommandWords, text: str, command: Command) -> None:
    assert words.command(text) is command


@pytest.mark.parametrize("text", ["/start", "/START", "/start source42", "/start@sahan_bot"])
def test_telegram_starts_with_or_without_a_parameter(words: CommandWords, text: str) -> None:
    assert words.command(text) is Command.START


@pytest.mark.parametrize(
    "text",
    ["je veux arrêter de payer le passeur", "stop au passeur qui veut mon argent", "/inconnu",
     "aide moi à rentrer chez moi", "il y a une suite au programme ?", "", "bonjour", "le pays où je suis né"],
)
def test_a_sentence_is_no_command(words: CommandWords, text: str) -> None:
    assert words.command(text) is None


def test_every_locale_of_the_library_has_its_own_stop_help_and_menu(library: Library, words: CommandWords) -> None:
    for locale in conversation_locales(library):
        commands = library.words[locale].commands
        for name in ("stop", "start", "help", "forget", "export", "menu"):
            assert commands.get(name), (locale, name)
            assert all(words.command(entry) is Command(name) for entry in commands[name]), (locale, name)


def test_no_word_of_one_language_is_another_command_in_another(library: Library, words: CommandWords) -> None:
    for locale, entries in library.words.items():
        for name, ways in entries.commands.items():
            for way in ways:
                if words.number(way) != 0:
                    assert words.command(way) is Command(name), (locale, way)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1", 1), ("1.", 1), ("1)", 1), (" 2 ", 2), ("#3", 3), ("(4)", 4), ("*5*", 5), ("12", 12), ("0", 0), ("007", 7),
        ("٣", 3), ("١٢", 12), ("۴", 4), ("፫", 3), ("3️⃣", 3), ("２", 2),
    ],
)
def test_digits_of_every_script_are_numbers(words: CommandWords, text: str, number: int) -> None:
    assert words.number(text) == number


@pytest.mark.parametrize("text", ["", "un", "1 2", "1234", "1a", "le 2", "2 fois", "-", "½", "+221770000000"])
def test_what_is_not_as_a_whole_a_short_number_is_none(words: CommandWords, text: str) -> None:
    assert words.number(text) is None


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Français", "fr"), ("francais", "fr"), ("English", "en"), ("العربية", "ar"), ("عربي", "ar"), ("arabe", "ar"),
        ("Soomaali", "so"), ("af soomaali", "so"), ("somali", "so"), ("wolof", "wo"), ("አማርኛ", "am"), ("Amharic", "am"),
        ("Bamanankan", "bm"), ("Afaan Oromoo", "om"), ("Pulaar", "ff"), ("ትግርኛ", "ti"), ("Qafar af", "aa"),
    ],
)
def test_a_language_is_chosen_by_its_name(words: CommandWords, text: str, language: str) -> None:
    assert words.language(text) == language


def test_a_command_word_tells_the_language_only_where_one_language_writes_it(words: CommandWords) -> None:
    assert words.locale("jooji") == "so"
    assert words.locale("وقف") == "ar"
    assert words.locale("taxawal") == "wo"
    assert words.locale("arrêt") == "fr"
    assert words.locale("stop") is None  # French and English
    assert words.locale("/stop") is None


def test_a_message_is_read_as_a_number_a_command_a_language_or_a_place(words: CommandWords) -> None:
    assert read_command(words, "2)", None) == ("choose_option", {"number": 2})
    assert read_command(words, "SUITE", None) == ("ask_more", {})
    assert read_command(words, "wolof", None) == ("choose_language", {"language": "wo"})
    assert read_command(words, "à Obock", "DJ") == ("say_place", {"country": "DJ"})
    assert read_command(words, "je suis à Gao et je veux rentrer", "ML") is None
    assert read_command(words, "comment rentrer", None) is None


@pytest.mark.parametrize("payload", ["/choose_topic{", "/choose_topic{]", "/nothing", "", "/", "choose", "/restart",
                                     "/choose_topic{\"topic\":1}x"])
def test_a_payload_that_is_not_ours_is_none(payload: str) -> None:
    assert read_payload(payload) is None


def test_a_payload_of_ours_is_a_step() -> None:
    step = read_payload('/choose_topic{"topic":"return.what"}')
    assert step is not None
    assert (step.intent, step.entities) == ("choose_topic", {"topic": "return.what"})


@pytest.mark.parametrize("payload", ["/choose_topic[1]", '/choose_topic"x"', "/choose_topic{}5"])
def test_a_payload_with_no_mapping_is_none(payload: str) -> None:
    assert read_payload(payload) is None
