"""Delivery receipts: what became of a reply after the provider had taken it.

They may come in any order, twice, and before we have recorded that the provider took the message. Only what ends a
message is kept, so that order does not matter:

    sent ──delivered──► delivered
    sent ──passing failure, tries left──► waiting (sent again) ──► sent ...
    sent ──any other failure──► dead
    waiting, dead ──delivered, of the try that we know──► delivered

A second failure of the same try finds the message no longer ``sent`` and changes nothing, nor does anything after
``delivered``. A receipt for what we do not know yet waits in the table ``receipts`` for ``apply_early``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import Row, bindparam, delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from connectors import outbox as outgoing
from connectors.errors import SendError
from connectors.inbox import insert_or_ignore
from store.engine import now, one_at_a_time
from store.messages import Provider
from store.tables import outbox, receipts, senders

RESEND_SECONDS = (60.0, 600.0, 6000.0)
"""How long to wait before each sending after a passing failure; networks try for hours themselves before they fail."""

KEPT_SECONDS = 2 * 86_400.0
"""How long a receipt for something unknown is kept."""


@dataclass(frozen=True)
class Receipt:
    """The end of one try to send.

    Attributes:
        failure: why it was not delivered; None: it was.
    """

    provider: Provider
    provider_message_id: str
    failure: SendError | None

    def to_values(self) -> dict[str, Any]:
        """As JSON values."""
        failure = self.failure
        return {"provider": self.provider, "provider_message_id": self.provider_message_id,
                "fate": _fate_of(failure), "code": failure and failure.code}

    @classmethod
    def from_values(cls, values: Mapping[str, Any]) -> Receipt:
        """What ``to_values`` made. Raises ValueError, KeyError."""
        failure = _failure_of(_Fate(values["fate"]), values["code"])
        return cls(Provider(values["provider"]), values["provider_message_id"], failure)


class _Fate(StrEnum):
    """What a receipt means, as the table ``receipts`` and the spool keep it."""

    DELIVERED = "delivered"
    PASSING = "passing"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"
    OPTED_OUT = "opted_out"


def _fate_of(failure: SendError | None) -> _Fate:
    if failure is None:
        return _Fate.DELIVERED
    if failure.opted_out:
        return _Fate.OPTED_OUT
    if failure.unreachable:
        return _Fate.UNREACHABLE
    return _Fate.PASSING if failure.retryable else _Fate.REFUSED


def _failure_of(fate: _Fate, code: str | None) -> SendError | None:
    if fate is _Fate.DELIVERED:
        return None
    return SendError(code or fate, retryable=fate is _Fate.PASSING, unreachable=fate is _Fate.UNREACHABLE,
                     opted_out=fate is _Fate.OPTED_OUT)


async def record_receipt(connection: AsyncConnection, receipt: Receipt) -> bool:
    """Note a receipt; False where it changed nothing: repeated, late, or for a message that we do not know (yet)."""
    await _alone(connection, receipt.provider, receipt.provider_message_id)
    row = await _row_of(connection, receipt.provider, receipt.provider_message_id)
    if row is None:
        await _keep(connection, receipt)
        return False
    return await _apply(connection, row, receipt)


async def apply_early(connection: AsyncConnection, provider: Provider, provider_message_id: str) -> None:
    """Apply a receipt that came before the message was recorded as sent, which this transaction has just done."""
    await _alone(connection, provider, provider_message_id)
    early = (await connection.execute(_EARLY, {"of_provider": provider, "of_id": provider_message_id})).first()
    row = await _row_of(connection, provider, provider_message_id) if early is not None else None
    if early is None or row is None:
        return
    failure = _failure_of(_Fate(early.status), early.error)
    await _apply(connection, row, Receipt(provider, provider_message_id, failure))


_EARLY = (
    delete(receipts)
    .where(receipts.c.provider == bindparam("of_provider"), receipts.c.provider_message_id == bindparam("of_id"))
    .returning(receipts.c.status, receipts.c.error)
)


async def _alone(connection: AsyncConnection, provider: Provider, provider_message_id: str) -> None:
    """So that a receipt and the recording of what it is about do not pass each other unseen."""
    await one_at_a_time(connection, f"receipt/{provider}/{provider_message_id}")


async def _row_of(connection: AsyncConnection, provider: Provider, provider_message_id: str) -> Row[Any] | None:
    """The message, with the person locked: whoever changes both takes the person first."""
    found = (
        await connection.execute(
            select(outbox.c.id, outbox.c.sender_id, senders.c.opted_out_at)
            .join(senders, senders.c.id == outbox.c.sender_id)
            .where(outbox.c.provider_message_id == provider_message_id, senders.c.provider == provider)
            .with_for_update(of=senders)
        )
    ).first()
    return found


async def _keep(connection: AsyncConnection, receipt: Receipt) -> None:
    failure, fate = receipt.failure, _fate_of(receipt.failure)
    key = {"provider": receipt.provider, "provider_message_id": receipt.provider_message_id}
    values = {"status": fate, "error": None if failure is None else failure.code[:64], "received_at": now(connection)}
    first = await insert_or_ignore(connection, receipts, {**key, **values})
    if not first and fate is _Fate.DELIVERED:  # as in the outbox, nothing counts against a delivery
        await connection.execute(
            update(receipts)
            .where(receipts.c.provider == receipt.provider,
                   receipts.c.provider_message_id == receipt.provider_message_id)
            .values(**values)
        )


async def _apply(connection: AsyncConnection, row: Row[Any], receipt: Receipt) -> bool:
    failure, mine = receipt.failure, outbox.c.id == row.id
    if failure is None:
        done = await connection.execute(
            update(outbox).where(mine, outbox.c.status != "delivered")
            .values(status="delivered", delivered_at=now(connection), error=None, dead_at=None)
        )
        return bool(done.rowcount)
    state = (await connection.execute(select(outbox.c.status, outbox.c.resends, outbox.c.content_sealed).where(mine))
             ).one()
    if state.status != "sent":
        return False
    again = (
        failure.retryable and state.resends < len(RESEND_SECONDS) and row.opted_out_at is None
        and state.content_sealed is not None
    )
    values: dict[str, Any] = {"status": "dead", "dead_at": now(connection)}
    if again:
        delay = outgoing.jittered(RESEND_SECONDS[state.resends])
        values = {"status": "waiting", "attempts": 0, "resends": state.resends + 1,
                  "next_attempt_at": now(connection) + delay}
    await connection.execute(update(outbox).where(mine).values(error=failure.code[:64], **values))
    await outgoing.note_unreachable(connection, row.sender_id, failure)
    return True
