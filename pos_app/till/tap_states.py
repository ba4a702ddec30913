"""The states of a tap and the one table of its legal moves (design: offline-payments.md, section 9)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from pos_app.core.errors import BugError
from pos_app.till.states import Durable


class TapState(StrEnum):
    """Where a tap stands. The values are stored."""

    CAPTURED = "captured"
    """Read, and bound to no invoice."""
    INVOICED = "invoiced"
    """Bound to the living invoice of its sale; nothing was sent."""
    REDEEMING = "redeeming"
    """The card's link is being asked: that uses the tap up and moves no money."""
    AUTHORISED = "authorised"
    """The card's service made its offer; the invoice was not handed over."""
    NEEDS_PIN = "needs_pin"
    """As AUTHORISED, and the customer has to enter the PIN."""
    SUBMITTED = "submitted"
    """The invoice was handed over: it may be paid."""
    UNKNOWN = "unknown"
    """As SUBMITTED, and the answer is lost."""
    SETTLED = "settled"
    DECLINED = "declined"
    NOT_PAID = "not_paid"
    """It was handed over, and its invoice died unpaid."""
    TAP_LOST = "tap_lost"
    """Used up without any offer: no money moved."""
    EXPIRED = "expired"
    VOIDED = "voided"
    SUPERSEDED = "superseded"
    """Its sale was closed without it."""

    @property
    def is_final(self) -> bool:
        """Nothing of the tap is kept or sent any more."""
        return self not in _LIVING

    @property
    def may_pay(self) -> bool:
        """The card's service may have the invoice: no Cancel, no "declined", no new invoice."""
        return self in (TapState.SUBMITTED, TapState.UNKNOWN)


_LIVING = frozenset(
    {
        TapState.CAPTURED,
        TapState.INVOICED,
        TapState.REDEEMING,
        TapState.AUTHORISED,
        TapState.NEEDS_PIN,
        TapState.SUBMITTED,
        TapState.UNKNOWN,
    }
)


class TapCause(StrEnum):
    """What moves a tap. The values stand in the journal."""

    READ = "read"
    """A card was read for a sale."""
    BOUND = "bound"
    """It took the living invoice of its sale."""
    INVOICE_DEAD = "invoice_dead"
    """The invoice that it is bound to was declared dead."""
    REBOUND = "rebound"
    """The invoice of its offer was declared dead, and it took the sale's new one."""
    LINK_ASKED = "link_asked"
    """The till asks the card's link itself."""
    GIVEN_TO_API = "given_to_api"
    """The payments API is asked to do the whole withdraw."""
    OFFERED = "offered"
    """The card's service offers to pay the amount."""
    PIN_DUE = "pin_due"
    """The card's service offers to pay the amount with the PIN."""
    PIN_DUE_UNATTENDED = "pin_due_unattended"
    """The same, for a stored tap: nobody is there to ask."""
    HANDED_OVER = "handed_over"
    """The till sends the invoice to the callback."""
    PIN_ENTERED = "pin_entered"
    """The same, with the PIN."""
    REPEATED = "repeated"
    """The till sends the invoice to its own callback once more after a lost answer."""
    NOT_SENT = "not_sent"
    """No byte of the request for the link, or of the whole withdraw, left us."""
    CALLBACK_NOT_SENT = "callback_not_sent"
    """No byte of the first request to the callback left us."""
    REFUSED = "refused"
    """The card's service refused before or at the first try of the callback."""
    OUT_OF_RANGE = "out_of_range"
    """The card's service does not offer this amount."""
    NO_PIN = "no_pin"
    """No PIN within its time."""
    LINK_LOST = "link_lost"
    """The link was asked for, and no usable offer came; or the tap was used before."""
    ANSWER_LOST = "answer_lost"
    """Anything but a sure answer to an invoice that was handed over."""
    RESTARTED = "restarted"
    """The till was started anew."""
    RESUMED = "resumed"
    """The till was started anew, and a stored tap may ask its link once more."""
    SETTLED = "settled"
    """The API says that its invoice was paid."""
    SALE_CLOSED = "sale_closed"
    """Its sale was closed, and no request of it is out."""
    TOO_OLD = "too_old"
    VOIDED = "voided"
    """Given up: by the manager, or for another tap of the same sale."""
    RESTORED = "restored"
    """The till came back from a backup: what was sent since is not known."""


@dataclass(frozen=True, slots=True)
class TapMove:
    """Where a cause leads, and when that must be durable."""

    to: TapState
    durable: Durable


_B, _A = Durable.BEFORE, Durable.AFTER
_S, _C = TapState, TapCause

