"""A till on a real LNbits comes back from a backup: what happened since is found by that server's own lists."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from pos_app.core.bolt11 import Network
from pos_app.core.clock import SystemClock
from pos_app.core.money import Sat
from pos_app.payments.client import Client
from pos_app.till.backup import back_up, restore
from pos_app.till.books import Books
from pos_app.till.counter import Counter, SaleSettings
from pos_app.till.states import SaleState
from pos_app.till.views import Phase, SaleView
from tests.support.lnbits import LnbitsServer

pytestmark = pytest.mark.peer

PATIENCE_S = 60


@asynccontextmanager
async def till(folder: Path, client: Client, server: LnbitsServer) -> AsyncIterator[Counter]:
    books = Books(folder / "books" / "shop", Network.MAINNET, practice=False, name=server.url)
    counter = await Counter.open(books, client, SystemClock(), settings=SaleSettings())
    try:
        await counter.start()
        yield counter
    finally:
        await counter.close()


async def until(counter: Counter, sale: SaleView, done: Callable[[SaleView], bool]) -> SaleView:
    news = asyncio.Event()
    stop = counter.subscribe(lambda _: news.set())
    try:
        async with asyncio.timeout(PATIENCE_S):
            while not done(sale := await counter.sale(sale.sale_id)):
                await news.wait()
                news.clear()
        return sale
    finally:
        stop()


async def charge(counter: Counter, sat: int) -> tuple[SaleView, str]:
    """A sale, and its code on the screen."""
    sale = await until(counter, await counter.charge(Sat(sat)), lambda view: view.phase is Phase.READY)
    assert sale.invoice is not None
    return sale, sale.invoice.bolt11


async def test_what_was_paid_since_is_booked_or_listed(lnbits: LnbitsServer, shop: Client, tmp_path: Path) -> None:
    books, settings, file = tmp_path / "books", tmp_path / "settings.toml", tmp_path / "till.backup"
    async with till(tmp_path, shop, lnbits) as counter:
        known, code = await charge(counter, 1_000)
        back_up(books, settings, file)
        await lnbits.pay(lnbits.wallet_two, code)
        await until(counter, known, lambda view: view.state is SaleState.PAID)
        lost, code = await charge(counter, 700)
        await lnbits.pay(lnbits.wallet_two, code)
        await until(counter, lost, lambda view: view.state is SaleState.PAID)
        left, _ = await charge(counter, 300)

    restore(file, books, settings)

    async with till(tmp_path, shop, lnbits) as counter:
        await counter.wait_compared(PATIENCE_S)
        assert (await counter.sale(known.sale_id)).state is SaleState.PAID
        (found,) = counter.queue.view().unassigned
        assert (found.reference, found.number, found.amount) == (lost.reference, lost.number, Sat(700))
        unpaid = [one.reference for one in await counter.store.unassigned() if not one.is_paid]
        assert unpaid == [left.reference]
        assert (await counter.charge(Sat(5))).number == left.number + 1
