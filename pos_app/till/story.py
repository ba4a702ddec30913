"""The journal of one sale in plain words, for the queue page."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from pos_app.core.money import Sat
from pos_app.till.journal import JournalRow, Json
from pos_app.till.sale import Held
from pos_app.till.states import Cause, SaleState
from pos_app.till.tap_states import TapCause, TapState
from pos_app.till.views import StoryLine, Tone

Facts = Mapping[str, Json]
_NOT_REACHED = "Not reached, nothing was sent"
_P, _W, _A, _F, _OK = Tone.PLAIN, Tone.WAITING, Tone.ATTENTION, Tone.FAILED, Tone.PAID


def lines(rows: tuple[JournalRow, ...]) -> tuple[StoryLine, ...]:
    """The rows of one sale as lines, oldest first.

    Rows that only repeat another one are left out, and tries that reached nobody are counted after the first.
    """
    stored = {row.facts["tap"] for row in rows if row.kind == "tap_stored" or row.facts.get("stored")}
    told = []
    for row in rows:
        facts = {**row.facts, "is_stored": 1} if row.facts.get("tap") in stored else row.facts
        tell = _TELL.get(row.kind)
        if tell is not None and (words := tell(facts)) is not None:
            told.append(StoryLine(row.at_s, *words))
    return _counted(told)


def _counted(told: list[StoryLine]) -> tuple[StoryLine, ...]:
    """An issuer that is away for hours is asked again every few minutes: that must not bury what happened."""
    kept: list[StoryLine] = []
    at = 0
    while at < len(told):
        pair, tries = _words(told, at), 1
        while len(pair) == 2 and pair[1] == _NOT_REACHED and _words(told, at + 2 * tries) == pair:
            tries += 1
        if tries > 2:
            last = told[at + 2 * tries - 1]
            again = f"Not reached {tries - 1} more times, nothing was sent"
            kept += [*told[at : at + 2], StoryLine(last.at_s, again, last.tone)]
            at += 2 * tries
        else:
            kept.append(told[at])
            at += 1
    return tuple(kept)


def _words(told: list[StoryLine], at: int) -> list[str]:
    return [line.words for line in told[at : at + 2]]


_Told = tuple[str, Tone] | None


def _move(facts: Facts) -> _Told:
    cause = Cause(str(facts["on"]))
    if cause is Cause.CHARGED:
        return f"Sale of {Sat(int(facts['sat'] or 0) + int(facts['tip_sat'] or 0))} begun", _P
    if cause in (Cause.SETTLED, Cause.SETTLED_AFTER_VOID):
        return _settled(facts)
    words, tone = _MOVES[cause]
    said = [str(facts[key]) for key in ("reason", "how", "note") if facts.get(key)]
    return (f"{words}: {' · '.join(said)}" if said else words), tone


def _settled(facts: Facts) -> _Told:
    sat, to = Sat(int(facts["msat"] or 0) // 1000), SaleState(str(facts["to"]))
    match to:
        case SaleState.PAID:
            return f"Paid: {sat} arrived", _OK
        case SaleState.PAID_LATE:
            return f"Paid late: {sat} arrived", _OK
        case _:
            return f"{sat} arrived and are to be given back", _A


def _invoice(facts: Facts) -> _Told:
    return ("Invoice found at the payments server" if facts.get("adopted") else "Invoice made"), _P


def _dead(facts: Facts) -> _Told:
    return ("Invoice cancelled" if facts["why"] == "cancelled" else "Invoice ended unpaid"), _P


def _tap(facts: Facts) -> _Told:
    cause, stored = TapCause(str(facts["on"])), facts.get("is_stored")
    if cause is TapCause.READ:
        return ("Card stored, not paid", _A) if facts.get("stored") else ("Card read", _P)
    if cause is TapCause.LINK_ASKED:
        again = facts.get("try") == 2
        return ("Issuer asked once more" if again else "Line back, issuer asked" if stored else "Issuer asked"), _W
    if cause is TapCause.INVOICE_DEAD and facts.get("reason") == Held.RESTORED:
        return "Not paid: no money came for the card of the backup", _F
    if cause is TapCause.INVOICE_DEAD and facts["to"] == TapState.NOT_PAID:
        return "Not paid: the invoice that the card's issuer took has ended", _F
    if cause is TapCause.RESTARTED and facts["to"] == TapState.UNKNOWN:
        return "The till was started anew: the answer is lost. Checking", _A
    words, tone = _TAP_MOVES[cause]
    if words is None:
        return None
    reason = facts.get("reason")
    return (f"{words}: “{reason}”" if reason and cause in _QUOTED else words), tone


def _tap_taken(_: Facts) -> _Told:
    return "The card's issuer took the invoice", _W


def _tap_stored(_: Facts) -> _Told:
    return "Card stored, not paid", _A


def _held(facts: Facts) -> _Told:
    return _HELD[Held(str(facts["why"]))], _A


def _released(facts: Facts) -> _Told:
    by_manager = facts["why"] == Held.CLOCK
    return ("The manager let the card be sent" if by_manager else "The key of the stored cards is back"), _P


def _goods_given(_: Facts) -> _Told:
    return "The goods were given", _P


def _due(facts: Facts) -> _Told:
    return f"{Sat(int(facts['msat'] or 0) // 1000)} are to be given back: its goods were sold again", _A


_TELL: Mapping[str, Callable[[Facts], _Told]] = {
    "move": _move,
    "invoice": _invoice,
    "dead": _dead,
    "tap": _tap,
    "tap_taken": _tap_taken,
    "tap_stored": _tap_stored,
    "tap_held": _held,
    "tap_released": _released,
    "goods_given": _goods_given,
    "due": _due,
}
_MOVES: Mapping[Cause, tuple[str, Tone]] = {
    Cause.TAP_STORED: ("Owed: you carry the risk", _A),
    Cause.STOPPED_WAITING: ("Stopped waiting. It may still be paid", _A),
    Cause.CANCELLED: ("Cancelled here, and watched on", _P),
    Cause.CANCELLED_AT_API: ("Cancelled", _P),
    Cause.ALL_DEAD: ("Ended unpaid", _P),
    Cause.NOTHING_HANDED_OVER: ("Ended unpaid, nothing was handed over", _P),
    Cause.PAID_OTHERWISE: ("Paid otherwise", _OK),
    Cause.WRITTEN_OFF: ("Written off", _P),
    Cause.VOIDED: ("Voided", _P),
    Cause.SOLD_AGAIN: ("Its goods were sold again: the money is to be given back", _A),
    Cause.GOODS_NOT_GIVEN: ("The goods were not given: the money is to be given back", _A),
    Cause.REFUNDED: ("Given back", _P),
}
_TAP_MOVES: Mapping[TapCause, tuple[str | None, Tone]] = {
    TapCause.BOUND: (None, _P),
    TapCause.INVOICE_DEAD: ("The card's invoice ended", _P),
    TapCause.REBOUND: ("The card took the new invoice", _P),
    TapCause.GIVEN_TO_API: ("Card sent to the payments server", _W),
    TapCause.OFFERED: ("The card's issuer is ready to pay", _W),
    TapCause.PIN_DUE: ("The card's PIN is due", _W),
    TapCause.PIN_DUE_UNATTENDED: ("Declined: the card needs its PIN, and nobody is there to enter it", _F),
    TapCause.HANDED_OVER: ("Invoice handed to the card's issuer", _W),
    TapCause.PIN_ENTERED: ("Invoice handed over with the PIN", _W),
    TapCause.REPEATED: ("Invoice handed over once more, the same one", _W),
    TapCause.NOT_SENT: (_NOT_REACHED, _P),
    TapCause.CALLBACK_NOT_SENT: ("Not reached, nothing was handed over", _P),
    TapCause.REFUSED: ("Declined", _F),
    TapCause.OUT_OF_RANGE: ("Declined: the card does not offer this amount", _F),
    TapCause.NO_PIN: ("Declined: no PIN was entered", _F),
    TapCause.LINK_LOST: ("The tap was used up without an offer. No money moved", _F),
    TapCause.ANSWER_LOST: ("Answer lost. Checking", _A),
    TapCause.RESTARTED: ("The till was started anew", _P),
    TapCause.RESUMED: ("The till was started anew: the issuer may be asked once more", _P),
    TapCause.SETTLED: ("The card paid", _OK),
    TapCause.SALE_CLOSED: ("The card is not needed any more", _P),
    TapCause.TOO_OLD: ("The stored card is too old and was not sent", _F),
    TapCause.VOIDED: ("The card was given up", _P),
    TapCause.RESTORED: ("Came back with a backup. It may have been sent", _A),
}
_QUOTED = frozenset({TapCause.REFUSED, TapCause.LINK_LOST})
_HELD = {
    Held.KEYS: "Held: the key of the stored cards cannot be read",
    Held.CLOCK: "Held: the clocks differ, the age of the card is not known",
    Held.RESTORED: "Held: it came back with a backup",
}
