"""A tapped card pays a sale at a real LNbits server: our card service pays with wallet two of the same server."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from pos_app.core.money import Sat
from pos_app.practice.accounts import Terms
from pos_app.practice.faults import Fault
from pos_app.till.states import SaleState
from pos_app.till.views import TapPhase, Tender
from tests.peer.card_shop import PRICE, SPEAKS_TLS, CardShop
from tests.support.lnbits import LnbitsServer

pytestmark = pytest.mark.peer


@pytest.fixture
async def shop(card_server: LnbitsServer, authority: Path, tmp_path: Path) -> AsyncIterator[CardShop]:
    certificate = authority / "card.pem" if card_server.version == SPEAKS_TLS else None
    async with AsyncExitStack() as rooms:
        yield await CardShop.open(rooms, card_server, tmp_path, certificate=certificate)


async def test_a_tap_pays_by_the_servers_own_word(shop: CardShop) -> None:
    sale = await shop.counter.charge(PRICE)
    await shop.tap()
    paid = await shop.sale_until(sale, lambda view: view.state is not SaleState.OPEN)
    assert (paid.state, paid.tender, paid.received) == (SaleState.PAID, Tender.CARD, PRICE)
    assert TapPhase.ASKING in shop.seen
    assert not {TapPhase.DECLINED, TapPhase.UNKNOWN} & set(shop.seen)


async def test_an_answer_that_is_lost_is_paid_and_never_declined(shop: CardShop) -> None:
    shop.issuer.faults.set(Fault.ISSUER_FORGETS, True)
    sale = await shop.counter.charge(PRICE)
    await shop.tap()
    paid = await shop.sale_until(sale, lambda view: view.state is not SaleState.OPEN)
    assert (paid.state, paid.tender) == (SaleState.PAID, Tender.CARD)
    assert TapPhase.DECLINED not in shop.seen


async def test_a_card_with_too_low_a_limit_leaves_the_code(shop: CardShop) -> None:
    await shop.card(terms=Terms(tap_limit=Sat(100)))
    sale = await shop.counter.charge(PRICE)
    await shop.tap()
    view = await shop.until_tap(sale, TapPhase.LIMIT, TapPhase.DECLINED, TapPhase.UNKNOWN)
    assert view.state is SaleState.OPEN
    assert view.invoice is not None
    await shop.counter.stop_waiting(sale.sale_id)


async def test_after_a_decline_the_till_asks_the_card_itself_and_takes_its_pin(
    shop: CardShop, card_server: LnbitsServer
) -> None:
    if card_server.version == SPEAKS_TLS:
        pytest.skip("the till asks hosts of this computer by http, and this service speaks TLS")
    await shop.card(terms=Terms(tap_limit=Sat(100)))
    sale = await shop.counter.charge(PRICE)
    await shop.tap()
    view = await shop.until_tap(sale, TapPhase.LIMIT)
    assert view.tap is not None
    assert view.tap.limit == Sat(100)
    await shop.card(terms=Terms(pin="1234"))
    await shop.tap()
    await shop.until_tap(sale, TapPhase.PIN)
    await shop.counter.enter_pin(sale.sale_id, "1234")
    paid = await shop.sale_until(sale, lambda view: view.state is not SaleState.OPEN)
    assert (paid.state, paid.tender) == (SaleState.PAID, Tender.CARD)
