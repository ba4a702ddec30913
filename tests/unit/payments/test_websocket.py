"""The websocket of one invoice: heard, lost, and made again."""

from __future__ import annotations

import asyncio
import http
import socket
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
import trustme
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.http11 import Request, Response

from pos_app.payments import tls
from pos_app.payments.websocket import WebsocketPush
from tests.support.clock import ManualClock

HASH = "ab" * 32
SETTLED = '{"pending": false, "status": "success"}'


class Receiver:
    """A running `watch`; `heard` gets one entry a push."""

    def __init__(self, push: WebsocketPush, name: str = HASH) -> None:
        self.heard: asyncio.Queue[None] = asyncio.Queue()
        self._task = asyncio.create_task(self._run(push, name))

    async def _run(self, push: WebsocketPush, name: str) -> None:
        async for _ in push.watch(name):
            self.heard.put_nowait(None)

    async def next(self) -> None:
        async with asyncio.timeout(5):
            await self.heard.get()

    async def stop(self) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)


class Pusher:
    """A websocket server; each connection that was made can be taken once."""

    def __init__(self) -> None:
        self.connections: asyncio.Queue[ServerConnection] = asyncio.Queue()
        self.answer: Callable[[ServerConnection, Request], Response | None] = lambda _connection, _request: None
        self.asked: asyncio.Queue[str] = asyncio.Queue()
        self.port = 0

    async def talk(self, connection: ServerConnection) -> None:
        self.connections.put_nowait(connection)
        await connection.wait_closed()

    def process(self, connection: ServerConnection, request: Request) -> Response | None:
        self.asked.put_nowait(request.path)
        return self.answer(connection, request)

    @asynccontextmanager
    async def listen(self, *, tls_rules: ssl.SSLContext | None = None) -> AsyncIterator[Server]:
        server = await serve(self.talk, "127.0.0.1", self.port, ssl=tls_rules, process_request=self.process)
        self.port = next(iter(server.sockets)).getsockname()[1]
        try:
            yield server
        finally:
            server.close()
            await server.wait_closed()


@asynccontextmanager
async def watched(push: WebsocketPush) -> AsyncIterator[Receiver]:
    receiver = Receiver(push)
    try:
        yield receiver
    finally:
        await receiver.stop()


async def until(clock: ManualClock, push: WebsocketPush, *, up: bool) -> None:
    async with asyncio.timeout(5):
        while push.is_up(HASH) is not up:
            await clock.settle()


async def test_the_connection_itself_and_each_message_are_heard() -> None:
    pusher = Pusher()
    async with pusher.listen():
        push = WebsocketPush(f"ws://127.0.0.1:{pusher.port}", clock=ManualClock(), tls_rules=None)
        assert not push.is_up(HASH)
        async with watched(push) as receiver:
            await receiver.next()
            assert push.is_up(HASH)
            assert not push.is_up("cd" * 32)
            connection = await pusher.connections.get()
            await connection.send(SETTLED)
            await receiver.next()
            await connection.send(SETTLED)
            await receiver.next()
        assert not push.is_up(HASH)
    assert await pusher.asked.get() == f"/api/v1/ws/{HASH}"


async def test_a_lost_connection_is_made_again_and_heard() -> None:
    pusher, clock = Pusher(), ManualClock()
    async with pusher.listen():
        push = WebsocketPush(f"ws://127.0.0.1:{pusher.port}", clock=clock, tls_rules=None)
        async with watched(push) as receiver:
            await receiver.next()
            (await pusher.connections.get()).transport.abort()
            await until(clock, push, up=False)

            await clock.advance(2)
            await receiver.next()
            assert push.is_up(HASH)


class NotingClock(ManualClock):
    """Lets every pause pass at once and notes how long it was to be."""

    def __init__(self) -> None:
        super().__init__()
        self.pauses: asyncio.Queue[float] = asyncio.Queue()

    async def sleep(self, seconds: float) -> None:
        self.pauses.put_nowait(seconds)
        await super().sleep(0)


async def test_a_server_that_is_away_is_asked_ever_more_rarely() -> None:
    pusher, clock = Pusher(), NotingClock()
    pusher.answer = lambda connection, _request: connection.respond(http.HTTPStatus.SERVICE_UNAVAILABLE, "away")
    async with pusher.listen():
        push = WebsocketPush(f"ws://127.0.0.1:{pusher.port}", clock=clock, tls_rules=None)
        async with watched(push):
            pauses_s = [await clock.pauses.get() for _ in range(9)]
    for pause_s, middle_s in zip(pauses_s, [1, 2, 4, 8, 16, 32, 60, 60, 60], strict=True):
        assert 0.75 * middle_s <= pause_s <= 1.25 * middle_s


async def test_nobody_listens() -> None:
    clock = ManualClock()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        push = WebsocketPush(f"ws://127.0.0.1:{free.getsockname()[1]}", clock=clock, tls_rules=None)
        async with watched(push) as receiver:
            await clock.advance(100)
            assert receiver.heard.empty()
            assert not push.is_up(HASH)


async def test_a_redirect_is_not_followed() -> None:
    pusher, elsewhere, clock = Pusher(), Pusher(), ManualClock()
    async with pusher.listen(), elsewhere.listen():

        def redirect(connection: ServerConnection, _request: Request) -> Response:
            response = connection.respond(http.HTTPStatus.FOUND, "")
            response.headers["Location"] = f"ws://127.0.0.1:{elsewhere.port}/"
            return response

        pusher.answer = redirect
        push = WebsocketPush(f"ws://127.0.0.1:{pusher.port}", clock=clock, tls_rules=None)
        async with watched(push):
            await pusher.asked.get()
            await clock.advance(1.5)
            await pusher.asked.get()
        assert elsewhere.asked.empty()


async def test_a_message_that_is_too_long_ends_the_connection() -> None:
    pusher, clock = Pusher(), ManualClock()
    async with pusher.listen():
        push = WebsocketPush(f"ws://127.0.0.1:{pusher.port}", clock=clock, tls_rules=None)
        async with watched(push) as receiver:
            await receiver.next()
            await (await pusher.connections.get()).send("x" * 1_000_000)
            await until(clock, push, up=False)
            assert receiver.heard.empty()


async def test_pushes_come_over_a_pinned_certificate_only() -> None:
    certificate = trustme.CA().issue_cert("127.0.0.1")
    rules = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(rules)
    pusher, clock = Pusher(), ManualClock()
    async with pusher.listen(tls_rules=rules):
        url = f"wss://127.0.0.1:{pusher.port}"
        sha256 = await tls.shown_by("127.0.0.1", pusher.port)
        async with watched(WebsocketPush(url, clock=clock, tls_rules=tls.context(sha256))) as receiver:
            await receiver.next()
        stranger = WebsocketPush(url, clock=clock, tls_rules=tls.context("00" * 32))
        before = pusher.asked.qsize()
        async with watched(stranger):
            await clock.advance(30)
        assert pusher.asked.qsize() == before


@pytest.mark.parametrize("watchers", [2, 3])
async def test_up_as_long_as_one_watch_is(watchers: int) -> None:
    pusher = Pusher()
    async with pusher.listen():
        push = WebsocketPush(f"ws://127.0.0.1:{pusher.port}", clock=ManualClock(), tls_rules=None)
        receivers = [Receiver(push) for _ in range(watchers)]
        for receiver in receivers:
            await receiver.next()
        for receiver in receivers:
            assert push.is_up(HASH)
            await receiver.stop()
        assert not push.is_up(HASH)
