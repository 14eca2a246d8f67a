"""Replies that were given up: kept until they are purged by age, listed, and sent again when staff say so."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from store.engine import now, reading, transaction
from store.tables import IN_ANY_STATE, outbox, senders

DEAD = ("dead", "undelivered")
"""States of a reply that was given up; the second was written by earlier versions."""

TAKEN_BACK = "stop"
"""Code of replies that the person's STOP took back: never sent again."""


@dataclass(frozen=True)
class DeadLetter:
    """A reply that was given up, without its text and whom it was for.

    Attributes:
        pseudonym: of the person.
        code: why; the provider's, or a word of ours.
        dead_at: seconds since 1970.
    """

    id: int
    pseudonym: str
    channel: str
    code: str
    dead_at: float


async def list_dead(engine: AsyncEngine, code: str | None = None) -> list[DeadLetter]:
    """All, oldest first, or those of one ``code``.

    Raises:
        DatabaseUnavailableError: the database does not answer.
    """
    given_up_at = func.coalesce(outbox.c.dead_at, outbox.c.created_at).label("given_up_at")
    async with reading(engine) as connection:
        rows = await connection.execute(
            select(outbox.c.id, senders.c.pseudonym, senders.c.channel, outbox.c.error, given_up_at)
            .join(senders, senders.c.id == outbox.c.sender_id)
            .where(*_dead(code))
            .order_by(given_up_at, outbox.c.id)
        )
        return [DeadLetter(row.id, row.pseudonym, row.channel, row.error or "", row.given_up_at) for row in rows]


async def resend(engine: AsyncEngine, *, ids: Collection[int] | None = None, code: str | None = None) -> list[int]:
    """Have them sent again, as if never tried; gives the ids of those that will be.

    Left out: what STOP took back, people who have sent STOP or were forgotten, and texts that are purged.

    Args:
        ids: only these; None: all.
        code: only those of this code; None: all.

    Raises:
        DatabaseUnavailableError: nothing was changed.
    """
    reachable = select(senders.c.id).where(senders.c.opted_out_at.is_(None), senders.c.address_sealed.is_not(None))
    chosen = [] if ids is None else [outbox.c.id.in_(ids)]
    async with transaction(engine) as connection:
        rows = await connection.execute(
            update(outbox)
            .where(*_dead(code), *chosen, outbox.c.sender_id.in_(reachable), outbox.c.content_sealed.is_not(None),
                   func.coalesce(outbox.c.error, "") != TAKEN_BACK)
            .values(status="waiting", attempts=0, resends=0, next_attempt_at=now(connection), dead_at=None, error=None)
            .returning(outbox.c.id)
        )
        return sorted(row.id for row in rows)


def _dead(code: str | None) -> list[ColumnElement[bool]]:
    conditions: list[Any] = [IN_ANY_STATE, outbox.c.status.in_(DEAD)]
    return conditions if code is None else [*conditions, outbox.c.error == code]
