"""What became of what we sent: of whole messages in the outbox, and of each part of long ones."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, and_, delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from connectors.errors import SendError
from connectors.inbox import insert_or_ignore
from connectors.outbox import lock_person
from connectors.receipts import Receipt, record_receipt
from store.engine import one_at_a_time
from store.messages import Provider
from store.tables import outbox, outbox_parts, receipts

_SENT, _DELIVERED, _PASSING, _REFUSED = "sent", "delivered", "passing", "refused"


async def parts_taken(connection: AsyncConnection, idempotency_key: str) -> dict[int, str]:
    """The parts of a reply that need not be sent again, by number, with the SMSC's id for each."""
    return {row.part: row.provider_message_id for row in await _parts_of(connection, idempotency_key)
            if row.status not in (_PASSING, _REFUSED)}


async def record_part(
    connection: AsyncConnection, idempotency_key: str, part: int, total: int, provider_message_id: str
) -> None:
    """The SMSC has taken one part; its receipt may have come before that."""
    await _alone(connection, provider_message_id)
    mine = and_(receipts.c.provider == Provider.SMPP, receipts.c.provider_message_id == provider_message_id)
    early = (await connection.execute(select(receipts).where(mine))).first()
    await connection.execute(delete(receipts).where(mine))
    await connection.execute(
        delete(outbox_parts).where(outbox_parts.c.idempotency_key == idempotency_key, outbox_parts.c.part == part)
    )
    await insert_or_ignore(
        connection, outbox_parts,
        {"idempotency_key": idempotency_key, "part": part, "total": total, "provider_message_id": provider_message_id,
         "status": early.status if early else _SENT, "error": early.error if early else None},
    )


async def record(connection: AsyncConnection, provider_message_id: str, failure: SendError | None) -> bool:
    """Note a receipt; False where nothing of ours has this id, or not yet: then it is kept until it has."""
    await _alone(connection, provider_message_id)
    found = outbox_parts.c.provider_message_id == provider_message_id
    part = (
        await connection.execute(
            select(outbox_parts.c.idempotency_key, outbox_parts.c.total, outbox.c.sender_id)
            .join(outbox, outbox.c.idempotency_key == outbox_parts.c.idempotency_key).where(found)
        )
    ).first()
    if part is None:
        return await record_receipt(connection, Receipt(Provider.SMPP, provider_message_id, failure))
    await lock_person(connection, part.sender_id)
    await connection.execute(
        update(outbox_parts).where(found, outbox_parts.c.status == _SENT)
        .values(status=_status_of(failure), error=None if failure is None else failure.code[:64])
    )
    await settle_parts(connection, part.idempotency_key, part.total)
    return True


async def settle_parts(connection: AsyncConnection, idempotency_key: str, total: int) -> None:
    """Say of a reply in parts what became of it: delivered when all parts are, and not delivered as soon as one is not.

    Nothing is said before all have been taken: the last one's id stands for the whole.
    """
    rows = await _parts_of(connection, idempotency_key)
    if len(rows) < total:
        return
    failed = next((row for row in rows if row.status in (_PASSING, _REFUSED)), None)
    if failed is not None:
        failure = SendError(failed.error or failed.status, retryable=failed.status == _PASSING)
        await record_receipt(connection, Receipt(Provider.SMPP, rows[-1].provider_message_id, failure))
    elif all(row.status == _DELIVERED for row in rows):
        await record_receipt(connection, Receipt(Provider.SMPP, rows[-1].provider_message_id, None))


async def _alone(connection: AsyncConnection, provider_message_id: str) -> None:
    """So that a part's receipt and the recording of the part do not pass each other unseen."""
    await one_at_a_time(connection, f"smpp/part/{provider_message_id}")


async def _parts_of(connection: AsyncConnection, idempotency_key: str) -> list[Row[Any]]:
    return list(
        await connection.execute(
            select(outbox_parts).where(outbox_parts.c.idempotency_key == idempotency_key).order_by(outbox_parts.c.part)
        )
    )


def _status_of(failure: SendError | None) -> str:
    return _DELIVERED if failure is None else _PASSING if failure.retryable else _REFUSED
