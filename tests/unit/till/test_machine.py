"""Sales, faults, clocks and restarts in any order; after each step what must always be true still is.

`POS_DRILL_ROUNDS` sets how many stories are told.
"""

from __future__ import annotations

import asyncio
import json
import tempfile
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from pos_app.core.errors import PosError, UserError
from pos_app.core.money import Sat
from pos_app.payments.models import PaymentStatus
from pos_app.payments.results import TapAnswer, TapOutcome, TapStep
from pos_app.till import health
from pos_app.till.states import MOVES, Cause, SaleState
from pos_app.till.tap_states import TAP_MOVES, TapCause, TapState
from pos_app.till.views import Phase, SaleChanged, SaleView
from tests.support.drills import rounds
from tests.unit.till.fake_api import FakeApi, FakeInvoice, Fault
from tests.unit.till.fake_service import refusal
from tests.unit.till.harness import CARD, EXPIRY_S, LOWER_CARD, REMOTE, Till, TillClock

pytestmark = pytest.mark.drill

ROUNDS = rounds(8, 200)

SETTLED = (SaleState.PAID, SaleState.PAID_LATE, SaleState.REFUND_DUE)
CALLS = st.sampled_from(["create", "find", "look", "cancel"])
WORLD = ("line down", "line up", "late create", "forgotten", "remembered")
FAULTS = st.sampled_from([Fault.BEFORE, Fault.AFTER, Fault.LOST, Fault.LATE])
COMMANDS = ("cancel", "stop_waiting", "retry", "check_now", "nothing_handed_over")
TAP_ANSWERS = [
    TapAnswer(TapOutcome.PENDING),
    TapAnswer(TapOutcome.UNKNOWN),
    TapAnswer(TapOutcome.LIKELY_FAILED, "Card not found."),
    TapAnswer(TapOutcome.NOT_SENT, "No route.", TapStep.CONNECT),
    TapAnswer(TapOutcome.NOT_SENT, "PIN", TapStep.PIN, "session"),
]
SERVICE_ANSWERS = [None, refusal("Card not found."), refusal("This link is already used.")]
TAP_FAULTS = st.sampled_from([None, None, *[Fault.BEFORE, Fault.AFTER, Fault.LOST]])
GRACE_S = 115.0  # how long after its expiry the API of these stories still takes a payment

T = TypeVar("T")


