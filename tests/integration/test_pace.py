"""How fast all workers together send, whatever the database."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from connectors.pace import Limit, clear, held_for, hold, reserve, reserve_all
from store.engine import transaction
from store.tables import paces

MINUTE = Limit("minute", 60.0)


async def taken(engine: AsyncEngine, limit: Limit) -> float:
    async with transaction(engine) as connection:
        return await reserve(connection, limit.name, limit.cost_seconds, limit.burst_seconds)


async def test_each_place_is_one_cost_behind_the_one_before(engine: AsyncEngine) -> None:
    waits = [await taken(engine, MINUTE) for _ in range(4)]
    assert waits == pytest.approx([0, 60, 120, 180], abs=5)


async def test_a_burst_goes_at_once_and_what_follows_keeps_the_pace(engine: AsyncEngine) -> None:
    waits = [await taken(engine, Limit("burst", 60.0, 120.0)) for _ in range(5)]
    assert waits == pytest.approx([0, 0, 0, 60, 120], abs=5)
    assert waits[:3] == [0, 0, 0]


async def test_what_is_named_differently_does_not_wait_for_each_other(engine: AsyncEngine) -> None:
    assert await taken(engine, MINUTE) == await taken(engine, Limit("other", 60.0)) == 0
    async with transaction(engine) as connection:
        assert await reserve_all(connection, [Limit("free", 1.0), MINUTE]) == pytest.approx(60, abs=5)


async def test_many_at_once_get_a_place_each(engine: AsyncEngine) -> None:
    waits = sorted(await asyncio.gather(*(taken(engine, MINUTE) for _ in range(12))))
    assert waits == pytest.approx([60 * place for place in range(12)], abs=5)


async def test_a_place_in_a_transaction_that_is_undone_is_free_again(engine: AsyncEngine) -> None:
    with pytest.raises(RuntimeError):
        async with transaction(engine) as connection:
            await reserve(connection, MINUTE.name, MINUTE.cost_seconds)
            raise RuntimeError
    assert await taken(engine, MINUTE) == 0


async def test_what_is_held_stays_held_as_long_as_the_provider_said_longest(engine: AsyncEngine) -> None:
    async with transaction(engine) as connection:
        assert await held_for(connection, "held") == 0
        assert await hold(connection, "held", 300) is False
        assert await hold(connection, "held", 10) is True
        assert await held_for(connection, "held") == pytest.approx(300, abs=5)
        assert await held_for(connection, "other") == 0


async def test_only_what_limits_nothing_any_more_is_cleared(engine: AsyncEngine) -> None:
    await taken(engine, Limit("past", 0.0))
    await taken(engine, MINUTE)
    async with transaction(engine) as connection:
        assert await clear(connection) == 1
        assert [row.name for row in await connection.execute(paces.select())] == ["minute"]
