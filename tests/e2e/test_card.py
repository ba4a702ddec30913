"""A card pays: true reader code on a simulated radio, the practice card service, the embedded engine, the counter."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from pos_app.app import House, NoPracticeCard
from pos_app.config.folders import Folders
from pos_app.config.settings import EMBEDDED
from pos_app.core.money import Sat
from pos_app.till.states import SaleState
from pos_app.till.views import CardIgnored, Event, FactState, SaleView, TapPhase, Tender
from tests.support.card_service import CardService, card_service, error, silent

PRICE = Sat(2100)
LONGEST_S = 30


class Shop:
    """A house and what its counter tells."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.events: list[Event] = []
        self._news = asyncio.Event()
        house.counter.subscribe(self._hear)

    async def until(self, done: Callable[[], object]) -> None:
        async with asyncio.timeout(LONGEST_S):
            while not done():
                await self._news.wait()
                self._news.clear()

    async def sale_until(self, sale: SaleView, done: Callable[[SaleView], object]) -> SaleView:
        async with asyncio.timeout(LONGEST_S):
            while not done(view := await self.house.counter.sale(sale.sale_id)):
                await self._news.wait()
                self._news.clear()
            return view

    async def tapped(self, sale: SaleView, *phases: TapPhase) -> SaleView:
        """Tap the card; the sale once its card field shows one of these, or once it is over."""
        self.house.tap_card()
        return await self.sale_until(sale, lambda view: view.tap is None or view.tap.phase in phases)

    def _hear(self, event: Event) -> None:
        self.events.append(event)
        self._news.set()


async def open_shop(folder: Path, card: str | bytes, *allow: str) -> AsyncIterator[Shop]:
    house = House(Folders.of(folder), "practice", takes_cards=True, simulated_card=card, lnurl_allow=allow)
    async with house:
        shop = Shop(house)
        await shop.until(lambda: house.counter.status().facts[-1].state is FactState.WELL)
        yield shop


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Shop]:
    """With the practice card."""
    async for shop in open_shop(tmp_path, "practice"):
        yield shop


@pytest.fixture
async def service() -> AsyncIterator[CardService]:
    """A card service of the test's own."""
    async with card_service(maxWithdrawable=5_000_000) as service:
        yield service


@pytest.fixture
async def guest(tmp_path: Path, service: CardService) -> AsyncIterator[Shop]:
    """With a card of that service."""
    async for shop in open_shop(tmp_path, service.card, service.web.host_port):
        yield shop


async def test_a_tap_pays_and_the_customer_scans_nothing(shop: Shop) -> None:
    sale = await shop.house.counter.charge(PRICE)
    paid = await shop.tapped(sale)
    assert (paid.state, paid.tender, paid.received) == (SaleState.PAID, Tender.CARD, PRICE)
    assert (await shop.house.client.wallet()).balance == PRICE.to_msat()


async def test_two_sales_need_two_taps(shop: Shop) -> None:
    for _ in range(2):
        sale = await shop.house.counter.charge(PRICE)
        assert (await shop.tapped(sale)).state is SaleState.PAID
    assert (await shop.house.client.wallet()).balance == Sat(2 * PRICE.value).to_msat()


async def test_a_card_before_the_amount_is_told_and_not_charged(shop: Shop) -> None:
    shop.house.tap_card()
    await shop.until(lambda: any(isinstance(event, CardIgnored) for event in shop.events))
    sale = await shop.house.counter.charge(PRICE)
    view = await shop.sale_until(sale, lambda view: view.invoice is not None)
    assert view.tap is not None
    assert view.tap.phase is TapPhase.CARD_LEFT
    assert (await shop.house.client.wallet()).balance == Sat(0).to_msat()


async def test_a_decline_has_its_reason_and_the_next_tap_pays(guest: Shop, service: CardService) -> None:
    service.link = error("Card is disabled.")
    sale = await guest.house.counter.charge(PRICE)
    view = await guest.tapped(sale, TapPhase.DECLINED)
    assert view.tap is not None
    assert view.tap.reason == "Card is disabled."
    assert view.invoice is not None
    bolt11 = view.invoice.bolt11
    await guest.sale_until(sale, lambda view: view.can_cancel)

    service.link = None
    service.pays = pays(guest)
    paid = await guest.tapped(sale)
    assert (paid.state, paid.tender) == (SaleState.PAID, Tender.CARD)
    assert [submitted["pr"] for submitted in service.submitted] == [bolt11]


async def test_a_limit_is_told_as_a_sum(guest: Shop, service: CardService) -> None:
    service.offer["maxWithdrawable"] = 1_000_000
    view = await guest.tapped(await guest.house.counter.charge(PRICE), TapPhase.LIMIT)
    assert view.tap is not None
    assert view.tap.limit == Sat(1000)


async def test_a_pin_is_entered_by_the_customer(guest: Shop, service: CardService) -> None:
    service.offer["pinLimit"] = 1000
    service.pays = pays(guest)
    sale = await guest.house.counter.charge(PRICE)
    view = await guest.tapped(sale, TapPhase.PIN)
    assert view.tap is not None
    assert view.tap.pin_deadline_monotonic_s is not None
    await guest.house.counter.enter_pin(sale.sale_id, "4711")
    paid = await guest.sale_until(sale, lambda view: view.state is not SaleState.OPEN)
    assert (paid.state, paid.tender) == (SaleState.PAID, Tender.CARD)
    assert [submitted["pin"] for submitted in service.submitted] == ["4711"]
    assert len([target for target in service.asked if target.startswith("/card")]) == 1


async def test_while_the_issuer_is_silent_the_sale_cannot_be_cancelled(guest: Shop, service: CardService) -> None:
    service.pay = silent
    sale = await guest.house.counter.charge(PRICE)
    view = await guest.tapped(sale, TapPhase.ASKING)
    assert not view.can_cancel
    assert (await guest.house.counter.cancel(sale.sale_id)).state is SaleState.OPEN
    view = await guest.house.counter.stop_waiting(sale.sale_id)
    assert view.state is SaleState.UNCERTAIN


async def test_the_practice_card_is_refused_on_real_books(tmp_path: Path) -> None:
    for api in (EMBEDDED, "https://lnbits.example"):
        with pytest.raises(NoPracticeCard):
            async with House(Folders.of(tmp_path), api, takes_cards=True, simulated_card="practice"):
                pass


async def test_without_a_simulated_card_nothing_of_practice_is_loaded_for_real_books() -> None:
    """In a process of its own: this one has loaded it already."""
    program = (
        "import sys, pos_app.app, pos_app.till.counter, pos_app.cli.main\n"
        "assert not [name for name in sys.modules if name.startswith('pos_app.practice')]\n"
    )
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", program)
    assert await process.wait() == 0


def pays(shop: Shop) -> Callable[[str], Awaitable[object]]:
    """The card's service pays from the practice customer's wallet."""
    customer = shop.house._customer
    assert customer is not None
    return customer.pay
