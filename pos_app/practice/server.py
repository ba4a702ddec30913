"""Serves an ASGI application on loopback, within the running event loop."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self, cast

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

HOST = "127.0.0.1"
_STOP_S = 1


class _Server(uvicorn.Server):
    """Tells when it has started."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.has_started = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.has_started.set()


class Station:
    """An ASGI application at one port of loopback, as long as the block lasts: `async with Station(…) as station`.

    While the port is closed, connections to it are refused, and nobody else can take it. With a PEM file of
    certificate and key it speaks TLS. While `twice` says so, each answer goes out two times.
    """

    def __init__(
        self,
        app: Callable[..., Awaitable[Any]],
        listener: socket.socket,
        *,
        certificate: Path | None = None,
        twice: Callable[[], bool] = lambda: False,
    ) -> None:
        self._config = uvicorn.Config(
            app,
            interface="asgi3",
            log_config=None,
            access_log=False,
            lifespan="off",
            ssl_certfile=certificate,
            timeout_graceful_shutdown=_STOP_S,
        )
        self._server = _Server(self._config)
        self._twice = twice
        self._socket = listener
        self._port = listener.getsockname()[1]
        self._opening: asyncio.Task[None] | None = None
        self._listening: asyncio.Server | None = None

    @property
    def host_port(self) -> str:
        return f"{HOST}:{self._port}"

    async def __aenter__(self) -> Self:
        self._running = asyncio.create_task(self._server.serve(sockets=[]))
        started = asyncio.create_task(self._server.has_started.wait())
        try:
            await asyncio.wait((self._running, started), return_when=asyncio.FIRST_COMPLETED)
        finally:
            started.cancel()
        if self._running.done():
            await self._running
        self.open_port()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop_listening()
        self._server.should_exit = True
        await self._running

    def open_port(self) -> None:
        """Take connections from now on. May be called twice."""
        if self._opening is None:
            self._socket.listen()
            self._opening = asyncio.create_task(self._listen())

    def close_port(self) -> None:
        """Refuse connections from now on, and break off those that are. May be called twice."""
        if self._opening is None:
            return
        self._stop_listening()
        for connection in tuple(self._server.server_state.connections):
            cast("H11Protocol", connection).transport.abort()
        self._socket = _bound(self._port)

    async def _listen(self) -> None:
        loop = asyncio.get_running_loop()
        self._listening = await loop.create_server(
            self._protocol, sock=self._socket, ssl=self._config.ssl, start_serving=False
        )
        await self._listening.start_serving()

    def _stop_listening(self) -> None:
        opening, self._opening = self._opening, None
        listening, self._listening = self._listening, None
        if opening is not None:
            opening.cancel()
        if listening is not None:  # its own `close` would lose a connection that was just taken, and leave it open
            asyncio.get_running_loop().remove_reader(self._socket)
        self._socket.close()

    def _protocol(self) -> _Protocol:
        return _Protocol(self._config, self._server, self._twice, lambda: self._opening is not None)


class _Protocol(H11Protocol):
    """One connection."""

    def __init__(
        self, config: uvicorn.Config, server: _Server, twice: Callable[[], bool], is_open: Callable[[], bool]
    ) -> None:
        super().__init__(config, server.server_state, {})
        self._twice = twice
        self._is_open = is_open

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(cast("asyncio.Transport", _Repeating(transport, self._twice)))
        if not self._is_open():  # it was taken in the moment in which the port was closed
            transport.abort()


class _Repeating:
    """A transport that says all again before it closes, while `twice` says so."""

    def __init__(self, transport: asyncio.Transport, twice: Callable[[], bool]) -> None:
        self._transport = transport
        self._twice = twice
        self._said = b""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        self._said += data
        self._transport.write(data)

    def close(self) -> None:
        if self._twice() and not self._transport.is_closing():
            self._transport.write(self._said)
        self._transport.close()


def listen(port: int = 0) -> socket.socket:
    """A listening socket on loopback: at this port, or at any where it is 0 or taken."""
    try:
        return socket.create_server((HOST, port))
    except OSError:
        return socket.create_server((HOST, 0))


def _bound(port: int) -> socket.socket:
    """A socket that holds the port without listening."""
    held = socket.socket()
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    held.bind((HOST, port))
    return held


@asynccontextmanager
async def serving(
    app: Callable[..., Awaitable[Any]], listener: socket.socket, *, certificate: Path | None = None
) -> AsyncGenerator[str]:
    """Serve at this socket until the block ends, and close it. Gives `host:port`. See `Station`."""
    async with Station(app, listener, certificate=certificate) as station:
        yield station.host_port
