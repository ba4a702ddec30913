"""The bars of a period: hours of a day, days of a week or month, months of a year."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta

from PySide6.QtCore import QCoreApplication

from pos_app.core.money import grouped
from pos_app.till.history_views import Bar as BarView
from pos_app.till.history_views import DaySettings, PeriodView, Totals, Unit
from pos_app.till.mirror.days import Calendar
from pos_app.ui.charts.model import Bar, BarsFigure, Cell, Table
from pos_app.ui.charts.scale import axis_for
from pos_app.ui.day import dates
from pos_app.ui.day.measure import Measure

_tr = QCoreApplication.translate
_STEPS = {Unit.DAY: (1, 2, 3, 6, 12), Unit.WEEK: (1,), Unit.MONTH: (1, 2, 5, 10), Unit.YEAR: (1, 2, 3)}
_FILE = {Unit.DAY: "hour", Unit.WEEK: "day", Unit.MONTH: "day", Unit.YEAR: "month"}
_Hour = tuple[int, int]
"""The hour of the clock, and which of its like: in autumn one hour comes twice."""


def sales_words(count: int) -> str:
    """1 sale, 12 sales."""
    return _tr("Day", "1 sale") if count == 1 else _tr("Day", "{count} sales").format(count=grouped(count))


def _hours(bars: tuple[BarView, ...], settings: DaySettings) -> list[_Hour]:
    seen: Counter[int] = Counter()
    hours = []
    for bar in bars:
        hour = dates.wall(bar.from_s, settings).hour
        hours.append((hour, seen[hour]))
        seen[hour] += 1
    return hours


def _before(view: PeriodView, settings: DaySettings) -> list[Totals | None]:
    """What stood in each bar's place before: the same hour of the clock, else the bar with the same number."""
    if view.unit is not Unit.DAY:
        found = [bar.totals for bar in view.bars_before[: len(view.bars)]]
        return [*found, *[None] * (len(view.bars) - len(found))]
    by_hour = dict(zip(_hours(view.bars_before, settings), view.bars_before, strict=True))
    matched = (by_hour.get(hour) for hour in _hours(view.bars, settings))
    return [bar.totals if bar is not None else None for bar in matched]


def bar_name(view: PeriodView, at: int, settings: DaySettings) -> str:
    """12:00 to 13:00, Monday 16 November, November 2026. An hour that comes twice says which time zone it is in."""
    bar = view.bars[at]
    first = dates.wall(bar.from_s, settings)
    match view.unit:
        case Unit.DAY:
            last = first.replace(tzinfo=None) + timedelta(seconds=bar.until_s - bar.from_s)
            words = _tr("Day", "{first} to {last}").format(first=f"{first:%H:%M}", last=f"{last:%H:%M}")
            twice = Counter(hour for hour, _ in _hours(view.bars, settings))[first.hour] > 1
            return f"{words} {first.tzname()}" if twice else words
        case Unit.YEAR:
            return f"{dates.month(first.month)} {first.year}"
        case _:
            return f"{dates.weekday(first.weekday())} {first.day} {dates.month(first.month)}"


def _label(unit: Unit, first: datetime, hour: _Hour, at: int) -> tuple[str, int]:
    """What stands under a bar, and its number for the choice of labels."""
    match unit:
        case Unit.DAY:
            return ("" if hour[1] else str(hour[0])), hour[0]
        case Unit.WEEK:
            return f"{dates.weekday(first.weekday(), short=True)} {first.day}", at
        case Unit.MONTH:
            return str(first.day), first.day
        case Unit.YEAR:
            return dates.month(first.month, short=True), at


