"""The practice network as a funding source of the engine."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing

from pos_app.core.bolt11 import Invoice
from pos_app.core.money import Msat
from pos_app.engine.funding.base import (
    Cancel,
    InvoiceState,
    PayOutcome,
    PayResult,
    Settlement,
    SourceAway,
    SourceInvoice,
)
from pos_app.practice.faults import Fault, Faults
from pos_app.practice.network import NETWORK, Bill, BillState, InvoiceStanding, PracticeNetwork

_OUTCOMES = {
    BillState.OPEN: PayOutcome.FAILED,
    BillState.PENDING: PayOutcome.PENDING,
    BillState.SETTLED: PayOutcome.SETTLED,
    BillState.FAILED: PayOutcome.FAILED,
}


class PracticeSource:
    """The shop's node. `away` makes it as silent as a node whose line is down; what happened then comes after."""

    name = "practice"
    network = NETWORK
    practice = True
    can_cancel = True

    def __init__(self, practice_network: PracticeNetwork, faults: Faults | None = None) -> None:
        self._faults = faults or Faults()
        self._practice_network = practice_network

    @property
    def away(self) -> bool:
        return Fault.LIGHTNING_AWAY in self._faults.on

    @away.setter
    def away(self, away: bool) -> None:
        self._faults.set(Fault.LIGHTNING_AWAY, away)

    async def create_invoice(
        self, amount: Msat, *, description: str, description_hash: str | None, expiry_s: int
    ) -> SourceInvoice:
        self._check_here()
        made = await self._practice_network.make_invoice(
            amount, description=description, description_hash=description_hash, expiry_s=expiry_s
        )
        return SourceInvoice(made.payment_hash, made.bolt11, made.payment_hash, made.preimage)

    async def cancel_invoice(self, checking_id: str) -> Cancel:
        self._check_here()
        invoice = await self._practice_network.cancel(checking_id)
        if invoice is None:
            return Cancel.UNKNOWN
        settled = invoice.standing is InvoiceStanding.SETTLED
        return Cancel.ALREADY_SETTLED if settled else Cancel.CANCELLED

    async def pay(self, invoice: Invoice, *, fee_limit: Msat) -> PayResult:
        self._check_here()
        await self._practice_network.send(invoice.payment_hash)
        bill = await self._practice_network.bill_end(invoice.payment_hash)
        self._check_here()
        return _result(bill)

    async def invoice_state(self, checking_id: str) -> tuple[InvoiceState, str | None]:
        self._check_here()
        invoice = await self._practice_network.invoice(checking_id)
        if invoice is None:
            return InvoiceState.UNKNOWN, None
        is_settled = invoice.standing is InvoiceStanding.SETTLED
        return InvoiceState(invoice.standing.value), invoice.preimage if is_settled else None

    async def payment_state(self, payment_hash: str) -> PayResult:
        self._check_here()
        return _result(await self._practice_network.bill(payment_hash))

    async def settlements(self, after: str) -> AsyncIterator[Settlement]:
        self._check_here()
        async with aclosing(self._practice_network.settled_after(int(after or 0))) as settled:
            async for invoice in settled:
                self._check_here()
                yield Settlement(
                    checking_id=invoice.payment_hash,
                    payment_hash=invoice.payment_hash,
                    amount=invoice.amount,
                    preimage=invoice.preimage,
                    cursor=str(invoice.place),
                )

    async def reachable(self) -> bool:
        return not self.away

    async def close(self) -> None:
        """Nothing to let go of: whoever opened the network closes it."""

    def _check_here(self) -> None:
        if self.away:
            raise SourceAway("The practice funding source is switched off.")


def _result(bill: Bill | None) -> PayResult:
    if bill is None:
        return PayResult(PayOutcome.FAILED, reason="no route to the payee")
    outcome = _OUTCOMES[bill.state]
    return PayResult(
        outcome,
        fee=bill.fee,
        preimage=bill.preimage if outcome is PayOutcome.SETTLED else None,
        reason="the payee refused" if outcome is PayOutcome.FAILED else "",
    )
