"""A counter on a fake API and a clock in the test's hand."""

from __future__ import annotations

import asyncio
import sqlite3
from concurrent.futures import Future
from pathlib import Path
from typing import Any, cast

from pos_app.config.database import Database
from pos_app.core.bolt11 import Network
from pos_app.core.money import Sat
from pos_app.payments.client import Client
from pos_app.till.books import Books
from pos_app.till.counter import Counter, SaleSettings
from pos_app.till.states import SaleState
from pos_app.till.views import Event, Phase, SaleChanged, SaleView
from tests.support.clock import ManualClock
from tests.unit.till.fake_api import FakeApi

EXPIRY_S = 600
REMOTE = "https://pay.example.com"


class TillClock(ManualClock):
    """As ManualClock, and disk work is done before time goes on."""

    def __init__(self) -> None:
        super().__init__()
        self._disk_work: set[Future[Any]] = set()

    async def settle(self, turns: int = 20) -> None:
        while True:
            await super().settle(turns)
            if not self._disk_work:
                return
            await asyncio.wait([asyncio.wrap_future(future) for future in list(self._disk_work)])

    def wait_for_disk(self, database: Database) -> None:
        """Know of this database's work."""
        for name in ("_submit", "_submit_read"):
            submit = getattr(database, name)

            def noted(work: Any, submit: Any = submit) -> Future[Any]:
                future: Future[Any] = submit(work)
                self._disk_work.add(future)
                future.add_done_callback(self._disk_work.discard)
                return future

            setattr(database, name, noted)


class Till:
    """One data folder; `start` and `stop` begin and end a run of the program on it."""

    def __init__(self, folder: Path, api: FakeApi, *, name: str = REMOTE) -> None:
        self.api = api
        assert isinstance(api.clock, TillClock)
        self.clock = api.clock
        self.books = Books(folder, Network.REGTEST, practice=False, name=name)
        self.events: list[Event] = []
        self._counter: Counter | None = None

    @property
    def counter(self) -> Counter:
        assert self._counter is not None
        return self._counter

    async def start(self) -> None:
        settings = SaleSettings(expiry_s=EXPIRY_S, shop_name="Café Linde")
        counter = await Counter.open(self.books, cast("Client", self.api), self.clock, settings=settings)
        self._counter = counter
        self.clock.wait_for_disk(counter._store._database)
        counter.subscribe(self.events.append)
        await counter.start()
        await self.quiet()

    async def stop(self) -> None:
        await self.quiet()
        await self.counter.close()
        self._counter = None

    async def restart(self) -> None:
        await self.stop()
        await self.start()

    async def quiet(self) -> None:
        """Wait until nothing goes on but sleeping."""
        await self.clock.settle()

    async def stop_probes(self) -> None:
        """No regular probes any more: they would fill a long time with thousands of steps."""
        await self.counter._tasks.close()

    async def pass_time(self, seconds: float) -> None:
        await self.clock.advance(seconds)

    async def charge(self, sat: int = 2100, *, replaces: str | None = None) -> SaleView:
        """Charge and wait until it is quiet; the sale as it is then."""
        view = await self.counter.charge(Sat(sat), replaces=replaces)
        await self.quiet()
        return await self.sale(view)

    async def sale(self, view: SaleView) -> SaleView:
        await self.quiet()
        return await self.counter.sale(view.sale_id)

    async def pay(self, view: SaleView) -> None:
        """The customer pays the code on the screen."""
        assert view.invoice is not None
        self.api.settle(view.invoice.payment_hash)

    def phases(self, view: SaleView) -> list[Phase | SaleState]:
        """What the cashier saw of this sale, in order: the phase while it was open, then the state."""
        sales = [event.sale for event in self.events if isinstance(event, SaleChanged)]
        seen = [sale for sale in sales if sale.sale_id == view.sale_id]
        return [sale.state if sale.phase is Phase.CLOSED else sale.phase for sale in seen]

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """What stands on disk."""
        connection = sqlite3.connect(self.books.folder / "till.db")
        try:
            return [tuple(row) for row in connection.execute(query)]
        finally:
            connection.close()
