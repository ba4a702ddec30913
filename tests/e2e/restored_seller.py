"""Sells until it is told that a backup was made, sells more, says what the cashier was told, and ends by SIGKILL.

    python -m tests.e2e.restored_seller FOLDER

Lines on standard output: `ready` when the backup may be made; then a line is read; then `paid REFERENCE` and
`open REFERENCE` for each sale that came after the backup.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

from pos_app.app import House
from pos_app.config.folders import Folders
from pos_app.core.money import Sat
from pos_app.practice.faults import Fault
from pos_app.till.states import SaleState
from pos_app.till.views import Phase, SaleView, TapPhase

PIN = "4711"
FIRST, STORED, LOST, LEFT = 1_000, 2_000, 4_000, 8_000
PATIENCE_S = 40


class Seller:
    """A till and its cashier."""

    def __init__(self, house: House) -> None:
        self.house = house
        self._news = asyncio.Event()
        house.counter.subscribe(lambda _: self._news.set())

    async def until(self, sale: SaleView, done: Callable[[SaleView], bool]) -> SaleView:
        async with asyncio.timeout(PATIENCE_S):
            while not done(sale := await self.house.counter.sale(sale.sale_id)):
                await self._news.wait()
                self._news.clear()
        return sale

    async def charge(self, sat: int) -> SaleView:
        """A sale whose code is on the screen."""
        return await self.until(await self.house.counter.charge(Sat(sat)), lambda sale: sale.phase is Phase.READY)

    async def sell(self, sat: int) -> SaleView:
        """A sale that is paid by QR."""
        sale = await self.charge(sat)
        assert sale.invoice is not None
        self.house.let_customer_pay(sale.invoice.bolt11, "now")
        return await self.until(sale, lambda view: view.state is SaleState.PAID)

    async def store(self, sat: int) -> SaleView:
        """A sale whose card is stored, as the line is away."""
        assert self.house.faults is not None
        self.house.faults.set(Fault.SERVER_AWAY, True)
        sale = await self.house.counter.charge(Sat(sat), store=True)
        await self.until(sale, lambda view: view.tap is not None and view.tap.phase is TapPhase.READY)
        self.house.tap_card()
        return await self.until(sale, lambda view: view.state is SaleState.OWED)


async def run(folder: Path) -> None:
    async with House(Folders.of(folder), "practice", takes_cards=True, simulated_card="practice") as house:
        await house.manager.set(PIN)
        await house.counter.queue.accept_risk(PIN)
        seller = Seller(house)
        await seller.sell(FIRST)
        stored = await seller.store(STORED)
        print("ready", flush=True)
        await asyncio.to_thread(sys.stdin.readline)
        assert house.faults is not None
        house.faults.set(Fault.SERVER_AWAY, False)
        await seller.until(stored, lambda view: view.state is SaleState.PAID)
        print("paid", (await seller.sell(LOST)).reference, flush=True)
        print("open", (await seller.charge(LEFT)).reference, flush=True)
        os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    asyncio.run(run(Path(sys.argv[1])))
