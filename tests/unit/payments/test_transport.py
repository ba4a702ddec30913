"""The question that money asks of every failure: did a byte of the request leave us?"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import MutableMapping
from typing import Any

import pytest
from httpcore._async.http11 import AsyncHTTP11Connection

from pos_app.payments import tls
from pos_app.payments.address import parse
from pos_app.payments.errors import AnswerLost, NotSent, RateLimited
from pos_app.payments.transport import MAX_ANSWER_BYTES, MAX_CONNECTIONS, Answer, Transport
from tests.support.clock import ManualClock
from tests.support.http_server import Request, Respond, always, never, reply, reset, serve

LONG_S = 30.0


async def ask(url: str, timeout_s: float = LONG_S, clock: ManualClock | None = None) -> Answer:
    transport = Transport.remote(parse(url), clock=clock or ManualClock(), tls_rules=None, pinned=False)
    try:
        return await transport.send("POST", "/api/v1/payments", key="k" * 32, json={"out": False}, timeout_s=timeout_s)
    finally:
        await transport.close()


async def test_a_whole_answer() -> None:
    async with serve(always(reply(201, {"a": 1}, Date="x"))) as server:
        answer = await ask(server.url)

    assert (answer.status, answer.body, answer.headers["date"]) == (201, b'{"a": 1}', "x")
    (request,) = server.requests
    assert request.headers["x-api-key"] == "k" * 32
    assert request.headers["accept-encoding"] == "identity"
    assert request.headers["cache-control"] == "no-cache"


async def test_nobody_listens() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
        with pytest.raises(NotSent, match="could not be reached"):
            await ask(url)


async def test_a_name_that_nobody_has(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_args: object, **_kwargs: object) -> list[Any]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(NotSent, match="name was not found"):
        await ask("http://localhost:5000")


async def test_no_encryption_where_it_was_asked_for() -> None:
    async def answer_in_plain(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(reply(400))
        writer.close()

    server = await asyncio.start_server(answer_in_plain, "127.0.0.1", 0)
    address = parse(f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}")
    transport = Transport.remote(address, clock=ManualClock(), tls_rules=tls.context(None), pinned=False)
    with pytest.raises(NotSent, match="encrypted"):
        await transport.send("POST", "/x", timeout_s=LONG_S)
    await transport.close()
    server.close()


async def test_time_runs_out_while_connecting(monkeypatch: pytest.MonkeyPatch) -> None:
    async def hang(*_args: object, **_kwargs: object) -> None:
        await asyncio.get_running_loop().create_future()

    monkeypatch.setattr("anyio.connect_tcp", hang)
    with pytest.raises(NotSent, match="in time"):
        await ask("http://127.0.0.1:9", timeout_s=0.01)


async def test_time_runs_out_while_all_connections_are_busy() -> None:
    arrived = asyncio.Semaphore(0)

    async def count_in(request: Request, writer: asyncio.StreamWriter) -> None:
        arrived.release()
        await never(request, writer)

    async with serve(count_in) as server:
        transport = Transport.remote(parse(server.url), clock=ManualClock(), tls_rules=None, pinned=False)
        busy = [asyncio.create_task(transport.send("GET", "/slow", timeout_s=LONG_S)) for _ in range(10)]
        for _ in busy:
            await arrived.acquire()
        with pytest.raises(NotSent):
            await transport.send("POST", "/x", timeout_s=0.01)
        for task in busy:
            task.cancel()
        await asyncio.gather(*busy, return_exceptions=True)
        await transport.close()
    assert {r.target for r in server.requests} == {"/slow"}


class Deadlines:
    """The time-outs that the client sets, so that a test can let one run out at an exact moment."""

    def __init__(self) -> None:
        self._make = asyncio.timeout
        self._made: list[asyncio.Timeout] = []

    def timeout(self, delay: float | None) -> asyncio.Timeout:
        self._made.append(self._make(delay))
        return self._made[-1]

    def run_out(self) -> None:
        self._made[-1].reschedule(asyncio.get_running_loop().time())


@pytest.fixture
def deadlines(monkeypatch: pytest.MonkeyPatch) -> Deadlines:
    ours = Deadlines()
    monkeypatch.setattr(asyncio, "timeout", ours.timeout)
    return ours


async def test_silence_after_the_request(deadlines: Deadlines) -> None:
    async def silent(request: Request, writer: asyncio.StreamWriter) -> None:
        deadlines.run_out()
        await never(request, writer)

    async with serve(silent) as server:
        with pytest.raises(AnswerLost, match="in time"):
            await ask(server.url)
    assert len(server.requests) == 1


async def test_an_answer_that_never_ends(deadlines: Deadlines) -> None:
    async def endless(request: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
        for _ in range(5):
            writer.write(b" ")
            await writer.drain()
            await asyncio.sleep(0)
        deadlines.run_out()
        await never(request, writer)

    async with serve(endless) as server:
        with pytest.raises(AnswerLost, match="in time"):
            await ask(server.url)


async def half_an_answer(_request: Request, writer: asyncio.StreamWriter) -> None:
    writer.write(reply(201, {"payment_hash": "ab" * 32})[:-10])


@pytest.mark.parametrize(
    "respond",
    [
        reset,
        always(b""),
        half_an_answer,
        always(b"SSH-2.0-OpenSSH_9.2\r\n"),
        always(b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n"),
        always(b"HTTP/1.1 200 OK\r\nX: " + b"y" * 200_000 + b"\r\n\r\n"),
        always(reply(200, b"x" * (MAX_ANSWER_BYTES + 1))),
    ],
)
async def test_an_answer_that_is_none(respond: Respond) -> None:
    async with serve(respond) as server:
        with pytest.raises(AnswerLost):
            await ask(server.url)
    assert server.connections == 1, "a request that left is never repeated by itself"


async def test_no_number_of_requests_without_an_answer_blocks_the_next_one(
    monkeypatch: pytest.MonkeyPatch, deadlines: Deadlines
) -> None:
    """As if each ran out of time in just that moment in which httpcore loses its connection."""

    async def lose(_connection: object) -> None:
        pass

    async def respond(request: Request, writer: asyncio.StreamWriter) -> None:
        if request.target == "/well":
            writer.write(reply(200))
        else:
            deadlines.run_out()
            await never(request, writer)

    monkeypatch.setattr(AsyncHTTP11Connection, "_response_closed", lose)
    async with serve(respond) as server:
        transport = Transport.remote(parse(server.url), clock=ManualClock(), tls_rules=None, pinned=False)
        for _ in range(MAX_CONNECTIONS):
            with pytest.raises(AnswerLost):
                await transport.send("GET", "/silent", timeout_s=LONG_S)
        assert (await transport.send("GET", "/well", timeout_s=2)).status == 200
        await transport.close()


async def test_a_redirect_is_not_followed() -> None:
    async with serve(always(reply(307, Location="/elsewhere"))) as server:
        answer = await ask(server.url)

    assert answer.status == 307
    assert len(server.requests) == 1


async def test_no_proxy_of_the_environment_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    async with serve(always(reply())) as server:
        assert (await ask(server.url)).status == 200


@pytest.mark.parametrize(
    ("header", "wait_s"),
    [({}, 10), ({"Retry_After": "7"}, 7), ({"Retry_After": "99999999"}, 60), ({"Retry_After": "soon"}, 10)],
)
async def test_too_many_requests_stops_all_requests_for_a_while(header: dict[str, str], wait_s: float) -> None:
    clock = ManualClock()
    async with serve(always(reply(429, b"slow down", **header))) as server:
        transport = Transport.remote(parse(server.url), clock=clock, tls_rules=None, pinned=False)
        with pytest.raises(RateLimited) as raised:
            await transport.send("GET", "/x", timeout_s=LONG_S)
        assert raised.value.retry_after_s == wait_s

        with pytest.raises(RateLimited):
            await transport.send("GET", "/x", timeout_s=LONG_S)
        assert len(server.requests) == 1

        await clock.advance(wait_s)
        with pytest.raises(RateLimited):
            await transport.send("GET", "/x", timeout_s=LONG_S)
        assert len(server.requests) == 2
        await transport.close()


Scope = MutableMapping[str, Any]


async def test_in_process_the_own_time_out_holds() -> None:
    async def slow(_scope: Scope, _receive: object, _send: object) -> None:
        await asyncio.get_running_loop().create_future()

    transport = Transport.in_process(slow)
    with pytest.raises(AnswerLost, match="in time"):
        await transport.send("POST", "/x", timeout_s=0.01)
    await transport.close()


async def test_in_process_a_failing_application_is_a_500() -> None:
    async def broken(_scope: Scope, _receive: object, _send: object) -> None:
        raise RuntimeError("defect")

    transport = Transport.in_process(broken)
    assert (await transport.send("POST", "/x", timeout_s=LONG_S)).status == 500
    await transport.close()
