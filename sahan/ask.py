"""`sahan ask`: one message by a new person through the real path, or a file of such messages."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from connectors.personal_data import Held, filled
from connectors.sms.rendering import render
from content.loader import installed_library
from content.segments import segment
from sahan.errors import SahanError
from sahan.language import _
from sahan.tables import needed, only_one, read_rows
from store.logs import configure_logging
from store.messages import Channel, Effect, Message, Reply, Turn


@dataclass(frozen=True)
class Person:
    """Who asks: always somebody new.

    Attributes:
        language: that they chose, or None.
        country: where they said that they are, or None.
    """

    channel: Channel
    language: str | None = None
    country: str | None = None


def ask_once(text: str | None, person: Person, as_json: bool) -> None:
    """Print the replies to one message."""
    said = needed(text)
    conversation = _conversation(person)
    with _quiet_output():
        turn = asyncio.run(_answer(person, said, conversation))
    if as_json:
        print(json.dumps(result("", turn, person.channel), ensure_ascii=False))
    else:
        print("\n\n".join(shown(reply, person.channel) for reply in turn.replies))


def ask_batch(batch: Path, text: str | None, channel: Channel) -> None:
    """Print one JSON object a row of the file, in order, and nothing else."""
    only_one(batch, text)
    rows = list(read_rows(batch))
    output = sys.stdout

    async def answer_all() -> None:
        from sahan.answering import live_assistant  # imports Rasa, which must not print to standard output

        assistant = await live_assistant()
        for identifier, said in rows:
            turn = as_a_stranger(await assistant.respond(Message(channel, said), {}))
            print(json.dumps(result(identifier, turn, channel), ensure_ascii=False), file=output, flush=True)

    with _quiet_output():
        asyncio.run(answer_all())


async def _answer(person: Person, said: str, conversation: dict[str, Any]) -> Turn:
    from sahan.answering import live_assistant  # imports Rasa, which must not print to standard output

    assistant = await live_assistant()
    return as_a_stranger(await assistant.respond(Message(person.channel, said), conversation))


def as_a_stranger(turn: Turn) -> Turn:
    """``turn`` as somebody gets it of whom no database knows anything but this message."""
    if Effect.EXPORT not in turn.effects:
        return turn
    return filled(turn, Held(1, time.time(), time.time() + 30 * 86_400))


def result(identifier: str, turn: Turn, channel: Channel) -> dict[str, Any]:
    """What `--json` prints of a turn."""
    found = turn.understanding
    return {
        "id": identifier,
        "topic": found.topic,
        "score": round(found.score, 4),
        "alternatives": [{"topic": topic, "score": round(score, 4)} for topic, score in found.alternatives],
        "lang": found.language,
        "urgent": found.urgent,
        "replies": [shown(reply, channel) for reply in turn.replies],
        "sms_segments": sum(segment(render(reply)).segments for reply in turn.replies),
    }


def shown(reply: Reply, channel: Channel) -> str:
    """A reply as the person receives it: numbered choices on SMS, buttons below the text on Telegram."""
    if channel is Channel.SMS:
        return render(reply)
    return "\n".join([reply.text, *(f"[{choice.title}]" for choice in reply.choices)])


def _conversation(person: Person) -> dict[str, Any]:
    library = installed_library()
    slots: dict[str, Any] = {}
    if person.language is not None:
        if person.language not in library.languages:
            raise SahanError(
                _("Langue inconnue : {code}. Choisissez parmi : {codes}.")
                .format(code=person.language, codes=", ".join(library.languages))
            )
        slots.update(language=person.language, language_chosen=True)
    if person.country is not None:
        country = person.country.upper()
        if country not in library.countries:
            raise SahanError(
                _("Pays inconnu : {code}. Choisissez parmi : {codes}.")
                .format(code=person.country, codes=", ".join(library.countries))
            )
        slots["country"] = country
    return {"slots": slots}


@contextmanager
def _quiet_output() -> Iterator[None]:
    """Keep standard output for results: libraries that print while they load print to standard error."""
    configure_logging()
    with redirect_stdout(sys.stderr):
        yield
