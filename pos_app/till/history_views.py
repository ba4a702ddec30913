"""Frozen pictures of the wallet's history, its days and the reports: values that cross to the user interface.

Wall times (`…_at_s`, `…_s`) are seconds since 1970 UTC. Amounts in msat are signed: what came in is positive.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from pos_app.core.money import Fiat, Sat
from pos_app.till.views import Problem, SaleView, StoryLine, Tender


class RowState(StrEnum):
    """How a row of the history stands: as our sale, or PAID, PENDING or FAILED for a payment that is none of ours."""

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
    PENDING = "pending"
    FAILED = "failed"


class Direction(StrEnum):
    IN = "in"
    OUT = "out"


@dataclass(frozen=True, slots=True)
class HistoryFilter:
    """What the history shows. Empty sets and None leave everything in; `until_s` is not part of the range."""

    search: str = ""
    states: frozenset[RowState] = frozenset()
    direction: Direction | None = None
    from_s: float | None = None
    until_s: float | None = None
    tenders: frozenset[Tender] = frozenset()
    least: Sat | None = None
    most: Sat | None = None
    tag: str = ""


@dataclass(frozen=True, slots=True)
class HistoryRow:
    """One payment of the wallet, or one sale of this till that has none."""

    key: str
    """The payment hash, with more behind a `/` where the wallet has several records of it, or `sale:` and the id of a
    sale without a payment."""
    at_s: float
    state: RowState
    amount_msat: int
    fee_msat: int
    memo: str
    tag: str
    payment_hash: str | None
    tender: Tender | None
    sale_id: str | None
    """None: of another till."""
    number: int | None
    reference: str
    tip: Sat
    fiat: Fiat | None
    rate: str
    """What one bitcoin cost in the sale's currency, or nothing."""
    is_gone: bool = False
    """The server does not know this payment any more, or unsaid that it was paid: it is in no sum."""


@dataclass(frozen=True, slots=True)
class HistorySums:
    """The foot of the filtered history."""

    count: int
    received: Sat
    sent: Sat
    """With its fees; what is being sent is gone already."""
    open: Sat
    """What OPEN, OWED and UNCERTAIN sales come to: not paid."""
    open_count: int
    fiat: tuple[Fiat, ...] = ()
    """Received, at each sale's own rate: one sum for each currency."""


@dataclass(frozen=True, slots=True)
class HistoryDetail:
    """All that is known of one row."""

    row: HistoryRow
    sale: SaleView | None
    story: tuple[StoryLine, ...]
    hosts: tuple[str, ...] = ()
    """The issuers of its cards."""
    preimage: str = ""
    bolt11: str = ""


class SyncPhase(StrEnum):
    """How the copy of the wallet's payments stands."""

    WAITING = "waiting"
    """Not asked yet."""
    FILLING = "filling"
    """The first fill: `done` of `total`."""
    STOPPED = "stopped"
    """The first fill was stopped by a person: it goes on where it was."""
    FRESH = "fresh"
    AWAY = "away"
    """The server does not answer: what is shown is as of `as_of_s`."""


@dataclass(frozen=True, slots=True)
class SyncView:
    phase: SyncPhase
    done: int = 0
    total: int = 0
    as_of_s: float | None = None
    problem: Problem | None = None
    """What a person should know: payments that the server has lost, a copy that was damaged and is made anew."""


@dataclass(frozen=True, slots=True)
class SyncChanged:
    """The copy of the wallet's payments is not as it was."""

    sync: SyncView


@dataclass(frozen=True, slots=True)
class HistoryChanged:
    """Rows have come or changed: ask again for what is on the screen."""


class Unit(StrEnum):
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    YEAR = "year"


@dataclass(frozen=True, slots=True)
class Totals:
    """What came in: settled payments into the wallet, and sales of this till that were paid otherwise.

    Unpaid, expired and cancelled ones are no sales, and money that is due back is not left out: it came in.
    """

    count: int = 0
    sum: Sat = field(default_factory=lambda: Sat(0))
    tips: Sat = field(default_factory=lambda: Sat(0))
    fiat: tuple[Fiat, ...] = ()

    @property
    def average(self) -> Sat:
        """Rounded half up to a whole sat; 0 without sales."""
        return Sat((2 * self.sum.value + self.count) // (2 * self.count)) if self.count else Sat(0)


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: an hour of the day, a day of the week or month, a month of the year. `until_s` is not part of it."""

    from_s: float
    until_s: float
    totals: Totals


@dataclass(frozen=True, slots=True)
class TenderPart:
    """`tender` None: what came in otherwise, at another till of the same wallet."""

    tender: Tender | None
    totals: Totals


@dataclass(frozen=True, slots=True)
class PeriodView:
    """The day page: one business day, or the week, month or year that it is in."""

    unit: Unit
    first: date
    last: date
    """The first and the last business day of the period."""
    from_s: float
    until_s: float
    now: Totals
    before: Totals
    """A day: the same weekday last week; else the period before. While it lasts, up to the same moment."""
    bars: tuple[Bar, ...]
    bars_before: tuple[Bar, ...]
    """The bars of `before`, whole; for a day with another number of hours the list is shorter or longer."""
    tenders: tuple[TenderPart, ...]
    heat: tuple[tuple[int, ...], ...]
    """Paid sales by weekday (Monday first) and hour of the clock (0–23), over eight weeks to the last day or today."""
    pending: Sat
    pending_count: int
    """OPEN, OWED and UNCERTAIN sales of this period: apart, never among `now`."""
    others: Totals
    """What came into the wallet otherwise, as at another till: part of `now`."""
    is_partial: bool = False
    """The copy of the wallet's payments is not complete: figures may be too small."""


@dataclass(frozen=True, slots=True)
class DaySettings:
    """When the business day begins, and where."""

    start_hour: int = 4
    time_zone: str = ""
    """An IANA name; empty: this computer's."""
