"""The practice network, its node as a funding source, and its customer."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from pos_app.core import bolt11
from pos_app.core.bolt11 import InvoiceError, Network
from pos_app.core.money import Msat, Sat
from pos_app.engine.funding.base import Cancel, FundingSource, InvoiceState, PayOutcome, SourceAway, SourceInvoice
from pos_app.practice.customer import LATE_S, PayEnd, PayMode, PracticeCustomer
from pos_app.practice.faults import Fault, Faults
from pos_app.practice.network import Behaviour, PracticeNetwork
from pos_app.practice.source import PracticeSource
from tests.support.clock import START_S, ManualClock

AMOUNT = Sat(2100).to_msat()


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
async def network(tmp_path: Path, clock: ManualClock) -> AsyncIterator[PracticeNetwork]:
    opened = await PracticeNetwork.open(tmp_path, clock)
    yield opened
    await opened.close()


@pytest.fixture
def source(network: PracticeNetwork) -> PracticeSource:
    return PracticeSource(network)


@pytest.fixture
def customer(network: PracticeNetwork, clock: ManualClock) -> PracticeCustomer:
    return PracticeCustomer(network, clock)


async def make(source: FundingSource, expiry_s: int = 600) -> SourceInvoice:
    return await source.create_invoice(AMOUNT, description="coffee", description_hash=None, expiry_s=expiry_s)


async def test_its_invoices_are_real(source: PracticeSource, clock: ManualClock) -> None:
    made = await make(source)
    decoded = bolt11.decode(made.bolt11)  # checks checksum and signature
    assert made.bolt11.startswith("lnbcrt21u1")
    assert (decoded.network, decoded.amount, decoded.description) == (Network.REGTEST, AMOUNT, "coffee")
    assert (decoded.made_at_s, decoded.expiry_s) == (int(clock.time_s()), 600)
    assert made.preimage is not None
    assert hashlib.sha256(bytes.fromhex(made.preimage)).hexdigest() == made.payment_hash == decoded.payment_hash
    other = bolt11.decode((await make(source)).bolt11)
    assert (other.payment_hash != decoded.payment_hash, other.payee) == (True, decoded.payee)


async def test_a_description_hash(source: PracticeSource) -> None:
    made = await source.create_invoice(AMOUNT, description="", description_hash="ab" * 32, expiry_s=60)
    assert bolt11.decode(made.bolt11).description_hash == "ab" * 32


async def test_a_payment_settles_once(source: PracticeSource, customer: PracticeCustomer) -> None:
    made = await make(source)
    assert await source.invoice_state(made.checking_id) == (InvoiceState.OPEN, None)
    ends = await asyncio.gather(*(customer.pay(made.bolt11.upper()) for _ in range(5)))
    assert ends.count(PayEnd.PAID) >= 1
    assert await source.invoice_state(made.checking_id) == (InvoiceState.SETTLED, made.preimage)
    assert await customer.pay(made.bolt11) is PayEnd.ALREADY_PAID
    stream = source.settlements("")
    assert (await anext(stream)).payment_hash == made.payment_hash
    waiting = asyncio.ensure_future(anext(stream))
    second = await make(source)
    await customer.pay(second.bolt11)
    assert (await waiting).payment_hash == second.payment_hash


async def test_settlements_are_taken_up_where_they_ended(
    source: PracticeSource, customer: PracticeCustomer, tmp_path: Path, clock: ManualClock
) -> None:
    made = [await make(source) for _ in range(4)]
    for invoice in reversed(made):
        await customer.pay(invoice.bolt11)
    stream = source.settlements("")
    places = [await anext(stream) for _ in made]
    assert [place.payment_hash for place in places] == [invoice.payment_hash for invoice in reversed(made)]
    again = await PracticeNetwork.open(tmp_path, clock)
    try:
        rest = PracticeSource(again).settlements(places[1].cursor)
        assert [await anext(rest), await anext(rest)] == places[2:]
    finally:
        await again.close()


async def test_cancelled_is_cancelled(source: PracticeSource, customer: PracticeCustomer) -> None:
    made, paid = await make(source), await make(source)
    await customer.pay(paid.bolt11)
    assert await source.cancel_invoice(paid.checking_id) is Cancel.ALREADY_SETTLED
    for _ in range(2):
        assert await source.cancel_invoice(made.checking_id) is Cancel.CANCELLED
    assert await customer.pay(made.bolt11) is PayEnd.FAILED
    assert await source.invoice_state(made.checking_id) == (InvoiceState.CANCELLED, None)
    assert await source.cancel_invoice("00" * 32) is Cancel.UNKNOWN
    assert await source.invoice_state("00" * 32) == (InvoiceState.UNKNOWN, None)


async def test_it_survives_a_restart(tmp_path: Path, clock: ManualClock) -> None:
    first = await PracticeNetwork.open(tmp_path, clock)
    made = await make(PracticeSource(first))
    await first.close()
    second = await PracticeNetwork.open(tmp_path, clock)
    try:
        assert await PracticeCustomer(second, clock).pay(made.bolt11) is PayEnd.PAID
        source = PracticeSource(second)
        assert await source.invoice_state(made.checking_id) == (InvoiceState.SETTLED, made.preimage)
        assert bolt11.decode((await make(source)).bolt11).payee == bolt11.decode(made.bolt11).payee
    finally:
        await second.close()


async def test_the_modes(source: PracticeSource, customer: PracticeCustomer, clock: ManualClock) -> None:
    made = {mode: await make(source) for mode in PayMode}
    assert await customer.pay(made[PayMode.NOW].bolt11, PayMode.NOW) is PayEnd.PAID
    assert await customer.pay(made[PayMode.NEVER].bolt11, PayMode.NEVER) is PayEnd.NOT_PAID
    assert await customer.pay(made[PayMode.FAIL].bolt11, PayMode.FAIL) is PayEnd.FAILED
    late = asyncio.create_task(customer.pay(made[PayMode.LATE].bolt11, PayMode.LATE))
    hang = asyncio.create_task(customer.pay(made[PayMode.HANG].bolt11, PayMode.HANG))
    await clock.advance(599)
    assert not hang.done()
    await clock.advance(1)
    assert await hang is PayEnd.NOT_PAID
    assert not late.done()
    await clock.advance(LATE_S)
    assert await late is PayEnd.PAID
    states = {mode: (await source.invoice_state(made[mode].checking_id))[0] for mode in PayMode}
    settled = {mode for mode, state in states.items() if state is InvoiceState.SETTLED}
    assert settled == {PayMode.NOW, PayMode.LATE}


async def test_an_expired_invoice_is_paid_only_late(
    source: PracticeSource, customer: PracticeCustomer, clock: ManualClock
) -> None:
    made = await make(source)
    await clock.advance(600 + LATE_S)
    assert await customer.pay(made.bolt11) is PayEnd.FAILED
    assert await customer.pay(made.bolt11, PayMode.LATE) is PayEnd.PAID


async def test_what_the_customer_does_not_pay(customer: PracticeCustomer) -> None:
    fields = {"amount": AMOUNT, "payment_hash": "33" * 32, "payment_secret": "11" * 32, "private_key": "22" * 32}
    with pytest.raises(InvoiceError, match="mainnet"):
        await customer.pay(bolt11.encode(network=Network.MAINNET, made_at_s=int(START_S), expiry_s=60, **fields))  # type: ignore[arg-type]
    with pytest.raises(InvoiceError):
        await customer.pay("lnbc1nonsense")
    stranger = bolt11.encode(network=Network.REGTEST, made_at_s=int(START_S), expiry_s=60, **fields)  # type: ignore[arg-type]
    assert await customer.pay(stranger) is PayEnd.FAILED


async def test_a_forged_invoice_settles_nothing(source: PracticeSource, customer: PracticeCustomer) -> None:
    made = await make(source)
    forged = bolt11.encode(
        network=Network.REGTEST,
        amount=Msat(1000),
        payment_hash=made.payment_hash,
        payment_secret="11" * 32,
        made_at_s=int(START_S),
        expiry_s=60,
        private_key="22" * 32,
    )
    assert await customer.pay(forged) is PayEnd.FAILED
    assert (await source.invoice_state(made.checking_id))[0] is InvoiceState.OPEN


async def test_bills(source: PracticeSource, customer: PracticeCustomer, network: PracticeNetwork) -> None:
    taken = bolt11.decode(await customer.bill(AMOUNT))
    assert (await source.payment_state(taken.payment_hash)).outcome is PayOutcome.FAILED
    for _ in range(2):  # never twice
        result = await source.pay(taken, fee_limit=Msat(21_000))
        assert (result.outcome, result.fee) == (PayOutcome.SETTLED, Msat(2000))
        assert hashlib.sha256(bytes.fromhex(result.preimage or "")).hexdigest() == taken.payment_hash
    refused = bolt11.decode(await customer.bill(AMOUNT, behaviour=Behaviour.REFUSE))
    assert (await source.pay(refused, fee_limit=Msat(21_000))).outcome is PayOutcome.FAILED
    for take, outcome in ((True, PayOutcome.SETTLED), (False, PayOutcome.FAILED)):
        held = bolt11.decode(await customer.bill(AMOUNT, behaviour=Behaviour.HANG))
        paying = asyncio.create_task(source.pay(held, fee_limit=Msat(21_000)))
        while (await source.payment_state(held.payment_hash)).outcome is not PayOutcome.PENDING:
            pass
        assert not paying.done()
        await network.let_go(held.payment_hash, take=take)
        assert (await paying).outcome is outcome
        assert (await source.payment_state(held.payment_hash)).outcome is outcome


async def test_a_source_that_is_away_says_nothing(source: PracticeSource, customer: PracticeCustomer) -> None:
    made = await make(source)
    bill = bolt11.decode(await customer.bill(AMOUNT))
    source.away = True
    assert not await source.reachable()
    for call in (
        make(source),
        source.cancel_invoice(made.checking_id),
        source.invoice_state(made.checking_id),
        source.pay(bill, fee_limit=Msat(0)),
        source.payment_state(bill.payment_hash),
        anext(source.settlements("")),
    ):
        with pytest.raises(SourceAway):
            await call
    assert await customer.pay(made.bolt11) is PayEnd.PAID
    source.away = False
    assert (await anext(source.settlements(""))).payment_hash == made.payment_hash


async def test_nobody_can_pay_while_the_node_is_away(network: PracticeNetwork, clock: ManualClock) -> None:
    faults = Faults()
    source, customer = PracticeSource(network, faults), PracticeCustomer(network, clock, faults)
    made = await make(source)
    faults.set(Fault.LIGHTNING_AWAY, True)
    assert not await source.reachable()
    with pytest.raises(SourceAway):
        await make(source)
    assert await customer.pay(made.bolt11) is PayEnd.FAILED
    faults.set(Fault.LIGHTNING_AWAY, False)
    assert await source.reachable()
    assert await customer.pay(made.bolt11) is PayEnd.PAID
