"""The engine's API on a port, for the other tills and programs of this computer (`pos-app engine serve`)."""

from __future__ import annotations

import asyncio
import signal
import socket
from collections.abc import AsyncIterator, Callable, Generator
from contextlib import asynccontextmanager, contextmanager
from ipaddress import ip_address

import uvicorn

from pos_app.core.errors import UserError
from pos_app.engine.engine import Engine

LAST_REQUESTS_S = 5
"""How long requests that are under way may take when the server is asked to stop."""


class NotLoopback(UserError):
    """The server speaks plain HTTP and has no limits yet: it is for this computer only."""

    def __init__(self, host: str) -> None:
        super().__init__(f"{host} is not an address of this computer alone.", "Use --host 127.0.0.1.")


class PortTaken(UserError):
    """Nothing can listen there."""

    def __init__(self, host: str, port: int, reason: str) -> None:
        super().__init__(f"The server cannot listen on {host} port {port}: {reason}.", "Choose another --port.")


async def serve(engine: Engine, host: str, port: int, *, announce: Callable[[str], None]) -> None:
    """Serve a started engine until SIGTERM or SIGINT. `announce` gets the URL once requests are answered.

    Call from the main thread. Requests that are under way are answered before it returns.
    Raises NotLoopback, PortTaken.
    """
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    try:
        async with serving(engine, host, port) as url:
            announce(url)
            await stop.wait()
    finally:
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)


@asynccontextmanager
async def serving(engine: Engine, host: str, port: int) -> AsyncIterator[str]:
    """The API is served, at the yielded URL, as long as the block lasts. Port 0 takes a free one."""
    listener = _listen(host, port)
    server = _Server(
        uvicorn.Config(
            engine.app,
            lifespan="off",
            log_config=None,
            log_level="warning",  # paths and queries may hold keys
            access_log=False,
            server_header=False,
            ws_max_size=1024,
            ws_per_message_deflate=False,
            timeout_graceful_shutdown=LAST_REQUESTS_S,
        )
    )
    running = asyncio.create_task(server.serve(sockets=[listener]))
    running.add_done_callback(lambda _: server.is_up.set())
    try:
        await server.is_up.wait()
        address = f"[{host}]" if ":" in host else host
        yield f"http://{address}:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        await running


def _listen(host: str, port: int) -> socket.socket:
    try:
        is_loopback = host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        is_loopback = False
    if not is_loopback:
        raise NotLoopback(host)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Without the protocol's number asyncio does not switch off Nagle's delay: 40 ms for each answer.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
    except (OSError, OverflowError) as error:
        listener.close()
        raise PortTaken(host, port, getattr(error, "strerror", None) or str(error)) from error
    return listener


class _Server(uvicorn.Server):
    """Tells when it is up, and leaves the process's signals alone."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.is_up = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.is_up.set()

    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield
