"""A web server of a test's own on loopback, byte for byte as the test wants it, and a witness of every connection."""

from __future__ import annotations

import asyncio
import ssl
import sys
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field

import pytest

from tests.support.http_server import Request as Request
from tests.support.http_server import read_request

HOST = "127.0.0.1"


Reply = bytes | Callable[[asyncio.StreamWriter], Awaitable[None]]
"""The raw answer, or a function that writes it as it likes."""


@dataclass
class WebServer:
    port: int
    requests: list[Request] = field(default_factory=list)

    @property
    def host_port(self) -> str:
        return f"{HOST}:{self.port}"

    @property
    def url(self) -> str:
        return f"http://{self.host_port}"


def http(body: bytes | str, status: int = 200, *headers: str) -> bytes:
    """A complete answer with this body."""
    content = body.encode() if isinstance(body, str) else body
    lines = [f"HTTP/1.1 {status} Test", f"Content-Length: {len(content)}", *headers, "", ""]
    return "\r\n".join(lines).encode() + content


@asynccontextmanager
async def serve(answer: Callable[[Request], Reply], tls: ssl.SSLContext | None = None) -> AsyncGenerator[WebServer]:
    """Serve until the block ends. A connection that is still busy then is cut off."""
    busy: set[asyncio.Task[None]] = set()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            request = await read_request(reader)
            server.requests.append(request)
            reply = answer(request)
            if isinstance(reply, bytes):
                writer.write(reply)
                await writer.drain()
            else:
                await reply(writer)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            writer.transport.abort()
        finally:
            writer.close()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(talk(reader, writer))
        busy.add(task)
        task.add_done_callback(busy.discard)

    listener = await asyncio.start_server(accept, HOST, 0, ssl=tls)
    server = WebServer(listener.sockets[0].getsockname()[1])
    try:
        yield server
    finally:
        listener.close()
        for task in busy:
            task.cancel()
        await asyncio.gather(*busy, return_exceptions=True)
        await listener.wait_closed()


class Deadline:
    """Stands in for `asyncio.timeout` within a test, which says itself when the time is over."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.given_s: list[float] = []
        self._timeout = asyncio.Timeout(None)
        monkeypatch.setattr(asyncio, "timeout", self._start)

    def _start(self, delay_s: float) -> asyncio.Timeout:
        self.given_s.append(delay_s)
        self._timeout = asyncio.Timeout(None)
        return self._timeout

    def pass_by(self) -> None:
        self._timeout.reschedule(asyncio.get_running_loop().time())

    async def hang(self, _writer: asyncio.StreamWriter) -> None:
        """A reply that never comes: the time is over as soon as the request has arrived."""
        self.pass_by()
        await asyncio.get_running_loop().create_future()

    async def drip(self, writer: asyncio.StreamWriter) -> None:
        """A reply that comes byte by byte, until the time is over."""
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        for _ in range(5):
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0)
        await self.hang(writer)


_witnesses: list[list[str]] = []


def _witness(event: str, arguments: tuple[object, ...]) -> None:
    if event == "socket.connect":
        address = arguments[1]
        for seen in _witnesses:
            seen.append(str(address[0]) if isinstance(address, tuple) else str(address))


sys.addaudithook(_witness)


@contextmanager
def connections() -> Generator[list[str]]:
    """The addresses that any socket of this process was connected to within the block, as the interpreter saw it."""
    seen: list[str] = []
    _witnesses.append(seen)
    try:
        yield seen
    finally:
        _witnesses.remove(seen)
