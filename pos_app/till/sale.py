"""A sale and its invoices as they are stored: frozen records, read back after each change."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from pos_app.core.money import Fiat, Msat, Sat
from pos_app.till.states import SaleState
from pos_app.till.tap_states import TapState
from pos_app.till.views import Tender

NO_TIP = NOTHING = Sat(0)


@dataclass(frozen=True, slots=True)
class Rate:
    """The exchange rate that a sale was priced at: units of its currency for one bitcoin."""

    price: Decimal
    sources: tuple[str, ...]
    at_s: float


@dataclass(frozen=True, slots=True)
class NewSale:
    """What the cashier confirmed. `replaces` names the sale whose goods are sold again."""

    amount: Sat
    tip: Sat = NO_TIP
    fiat: Fiat | None = None
    rate: Rate | None = None
    note: str = ""
    replaces: str | None = None


@dataclass(frozen=True, slots=True)
class SaleInvoice:
    """One invoice of a sale. It is kept for good, whatever becomes of it."""

    payment_hash: str
    sale_id: str
    bolt11: str
    amount: Msat
    made_at_s: int
    """The invoice's own time stamp."""
    expiry_s: int
    received_at_s: float
    """Our wall clock when the till received it."""
    dead_at_s: float | None
    """When it was declared dead: it is never shown or sent again."""
    settled_at_s: float | None
    settled: Msat | None

    @property
    def is_live(self) -> bool:
        """Neither paid nor provably dead: money may come, so no other invoice may be made."""
        return self.dead_at_s is None and self.settled_at_s is None


class Held(StrEnum):
    """Why nothing of a stored tap is sent for now. The values are stored."""

    KEYS = "keys"
    """The key of the stored cards cannot be read: Unlock."""
    CLOCK = "clock"
    """The clocks differ, so its age is not known: the manager is asked."""
    RESTORED = "restored"
    """It came back with a backup, and may have been sent since."""


@dataclass(frozen=True, slots=True)
class Tap:
    """One tap of a card for a sale. What is secret about it is kept apart and not for long."""

    id: str
    sale_id: str
    sequence: int
    """The order of capture on this till."""
    host: str
    """Where the card's link leads."""
    state: TapState
    is_stored: bool
    """Kept to be redeemed later; any other tap is live: the customer stands there."""
    payment_hash: str | None
    link_tries: int
    submit_tries: int
    """How often the link was asked and the invoice handed over by requests that may have left us."""
    request_out: bool
    """A request of it was sent or is just being sent, and has not ended."""
    reason: str
    captured_at_s: float
    ended_at_s: float | None
    held: Held | None = None
    """Why it is held: a mark beside its state."""
    was_released: bool = False
    """The manager let it be sent, whatever its age."""

    @property
    def is_held(self) -> bool:
        return self.held is not None


@dataclass(frozen=True, slots=True)
class Sale:
    """One sale. All but its state, its marks, tender, the closing times, the invoices and the taps never changes."""

    id: str
    book: str
    till: str
    number: int
    reference: str
    state: SaleState
    voided: bool
    amount: Sat
    tip: Sat
    fiat: Fiat | None
    rate: Rate | None
    note: str
    tender: Tender | None
    replaces: str | None
    made_at_s: float
    closed_at_s: float | None
    paid_at_s: float | None
    invoices: tuple[SaleInvoice, ...]
    """In the order in which they were received."""
    taps: tuple[Tap, ...] = ()
    """In the order of capture."""
    goods_given: bool = False
    """Of late money: the cashier said that the customer has the goods."""
    due: Sat = NOTHING
    """Of REFUND_DUE: what is to be given back, fractions of a sat left out."""

    @property
    def total(self) -> Sat:
        return self.amount + self.tip

    @property
    def received(self) -> Sat:
        """What its invoices brought, fractions of a sat left out."""
        return Sat(sum(i.settled.value for i in self.invoices if i.settled is not None) // 1000)

    @property
    def live_invoices(self) -> tuple[SaleInvoice, ...]:
        return tuple(invoice for invoice in self.invoices if invoice.is_live)

    @property
    def card_may_pay(self) -> bool:
        """A card's service may have an invoice of this sale."""
        return any(tap.state.may_pay for tap in self.taps)


@dataclass(frozen=True, slots=True)
class Unassigned:
    """A payment that was asked for by this till, and whose sale was lost with a restore."""

    payment_hash: str
    reference: str
    number: int | None
    """What the lost sale was called."""
    amount: Msat
    is_paid: bool
    memo: str
    made_at_s: float
