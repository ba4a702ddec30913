"""Whether money may still come for a sale, as far as its view can tell."""

from __future__ import annotations

from pos_app.till.death import GRACE_S
from pos_app.till.states import SaleState
from pos_app.till.views import SaleChanged
from tests.unit.till.harness import EXPIRY_S, Till


async def test_a_code_that_can_be_paid(till: Till) -> None:
    view = await till.charge()
    assert view.may_be_paid
    await till.pay(view)
    await till.pass_time(2)
    view = await till.sale(view)
    assert (view.state, view.may_be_paid) == (SaleState.PAID, False)


async def test_cancelled_here_alone_it_may_be_paid_until_its_invoice_is_dead(till: Till) -> None:
    view = await till.counter.cancel((await till.charge()).sale_id)
    assert (view.state, view.may_be_paid) == (SaleState.CANCELLED, True)
    await till.pass_time(EXPIRY_S + GRACE_S + 3700)
    assert not (await till.sale(view)).may_be_paid
    told = [event.sale for event in till.events if isinstance(event, SaleChanged)]
    assert [sale.may_be_paid for sale in told if sale.state is SaleState.CANCELLED] == [True, False]


async def test_cancelled_in_the_engine_it_cannot_be_paid(engine_till: Till) -> None:
    view = await engine_till.counter.cancel((await engine_till.charge()).sale_id)
    assert (view.state, view.may_be_paid) == (SaleState.CANCELLED, False)


async def test_uncertain_it_may_be_paid_until_its_invoice_is_dead(till: Till) -> None:
    view = await till.counter.stop_waiting((await till.charge()).sale_id)
    assert (view.state, view.may_be_paid) == (SaleState.UNCERTAIN, True)
    await till.pass_time(EXPIRY_S + GRACE_S + 60)
    view = await till.sale(view)
    assert (view.state, view.may_be_paid) == (SaleState.UNCERTAIN, False)


async def test_expired_it_cannot_be_paid(till: Till) -> None:
    view = await till.charge()
    await till.pass_time(EXPIRY_S + 5)
    assert (await till.sale(view)).may_be_paid
    await till.pass_time(GRACE_S + 10)
    view = await till.sale(view)
    assert (view.state, view.may_be_paid) == (SaleState.EXPIRED, False)
