"""What is held about a person, for themselves (MES DONNEES) and for staff who answer a written request."""

from __future__ import annotations

import html
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Row, Table, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from connectors.channel import Inbound, decode_reply
from connectors.inbox import find_sender
from connectors.simulator.network import phone_hash
from connectors.smpp.parts import PARTS
from content.segments import utf_16_units
from store.addresses import Vault
from store.engine import now, reading
from store.messages import Channel, Provider, Reply, Turn
from store.tables import (
    conversations,
    inbound_parts,
    inbox,
    outbox,
    outbox_parts,
    questions,
    senders,
    simulator_messages,
)

_DAY = 86_400.0
_MARK = "⋯\n"
"""What messages of kept messages begin with: they are not told again when the person asks again."""
_ROOM = 3000  # UTF-16 units, escaped, of one such message; the Bot API takes 4,096
_MOST = 5  # of such messages, the newest; staff can hand over the rest
_PIECE = 500


@dataclass(frozen=True)
class Held:
    """What is held, in figures.

    Attributes:
        messages: how many, theirs and ours.
        since, until: when the person came, and when the last message is deleted; seconds since 1970.
        stopped_at: when the person sent STOP, or None.
    """

    messages: int
    since: float
    until: float
    stopped_at: float | None = None


def filled(turn: Turn, held: Held) -> Turn:
    """The turn that answers MES DONNEES, with what only the database knows."""
    values = {"messages": str(held.messages), "since": _day(held.since), "until": _day(held.until),
              "stop": _day(held.stopped_at)}
    replies = []
    for reply in turn.replies:
        text = reply.text
        for name, value in values.items():
            text = text.replace("{" + name + "}", value)
        replies.append(replace(reply, text=text))
    return replace(turn, replies=tuple(replies))


async def with_data(
    connection: AsyncConnection, vault: Vault, sender_id: int, channel: Channel, turn: Turn, retention_days: int
) -> Turn:
    """The turn that answers MES DONNEES: figures, and where a message costs nothing the kept messages themselves."""
    person = (await connection.execute(
        select(senders.c.created_at, senders.c.opted_out_at, now(connection).label("clock"))
        .where(senders.c.id == sender_id)
    )).one()
    received, sent = await _kept(connection, sender_id)
    until = person.clock + retention_days * _DAY  # the message that asks is kept too
    told = filled(turn, Held(len(received) + len(sent), person.created_at, until, person.opted_out_at))
    if channel is Channel.SMS:
        return told
    return replace(told, replies=(*told.replies, *_transcript(vault, received, sent)))


async def _kept(connection: AsyncConnection, sender_id: int) -> tuple[Sequence[Row[Any]], Sequence[Row[Any]]]:
    received = await connection.execute(
        select(inbox.c.received_at, inbox.c.content_sealed)
        .where(inbox.c.sender_id == sender_id, inbox.c.content_sealed.is_not(None)).order_by(inbox.c.id)
    )
    sent = await connection.execute(
        select(outbox.c.created_at, outbox.c.content_sealed)
        .where(outbox.c.sender_id == sender_id, outbox.c.content_sealed.is_not(None)).order_by(outbox.c.id)
    )
    return received.all(), sent.all()


def _transcript(vault: Vault, received: Sequence[Row[Any]], sent: Sequence[Row[Any]]) -> list[Reply]:
    """The kept messages, oldest first, in as few messages as they fit; of many, the newest."""
    said = [(row.received_at, "→", _words(json.loads(vault.open(row.content_sealed)))) for row in received]
    for row in sent:
        reply = decode_reply(vault.open(row.content_sealed))
        if not reply.text.startswith(_MARK):
            said.append((row.created_at, "←", reply.text))
    messages: list[str] = []
    for line in _lines(sorted(said)):
        joined = f"{messages[-1]}\n{line}" if messages else ""
        if messages and utf_16_units(html.escape(joined, quote=False)) <= _ROOM:
            messages[-1] = joined
        else:
            messages.append(f"{_MARK}{line}")
    return [Reply(text) for text in messages[-_MOST:]]


def _lines(said: list[tuple[float, str, str]]) -> Iterator[str]:
    for when, way, text in said:
        shown = f"{datetime.fromtimestamp(when, UTC):%d/%m/%Y %H:%M} {way} {text}"
        yield from (shown[start:start + _PIECE] for start in range(0, len(shown), _PIECE))


def _words(message: dict[str, Any]) -> str:
    return str(message.get("text") or message.get("payload") or f"({message.get('kind')})")


def _day(seconds: float | None) -> str:
    return "-" if seconds is None else f"{datetime.fromtimestamp(seconds, UTC):%d/%m/%Y}"


async def everything(engine: AsyncEngine, vault: Vault, inbound: Inbound) -> tuple[int, dict[str, Any]] | None:
    """(row id, all that is held) of the person at an address, as plain JSON values; None where nobody is known there.

    Args:
        inbound: names provider, channel and address; nothing else of it is read.

    Raises:
        DatabaseUnavailableError: the database does not answer.
        WrongKeyError: a value is sealed with a key that is not set.
    """
    async with reading(engine) as connection:
        sender_id = await find_sender(connection, vault, inbound)
        if sender_id is None:
            return None
        [person] = await _shown(connection, vault, senders, senders.c.id == sender_id)
        held: dict[str, Any] = {"person": person}
        for table in (conversations, inbox, outbox, questions):
            held[table.name] = await _shown(connection, vault, table, table.c.sender_id == sender_id)
        held[inbound_parts.name] = await _shown(
            connection, vault, inbound_parts, inbound_parts.c.provider == inbound.provider,
            inbound_parts.c.address_hash.in_(vault.hashes(PARTS, inbound.address)),
        )
        sent = select(outbox.c.idempotency_key).where(outbox.c.sender_id == sender_id)
        held[outbox_parts.name] = await _shown(
            connection, vault, outbox_parts, outbox_parts.c.idempotency_key.in_(sent)
        )
        if inbound.provider is Provider.SIMULATOR:
            phone = phone_hash(vault, inbound.address, inbound.channel)
            held[simulator_messages.name] = await _shown(
                connection, vault, simulator_messages, simulator_messages.c.phone_hash == phone
            )
    return sender_id, held


async def _shown(connection: AsyncConnection, vault: Vault, table: Table, *conditions: Any) -> list[dict[str, Any]]:
    """A table's rows in words: what is sealed opened, times in UTC."""
    rows = await connection.execute(select(table).where(*conditions).order_by(*table.primary_key.columns))
    return [{name.removesuffix("_sealed"): _value(vault, name, value) for name, value in row._mapping.items()}
            for row in rows]


def _value(vault: Vault, name: str, value: Any) -> Any:
    if value is None:
        return None
    if name.endswith("_sealed"):
        text = vault.open(value)
        return json.loads(text) if text.startswith(("{", "[")) else text
    if name.endswith(("_at", "_until")) and isinstance(value, float):
        return datetime.fromtimestamp(value, UTC).isoformat(timespec="seconds")
    return value
