"""Commands run in this process, on a data folder of the test's own."""

from __future__ import annotations

import asyncio
import io
import socket
import ssl
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.http_server import Request, Server, reply, serve

Said = Callable[[], tuple[str, str]]
"""What was printed since the last call: standard output, standard error."""

INVOICE_KEY = "5a" * 16
ADMIN_KEY = "ad" * 16


@pytest.fixture
def data_dir(tmp_path: Path) -> list[str]:
    """The words that name the test's data folder."""
    return ["--data-dir", str(tmp_path / "shop")]


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str]) -> Said:
    def read() -> tuple[str, str]:
        captured = capsys.readouterr()
        return captured.out, captured.err

    return read


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Gives a command its standard input, which is no terminal."""
    return lambda text: monkeypatch.setattr(sys, "stdin", io.StringIO(text))


def closed_port() -> int:
    """A port of loopback where nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def lnbits(tls: ssl.SSLContext | None = None) -> Iterator[Server]:
    """A server in a thread of its own that knows one wallet and tells no network, as LNbits does.

    It breaks the connection when an invoice is asked for, and finds none.
    """
    loop = asyncio.new_event_loop()
    ready, ended, servers = threading.Event(), asyncio.Event(), []

    async def run() -> None:
        async with serve(_answer, tls=tls) as server:
            servers.append(server)
            ready.set()
            await ended.wait()

    thread = threading.Thread(target=lambda: loop.run_until_complete(run()), name="lnbits")
    thread.start()
    ready.wait()
    try:
        yield servers[0]
    finally:
        loop.call_soon_threadsafe(ended.set)
        thread.join()
        loop.close()


async def _answer(request: Request, writer: asyncio.StreamWriter) -> None:
    key = request.headers.get("x-api-key")
    if request.method == "POST":
        writer.transport.abort()
        return
    if request.target == "/api/v1/health":
        answer = reply(200, {"server_time": 1_795_000_000, "up_time": "00:00:01"})
    elif request.target == "/api/v1/wallet" and key == INVOICE_KEY:
        answer = reply(200, {"name": "Café", "balance": 0})
    elif request.target == "/api/v1/wallet" and key == ADMIN_KEY:
        answer = reply(200, {"id": "w" * 32, "name": "Café", "balance": 0})
    elif request.target.startswith("/api/v1/payments/paginated"):
        answer = reply(200, {"data": [], "total": 0})
    else:
        answer = reply(404, {"detail": "Wallet not found."})
    writer.write(answer)
