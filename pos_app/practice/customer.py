"""The practice customer, who pays the till's invoices with a wallet on the practice network."""

from __future__ import annotations

from enum import StrEnum

from pos_app.core import bolt11
from pos_app.core.bolt11 import Invoice
from pos_app.core.clock import Clock
from pos_app.core.money import Msat
from pos_app.practice.faults import Fault, Faults
from pos_app.practice.network import NETWORK, Behaviour, InvoiceStanding, PracticeNetwork

LATE_S = 5.0
"""So long after an invoice's expiry a late payment arrives."""


class PayMode(StrEnum):
    """What the customer does with an invoice.

    NOW pays it, unless it has expired, as wallets do. LATE pays it after it has expired. NEVER looks at it and
    walks away. FAIL tries, and the wallet cannot. HANG sends a payment that stays on its way and comes back when
    the invoice is over.
    """

    NOW = "now"
    LATE = "late"
    NEVER = "never"
    FAIL = "fail"
    HANG = "hang"


class PayEnd(StrEnum):
    """How a try to pay ended, as the customer's wallet tells it."""

    PAID = "paid"
    ALREADY_PAID = "already_paid"
    NOT_PAID = "not_paid"
    FAILED = "failed"


class PracticeCustomer:
    """Pays what it is shown. A call lasts as long as the try; cancelling it is the customer putting the phone away."""

    def __init__(self, practice_network: PracticeNetwork, clock: Clock, faults: Faults | None = None) -> None:
        self._practice_network = practice_network
        self._clock = clock
        self._faults = faults or Faults()

    async def pay(self, text: str, mode: PayMode = PayMode.NOW) -> PayEnd:
        """Pay an invoice in this manner. Raises InvoiceError for a text that is none of the practice network."""
        invoice = bolt11.decode(text)
        if invoice.network is not NETWORK:
            raise bolt11.InvoiceError(
                f"This invoice is for {invoice.network}: practice money is worth nothing there.", "Pay it for real."
            )
        if mode is PayMode.NEVER:
            return PayEnd.NOT_PAID
        if mode is PayMode.FAIL:
            return PayEnd.FAILED
        if mode is PayMode.HANG:
            await self._sleep_until(invoice.expires_at_s)
            return PayEnd.NOT_PAID
        if mode is PayMode.LATE:
            await self._sleep_until(invoice.expires_at_s + LATE_S)
        elif invoice.expires_at_s <= self._clock.time_s():
            return PayEnd.FAILED
        return await self._settle(invoice)

    async def bill(
        self, amount: Msat, description: str = "A bill for the shop", behaviour: Behaviour = Behaviour.TAKE
    ) -> str:
        """Ask the shop for money: the BOLT 11 text of an invoice that its wallet may pay."""
        return await self._practice_network.make_bill(amount, description=description, behaviour=behaviour)

    async def _settle(self, invoice: Invoice) -> PayEnd:
        if Fault.LIGHTNING_AWAY in self._faults.on:
            return PayEnd.FAILED
        before = await self._practice_network.invoice(invoice.payment_hash)
        if before is None or before.bolt11 != invoice.text or before.standing is InvoiceStanding.CANCELLED:
            return PayEnd.FAILED
        if before.standing is InvoiceStanding.SETTLED:
            return PayEnd.ALREADY_PAID
        after = await self._practice_network.settle(invoice.payment_hash)
        return PayEnd.PAID if after is not None and after.standing is InvoiceStanding.SETTLED else PayEnd.FAILED

    async def _sleep_until(self, time_s: float) -> None:
        await self._clock.sleep(max(0.0, time_s - self._clock.time_s()))
