"""Rules of documents/: who said it is named, and nothing stands there that must not reach a reader."""

from __future__ import annotations

import re
from collections.abc import Iterator

from content.check.figures import e_mail_addresses, telephone_numbers
from content.check.rule import N_, Checked, Finding, at, document_file, listed, rule
from content.models import Document
from content.segments import is_gsm_7, septets

CITE_LENGTH = 22
FACT_LENGTH = 600
KINDS = frozenset({"official", "press", "reference", "ngo"})
CONTACTS = frozenset({"none", "press", "office", "helpline"})
PUBLIC = frozenset({"office", "helpline"})
_COUNTRY = re.compile(r"[A-Z]{2}")
_MONTH_READ = re.compile(r"\d{4}-(?:0[1-9]|1[0-2])")


def _facts(checked: Checked) -> Iterator[tuple[Document, str, str]]:
    for document in checked.library.documents.values():
        for key, fact in document.facts.items():
            yield document, key, fact


@rule(
    "documents.cite",
    N_("« cite » ({cite}) a {length} caractères ; un SMS en laisse {limit}."),
    N_("Abrégez le nom de la source à {limit} caractères au plus."),
)
def cite_length(checked: Checked) -> Iterator[Finding]:
    """The short name of a source fits the end of an SMS."""
    for document in checked.library.documents.values():
        if septets(document.cite) > CITE_LENGTH:
            yield at(document_file(document.id), document.id, cite=document.cite,
                     length=str(septets(document.cite)), limit=str(CITE_LENGTH))


@rule(
    "documents.cite_gsm_7",
    N_("« cite » ({cite}) a des lettres hors de l'alphabet GSM-7 : {letters}. Tout le SMS coûterait plus cher."),
    N_("Écrivez le nom de la source sans ces lettres."),
)
def cite_gsm_7(checked: Checked) -> Iterator[Finding]:
    """The short name of a source does not force an SMS into UCS-2."""
    for document in checked.library.documents.values():
        letters = {each for each in document.cite if not is_gsm_7(each)}
        if letters:
            yield at(document_file(document.id), document.id, cite=document.cite, letters=listed(letters))


@rule(
    "documents.named",
    N_("« {field} » est vide : on ne sait pas d'où vient l'information."),
    N_("Remplissez « {field} » d'après la source."),
)
def named(checked: Checked) -> Iterator[Finding]:
    """A source says who published it, what and where."""
    for document in checked.library.documents.values():
        for field in ("publisher", "cite", "title", "reference"):
            if not str(getattr(document, field) or "").strip():
                yield at(document_file(document.id), document.id, field=field)


@rule(
    "documents.read",
    N_("« read » ({read}) n'est pas un mois."),
    N_("Écrivez l'année et le mois de lecture, par exemple 2026-11."),
)
def read_month(checked: Checked) -> Iterator[Finding]:
    """Answers say of an undated source when it was read."""
    for document in checked.library.documents.values():
        if not _MONTH_READ.fullmatch(document.read):
            yield at(document_file(document.id), document.id, read=document.read)


@rule(
    "documents.kind",
    N_("« kind » ({kind}) n'est pas une sorte de source connue."),
    N_("Écrivez l'une de celles-ci : {known}."),
)
def kind(checked: Checked) -> Iterator[Finding]:
    """Staff see at once how far a source can be trusted."""
    for document in checked.library.documents.values():
        if document.kind not in KINDS:
            yield at(document_file(document.id), document.id, kind=str(document.kind), known=listed([*KINDS]))


@rule(
    "documents.contacts",
    N_("« contacts » ({contacts}) n'est pas une valeur connue."),
    N_("Écrivez l'une de celles-ci : {known}."),
)
def contacts(checked: Checked) -> Iterator[Finding]:
    """What contact details a source holds is said, so that those of the press are never given."""
    for document in checked.library.documents.values():
        if document.contacts not in CONTACTS:
            yield at(document_file(document.id), document.id, contacts=str(document.contacts),
                     known=listed([*CONTACTS]))


