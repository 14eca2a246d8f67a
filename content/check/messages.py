"""Rules of messages/: every language says the same things, in one SMS each."""

from __future__ import annotations

import re
from collections.abc import Iterator

from content.check.rule import N_, Checked, Finding, at, listed, rule
from content.languages import RECOGNISED
from content.models import SOURCE_LOCALE, MessageText
from content.segments import is_gsm_7, septets, utf_16_units

SMS_LENGTH = 160
SMS_LENGTH_ELSE = 201
TITLE_LENGTH = 28
TITLE_LENGTH_ELSE = 24
MENU_LENGTH = 22
MENU_LENGTH_ELSE = 24
ONLY_FRENCH = "only_french"
_PLACEHOLDER = re.compile(r"\{(\w*)\}")


def _messages(checked: Checked) -> Iterator[tuple[str, str, MessageText]]:
    for locale, messages in checked.library.messages.items():
        for key, message in messages.items():
            yield locale, key, message


def _file(locale: str) -> str:
    return f"messages/{locale}.yml"


@rule(
    "messages.french",
    N_("Les messages en français manquent."),
    N_("Ajoutez ce fichier : toutes les langues se règlent sur lui."),
)
def french(checked: Checked) -> Iterator[Finding]:
    """French, which every other language falls back on, has messages."""
    if not checked.library.messages.get(SOURCE_LOCALE):
        yield at(_file(SOURCE_LOCALE), "", SOURCE_LOCALE)


@rule(
    "messages.missing",
    N_("Ce message manque dans cette langue."),
    N_("Traduisez-le d'après messages/fr.yml."),
)
def missing(checked: Checked) -> Iterator[Finding]:
    """A language of the conversation has every message that French has; one only recognised has ``ONLY_FRENCH``."""
    expected = checked.library.messages.get(SOURCE_LOCALE, {})
    for locale, messages in checked.library.messages.items():
        language = checked.library.languages.get(locale)
        recognised = language is not None and language.level == RECOGNISED
        for key in ({ONLY_FRENCH} if recognised else expected.keys()) - messages.keys():
            yield at(_file(locale), key, locale)


@rule(
    "messages.unknown",
    N_("Ce message n'existe pas en français : rien ne l'utilise."),
    N_("Corrigez son nom d'après messages/fr.yml, ou retirez-le."),
)
def unknown(checked: Checked) -> Iterator[Finding]:
    """A language has no message that French has not."""
    expected = checked.library.messages.get(SOURCE_LOCALE, {})
    for locale, messages in checked.library.messages.items():
        for key in messages.keys() - expected.keys():
            yield at(_file(locale), key, locale)


@rule(
    "messages.empty",
    N_("« {field} » est vide."),
    N_("Écrivez le message."),
)
def empty(checked: Checked) -> Iterator[Finding]:
    """No message is empty."""
    for locale, key, message in _messages(checked):
        for field in ("sms", "long"):
            if not getattr(message, field):
                yield at(_file(locale), key, locale, field=field)


@rule(
    "messages.placeholders",
    N_("« {field} » n'a pas les mêmes places à remplir que le français : {found} au lieu de {expected}."),
    N_("Gardez ces mots entre accolades tels quels, sans les traduire."),
)
def placeholders(checked: Checked) -> Iterator[Finding]:
    """What the program fills in stands in every language, under its own name."""
    expected = checked.library.messages.get(SOURCE_LOCALE, {})
    for locale, key, message in _messages(checked):
        if key in expected:
            for field in ("sms", "long"):
                found = set(_PLACEHOLDER.findall(getattr(message, field)))
                wanted = set(_PLACEHOLDER.findall(getattr(expected[key], field)))
                if found != wanted:
                    yield at(_file(locale), key, locale, field=field,
                             found=listed(found) or "-", expected=listed(wanted) or "-")


@rule(
    "messages.gsm_7",
    N_("« sms » a des lettres hors de l'alphabet GSM-7 : {letters}. Le SMS coûterait plus du double."),
    N_("Remplacez-les : « é è ù à ì ò Ç Ä Ö Ñ Ü ä ö ñ ü É » sont permis, pas « ê ç â î ô û œ ’ … »."),
)
def gsm_7(checked: Checked) -> Iterator[Finding]:
    """Messages in Latin letters keep to the alphabet in which a segment holds most."""
    for locale, key, message in _messages(checked):
        letters = {each for each in message.sms if not is_gsm_7(each)}
        if letters and checked.is_latin(locale):
            yield at(_file(locale), key, locale, letters=" ".join(sorted(letters)))


@rule(
    "messages.length",
    N_("« sms » a {length} caractères ; {limit} au plus."),
    N_("Raccourcissez-le."),
)
def length(checked: Checked) -> Iterator[Finding]:
    """A message is one SMS, three segments at most where the script needs UCS-2."""
    for locale, key, message in _messages(checked):
        latin = checked.is_latin(locale)
        found = septets(message.sms) if latin else utf_16_units(message.sms)
        limit = SMS_LENGTH if latin else SMS_LENGTH_ELSE
        if found > limit:
            yield at(_file(locale), key, locale, length=str(found), limit=str(limit))


@rule(
    "messages.titles",
    N_("« {title} » ({topic}) n'est pas un titre : sujet inconnu, plus de {limit} signes, ou lettre hors de GSM-7."),
    N_("Corrigez-le d'après topics/ et texts/fr/."),
)
def titles(checked: Checked) -> Iterator[Finding]:
    """Titles of topics that have no answer in the language fit a line of the menu too."""
    for locale, found in checked.library.titles.items():
        latin = checked.is_latin(locale)
        limit = TITLE_LENGTH if latin else TITLE_LENGTH_ELSE
        for topic, title in found.items():
            letters = latin and any(not is_gsm_7(each) for each in title)
            if topic not in checked.library.topics or not 0 < len(title) <= limit or letters:
                yield at(_file(locale), topic, locale, title=title, topic=topic, limit=str(limit))


@rule(
    "messages.menu_title",
    N_("La ligne du menu « {title} » a {length} caractères ; {limit} au plus."),
    N_("Raccourcissez-la : c'est aussi un bouton."),
)
def menu_title(checked: Checked) -> Iterator[Finding]:
    """A line of the menu fits a button."""
    keys = {section.key for section in checked.library.menu}
    for locale, key, message in _messages(checked):
        limit = MENU_LENGTH if checked.is_latin(locale) else MENU_LENGTH_ELSE
        for title in dict.fromkeys((message.sms, message.long)):
            if key in keys and len(title) > limit:
                yield at(_file(locale), key, locale, title=title, length=str(len(title)), limit=str(limit))
