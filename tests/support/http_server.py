"""A server on loopback that answers exactly as a test says: one connection, one request, one answer."""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Request:
    """What arrived. `headers` has small-letter names; `target` is path and query as sent."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> object:
        return json.loads(self.body)


Respond = Callable[[Request, asyncio.StreamWriter], Awaitable[None]]


@dataclass
class Server:
    """Where it listens, and all that arrived so far."""

    port: int = 0
    connections: int = 0
    requests: list[Request] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


def reply(status: int = 200, body: object = b"", **headers: str) -> bytes:
    """A whole HTTP answer; a body that is not bytes goes out as JSON. `Retry_After=…` becomes `Retry-After`."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    lines = [f"HTTP/1.1 {status} X", f"Content-Length: {len(content)}", "Connection: close"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + content


def always(answer: bytes) -> Respond:
    """Give this answer to everything."""

    async def respond(_request: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(answer)

    return respond


async def never(_request: Request, _writer: asyncio.StreamWriter) -> None:
    """Take the request and stay silent until the connection is closed."""
    await asyncio.get_running_loop().create_future()


async def reset(_request: Request, writer: asyncio.StreamWriter) -> None:
    """Take the request and break the connection."""
    writer.transport.abort()


async def read_request(reader: asyncio.StreamReader) -> Request:
    """Raises asyncio.IncompleteReadError where the caller closes before a whole request has come."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = head.rstrip("\r\n").split("\r\n")
    method, target, _ = first.split(" ")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    return Request(method, target, headers, body)


TURNS_TO_CLOSE = 20
"""Of the loop; a broken TLS handshake takes a few to close its socket."""


@asynccontextmanager
async def serve(respond: Respond, *, tls: ssl.SSLContext | None = None) -> AsyncIterator[Server]:
    """Listen on a free port; every connection still open at the end is dropped."""
    server = Server()
    talks: set[asyncio.Task[None]] = set()
    writers: list[asyncio.StreamWriter] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server.connections += 1
        try:
            request = await read_request(reader)
            server.requests.append(request)
            await respond(request, writer)
            await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        task = asyncio.ensure_future(talk(reader, writer))
        talks.add(task)
        task.add_done_callback(talks.discard)

    listener = await asyncio.start_server(connected, "127.0.0.1", 0, ssl=tls)
    server.port = listener.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        listener.close()
        for task in tuple(talks):
            task.cancel()
        await asyncio.gather(*talks, return_exceptions=True)
        for writer in writers:
            writer.transport.abort()
        for _ in range(TURNS_TO_CLOSE):
            await asyncio.sleep(0)
