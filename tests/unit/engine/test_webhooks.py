"""Webhooks (section 5 of the reference): one JSON object, retried, never to an internal address."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from pos_app.engine import webhooks
from pos_app.engine.ledger.ledger import Ledger
from tests.support.shop_engine import Shop, TestWallet, open_shop
from tests.support.web import Reply, Request, http, serve

PATIENCE_S = 5.0


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Shop]:
    async with open_shop(tmp_path, "in process") as shop:
        yield shop


class Statuses:
    """The `webhook_status`es in the order in which they are written down."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._written: asyncio.Queue[str] = asyncio.Queue()
        write = Ledger.set_webhook_status

        async def written(ledger: Ledger, payment_id: int, status: str) -> None:
            await write(ledger, payment_id, status)
            self._written.put_nowait(status)

        monkeypatch.setattr(Ledger, "set_webhook_status", written)

    async def next(self) -> str:
        return await asyncio.wait_for(self._written.get(), PATIENCE_S)

    @property
    def are_over(self) -> bool:
        return self._written.empty()


@pytest.fixture
def statuses(monkeypatch: pytest.MonkeyPatch) -> Statuses:
    return Statuses(monkeypatch)


async def paid(shop: Shop, webhook: str) -> tuple[TestWallet, dict[str, Any]]:
    till = await shop.wallet()
    made = await shop.invoice(till, 21, memo="coffee ☕", webhook=webhook)
    await shop.customer_pays(made["bolt11"])
    return till, made


def one_after_another(*replies: Reply) -> Callable[[Request], Reply]:
    waiting = list(replies)
    return lambda _: waiting.pop(0)


async def test_the_payment_is_posted_as_an_object(shop: Shop, statuses: Statuses) -> None:
    async with serve(lambda _: http("thanks")) as listener:
        till, made = await paid(shop, f"{listener.url}/paid?shop=1")
        assert await statuses.next() == "200"
        (request,) = listener.requests
        assert (request.method, request.target) == ("POST", "/paid?shop=1")
        assert request.headers["content-type"] == "application/json"
        body = json.loads(request.body)
        assert (body["payment_hash"], body["status"], body["amount"]) == (made["payment_hash"], "success", 21_000)
        assert body["memo"] == "coffee ☕"
        details = (await shop.look(till, made["payment_hash"]))["details"]
        assert details["webhook_status"] == "200"
        assert body == details | {"webhook_status": None}


async def test_a_failure_is_retried_with_growing_pauses(shop: Shop, statuses: Statuses) -> None:
    async with serve(one_after_another(http("", 500), http("", 404), http("", 204))) as listener:
        await paid(shop, listener.url)
        assert await statuses.next() == "500"
        await shop.clock.advance(webhooks.PAUSES_S[0])
        assert await statuses.next() == "404"
        await shop.clock.advance(webhooks.PAUSES_S[1])
        assert await statuses.next() == "204"
        await shop.clock.advance(sum(webhooks.PAUSES_S))
        assert len(listener.requests) == 3


async def test_it_gives_up_after_the_last_pause(shop: Shop, statuses: Statuses) -> None:
    async with serve(lambda _: http("", 500)) as listener:
        await paid(shop, listener.url)
        assert await statuses.next() == "500"
        for pause_s in webhooks.PAUSES_S:
            await shop.clock.advance(pause_s)
            assert await statuses.next() == "500"
        await shop.clock.advance(86_400)
        assert len(listener.requests) == len(webhooks.PAUSES_S) + 1


async def test_no_connection_is_minus_one(shop: Shop, statuses: Statuses) -> None:
    async with serve(lambda _: http("")) as listener:
        pass
    till, made = await paid(shop, listener.url)
    assert await statuses.next() == "-1"
    details = (await shop.look(till, made["payment_hash"]))["details"]
    assert (details["status"], details["webhook_status"]) == ("success", "-1")


async def test_a_redirect_is_not_followed(shop: Shop, statuses: Statuses) -> None:
    async with serve(lambda _: http("", 302, "Location: http://127.0.0.1:1/")) as listener:
        await paid(shop, listener.url)
        assert await statuses.next() == "302"


async def test_what_a_stop_left_over_is_sent_at_the_next_start(tmp_path: Path, statuses: Statuses) -> None:
    arrived = asyncio.Event()

    async def silent(_: asyncio.StreamWriter) -> None:
        arrived.set()
        await asyncio.get_running_loop().create_future()

    async with serve(one_after_another(silent, http(""))) as listener:
        async with open_shop(tmp_path, "in process") as shop:
            till, made = await paid(shop, listener.url)
            await asyncio.wait_for(arrived.wait(), PATIENCE_S)
        assert statuses.are_over
        async with open_shop(tmp_path, "in process") as shop:
            assert await statuses.next() == "200"
            assert (await shop.look(till, made["payment_hash"]))["details"]["webhook_status"] == "200"


async def test_a_name_that_leads_inside_is_never_called(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is known only when the name is looked up; the status stays empty."""
    looked_up = asyncio.Event()

    async def resolve(_host: str, _port: int) -> list[str]:
        looked_up.set()
        return ["127.0.0.1"]

    async with open_shop(tmp_path, "in process", lnurl_allow=()) as shop:
        outside = shop.engine.app.state.outside
        monkeypatch.setattr(outside.fetcher, "_resolve", resolve)
        till, made = await paid(shop, "https://inside.example/")
        await asyncio.wait_for(looked_up.wait(), PATIENCE_S)
        assert (await shop.look(till, made["payment_hash"]))["details"]["webhook_status"] is None
