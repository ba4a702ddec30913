"""A book with sales, its mirror, and the server that it copies."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import date
from pathlib import Path

from pos_app.core.bolt11 import Invoice, Network
from pos_app.core.clock import Clock
from pos_app.core.money import Sat
from pos_app.payments.client import Client
from pos_app.till.books import Books
from pos_app.till.history_views import (
    DaySettings,
    HistoryFilter,
    HistoryRow,
    PeriodView,
    RowState,
    SyncPhase,
    SyncView,
    Unit,
)
from pos_app.till.mirror.mirror import Mirror
from pos_app.till.mirror.rollups import Sums, recount
from pos_app.till.records import Records
from pos_app.till.sale import NewSale, Sale
from pos_app.till.store import Store
from tests.support.clock import ManualClock
from tests.support.wallet_server import WalletServer

WAIT_S = 20.0
ALL = HistoryFilter()
UTC_DAYS = DaySettings(0, "UTC")


class Book:
    """Call `open` and `close`. Time stands still but where a test moves it."""

    def __init__(self, folder: Path, clock: ManualClock, day: DaySettings = UTC_DAYS) -> None:
        self.folder = folder
        self.clock = clock
        self.server = WalletServer()
        self.day = day
        self.client: Client | None = None
        self.asked_till: list[str] = []
        self._news = asyncio.Event()

    async def open(self, client: Client | None = None, *, start: bool = True, offline: bool = False) -> Records:
        self.store = await Store.open(self.folder, self.clock)
        self.client = None if offline else client or self.server.client(self.clock)
        books = Books(self.folder, Network.REGTEST, practice=True, name="test")
        self.records = await Records.open(
            books, self.client, self.store, self.clock, day=self.day, unbooked=self._ask_till
        )
        self.records.subscribe(lambda _event: self._news.set())
        if start:
            await self.records.start()
        return self.records

    async def close(self) -> None:
        await self.records.close()
        if self.client is not None:
            await self.client.close()
        await self.store.close()

    @property
    def mirror(self) -> Mirror:
        return self.records._mirror

    async def until(self, is_so: Callable[[SyncView], bool]) -> SyncView:
        """Wait until the copy stands so; time moves on meanwhile, so that what waits for its turn has it."""
        async with asyncio.timeout(WAIT_S):
            while not is_so(self.records.sync_view()):
                self._news.clear()
                waiting = asyncio.ensure_future(self._news.wait())
                while not waiting.done() and not is_so(self.records.sync_view()):
                    await self.clock.advance(1)
                    await asyncio.sleep(0.001)
                waiting.cancel()
            return self.records.sync_view()

    async def fresh(self) -> SyncView:
        return await self.until(lambda view: view.phase is SyncPhase.FRESH)

    async def look_again(self, times: int = 1) -> SyncView:
        """Let the copy ask for news so many times."""
        for _ in range(times):
            before_s = self.records.sync_view().as_of_s
            await self.clock.advance(0.01)
            await self.records.start_sync()
            await self.until(lambda view, before_s=before_s: view.as_of_s != before_s)  # type: ignore[misc]
        return self.records.sync_view()

    async def until_row(self, memo: str) -> None:
        """Wait until this payment is there."""
        async with asyncio.timeout(WAIT_S):
            while memo not in await self.states():
                await self.clock.advance(1)

    async def rows(self, wanted: HistoryFilter = ALL, offset: int = 0, limit: int = 100) -> tuple[HistoryRow, ...]:
        return await self.records.rows(wanted, offset, limit)

    async def states(self) -> dict[str, RowState]:
        """The states by memo."""
        return {row.memo: row.state for row in await self.rows(limit=1000)}

    async def day_of(self, day: date) -> PeriodView:
        return await self.records.period(Unit.DAY, day)

    async def check_sums(self) -> None:
        """The sums are those of the entries."""
        kept, counted = await self.mirror.read(
            lambda db: (
                {tuple(row)[:3]: Sums(*tuple(row)[3:]) for row in db.execute("SELECT * FROM rollup")},
                recount(db),
            )
        )
        assert kept == counted

    async def sell(self, number: int, sat: int = 2100, **facts: object) -> Sale:
        """A new sale with an invoice of hash `number`."""
        sale = await self.store.begin(NewSale(Sat(sat), **facts))  # type: ignore[arg-type]
        await self.store.bind(sale.id, invoice(number, sat, int(self.clock.time_s())))
        return sale

    async def settle(self, number: int, sat: int = 2100) -> None:
        await self.store.settle(f"{number:064x}", Sat(sat).to_msat())

    async def take_over(self) -> None:
        """Have the copy follow the till now."""
        await self.records._follower.follow_sales()

    async def _ask_till(self, sale_id: str) -> None:
        self.asked_till.append(sale_id)


def invoice(number: int, sat: int, made_at_s: int) -> Invoice:
    return Invoice(
        text=f"lnbcrt{number}",
        network=Network.REGTEST,
        amount=Sat(sat).to_msat(),
        payment_hash=f"{number:064x}",
        description="",
        description_hash=None,
        made_at_s=made_at_s,
        expiry_s=600,
        payee="02",
        fields={},
    )


def as_clock(clock: ManualClock) -> Clock:
    """Checked by mypy."""
    return clock
