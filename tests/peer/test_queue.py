"""Sales without a line at a real LNbits server of either kind: stored cards, lost answers, and a till that ends."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from pos_app.core.money import Sat
from pos_app.practice.accounts import Terms
from pos_app.practice.faults import Fault
from pos_app.till.states import SaleState
from pos_app.till.tap_states import TapState
from pos_app.till.views import Act, FactState, Phase, SaleView, Stage, TapPhase, Tender
from tests.peer.card_shop import PRICE, SPEAKS_TLS, CardShop
from tests.support.lnbits import LnbitsServer
from tests.support.proxy import Exchange, Proxy, lose_answer, only_for, pass_on, proxy_to

pytestmark = pytest.mark.peer

OpenShop = Callable[..., Awaitable[CardShop]]


@pytest.fixture
async def line(card_server: LnbitsServer) -> AsyncIterator[Proxy]:
    """The till's line to the server."""
    async with proxy_to(card_server.url) as between:
        yield between


@pytest.fixture
async def open_shop(card_server: LnbitsServer, line: Proxy, authority: Path, tmp_path: Path) -> AsyncIterator[OpenShop]:
    """Opens a shop whose owner accepts the risk; `asked_by_server` is for cards that the server itself will ask."""
    async with AsyncExitStack() as rooms:

        async def open_one(*, asked_by_server: bool = False) -> CardShop:
            needs_tls = asked_by_server and card_server.version == SPEAKS_TLS
            certificate = authority / "card.pem" if needs_tls else None
            shop = await CardShop.open(rooms, card_server, tmp_path, url=line.url, certificate=certificate)
            await shop.accept_risk()
            await shop.line_is(FactState.WELL)
            return shop

        yield open_one


@pytest.fixture
async def shop(open_shop: OpenShop) -> CardShop:
    """Its cards are asked by the till."""
    return await open_shop()


async def stored(shop: CardShop, name: str, terms: Terms | None = None) -> SaleView:
    """A sale for which this card is stored."""
    card = await shop.card(name, terms)
    sale = await shop.counter.charge(PRICE, store=True)
    assert sale.phase is Phase.STORING
    await shop.tap(card)
    return await shop.sale_until(sale, lambda view: view.state is not SaleState.OPEN)


async def charged(shop: CardShop, phase: Phase = Phase.READY) -> SaleView:
    return await shop.sale_until(await shop.counter.charge(PRICE), lambda view: view.phase is phase)


async def paid(shop: CardShop, sale: SaleView, tender: Tender) -> SaleView:
    """The sale once it is paid: by the server's word, once, and by its one invoice."""
    view = await shop.sale_until(sale, lambda view: view.state.is_closed)
    assert (view.state, view.tender, view.received) == (SaleState.PAID, tender, PRICE)
    (payment_hash,) = await shop.invoices_of(view)
    look = await shop.client.look(payment_hash)
    assert look.paid and look.payment.amount == PRICE.to_msat().value
    return view


async def test_cards_are_stored_while_the_server_is_stopped_and_settle_by_its_word(
    shop: CardShop, card_server: LnbitsServer
) -> None:
    card_server.kill()
    try:
        await shop.line_is(FactState.DOWN)
        good, empty = await stored(shop, "good"), await stored(shop, "empty", Terms(day_limit=Sat(0)))
        for sale in (good, empty):
            assert (sale.state, sale.phase, sale.tender, sale.paid_at_s) == (SaleState.OWED, Phase.CLOSED, None, None)
        before = shop.counter.queue.view()
        assert [item.stage for item in before.items] == [Stage.STORED, Stage.STORED]
        assert (before.store.count, before.store.sum) == (2, Sat(2 * PRICE.value))

        await shop.close_till()
        await shop.open_till()
        await shop.line_is(FactState.DOWN)
        assert shop.counter.queue.view().store.sum == before.store.sum
        assert [item.stage for item in shop.counter.queue.view().items] == [Stage.STORED, Stage.STORED]
    finally:
        await asyncio.to_thread(card_server.start)

    await paid(shop, good, Tender.STORED_CARD)
    await shop.until(lambda: [item.stage for item in shop.counter.queue.view().items] == [Stage.DECLINED])
    (item,) = shop.counter.queue.view().items
    assert item.reason == "Max daily limit spent." and Act.SHOW_CODE in item.acts
    assert shop.counter.queue.view().store.sum == PRICE

    await shop.counter.take_back(empty.sale_id)
    view = await shop.sale_until(empty, lambda view: view.phase is Phase.READY)
    assert view.invoice is not None and [view.invoice.payment_hash] == await shop.invoices_of(empty)
    await card_server.pay(card_server.wallet_two, view.invoice.bolt11)
    await paid(shop, empty, Tender.QR)
    assert not shop.counter.queue.view().items
    assert shop.counter.queue.view().store.sum == Sat(0)
    await shop.counter.verify_journal()


async def test_a_till_that_ends_in_the_middle_goes_on_with_the_same_invoice(shop: CardShop, line: Proxy) -> None:
    line.cut()
    await shop.line_is(FactState.DOWN)
    sale = await stored(shop, "card")
    shop.issuer.faults.set(Fault.ISSUER_FORGETS, True)
    line.mend()
    await shop.until(
        lambda: any(
            item.sale.state is not SaleState.OWED or item.stage is not Stage.STORED
            for item in shop.counter.queue.view().items
        )
    )
    await shop.close_till()
    await shop.open_till()
    await paid(shop, sale, Tender.STORED_CARD)


