"""What the client answers with: frozen values in the till's own types."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, StrEnum, auto

from pos_app.core.bolt11 import Network
from pos_app.core.money import Msat
from pos_app.payments.errors import AdminKey
from pos_app.payments.models import Payment, PaymentStatus


@dataclass(frozen=True, slots=True)
class Look:
    """One answer of GET `/payments/{hash}`.

    `paid` holds if the server says so twice: `paid` and the status of the record. Whether the amount covers what is
    due is the caller's to check on `payment` (negative where a wallet paid itself). `date_s` is the server's clock in
    seconds since 1970, None if it did not tell or is this very program. `asked_monotonic_s` is the till's running
    time just before the question.
    """

    paid: bool
    status: PaymentStatus
    payment: Payment
    date_s: float | None
    asked_monotonic_s: float


class Cancelled(Enum):
    """`CANCELLED`: the invoice can never be paid any more. `CANNOT`: it still can, watch it."""

    CANCELLED = auto()
    ALREADY_PAID = auto()
    CANNOT = auto()


@dataclass(frozen=True, slots=True)
class WalletInfo:
    """The wallet of our key. The API tells the wallet's id to admin keys only."""

    name: str
    balance: Msat | None
    wallet_id: str | None

    def require_invoice_key(self) -> None:
        """Raises AdminKey if the key that asked may spend."""
        if self.wallet_id is not None:
            raise AdminKey


@dataclass(frozen=True, slots=True)
class Health:
    """Who answers. `network`, `practice` and `source_ok` are told by our own engine only, else None."""

    engine: bool
    network: Network | None
    practice: bool | None
    source_ok: bool | None


class TapStep(StrEnum):
    """Where a tap that failed had got to; `connect`: no byte reached the card's host."""

    INVOICE = "invoice"
    CONNECT = "connect"
    LINK = "link"
    PIN = "pin"
    CALLBACK = "callback"


class TapOutcome(StrEnum):
    """What a tap's answer says about the invoice. Only the invoice itself can say *paid*."""

    PENDING = "pending"
    NOT_SENT = "not_sent"
    LIKELY_FAILED = "likely_failed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class TapAnswer:
    """Answer of `pay-with-nfc`. `detail` is the reason as plain text of a stranger, cut to one line.

    `step`, and for step `pin` also `session` and `pin_limit`, come from our own engine only, and so does `limit`: the
    most that the card pays, where the invoice is above it.
    """

    outcome: TapOutcome
    detail: str = ""
    step: TapStep | None = None
    session: str | None = field(default=None, repr=False)
    pin_limit: Msat | None = None
    limit: Msat | None = None

    @property
    def ok(self) -> bool:
        """The card's service took the invoice; the money is on its way or on none."""
        return self.outcome is TapOutcome.PENDING