@rule(
    "documents.country",
    N_("« country » ({country}) n'est pas un code de pays."),
    N_("Écrivez le code ISO en deux capitales, par exemple ML, ou null."),
)
def country(checked: Checked) -> Iterator[Finding]:
    """A source's country is an ISO 3166 code, also of a country that no answer depends on."""
    for document in checked.library.documents.values():
        if document.country is not None and not _COUNTRY.fullmatch(str(document.country)):
            yield at(document_file(document.id), document.id, country=str(document.country))


@rule(
    "documents.superseded_by",
    N_("Le document {other}, qui devrait remplacer celui-ci, n'existe pas."),
    N_("Corrigez l'identifiant dans « superseded_by », ou ajoutez ce document."),
)
def superseded_by(checked: Checked) -> Iterator[Finding]:
    """The source that overrules this one is in the library, and is another one."""
    for document in checked.library.documents.values():
        other = document.superseded_by
        if other is not None and (other not in checked.library.documents or other == document.id):
            yield at(document_file(document.id), document.id, other=other)


@rule(
    "documents.facts",
    N_("Ce document n'a aucun fait, ou son fait « {fact} » est vide."),
    N_("Écrivez en une ou deux phrases ce que dit la source, ou retirez le document."),
)
def facts(checked: Checked) -> Iterator[Finding]:
    """A source is there for what it says."""
    for document in checked.library.documents.values():
        if not document.facts:
            yield at(document_file(document.id), document.id, fact="")
    for document, key, fact in _facts(checked):
        if not fact.strip():
            yield at(document_file(document.id), document.id, fact=key)


@rule(
    "documents.full_text",
    N_("Le fait « {fact} » a {length} caractères : cela ressemble au texte de la source."),
    N_("Dites-le avec vos mots en une ou deux phrases ({limit} caractères au plus), ou en plusieurs faits."),
)
def full_text(checked: Checked) -> Iterator[Finding]:
    """Facts are in our words, not the source's text."""
    for document, key, fact in _facts(checked):
        if len(fact) > FACT_LENGTH:
            yield at(document_file(document.id), document.id, fact=key, length=str(len(fact)), limit=str(FACT_LENGTH))


@rule(
    "documents.e_mail",
    N_("Le fait « {fact} » contient une adresse électronique : {found}."),
    N_("Retirez l'adresse ; dites seulement quel service la source nomme."),
)
def e_mail(checked: Checked) -> Iterator[Finding]:
    """No e-mail address is kept."""
    for document, key, fact in _facts(checked):
        for found in e_mail_addresses(fact):
            yield at(document_file(document.id), document.id, fact=key, found=found)


@rule(
    "documents.telephone",
    N_("Le fait « {fact} » contient un numéro de téléphone ({found}), alors que « contacts » dit : {contacts}."),
    N_("Retirez le numéro ; s'il est celui d'un bureau ou d'une ligne d'aide ouverts à tous, corrigez « contacts »."),
)
def telephone(checked: Checked) -> Iterator[Finding]:
    """A telephone number is kept only where the source gives it to the public."""
    for document, key, fact in _facts(checked):
        if document.contacts not in PUBLIC and document.contacts != "press":
            for found in telephone_numbers(fact, 7):
                yield at(document_file(document.id), document.id, fact=key, found=found, contacts=document.contacts)


@rule(
    "documents.press_contact",
    N_("Le fait « {fact} » contient un numéro ({found}) d'une source dont les contacts sont ceux de la presse."),
    N_("Retirez le numéro : un contact de presse n'est jamais donné à un migrant."),
)
def press_contact(checked: Checked) -> Iterator[Finding]:
    """A press contact is never kept: it is no help line."""
    for document, key, fact in _facts(checked):
        if document.contacts == "press":
            for found in telephone_numbers(fact, 7):
                yield at(document_file(document.id), document.id, fact=key, found=found)
