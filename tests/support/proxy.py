"""A line that does what a test says: it holds, loses, doubles, cuts, breaks or forges what goes through it.

Requests go to the server one a connection; websockets pass through untouched, unless the line is down.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

from pos_app.core.clock import Clock
from tests.support.http_server import Request, read_request

_RESET_AT_CLOSE = struct.pack("ii", 1, 0)
_TURNS_TO_CLOSE = 20


class Exchange:
    """One request on its way. `forward` sends it on and gives the server's whole answer."""

    def __init__(self, request: Request, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, port: int) -> None:
        self.request = request
        self.writer = writer
        self._reader = reader
        self._port = port

    async def forward(self, bytes_sent: int | None = None) -> bytes:
        """With `bytes_sent` the connection to the server ends after so many bytes of the request."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        try:
            writer.write(_as_sent(self.request, connection="close")[:bytes_sent])
            if bytes_sent is not None:
                writer.write_eof()
            return await reader.read()
        finally:
            writer.close()

    async def until_given_up(self) -> None:
        """Say nothing until the caller closes the connection."""
        while await self._reader.read(65_536):
            pass

    def reset(self) -> None:
        """Break the caller's connection: it gets an RST, not an end."""
        self.writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_AT_CLOSE)
        self.writer.transport.abort()


Fault = Callable[[Exchange], Awaitable[None]]


class Proxy:
    """`fault` may be set at any moment; it holds for the requests that arrive from then on."""

    def __init__(self, target_url: str, host: str = "127.0.0.1") -> None:
        self.fault: Fault = pass_on
        self._host = host
        self._target_port = urlsplit(target_url).port or 80
        self._held = _bound(host, 0)
        self.port: int = self._held.getsockname()[1]
        self._is_cut = True
        self._taking: set[asyncio.Task[object]] = set()
        self._talks: set[asyncio.Task[None]] = set()

    @property
    def url(self) -> str:
        return f"http://{self.host_port}"

    @property
    def host_port(self) -> str:
        return f"{self._host}:{self.port}"

    def mend(self) -> None:
        """The line is there. May be called twice."""
        if self._is_cut:
            self._is_cut = False
            self._held.listen()
            asyncio.get_running_loop().add_reader(self._held, self._take)

    def cut(self) -> None:
        """The line is down: what is on its way is lost, and connections are refused. May be called twice."""
        if not self._is_cut:
            self._is_cut = True
            asyncio.get_running_loop().remove_reader(self._held)
            self._held.close()
            self._held = _bound(self._host, self.port)
            for task in tuple(self._talks):
                task.cancel()

    def _take(self) -> None:
        """By hand: asyncio.Server loses a connection that it has just accepted when it is closed."""
        try:
            connection, _ = self._held.accept()
        except OSError:  # the caller has gone
            return
        connection.setblocking(False)
        loop = asyncio.get_running_loop()
        task: asyncio.Task[object] = loop.create_task(loop.connect_accepted_socket(self._protocol, connection))
        self._taking.add(task)
        task.add_done_callback(self._taking.discard)

    def _protocol(self) -> asyncio.StreamReaderProtocol:
        return asyncio.StreamReaderProtocol(asyncio.StreamReader(), self._connected)

    async def close(self) -> None:
        self.cut()
        self._held.close()
        await asyncio.gather(*self._taking)
        for _ in range(_TURNS_TO_CLOSE):
            for task in tuple(self._talks):  # one may just have been taken from the listener
                task.cancel()
            await asyncio.sleep(0)

    def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.ensure_future(self.talk(reader, writer))
        self._talks.add(task)

        def ended(_task: asyncio.Task[None]) -> None:
            self._talks.discard(task)
            if task.cancelled():  # also before its first step
                writer.transport.abort()

        task.add_done_callback(ended)

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            request = await read_request(reader)
            if request.headers.get("upgrade", "").lower() == "websocket":
                await self._tunnel(request, reader, writer)
            else:
                await self.fault(Exchange(request, reader, writer, self._target_port))
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
async def proxy_to(target_url: str, host: str = "127.0.0.1") -> AsyncIterator[Proxy]:
    """`host` is the address on loopback at which it listens."""
    proxy = Proxy(target_url, host)
    proxy.mend()
    try:
        yield proxy
    finally:
        await proxy.close()


async def pass_on(exchange: Exchange) -> None:
    exchange.writer.write(await exchange.forward())


async def lose_request(exchange: Exchange) -> None:
    """The server never hears of it; the caller's connection breaks."""
    exchange.writer.transport.abort()


async def lose_answer(exchange: Exchange) -> None:
    """The server acts; the caller's connection breaks."""
    await exchange.forward()
    exchange.writer.transport.abort()


async def swallow_request(exchange: Exchange) -> None:
    """The server never hears of it, and the caller hears nothing until it gives up."""
    await exchange.until_given_up()


async def swallow_answer(exchange: Exchange) -> None:
    """The server acts; the caller hears nothing until it gives up."""
    await exchange.forward()
    await exchange.until_given_up()


async def reset_request(exchange: Exchange) -> None:
    """The server never hears of it; the caller's connection is reset."""
    exchange.reset()


async def answer_first_of_two(exchange: Exchange) -> None:
    """The request comes to the server twice; its first answer comes."""
    first = await exchange.forward()
    await exchange.forward()
    exchange.writer.write(first)


async def answer_last_of_two(exchange: Exchange) -> None:
    """The request comes to the server twice; its second answer comes."""
    await exchange.forward()
    exchange.writer.write(await exchange.forward())


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


def delay_request(clock: Clock, seconds: float) -> Fault:
    """The server hears of it so much later, also when the caller has given up by then."""

    async def fault(exchange: Exchange) -> None:
        await clock.sleep(seconds)
        await pass_on(exchange)

    return fault


def delay_answer(clock: Clock, seconds: float) -> Fault:
    """The server acts at once; its answer comes so much later."""

    async def fault(exchange: Exchange) -> None:
        answer = await exchange.forward()
        await clock.sleep(seconds)
        exchange.writer.write(answer)

    return fault


def cut_request(after_bytes: int) -> Fault:
    """Only the beginning of the request comes to the server; the caller's connection breaks."""

    async def fault(exchange: Exchange) -> None:
        await exchange.forward(after_bytes)
        exchange.writer.transport.abort()

    return fault


def cut_answer(after_bytes: int) -> Fault:
    """The server acts; only the beginning of its answer comes."""

    async def fault(exchange: Exchange) -> None:
        exchange.writer.write((await exchange.forward())[:after_bytes])

    return fault


def reset_answer(after_bytes: int) -> Fault:
    """The server acts; the beginning of its answer comes, then a reset."""

    async def fault(exchange: Exchange) -> None:
        exchange.writer.write((await exchange.forward())[:after_bytes])
        exchange.reset()

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


def only_for(part: str, fault: Fault) -> Fault:
    """The fault for requests whose method and target hold this; the others pass."""

    async def chosen(exchange: Exchange) -> None:
        named = part in f"{exchange.request.method} {exchange.request.target}"
        await (fault if named else pass_on)(exchange)

    return chosen


def _bound(host: str, port: int) -> socket.socket:
    """A socket that holds the port without listening: connections are refused."""
    held = socket.socket()
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    held.bind((host, port))
    held.setblocking(False)
    return held


def _as_sent(request: Request, *, connection: str) -> bytes:
    headers = request.headers | {"connection": connection}
    lines = [f"{request.method} {request.target} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + request.body


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65_536):
        writer.write(data)
        await writer.drain()
    writer.close()
