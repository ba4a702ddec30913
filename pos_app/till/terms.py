"""The owner's limits for stored cards, his consent, and the exposure that they bound (offline-payments.md, section 3).

Exposure is the sum over the sales that are OWED or UNCERTAIN, each once, whatever the number of their taps.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass, replace
from typing import Any

from pos_app.core.errors import UserError
from pos_app.core.money import Sat
from pos_app.core.pin_errors import PinNeeded
from pos_app.till import journal
from pos_app.till.views import TermsView

HOUR_S = 3600
DEFAULTS = TermsView(
    accepted_at_s=None,
    tap_max=Sat(20_000),
    sum_max=Sat(100_000),
    count_max=20,
    session_max_s=4 * HOUR_S,
    tap_age_max_s=24 * HOUR_S,
)
_BOUNDS: dict[str, tuple[str, Any, Any]] = {
    "tap_max": ("The limit of one card", Sat(1), Sat(100_000_000)),
    "sum_max": ("The limit of all stored sales", Sat(1), Sat(1_000_000_000)),
    "count_max": ("The number of stored sales", 1, 1000),
    "session_max_s": ("The longest time without a line", 60, 7 * 24 * HOUR_S),
    "tap_age_max_s": ("The longest age of a stored card", 60, 30 * 24 * HOUR_S),
}
_UNTIL_ONLINE = "Take cash until the till is online again."


class NotAccepted(UserError):
    """The owner did not accept (any more) that he carries the loss."""

    def __init__(self) -> None:
        super().__init__(
            "Cards are not stored on this till.", "The owner can allow it in the settings, under Offline cards."
        )


class LimitReached(UserError):
    """One of the owner's limits forbids to store this card."""


@dataclass(frozen=True, slots=True)
class Exposure:
    """What is out: the number of OWED and UNCERTAIN sales, and what they come to."""

    count: int
    sum: Sat


def read(connection: sqlite3.Connection) -> TermsView:
    """The terms in force."""
    row = connection.execute("SELECT * FROM terms").fetchone()
    if row is None:
        return DEFAULTS
    accepted_at_ms = row["accepted_at_ms"]
    return TermsView(
        accepted_at_s=None if accepted_at_ms is None else accepted_at_ms / 1000,
        tap_max=Sat(row["tap_max_sat"]),
        sum_max=Sat(row["sum_max_sat"]),
        count_max=row["count_max"],
        session_max_s=row["session_max_s"],
        tap_age_max_s=row["tap_age_max_s"],
    )


def accept(connection: sqlite3.Connection, now_ms: int) -> TermsView:
    """The owner accepts the loss; a second time changes nothing."""
    terms = read(connection)
    if terms.accepted_at_s is not None:
        return terms
    return _write(connection, now_ms, "accepted", replace(terms, accepted_at_s=now_ms / 1000))


def withdraw(connection: sqlite3.Connection, now_ms: int) -> TermsView:
    """No more cards are stored; a second time changes nothing."""
    terms = read(connection)
    if terms.accepted_at_s is None:
        return terms
    return _write(connection, now_ms, "withdrawn", replace(terms, accepted_at_s=None))


def change(connection: sqlite3.Connection, now_ms: int, wanted: TermsView, *, by_manager: bool) -> TermsView:
    """New limits; the consent stays as it is. Raises UserError for one that cannot be, PinNeeded to raise one."""
    check_terms(wanted)
    terms = read(connection)
    if not by_manager and raises_a_limit(terms, wanted):
        raise PinNeeded("This needs the manager PIN.", "Ask the manager to enter it.")
    wanted = replace(wanted, accepted_at_s=terms.accepted_at_s)
    return terms if wanted == terms else _write(connection, now_ms, "changed", wanted)


def check_terms(terms: TermsView) -> None:
    """Raises UserError for a limit that cannot be."""
    for name, (words, least, most) in _BOUNDS.items():
        if not least <= getattr(terms, name) <= most:
            show = _duration if name.endswith("_s") else str
            raise UserError(f"{words} cannot be that.", f"Choose between {show(least)} and {show(most)}.")


def raises_a_limit(old: TermsView, new: TermsView) -> bool:
    """Whether the owner would risk more than now."""
    return any(getattr(new, name) > getattr(old, name) for name in _BOUNDS)


def exposure(connection: sqlite3.Connection) -> Exposure:
    row = connection.execute(
        "SELECT count(*) AS count, coalesce(sum(sat + tip_sat), 0) AS sum FROM sale"
        " WHERE state IN ('owed', 'uncertain')"
    ).fetchone()
    return Exposure(row["count"], Sat(row["sum"]))


def check_tap(terms: TermsView, out: Exposure, total: Sat, *, is_new: bool, offline_s: float | None) -> None:
    """May a card be stored for a sale of this total? Raises NotAccepted or LimitReached.

    `out` is the exposure now, `is_new` tells that the sale is not in it yet. `offline_s`: so long the line is lost.
    """
    if terms.accepted_at_s is None:
        raise NotAccepted
    if total > terms.tap_max:
        raise LimitReached(
            f"{total} are too much to store: the limit for one card is {terms.tap_max}.", "Take cash for this sale."
        )
    _check_session(terms, offline_s)
    if not is_new:
        return
    _check_count(terms, out)
    if out.sum + total > terms.sum_max:
        raise LimitReached(
            f"{out.sum} are stored already: with this sale it would be more than {terms.sum_max}.",
            "Take cash for this sale.",
        )


def check_room(terms: TermsView, out: Exposure, offline_s: float | None) -> None:
    """Is there room for any further sale? Raises LimitReached."""
    _check_session(terms, offline_s)
    _check_count(terms, out)
    if out.sum >= terms.sum_max:
        raise LimitReached(f"{out.sum} of {terms.sum_max} are stored already.", _UNTIL_ONLINE)


def _check_session(terms: TermsView, offline_s: float | None) -> None:
    if offline_s is not None and offline_s > terms.session_max_s:
        raise LimitReached(f"The line has been away for more than {_duration(terms.session_max_s)}.", _UNTIL_ONLINE)


def _check_count(terms: TermsView, out: Exposure) -> None:
    if out.count >= terms.count_max:
        stored = "1 sale is" if out.count == 1 else f"{out.count} sales are"
        raise LimitReached(f"{stored} stored already: no more than {terms.count_max} may be.", _UNTIL_ONLINE)


def _write(connection: sqlite3.Connection, now_ms: int, on: str, terms: TermsView) -> TermsView:
    accepted_at_ms = None if terms.accepted_at_s is None else round(terms.accepted_at_s * 1000)
    values: dict[str, journal.Json] = {
        "accepted_at_ms": accepted_at_ms,
        "tap_max_sat": terms.tap_max.value,
        "sum_max_sat": terms.sum_max.value,
        "count_max": terms.count_max,
        "session_max_s": terms.session_max_s,
        "tap_age_max_s": terms.tap_age_max_s,
    }
    connection.execute(
        f"INSERT OR REPLACE INTO terms (one, {', '.join(values)}) VALUES (1, {', '.join(f':{key}' for key in values)})",
        values,
    )
    journal.append(connection, "terms", journal.OF_THE_BOOK, now_ms, {"on": on, **values})
    return terms


def _duration(seconds: int) -> str:
    if seconds < HOUR_S:
        return f"{seconds // 60} min"
    return f"{seconds / HOUR_S:g} h"
