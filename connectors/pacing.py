"""What stands between a reply that waits and its provider: the pace, and what a refusal means for others."""

from __future__ import annotations

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from connectors.channel import ChannelAdapter, Paced
from connectors.errors import SendError
from connectors.moving import move_sender
from connectors.outbox import Waiting, postpone
from connectors.pace import held_for, hold, reserve_all
from store.addresses import Vault

log = structlog.get_logger()

_NOT_QUITE = 0.9
"""So that the refused reply, when it comes again on time, is not taken for somebody else's."""


async def must_wait(
    connection: AsyncConnection, adapter: ChannelAdapter | None, sender_id: int, address: str, waiting: Waiting
) -> bool:
    """Whether a reply's turn has not come yet; then it is due when it has. Costs it none of its attempts."""
    if not isinstance(adapter, Paced):
        return False
    seconds = await held_for(connection, _held(adapter))
    if not waiting.paced:
        seconds += await reserve_all(connection, adapter.limits(sender_id, address))
    if not seconds:
        return False
    await postpone(connection, waiting, seconds)
    return True


async def heed(
    connection: AsyncConnection, vault: Vault, adapter: ChannelAdapter | None, sender_id: int, error: SendError
) -> None:
    """What a refusal means beyond the one reply: a new address; or that everybody has to wait.

    A provider that says "too many" does not say whether it means one person or all. The refused reply waits as long
    as it says, and the person's later ones behind it: so a second refusal within that time is somebody else's, and
    then everybody waits.
    """
    if error.moved_to is not None:
        await move_sender(connection, vault, sender_id, error.moved_to)
    if error.code == "429" and error.retry_after is not None and isinstance(adapter, Paced):
        another = await hold(connection, f"{adapter.provider}/refused", error.retry_after * _NOT_QUITE)
        if another:
            await hold(connection, _held(adapter), error.retry_after)
            log.warning("worker.provider_held", provider=str(adapter.provider), seconds=error.retry_after)


def _held(adapter: ChannelAdapter) -> str:
    return f"{adapter.provider}/held"
