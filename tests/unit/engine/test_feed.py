from __future__ import annotations

import asyncio

import pytest

from pos_app.engine.feed import BACKLOG, Feed


async def test_every_listener_of_a_name_gets_the_same_bytes() -> None:
    feed = Feed()
    message = b"settled"
    with feed.subscribe("a") as first, feed.subscribe("a") as second, feed.subscribe("b") as other:
        feed.publish(["a", "nobody"], message)
        assert await anext(first) is message
        assert await anext(second) is message
        feed.publish(["a", "b"], b"more")
        assert [await anext(first), await anext(second), await anext(other)] == [b"more"] * 3


async def test_a_listener_waits_and_hears_nothing_from_before() -> None:
    feed = Feed()
    feed.publish(["a"], b"before")
    with feed.subscribe("a") as listener:
        waiting = asyncio.create_task(anext(listener))
        await asyncio.sleep(0)
        assert not waiting.done()
        feed.publish(["a"], b"now")
        assert await waiting == b"now"


async def test_closing_ends_the_iteration_after_what_waits() -> None:
    feed = Feed()
    listener = feed.subscribe("a")
    feed.publish(["a"], b"1")
    feed.close()
    feed.publish(["a"], b"2")
    assert [message async for message in listener] == [b"1"]


async def test_closing_wakes_who_waits() -> None:
    feed = Feed()
    waiting = asyncio.create_task(anext(feed.subscribe("a")))
    await asyncio.sleep(0)
    feed.close()
    with pytest.raises(StopAsyncIteration):
        await waiting


async def test_who_does_not_read_is_cut_off() -> None:
    feed = Feed()
    with feed.subscribe("a") as slow, feed.subscribe("a") as quick:
        for n in range(BACKLOG + 1):
            feed.publish(["a"], b"%d" % n)
            assert await anext(quick) == b"%d" % n
        assert [message async for message in slow] == []


async def test_watching_a_name() -> None:
    feed = Feed()
    watching = feed.watch("a")
    first = asyncio.ensure_future(anext(watching))
    await asyncio.sleep(0)
    feed.publish(["a"], b"settled")
    await first
    assert feed.is_up("a")
    await watching.aclose()
    assert not feed._listeners


async def test_a_watcher_who_was_cut_off_is_told_and_goes_on() -> None:
    feed = Feed()
    watching = feed.watch("a")
    first = asyncio.ensure_future(anext(watching))
    await asyncio.sleep(0)
    for _ in range(BACKLOG + 2):
        feed.publish(["a"], b"settled")
    await first
    second = asyncio.ensure_future(anext(watching))
    await asyncio.sleep(0)
    feed.publish(["a"], b"settled")
    await second
    feed.close()
    async with asyncio.timeout(5):
        assert len([message async for message in watching]) == 1
