"""A port of loopback that is closed and opened while callers come."""

from __future__ import annotations

import asyncio
import gc
import socket
from contextlib import suppress
from typing import Any

import pytest

from pos_app.practice.server import HOST, Station, listen

PATIENCE_S = 10.0


async def greet(scope: Any, _receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"hi"})


async def test_it_is_closed_and_opened_again() -> None:
    async with Station(greet, listen()) as station:
        host, port = station.host_port.split(":")
        station.close_port()
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection(host, int(port))
        station.open_port()
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(b"GET / HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n")
        assert (await reader.read()).endswith(b"hi")
        writer.close()


@pytest.mark.parametrize("turns", range(6))
async def test_a_caller_who_came_in_the_moment_of_closing_is_hung_up_on(turns: int) -> None:
    loop = asyncio.get_running_loop()
    async with Station(greet, listen()) as station:
        await asyncio.sleep(0.0)
        with socket.socket() as caller:
            caller.connect((HOST, int(station.host_port.split(":")[1])))
            caller.setblocking(False)
            for _ in range(turns):
                await asyncio.sleep(0)
            station.close_port()
            async with asyncio.timeout(PATIENCE_S):
                with suppress(ConnectionResetError):
                    assert await loop.sock_recv(caller, 1) == b""
    gc.collect()
