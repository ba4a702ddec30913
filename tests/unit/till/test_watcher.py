"""How often invoices are looked at, and that nothing is shown that may not be."""

from __future__ import annotations

from pathlib import Path

from pos_app.core.bolt11 import Network
from pos_app.core.money import Sat
from pos_app.payments.errors import RateLimited, WrongKey
from pos_app.till.background import Bell
from pos_app.till.books import Books
from pos_app.till.death import Lifetime
from pos_app.till.picture import picture
from pos_app.till.sale import Sale, SaleInvoice
from pos_app.till.states import SaleState
from pos_app.till.views import Phase, SaleView, TapPhase, TapView
from pos_app.till.watcher import Standing, Watched
from tests.conftest import LogWatch
from tests.unit.till.harness import Till, TillClock


async def looks_in_a_minute(till: Till) -> int:
    till.api.calls.clear()
    await till.pass_time(60)
    return till.api.calls.count("look")


async def test_without_push_each_two_seconds(till: Till) -> None:
    await till.charge()
    assert await looks_in_a_minute(till) == 30


async def test_with_push_each_ten_seconds(engine_till: Till) -> None:
    await engine_till.charge()
    assert await looks_in_a_minute(engine_till) == 6


async def test_when_push_is_lost_the_polls_hurry(till: Till) -> None:
    till.api.push_up = True
    await till.charge()
    await till.pass_time(10)
    till.api.push_up = False
    await till.pass_time(10)
    assert await looks_in_a_minute(till) == 30


async def test_a_closed_sale_is_polled_slowly(till: Till) -> None:
    view = await till.charge()
    await till.counter.cancel(view.sale_id)
    await till.pass_time(30)
    assert await looks_in_a_minute(till) == 2


async def test_away_it_is_asked_less_and_less(till: Till) -> None:
    await till.charge()
    till.api.down = True
    await till.pass_time(60)
    assert await looks_in_a_minute(till) <= 2


async def test_a_pause_that_the_server_asks_for_is_kept(till: Till) -> None:
    await till.charge()
    till.api.fail("look", RateLimited(40))
    await till.pass_time(2)
    till.api.calls.clear()
    await till.pass_time(39)
    assert till.api.calls.count("look") == 0
    await till.pass_time(1)
    assert till.api.calls.count("look") == 1


async def test_repeated_pushes_book_once(engine_till: Till) -> None:
    view = await engine_till.charge()
    assert view.invoice is not None
    engine_till.api.settle(view.invoice.payment_hash)
    for _ in range(3):
        engine_till.api.push(view.invoice.payment_hash)
        await engine_till.quiet()
    assert engine_till.phases(view) == [Phase.MAKING, Phase.READY, SaleState.PAID]
    assert (await engine_till.counter.verify_journal())[0] == 3


async def test_what_a_person_can_mend_is_said_beside_the_code(till: Till) -> None:
    view = await till.charge()
    till.api.fail("look", WrongKey())
    await till.pass_time(2)
    view = await till.sale(view)
    assert view.phase is Phase.READY and view.problem is not None and "key" in view.problem.message
    await till.pass_time(2)
    assert (await till.sale(view)).problem is None


async def test_our_own_fault_does_not_end_the_watch(till: Till, expect_log: LogWatch) -> None:
    expect_log.expect("pos_app.till.watcher", "look at")
    view = await till.charge()
    till.api.fail("look", ZeroDivisionError())
    await till.pay(view)
    await till.pass_time(5)
    assert (await till.sale(view)).state is SaleState.PAID


def shown(clock: TillClock, *standings: Standing, left_s: float = 60) -> SaleView:
    """The view of an open sale whose invoices stand like this."""
    invoices = tuple(
        SaleInvoice(f"{n:064x}", "s", "lnbcrt", Sat(1).to_msat(), 0, 600, 0.0, None, None, None)
        for n in range(len(standings))
    )
    sale = Sale(
        id="s",
        book="b",
        till="t",
        number=1,
        reference="R",
        state=SaleState.OPEN,
        voided=False,
        amount=Sat(1),
        tip=Sat(0),
        fiat=None,
        rate=None,
        note="",
        tender=None,
        replaces=None,
        made_at_s=0,
        closed_at_s=None,
        paid_at_s=None,
        invoices=invoices,
    )
    now_s = clock.monotonic_s()
    life = Lifetime(0, 600, 0, now_s, restarted=False, clock_is_ours=False)
    return picture(
        sale,
        making=None,
        watched=tuple(
            Watched(invoice, life, Bell(clock), now_s + left_s, standing)
            for invoice, standing in zip(invoices, standings, strict=True)
        ),
        at_counter=True,
        tap=TapView(TapPhase.READY),
        card_may_pay=False,
        cancelling=False,
        storing=False,
        lightning_away=False,
        expiry_s=600,
        books=Books(folder=Path(), network=Network.MAINNET, practice=False, name="https://a.example"),
        now_monotonic_s=now_s,
    )


def test_only_a_single_payable_invoice_is_shown(clock: TillClock) -> None:
    view = shown(clock, Standing.PAYABLE)
    assert view.phase is Phase.READY and view.invoice is not None
    for standings in [[standing] for standing in Standing if standing is not Standing.PAYABLE] + [
        [Standing.PAYABLE] * 2
    ]:
        view = shown(clock, *standings)
        assert view.phase is not Phase.READY and view.invoice is None and view.deadline_monotonic_s is None
    assert shown(clock, Standing.PAYABLE, left_s=0).invoice is None


def test_several_living_invoices_say_so(clock: TillClock) -> None:
    view = shown(clock, Standing.PAYABLE, Standing.PAYABLE)
    assert view.problem is not None and "several invoices" in view.problem.message
