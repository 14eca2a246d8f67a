"""Rules of texts/: every answer exists, and fits the phone that it goes to."""

from __future__ import annotations

from collections.abc import Iterator

from content.check.messages import TITLE_LENGTH, TITLE_LENGTH_ELSE
from content.check.rule import N_, Checked, Finding, Place, at, listed, rule, text_file
from content.check.topics import rests_on
from content.models import OUT_OF_SCOPE, SOURCE_LOCALE
from content.segments import Encoding, is_gsm_7, segment, septets

LONG_LENGTH = 1300
SEGMENTS = 2
SEGMENTS_ELSE = 3
_SURELY_FITS = SEGMENTS * 153 - 1
"""Septets that fit however a text is split; splitting letter by letter is slow and need not be tried."""


@rule(
    "texts.missing",
    N_("Ce sujet n'a pas de réponse en français."),
    N_("Écrivez-la : titre, sms, long."),
)
def missing(checked: Checked) -> Iterator[Finding]:
    """French, which every other language falls back on, is complete."""
    for topic in checked.library.topics.values():
        if topic.id != OUT_OF_SCOPE and checked.library.text(topic.id, SOURCE_LOCALE) is None:
            yield at(f"texts/{SOURCE_LOCALE}/{topic.group}.yml", topic.id, SOURCE_LOCALE)


@rule(
    "texts.unknown_topic",
    N_("Aucun sujet ne porte ce nom : personne ne recevra ce texte."),
    N_("Corrigez le nom, ou ajoutez le sujet dans topics/."),
)
def unknown_topic(checked: Checked) -> Iterator[Finding]:
    """Every text answers a topic."""
    for texts in checked.library.texts.values():
        for text in texts.values():
            if text.topic not in checked.library.topics:
                yield at(text_file(text), text.topic, text.locale)


@rule(
    "texts.empty",
    N_("« {field} » est vide."),
    N_("Écrivez le texte, ou retirez l'entrée : le français est alors donné à sa place."),
)
def empty(checked: Checked) -> Iterator[Finding]:
    """No answer is empty."""
    for place in checked.places:
        for field in ("sms", "long"):
            if not getattr(place.form, field):
                yield place.finding(field)
        if not place.country and not place.text.title:
            yield place.finding("title")


@rule(
    "texts.countries",
    N_("Les pays du texte français ({found}) ne sont pas ceux du sujet ({expected})."),
    N_("Écrivez une réponse pour chaque pays du sujet, et pour aucun autre ; ou corrigez « countries » du sujet."),
)
def countries(checked: Checked) -> Iterator[Finding]:
    """Where an answer depends on the country, each has its own."""
    for text in checked.library.texts.get(SOURCE_LOCALE, {}).values():
        topic = checked.library.topics.get(text.topic)
        if topic is not None and set(text.countries) != set(topic.countries):
            yield at(text_file(text), text.topic, text.locale,
                     found=listed([*text.countries]) or "-", expected=listed(topic.countries) or "-")


@rule(
    "texts.cite",
    N_("« {field} » cite {document}, qui n'existe pas ou dont aucun fait n'est dans les « facts » du sujet."),
    N_("Ajoutez aux « facts » du sujet le fait qui fonde la réponse, ou citez une autre source."),
)
def cite(checked: Checked) -> Iterator[Finding]:
    """A country's answer names only sources that it rests on."""
    for place in checked.places:
        topic = checked.library.topics.get(place.text.topic)
        for document in place.form.cite or ():
            if topic and (document not in checked.library.documents or not rests_on(topic.facts, document)):
                yield place.finding("cite", document=document)


@rule(
    "texts.superseded",
    N_("« {field} » cite {document}, que {other} remplace."),
    N_("Citez {other} et relisez la réponse."),
)
def superseded(checked: Checked) -> Iterator[Finding]:
    """A country's answer does not name a source that another one overrules."""
    for place in checked.places:
        for each in place.form.cite or ():
            document = checked.library.documents.get(each)
            if document is not None and document.superseded_by:
                yield place.finding("cite", document=each, other=document.superseded_by)


