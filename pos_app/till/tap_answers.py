"""What an answer to a tap means for it: the move that it causes, and what the cashier sees."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from pos_app.core.money import MSAT_PER_SAT, Msat, Sat
from pos_app.lnurl.withdraw import (
    LinkLost,
    LinkRefused,
    NotReached,
    Outcome,
    OutOfRange,
    Submitted,
    WithdrawError,
)
from pos_app.payments.errors import CertificateUnknown, NotSent, RateLimited
from pos_app.payments.results import TapAnswer, TapOutcome, TapStep
from pos_app.till.tap_states import TapCause
from pos_app.till.views import TapPhase

_NOT_IN_RANGE = re.compile(r"Amount (\d+) not in range \d+ - (\d+)")


@dataclass(frozen=True, slots=True)
class Told:
    """One answer. `cause` is None where the card's service took the invoice: then only the invoice says more.

    `words` are ours, `reason` is what a stranger said. `session` goes on with a tap that our engine holds for its PIN.
    """

    cause: TapCause | None
    phase: TapPhase
    words: str = ""
    reason: str = ""
    limit: Sat | None = None
    session: str | None = field(default=None, repr=False)


TAKEN = Told(None, TapPhase.ASKING)
LOST = Told(TapCause.ANSWER_LOST, TapPhase.UNKNOWN)
LINK_LOST = Told(TapCause.LINK_LOST, TapPhase.TAP_LOST, "The card's issuer gave no answer.")
NO_PIN = Told(TapCause.NO_PIN, TapPhase.DECLINED, "No PIN was entered.")
PIN_UNATTENDED = Told(
    TapCause.PIN_DUE_UNATTENDED, TapPhase.DECLINED, "The card wants its PIN for this sum, and nobody was there to ask."
)


def not_reached(words: str) -> Told:
    return Told(TapCause.NOT_SENT, TapPhase.NOT_REACHED, words)


def of_api_error(error: Exception) -> Told:
    """What `pay-with-nfc` raised. Only what surely sent nothing, or was turned down unread, gives the tap back."""
    if isinstance(error, NotSent | RateLimited | CertificateUnknown):
        return not_reached("The payments server cannot be reached.")
    return LOST


def of_api_answer(answer: TapAnswer) -> Told:
    """What `pay-with-nfc` answered."""
    if answer.ok:
        return TAKEN
    if answer.outcome is TapOutcome.UNKNOWN:
        return Told(TapCause.ANSWER_LOST, TapPhase.UNKNOWN, reason=answer.detail)
    if answer.outcome is TapOutcome.NOT_SENT:
        if answer.step is TapStep.CONNECT:
            return not_reached("Card issuer not reachable. Pay by QR.")
        if answer.step is TapStep.PIN and answer.session is not None:
            return Told(TapCause.PIN_DUE, TapPhase.PIN, session=answer.session)
    if (limit := _limit(answer)) is not None:
        return Told(TapCause.REFUSED, TapPhase.LIMIT, f"The card's limit is {limit}.", limit=limit)
    return Told(TapCause.REFUSED, TapPhase.DECLINED, reason=answer.detail)


def issuer_answers(answer: TapAnswer) -> bool | None:
    """Whether the card's issuer answered our engine, or took the invoice; None where the answer tells nothing of it."""
    if answer.ok:
        return True
    if answer.step is TapStep.CONNECT:
        return False
    return True if answer.step is TapStep.PIN else None


def of_offer(*, pin_is_due: bool) -> Told:
    """The card's service offers to pay."""
    if pin_is_due:
        return Told(TapCause.PIN_DUE, TapPhase.PIN)
    return Told(TapCause.OFFERED, TapPhase.ASKING)


def of_refused_offer(error: WithdrawError) -> Told:
    """The first step of our own withdraw ended without an offer for this amount. No money moved."""
    match error:
        case NotReached():
            return not_reached(error.message)
        case OutOfRange():
            return Told(TapCause.OUT_OF_RANGE, TapPhase.LIMIT, error.message, limit=_sat(error.limit))
        case LinkLost():
            return Told(TapCause.LINK_LOST, TapPhase.TAP_LOST, error.message)
        case LinkRefused() if error.used:
            return Told(TapCause.LINK_LOST, TapPhase.TAP_LOST, "This tap was used already.", error.reason)
        case _:
            return Told(TapCause.REFUSED, TapPhase.DECLINED, "" if error.reason else error.message, error.reason)


def of_submitted(submitted: Submitted) -> Told:
    """The first try of our own callback."""
    match submitted.outcome:
        case Outcome.PENDING:
            return TAKEN
        case Outcome.NOT_SENT:
            return Told(TapCause.CALLBACK_NOT_SENT, TapPhase.NOT_REACHED, submitted.reason)
        case Outcome.LIKELY_FAILED:
            return Told(TapCause.REFUSED, TapPhase.DECLINED, reason=submitted.reason)
        case Outcome.UNKNOWN:
            return LOST


def _limit(answer: TapAnswer) -> Sat | None:
    """The most that the card pays, where the sum is above it: told by our engine, or by LNbits in its words."""
    found = _NOT_IN_RANGE.fullmatch(answer.detail)
    if found is not None and int(found[1]) > int(found[2]):
        return _sat(Msat(int(found[2])))
    return _sat(answer.limit)


def _sat(amount: Msat | None) -> Sat | None:
    return None if amount is None else Sat(amount.value // MSAT_PER_SAT)