TAP_MOVES: Mapping[tuple[TapState | None, TapCause], TapMove] = MappingProxyType(
    {
        (None, _C.READ): TapMove(_S.CAPTURED, _B),
        (_S.CAPTURED, _C.BOUND): TapMove(_S.INVOICED, _A),
        (_S.INVOICED, _C.INVOICE_DEAD): TapMove(_S.CAPTURED, _A),
        (_S.INVOICED, _C.LINK_ASKED): TapMove(_S.REDEEMING, _B),
        (_S.INVOICED, _C.GIVEN_TO_API): TapMove(_S.SUBMITTED, _B),
        (_S.REDEEMING, _C.NOT_SENT): TapMove(_S.INVOICED, _A),
        (_S.REDEEMING, _C.RESUMED): TapMove(_S.INVOICED, _A),
        (_S.REDEEMING, _C.OFFERED): TapMove(_S.AUTHORISED, _A),
        (_S.REDEEMING, _C.PIN_DUE): TapMove(_S.NEEDS_PIN, _A),
        (_S.REDEEMING, _C.REFUSED): TapMove(_S.DECLINED, _A),
        (_S.REDEEMING, _C.OUT_OF_RANGE): TapMove(_S.DECLINED, _A),
        (_S.REDEEMING, _C.PIN_DUE_UNATTENDED): TapMove(_S.DECLINED, _A),
        (_S.REDEEMING, _C.LINK_LOST): TapMove(_S.TAP_LOST, _A),
        (_S.REDEEMING, _C.RESTARTED): TapMove(_S.TAP_LOST, _A),
        (_S.AUTHORISED, _C.REBOUND): TapMove(_S.AUTHORISED, _A),
        (_S.AUTHORISED, _C.HANDED_OVER): TapMove(_S.SUBMITTED, _B),
        (_S.AUTHORISED, _C.OUT_OF_RANGE): TapMove(_S.DECLINED, _A),
        (_S.NEEDS_PIN, _C.PIN_ENTERED): TapMove(_S.SUBMITTED, _B),
        (_S.NEEDS_PIN, _C.NO_PIN): TapMove(_S.DECLINED, _A),
        (_S.NEEDS_PIN, _C.RESTARTED): TapMove(_S.DECLINED, _A),
        (_S.SUBMITTED, _C.NOT_SENT): TapMove(_S.INVOICED, _A),
        (_S.SUBMITTED, _C.CALLBACK_NOT_SENT): TapMove(_S.AUTHORISED, _A),
        (_S.SUBMITTED, _C.PIN_DUE): TapMove(_S.NEEDS_PIN, _A),
        (_S.SUBMITTED, _C.REFUSED): TapMove(_S.DECLINED, _A),
        (_S.SUBMITTED, _C.ANSWER_LOST): TapMove(_S.UNKNOWN, _A),
        (_S.SUBMITTED, _C.RESTARTED): TapMove(_S.UNKNOWN, _A),
        (_S.UNKNOWN, _C.REPEATED): TapMove(_S.SUBMITTED, _B),
        (_S.SUBMITTED, _C.SETTLED): TapMove(_S.SETTLED, _A),
        (_S.UNKNOWN, _C.SETTLED): TapMove(_S.SETTLED, _A),
        (_S.SUBMITTED, _C.INVOICE_DEAD): TapMove(_S.NOT_PAID, _A),
        (_S.UNKNOWN, _C.INVOICE_DEAD): TapMove(_S.NOT_PAID, _A),
        (_S.CAPTURED, _C.RESTARTED): TapMove(_S.VOIDED, _B),
        (_S.INVOICED, _C.RESTARTED): TapMove(_S.VOIDED, _B),
        (_S.AUTHORISED, _C.RESTARTED): TapMove(_S.VOIDED, _B),
        (_S.CAPTURED, _C.VOIDED): TapMove(_S.VOIDED, _B),
        (_S.INVOICED, _C.VOIDED): TapMove(_S.VOIDED, _B),
        (_S.AUTHORISED, _C.VOIDED): TapMove(_S.VOIDED, _B),
        (_S.CAPTURED, _C.TOO_OLD): TapMove(_S.EXPIRED, _B),
        (_S.INVOICED, _C.TOO_OLD): TapMove(_S.EXPIRED, _B),
        (_S.AUTHORISED, _C.TOO_OLD): TapMove(_S.EXPIRED, _B),
        **{(state, _C.SALE_CLOSED): TapMove(_S.SUPERSEDED, _A) for state in _LIVING},
        **{(state, _C.RESTORED): TapMove(_S.UNKNOWN, _B) for state in _LIVING},
    }
)
"""All legal moves; None is a tap that is not stored yet. What is not here is refused."""


class IllegalTapMove(BugError):
    """The tap's state does not allow this move (any more)."""

    def __init__(self, before: TapState | None, cause: TapCause) -> None:
        super().__init__(f"{before or 'new'} tap has no move on {cause}")
        self.before = before
        self.cause = cause


def tap_move(before: TapState | None, cause: TapCause) -> TapMove:
    """The legal move from `before` on `cause`. Raises IllegalTapMove where the table has none."""
    try:
        return TAP_MOVES[before, cause]
    except KeyError:
        raise IllegalTapMove(before, cause) from None
