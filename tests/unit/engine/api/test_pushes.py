"""Websocket `/api/v1/ws/{name}` (section 5 of the reference)."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from pos_app.engine.feed import BACKLOG, Subscription, wallet_feed
from tests.support.shop_engine import Shop, open_shop

PATIENCE_S = 5.0


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Shop]:
    async with open_shop(tmp_path, "http") as shop:
        yield shop


def listen(shop: Shop, name: str) -> connect:
    assert shop.url is not None
    return connect(f"{shop.url.replace('http', 'ws')}/api/v1/ws/{name}", proxy=None)


async def heard(socket: ClientConnection) -> Any:
    message = await asyncio.wait_for(socket.recv(), PATIENCE_S)
    assert isinstance(message, str)
    return json.loads(message)


async def silent(socket: ClientConnection) -> bool:
    """Nothing was sent before the answer to a ping."""
    waiting = asyncio.create_task(socket.recv())
    await asyncio.wait_for(await socket.ping(), PATIENCE_S)
    waiting.cancel()
    return not waiting.done()


async def test_everybody_hears_of_a_payment_by_his_own_name(shop: Shop) -> None:
    till, payer = await shop.wallet(), await shop.wallet(sat=100)
    made = await shop.invoice(till, 21)
    names = [till.invoice_key, till.admin_key, made["payment_hash"], made["payment_hash"], payer.invoice_key]
    async with (
        listen(shop, names[0]) as by_invoice_key,
        listen(shop, names[1]) as by_admin_key,
        listen(shop, names[2]) as by_hash,
        listen(shop, names[3]) as by_hash_too,
        listen(shop, names[4]) as by_payer,
    ):
        await shop.pay(payer, made["bolt11"])
        details = (await shop.look(till, made["payment_hash"]))["details"]
        for socket in (by_invoice_key, by_admin_key):
            assert await heard(socket) == {"wallet_balance": 21, "payment": details}
        for socket in (by_hash, by_hash_too):
            assert await heard(socket) == {"pending": False, "status": "success"}
        told = await heard(by_payer)
        assert (told["wallet_balance"], told["payment"]["amount"]) == (79, -21_000)


async def test_money_from_outside_is_told(shop: Shop) -> None:
    till = await shop.wallet()
    made = await shop.invoice(till, 21)
    async with listen(shop, till.invoice_key) as socket:
        await shop.customer.pay(made["bolt11"])
        assert (await heard(socket))["payment"]["payment_hash"] == made["payment_hash"]


async def test_unknown_names_are_accepted_and_stay_silent(shop: Shop) -> None:
    till, payer = await shop.wallet(), await shop.wallet(sat=100)
    made = await shop.invoice(till, 21)
    async with (
        listen(shop, "nobody") as nobody,
        listen(shop, till.id) as by_id,
        listen(shop, wallet_feed(till.id)) as by_feed,
        listen(shop, "0" * 64) as by_other_hash,
        listen(shop, made["payment_hash"]) as witness,
    ):
        await shop.pay(payer, made["bolt11"])
        await heard(witness)
        for socket in (nobody, by_id, by_feed, by_other_hash):
            assert await silent(socket)


async def test_nothing_is_said_of_a_new_invoice(shop: Shop) -> None:
    till = await shop.wallet()
    async with listen(shop, till.invoice_key) as socket:
        await shop.invoice(till)
        assert await silent(socket)


async def test_what_a_listener_says_is_ignored(shop: Shop) -> None:
    till = await shop.wallet()
    made = await shop.invoice(till)
    async with listen(shop, made["payment_hash"]) as socket:
        await socket.send("hello")
        await socket.send(b"\x00")
        await shop.customer.pay(made["bolt11"])
        assert (await heard(socket))["status"] == "success"


async def test_the_end_of_the_engine_ends_the_connection(tmp_path: Path) -> None:
    async with open_shop(tmp_path / "other", "http") as shop:
        socket = await listen(shop, "0" * 64)
    with pytest.raises(ConnectionClosed):
        await asyncio.wait_for(socket.recv(), PATIENCE_S)
    await socket.close()


async def test_a_listener_that_left_is_forgotten(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    forgotten = asyncio.Event()
    close = Subscription.close

    def closed(subscription: Subscription) -> None:
        close(subscription)
        forgotten.set()

    monkeypatch.setattr(Subscription, "close", closed)
    async with listen(shop, "0" * 64):
        pass
    await asyncio.wait_for(forgotten.wait(), PATIENCE_S)


async def test_a_listener_that_does_not_keep_up_is_cut_off(shop: Shop) -> None:
    async with listen(shop, "0" * 64) as socket:
        for _ in range(BACKLOG + 1):
            shop.engine.feed.publish(["0" * 64], b"{}")
        with pytest.raises(ConnectionClosed) as ended:
            await asyncio.wait_for(socket.recv(), PATIENCE_S)
        assert ended.value.rcvd is not None
        assert ended.value.rcvd.code == 1001
