"""Rules of menu.yml, countries.yml and languages.yml: what they name exists."""

from __future__ import annotations

from collections.abc import Iterator

from content.check.rule import N_, Checked, Finding, at, listed, rule
from content.models import SOURCE_LOCALE
from content.segments import is_gsm_7

DIRECTIONS = frozenset({"ltr", "rtl"})
LEVELS = frozenset({"complete", "core", "recognised"})
_MENU, _COUNTRIES, _LANGUAGES = "menu.yml", "countries.yml", "languages.yml"


@rule(
    "menu.topics",
    N_("Le menu mène au sujet {topic}, qui n'existe pas."),
    N_("Corrigez-le d'après topics/, ou retirez-le du menu."),
)
def menu_topics(checked: Checked) -> Iterator[Finding]:
    """Every line of the menu leads to an answer."""
    for section in checked.library.menu:
        for topic in section.topics:
            if topic not in checked.library.topics:
                yield at(_MENU, section.key, topic=topic)


@rule(
    "menu.twice",
    N_("Le sujet {topic} est deux fois dans le menu."),
    N_("Gardez-le dans une seule rubrique."),
)
def menu_twice(checked: Checked) -> Iterator[Finding]:
    """A topic stands in one place of the menu."""
    seen: set[str] = set()
    for section in checked.library.menu:
        for topic in section.topics:
            if topic in seen:
                yield at(_MENU, section.key, topic=topic)
            seen.add(topic)


@rule(
    "menu.key",
    N_("La rubrique n'a pas de titre : ce message n'existe pas en français."),
    N_("Ajoutez-le à messages/fr.yml, ou corrigez « key »."),
)
def menu_key(checked: Checked) -> Iterator[Finding]:
    """Every section of the menu has a title."""
    for section in checked.library.menu:
        if section.key not in checked.library.messages.get(SOURCE_LOCALE, {}):
            yield at(_MENU, section.key, SOURCE_LOCALE)


@rule(
    "countries.names",
    N_("Ce pays n'a pas de nom en français."),
    N_("Ajoutez « fr » à « names »."),
)
def country_names(checked: Checked) -> Iterator[Finding]:
    """A country can be named in French, which every other language falls back on."""
    for country in checked.library.countries.values():
        if not str(country.names.get(SOURCE_LOCALE) or "").strip():
            yield at(_COUNTRIES, country.code, SOURCE_LOCALE)


@rule(
    "countries.prefixes",
    N_("L'indicatif « {prefix} » n'est pas fait de chiffres seuls, ou est aussi celui d'un autre pays."),
    N_("Écrivez l'indicatif sans « + », un pays par indicatif."),
)
def country_prefixes(checked: Checked) -> Iterator[Finding]:
    """A telephone prefix means one country."""
    first: dict[str, str] = {}
    for country in checked.library.countries.values():
        for prefix in country.prefixes:
            digits = prefix.isascii() and prefix.isdecimal()
            if not digits or first.setdefault(prefix, country.code) != country.code:
                yield at(_COUNTRIES, country.code, prefix=prefix)


@rule(
    "languages.unknown",
    N_("Cette langue n'est pas dans languages.yml."),
    N_("Ajoutez-la à languages.yml, ou corrigez le nom du dossier et « locale »."),
)
def unknown_language(checked: Checked) -> Iterator[Finding]:
    """Whatever is written is in a language that the library declares."""
    library = checked.library
    found = {
        "texts/{}/": set(library.texts), "messages/{}.yml": set(library.messages), "words/{}.yml": set(library.words),
        "phrases/{}/": {each.locale for each in library.phrases},
    }
    for file, locales in found.items():
        for locale in locales - library.languages.keys():
            yield at(file.format(locale), locale, locale)


@rule(
    "languages.source",
    N_("Le français, dont toutes les autres langues dépendent, manque."),
    N_("Ajoutez « fr »."),
)
def source_language(checked: Checked) -> Iterator[Finding]:
    """French is among the languages."""
    if SOURCE_LOCALE not in checked.library.languages:
        yield at(_LANGUAGES, SOURCE_LOCALE, SOURCE_LOCALE)


@rule(
    "languages.values",
    N_("« {field} » ({value}) n'est pas une valeur connue."),
    N_("Écrivez l'une de celles-ci : {known}."),
)
def language_values(checked: Checked) -> Iterator[Finding]:
    """A language's direction and level are known ones."""
    for language in checked.library.languages.values():
        for field, known in (("direction", DIRECTIONS), ("level", LEVELS)):
            value = getattr(language, field)
            if value not in known:
                yield at(_LANGUAGES, language.code, language.code, field=field, value=str(value),
                         known=listed([*known]))


@rule(
    "languages.sms_name",
    N_("« sms_name » ({name}) a des lettres hors de l'alphabet GSM-7 : {letters}."),
    N_("Écrivez le nom de la langue avec des lettres que tout SMS porte."),
)
def sms_name(checked: Checked) -> Iterator[Finding]:
    """The list of languages can be sent as a plain SMS."""
    for language in checked.library.languages.values():
        letters = {each for each in language.sms_name if not is_gsm_7(each)}
        if letters:
            yield at(_LANGUAGES, language.code, language.code, name=language.sms_name,
                     letters=" ".join(sorted(letters)))
