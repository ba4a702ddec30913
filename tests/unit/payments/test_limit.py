"""The measure of requests a minute."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pos_app.payments.errors import RateLimited
from pos_app.payments.limit import LONGEST_WAIT_S, MINUTE_S, Limit
from tests.support.clock import ManualClock


async def test_the_sixty_first_request_of_a_minute_is_refused_with_the_time_to_wait() -> None:
    clock = ManualClock()
    limit = Limit(clock)
    for _ in range(60):
        await limit.turn(sale=True)
    await clock.advance(20)

    with pytest.raises(RateLimited) as raised:
        await limit.turn(sale=True)

    assert raised.value.retry_after_s == pytest.approx(40)
    await clock.advance(40)
    await limit.turn(sale=True)


async def test_a_sync_leaves_room_for_polls_and_sales() -> None:
    limit = Limit(ManualClock())
    for _ in range(24):
        await limit.turn(sale=False, sync=True)

    with pytest.raises(RateLimited):
        await limit.turn(sale=False, sync=True)
    for _ in range(24):
        await limit.turn(sale=False)
    for _ in range(12):
        await limit.turn(sale=True)


async def test_polls_leave_room_for_a_sale() -> None:
    limit = Limit(ManualClock())
    for _ in range(48):
        await limit.turn(sale=False)

    with pytest.raises(RateLimited):
        await limit.turn(sale=False)
    for _ in range(12):
        await limit.turn(sale=True)


async def test_a_short_wait_is_waited() -> None:
    clock = ManualClock()
    limit = Limit(clock, per_minute=2, for_sales=0)
    await limit.turn(sale=True)
    await clock.advance(1)
    await limit.turn(sale=True)
    await clock.advance(MINUTE_S - 3)

    waiting = asyncio.create_task(limit.turn(sale=True))
    await clock.advance(1.5)
    assert not waiting.done()
    await clock.advance(0.5)
    assert waiting.done()


async def test_nothing_goes_out_while_the_server_wants_rest() -> None:
    clock = ManualClock()
    limit = Limit(clock)
    limit.close(30)

    with pytest.raises(RateLimited) as raised:
        await limit.turn(sale=True)
    assert raised.value.retry_after_s == pytest.approx(30)

    await clock.advance(30)
    await limit.turn(sale=True)


@settings(deadline=None)
@given(st.lists(st.tuples(st.floats(0, 20), st.booleans()), max_size=60), st.integers(1, 6))
async def test_no_minute_ever_holds_more(steps: list[tuple[float, bool]], per_minute: int) -> None:
    clock = ManualClock()
    limit = Limit(clock, per_minute=per_minute, for_sales=0)
    sent_s: list[float] = []

    async def ask(sale: bool) -> None:
        try:
            await limit.turn(sale=sale)
        except RateLimited as refused:
            assert refused.retry_after_s > LONGEST_WAIT_S
        else:
            sent_s.append(clock.monotonic_s())

    tasks = []
    for pause_s, sale in steps:
        tasks.append(asyncio.create_task(ask(sale)))
        await clock.advance(pause_s)
    await clock.advance(LONGEST_WAIT_S)
    await asyncio.gather(*tasks)

    for first, later in zip(sent_s, sent_s[per_minute:], strict=False):
        assert later - first >= MINUTE_S - 1e-6
