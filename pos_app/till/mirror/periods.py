"""The day page: what came in on one business day, or in its week, month or year, beside the time before."""

from __future__ import annotations

import sqlite3
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from pos_app.core.money import Sat
from pos_app.till.history_views import Bar, PeriodView, TenderPart, Totals, Unit
from pos_app.till.mirror.days import DAY, WEEK, Calendar, Span, before, period_of
from pos_app.till.mirror.kinds import UNPAID, Kind
from pos_app.till.mirror.rollups import Sums, between
from pos_app.till.mirror.rows import fiat_sums
from pos_app.till.mirror.schema import QUARTER_MS
from pos_app.till.views import Tender

HEAT_WEEKS = 8
MANY_HOURS_S = 2 * 86_400
TENDERS = (Tender.QR, Tender.CARD, Tender.STORED_CARD, Tender.OTHER, None)

Found = Mapping[int, Sums]


def period_view(
    db: sqlite3.Connection,
    kinds: Mapping[int, Kind],
    calendar: Calendar,
    unit: Unit,
    day: date | None,
    now_s: float,
    *,
    is_partial: bool,
) -> PeriodView:
    """The period around a business day; None is today."""
    period = period_of(unit, day or calendar.day_of(now_s))
    earlier = before(period)
    from_s, until_s = calendar.span(period.first, period.last)
    paid = {number: kind for number, kind in kinds.items() if kind.is_received}
    found = _sums(db, kinds, (from_s, until_s))
    waiting = [sums for number, sums in found.items() if kinds[number].state in UNPAID and not kinds[number].counted]
    return PeriodView(
        unit=unit,
        first=period.first,
        last=period.last,
        from_s=from_s,
        until_s=until_s,
        now=totals(kinds, found),
        before=totals(paid, _sums(db, paid, calendar.elapsed(period, earlier, now_s))),
        bars=_bars(db, paid, calendar.bars(period)),
        bars_before=_bars(db, paid, calendar.bars(earlier)),
        tenders=tuple(_tenders(kinds, found)),
        heat=_heat(db, paid, calendar, min(period.last, calendar.day_of(now_s))),
        pending=Sat(sum(sums.amount_msat for sums in waiting) // 1000),
        pending_count=sum(sums.entries for sums in waiting),
        others=totals({number: kind for number, kind in kinds.items() if not kind.ours}, found),
        is_partial=is_partial,
    )


def totals(kinds: Mapping[int, Kind], found: Found) -> Totals:
    """What came in, by these kinds."""
    received = [
        (kinds[number], sums) for number, sums in found.items() if number in kinds and kinds[number].is_received
    ]
    return Totals(
        count=sum(sums.entries for _, sums in received),
        sum=Sat(sum(sums.amount_msat for _, sums in received) // 1000),
        tips=Sat(sum(sums.tip_sat for _, sums in received)),
        fiat=fiat_sums((kind.currency, sums.fiat_minor) for kind, sums in received),
    )


def _sums(db: sqlite3.Connection, kinds: Iterable[int], span: Span) -> Found:
    return between(db, span[0] * 1000, span[1] * 1000, kinds)


def _bars(db: sqlite3.Connection, kinds: Mapping[int, Kind], spans: Sequence[Span]) -> tuple[Bar, ...]:
    if spans[-1][1] - spans[0][0] < MANY_HOURS_S and not any(begin * 1000 % QUARTER_MS for begin, _ in spans):
        return _hours(db, kinds, spans)
    return tuple(Bar(span[0], span[1], totals(kinds, _sums(db, kinds, span))) for span in spans)


def _hours(db: sqlite3.Connection, kinds: Mapping[int, Kind], spans: Sequence[Span]) -> tuple[Bar, ...]:
    """The bars of a day at once, from its quarters of an hour."""
    rows = db.execute(
        "SELECT start_ms / 1000, kind, entries, amount_msat, fee_msat, tip_sat, fiat_minor FROM rollup"
        f" WHERE width_ms = ? AND kind IN ({', '.join(map(str, kinds))}) AND start_ms >= ? AND start_ms < ?",
        (QUARTER_MS, spans[0][0] * 1000, spans[-1][1] * 1000),
    )
    begins = [begin for begin, _ in spans]
    found: list[dict[int, Sums]] = [{} for _ in spans]
    for at_s, kind, *sums in rows:
        found[bisect_right(begins, at_s) - 1].setdefault(kind, Sums()).add(*sums)
    return tuple(Bar(*span, totals(kinds, sums)) for span, sums in zip(spans, found, strict=True))


def _tenders(kinds: Mapping[int, Kind], found: Found) -> Iterable[TenderPart]:
    """The parts that have something, in one order."""
    for tender in TENDERS:
        part = totals({number: kind for number, kind in kinds.items() if kind.tender == (tender or "")}, found)
        if part.count:
            yield TenderPart(tender, part)


def _heat(
    db: sqlite3.Connection, kinds: Mapping[int, Kind], calendar: Calendar, last: date
) -> tuple[tuple[int, ...], ...]:
    """What came in by weekday and hour of the clock, over the weeks that end with this business day."""
    heat = [[0] * 24 for _ in range(7)]
    from_s, until_s = calendar.span(last + DAY - HEAT_WEEKS * WEEK, last)
    paid = ", ".join(map(str, kinds))
    rows = db.execute(
        f"SELECT start_ms / 1000, sum(entries) FROM rollup WHERE width_ms = ? AND kind IN ({paid})"
        " AND start_ms >= ? AND start_ms < ? GROUP BY start_ms",
        (QUARTER_MS, from_s * 1000, until_s * 1000),
    )
    for at_s, entries in rows:
        weekday, hour = calendar.zone.weekday_and_hour(at_s)
        heat[weekday][hour] += entries
    return tuple(tuple(hours) for hours in heat)
