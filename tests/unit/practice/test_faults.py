"""The switches, and the line between the till and the practice engine."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from pos_app.engine.feed import Feed
from pos_app.payments.client import Client
from pos_app.payments.errors import AnswerLost, NotSent
from pos_app.practice.faults import Fault, Faults, Line
from tests.support.clock import ManualClock

HASH = "11" * 32


def test_switches() -> None:
    faults, changes = Faults(["issuer_slow"]), []
    unfollow = faults.follow(lambda: changes.append(faults.on))
    faults.set("server_away", True)
    faults.set("server_away", True)
    faults.set("issuer_slow", False)
    unfollow()
    faults.set("server_away", False)
    assert changes == [{"issuer_slow", "server_away"}, {"server_away"}]
    assert faults.on == frozenset()


def test_a_name_that_is_none() -> None:
    with pytest.raises(ValueError, match="gremlins"):
        Faults().set("gremlins", True)


@pytest.fixture
async def listened() -> AsyncIterator[tuple[Faults, Feed, Line, list[int]]]:
    """A line somebody listens to, and when something came."""
    faults, feed, heard = Faults(), Feed(), [0]
    line = Line(faults, feed)

    async def listen() -> None:
        async for _ in line.watch(HASH):
            heard[0] += 1

    listening = asyncio.create_task(listen())
    await ManualClock().settle()
    yield faults, feed, line, heard
    listening.cancel()
    await asyncio.gather(listening, return_exceptions=True)
    await ManualClock().settle()
    assert not feed._listeners


async def test_pushes_stop_while_the_line_is_cut(listened: tuple[Faults, Feed, Line, list[int]]) -> None:
    faults, feed, line, heard = listened
    feed.publish([HASH], b"")
    await ManualClock().settle()
    assert heard == [1] and line.is_up(HASH)
    faults.set(Fault.SERVER_AWAY, True)
    feed.publish([HASH], b"")
    await ManualClock().settle()
    assert heard == [1] and not line.is_up(HASH)
    faults.set(Fault.SERVER_AWAY, False)
    await ManualClock().settle()
    assert heard == [2] and line.is_up(HASH)
    feed.publish([HASH], b"")
    await ManualClock().settle()
    assert heard == [3]


async def test_no_request_gets_through_a_cut_line_and_no_answer_back() -> None:
    faults, asked, may_answer = Faults(), asyncio.Event(), asyncio.Event()

    async def server(scope: object, receive: object, send: object) -> None:
        asked.set()
        await may_answer.wait()
        await send({"type": "http.response.start", "status": 200, "headers": []})  # type: ignore[operator]
        await send({"type": "http.response.body", "body": b'{"name": "x", "balance": 1}'})  # type: ignore[operator]

    line = Line(faults, Feed())
    client = Client.embedded(server, "5a" * 16, line, clock=ManualClock(), is_whole=line.is_whole)
    faults.set(Fault.SERVER_AWAY, True)
    with pytest.raises(NotSent, match="could not be reached"):
        await client.wallet()
    assert not asked.is_set()
    faults.set(Fault.SERVER_AWAY, False)
    asking = asyncio.create_task(client.wallet())
    await asked.wait()
    faults.set(Fault.SERVER_AWAY, True)
    may_answer.set()
    with pytest.raises(AnswerLost, match="broke"):
        await asking
    faults.set(Fault.SERVER_AWAY, False)
    assert (await client.wallet()).name == "x"
    await client.close()
