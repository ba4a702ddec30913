"""Stored and live cards, faults, clocks and restarts in any order; after each step what must always be true still is.

`POS_DRILL_ROUNDS` sets how many stories are told.
"""

from __future__ import annotations

import asyncio
import json
import tempfile
from collections import Counter
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from pos_app.core.errors import UserError
from pos_app.core.money import Sat
from pos_app.payments.models import PaymentStatus
from pos_app.payments.results import TapAnswer, TapOutcome, TapStep
from pos_app.till import health, watcher
from pos_app.till.states import MOVES, Cause, SaleState
from pos_app.till.tap_states import TAP_MOVES, TapCause, TapState
from pos_app.till.views import Act, SaleView
from tests.support.drills import rounds
from tests.unit.till.fake_api import FakeApi, Fault
from tests.unit.till.fake_issuer import Asked, tap_link
from tests.unit.till.fake_service import refusal
from tests.unit.till.harness import EXPIRY_S, REMOTE, TillClock
from tests.unit.till.shop import Shop

pytestmark = pytest.mark.drill

ROUNDS = rounds(5, 300)

HOSTS = ("a.example", "b.example")
CALLS = st.sampled_from(["create", "find", "look", "cancel", "tap"])
FAULTS = st.sampled_from([Fault.BEFORE, Fault.AFTER, Fault.LOST])
CARDS = st.tuples(st.sampled_from(HOSTS), st.sampled_from([1, 2]))
AT_THE_COUNTER = ("take_back", "store_card", "cancel", "stop_waiting", "retry", "put_back", "nothing_handed_over")
IN_THE_QUEUE = ("release", "paid_otherwise", "void", "write_off", "goods_given", "goods_not_given")
COMMANDS = (*AT_THE_COUNTER, *IN_THE_QUEUE)
WORLD = (
    *("line down", "line up", "line up", "source away", "source back", "forgotten", "remembered", "late money"),
    *("issuers down", "issuer up", "issuers up", "requests held up", "answers held up", "let go", "let go"),
)


@dataclass(frozen=True)
class Meets:
    """What a card meets at its issuer and at the API: faults and answers in order, and then whether it pays."""

    faults: tuple[Fault | None, ...]
    answers: tuple[dict[str, object] | None, ...]
    by_api: TapAnswer
    pays: bool
    pin_limit: int | None


MEETS = st.builds(
    Meets,
    faults=st.lists(st.sampled_from([None, None, None, Fault.BEFORE, Fault.AFTER, Fault.LOST]), max_size=3).map(tuple),
    answers=st.lists(
        st.sampled_from([None, None, None, refusal("Card not found."), refusal("This link is already used.")]),
        max_size=2,
    ).map(tuple),
    by_api=st.sampled_from(
        [
            TapAnswer(TapOutcome.PENDING),
            TapAnswer(TapOutcome.UNKNOWN),
            TapAnswer(TapOutcome.LIKELY_FAILED, "Card not found."),
            TapAnswer(TapOutcome.NOT_SENT, "No route.", TapStep.CONNECT),
        ]
    ),
    pays=st.booleans(),
    pin_limit=st.sampled_from([None, None, None, 1000]),
)
NEEDS_SOMEBODY = frozenset({Act.NEW_TAP, Act.VOID, Act.GOODS_GIVEN, Act.REFUNDED})
BEFORE_OFFER = (TapState.CAPTURED, TapState.INVOICED, TapState.REDEEMING)
MOST_SALES = 6
GRACE_S = 115.0  # how long after its expiry the API of these stories still takes a payment

T = TypeVar("T")


