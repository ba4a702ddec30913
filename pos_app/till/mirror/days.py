"""Business days: where each begins and ends, and the hours, days and months of a period."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from pos_app.till.history_views import DaySettings, Unit
from pos_app.till.mirror.zone import Zone

DAY = timedelta(days=1)
WEEK = 7 * DAY

Span = tuple[int, int]
"""From a moment to before another, in seconds since 1970."""


@dataclass(frozen=True, slots=True)
class Period:
    """The business days from `first` to `last`."""

    unit: Unit
    first: date
    last: date


class Calendar:
    """The business days of one shop."""

    def __init__(self, settings: DaySettings) -> None:
        """Raises NoSuchZone."""
        self.zone = Zone(settings.time_zone)
        self._start = time(settings.start_hour)

    def begins_at(self, day: date) -> int:
        """When this business day begins, in seconds since 1970."""
        return self.zone.moment(datetime.combine(day, self._start))

    def day_of(self, at_s: float) -> date:
        """The business day that this moment is in."""
        day = self.zone.local(at_s).date()
        while self.begins_at(day) > at_s:
            day -= DAY
        while self.begins_at(day + DAY) <= at_s:
            day += DAY
        return day

    def span(self, first: date, last: date) -> Span:
        return self.begins_at(first), self.begins_at(last + DAY)

    def bars(self, period: Period) -> tuple[Span, ...]:
        """The hours of a day, the days of a week or month, the months of a year."""
        if period.unit is Unit.DAY:
            return tuple(self._hours(period.first))
        if period.unit is Unit.YEAR:
            months = (month_of(date(period.first.year, month, 1)) for month in range(1, 13))
            return tuple(self.span(month.first, month.last) for month in months)
        days = (period.last - period.first).days + 1
        return tuple(self.span(day, day) for day in (period.first + number * DAY for number in range(days)))

    def elapsed(self, period: Period, before: Period, now_s: float) -> Span:
        """The part of `before` that had passed when its clocks and calendar stood as now; all of it if it is over.

        In a month the same day of the month counts.
        """
        from_s, until_s = self.span(before.first, before.last)
        if now_s >= self.span(period.first, period.last)[1]:
            return from_s, until_s
        today = self.day_of(now_s)
        if period.unit is Unit.MONTH or period.unit is Unit.YEAR:
            month = before.first.month if period.unit is Unit.MONTH else today.month
            day = min(
                date(before.first.year, month, 1) + (today.day - 1) * DAY,
                month_of(date(before.first.year, month, 1)).last,
            )
        else:
            day = before.first + (today - period.first)
        since_midnight = self.zone.local(now_s) - datetime.combine(today, time())
        return from_s, min(max(from_s, self.zone.moment(datetime.combine(day, time()) + since_midnight)), until_s)

    def _hours(self, day: date) -> Iterator[Span]:
        at_s, until_s = self.span(day, day)
        while at_s < until_s:
            next_s = min(self.zone.next_hour(at_s), until_s)
            yield at_s, next_s
            at_s = next_s


def period_of(unit: Unit, day: date) -> Period:
    """The period that a business day is in. Weeks begin on Monday."""
    if unit is Unit.DAY:
        return Period(unit, day, day)
    if unit is Unit.WEEK:
        first = day - day.weekday() * DAY
        return Period(unit, first, first + 6 * DAY)
    if unit is Unit.MONTH:
        return month_of(day)
    return Period(unit, date(day.year, 1, 1), date(day.year, 12, 31))


def month_of(day: date) -> Period:
    first = day.replace(day=1)
    return Period(Unit.MONTH, first, (first + 31 * DAY).replace(day=1) - DAY)


def before(period: Period) -> Period:
    """What a period is compared with: the same weekday of last week, else the period before."""
    return period_of(period.unit, period.first - (WEEK if period.unit is Unit.DAY else DAY))
