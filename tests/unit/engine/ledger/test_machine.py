"""The ledger in any order of events: after each step its books say what a simple model says."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import Coroutine
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from pos_app.core import bolt11
from pos_app.core.money import Sat
from pos_app.engine.errors import NotFound, PaymentRefused
from pos_app.engine.funding.base import PayOutcome
from pos_app.engine.ledger.rules import fee_reserve
from pos_app.engine.store import payments
from pos_app.engine.store.queries import CountBy, Query
from pos_app.engine.store.rows import PaymentRow, PaymentStatus, Wallet
from pos_app.practice.network import Behaviour, InvoiceStanding
from tests.conftest import LogWatch
from tests.support.clock import ManualClock
from tests.support.drills import rounds
from tests.support.shop import Shop, sat

T = TypeVar("T")

pytestmark = pytest.mark.drill

EXAMPLES = rounds(3, 200)
STEPS = 25
WAIT_S = 20.0


@dataclass
class ModelInvoice:
    """What is known of an invoice. `is_paid` is true from the moment the money moved, heard of or not."""

    wallet: int
    row: PaymentRow
    is_paid: bool = False
    is_late: bool = False
    is_cancelled: bool = False
    is_open_at_source: bool = True


@dataclass
class ModelBill:
    wallet: int
    amount: int
    payment_hash: str
    status: PaymentStatus


@dataclass
class Model:
    wallets: list[Wallet] = field(default_factory=list)
    moved: list[int] = field(default_factory=list)
    """Sat that each wallet got by credits, claims and inside payments, less what it paid inside."""
    invoices: list[ModelInvoice] = field(default_factory=list)
    bills: list[ModelBill] = field(default_factory=list)
    unclaimed: list[tuple[str, int]] = field(default_factory=list)

    def balance(self, index: int) -> int:
        balance = self.moved[index]
        balance += sum(i.row.amount.to_sat().value for i in self.invoices if i.wallet == index and i.is_paid)
        for bill in self.bills:
            if bill.wallet == index and bill.status is not PaymentStatus.FAILED:
                is_paid = bill.status is PaymentStatus.SUCCESS
                balance -= bill.amount + (fee(bill.amount) if is_paid else reserve(bill.amount))
        return balance


def fee(amount: int) -> int:
    return max(1, amount // 1000)


def reserve(amount: int) -> int:
    return fee_reserve(sat(amount)).value // 1000


class LedgerMachine(RuleBasedStateMachine):
    invoices = Bundle("invoices")
    bills = Bundle("bills")

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.root = Path(tempfile.mkdtemp(prefix="ledger"))
        self.clock = ManualClock()
        self.model = Model()
        self.crashes = 0
        self.shop = self.run(Shop.open(self.root / "0", self.clock))
        for name in ("A", "B"):
            self.model.wallets.append(self.run(self.shop.wallet(name, credit=1000)))
            self.model.moved.append(1000)

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(work)

    def teardown(self) -> None:
        self.run(self.shop.close())
        self.runner.close()
        shutil.rmtree(self.root)

    @rule(
        target=invoices,
        wallet=st.integers(0, 1),
        amount=st.sampled_from([1, 70, 600]),
        expiry_s=st.sampled_from([60, 600]),
        tag=st.sampled_from([None, "till"]),
    )
    def create(self, wallet: int, amount: int, expiry_s: int, tag: str | None) -> int:
        extra = {} if tag is None else {"tag": tag}
        making = self.shop.invoice(self.model.wallets[wallet], amount, expiry_s=expiry_s, extra=extra)
        if self.shop.source.away:
            assert self.refusal(making).startswith("The funding source is not reachable")
            self.return_source()
            making = self.shop.invoice(self.model.wallets[wallet], amount, expiry_s=expiry_s, extra=extra)
        self.model.invoices.append(ModelInvoice(wallet, self.run(making)))
        return len(self.model.invoices) - 1

    @rule(number=invoices, payer=st.integers(0, 1))
    def pay_inside(self, number: int, payer: int) -> None:
        invoice = self.model.invoices[number]
        amount = invoice.row.amount.to_sat().value
        before = self.stored(invoice)
        paying = self.shop.ledger.pay(self.model.wallets[payer], invoice.row.bolt11)
        if before.status is PaymentStatus.SUCCESS:
            assert self.refusal(paying) == "Internal invoice already paid."
        elif self.is_over(invoice):
            assert self.refusal(paying) == "Invoice expired."
        elif before.status is PaymentStatus.FAILED:
            assert self.refusal(paying) == "Invoice was cancelled."
        elif self.known_balance(payer) < amount:
            assert self.refusal(paying) == "Insufficient balance."
        else:
            assert self.run(paying).status is PaymentStatus.SUCCESS
            self.model.moved[payer] -= amount
            if invoice.is_paid:  # from outside too, which the ledger has not heard of
                self.model.unclaimed.append((invoice.row.payment_hash, amount))
            else:
                invoice.is_paid = True
                invoice.is_open_at_source = self.shop.source.away

    @rule(number=invoices)
    def pay_outside(self, number: int) -> None:
        invoice = self.model.invoices[number]
        before = self.stored(invoice)
        at_source = self.run(self.shop.practice_network.invoice(invoice.row.payment_hash))
        assert at_source is not None
        assert (at_source.standing is InvoiceStanding.OPEN) is invoice.is_open_at_source
        if not invoice.is_open_at_source:
            return
        self.run(self.shop.practice_network.settle(invoice.row.payment_hash))
        invoice.is_open_at_source = False
        if invoice.is_paid:
            self.model.unclaimed.append((invoice.row.payment_hash, invoice.row.amount.to_sat().value))
        else:
            invoice.is_paid = True
            invoice.is_late = before.status is PaymentStatus.FAILED

    @rule(number=invoices)
    def cancel(self, number: int) -> None:
        invoice = self.model.invoices[number]
        cancelling = self.shop.ledger.cancel(self.model.wallets[invoice.wallet], invoice.row.payment_hash)
        before = self.stored(invoice)
        if before.status is PaymentStatus.FAILED:
            if not invoice.is_paid:
                assert self.run(cancelling).status is PaymentStatus.FAILED
            else:
                cancelling.close()  # late money that the ledger may or may not have heard of
        elif before.status is PaymentStatus.PENDING and self.shop.source.away:
            assert "may still be paid" in self.refusal(cancelling)
        elif invoice.is_paid:
            assert self.refusal(cancelling) == "This invoice is already paid."
        else:
            assert self.run(cancelling).status is PaymentStatus.FAILED
            invoice.is_cancelled = True
            invoice.is_open_at_source = False

    @rule(
        target=bills,
        wallet=st.integers(0, 1),
        amount=st.sampled_from([1, 300, 900]),
        behaviour=st.sampled_from(list(Behaviour)),
    )
    def pay_bill(self, wallet: int, amount: int, behaviour: Behaviour) -> int | None:
        text = self.run(self.shop.customer.bill(sat(amount), behaviour=behaviour))
        balance = self.known_balance(wallet)
        paying = self.shop.ledger.pay(self.model.wallets[wallet], text)
        if balance < amount + reserve(amount):
            words = "Insufficient balance." if balance < amount else "You must reserve"
            assert self.refusal(paying).startswith(words)
            return None
        bill = ModelBill(wallet, amount, bolt11.decode(text).payment_hash, PaymentStatus.PENDING)
        if self.shop.source.away:
            assert self.run(paying).status is PaymentStatus.PENDING
            bill.status = PaymentStatus.FAILED  # never sent: found out when the source is asked
        elif behaviour is Behaviour.HANG:
            assert self.run(self.answered(paying, bill.payment_hash)).status is PaymentStatus.PENDING
        elif behaviour is Behaviour.TAKE:
            assert self.run(paying).status is PaymentStatus.SUCCESS
            bill.status = PaymentStatus.SUCCESS
        else:
            assert self.refusal(paying) == "Payment failed: the payee refused"
            bill.status = PaymentStatus.FAILED
        self.model.bills.append(bill)
        return len(self.model.bills) - 1

    @rule(number=bills, take=st.booleans())
    def let_go(self, number: int | None, take: bool) -> None:
        if number is None or self.model.bills[number].status is not PaymentStatus.PENDING:
            return
        bill = self.model.bills[number]
        self.run(self.shop.practice_network.let_go(bill.payment_hash, take=take))
        bill.status = PaymentStatus.SUCCESS if take else PaymentStatus.FAILED

    @rule(wallet=st.integers(0, 1))
    def claim(self, wallet: int) -> None:
        if self.shop.source.away:
            return  # what is unclaimed may not have been heard of yet
        if not self.model.unclaimed:
            assert self.refusal(self.shop.ledger.claim("00" * 32, self.model.wallets[wallet]), NotFound)
            return
        payment_hash, amount = self.model.unclaimed.pop()
        self.run(self.shop.ledger.claim(payment_hash, self.model.wallets[wallet]))
        self.model.moved[wallet] += amount

    @rule(wallet=st.integers(0, 1))
    def credit(self, wallet: int) -> None:
        self.run(self.shop.ledger.credit(self.model.wallets[wallet], Sat(500)))
        self.model.moved[wallet] += 500

    @rule(seconds=st.sampled_from([1, 61, 601]))
    def time_passes(self, seconds: int) -> None:
        self.run(self.clock.advance(seconds))

    @rule()
    def source_leaves(self) -> None:
        self.shop.source.away = True

    @rule()
    def return_source(self) -> None:
        self.shop.source.away = False

    @rule()
    def crash(self) -> None:
        self.crashes += 1
        self.shop = self.run(self.shop.crash(self.root / str(self.crashes)))

    @rule(number=invoices, stop_after=st.booleans(), act=st.sampled_from(["cancel", "pay"]))
    def crash_while_the_source_cancels(self, number: int, stop_after: bool, act: str) -> None:
        invoice = self.model.invoices[number]
        if invoice.is_paid or invoice.is_cancelled or self.is_over(invoice) or self.shop.source.away:
            return
        if act == "pay" and self.known_balance(0) < invoice.row.amount.to_sat().value:
            return
        self.shop.source.stop_at, self.shop.source.stop_after = "cancel", stop_after
        if act == "cancel":
            work = self.shop.ledger.cancel(self.model.wallets[invoice.wallet], invoice.row.payment_hash)
        else:
            work = self.shop.ledger.pay(self.model.wallets[0], invoice.row.bolt11)
        self.run(self.crash_at_the_source(work))
        if stop_after:
            invoice.is_open_at_source = False
            # Nobody was answered. The ledger learns at its next look that this invoice is dead.
            row = self.run(self.shop.row(invoice.row.payment_hash))
            assert row.status is PaymentStatus.FAILED
            invoice.is_cancelled = True

    @rule(wallet=st.integers(0, 1), stop_after=st.booleans())
    def crash_while_the_source_pays(self, wallet: int, stop_after: bool) -> None:
        amount = 100
        if self.shop.source.away or self.known_balance(wallet) < amount + reserve(amount):
            return
        text = self.run(self.shop.customer.bill(sat(amount)))
        self.shop.source.stop_at, self.shop.source.stop_after = "pay", stop_after
        self.run(self.crash_at_the_source(self.shop.ledger.pay(self.model.wallets[wallet], text)))
        status = PaymentStatus.SUCCESS if stop_after else PaymentStatus.FAILED
        self.model.bills.append(ModelBill(wallet, amount, bolt11.decode(text).payment_hash, status))

    @invariant()
    def the_books_are_right(self) -> None:
        if not self.shop.source.away:
            self.run(self.catch_up())
            for index, wallet in enumerate(self.model.wallets):
                assert self.run(self.shop.balance(wallet)) == self.model.balance(index)
            self.check_late()
            unclaimed = self.run(self.shop.ledger.unclaimed())
            found = sorted((u.payment_hash, u.amount.to_sat().value) for u in unclaimed)
            assert found == sorted(self.model.unclaimed)
        report = self.run(self.shop.ledger.audit())
        assert report.differences == ()
        counts = self.run(self.shop.ledger.count_by(Query(None), CountBy.STATUS))
        assert sum(counts.values()) == report.payments

    def check_late(self) -> None:
        for invoice in self.model.invoices:
            row = self.stored(invoice)
            assert row.extra.get("late", False) is invoice.is_late
            assert (row.preimage is not None) is invoice.is_paid

    async def catch_up(self) -> None:
        """Let the ledger hear what it can hear."""
        async with asyncio.timeout(WAIT_S):
            while not await self.has_caught_up():
                await self.shop.ledger._watch.round()
                await self.clock.advance(1)

    async def has_caught_up(self) -> bool:
        db = self.shop.engine._db
        for invoice in self.model.invoices:
            row = await db.read(partial(payments.by_id, payment_id=invoice.row.id))
            if row.status is not self.status(invoice):
                return False
        for bill in self.model.bills:
            tries = await db.read(partial(payments.outgoing_by_hash, payment_hash=bill.payment_hash))
            if [row.status for row in tries] != [bill.status]:
                return False
        return len(await self.shop.ledger.unclaimed()) == len(self.model.unclaimed)

    def status(self, invoice: ModelInvoice) -> PaymentStatus:
        if invoice.is_paid:
            return PaymentStatus.SUCCESS
        return PaymentStatus.FAILED if invoice.is_cancelled or self.is_over(invoice) else PaymentStatus.PENDING

    def stored(self, invoice: ModelInvoice) -> PaymentRow:
        """What the ledger has on file, without asking the source."""
        return self.run(self.shop.engine._db.read(lambda c: payments.by_id(c, invoice.row.id)))

    def known_balance(self, index: int) -> int:
        """The balance as the ledger knows it: while the source is away it may lag behind the model."""
        return self.run(self.shop.balance(self.model.wallets[index]))

    def is_over(self, invoice: ModelInvoice) -> bool:
        return (invoice.row.expires_at_s or 0) <= self.clock.time_s()

    def refusal(self, work: Coroutine[Any, Any, Any], kind: type[Exception] = PaymentRefused) -> str:
        try:
            self.run(work)
        except kind as error:
            return str(getattr(error, "detail", ""))
        raise AssertionError("this was not refused")

    async def answered(self, work: Coroutine[Any, Any, T], payment_hash: str) -> T:
        """The answer to a payer whose payment hangs."""
        task = asyncio.create_task(work)
        while (await self.shop.source.payment_state(payment_hash)).outcome is not PayOutcome.PENDING:
            pass
        while not task.done():
            await self.clock.advance(1)
        return await task

    async def crash_at_the_source(self, work: Coroutine[Any, Any, Any]) -> None:
        task = asyncio.create_task(work)
        await self.shop.source.reached.wait()
        self.crashes += 1
        self.shop = await self.shop.crash(self.root / str(self.crashes))
        await asyncio.gather(task, return_exceptions=True)


def test_any_order_of_events(expect_log: LogWatch) -> None:
    expect_log.expect("pos_app.engine.ledger.invoices", "unclaimed money")
    run_state_machine_as_test(
        LedgerMachine,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            database=None,
            phases=[Phase.generate],
        ),
    )
