"""A stored card over real sockets: the till's own fetch, and a card service on loopback."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from pos_app.net.allow import AllowList
from pos_app.net.fetch import Fetcher
from pos_app.till.states import SaleState
from pos_app.till.views import SaleChanged, SaleView, Stage, Tender
from tests.support.card_service import CardService, card_service, error, reset
from tests.unit.till.fake_api import FakeApi
from tests.unit.till.harness import Till


class Counter:
    """A till that stores cards of this service."""

    def __init__(self, till: Till, service: CardService) -> None:
        self.till = till
        self.service = service
        service.pays = self.pay

    async def pay(self, bolt11: str) -> None:
        (invoice,) = (each for each in self.till.api.invoices.values() if each.bolt11 == bolt11)
        self.till.api.settle(invoice.payment_hash)

    async def store(self) -> SaleView:
        """A sale whose card is stored without a line."""
        self.till.api.down = True
        await self.till.pass_time(6)
        view = await self.till.charge(store=True)
        self.till.touch(f"lnurlw://{self.service.web.host_port}/card?p={7:032X}&c={1:016X}")
        view = await self.till.sale(view)
        assert view.state is SaleState.OWED
        return view

    async def until(self, is_so: Callable[[], bool]) -> None:
        """The line is back; let time pass and the sockets work until that is so."""
        self.till.api.down = False
        async with asyncio.timeout(20):
            while not is_so():
                await self.till.pass_time(0.2)

    def saw(self, view: SaleView, state: SaleState) -> bool:
        sales = [event.sale for event in self.till.events if isinstance(event, SaleChanged)]
        return any(sale.sale_id == view.sale_id and sale.state is state for sale in sales)


@pytest.fixture
async def counter(tmp_path: Path, engine_api: FakeApi) -> AsyncIterator[Counter]:
    async with card_service(maxWithdrawable=5_000_000) as service:
        fetcher = Fetcher(AllowList([service.web.host_port]))
        till = Till(tmp_path / "books", engine_api, name="This computer", service=fetcher, stores=True)
        await till.start()
        yield Counter(till, service)
        await till.stop()


async def test_the_service_pays_the_stored_card(counter: Counter) -> None:
    view = await counter.store()
    assert not counter.service.asked
    await counter.until(lambda: counter.saw(view, SaleState.PAID))
    assert (await counter.till.sale(view)).tender is Tender.STORED_CARD
    link, callback = counter.service.asked
    assert link == f"/card?p={7:032X}&c={1:016X}"
    assert callback.startswith("/pay?id=7&") and len(counter.service.submitted) == 1


async def test_a_connection_that_breaks_is_asked_once_more_and_what_it_paid_is_found(counter: Counter) -> None:
    counter.service.pay = reset
    view = await counter.store()
    await counter.until(lambda: counter.saw(view, SaleState.PAID))
    assert len(counter.service.submitted) == 1 and counter.till.tap_states() == ["settled"]


async def test_its_refusal_ends_the_card(counter: Counter) -> None:
    counter.service.link = error("Card is disabled.")
    await counter.store()
    await counter.until(lambda: counter.till.tap_states() == ["declined"])
    (item,) = counter.till.counter.queue.view().items
    assert (item.stage, item.reason) == (Stage.DECLINED, "Card is disabled.")
