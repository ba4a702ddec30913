"""The composition root: what a house is made of, what it owns, and how it ends."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from pos_app.app import House, NotConnected, RealReader, open_books
from pos_app.config.folders import Folders
from pos_app.config.lock import OwnerLock, TillRunning
from pos_app.config.settings import Remote, SettingsFile, SettingsWrong
from pos_app.core.bolt11 import Network
from pos_app.core.money import Sat
from pos_app.payments.errors import NotSent
from pos_app.practice.field import Field, practice_reader
from pos_app.till.history_views import HistoryFilter, RowState, Unit
from pos_app.till.states import SaleState
from pos_app.till.views import FactState, Phase, SaleChanged, SaleView
from tests.support.http_server import never, serve

KEY = "5a" * 16
PRICE = Sat(21)


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    return Folders.of(tmp_path / "shop")


async def until(
    house: House, sale: SaleView, *, state: SaleState = SaleState.OPEN, phase: Phase | None = None
) -> SaleView:
    """Wait until the counter tells that of the sale."""
    news: asyncio.Queue[SaleView] = asyncio.Queue()
    stop = house.counter.subscribe(
        lambda event: news.put_nowait(event.sale) if isinstance(event, SaleChanged) else None
    )
    try:
        sale = await house.counter.sale(sale.sale_id)
        while sale.state is not state or (phase is not None and sale.phase is not phase):
            sale = await news.get()
        return sale
    finally:
        stop()


async def test_practice_sells_and_its_customer_pays(folders: Folders) -> None:
    async with House(folders) as house:
        assert house.has_customer
        assert (house.books.name, house.books.network) == ("Practice", Network.REGTEST)
        sale = await until(house, await house.counter.charge(PRICE), phase=Phase.READY)
        assert sale.invoice is not None
        house.let_customer_pay(sale.invoice.bolt11, "now")
        paid = await until(house, sale, state=SaleState.PAID)
        assert paid.received == PRICE


async def test_what_was_paid_is_in_the_history_at_once(folders: Folders) -> None:
    async with House(folders) as house:
        news = asyncio.Event()
        house.records.subscribe(lambda _event: news.set())
        sale = await until(house, await house.counter.charge(PRICE), phase=Phase.READY)
        assert sale.invoice is not None
        house.let_customer_pay(sale.invoice.bolt11, "now")
        await until(house, sale, state=SaleState.PAID)
        async with asyncio.timeout(20):
            while not await is_in_the_history(house, sale):
                await news.wait()
                news.clear()
        assert (await house.records.period(Unit.DAY, None)).now.sum == PRICE


async def is_in_the_history(house: House, sale: SaleView) -> bool:
    """Whether the one row is this sale, paid in full, by the payments API's word too."""
    assert sale.invoice is not None
    payment = (await house.records.payments_of([sale.invoice.payment_hash]))[sale.invoice.payment_hash]
    (row,) = await house.records.rows(HistoryFilter(), 0, 10) or (None,)
    if row is None or payment is None or row.state is not RowState.PAID:
        return False
    assert (row.sale_id, row.amount_msat) == (sale.sale_id, PRICE.to_msat().value)
    return payment.received_msat == PRICE.to_msat().value


async def test_practice_has_faults_and_a_cut_line_is_real(folders: Folders) -> None:
    async with House(folders, faults=["server_away"]) as house:
        assert house.faults is not None
        sale = await until(house, await house.counter.charge(PRICE), phase=Phase.NO_CODE)
        assert sale.problem is not None
        house.faults.set("server_away", False)
        await house.counter.retry(sale.sale_id)
        sale = await until(house, sale, phase=Phase.READY)
        assert sale.invoice is not None
        house.faults.set("server_away", True)
        house.let_customer_pay(sale.invoice.bolt11, "now")
        with pytest.raises(NotSent):
            await house.client.look(sale.invoice.payment_hash)
        assert (await house.counter.sale(sale.sale_id)).state is SaleState.OPEN
        house.faults.set("server_away", False)
        await until(house, sale, state=SaleState.PAID)


async def test_the_practice_card_says_that_a_real_reader_is_in_use(
    folders: Folders, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pos_app.app.plugged_in_reader", lambda: practice_reader(Field()))
    async with House(folders, takes_cards=True) as house:
        news = asyncio.Event()
        house.counter.subscribe(lambda _: news.set())
        while house.counter.status().facts[-1].state is not FactState.WELL:
            await news.wait()
            news.clear()
        assert house.has_card
        with pytest.raises(RealReader, match="Your own card reader is in use"):
            house.tap_card()


async def test_a_sale_of_before_is_there_again(folders: Folders) -> None:
    async with House(folders) as house:
        sale = await until(house, await house.counter.charge(PRICE), phase=Phase.READY)
    async with House(folders) as house:
        assert sale.invoice is not None
        house.let_customer_pay(sale.invoice.bolt11, "now")
        await until(house, sale, state=SaleState.PAID)
    async with open_books(folders) as (books, store):
        assert books.wears_banner
        kept = await store.sale_of(sale.invoice.payment_hash)
        assert kept is not None
        assert kept.state is SaleState.PAID


async def test_an_embedded_engine_has_books_of_its_own_and_no_customer(folders: Folders) -> None:
    async with House(folders, "embedded") as house:
        assert not house.has_customer
        assert house.faults is None
        assert not house.books.wears_banner
        sale = await until(house, await house.counter.charge(PRICE), phase=Phase.NO_CODE)
        assert sale.problem is not None
        assert "no funding source" in sale.problem.message
    async with House(folders) as house:
        assert await house.counter.recent() == ()


async def test_an_engine_has_one_owner(folders: Folders) -> None:
    with OwnerLock(folders.engine(practice=True), "engine serve"), pytest.raises(TillRunning, match="engine serve"):
        async with House(folders):
            pass
    async with House(folders):
        pass


async def test_what_keeps_a_house_from_opening_leaves_nothing_open(folders: Folders) -> None:
    folders.make()
    (folders.books / "practice" / "till.db").mkdir(parents=True)
    for _ in range(2):  # the second would meet the first one's lock
        with pytest.raises(Exception, match=r"till\.db"):
            async with House(folders):
                pass


async def test_a_server_needs_a_key_and_the_settings_must_be_right(folders: Folders) -> None:
    with pytest.raises(NotConnected, match=r"pos-app connect https://lnbits\.example$"):
        async with House(folders, "HTTPS://LNbits.example/"):
            pass
    folders.settings_file.write_text("theme = 'pink'")
    with pytest.raises(SettingsWrong):
        async with House(folders):
            pass


async def test_it_opens_without_a_line_and_closes_while_the_server_hangs(
    folders: Folders, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POS_INVOICE_KEY", KEY)
    async with serve(never) as server:
        SettingsFile(folders.settings_file).change(api=server.url, remotes={server.url: Remote(network=Network.SIGNET)})
        house = House(folders)
        await house.__aenter__()
        assert house.books.network is Network.SIGNET
        assert house.books.wears_banner
        await house.counter.charge(PRICE)
        async with asyncio.timeout(1):
            await house.close()
        await house.close()


async def test_a_house_stores_cards_once_its_owner_accepts(folders: Folders) -> None:
    async with House(folders) as house:
        assert not await house.manager.is_set()
        status = house.counter.status()
        assert status.store is not None and not status.store.accepted
        await house.manager.set("4829")
        await house.counter.queue.accept_risk("4829")
    async with House(folders) as house:
        status = house.counter.status()
        assert status.store is not None and status.store.accepted
        assert await house.manager.is_set()
