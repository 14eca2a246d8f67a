"""Rules of what texts say: numbers that a fact bears out, no promise, no contact that the public must not have."""

from __future__ import annotations

import re
from collections.abc import Iterator

from content.check.documents import PUBLIC
from content.check.figures import e_mail_addresses, months, numbers, telephone_numbers
from content.check.folding import fold
from content.check.rule import N_, Checked, Finding, Place, at, listed, rule
from content.models import SOURCE_LOCALE, Topic

_FORMS = ("sms", "long")

PROMISES = (
    "vous recevrez", "vous aurez droit", "vous toucherez", "vous obtiendrez", "vous serez aidé", "vous serez payé",
    "vous serez logé", "vous serez pris en charge", "l'OIM vous donnera", "l'OIM vous paiera", "on vous donnera",
    "nous vous donnerons", "nous vous aiderons", "nous vous promettons", "nous promettons", "nous vous assurons",
    "nous garantissons", "est garanti", "est garantie", "sont garantis", "sont garanties", "c'est promis",
    "c'est sûr que", "il est certain que", "sans aucun doute",
)
"""What promises, in French; a denial ("rien n'est garanti", "ce n'est pas garanti") does not."""
_PROMISE = re.compile(rf"(?<! n)(?<! ne) ({'|'.join(map(fold, PROMISES))})(?= )")


@rule(
    "texts.numbers",
    N_("« {field} » donne des nombres qu'aucun fait du sujet ne porte : {numbers}."),
    N_("Retirez-les, ou ajoutez aux « facts » du sujet le fait qui les donne."),
)
def borne_out(checked: Checked) -> Iterator[Finding]:
    """A number in an answer stands in a fact of its topic, or is the date of a document."""
    known = {topic.id: _known(checked, topic) for topic in checked.library.topics.values()}
    for place in checked.places:
        if place.text.topic not in known:
            continue
        allowed = known[place.text.topic].union(*(_dates(checked, each) for each in checked.cited(place)))
        for field in _FORMS:
            extra = numbers(getattr(place.form, field)) - allowed
            if extra:
                yield place.finding(field, numbers=listed(extra))


@rule(
    "translations.numbers",
    N_("« {field} » n'a pas les nombres du français. Manquent : {missing}. En trop : {extra}."),
    N_("Relisez la traduction : mêmes nombres, en chiffres, que le texte français."),
)
def same_numbers(checked: Checked) -> Iterator[Finding]:
    """A translation gives the numbers of the French."""
    for text, source in checked.translations:
        for place in (Place(text, "", text.form), *(Place(text, *each) for each in text.countries.items())):
            french = source.countries.get(place.country) if place.country else source.form
            if french is None:
                continue
            expected, found = numbers(french.long), numbers(place.form.long)
            missing, extra = expected - found, found - expected - months(french.long)
            if missing or extra:
                yield place.finding("long", missing=listed(missing) or "-", extra=listed(extra) or "-")


@rule(
    "texts.promise",
    N_("« {field} » promet : « {words} »."),
    N_("Dites ce que la personne peut demander, pas ce qu'elle aura : « demandez si... », « il arrive que... »."),
)
def promise(checked: Checked) -> Iterator[Finding]:
    """No answer promises anything: help is given case by case."""
    for place in checked.places:
        if place.text.locale != SOURCE_LOCALE:
            continue
        for field in _FORMS:
            written = f" {fold(getattr(place.form, field))} "
            for words in _PROMISE.findall(written):
                yield place.finding(field, words=words)


@rule(
    "texts.telephone",
    N_("« {field} » contient un numéro de téléphone : {found}."),
    N_("Retirez-le : « demandez au bureau le plus proche ». Seul le numéro d'un fait public peut être donné."),
)
def telephone(checked: Checked) -> Iterator[Finding]:
    """No telephone number reaches a reader, but one that a source gives to the public in a fact of the topic."""
    for place in checked.places:
        for field in _FORMS:
            found = telephone_numbers(getattr(place.form, field), 8)
            if found:
                public = _public_numbers(checked, checked.library.topics.get(place.text.topic))
                for each in found:
                    if not numbers(each) <= public:
                        yield place.finding(field, found=each)


@rule(
    "texts.e_mail",
    N_("« {field} » contient une adresse électronique : {found}."),
    N_("Retirez-la : « demandez au bureau le plus proche »."),
)
def e_mail(checked: Checked) -> Iterator[Finding]:
    """No e-mail address reaches a reader."""
    for place in checked.places:
        for field in _FORMS:
            for found in e_mail_addresses(getattr(place.form, field)):
                yield place.finding(field, found=found)


@rule(
    "messages.contact",
    N_("Ce message contient une adresse électronique ou un numéro de téléphone : {found}."),
    N_("Retirez-le : aucun contact ne se donne dans un message de la conversation."),
)
def message_contact(checked: Checked) -> Iterator[Finding]:
    """The messages of the conversation hold no contact: they rest on no source."""
    for locale, messages in checked.library.messages.items():
        for key, message in messages.items():
            written = f"{message.sms}\n{message.long}"
            for found in dict.fromkeys([*e_mail_addresses(written), *telephone_numbers(written, 8)]):
                yield at(f"messages/{locale}.yml", key, locale, found=found)


def _known(checked: Checked, topic: Topic) -> set[str]:
    """The numbers that an answer may give: of its facts, and the dates of their documents."""
    found: set[str] = set()
    for reference in topic.facts:
        fact = checked.library.fact(reference)
        if fact is not None:
            found |= numbers(fact) | months(fact) | _dates(checked, reference.partition(".")[0])
    return found


def _dates(checked: Checked, document: str) -> set[str]:
    """Year and month of a document's publication and of our reading."""
    entry = checked.library.documents.get(document)
    if entry is None:
        return set()
    found = set(numbers(entry.read.replace("-", " / ")))
    return found | {str(entry.dated.year), str(entry.dated.month)} if entry.dated else found


def _public_numbers(checked: Checked, topic: Topic | None) -> set[str]:
    """The numbers in those facts whose documents give contacts to the public."""
    found: set[str] = set()
    for reference in topic.facts if topic else ():
        document = checked.library.documents.get(reference.partition(".")[0])
        if document is not None and document.contacts in PUBLIC:
            found |= numbers(checked.library.fact(reference) or "")
    return found