class CounterMachine(RuleBasedStateMachine):
    """One till and its API. `late`: the API lets money come at any time, also after cancel and death."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.runner = asyncio.Runner()
        self.patch = pytest.MonkeyPatch()
        self.patch.setattr(health, "PROBE_S", 20.0)  # long times would be mostly probes
        self.sales: dict[str, SaleView] = {}
        self.shown: dict[str, set[str]] = {}

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        async def until_quiet() -> T:
            try:
                return await work
            finally:
                await self.till.quiet()

        return self.runner.run(until_quiet())

    @initialize(engine=st.booleans(), late=st.sampled_from([True, False]), push=st.booleans())
    def begin(self, engine: bool, late: bool, push: bool) -> None:
        self.late = late
        self.clock = TillClock()
        self.api = FakeApi(
            self.clock,
            is_embedded=engine,
            can_cancel=engine,
            source_ok=True if engine else None,
            push_up=push,
            fails_expired=engine,
        )
        name = "This computer" if engine else REMOTE
        self.api.on_hand_over = self.handed_over
        self.till = Till(Path(self.folder.name), self.api, name=name)
        self.do(self.till.start())
        self.note(self.do(self.till.counter.charge(Sat(2100))))

    def teardown(self) -> None:
        if hasattr(self, "till"):
            self.do(self.settle_everything())
            self.check_everything_is_booked()
            self.do(self.till.stop())
        self.runner.close()
        self.folder.cleanup()
        self.patch.undo()

    # -- the cashier

    @rule(fault=st.one_of(st.none(), st.tuples(CALLS, FAULTS)))
    def charge(self, fault: tuple[str, Fault] | None) -> None:
        if fault is not None:
            self.api.fail(*fault)
        self.note(self.do(self.till.counter.charge(Sat(2100))))

    @rule(data=st.data())
    def charge_again(self, data: st.DataObject) -> None:
        older = data.draw(st.sampled_from(list(self.sales)))
        try:
            view = self.do(self.till.counter.charge(Sat(2100), replaces=older))
        except UserError:
            assert self.stored()[older].state not in (SaleState.CANCELLED, SaleState.EXPIRED, SaleState.UNCERTAIN)
        else:
            self.note(view)

    @rule(data=st.data(), command=st.sampled_from(COMMANDS))
    def press(self, data: st.DataObject, command: str) -> None:
        sale_id = data.draw(st.sampled_from(list(self.sales)))
        try:
            self.do(getattr(self.till.counter, command)(sale_id))
        except PosError:
            assert command in ("check_now", "nothing_handed_over")

    # -- the customer

    @precondition(lambda self: self.payable())
    @rule()
    def pay_the_newest(self) -> None:
        self.api.settle(self.payable()[-1])
        self.do(self.till.quiet())

    @precondition(lambda self: self.payable())
    @rule(data=st.data())
    def pay(self, data: st.DataObject) -> None:
        self.api.settle(data.draw(st.sampled_from(self.payable())))
        self.do(self.till.quiet())

    @rule(link=st.sampled_from([LOWER_CARD, CARD]), pays=st.booleans(), data=st.data())
    def tap(self, link: str, pays: bool, data: st.DataObject) -> None:
        """A card is tapped for whatever waits, and what it meets goes wrong in some way."""
        self.api.card_pays = pays
        self.api.tap_answers[:] = [data.draw(st.sampled_from(TAP_ANSWERS))]
        service = self.till.service
        service.answers[:] = [data.draw(st.sampled_from(SERVICE_ANSWERS)) for _ in range(2)]
        service.faults[:] = [data.draw(TAP_FAULTS) for _ in range(3)]
        service.offer["pinLimit"] = data.draw(st.sampled_from([None, 1000]))
        fault = data.draw(TAP_FAULTS)
        self.api.faults["tap"] = [] if fault is None else [fault]
        self.do(self.touch(link))

    @rule(pin=st.sampled_from(["1234", None]), data=st.data())
    def pin(self, pin: str | None, data: st.DataObject) -> None:
        sale_id = data.draw(st.sampled_from(list(self.sales)))
        counter = self.till.counter
        self.do(counter.dismiss_pin(sale_id) if pin is None else counter.enter_pin(sale_id, pin))

    async def touch(self, link: str) -> None:
        self.till.touch(link)

    def handed_over(self, bolt11: str) -> None:
        """Whenever an invoice goes to a card's service, that stands on disk, for an open sale and a living invoice."""
        (row,) = self.till.rows(
            "SELECT tap.state, tap.submit_tries, tap.link_tries, sale.state, dead_at_ms, settled_at_ms"
            " FROM sale_invoice JOIN sale ON sale.id = sale_invoice.sale_id JOIN tap USING (payment_hash)"
            f" WHERE bolt11 = '{bolt11}' AND request_out = 1"
        )
        assert (row[0], row[3], row[4], row[5]) == ("submitted", "open", None, None)
        assert row[1] == 1 or (row[1] == 2 and row[2] == 1)

    # -- the world

    @rule(seconds=st.sampled_from([130, 20, 300, 1]), after_end=st.sampled_from([True, False]))
    def pass_time(self, seconds: int, after_end: bool) -> None:
        """Some time, or until so long after the newest invoice's code has ended."""
        if after_end:
            made_at_s = max((invoice.made_at_s for invoice in self.api.invoices.values()), default=0)
            seconds = max(2, int(made_at_s + EXPIRY_S + seconds - self.api.server_time_s()))
        self.do(self.till.pass_time(seconds))

    @rule(seconds=st.sampled_from([700, 0, 60, 90_000]))
    def restart(self, seconds: int) -> None:
        self.do(self.till.stop())
        self.runner.run(self.clock.advance(seconds))
        self.do(self.till.start())

    @rule(event=st.one_of(st.tuples(CALLS, FAULTS), st.integers(-48, 48), st.sampled_from(WORLD)))
    def world(self, event: tuple[str, Fault] | int | str) -> None:
        """A fault of the next call, hours by which the wall clock is set, or something that happens."""
        match event:
            case (str(call), Fault() as fault):
                self.api.fail(call, fault)
            case int(hours):
                self.clock.set_wall(self.clock.time_s() + hours * 3600)
            case "line down" | "line up":
                self.api.down = event == "line down"
            case "late create":
                self.api.run_late()
            case _:
                for invoice in self.api.invoices.values():
                    invoice.forgotten = event == "forgotten"

    # -- what must always be true

    @invariant()
    def no_two_living_codes(self) -> None:
        for sale_id, hashes in self.shown.items():
            payable = [h for h in hashes if self.api.is_payable(self.api.invoices[h], grace_s=GRACE_S)]
            assert len(payable) <= 1, f"two codes of sale {sale_id} can be paid"

    @invariant()
    def paid_only_by_the_apis_word(self) -> None:
        for sale in self.stored().values():
            if sale.state in (SaleState.PAID, SaleState.PAID_LATE):
                rows = self.till.rows(f"SELECT payment_hash FROM sale_invoice WHERE sale_id = '{sale.sale_id}'")
                assert any(self.api.invoices[row[0]].status is PaymentStatus.SUCCESS for row in rows)

    @invariant()
    def the_dead_stay_dead(self) -> None:
        if not hasattr(self, "till") or self.late:
            return
        for (payment_hash,) in self.till.rows("SELECT payment_hash FROM sale_invoice WHERE dead_at_ms IS NOT NULL"):
            assert not self.api.is_payable(self.api.invoices[payment_hash], grace_s=GRACE_S)

    @invariant()
    def nothing_is_lost(self) -> None:
        stored = self.stored()
        assert set(stored) == set(self.sales)
        for sale_id, view in self.sales.items():
            now = stored[sale_id]
            facts = (now.number, now.reference, now.amount, now.made_at_s, now.replaces)
            assert facts == (view.number, view.reference, view.amount, view.made_at_s, view.replaces)

    @invariant()
    def every_move_is_in_the_journal_and_legal(self) -> None:
        if not hasattr(self, "till"):
            return
        self.do(self.till.counter.verify_journal())
        state: dict[str, SaleState] = {}
        for sale_id, data in self.till.rows("SELECT sale_id, data FROM journal WHERE kind = 'move' ORDER BY seq"):
            facts = json.loads(data)
            before, cause = state.get(sale_id), Cause(facts["on"])
            assert facts.get("from") == before
            state[sale_id] = MOVES[before, cause].to
        assert state == {sale_id: view.state for sale_id, view in self.stored().items()}

    @invariant()
    def every_tap_moves_by_the_table(self) -> None:
        if not hasattr(self, "till"):
            return
        state: dict[str, TapState] = {}
        for (data,) in self.till.rows("SELECT data FROM journal WHERE kind = 'tap' ORDER BY seq"):
            facts = json.loads(data)
            before, cause = state.get(facts["tap"]), TapCause(facts["on"])
            assert facts.get("from") == before
            state[facts["tap"]] = TAP_MOVES[before, cause].to
        assert state == {tap_id: TapState(now) for tap_id, now in self.till.rows("SELECT id, state FROM tap")}

    @invariant()
    def taps_end_with_their_sale(self) -> None:
        if not hasattr(self, "till"):
            return
        query = "SELECT sale.state, tap.state, request_out FROM tap JOIN sale ON sale.id = sale_id"
        for sale, tap, request_out in self.till.rows(query):
            assert TapState(tap).is_final or request_out or not SaleState(sale).is_closed
        expired = "SELECT 1 FROM tap JOIN sale ON sale.id = sale_id WHERE sale.state = 'expired' AND request_out = 1"
        assert not self.till.rows(expired)

    # -- helpers

    def stored(self) -> dict[str, SaleView]:
        if not hasattr(self, "till"):
            return {}
        views = self.do(self.till.counter.recent(limit=1000))
        for event in self.till.events:
            if isinstance(event, SaleChanged) and event.sale.invoice is not None:
                assert event.sale.phase is Phase.READY
                self.shown.setdefault(event.sale.sale_id, set()).add(event.sale.invoice.payment_hash)
        self.till.events.clear()
        return {view.sale_id: view for view in views}

    def note(self, view: SaleView) -> None:
        self.sales[view.sale_id] = view

    def payable(self) -> list[str]:
        """Codes that a customer has seen and whose payment the API would take, oldest first."""
        seen = {payment_hash for shown in self.shown.values() for payment_hash in shown}
        return [h for h, invoice in self.api.invoices.items() if h in seen and self.takes(invoice)]

    def takes(self, invoice: FakeInvoice) -> bool:
        if self.late:
            return invoice.status is not PaymentStatus.SUCCESS
        return self.api.is_payable(invoice, grace_s=GRACE_S)

    async def settle_everything(self) -> None:
        """The world is well again, and nobody presses anything."""
        self.api.down = False
        self.api.faults.clear()
        for invoice in self.api.invoices.values():
            invoice.forgotten = False
        await self.till.stop()
        await self.till.start()
        await self.till.pass_time(200)

    def check_everything_is_booked(self) -> None:
        stored = self.stored()
        booked = dict(self.till.rows("SELECT payment_hash, settled_msat FROM sale_invoice"))
        for sale_id, hashes in self.shown.items():
            paid = [h for h in hashes if self.api.invoices[h].status is PaymentStatus.SUCCESS]
            assert all(booked[h] == self.api.invoices[h].amount.value for h in paid)
            if paid:
                assert stored[sale_id].state in SETTLED
            if len(paid) > 1:
                assert stored[sale_id].state is SaleState.REFUND_DUE
        for newer in stored.values():
            older = stored.get(newer.replaces or "")
            if older is not None and newer.state in (SaleState.PAID, SaleState.PAID_LATE):
                assert older.state not in (SaleState.PAID, SaleState.PAID_LATE)
        assert all(view.phase is not Phase.MAKING for view in stored.values())


TestCounterMachine = CounterMachine.TestCase
TestCounterMachine.settings = settings(
    max_examples=ROUNDS,
    stateful_step_count=30,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
