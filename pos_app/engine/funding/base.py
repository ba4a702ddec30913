"""Where real sats come from: the seam between the ledger and a Lightning node or service."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from pos_app.core.bolt11 import Invoice, Network
from pos_app.core.errors import RetryableError
from pos_app.core.money import Msat

NO_FEE = Msat(0)


class SourceAway(RetryableError):
    """The funding source gave no usable answer. Says nothing about what it did."""


@dataclass(frozen=True, slots=True)
class SourceInvoice:
    """An invoice that the source made. `checking_id` is the source's own name for it."""

    checking_id: str
    bolt11: str
    payment_hash: str
    preimage: str | None


class Cancel(StrEnum):
    """CANCELLED only if the invoice can never settle at the source any more."""

    CANCELLED = "cancelled"
    ALREADY_SETTLED = "already_settled"
    UNKNOWN = "unknown"


class PayOutcome(StrEnum):
    """FAILED only if it is certain that no money leaves. PENDING: on its way. UNKNOWN: the source cannot say."""

    SETTLED = "settled"
    FAILED = "failed"
    PENDING = "pending"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class PayResult:
    """How an outgoing payment stands. `fee` is what it cost, 0 or positive; `reason` says in words why it failed."""

    outcome: PayOutcome
    fee: Msat = NO_FEE
    preimage: str | None = None
    reason: str = ""


class InvoiceState(StrEnum):
    OPEN = "open"
    SETTLED = "settled"
    CANCELLED = "cancelled"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Settlement:
    """Money that arrived. `cursor` is the source's mark of this place in its stream of settlements."""

    checking_id: str
    payment_hash: str
    amount: Msat
    preimage: str | None
    cursor: str


class FundingSource(Protocol):
    """A Lightning node or service. Every call may raise SourceAway, and may hang: callers bring a time limit."""

    name: str
    network: Network
    practice: bool
    can_cancel: bool

    async def create_invoice(
        self, amount: Msat, *, description: str, description_hash: str | None, expiry_s: int
    ) -> SourceInvoice:
        """Make an invoice. `description_hash`, where given, takes the place of the description."""

    async def cancel_invoice(self, checking_id: str) -> Cancel:
        """Make an unpaid invoice unpayable."""

    async def pay(self, invoice: Invoice, *, fee_limit: Msat) -> PayResult:
        """Pay an outside invoice, for at most `fee_limit` on top. Never pays one payment hash twice."""

    async def invoice_state(self, checking_id: str) -> tuple[InvoiceState, str | None]:
        """How an invoice stands, and its preimage where it is settled."""

    async def payment_state(self, payment_hash: str) -> PayResult:
        """How an outgoing payment stands; FAILED also for one that the source never took."""

    def settlements(self, after: str) -> AsyncIterator[Settlement]:
        """All settlements after the place `after` in their order, then new ones as they happen, for ever.

        `after` is the `cursor` of the last one that was booked, or empty for all that the source knows.
        """

    async def reachable(self) -> bool:
        """Whether the source answers and can receive. Never raises."""

    async def close(self) -> None:
        """Let go of connections."""
