"""Inbound messages made whole, and known again: what an SMSC hands over is in parts and without an id of its own.

Each part stays in the database until all are there, and for some minutes after that: a deliver_sm whose answer the SMSC
did not get comes again, and nothing in it says so. What it said is gone by then; only keyed hashes stay.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from connectors.inbox import insert_or_ignore
from connectors.smpp.concatenation import Place
from store.addresses import Vault
from store.engine import now, one_at_a_time
from store.messages import Provider
from store.tables import inbound_parts

REMEMBERED_SECONDS = 600.0
"""How long a message that comes again is known: SMSCs try again within seconds, or at the next bind."""

PARTS = "smpp/parts"
"""What the addresses of parts are hashed within."""

_WHOLE = Place(0, 1, 1)


@dataclass(frozen=True)
class Piece:
    """One deliver_sm's share of a message, as it came."""

    address: str
    octets: bytes
    data_coding: int
    part: int
    total: int


@dataclass(frozen=True)
class Taken:
    """What became of a piece.

    Attributes:
        row: stands for it in the database.
        messages: that are to be handed on now, each with its pieces in order: none where the piece waits, or was there
            already; one before its own where another message under the same reference had stayed incomplete.
    """

    row: int
    messages: tuple[tuple[Piece, ...], ...] = ()


async def take(
    connection: AsyncConnection, vault: Vault, piece: Piece, place: Place | None, is_new: Callable[[int], bool]
) -> Taken:
    """Store a piece with the caller's transaction, and claim its message where it is whole now.

    Args:
        place: in a longer message; None: it is a message by itself.
        is_new: whether the same octets once more are another message, by the row of those before.
    """
    at = place or _WHOLE
    hashes = _hashes(vault, piece, place)
    # Two binds that get two parts of one message at once must not both miss that it is whole.
    await one_at_a_time(connection, f"smpp/parts/{min(hashes)}")
    group = _group(hashes, at)
    same = and_(group, inbound_parts.c.part == at.part)
    old = inbound_parts.c.joined_at < now(connection) - REMEMBERED_SECONDS
    await connection.execute(delete(inbound_parts).where(group, old))
    before: tuple[Piece, ...] = ()
    known = (await connection.execute(select(inbound_parts).where(same))).first()
    if known is not None:
        repeated = _is_of(vault, known, piece) if place is not None else not is_new(known.id)
        if repeated:
            return Taken(known.id)
        before = await _claim(connection, vault, group)  # another message has come under the same reference
        await connection.execute(delete(inbound_parts).where(group))
    await insert_or_ignore(
        connection, inbound_parts,
        {"provider": Provider.SMPP, "address_hash": hashes[0], "reference": at.reference, "total": at.total,
         "part": at.part, "content_sealed": vault.seal(_encode(piece)), "received_at": now(connection)},
    )
    row = (await connection.execute(select(inbound_parts.c.id).where(same))).scalar_one()
    rows = list(await connection.execute(select(inbound_parts.c.joined_at).where(group)))
    late = any(each.joined_at is not None for each in rows)  # the others were given up waiting, and went on without it
    whole = await _claim(connection, vault, group) if late or len(rows) == at.total else ()
    return Taken(row, tuple(filter(None, (before, whole))))


async def give_up_waiting(connection: AsyncConnection, vault: Vault, seconds: float) -> list[tuple[Piece, ...]]:
    """What has come of messages that have waited for their other parts for ``seconds``, claimed; forgets old rows."""
    await connection.execute(
        delete(inbound_parts).where(
            inbound_parts.c.provider == Provider.SMPP, inbound_parts.c.joined_at < now(connection) - REMEMBERED_SECONDS
        )
    )
    columns = (inbound_parts.c.address_hash, inbound_parts.c.reference, inbound_parts.c.total)
    groups = await connection.execute(
        select(*columns)
        .where(inbound_parts.c.provider == Provider.SMPP, inbound_parts.c.joined_at.is_(None))
        .group_by(*columns)
        .having(func.max(inbound_parts.c.received_at) < now(connection) - seconds)
    )
    found = [
        await _claim(connection, vault, _group([each.address_hash], Place(each.reference, each.total, 0)))
        for each in groups.all()
    ]
    return [pieces for pieces in found if pieces]


async def forget(connection: AsyncConnection, rows: Sequence[int]) -> None:
    """Delete what stands for messages that surely do not come again."""
    await connection.execute(delete(inbound_parts).where(inbound_parts.c.id.in_(rows)))


def _hashes(vault: Vault, piece: Piece, place: Place | None) -> list[str]:
    if place is not None:
        return vault.hashes(PARTS, piece.address)
    return vault.hashes("smpp/whole", f"{piece.address}\0{piece.data_coding}\0{piece.octets.hex()}")


def _group(hashes: list[str], at: Place) -> ColumnElement[bool]:
    return and_(
        inbound_parts.c.provider == Provider.SMPP, inbound_parts.c.address_hash.in_(hashes),
        inbound_parts.c.reference == at.reference, inbound_parts.c.total == at.total,
    )


async def _claim(connection: AsyncConnection, vault: Vault, group: ColumnElement[bool]) -> tuple[Piece, ...]:
    """Everything of a message that was not handed on yet, in order, for the one caller who gets it."""
    rows: Sequence[Row[Any]] = (
        await connection.execute(
            select(inbound_parts.c.id, inbound_parts.c.content_sealed)
            .where(group, inbound_parts.c.joined_at.is_(None)).order_by(inbound_parts.c.part).with_for_update()
        )
    ).all()
    pieces = tuple(_decode(vault.open(row.content_sealed)) for row in rows)
    for row, piece in zip(rows, pieces, strict=True):
        await connection.execute(
            update(inbound_parts).where(inbound_parts.c.id == row.id)
            .values(joined_at=now(connection), content_sealed=vault.seal(_mark(vault, piece)))
        )
    return pieces


def _is_of(vault: Vault, row: Row[Any], piece: Piece) -> bool:
    """Whether a row stands for this very piece."""
    text = vault.open(row.content_sealed)
    if row.joined_at is None:
        return _decode(text) == piece
    return text in vault.hashes("smpp/piece", _encode(piece))


def _mark(vault: Vault, piece: Piece) -> str:
    return vault.hash("smpp/piece", _encode(piece))


def _encode(piece: Piece) -> str:
    return json.dumps({**asdict(piece), "octets": base64.b64encode(piece.octets).decode()})


def _decode(text: str) -> Piece:
    values = json.loads(text)
    return Piece(**{**values, "octets": base64.b64decode(values["octets"])})