async def test_begun_online_and_finished_offline(shop: CardShop, line: Proxy) -> None:
    sale = await charged(shop)
    assert sale.invoice is not None
    line.cut()
    await shop.tap(await shop.card())
    await shop.sale_until(sale, lambda view: view.tap is not None and view.tap.can_store)
    view = await shop.counter.store_card(sale.sale_id)
    assert (view.state, view.phase) == (SaleState.OWED, Phase.CLOSED)
    line.mend()
    await paid(shop, sale, Tender.STORED_CARD)
    assert await shop.invoices_of(sale) == [sale.invoice.payment_hash]


async def test_begun_offline_and_finished_online(open_shop: OpenShop, line: Proxy, card_server: LnbitsServer) -> None:
    shop = await open_shop(asked_by_server=True)
    line.cut()
    await shop.line_is(FactState.DOWN)
    by_code, by_card = [await charged(shop, Phase.NO_CODE) for _ in range(2)]
    line.mend()
    by_code = await shop.sale_until(by_code, lambda view: view.phase is Phase.READY)
    assert by_code.invoice is not None
    await card_server.pay(card_server.wallet_two, by_code.invoice.bolt11)
    await paid(shop, by_code, Tender.QR)
    await shop.sale_until(by_card, lambda view: view.phase is Phase.READY)
    await shop.tap()
    await paid(shop, by_card, Tender.CARD)


async def test_a_lost_answer_to_the_invoice_makes_no_second_one(
    shop: CardShop, line: Proxy, card_server: LnbitsServer
) -> None:
    line.fault = only_for("POST /api/v1/payments", lose_answer)
    sale = await charged(shop)
    line.fault = pass_on
    assert sale.invoice is not None
    assert await shop.invoices_of(sale) == [sale.invoice.payment_hash]
    await card_server.pay(card_server.wallet_two, sale.invoice.bolt11)
    await paid(shop, sale, Tender.QR)


async def test_a_lost_answer_to_the_tap_is_never_a_decline(open_shop: OpenShop, line: Proxy) -> None:
    shop = await open_shop(asked_by_server=True)
    sale = await charged(shop)
    line.fault = only_for("/pay-with-nfc", lose_answer)
    await shop.tap()
    await paid(shop, sale, Tender.CARD)
    assert not {TapPhase.DECLINED, TapPhase.TAP_LOST} & set(shop.seen)


async def test_a_lost_answer_to_a_tap_that_pays_nothing_is_never_paid(open_shop: OpenShop, line: Proxy) -> None:
    shop = await open_shop(asked_by_server=True)
    shop.issuer.faults.set(Fault.ISSUER_NEVER_PAYS, True)
    sale = await charged(shop)
    line.fault = only_for("/pay-with-nfc", lose_answer)
    await shop.tap()
    view = await shop.until_tap(sale, TapPhase.UNKNOWN)
    assert view.state is SaleState.OPEN and not view.can_cancel
    assert (await shop.counter.cancel(sale.sale_id)).state is SaleState.OPEN
    view = await shop.counter.stop_waiting(sale.sale_id)
    assert view.state is SaleState.UNCERTAIN
    await shop.counter.check_now(sale.sale_id)
    assert (await shop.counter.sale(sale.sale_id)).state is SaleState.UNCERTAIN
    assert len(await shop.invoices_of(sale)) == 1


async def test_a_lost_answer_about_the_status_says_nothing(
    shop: CardShop, line: Proxy, card_server: LnbitsServer
) -> None:
    sale = await charged(shop)
    assert sale.invoice is not None
    is_lost = asyncio.Event()

    async def lose(exchange: Exchange) -> None:
        await lose_answer(exchange)
        is_lost.set()

    line.fault = only_for(f"GET /api/v1/payments/{sale.invoice.payment_hash}", lose)
    await card_server.pay(card_server.wallet_two, sale.invoice.bolt11)
    for _ in range(2):
        is_lost.clear()
        await is_lost.wait()
    assert (await shop.counter.sale(sale.sale_id)).state is SaleState.OPEN
    line.fault = pass_on
    await paid(shop, sale, Tender.QR)


async def test_a_stored_card_that_pays_nothing_stays_owed(shop: CardShop, line: Proxy) -> None:
    shop.issuer.faults.set(Fault.ISSUER_NEVER_PAYS, True)
    line.cut()
    await shop.line_is(FactState.DOWN)
    sale = await stored(shop, "card")
    line.mend()
    await shop.until(lambda: [item.stage for item in shop.counter.queue.view().items] == [Stage.ASKING])
    stored_sale = await shop.counter.store.sale(sale.sale_id)
    assert stored_sale is not None
    await shop.until(lambda: shop.counter.queue.view().items[0].words.startswith("The card's issuer took"))
    stored_sale = await shop.counter.store.sale(sale.sale_id)
    assert stored_sale is not None
    assert (stored_sale.state, [tap.state for tap in stored_sale.taps]) == (SaleState.OWED, [TapState.SUBMITTED])
    assert shop.counter.queue.view().store.sum == PRICE
