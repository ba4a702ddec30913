"""Periods as the till shows them on its day page: of a café that sells much the same every week, or of none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from pos_app.core.money import Fiat, Sat
from pos_app.till.history_views import Bar, DaySettings, PeriodView, TenderPart, Totals, Unit
from pos_app.till.mirror.days import period_of
from pos_app.till.views import Tender
from pos_app.ui.day import dates

ZONE = "Europe/Dublin"
SETTINGS = DaySettings(4, ZONE)
DAY = date(2026, 11, 22)
LONG_DAY, SHORT_DAY = date(2026, 10, 24), date(2026, 3, 28)
"""In these nights the clocks go back, and on: 25 and 23 hours."""
NOW_S = datetime(2026, 11, 22, 13, 10, tzinfo=ZoneInfo(ZONE)).timestamp()
_BUSY = {7: 2, 8: 5, 9: 8, 10: 10, 11: 12, 12: 15, 13: 13, 14: 9, 15: 7, 16: 5, 17: 5, 18: 3, 19: 1}
SHARES = ((Tender.QR, 48), (Tender.CARD, 36), (Tender.STORED_CARD, 6), (Tender.OTHER, 4), (None, 6))

Sales = Callable[[datetime], int]
"""How many sales an hour has that begins at this moment of the shop's clock."""


def cafe(moment: datetime) -> int:
    """Most at noon, a little more on Saturdays, never twice the same."""
    usual = _BUSY.get(moment.hour, 0)
    swing = (moment.day * 7 + moment.hour * 3) % 5 - 2
    return max(0, usual + (3 if moment.weekday() == 5 else 0) + swing) if usual else 0


def empty(moment: datetime) -> int:
    """Nobody came."""
    return 0


def one_sale(moment: datetime) -> int:
    """A single one, on the day at nine."""
    return int(moment.date() == DAY and moment.hour == 9)


def start_s(day: date, settings: DaySettings = SETTINGS) -> float:
    """When this business day begins."""
    return datetime(day.year, day.month, day.day, settings.start_hour, tzinfo=ZoneInfo(settings.time_zone)).timestamp()


def totals(count: int, *, currency: str = "") -> Totals:
    """So many sales of 8 400 sat, every ninth with a tip of 600."""
    fiat = (Fiat(count * 840, currency),) if currency and count else ()
    return Totals(count, Sat(count * 8_400), Sat(count // 9 * 600), fiat)


def _count(from_s: float, until_s: float, now_s: float, sales: Sales) -> int:
    hours = int((until_s - from_s) // 3600)
    zone = ZoneInfo(SETTINGS.time_zone)
    starts = (from_s + 3600 * at for at in range(hours))
    return sum(sales(datetime.fromtimestamp(at, zone)) for at in starts if at <= now_s)


def _edges(unit: Unit, first: date, last: date) -> list[float]:
    after = last + timedelta(days=1)
    if unit is Unit.DAY:
        hours = int((start_s(after) - start_s(first)) // 3600)
        return [start_s(first) + 3600 * at for at in range(hours + 1)]
    if unit is Unit.YEAR:
        return [start_s(date(first.year, month, 1)) for month in range(1, 13)] + [start_s(after)]
    return [start_s(first + timedelta(days=at)) for at in range((after - first).days + 1)]


def _bars(unit: Unit, day: date, now_s: float, sales: Sales, currency: str) -> tuple[Bar, ...]:
    period = period_of(unit, day)
    edges = _edges(unit, period.first, period.last)
    return tuple(
        Bar(begin, end, totals(_count(begin, end, now_s, sales), currency=currency)) for begin, end in pairwise(edges)
    )


def a_period(
    unit: Unit = Unit.DAY,
    day: date = DAY,
    sales: Sales = cafe,
    *,
    now_s: float = NOW_S,
    currency: str = "",
    **changes: Any,
) -> PeriodView:
    """The period around this day, as it stands at `now_s`."""
    period = period_of(unit, day)
    bars = _bars(unit, day, now_s, sales, currency)
    earlier = day - timedelta(weeks=1) if unit is Unit.DAY else dates.moved(unit, day, -1)
    bars_before = _bars(unit, earlier, now_s, sales, currency)
    elapsed = min(now_s, bars[-1].until_s) - bars[0].from_s
    then_s = bars_before[0].from_s + elapsed
    count = sum(bar.totals.count for bar in bars)
    count_before = sum(bar.totals.count for bar in bars_before if bar.from_s <= then_s)
    counts = {tender: count * percent // 100 for tender, percent in SHARES}
    counts[Tender.QR] += count - sum(counts.values())
    view = PeriodView(
        unit=unit,
        first=period.first,
        last=period.last,
        from_s=bars[0].from_s,
        until_s=bars[-1].until_s,
        now=totals(count, currency=currency),
        before=totals(count_before, currency=currency),
        bars=bars,
        bars_before=bars_before,
        tenders=tuple(TenderPart(tender, totals(n, currency=currency)) for tender, n in counts.items()),
        heat=_heat(period.last, sales),
        pending=Sat(16_003),
        pending_count=2,
        others=totals(counts[None]),
    )
    if not count:
        view = replace(view, pending=Sat(0), pending_count=0)
    return replace(view, **changes)


def _heat(last: date, sales: Sales) -> tuple[tuple[int, ...], ...]:
    days = [last - timedelta(days=at) for at in range(56)]
    table = [[0] * 24 for _ in range(7)]
    for day in days:
        for hour in range(24):
            table[day.weekday()][hour] += sales(datetime(day.year, day.month, day.day, hour))
    return tuple(map(tuple, table))
