"""A line that does what a test says: it holds, loses, cuts, breaks or forges what goes through it.

Requests go to the server one a connection; websockets pass through untouched.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

from tests.support.http_server import Request, read_request


class Exchange:
    """One request on its way. `forward` sends it on and gives the server's whole answer."""

    def __init__(self, request: Request, writer: asyncio.StreamWriter, port: int) -> None:
        self.request = request
        self.writer = writer
        self._port = port

    async def forward(self) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        try:
            writer.write(_as_sent(self.request, connection="close"))
            return await reader.read()
        finally:
            writer.close()


Fault = Callable[[Exchange], Awaitable[None]]


class Proxy:
    """`fault` may be set at any moment; it holds for the requests that arrive from then on."""

    def __init__(self, target_url: str) -> None:
        self.fault: Fault = pass_on
        self.port = 0
        self._target_port = urlsplit(target_url).port or 80

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            request = await read_request(reader)
            if request.headers.get("upgrade", "").lower() == "websocket":
                await self._tunnel(request, reader, writer)
            else:
                await self.fault(Exchange(request, writer, self._target_port))
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def _tunnel(self, request: Request, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._target_port)
        try:
            far_writer.write(_as_sent(request, connection="Upgrade"))
            await asyncio.gather(_copy(reader, far_writer), _copy(far_reader, writer))
        finally:
            far_writer.close()


@asynccontextmanager
async def proxy_to(target_url: str) -> AsyncIterator[Proxy]:
    proxy = Proxy(target_url)
    talks: set[asyncio.Task[None]] = set()

    def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.ensure_future(proxy.talk(reader, writer))
        talks.add(task)
        task.add_done_callback(talks.discard)

    listener = await asyncio.start_server(connected, "127.0.0.1", 0)
    proxy.port = listener.sockets[0].getsockname()[1]
    try:
        yield proxy
    finally:
        listener.close()
        for task in tuple(talks):
            task.cancel()
        await asyncio.gather(*talks, return_exceptions=True)


async def pass_on(exchange: Exchange) -> None:
    exchange.writer.write(await exchange.forward())


async def lose_request(exchange: Exchange) -> None:
    """The server never hears of it; the caller's connection breaks."""
    exchange.writer.transport.abort()


async def lose_answer(exchange: Exchange) -> None:
    """The server acts; the caller's connection breaks."""
    await exchange.forward()
    exchange.writer.transport.abort()


class HoldAnswer:
    """The server acts and `made` is set; its answer comes when `release` is."""

    def __init__(self) -> None:
        self.made = asyncio.Event()
        self.release = asyncio.Event()

    async def __call__(self, exchange: Exchange) -> None:
        answer = await exchange.forward()
        self.made.set()
        await self.release.wait()
        exchange.writer.write(answer)


def cut_answer(after_bytes: int) -> Fault:
    """The server acts; only the beginning of its answer comes."""

    async def fault(exchange: Exchange) -> None:
        exchange.writer.write((await exchange.forward())[:after_bytes])

    return fault


def forge_body(change: Callable[[bytes], bytes]) -> Fault:
    """The server acts; its answer comes with another body."""

    async def fault(exchange: Exchange) -> None:
        head, _, body = (await exchange.forward()).partition(b"\r\n\r\n")
        forged = change(body)
        kept = [line for line in head.split(b"\r\n") if not line.lower().startswith(b"content-length:")]
        kept.append(b"Content-Length: %d" % len(forged))
        exchange.writer.write(b"\r\n".join(kept) + b"\r\n\r\n" + forged)

    return fault


def _as_sent(request: Request, *, connection: str) -> bytes:
    headers = request.headers | {"connection": connection}
    lines = [f"{request.method} {request.target} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + request.body


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65_536):
        writer.write(data)
        await writer.drain()
    writer.close()