@rule(
    "texts.gsm_7",
    N_("« {field} » a des lettres hors de l'alphabet GSM-7 : {letters}. Le SMS coûterait plus du double."),
    N_("Remplacez-les : « é è ù à ì ò Ç Ä Ö Ñ Ü ä ö ñ ü É » sont permis, pas « ê ç â î ô û œ ’ … »."),
)
def gsm_7(checked: Checked) -> Iterator[Finding]:
    """SMS texts and titles in Latin letters keep to the alphabet in which a segment holds most."""
    for place in checked.places:
        if checked.is_latin(place.text.locale):
            title = () if place.country else (("title", place.text.title),)
            for field, written in (("sms", place.form.sms), *title):
                letters = _other_letters(written)
                if letters:
                    yield place.finding(field, letters=" ".join(sorted(letters)))


@rule(
    "texts.segments",
    N_("« {field} » et sa source font {segments} SMS (« ... {source} ») ; {limit} au plus."),
    N_("Raccourcissez d'environ {excess} caractères : ce qu'il faut faire d'abord doit rester."),
)
def segments(checked: Checked) -> Iterator[Finding]:
    """An answer and its source travel in two segments, three where the script needs UCS-2."""
    for place in checked.places:
        latin = checked.is_latin(place.text.locale)
        limit = SEGMENTS if latin else SEGMENTS_ELSE
        source = sms_source(checked, place)
        written = place.form.sms + source
        if septets(written) <= _SURELY_FITS and not _other_letters(written):
            continue
        travels = segment(written)
        if travels.segments > limit:
            size = 153 if travels.encoding is Encoding.GSM_7 else 67
            excess = (travels.segments - limit) * size - travels.remaining
            yield place.finding("sms", segments=str(travels.segments), limit=str(limit), source=source.strip(),
                                excess=str(max(1, excess)))


@rule(
    "texts.title",
    N_("Le titre « {title} » a {length} caractères ; {limit} au plus."),
    N_("Raccourcissez-le : c'est une ligne du menu et un bouton."),
)
def title(checked: Checked) -> Iterator[Finding]:
    """A title fits a line of the menu and a button."""
    for texts in checked.library.texts.values():
        for text in texts.values():
            limit = TITLE_LENGTH if checked.is_latin(text.locale) else TITLE_LENGTH_ELSE
            if len(text.title) > limit:
                yield at(text_file(text), text.topic, text.locale,
                         title=text.title, length=str(len(text.title)), limit=str(limit))


@rule(
    "texts.length",
    N_("« {field} » a {length} caractères ; {limit} au plus."),
    N_("Raccourcissez : un petit écran ne montre que le début."),
)
def length(checked: Checked) -> Iterator[Finding]:
    """A long text can be read on a small screen."""
    for place in checked.places:
        if len(place.form.long) > LONG_LENGTH:
            yield place.finding("long", length=str(len(place.form.long)), limit=str(LONG_LENGTH))


def sms_source(checked: Checked, place: Place) -> str:
    """The source as the end of the SMS names it: the first that is cited, " (OIM Mali 09/2022)"."""
    for each in checked.cited(place)[:1]:
        document = checked.library.documents.get(each)
        if document is None:
            return ""
        dated = f"{document.dated:%m/%Y}" if document.dated else _undated(checked, document.read, place.text.locale)
        return f" ({document.cite} {dated})"
    return ""


def _other_letters(text: str) -> set[str]:
    return {each for each in set(text) if not is_gsm_7(each)}


def _undated(checked: Checked, read: str, locale: str) -> str:
    for candidate in (locale, SOURCE_LOCALE):
        message = checked.library.messages.get(candidate, {}).get("undated")
        if message is not None:
            return message.sms.replace("{month}", "/".join(reversed(read.split("-"))))
    return ""
