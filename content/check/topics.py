"""Rules of topics/: an answer rests on facts that exist, names their documents, and can be reached."""

from __future__ import annotations

from collections.abc import Iterator

from content.check.contract import CONTRACT
from content.check.rule import N_, Checked, Finding, at, listed, rule, topic_file
from content.models import OUT_OF_SCOPE, SOURCE_LOCALE

_OUTSIDE_THE_MENU = ("talk", "urgent", OUT_OF_SCOPE)


@rule(
    "topics.contract",
    N_("Ce sujet a disparu : les phrases, les essais et les mesures le connaissent sous ce nom."),
    N_("Remettez-le sous ce nom exact."),
)
def contract(checked: Checked) -> Iterator[Finding]:
    """The ids of the contract are never dropped or renamed."""
    for topic in CONTRACT:
        if topic != OUT_OF_SCOPE and topic not in checked.library.topics:
            yield at(topic_file(topic), topic)
    written = {each.topic for each in checked.library.phrases if each.locale == SOURCE_LOCALE}
    if OUT_OF_SCOPE in CONTRACT and OUT_OF_SCOPE not in written:
        yield checked.phrase_finding(OUT_OF_SCOPE, SOURCE_LOCALE)


@rule(
    "topics.facts",
    N_("Le fait {fact} n'existe pas."),
    N_("Corrigez-le (document.fait), ou ajoutez ce fait dans son document."),
)
def facts(checked: Checked) -> Iterator[Finding]:
    """Every fact that an answer rests on is in the library."""
    for topic in checked.library.topics.values():
        for fact in topic.facts:
            if checked.library.fact(fact) is None:
                yield at(topic_file(topic.id), topic.id, fact=fact)


@rule(
    "topics.cite",
    N_("La source citée {document} n'existe pas, ou aucun de ses faits n'est dans « facts »."),
    N_("Ajoutez à « facts » le fait qui fonde la réponse, ou citez une autre source."),
)
def cite(checked: Checked) -> Iterator[Finding]:
    """A source is named only where the answer rests on it."""
    for topic in checked.library.topics.values():
        for document in topic.cite:
            if document not in checked.library.documents or not rests_on(topic.facts, document):
                yield at(topic_file(topic.id), topic.id, document=document)


@rule(
    "topics.superseded",
    N_("La source citée {document} est remplacée par {other}."),
    N_("Citez {other} et relisez la réponse."),
)
def superseded(checked: Checked) -> Iterator[Finding]:
    """An answer does not name a source that another one overrules."""
    for topic in checked.library.topics.values():
        for each in topic.cite:
            document = checked.library.documents.get(each)
            if document is not None and document.superseded_by:
                yield at(topic_file(topic.id), topic.id, document=each, other=document.superseded_by)


@rule(
    "topics.related",
    N_("Le sujet voisin {other} n'existe pas, ou c'est ce sujet lui-même."),
    N_("Corrigez « related » : deux ou trois autres sujets que l'on demande ensuite."),
)
def related(checked: Checked) -> Iterator[Finding]:
    """What is offered next can be opened."""
    for topic in checked.library.topics.values():
        for other in topic.related:
            if other not in checked.library.topics or other == topic.id:
                yield at(topic_file(topic.id), topic.id, other=other)


@rule(
    "topics.countries",
    N_("Le pays {country} n'est pas dans countries.yml."),
    N_("Corrigez le code, ou ajoutez le pays. Connus : {known}."),
)
def countries(checked: Checked) -> Iterator[Finding]:
    """Answers depend only on countries that the conversation can ask for."""
    for topic in checked.library.topics.values():
        for country in topic.countries:
            if country not in checked.library.countries:
                yield at(topic_file(topic.id), topic.id, country=country, known=listed([*checked.library.countries]))


@rule(
    "topics.menu",
    N_("Aucune ligne du menu ne mène à ce sujet."),
    N_("Ajoutez-le à une rubrique de menu.yml."),
)
def menu(checked: Checked) -> Iterator[Finding]:
    """Who cannot write can reach every answer by digits or buttons."""
    reached = {topic for section in checked.library.menu for topic in section.topics}
    for topic in checked.library.topics.values():
        if topic.group not in _OUTSIDE_THE_MENU and topic.id not in reached:
            yield at(topic_file(topic.id), topic.id)


def rests_on(facts: tuple[str, ...], document: str) -> bool:
    """Whether one of the facts ("document.fact") is the document's."""
    return any(fact.partition(".")[0] == document for fact in facts)
