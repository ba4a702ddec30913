"""Tasks that never die in silence, pauses that end early."""

from __future__ import annotations

import asyncio

import pytest

from pos_app.till.background import Backoff, Bell, Tasks
from tests.conftest import LogWatch
from tests.support.clock import ManualClock


async def test_a_fault_is_logged(expect_log: LogWatch) -> None:
    expect_log.expect("pos_app.till.background", "frail ended by a fault")

    async def frail() -> None:
        raise ZeroDivisionError

    tasks = Tasks()
    await asyncio.wait([tasks.start(frail(), "frail")])
    await asyncio.sleep(0)
    assert len(expect_log.expected) == 1


async def test_close_ends_what_runs() -> None:
    tasks = Tasks()
    task = tasks.start(asyncio.Event().wait(), "endless")  # type: ignore[arg-type]
    await tasks.close()
    assert task.cancelled()


async def test_a_ring_ends_the_pause(clock: ManualClock) -> None:
    bell = Bell(clock)
    pause = asyncio.create_task(bell.pause(100))
    await clock.advance(99)
    assert not pause.done()
    bell.ring()
    await clock.settle()
    assert pause.done()


async def test_a_ring_is_kept_for_the_next_pause_only(clock: ManualClock) -> None:
    bell = Bell(clock)
    bell.ring()
    await bell.pause(None)
    pause = asyncio.create_task(bell.pause(10))
    await clock.advance(9)
    assert not pause.done()
    await clock.advance(1)
    assert pause.done()


def test_pauses_grow_to_a_minute() -> None:
    backoff = Backoff()
    pauses = [backoff.next_s() for _ in range(9)]
    for pause, expected in zip(pauses, [1, 2, 4, 8, 16, 32, 60, 60, 60], strict=True):
        assert pause == pytest.approx(expected, rel=0.25)
    backoff.reset()
    assert backoff.next_s() <= 1.25
