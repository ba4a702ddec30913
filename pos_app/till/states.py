"""The states of a sale and the one table of its legal moves (design: offline-payments.md, section 9)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from pos_app.core.errors import BugError


class SaleState(StrEnum):
    """Where a sale stands. The values are stored."""

    OPEN = "open"
    OWED = "owed"
    UNCERTAIN = "uncertain"
    PAID = "paid"
    PAID_OTHERWISE = "paid_otherwise"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    WRITTEN_OFF = "written_off"
    PAID_LATE = "paid_late"
    REFUND_DUE = "refund_due"
    REFUNDED = "refunded"

    @property
    def is_closed(self) -> bool:
        """Nothing is shown or sent for a closed sale; money can still move it."""
        return self not in (SaleState.OPEN, SaleState.OWED, SaleState.UNCERTAIN)


class Cause(StrEnum):
    """What moves a sale. The values stand in the journal."""

    CHARGED = "charged"
    """The cashier confirmed the amount."""
    TAP_STORED = "tap_stored"
    """A card was stored for later, its exposure within the limit."""
    STOPPED_WAITING = "stopped_waiting"
    """The cashier stopped waiting for something that was sent; also a restart while it was out."""
    CANCELLED = "cancelled"
    """The cashier cancelled, and the API cannot cancel the invoice: it is watched on."""
    CANCELLED_AT_API = "cancelled_at_api"
    """The cashier cancelled, and the API answered that no invoice of the sale can be paid any more."""
    ALL_DEAD = "all_dead"
    """Every invoice of the sale is provably dead and no request is out."""
    NOTHING_HANDED_OVER = "nothing_handed_over"
    """As ALL_DEAD, and the cashier says that the customer got nothing."""
    SETTLED = "settled"
    """The API says that an invoice of this sale, not booked before, was paid."""
    SETTLED_AFTER_VOID = "settled_after_void"
    """As SETTLED, for a sale that the manager had voided."""
    PAID_OTHERWISE = "paid_otherwise"
    """The customer paid with something else."""
    WRITTEN_OFF = "written_off"
    """The manager gave the money up."""
    VOIDED = "voided"
    """The manager: goods back or never given."""
    SOLD_AGAIN = "sold_again"
    """The sale that replaces this one is paid too."""
    GOODS_NOT_GIVEN = "goods_not_given"
    """The cashier: this late money is not for goods that were given."""
    REFUNDED = "refunded"
    """The manager gave the money back."""


class Durable(StrEnum):
    """When a move must be on disk."""

    BEFORE = "before"
    """Before the request or the message that follows."""
    AFTER = "after"
    """After an answer, together with all that it changes."""


@dataclass(frozen=True, slots=True)
class Move:
    """Where a cause leads, and when that must be durable."""

    to: SaleState
    durable: Durable


_B, _A = Durable.BEFORE, Durable.AFTER
_S, _C = SaleState, Cause

MOVES: Mapping[tuple[SaleState | None, Cause], Move] = MappingProxyType(
    {
        (None, _C.CHARGED): Move(_S.OPEN, _B),
        (_S.OPEN, _C.TAP_STORED): Move(_S.OWED, _B),
        (_S.OPEN, _C.STOPPED_WAITING): Move(_S.UNCERTAIN, _B),
        (_S.OPEN, _C.CANCELLED): Move(_S.CANCELLED, _B),
        (_S.OPEN, _C.CANCELLED_AT_API): Move(_S.CANCELLED, _A),
        (_S.OPEN, _C.ALL_DEAD): Move(_S.EXPIRED, _A),
        (_S.UNCERTAIN, _C.NOTHING_HANDED_OVER): Move(_S.EXPIRED, _A),
        (_S.OPEN, _C.SETTLED): Move(_S.PAID, _A),
        (_S.OWED, _C.SETTLED): Move(_S.PAID, _A),
        (_S.UNCERTAIN, _C.SETTLED): Move(_S.PAID, _A),
        (_S.OPEN, _C.PAID_OTHERWISE): Move(_S.PAID_OTHERWISE, _B),
        (_S.OWED, _C.PAID_OTHERWISE): Move(_S.PAID_OTHERWISE, _B),
        (_S.UNCERTAIN, _C.PAID_OTHERWISE): Move(_S.PAID_OTHERWISE, _B),
        (_S.OWED, _C.WRITTEN_OFF): Move(_S.WRITTEN_OFF, _B),
        (_S.UNCERTAIN, _C.WRITTEN_OFF): Move(_S.WRITTEN_OFF, _B),
        (_S.OWED, _C.VOIDED): Move(_S.CANCELLED, _B),
        (_S.UNCERTAIN, _C.VOIDED): Move(_S.CANCELLED, _B),
        (_S.CANCELLED, _C.SETTLED): Move(_S.PAID_LATE, _A),
        (_S.EXPIRED, _C.SETTLED): Move(_S.PAID_LATE, _A),
        (_S.WRITTEN_OFF, _C.SETTLED): Move(_S.PAID_LATE, _A),
        (_S.CANCELLED, _C.SETTLED_AFTER_VOID): Move(_S.REFUND_DUE, _A),
        (_S.PAID_OTHERWISE, _C.SETTLED): Move(_S.REFUND_DUE, _A),
        (_S.PAID, _C.SETTLED): Move(_S.REFUND_DUE, _A),
        (_S.PAID_LATE, _C.SETTLED): Move(_S.REFUND_DUE, _A),
        (_S.REFUNDED, _C.SETTLED): Move(_S.REFUND_DUE, _A),
        # The state stays; a further hash adds to the sum that is due.
        (_S.REFUND_DUE, _C.SETTLED): Move(_S.REFUND_DUE, _A),
        (_S.PAID, _C.SOLD_AGAIN): Move(_S.REFUND_DUE, _A),
        (_S.PAID_LATE, _C.SOLD_AGAIN): Move(_S.REFUND_DUE, _A),
        (_S.PAID_LATE, _C.GOODS_NOT_GIVEN): Move(_S.REFUND_DUE, _B),
        (_S.REFUND_DUE, _C.REFUNDED): Move(_S.REFUNDED, _B),
    }
)
"""All legal moves; None is a sale that is not stored yet. What is not here is refused."""


class IllegalMove(BugError):
    """The sale's state does not allow this move (any more)."""

    def __init__(self, before: SaleState | None, cause: Cause) -> None:
        super().__init__(f"{before or 'new'} has no move on {cause}")
        self.before = before
        self.cause = cause


def move(before: SaleState | None, cause: Cause) -> Move:
    """The legal move from `before` on `cause`. Raises IllegalMove where the table has none."""
    try:
        return MOVES[before, cause]
    except KeyError:
        raise IllegalMove(before, cause) from None
