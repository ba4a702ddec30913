"""The engine on a port: where it listens, what it announces, and how it ends."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from websockets.asyncio.client import connect

from pos_app.engine.serve import NotLoopback, PortTaken, serve, serving
from tests.support.shop_engine import Shop, open_shop

PATIENCE_S = 5.0


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Shop]:
    async with open_shop(tmp_path, "in process") as shop:
        yield shop


async def health(url: str) -> int:
    async with httpx.AsyncClient(trust_env=False, verify=False) as http:
        return (await http.get(f"{url}/api/v1/health")).status_code


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_serves_until_a_signal(shop: Shop, number: int) -> None:
    announced: asyncio.Queue[str] = asyncio.Queue()
    running = asyncio.create_task(serve(shop.engine, "127.0.0.1", 0, announce=announced.put_nowait))
    url = await asyncio.wait_for(announced.get(), PATIENCE_S)
    assert await health(url) == 200
    os.kill(os.getpid(), number)
    await asyncio.wait_for(running, PATIENCE_S)
    with pytest.raises(httpx.ConnectError):
        await health(url)


async def test_what_is_under_way_is_answered_first(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    asked, go_on = asyncio.Event(), asyncio.Event()

    async def slow() -> bool:
        asked.set()
        await go_on.wait()
        return True

    monkeypatch.setattr(shop.source, "reachable", slow)

    async def go_on_when_it_listens_no_more(port: int) -> None:
        with contextlib.suppress(ConnectionError):
            while True:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.close()
                await writer.wait_closed()
        go_on.set()

    async with serving(shop.engine, "127.0.0.1", 0) as url:
        answer = asyncio.create_task(health(url))
        await asyncio.wait_for(asked.wait(), PATIENCE_S)
        release = asyncio.create_task(go_on_when_it_listens_no_more(int(url.rpartition(":")[2])))
    assert await answer == 200
    await release


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.5", "::", "shop.example", ""])
async def test_only_for_this_computer(shop: Shop, host: str) -> None:
    with pytest.raises(NotLoopback) as refused:
        async with serving(shop.engine, host, 0):
            pass
    assert refused.value.cure


async def test_a_port_that_is_taken(shop: Shop) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(PortTaken, match=str(port)):
            async with serving(shop.engine, "127.0.0.1", port):
                pass
    with pytest.raises(PortTaken):
        async with serving(shop.engine, "127.0.0.1", 70_000):
            pass


async def test_keys_are_not_written_to_a_log(shop: Shop, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG", "uvicorn")
    wallet = await shop.wallet()
    async with serving(shop.engine, "localhost", 0) as url:
        async with httpx.AsyncClient(trust_env=False, verify=False) as http:
            answer = await http.get(f"{url}/api/v1/wallet", params={"api-key": wallet.admin_key})
            assert answer.status_code == 200
            assert "server" not in answer.headers
        async with connect(f"{url.replace('http', 'ws')}/api/v1/ws/{wallet.invoice_key}", proxy=None):
            pass
    of_the_server = [record.getMessage() for record in caplog.records if record.name.startswith(("uvicorn", "pos_app"))]
    assert not [line for line in of_the_server if wallet.admin_key in line or wallet.invoice_key in line]
