"""Serves an ASGI application on loopback, within the running event loop."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import uvicorn

HOST = "127.0.0.1"
_STOP_S = 1


class _Server(uvicorn.Server):
    """Tells when it listens."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listens = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.listens.set()


def listen(port: int = 0) -> socket.socket:
    """A listening socket on loopback: at this port, or at any where it is 0 or taken."""
    try:
        return socket.create_server((HOST, port))
    except OSError:
        return socket.create_server((HOST, 0))


@asynccontextmanager
async def serving(
    app: Callable[..., Awaitable[Any]], listener: socket.socket, *, certificate: Path | None = None
) -> AsyncGenerator[str]:
    """Serve at this socket until the block ends, and close it. Gives `host:port`.

    With a PEM file of certificate and key it speaks TLS.
    """
    config = uvicorn.Config(
        app,
        interface="asgi3",
        log_config=None,
        access_log=False,
        lifespan="off",
        ssl_certfile=certificate,
        timeout_graceful_shutdown=_STOP_S,
    )
    server = _Server(config)
    running = asyncio.create_task(server.serve(sockets=[listener]))
    listens = asyncio.create_task(server.listens.wait())
    try:
        await asyncio.wait((running, listens), return_when=asyncio.FIRST_COMPLETED)
        if running.done():
            await running
        yield f"{HOST}:{listener.getsockname()[1]}"
    finally:
        listens.cancel()
        server.should_exit = True
        await running
        listener.close()