class QueueMachine(RuleBasedStateMachine):
    """One till that stores cards, its API, and two issuers with two cards each."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.runner = asyncio.Runner()
        self.patch = pytest.MonkeyPatch()
        for room, name in ((health, "PROBE_S"), (watcher, "POLL_S")):
            self.patch.setattr(room, name, 20.0)  # long times would be mostly questions
        self.sales: dict[str, SaleView] = {}
        self.broken: list[AssertionError] = []
        self.counters: Counter[tuple[str, int]] = Counter()

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        async def until_quiet() -> T:
            try:
                return await work
            finally:
                await self.shop.quiet()

        return self.runner.run(until_quiet())

    @initialize(engine=st.booleans(), push=st.booleans())
    def begin(self, engine: bool, push: bool) -> None:
        self.clock = TillClock()
        self.api = FakeApi(
            self.clock,
            is_embedded=engine,
            can_cancel=engine,
            source_ok=True if engine else None,
            push_up=push,
            fails_expired=engine,
        )
        self.shop = Shop(Path(self.folder.name), self.api, name="This computer" if engine else REMOTE)
        self.shop.issuer.on_request = self.asked
        self.do(self.shop.start())

    def teardown(self) -> None:
        if hasattr(self, "shop"):
            try:
                self.do(self.settle_everything())
                self.each_request_was_right()
                self.check_that_each_sale_has_an_end()
            finally:
                self.do(self.shop.stop())
        self.runner.close()
        self.folder.cleanup()
        self.patch.undo()

    # -- the counter

    @precondition(lambda self: len(self.sales) < MOST_SALES)
    @rule()
    def charge(self) -> None:
        self.note(self.do(self.shop.counter.charge(Sat(2100))))

    @precondition(lambda self: len(self.sales) < MOST_SALES)
    @rule(card=CARDS, meets=MEETS)
    def store_a_card(self, card: tuple[str, int], meets: Meets) -> None:
        """A sale from its begin: the card is stored at once."""
        self.store_a_card_now(card, meets)

    def store_a_card_now(self, card: tuple[str, int], meets: Meets) -> None:
        try:
            view = self.do(self.shop.counter.charge(Sat(2100), store=True))
        except UserError:
            return
        self.note(view)
        self.touch_with(card, meets)
        assert self.do(self.shop.counter.sale(view.sale_id)).state is not SaleState.OPEN

    @precondition(lambda self: len(self.sales) < MOST_SALES)
    @rule(cards=st.lists(CARDS, min_size=1, max_size=3), away_s=st.sampled_from([30, EXPIRY_S + 200]), meets=MEETS)
    def store_without_a_line(self, cards: list[tuple[str, int]], away_s: int, meets: Meets) -> None:
        """The first of these sales has a code already when the line is lost."""
        first = self.do(self.shop.counter.charge(Sat(2100)))
        self.note(first)
        self.api.down = True
        self.do(self.shop.pass_time(45))
        with suppress(UserError):
            self.do(self.shop.counter.store_card(first.sale_id))
            self.touch_with(cards[0], meets)
        for card in cards[1:]:
            self.store_a_card_now(card, meets)
        self.do(self.shop.pass_time(away_s))
        self.api.down = False
        self.do(self.shop.pass_time(5))

    @precondition(lambda self: self.sales)
    @rule(data=st.data(), command=st.sampled_from(COMMANDS))
    def press(self, data: st.DataObject, command: str) -> None:
        """At the counter, or in the queue."""
        sale_id = data.draw(st.sampled_from(list(self.sales)))
        facts = {"void": ("1234", "returned"), "write_off": ("1234", "lost"), "release": ("1234",)}.get(command, ())
        desk = self.shop.counter if command in AT_THE_COUNTER else self.shop.counter.queue
        try:
            self.do(getattr(desk, command)(sale_id, *facts))
        except UserError:
            assert command in ("store_card", "nothing_handed_over")

    # -- the customer

    @rule(card=CARDS, meets=MEETS)
    def touch(self, card: tuple[str, int], meets: Meets) -> None:
        """A card is tapped for whatever waits, and its issuer does something to the next requests."""
        self.touch_with(card, meets)

    @precondition(lambda self: hasattr(self, "shop") and self.payable())
    @rule(data=st.data())
    def pay_the_code(self, data: st.DataObject) -> None:
        self.api.settle(data.draw(st.sampled_from(self.payable())))
        self.do(self.shop.quiet())

    # -- the world

    @rule(event=st.one_of(st.sampled_from(WORLD), st.tuples(CALLS, FAULTS), st.integers(-48, 48)))
    def world(self, event: str | int | tuple[str, Fault]) -> None:
        """Something happens, the next call of the API goes wrong, or the clock is set by so many hours."""
        issuer = self.shop.issuer
        match event:
            case (str(call), Fault() as fault):
                self.api.fail(call, fault)
            case int(hours):
                self.clock.set_wall(self.clock.time_s() + hours * 3600)
            case "line down" | "line up":
                self.api.down = event == "line down"
            case "source away" | "source back":
                self.api.source_ok = None if self.api.source_ok is None else event == "source back"
            case "forgotten" | "remembered":
                self.api.forget_all(event == "forgotten")
            case "issuers down":
                issuer.down.update(HOSTS)
            case "issuer up":
                issuer.down.discard(HOSTS[0])
            case "issuers up":
                issuer.down.clear()
            case "late money":
                issuer.pay_late()
            case "requests held up":
                issuer.held_up = issuer.held_up or asyncio.Event()
            case "answers held up":
                issuer.answers_held_up = issuer.answers_held_up or asyncio.Event()
            case _:
                self.let_go()
        self.do(self.shop.quiet())

    @rule(seconds=st.sampled_from([20, 5, 1, 70, 300, EXPIRY_S + 130]))
    def pass_time(self, seconds: int) -> None:
        self.do(self.shop.pass_time(seconds))

    @rule(seconds=st.sampled_from([0, 60, 800, 90_000]))
    def restart(self, seconds: int) -> None:
        """What is held up is lost: before it arrived, or after it was acted on."""
        self.do(self.shop.stop())
        self.shop.issuer.held_up = self.shop.issuer.answers_held_up = None
        self.runner.run(self.clock.advance(seconds))
        self.do(self.shop.start())

    # -- what must be true at each request

    def asked(self, asked: Asked) -> None:
        try:
            self.check_request(asked)
        except AssertionError as error:  # the till would take it for a fault of the issuer
            self.broken.append(error)
            raise

    @invariant()
    def each_request_was_right(self) -> None:
        for error in self.broken:
            raise error

    def check_request(self, asked: Asked) -> None:
        """It stands on disk, for a sale that is not closed, and at its turn."""
        if asked.bolt11:
            (row,) = self.shop.rows(
                "SELECT tap.state, sale.state, dead_at_ms, settled_at_ms, held FROM sale_invoice"
                " JOIN sale ON sale.id = sale_invoice.sale_id JOIN tap USING (payment_hash)"
                f" WHERE bolt11 = '{asked.bolt11}' AND request_out = 1"
            )
            assert row[0] == "submitted" and row[1] in ("open", "owed", "uncertain") and row[2:] == (None, None, 0)
            return
        taps = "SELECT sequence, state, stored, held, request_out FROM tap WHERE ended_at_ms IS NULL"
        rows = self.shop.rows(f"{taps} AND host = '{asked.host}' ORDER BY sequence")
        (here,) = [row[0] for row in rows if row[1] == "redeeming"]
        before = [row for row in rows if row[0] < here and row[2] and not row[3]]
        assert not [row for row in before if row[1] in ("captured", "invoiced")]

    # -- what must always be true

    @invariant()
    def one_living_invoice_and_one_payment(self) -> None:
        if not hasattr(self, "shop"):
            return
        alive = "SELECT sale_id FROM sale_invoice WHERE dead_at_ms IS NULL AND settled_at_ms IS NULL"
        assert not self.shop.rows(f"{alive} GROUP BY sale_id HAVING count(*) > 1")
        paid: Counter[str] = Counter()
        for payment_hash, sale_id, dead_at_ms in self.shop.rows(
            "SELECT payment_hash, sale_id, dead_at_ms FROM sale_invoice"
        ):
            invoice = self.api.invoices[payment_hash]
            paid[sale_id] += invoice.status is PaymentStatus.SUCCESS
            assert dead_at_ms is None or not self.api.is_payable(invoice, grace_s=GRACE_S)
        assert not [sale_id for sale_id, count in paid.items() if count > 1]
        assert not [bolt11 for bolt11, count in Counter(self.shop.issuer.paid).items() if count > 1]

    @invariant()
    def paid_only_by_the_apis_word(self) -> None:
        if not hasattr(self, "shop"):
            return
        for sale_id, payment_hash in self.shop.rows(
            "SELECT sale.id, payment_hash FROM sale LEFT JOIN sale_invoice"
            " ON sale_id = sale.id AND settled_at_ms IS NOT NULL WHERE sale.state IN ('paid', 'paid_late')"
        ):
            assert payment_hash is not None, sale_id
            assert self.api.invoices[payment_hash].status is PaymentStatus.SUCCESS
        twice = "SELECT 1 FROM journal WHERE kind = 'move' AND data ->> 'hash' IS NOT NULL GROUP BY data ->> 'hash'"
        assert not self.shop.rows(f"{twice} HAVING count(*) > 1")

    @invariant()
    def exposure_is_the_sum_of_what_is_out(self) -> None:
        if not hasattr(self, "shop"):
            return
        ((count, total),) = self.shop.rows(
            "SELECT count(*), coalesce(sum(sat + tip_sat), 0) FROM sale WHERE state IN ('owed', 'uncertain')"
        )
        store = self.shop.counter.status().store
        assert store is not None and (store.count, store.sum.value) == (count, total)

    @invariant()
    def no_token_after_the_end(self) -> None:
        if not hasattr(self, "shop"):
            return
        query = "SELECT sale.state, tap.state, request_out, url_sealed, offer_sealed, stored FROM tap JOIN sale"
        for sale, state, out, url, offer, stored in self.shop.rows(f"{query} ON sale.id = sale_id"):
            tap = TapState(state)
            assert tap.is_final or out or not SaleState(sale).is_closed
            assert not tap.is_final or (url is None and offer is None and not out)
            assert not stored or tap.is_final or (url is not None) is (tap in BEFORE_OFFER)
            assert not stored or tap.is_final or (offer is not None) is (tap not in BEFORE_OFFER)

    @invariant()
    def nothing_disappears(self) -> None:
        if not hasattr(self, "shop"):
            return
        assert {row[0] for row in self.shop.rows("SELECT id FROM sale")} == set(self.sales)
        stored = {row[0] for row in self.shop.rows("SELECT DISTINCT sale_id FROM tap WHERE stored = 1")}
        owed = {row[0] for row in self.shop.rows("SELECT sale_id FROM journal WHERE data ->> 'on' = 'tap_stored'")}
        assert owed <= stored
        queued = {item.sale.sale_id for item in self.shop.counter.queue.view().items}
        assert queued >= {row[0] for row in self.shop.rows("SELECT id FROM sale WHERE state IN ('owed', 'uncertain')")}

    @invariant()
    def every_move_is_in_the_journal_and_legal(self) -> None:
        if not hasattr(self, "shop"):
            return
        self.do(self.shop.counter.verify_journal())
        sales: dict[str, SaleState] = {}
        taps: dict[str, TapState] = {}
        for kind, sale_id, data in self.shop.rows("SELECT kind, sale_id, data FROM journal ORDER BY seq"):
            facts = json.loads(data)
            if kind == "move":
                assert facts.get("from") == sales.get(sale_id)
                sales[sale_id] = MOVES[sales.get(sale_id), Cause(facts["on"])].to
            elif kind == "tap":
                assert facts.get("from") == taps.get(facts["tap"])
                taps[facts["tap"]] = TAP_MOVES[taps.get(facts["tap"]), TapCause(facts["on"])].to
        assert sales == {row[0]: SaleState(row[1]) for row in self.shop.rows("SELECT id, state FROM sale")}
        assert taps == {row[0]: TapState(row[1]) for row in self.shop.rows("SELECT id, state FROM tap")}

    # -- helpers

    def touch_with(self, card: tuple[str, int], meets: Meets) -> None:
        issuer = self.shop.issuer
        issuer.faults[:], issuer.answers[:] = meets.faults, meets.answers
        issuer.pays = self.api.card_pays = meets.pays
        issuer.pin_limit = meets.pin_limit
        self.api.tap_answers[:] = [meets.by_api]
        self.counters[card] += 1
        self.do(self.tap(tap_link(card[1], self.counters[card], card[0])))

    async def tap(self, link: str) -> None:
        self.shop.touch(link)

    def let_go(self) -> None:
        """What was held up goes on."""
        issuer = self.shop.issuer
        for event in (issuer.held_up, issuer.answers_held_up):
            if event is not None:
                event.set()
        issuer.held_up = issuer.answers_held_up = None

    def note(self, view: SaleView) -> None:
        self.sales[view.sale_id] = view

    def payable(self) -> list[str]:
        """Codes that the till has made and whose payment the API would take, oldest first."""
        rows = self.shop.rows("SELECT payment_hash FROM sale_invoice ORDER BY rowid")
        return [row[0] for row in rows if self.api.is_payable(self.api.invoices[row[0]], grace_s=GRACE_S)]

    async def settle_everything(self) -> None:
        """The world is well again, the manager releases what is held, and nobody presses anything else."""
        issuer = self.shop.issuer
        self.let_go()
        self.api.down, self.api.source_ok = False, None if self.api.source_ok is None else True
        self.api.faults.clear()
        self.api.forget_all(False)
        issuer.down.clear()
        issuer.faults.clear()
        issuer.answers.clear()
        await self.shop.pass_time(90)
        for sale_id in self.sales:
            await self.shop.counter.queue.release(sale_id, "1234")
        for _ in range(2):
            await self.shop.pass_time(EXPIRY_S + 200)

    def check_that_each_sale_has_an_end(self) -> None:
        """It is closed, or a person has something to do for it; no card is still on its way."""
        items = {item.sale.sale_id: item for item in self.shop.counter.queue.view().items}
        for view in self.do(self.shop.counter.recent(limit=1000)):
            if view.state in (SaleState.OWED, SaleState.UNCERTAIN):
                assert items[view.sale_id].acts & NEEDS_SOMEBODY
            else:
                assert view.state.is_closed, view
        assert not [state for state in self.shop.tap_states() if not TapState(state).is_final]
        settled = {row[0] for row in self.shop.rows("SELECT payment_hash FROM sale_invoice WHERE settled_at_ms > 0")}
        assert settled == {
            payment_hash
            for payment_hash, _ in self.shop.invoices()
            if self.api.invoices[payment_hash].status is PaymentStatus.SUCCESS
        }


TestQueueMachine = QueueMachine.TestCase
TestQueueMachine.settings = settings(
    max_examples=ROUNDS,
    stateful_step_count=30,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
