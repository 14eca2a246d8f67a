"""What SMS may cost: for one person a day, by country, and for all a day. Danger is never held back.

A day is one of UTC, as the networks of Mali and Senegal count, three hours behind Djibouti.
"""

from __future__ import annotations

import time

import phonenumbers
import structlog
from sqlalchemy import func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from connectors.outbox import Hold
from connectors.sms.limits import SmsLimits
from store.engine import now, reading, transaction
from store.messages import Provider, Reply
from store.tables import outbox, sends

log = structlog.get_logger()

PERSON = "budget"
"""Code of replies that are held because the person's segments of the day are used."""

DAY = "day-cap"
"""Code of replies that are held because the segments of all for the day are used."""

WARN_AT = 0.8
"""The share of the day's segments at which staff are warned."""

_DAY_SECONDS = 86_400.0
_COUNTED_AGAIN_SECONDS = 1.0


def country_of(number: str) -> str | None:
    """ISO 3166 code of the country whose prefix an E.164 number has, whatever the content knows of it; or None."""
    try:
        return phonenumbers.region_code_for_number(phonenumbers.parse(number))
    except phonenumbers.NumberParseException:
        return None


async def start_of_day(connection: AsyncConnection) -> float:
    """When the day began, by the database's clock, in seconds since 1970."""
    clock = float(await connection.scalar(select(now(connection))) or 0.0)
    return clock - clock % _DAY_SECONDS


async def hold_for(
    connection: AsyncConnection, limits: SmsLimits, sender_id: int, country: str | None, segments: int, notice: Reply
) -> Hold | None:
    """Why ``segments`` more do not go out to a person today; None where they do.

    The first time of a day, the person is told by ``notice``. As much as a day's segments is held until tomorrow; what
    would be too much then too is set aside.
    """
    limit = limits.of_person(country)
    if limit is None:
        return None
    today = await start_of_day(connection)
    mine = outbox.c.sender_id == sender_id
    cost = func.coalesce(func.sum(outbox.c.segments * (outbox.c.resends + 1)), 0)
    spent = await connection.scalar(
        select(cost).where(mine, or_(outbox.c.sent_at >= today, outbox.c.status == "waiting"))
    ) or 0
    held = await connection.scalar(select(cost).where(mine, outbox.c.status == "held", outbox.c.error == PERSON)) or 0
    if not held and spent + segments <= limit:
        return None
    return Hold(PERSON, None if held else notice, kept=held + segments <= limit)


async def release(engine: AsyncEngine, limits: SmsLimits) -> None:
    """Let go what was held, where its cost may be spent again: on another day, or after a limit was raised.

    Raises:
        DatabaseUnavailableError: the database does not answer.
    """
    async with reading(engine) as connection:
        if await connection.scalar(select(outbox.c.id).where(outbox.c.status == "held").limit(1)) is None:
            return
    async with transaction(engine) as connection:
        today = await start_of_day(connection)
        held = outbox.c.status == "held"
        freed = {"status": "waiting", "error": None, "next_attempt_at": now(connection)}
        old = [outbox.c.created_at < today] if limits.limits_people else []
        await connection.execute(update(outbox).where(held, outbox.c.error == PERSON, *old).values(**freed))
        if limits.day_segments is not None and await spent_today(connection) >= limits.day_segments:
            return
        other = outbox.alias("other")
        behind = select(other.c.id).where(
            other.c.sender_id == outbox.c.sender_id, other.c.status == "held", other.c.error == PERSON,
            other.c.id < outbox.c.id,
        )
        await connection.execute(
            update(outbox).where(held, outbox.c.error == DAY, ~behind.exists()).values(**freed)
        )


async def spent_today(connection: AsyncConnection) -> int:
    """The segments that providers have taken since the day began."""
    today = await start_of_day(connection)
    return int(
        await connection.scalar(
            select(func.coalesce(func.sum(sends.c.segments), 0))
            .where(sends.c.created_at >= today, sends.c.provider != Provider.SIMULATOR)
        ) or 0
    )


class DaySpending:
    """What has been spent today, counted in the database once a second, with what this worker adds meanwhile.

    So the day's segments may be passed by what the other workers send within a second, and by the last message's own.
    """

    def __init__(self, limit: int | None) -> None:
        self.limit = limit
        self._counted = 0
        self._counted_at = -_COUNTED_AGAIN_SECONDS
        self._since = 0
        self._sending = 0
        self._said: set[str] = set()

    async def is_used_up(self, connection: AsyncConnection) -> bool:
        """Whether only what is essential may go out for the rest of the day. Warns before."""
        if self.limit is None:
            return False
        if time.monotonic() - self._counted_at >= _COUNTED_AGAIN_SECONDS:
            self._counted, self._counted_at, self._since = await spent_today(connection), time.monotonic(), 0
        spent = self._counted + self._since + self._sending
        if spent < WARN_AT * self.limit:
            self._said.clear()
        elif spent < self.limit:
            self._say("sms.day_limit_near", spent)
        else:
            self._say("sms.day_limit_reached", spent)
        return spent >= self.limit

    def sending(self, segments: int) -> None:
        """A message is being handed over."""
        self._sending += segments

    def done(self, segments: int, *, taken: bool) -> None:
        """The provider has taken it, or not."""
        self._sending -= segments
        self._since += segments if taken else 0

    def _say(self, event: str, spent: int) -> None:
        if event not in self._said:
            self._said.add(event)
            log.warning(event, segments=spent, limit=self.limit)
