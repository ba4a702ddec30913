"""Each practice fault at a whole till: what the cashier sees, and what the money does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from pos_app.core.money import Sat
from pos_app.practice.faults import CARD_PIN, Fault, Faults
from pos_app.till.states import SaleState
from pos_app.till.views import FactState, Phase, SaleView, Stage, TapPhase, Tender
from tests.e2e.test_card import PRICE, Shop, open_shop

MANAGER_PIN = "4711"


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Shop]:
    async for opened in open_shop(tmp_path / "shop", "practice"):
        yield opened


@pytest.fixture
def faults(shop: Shop) -> Faults:
    assert shop.house.faults is not None
    return shop.house.faults


async def charged(shop: Shop, phase: Phase = Phase.READY) -> SaleView:
    return await shop.sale_until(await shop.house.counter.charge(PRICE), lambda view: view.phase is phase)


async def paid(shop: Shop, sale: SaleView) -> SaleView:
    return await shop.sale_until(sale, lambda view: view.state is SaleState.PAID)


async def balance(shop: Shop) -> Sat:
    found = (await shop.house.client.wallet()).balance
    assert found is not None
    return found.to_sat()


async def test_the_payments_server_is_away_and_comes_back(shop: Shop, faults: Faults) -> None:
    sale = await charged(shop)
    faults.set(Fault.SERVER_AWAY, True)
    assert sale.invoice is not None
    shop.house.let_customer_pay(sale.invoice.bolt11, "now")
    await shop.until(lambda: shop.house.counter.status().facts[0].state is FactState.DOWN)
    assert (await shop.house.counter.sale(sale.sale_id)).state is SaleState.OPEN
    faults.set(Fault.SERVER_AWAY, False)
    assert (await paid(shop, sale)).received == PRICE
    await shop.until(lambda: shop.house.counter.status().facts[0].state is FactState.WELL)


async def test_the_lightning_side_is_away(shop: Shop, faults: Faults) -> None:
    faults.set(Fault.LIGHTNING_AWAY, True)
    sale = await charged(shop, Phase.NO_CODE)
    assert sale.problem is not None
    faults.set(Fault.LIGHTNING_AWAY, False)
    await shop.sale_until(sale, lambda view: view.phase is Phase.READY)


async def test_the_issuer_is_down(shop: Shop, faults: Faults) -> None:
    faults.set(Fault.ISSUER_DOWN, True)
    sale = await charged(shop)
    await shop.tapped(sale, TapPhase.NOT_REACHED)
    faults.set(Fault.ISSUER_DOWN, False)
    assert (await paid(shop, sale)).tender is Tender.CARD
    assert await balance(shop) == PRICE


async def test_the_issuer_forgets_to_answer(shop: Shop, faults: Faults) -> None:
    """Its answer is lost and its money comes: never declined, never paid twice."""
    faults.set(Fault.ISSUER_FORGETS, True)
    sale = await charged(shop)
    shop.house.tap_card()
    assert (await paid(shop, sale)).received == PRICE
    assert await balance(shop) == PRICE


async def test_the_answer_is_lost_and_the_money_too(shop: Shop, faults: Faults) -> None:
    for fault in (Fault.ISSUER_FORGETS, Fault.ISSUER_NEVER_PAYS):
        faults.set(fault, True)
    sale = await shop.tapped(await charged(shop), TapPhase.UNKNOWN)
    assert not sale.can_cancel
    assert (await shop.house.counter.stop_waiting(sale.sale_id)).state is SaleState.UNCERTAIN
    assert await balance(shop) == Sat(0)


async def test_a_second_answer_changes_nothing(shop: Shop, faults: Faults) -> None:
    faults.set(Fault.ISSUER_TWICE, True)
    sale = await charged(shop)
    shop.house.tap_card()
    assert (await paid(shop, sale)).received == PRICE
    assert await balance(shop) == PRICE


async def test_ok_is_not_paid(shop: Shop, faults: Faults) -> None:
    faults.set(Fault.ISSUER_NEVER_PAYS, True)
    sale = await shop.tapped(await charged(shop), TapPhase.ASKING)
    assert sale.state is SaleState.OPEN
    assert await balance(shop) == Sat(0)


async def test_a_card_with_a_pin(shop: Shop, faults: Faults) -> None:
    faults.set(Fault.CARD_PIN, True)
    sale = await shop.tapped(await charged(shop), TapPhase.PIN)
    await shop.house.counter.enter_pin(sale.sale_id, CARD_PIN)
    assert (await paid(shop, sale)).tender is Tender.CARD


async def test_an_empty_card_is_declined_and_a_good_one_pays(shop: Shop, faults: Faults) -> None:
    faults.set(Fault.CARD_EMPTY, True)
    sale = await shop.tapped(await charged(shop), TapPhase.DECLINED)
    assert sale.tap is not None
    assert sale.tap.reason == "Max daily limit spent."
    faults.set(Fault.CARD_EMPTY, False)
    shop.house.tap_card()
    assert (await paid(shop, sale)).received == PRICE


async def test_a_stored_card_at_an_issuer_that_is_down_waits_for_it(shop: Shop, faults: Faults) -> None:
    counter = shop.house.counter
    await shop.house.manager.set(MANAGER_PIN)
    await counter.queue.accept_risk(MANAGER_PIN)
    faults.set(Fault.SERVER_AWAY, True)
    faults.set(Fault.ISSUER_DOWN, True)
    await shop.until(lambda: counter.status().facts[0].state is FactState.DOWN)
    sale = await counter.charge(PRICE, store=True)
    await shop.sale_until(sale, lambda view: view.tap is not None and view.tap.phase is TapPhase.READY)
    shop.house.tap_card()
    await shop.sale_until(sale, lambda view: view.state is SaleState.OWED)
    faults.set(Fault.SERVER_AWAY, False)
    await shop.until(lambda: counter.status().facts[0].state is FactState.WELL)
    assert [item.stage for item in counter.queue.view().items] == [Stage.STORED]
    faults.set(Fault.ISSUER_DOWN, False)
    assert (await paid(shop, sale)).tender is Tender.STORED_CARD
    assert await balance(shop) == PRICE


async def test_closing_does_not_wait_for_a_slow_issuer(tmp_path: Path) -> None:
    async for shop in open_shop(tmp_path / "shop", "practice"):
        assert shop.house.faults is not None
        shop.house.faults.set(Fault.ISSUER_SLOW, True)
        await shop.tapped(await charged(shop), TapPhase.ASKING)
        async with asyncio.timeout(3):
            await shop.house.close()
