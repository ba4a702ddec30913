"""Business days on real clocks: skipped and repeated hours, months, weeks, and what has passed of a period."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from pos_app.till.history_views import DaySettings, Unit
from pos_app.till.mirror.days import Calendar, before, period_of
from pos_app.till.mirror.zone import NoSuchZone, Zone


def at(zone: str, *moment: int, fold: int = 0) -> float:
    return datetime(*moment, tzinfo=ZoneInfo(zone), fold=fold).timestamp()  # type: ignore[arg-type, misc]


def test_a_day_that_begins_in_the_skipped_hour_begins_at_the_change() -> None:
    berlin = Calendar(DaySettings(2, "Europe/Berlin"))
    assert berlin.begins_at(date(2026, 3, 29)) == datetime(2026, 3, 29, 1, tzinfo=UTC).timestamp()
    assert berlin.day_of(at("Europe/Berlin", 2026, 3, 29, 1, 59)) == date(2026, 3, 28)
    assert berlin.day_of(at("Europe/Berlin", 2026, 3, 29, 3, 0)) == date(2026, 3, 29)


def test_a_day_that_begins_in_the_repeated_hour_begins_with_the_first() -> None:
    berlin = Calendar(DaySettings(2, "Europe/Berlin"))
    assert berlin.begins_at(date(2026, 10, 25)) == at("Europe/Berlin", 2026, 10, 25, 2, fold=0)
    assert berlin.day_of(at("Europe/Berlin", 2026, 10, 25, 2, 30, fold=1)) == date(2026, 10, 25)


@pytest.mark.parametrize(
    ("zone", "day", "count"),
    [
        ("Europe/Berlin", date(2026, 3, 28), 23),
        ("Europe/Berlin", date(2026, 10, 24), 25),
        ("Europe/Berlin", date(2026, 6, 1), 24),
        ("Asia/Kathmandu", date(2026, 6, 1), 24),
        ("Australia/Lord_Howe", date(2026, 4, 4), 25),  # 24 hours and a half
        ("Australia/Lord_Howe", date(2026, 10, 3), 24),  # 23 hours and a half
        ("", date(2026, 6, 1), 24),
    ],
)
def test_the_hours_of_a_day(zone: str, day: date, count: int) -> None:
    calendar = Calendar(DaySettings(4, zone))
    bars = calendar.bars(period_of(Unit.DAY, day))
    assert len(bars) == count
    assert (bars[0][0], bars[-1][1]) == calendar.span(day, day)
    assert calendar.zone.local(bars[0][0]).hour == 4
    assert all(calendar.zone.local(begin).minute in (0, 30) for begin, _ in bars)


def test_a_zone_that_skipped_a_whole_day() -> None:
    apia = Calendar(DaySettings(4, "Pacific/Apia"))
    assert apia.begins_at(date(2011, 12, 30)) == apia.begins_at(date(2011, 12, 31)) - 4 * 3600
    assert apia.day_of(at("Pacific/Apia", 2011, 12, 29, 23)) == date(2011, 12, 29)
    assert apia.day_of(at("Pacific/Apia", 2011, 12, 31, 12)) == date(2011, 12, 31)


def test_periods_and_what_they_are_compared_with() -> None:
    day = date(2026, 3, 14)
    assert before(period_of(Unit.DAY, day)).first == date(2026, 3, 7)
    week = period_of(Unit.WEEK, day)
    assert (week.first, week.last, before(week).first) == (date(2026, 3, 9), date(2026, 3, 15), date(2026, 3, 2))
    month = period_of(Unit.MONTH, day)
    assert (month.last, before(month).first, before(month).last) == (
        date(2026, 3, 31),
        date(2026, 2, 1),
        date(2026, 2, 28),
    )
    year = period_of(Unit.YEAR, day)
    assert (year.first, year.last, before(year).first) == (date(2026, 1, 1), date(2026, 12, 31), date(2025, 1, 1))


@pytest.mark.parametrize(
    ("unit", "now", "expected"),
    [
        (Unit.DAY, (2026, 3, 14, 15, 30), (2026, 3, 7, 15, 30)),
        (Unit.DAY, (2026, 3, 15, 1, 0), (2026, 3, 8, 1, 0)),  # still the business day of the 14th
        (Unit.WEEK, (2026, 3, 12, 9, 0), (2026, 3, 5, 9, 0)),
        (Unit.MONTH, (2026, 3, 14, 15, 30), (2026, 2, 14, 15, 30)),
        (Unit.MONTH, (2026, 3, 31, 12, 0), (2026, 2, 28, 12, 0)),
        (Unit.YEAR, (2026, 3, 14, 15, 30), (2025, 3, 14, 15, 30)),
    ],
)
def test_while_a_period_lasts_as_much_of_the_one_before_counts(
    unit: Unit, now: tuple[int, ...], expected: tuple[int, ...]
) -> None:
    calendar = Calendar(DaySettings(4, "Europe/Berlin"))
    now_s = at("Europe/Berlin", *now)
    period = period_of(unit, calendar.day_of(now_s))
    _, until_s = calendar.elapsed(period, before(period), now_s)
    assert until_s == at("Europe/Berlin", *expected)
    over_s = calendar.span(period.first, period.last)[1]
    assert calendar.elapsed(period, before(period), over_s)[1] == calendar.begins_at(
        before(period).last + timedelta(days=1)
    )


def test_an_unknown_zone_is_said() -> None:
    for name in ("Mars/Olympus", "../etc/passwd", "a\0b"):
        with pytest.raises(NoSuchZone):
            Zone(name)


def test_the_computers_own_zone() -> None:
    zone = Zone()
    local = datetime(2026, 6, 1, 12)
    assert zone.local(zone.moment(local)) == local
