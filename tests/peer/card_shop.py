"""A counter at a real LNbits server, and our own card service, which pays with another wallet of that server.

Counter, reader thread, nfcpy's tag code and the server are the real ones; only the radio is simulated.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Self

import pytest

from pos_app.config.keystore import Keystore
from pos_app.config.manager import ManagerPin
from pos_app.core.bolt11 import Network
from pos_app.core.clock import SystemClock
from pos_app.core.money import Sat
from pos_app.net.allow import AllowList
from pos_app.payments.client import Client
from pos_app.practice.accounts import Terms
from pos_app.practice.cards import BoltCard
from pos_app.practice.customer import PayMode
from pos_app.practice.issuer import Issuer
from pos_app.practice.reader import SimulatedReader
from pos_app.practice.server import listen, serving
from pos_app.till.books import remote_books
from pos_app.till.counter import Counter, SaleSettings
from pos_app.till.views import Event, FactState, SaleChanged, SaleView, TapPhase
from tests.support.lnbits import LnbitsServer

CLOCK = SystemClock()
PRICE = Sat(2100)
LONGEST_S = 40
SPEAKS_TLS = "1.1.0"
"""It asks every card by https."""
MANAGER_PIN = "4711"


class CardShop:
    """A counter on the server's wallet one, a card service whose purse is wallet two, and cards beside a reader."""

    counter: Counter
    client: Client

    def __init__(self, server: LnbitsServer, folder: Path, url: str) -> None:
        self.server = server
        self.seen: list[TapPhase] = []
        self._folder = folder
        self._url = url
        self._manager = ManagerPin(folder / "manager.json", CLOCK)
        self._news = asyncio.Event()

    @classmethod
    async def open(
        cls,
        rooms: AsyncExitStack,
        server: LnbitsServer,
        folder: Path,
        *,
        url: str | None = None,
        certificate: Path | None = None,
    ) -> Self:
        """`url` is where the till finds the server. With `certificate` the card service speaks TLS."""
        shop = cls(server, folder, url or server.url)
        await shop._build(rooms, certificate)
        await shop.open_till()
        rooms.push_async_callback(shop.close_till)
        return shop

    async def _build(self, rooms: AsyncExitStack, certificate: Path | None) -> None:
        async def pay(bolt11: str, _mode: PayMode) -> str | None:
            await self.server.pay(self.server.wallet_two, bolt11)
            return None

        self.issuer = await Issuer.open(self._folder / "issuer", pay, CLOCK)
        rooms.push_async_callback(self.issuer.close)
        self._host = await rooms.enter_async_context(serving(self.issuer.app, listen(), certificate=certificate))
        self.reader = SimulatedReader(await self.card())

    async def open_till(self) -> None:
        """Start the till on its folder, with its reader."""
        key = self.server.wallet_one.invoice_key
        self.client = Client.remote(self._url, key, clock=CLOCK)
        self.counter = await Counter.open(
            remote_books(self._folder, self._url, key, Network.MAINNET),
            self.client,
            CLOCK,
            settings=SaleSettings(),
            allow=AllowList().with_api(self._url),
            keys=Keystore(self._folder / "keys", environment={}),
            manager=self._manager,
        )
        self.counter.subscribe(self._hear)
        await self.counter.start()
        self.counter.attach_reader(self.reader.opener)

    async def close_till(self) -> None:
        await self.counter.close()
        await self.client.close()

    async def card(self, name: str = "card", terms: Terms | None = None) -> BoltCard:
        """The card of this name; its owner may change what it may do."""
        return await self.issuer.card(self._host, name, terms or Terms())

    async def tap(self, card: BoltCard | None = None) -> None:
        """Hold a card to the reader, once that is there."""
        await self.until(lambda: self.counter.status().facts[-1].state is FactState.WELL)
        if card is not None:
            self.reader.in_hand = lambda: card
        await self.reader.tap(CLOCK)

    async def accept_risk(self) -> None:
        """The owner allows stored cards."""
        await self._manager.set(MANAGER_PIN)
        await self.counter.queue.accept_risk(MANAGER_PIN)

    async def line_is(self, state: FactState) -> None:
        """Wait until the till shows that of its server."""
        await self.until(lambda: self.counter.status().facts[0].state is state)

    async def until(self, done: Callable[[], object]) -> None:
        async with asyncio.timeout(LONGEST_S):
            while not done():
                await self._news.wait()
                self._news.clear()

    async def sale_until(self, sale: SaleView, done: Callable[[SaleView], object]) -> SaleView:
        view = sale
        try:
            async with asyncio.timeout(LONGEST_S):
                while not done(view := await self.counter.sale(sale.sale_id)):
                    await self._news.wait()
                    self._news.clear()
        except TimeoutError:
            pytest.fail(f"it came to {view.state}, {view.phase}, {view.tap}")
        return view

    async def until_tap(self, sale: SaleView, *phases: TapPhase) -> SaleView:
        return await self.sale_until(sale, lambda view: view.tap is None or view.tap.phase in phases)

    async def invoices_of(self, sale: SaleView) -> list[str]:
        """The hashes of all invoices that the server made for this sale."""
        return [payment.payment_hash for payment in await self.client.find_by_reference(sale.reference)]

    def _hear(self, event: Event) -> None:
        if isinstance(event, SaleChanged) and event.sale.tap is not None:
            self.seen.append(event.sale.tap.phase)
        self._news.set()
