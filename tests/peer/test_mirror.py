"""The copy of a wallet of real LNbits servers of both kinds: filled, followed, and equal to what the server counts."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import httpx
import pytest

from pos_app.core.bolt11 import Network
from pos_app.core.clock import SystemClock
from pos_app.core.money import Sat
from pos_app.payments.client import Client
from pos_app.till.books import Books
from pos_app.till.history_views import DaySettings, HistoryFilter, RowState, SyncPhase, SyncView
from pos_app.till.mirror import asking, fill, follow
from pos_app.till.records import Records
from pos_app.till.store import Store
from tests.support.lnbits import LnbitsServer

pytestmark = pytest.mark.peer

ALL = HistoryFilter()
WAIT_S = 40.0


@pytest.fixture
async def records(shop: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Records]:
    """A copy of the shop's wallet by its invoice key, in small pages; not started."""
    monkeypatch.setattr(fill, "MOST", 5)
    monkeypatch.setattr(follow, "GATHER_S", 0.2)
    shop._transport._limit = None  # a test asks more often than a till
    clock = SystemClock()
    store = await Store.open(tmp_path, clock)
    books = Books(tmp_path, Network.MAINNET, practice=False, name="peer")
    records = await Records.open(books, shop, store, clock, day=DaySettings(0, "UTC"))
    yield records
    await records.close()
    await store.close()


async def until(records: Records, is_so: Callable[[SyncView], bool]) -> SyncView:
    news = asyncio.Event()
    stop = records.subscribe(lambda _event: news.set())
    async with asyncio.timeout(WAIT_S):
        while not is_so(records.sync_view()):
            news.clear()
            await news.wait()
    stop()
    return records.sync_view()


async def fresh_after(records: Records, moment_s: float) -> SyncView:
    """A look that began after this moment."""
    await records.start_sync()
    return await until(
        records, lambda view: view.phase is SyncPhase.FRESH and view.as_of_s is not None and view.as_of_s > moment_s
    )


async def invoices(shop: Client, count: int) -> list[str]:
    made = [
        await shop.create_invoice(amount=Sat(100 + number), memo=f"Mirror {number}", expiry_s=600, extra={"tag": "m"})
        for number in range(count)
    ]
    return [payment.bolt11 for payment in made]


async def history(lnbits: LnbitsServer) -> tuple[int, int]:
    """What came in and went out by the server's own statistics, in msat."""
    async with httpx.AsyncClient(base_url=f"{lnbits.url}/api/v1") as http:
        answer = await http.get(
            "/payments/history",
            headers={"X-Api-Key": lnbits.wallet_one.invoice_key},
            params={"group": "day", "limit": 1000},
        )
    points = answer.json()
    return sum(point["income"] for point in points), sum(point["spending"] for point in points)


async def test_fill_follow_and_figures(lnbits: LnbitsServer, shop: Client, records: Records) -> None:
    clock = SystemClock()
    bolts = await invoices(shop, 12)
    for bolt11 in bolts[:4]:
        await lnbits.pay(lnbits.wallet_two, bolt11)
    async for page in asking.downward(shop, limit=5):
        total = page.total
        break
    await records.start()
    view = await until(records, lambda view: view.phase is SyncPhase.FRESH)
    assert view.problem is None and view.done == view.total == total

    # One is paid late, and one is made and paid: the push tells, the copy asks.
    await lnbits.pay(lnbits.wallet_two, bolts[7])
    (new,) = await invoices(shop, 1)
    await lnbits.pay(lnbits.wallet_two, new)
    view = await fresh_after(records, clock.time_s())
    rows = await records.rows(HistoryFilter(search="Mirror"), 0, 100)
    paid = [row for row in rows if row.state is RowState.PAID]
    assert len(paid) == 6
    assert await records.tags() != ()

    income, spending = await history(lnbits)
    sums = await records.sums(ALL)
    assert (sums.received.value, sums.sent.value) == (income // 1000, spending // 1000)

    row = paid[0]
    assert row.payment_hash is not None
    assert (await records.check(row.key)).row.state is RowState.PAID
    assert (await records.payments_of([row.payment_hash]))[row.payment_hash] is not None


async def test_the_count_by_time_is_the_servers(lnbits: LnbitsServer, shop: Client, records: Records) -> None:
    """Where the counts differ the copy looks for what it missed: they must not differ for nothing."""
    await invoices(shop, 3)
    await records.start()
    view = await until(records, lambda view: view.phase is SyncPhase.FRESH)
    for _ in range(2):
        view = await fresh_after(records, SystemClock().time_s())
    assert view.problem is None
    assert view.done == (await shop.page(limit=1)).total
    rows = await records.rows(ALL, 0, 1000)
    low, high = int(rows[-1].at_s), int(rows[0].at_s) + 1
    found = [payment async for page in asking.downward(shop, from_s=low, until_s=high) for payment in page.payments]
    assert {payment.payment_hash for payment in found} == {row.payment_hash for row in rows}
