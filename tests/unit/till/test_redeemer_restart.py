"""A till that stops while a stored tap is on its way, and goes on where it was: by the table, and never twice."""

from __future__ import annotations

import pytest

from pos_app.till.states import SaleState
from tests.unit.till.fake_api import Fault
from tests.unit.till.fake_issuer import Asked
from tests.unit.till.harness import EXPIRY_S
from tests.unit.till.shop import Shop


async def cut(shop: Shop, *, away_s: float = 5) -> None:
    """Stop while a request is held up, and start again; the request is lost on its way."""
    assert shop.issuer.held_up is not None
    await shop.stop()
    shop.issuer.held_up = None
    await shop.clock.advance(away_s)
    await shop.start()


async def test_what_waits_offline_is_still_there(shop: Shop) -> None:
    await shop.go_offline()
    views = [await shop.store(counter) for counter in (1, 2)]
    await shop.stop()
    await shop.start()
    assert shop.tap_states() == ["captured", "captured"]
    assert [item.sale.sale_id for item in shop.counter.queue.view().items] == [view.sale_id for view in views]
    await shop.go_online(30)
    assert shop.tap_states() == ["settled", "settled"]
    assert shop.issuer.links() == [(7, 1), (7, 2)]


async def test_only_the_next_in_turn_gets_an_invoice(shop: Shop) -> None:
    await shop.go_offline()
    for counter in range(1, 5):
        await shop.store(counter)
    await shop.stop()
    shop.issuer.down = {"card.example"}
    await shop.start()
    await shop.go_online(20)
    assert len(shop.api.invoices) == 1
    shop.issuer.down = set()
    await shop.pass_time(90)
    assert len(shop.api.invoices) == 4 and set(shop.tap_states()) == {"settled"}


async def test_the_hashes_are_asked_before_anything_is_sent(shop: Shop) -> None:
    view = await shop.charge()
    await shop.go_offline()
    await shop.counter.store_card(view.sale_id)
    await shop.store_for(view)
    await shop.stop()
    shop.api.settle(shop.invoices()[0][0])
    await shop.start()
    await shop.go_online(30)
    assert (await shop.sale(view)).state is SaleState.PAID
    assert not shop.issuer.asked and shop.tap_states() == ["superseded"]


async def test_no_second_invoice_before_the_first_was_asked_and_is_dead(shop: Shop) -> None:
    view = await shop.charge()
    await shop.go_offline()
    await shop.counter.store_card(view.sale_id)
    await shop.store_for(view)
    await shop.stop()
    await shop.clock.advance(EXPIRY_S + 300)
    await shop.start()
    await shop.pass_time(60)
    assert len(shop.api.invoices) == 1
    await shop.go_online(20)
    assert [dead for _, dead in shop.invoices()] == [True, False]
    assert (await shop.sale(view)).state is SaleState.PAID


async def test_the_link_is_asked_once_more(shop: Shop) -> None:
    shop.hold_up_issuer()
    view = await shop.store()
    assert shop.tap_states() == ["redeeming"]
    await cut(shop)
    await shop.pass_time(30)
    assert (await shop.sale(view)).state is SaleState.PAID
    assert shop.rows("SELECT link_tries FROM tap") == [(2,)]


async def test_and_no_third_time(shop: Shop) -> None:
    shop.hold_up_issuer()
    view = await shop.store()
    await shop.stop()
    await shop.start()
    await shop.pass_time(10)
    assert shop.tap_states() == ["redeeming"]
    await cut(shop)
    await shop.pass_time(30)
    assert shop.tap_states() == ["tap_lost"] and not shop.issuer.asked
    assert (await shop.sale(view)).state is SaleState.OWED


async def test_a_link_that_was_used_by_the_request_before_is_lost(shop: Shop) -> None:
    requests: list[Asked] = []

    def hold_up(asked: Asked) -> None:
        requests.append(asked)
        shop.hold_up_issuer()

    shop.issuer.on_request = hold_up
    await shop.store()
    shop.issuer.on_request = None
    shop.issuer._seen["card.example", 7] = 1  # it arrived, and the answer did not
    await cut(shop)
    await shop.pass_time(30)
    assert shop.tap_states() == ["tap_lost"] and len(requests) == 1


async def test_an_offer_is_handed_over_without_asking_the_link_again(shop: Shop) -> None:
    shop.issuer.faults = [None, *[Fault.BEFORE] * 20]
    view = await shop.store()
    assert shop.tap_states() == ["authorised"]
    await shop.stop()
    shop.issuer.faults.clear()
    await shop.start()
    await shop.pass_time(10)
    assert (await shop.sale(view)).state is SaleState.PAID
    assert shop.issuer.links() == [(7, 1)]


@pytest.mark.parametrize("arrived", [False, True])
async def test_an_invoice_that_was_handed_over_is_repeated_once(shop: Shop, arrived: bool) -> None:
    def hold_up_callback(asked: Asked) -> None:
        if asked.bolt11:
            shop.hold_up_issuer()

    shop.issuer.on_request = hold_up_callback
    view = await shop.store()
    assert shop.tap_states() == ["submitted"]
    shop.issuer.on_request = None
    if arrived:
        shop.api.settle(shop.invoices()[0][0])
    await cut(shop)
    await shop.pass_time(30)
    assert (await shop.sale(view)).state is SaleState.PAID
    assert len([asked for asked in shop.issuer.asked if asked.bolt11]) == (0 if arrived else 1)
    assert shop.rows("SELECT submit_tries FROM tap") == [(1 if arrived else 2,)]


async def test_after_the_repeat_it_is_only_watched(shop: Shop) -> None:
    shop.issuer.faults = [None, Fault.LOST, Fault.LOST]
    view = await shop.store()
    await shop.pass_time(20)
    await shop.restart()
    await shop.pass_time(60)
    assert (shop.tap_states(), shop.issuer.asked[1:]) == (["unknown"], [])
    assert (await shop.sale(view)).state is SaleState.OWED
    await shop.pass_time(EXPIRY_S + 200)
    assert shop.tap_states() == ["not_paid"]
