"""A counter on a fake API and a clock in the test's hand."""

from __future__ import annotations

import asyncio
import sqlite3
from concurrent.futures import Future
from contextlib import suppress
from pathlib import Path
from typing import Any, cast

from pos_app.config.database import Database
from pos_app.config.keystore import Keystore
from pos_app.config.manager import ManagerPin
from pos_app.core.bolt11 import Network
from pos_app.core.money import Sat
from pos_app.net.fetch import Fetcher
from pos_app.nfc import events as nfc
from pos_app.nfc.ndef import Record
from pos_app.payments.client import Client
from pos_app.till.books import Books
from pos_app.till.counter import Counter, SaleSettings
from pos_app.till.states import SaleState
from pos_app.till.store import Store
from pos_app.till.vault import KeysLocked
from pos_app.till.views import Event, Phase, SaleChanged, SaleView
from tests.support.clock import ManualClock
from tests.unit.till.fake_api import FakeApi
from tests.unit.till.fake_issuer import FakeIssuer
from tests.unit.till.fake_service import FakeService

EXPIRY_S = 600
REMOTE = "https://pay.example.com"
CARD = "lnurlw://card.example/Card?p=4E2E289D945A66BB13377A728884E867&c=E19CCB1FED8892CE"
LOWER_CARD = CARD.replace("/Card", "/card")


class TillClock(ManualClock):
    """As ManualClock, and disk work is done before time goes on."""

    def __init__(self) -> None:
        super().__init__()
        self._disk_work: set[Future[Any]] = set()
        self._disk_orders = 0

    async def settle(self, turns: int = 20) -> None:
        while True:
            orders, work = self._disk_orders, [asyncio.wrap_future(future) for future in list(self._disk_work)]
            if work:
                await asyncio.gather(*work, return_exceptions=True)
            await super().settle(turns)
            if not work and orders == self._disk_orders:
                return

    def wait_for_disk(self, database: Database) -> None:
        """Know of this database's work."""
        for name in ("_submit", "_submit_read"):
            submit = getattr(database, name)

            def noted(work: Any, submit: Any = submit) -> Future[Any]:
                future: Future[Any] = submit(work)
                self._disk_orders += 1
                self._disk_work.add(future)
                future.add_done_callback(self._disk_work.discard)
                return future

            setattr(database, name, noted)


class Till:
    """One data folder; `start` and `stop` begin and end a run of the program on it."""

    def __init__(
        self,
        folder: Path,
        api: FakeApi,
        *,
        name: str = REMOTE,
        service: FakeService | FakeIssuer | Fetcher | None = None,
        stores: bool = False,
        manager: ManagerPin | None = None,
    ) -> None:
        """`stores`: the till has a keystore, and its owner accepts the loss of stored cards."""
        self._manager = manager
        self.api = api
        self._service = service or FakeService(api)
        self._stores = stores
        assert isinstance(api.clock, TillClock)
        self.clock = api.clock
        self.books = Books(folder, Network.REGTEST, practice=False, name=name)
        self.events: list[Event] = []
        self._counter: Counter | None = None

    @property
    def counter(self) -> Counter:
        assert self._counter is not None
        return self._counter

    @property
    def service(self) -> FakeService:
        assert isinstance(self._service, FakeService)
        return self._service

    @property
    def issuer(self) -> FakeIssuer:
        assert isinstance(self._service, FakeIssuer)
        return self._service

    async def start(self) -> None:
        settings = SaleSettings(expiry_s=EXPIRY_S, shop_name="Café Linde")
        keys = Keystore(self.books.folder / "keys", environment={}) if self._stores else None
        store = await Store.open(self.books.folder, self.clock, keys)
        if self._stores:  # what takes a thread is done before the clock is in the test's hand
            await store.load_keys()
            with suppress(KeysLocked):
                await store.vault.make()
            await store.accept_risk()
        client, fetcher = cast("Client", self.api), cast("Fetcher", self._service)
        counter = Counter(self.books, client, self.clock, store, settings, fetcher, self._manager)
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

    async def charge(self, sat: int = 2100, *, replaces: str | None = None, store: bool = False) -> SaleView:
        """Charge and wait until it is quiet; the sale as it is then."""
        view = await self.counter.charge(Sat(sat), replaces=replaces, store=store)
        await self.quiet()
        return await self.sale(view)

    async def sale(self, view: SaleView) -> SaleView:
        await self.quiet()
        return await self.counter.sale(view.sale_id)

    async def pay(self, view: SaleView) -> None:
        """The customer pays the code on the screen."""
        assert view.invoice is not None
        self.api.settle(view.invoice.payment_hash)

    def card(self, *events: nfc.Event) -> None:
        """The reader tells this."""
        for event in events:
            self.counter._taps._cards.hear(event)

    def touch(self, link: str = LOWER_CARD) -> None:
        """A card with this link is held to the armed reader and taken away."""
        read = nfc.CardRead("Type4Tag", (Record("uri", len(link), link),))
        self.card(nfc.CardSeen(armed=True), read, nfc.CardRemoved())

    async def tap(self, view: SaleView, link: str = LOWER_CARD) -> SaleView:
        """As `touch`; the sale once it is quiet."""
        self.touch(link)
        return await self.sale(view)

    def tap_states(self) -> list[str]:
        """The states of all taps on disk, in order."""
        return [row[0] for row in self.rows("SELECT state FROM tap ORDER BY sequence")]

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
