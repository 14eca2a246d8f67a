"""Deep links: https://t.me/<bot>?start=gao sends "/start gao" (core.telegram.org/bots/features#deep-linking)."""

from __future__ import annotations

import re

from bot.dialogue.dialogue import Dialogue
from bot.dialogue.state import Context, Outcome, State
from bot.dialogue.steps import Step, perform
from bot.understanding.place import PlaceFinder
from content.languages import conversation_locales
from content.models import Library

_LINK = re.compile(r"/start(?:@\w+)?\s+([A-Za-z0-9_-]{1,64})", re.IGNORECASE)
_BETWEEN = re.compile(r"[._-]+")


def read_link(library: Library, places: PlaceFinder, text: str) -> Step | None:
    """What the parameter of "/start" asks for; None where there is none, or one that we do not know.

    A topic's id ("services-gao" or "services_gao": a link holds no dot), a language or country code, or a place,
    which means its own topic where it has one (services.gao), else its country.
    """
    found = _LINK.fullmatch(text.strip())
    if found is None:
        return None
    name = _bare(found.group(1))
    topics = {_bare(topic): topic for topic in library.topics}
    if (topic := topics.get(name) or topics.get(f"services {name}")) is not None:
        return Step("choose_topic", {"topic": topic})
    if name in conversation_locales(library):
        return Step("choose_language", {"language": name})
    country = name.upper() if name.upper() in library.countries else places.find(name).here
    return Step("choose_country", {"country": country}) if country is not None else None


def followed(dialogue: Dialogue, step: Step, begun: Outcome | None, state: State, context: Context) -> Outcome:
    """The outcome of a link's step.

    Args:
        begun: what has to be said and done before: the end of a STOP.
    """
    if begun is not None:
        return begun.then(perform(dialogue, step, begun.state, context))
    return perform(dialogue, step, state, context)


def _bare(name: str) -> str:
    return _BETWEEN.sub(" ", name.lower()).strip()
