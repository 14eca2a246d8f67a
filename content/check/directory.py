"""Rules of directory.yml: an office is there because a source names it, and nothing of it is invented."""

from __future__ import annotations

from collections.abc import Iterator

from content.check.documents import PUBLIC
from content.check.figures import telephone_numbers
from content.check.folding import fold
from content.check.rule import N_, Checked, Finding, at, listed, rule
from content.countries import country_of_position

KINDS = frozenset({"return", "orientation", "asylum", "women", "children", "reintegration"})
_FILE = "directory.yml"


@rule(
    "directory.document",
    N_("Aucun fait du document {document} ne nomme {town}, ou ce document manque ou est remplacé."),
    N_("Citez dans « document » une source de documents/ qui nomme ce bureau et sa ville, ou retirez l'entrée."),
)
def document(checked: Checked) -> Iterator[Finding]:
    """An office is listed only where a source of the library names its town."""
    for service in checked.library.directory.values():
        source = checked.library.documents.get(service.document)
        facts = " ".join(source.facts.values()) if source is not None and source.superseded_by is None else ""
        if not service.town or fold(service.town) not in fold(facts):
            yield at(_FILE, service.id, document=service.document, town=service.town)


@rule(
    "directory.place",
    N_("La position {latitude}, {longitude} n'est pas dans le pays {country}."),
    N_("Donnez la latitude et la longitude de la ville, en degrés, et le code d'un pays de countries.yml."),
)
def place(checked: Checked) -> Iterator[Finding]:
    """An office lies in its country."""
    for service in checked.library.directory.values():
        if country_of_position(checked.library, service.latitude, service.longitude) != service.country:
            yield at(_FILE, service.id, latitude=str(service.latitude), longitude=str(service.longitude),
                     country=service.country)


@rule(
    "directory.values",
    N_("« {field} » ({value}) n'est pas une valeur connue."),
    N_("Écrivez l'une de celles-ci : {known}."),
)
def values(checked: Checked) -> Iterator[Finding]:
    """What an office does, and in which languages, is told in known words; and it has a name."""
    known_languages = checked.library.languages
    for service in checked.library.directory.values():
        if service.kind not in KINDS:
            yield at(_FILE, service.id, field="kind", value=service.kind, known=listed(KINDS))
        for language in service.languages:
            if language not in known_languages:
                yield at(_FILE, service.id, field="languages", value=language, known=listed(known_languages))
        if not service.name.strip():
            yield at(_FILE, service.id, field="name", value="", known="-")


@rule(
    "directory.telephone",
    N_("Le numéro {telephone} n'est pas donné au public par le document {document}."),
    N_("Retirez le numéro, ou citez une source (contacts: office ou helpline) dont un fait le donne."),
)
def telephone(checked: Checked) -> Iterator[Finding]:
    """A number is given only where the source gives it to everybody."""
    for service in checked.library.directory.values():
        source = checked.library.documents.get(service.document)
        if service.telephone is None:
            continue
        facts = " ".join(source.facts.values()) if source is not None and source.contacts in PUBLIC else ""
        given = {_digits(each) for each in telephone_numbers(facts, 2)}
        if _digits(service.telephone) not in given:
            yield at(_FILE, service.id, telephone=service.telephone, document=service.document)


def _digits(number: str) -> str:
    return "".join(each for each in number if each.isdecimal())