def bars_of(view: PeriodView, measure: Measure, settings: DaySettings, now_s: float) -> BarsFigure:
    """The period as bars, with the period before as a line."""
    before = _before(view, settings)
    largest = max([measure.sum(bar.totals) for bar in view.bars] + [measure.sum(t) for t in before if t], default=0)
    axis = axis_for(largest, unit=10**measure.digits)
    today = Calendar(settings).day_of(now_s)
    is_current = view.first <= today <= view.last
    before_word = dates.before_words(view.unit, view.first, is_current=is_current)
    hours = _hours(view.bars, settings)
    bars, rows = [], []
    for at, (bar, old) in enumerate(zip(view.bars, before, strict=True)):
        name = bar_name(view, at, settings)
        label, number = _label(view.unit, dates.wall(bar.from_s, settings), hours[at], at)
        is_future = bar.from_s > now_s
        value = measure.sum(bar.totals)
        told = _tr("Day", "not yet") if is_future else f"{measure.words(value)} · {sales_words(bar.totals.count)}"
        words = [name, told]
        if old is not None:
            words.append(f"{before_word}: {measure.words(measure.sum(old))}")
        old_sum = None if old is None else measure.sum(old)
        bars.append(Bar(label, number, value, old_sum, tuple(words), bar.totals.count > 0))
        rows.append(
            (
                Cell(name),
                Cell("") if is_future else Cell(measure.figure(value), measure.raw(value)),
                Cell("") if is_future else Cell(grouped(bar.totals.count), str(bar.totals.count)),
                Cell("") if old_sum is None else Cell(measure.figure(old_sum), measure.raw(old_sum)),
            )
        )
    future_from = sum(bar.from_s <= now_s for bar in view.bars)
    columns = (
        _place_word(view.unit),
        _tr("Day", "Sales, {unit}").format(unit=measure.sign),
        _tr("Day", "Count"),
        f"{before_word[:1].upper()}{before_word[1:]}, {measure.sign}",
    )
    period = dates.period_words(view.unit, view.first, view.last, today)
    return BarsFigure(
        title=f"{bars_title(view.unit)}, {measure.axis_unit(axis)}",
        period=period,
        sentence=_sentence(view, measure, tuple(bars), before_word, period),
        table=Table(columns, tuple(rows)),
        file_name=f"sales-by-{_FILE[view.unit]}-{dates.file_part(view.unit, view.first)}",
        axis=axis,
        bars=tuple(bars),
        label_steps=_STEPS[view.unit],
        future_from=future_from,
        now_word=dates.now_words(view.unit, is_current, view.first),
        before_word=before_word,
        before_short=dates.before_short(view.unit, view.first),
        empty_words="" if view.now.count else _empty_words(view.unit, is_current=is_current),
    )


def _empty_words(unit: Unit, *, is_current: bool) -> str:
    match unit:
        case Unit.DAY:
            return _tr("Day", "No sales on this day yet") if is_current else _tr("Day", "No sales on this day")
        case Unit.WEEK:
            return _tr("Day", "No sales in this week yet") if is_current else _tr("Day", "No sales in this week")
        case Unit.MONTH:
            return _tr("Day", "No sales in this month yet") if is_current else _tr("Day", "No sales in this month")
        case Unit.YEAR:
            return _tr("Day", "No sales in this year yet") if is_current else _tr("Day", "No sales in this year")


def bars_title(unit: Unit) -> str:
    """Without its unit."""
    match unit:
        case Unit.DAY:
            return _tr("Day", "Sales by hour")
        case Unit.YEAR:
            return _tr("Day", "Sales by month")
        case _:
            return _tr("Day", "Sales by day")


def _place_word(unit: Unit) -> str:
    match unit:
        case Unit.DAY:
            return _tr("Day", "Hour")
        case Unit.YEAR:
            return _tr("Day", "Month")
        case _:
            return _tr("Day", "Day")


def _sentence(view: PeriodView, measure: Measure, bars: tuple[Bar, ...], before_word: str, period: str) -> str:
    """The figures that the eye takes from the bars."""
    if not view.now.count:
        words = _tr("Day", "{period}: no sales.").format(period=period)
    else:
        words = _tr("Day", "{period}: {sum} in {sales}. Most in {place} with {most}.").format(
            period=period,
            sum=measure.words(measure.sum(view.now)),
            sales=sales_words(view.now.count),
            place=max(bars, key=lambda bar: bar.value).words[0],
            most=measure.words(max(bar.value for bar in bars)),
        )
    then = _tr("Day", "Then, {before}: {sum} in {sales}.").format(
        before=before_word, sum=measure.words(measure.sum(view.before)), sales=sales_words(view.before.count)
    )
    return f"{words} {then}"
