"""Stored cards in any order, with restarts: the exposure is what is owed, and no secret outlives its tap.

`POS_DRILL_ROUNDS` sets how many stories are told.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Coroutine
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from pos_app.core.errors import UserError
from pos_app.core.money import Sat
from pos_app.till.sale import Held, NewSale, Sale
from pos_app.till.states import Cause, IllegalMove, SaleState
from pos_app.till.store import Store
from pos_app.till.tap_states import IllegalTapMove, TapCause, TapState
from pos_app.till.terms import DEFAULTS
from pos_app.till.vault import SameTap
from tests.support.clock import ManualClock
from tests.support.drills import rounds
from tests.unit.till.stored import HOST, card_url, invoice, keystore, offer

pytestmark = pytest.mark.drill

T = TypeVar("T")

TERMS = replace(DEFAULTS, sum_max=Sat(9000), count_max=4, tap_max=Sat(5000))
SATS = st.sampled_from([1, 1000, 4999, 5000, 5001])
ENDS = st.sampled_from([Cause.PAID_OTHERWISE, Cause.VOIDED, Cause.WRITTEN_OFF, Cause.STOPPED_WAITING])
OF_THE_WORKER = st.sampled_from(
    [
        TapCause.LINK_ASKED,
        TapCause.NOT_SENT,
        TapCause.OFFERED,
        TapCause.REFUSED,
        TapCause.LINK_LOST,
        TapCause.HANDED_OVER,
        TapCause.CALLBACK_NOT_SENT,
        TapCause.ANSWER_LOST,
        TapCause.REPEATED,
        TapCause.VOIDED,
    ]
)
PICK = st.integers(0, 5)
_OWED = (SaleState.OWED, SaleState.UNCERTAIN)


class StoredCards(RuleBasedStateMachine):
    """One book, and a picture of it in memory that is made of what each call answered."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.runner = asyncio.Runner()
        self.clock = ManualClock()
        self.sales: dict[str, Sale] = {}
        self.taken: set[int] = set()
        self.invoices = 0

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(work)

    def took(self, work: Coroutine[Any, Any, tuple[Sale, ...]]) -> tuple[Sale, ...]:
        """The sales that a call changed; none where a rule of the till refused it."""
        try:
            changed = self.do(work)
        except (IllegalMove, IllegalTapMove):
            return ()
        self.sales |= {sale.id: sale for sale in changed}
        return changed

    def pick(self, number: int) -> Sale:
        sales = list(self.sales.values())
        return sales[-1 - number % len(sales)]

    @initialize()
    def open(self) -> None:
        self.store = self.do(self.opened())
        self.do(self.store.accept_risk())
        self.do(self.store.change_terms(TERMS, by_manager=True))

    async def opened(self) -> Store:
        folder = Path(self.folder.name)
        return await Store.open(folder, self.clock, keystore(folder))

    @rule(sat=SATS, with_invoice=st.booleans())
    def charge(self, sat: int, with_invoice: bool) -> None:
        sale = self.do(self.store.begin(NewSale(Sat(sat))))
        self.sales[sale.id] = sale
        if with_invoice:
            self.bind(sale)

    def bind(self, sale: Sale) -> None:
        self.invoices += 1
        bound = self.do(self.store.bind(sale.id, invoice(self.invoices, sale.total.value)))
        if bound is not None:
            self.sales[sale.id] = bound

    @precondition(lambda self: self.sales)
    @rule(number=PICK)
    def new_invoice(self, number: int) -> None:
        sale = self.pick(number)
        if not sale.state.is_closed and not sale.live_invoices:
            self.bind(sale)
            for tap in sale.taps:
                self.took(self.store.bind_tap(tap.id))
                self.took(self.store.rebind_tap(tap.id))

    @precondition(lambda self: self.sales)
    @rule(number=PICK, tap=st.integers(1, 40))
    def store_card(self, number: int, tap: int) -> None:
        sale, before = self.pick(number), self.exposure()
        is_new = sale.state is SaleState.OPEN
        fits = sale.total <= TERMS.tap_max and (
            not is_new or (before[0] < TERMS.count_max and before[1] + sale.total <= TERMS.sum_max)
        )
        live = sale.live_invoices[0].payment_hash if sale.live_invoices else None
        try:
            changed = self.took(self.store.store_tap(sale.id, host=HOST, url=card_url(tap), payment_hash=live))
        except SameTap:
            assert tap in self.taken
        except UserError:
            assert not fits
        else:
            assert bool(changed) is not sale.state.is_closed
            if changed:
                assert fits and tap not in self.taken
                self.taken.add(tap)

    @precondition(lambda self: self.sales)
    @rule(number=PICK, cause=OF_THE_WORKER, which=st.integers(0, 2))
    def work(self, number: int, cause: TapCause, which: int) -> None:
        sale = self.pick(number)
        if sale.taps:
            tap = sale.taps[which % len(sale.taps)]
            made = offer() if cause is TapCause.OFFERED and tap.state is TapState.REDEEMING else None
            self.took(self.store.move_tap(tap.id, cause, offer=made))

    @precondition(lambda self: self.sales)
    @rule(number=PICK)
    def taken_by_the_service(self, number: int) -> None:
        for tap in self.pick(number).taps:
            if tap.state is TapState.SUBMITTED and tap.request_out:
                self.took(self.store.tap_taken(tap.id))

    @precondition(lambda self: self.sales)
    @rule(number=PICK)
    def settle(self, number: int) -> None:
        for paid in self.pick(number).invoices[-1:]:
            self.took(self.store.settle(paid.payment_hash, paid.amount))

    @precondition(lambda self: self.sales)
    @rule(number=PICK)
    def die(self, number: int) -> None:
        for dead in self.pick(number).live_invoices:
            self.took(self.store.declare_dead(dead.payment_hash, "expired"))

    @precondition(lambda self: self.sales)
    @rule(number=PICK, cause=ENDS)
    def end(self, number: int, cause: Cause) -> None:
        self.took(self.store.step(self.pick(number).id, cause))

    @precondition(lambda self: self.sales)
    @rule(number=PICK)
    def nothing_handed_over(self, number: int) -> None:
        try:
            self.took(self.store.nothing_handed_over(self.pick(number).id))
        except UserError as error:
            assert "may still be paid" in error.message

    @precondition(lambda self: self.sales)
    @rule(number=PICK, held=st.booleans())
    def hold_or_release(self, number: int, held: bool) -> None:
        for tap in self.pick(number).taps:
            self.took(self.store.hold_tap(tap.id, Held.CLOCK) if held else self.store.release_tap(tap.id))

    @rule(hours=st.sampled_from([1, 30]), set_by_h=st.sampled_from([0, 0, -5, 5]))
    def pass_time(self, hours: int, set_by_h: int) -> None:
        self.do(self.clock.advance(hours * 3600.0))
        self.clock.set_wall(self.clock.time_s() + set_by_h * 3600.0)
        self.took(self.store.age_taps(None))

    @rule()
    def restart(self) -> None:
        self.do(self.store.close())
        self.store = self.do(self.opened())
        self.do(self.store.load_keys())
        self.took(self.store.restart_taps())

    def exposure(self) -> tuple[int, Sat]:
        owed = [sale.total for sale in self.sales.values() if sale.state in _OWED]
        return len(owed), sum(owed, Sat(0))

    @invariant()
    def the_disk_says_the_same(self) -> None:
        for sale in self.sales.values():
            assert self.do(self.store.sale(sale.id)) == sale
        queued = {sale.id for sale in self.do(self.store.queued())}
        assert {sale.id for sale in self.sales.values() if sale.state in _OWED} <= queued

    @invariant()
    def an_owed_sale_came_from_a_stored_card(self) -> None:
        for sale in self.sales.values():
            assert sale.state is not SaleState.OWED or any(tap.is_stored for tap in sale.taps)

    @invariant()
    def a_secret_lives_as_long_as_its_tap(self) -> None:
        rows = self.do(
            self.store._database.read(
                lambda db: list(db.execute("SELECT state, url_sealed, offer_sealed, url_mac, request_out FROM tap"))
            )
        )
        for row in rows:
            state = TapState(row["state"])
            sealed = [row["url_sealed"] is not None, row["offer_sealed"] is not None]
            assert row["url_mac"] is not None
            assert sum(sealed) == (0 if state.is_final else 1)
            assert not (state.is_final and row["request_out"])

    @invariant()
    def a_closed_sale_has_no_living_tap_but_one_whose_request_is_out(self) -> None:
        for sale in self.sales.values():
            if sale.state.is_closed:
                assert all(tap.state.is_final or tap.request_out for tap in sale.taps)
            assert sum(tap.request_out for tap in sale.taps) <= 1
            assert len(sale.live_invoices) <= 1

    def teardown(self) -> None:
        if hasattr(self, "store"):
            self.do(self.store.verify_journal())
            self.do(self.store.close())
        self.runner.close()
        self.folder.cleanup()


StoredCards.TestCase.settings = settings(
    max_examples=rounds(8, 300),
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
TestStoredCards = StoredCards.TestCase
