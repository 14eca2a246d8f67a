"""Rules of translations: who made them, from which revision of the French, and whether they still render it."""

from __future__ import annotations

from collections.abc import Iterator

from content.check.rule import N_, Checked, Finding, Place, at, listed, rule, text_file
from content.models import SOURCE_LOCALE

STATUSES = frozenset({"draft", "reviewed"})


@rule(
    "translations.source",
    N_("Cette traduction n'a pas de texte français."),
    N_("Écrivez d'abord le texte français, ou retirez la traduction."),
)
def source_exists(checked: Checked) -> Iterator[Finding]:
    """Every translation renders a French text."""
    for locale, texts in checked.library.texts.items():
        for text in texts.values():
            if locale != SOURCE_LOCALE and checked.library.text(text.topic, SOURCE_LOCALE) is None:
                yield at(text_file(text), text.topic, locale)


@rule(
    "translations.status",
    N_("« status » ({status}) n'est pas un état connu."),
    N_("Écrivez « draft » tant que personne qui parle la langue n'a relu le texte, puis « reviewed »."),
)
def status(checked: Checked) -> Iterator[Finding]:
    """Readers are told of a translation that nobody has reviewed."""
    for text, _ in checked.translations:
        if text.status not in STATUSES:
            yield at(text_file(text), text.topic, text.locale, status=str(text.status))


@rule(
    "translations.author",
    N_("« {field} » manque."),
    N_("Dites qui a traduit (« translator ») et quand (« date », par exemple 2026-11-22)."),
)
def author(checked: Checked) -> Iterator[Finding]:
    """It is known who translated and when."""
    for text, _ in checked.translations:
        for field, value in (("translator", text.translator.strip()), ("date", text.translated_on)):
            if not value:
                yield at(text_file(text), text.topic, text.locale, field=field)


@rule(
    "translations.revision",
    N_("« translates » ({translates}) n'est pas une révision du français, qui en est à {revision}."),
    N_("Écrivez le numéro de la révision française que vous avez traduite, de 1 à {revision}."),
)
def revision(checked: Checked) -> Iterator[Finding]:
    """A translation names the revision that it renders."""
    for text, source in checked.translations:
        if not _is_revision(text.translates, source.revision):
            yield at(text_file(text), text.topic, text.locale,
                     translates=str(text.translates), revision=str(source.revision))


@rule(
    "translations.stale",
    N_("Le français a changé : il en est à la révision {revision}, la traduction rend la {translates}."),
    N_("Reprenez la traduction d'après le français, puis écrivez « translates: {revision} »."),
)
def stale(checked: Checked) -> Iterator[Finding]:
    """A translation renders the French as it is now."""
    for text, source in checked.translations:
        if _is_revision(text.translates, source.revision) and text.translates != source.revision:
            yield at(text_file(text), text.topic, text.locale,
                     translates=str(text.translates), revision=str(source.revision))


@rule(
    "translations.countries",
    N_("Les pays de la traduction ne sont pas ceux du français. Manquent : {missing}. En trop : {extra}."),
    N_("Traduisez la réponse de chaque pays que le français a, et d'aucun autre."),
)
def countries(checked: Checked) -> Iterator[Finding]:
    """A translation has an answer for each country that the French has one for."""
    for text, source in checked.translations:
        missing, extra = set(source.countries) - set(text.countries), set(text.countries) - set(source.countries)
        if missing or extra:
            yield at(text_file(text), text.topic, text.locale,
                     missing=listed(missing) or "-", extra=listed(extra) or "-")


@rule(
    "translations.cite",
    N_("« {field} » ne cite pas les mêmes sources que le français ({expected})."),
    N_("Recopiez « cite » du texte français."),
)
def cite(checked: Checked) -> Iterator[Finding]:
    """A translation names the sources that the French names."""
    for text, source in checked.translations:
        for country, form in text.countries.items():
            french = source.countries.get(country)
            if french is not None and french.cite != form.cite:
                expected = "-" if french.cite is None else f"[{', '.join(french.cite)}]"
                yield Place(text, country, form).finding("cite", expected=expected)


def _is_revision(translates: object, latest: int) -> bool:
    return isinstance(translates, int) and 1 <= translates <= latest
