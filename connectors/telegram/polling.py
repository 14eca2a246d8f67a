"""Polling, for where no public address is at hand. The offset advances in the transaction that stores the updates."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

import structlog
from sqlalchemy import select
from telegram.error import RetryAfter, TelegramError

from connectors.errors import BadUpdateError
from connectors.inbox import insert_or_update
from connectors.intake import Intake
from connectors.telegram.adapter import TelegramAdapter, seconds_to_wait
from connectors.telegram.groups import Me, is_from_group
from connectors.telegram.taking import take
from connectors.telegram.updates import ALLOWED_UPDATES, Received, read_update, update_id_of
from store.engine import reading, transaction
from store.errors import StoreError
from store.messages import Provider
from store.tables import polling

log = structlog.get_logger()

WAIT_SECONDS = 25
_AFTER_ERROR_SECONDS = 3.0
_SLACK_SECONDS = 15


async def poll(intake: Intake, adapter: TelegramAdapter, *, wait_seconds: int = WAIT_SECONDS) -> None:
    """Fetch updates until cancelled. Trouble at Telegram or in the database is waited out; nothing is skipped.

    Cancelled while updates are being stored, it stores them first: wait for it to end.

    Args:
        wait_seconds: how long Telegram holds a request while there is nothing.
    """
    webhook_removed = False
    while True:
        try:
            if not webhook_removed:
                await adapter.bot.delete_webhook(drop_pending_updates=False)
                webhook_removed = True
            await poll_once(intake, adapter, wait_seconds)
        except RetryAfter as error:
            await asyncio.sleep(seconds_to_wait(error))
        except (TelegramError, StoreError, BadUpdateError) as error:
            log.error("telegram.polling_failed", error=type(error).__name__)
            await asyncio.sleep(_AFTER_ERROR_SECONDS)


async def poll_once(intake: Intake, adapter: TelegramAdapter, wait_seconds: int) -> int:
    """Fetch one batch, store it and the new offset in one transaction; gives the number of updates fetched."""
    async with reading(intake.engine) as connection:
        offset = await connection.scalar(
            select(polling.c.next_update_id).where(polling.c.provider == Provider.TELEGRAM)
        )
    # Not Bot.get_updates: one update that the library cannot read would hide all that come with it, again and again.
    updates = await adapter.bot.do_api_request(
        "getUpdates",
        {"offset": offset or 0, "timeout": wait_seconds, "allowed_updates": ALLOWED_UPDATES},
        read_timeout=wait_seconds + _SLACK_SECONDS,
    )
    if not updates:
        return 0
    storing = asyncio.create_task(_store(intake, adapter, updates))
    try:
        await asyncio.shield(storing)
    except asyncio.CancelledError:
        await storing
        raise
    return len(updates)


async def _store(intake: Intake, adapter: TelegramAdapter, updates: Sequence[object]) -> None:
    me = await adapter.me() if any(isinstance(each, Mapping) and is_from_group(each) for each in updates) else None
    read = [_read(each, intake, me) for each in updates]
    async with transaction(intake.engine) as connection:
        for each in read:
            await take(intake, connection, each)
        following = max(update_id_of(each) for each in updates) + 1
        await insert_or_update(
            connection, polling, "provider", {"provider": Provider.TELEGRAM, "next_update_id": following}
        )
    for each in read:
        if each.query_id is not None:
            await adapter.acknowledge(each.query_id)


def _read(values: object, intake: Intake, me: Me | None) -> Received:
    try:
        return read_update(values, intake.library(), me)
    except BadUpdateError as error:
        log.error("telegram.update_unreadable", problem=str(error))
        return Received()
