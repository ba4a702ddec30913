"""Business days and their periods, in the words of the shop."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from PySide6.QtCore import QCoreApplication, QLocale

from pos_app.till.history_views import DaySettings, Unit

_EARLIEST = date(2009, 1, 3)
"""Nobody was paid in bitcoin before."""


def wall(time_s: float, settings: DaySettings) -> datetime:
    """The moment on the shop's clock."""
    if settings.time_zone:
        return datetime.fromtimestamp(time_s, ZoneInfo(settings.time_zone))
    return datetime.fromtimestamp(time_s).astimezone()


def moved(unit: Unit, day: date, steps: int) -> date:
    """A day of the period so many steps later."""
    match unit:
        case Unit.DAY:
            return max(_EARLIEST, day + timedelta(days=steps))
        case Unit.WEEK:
            return max(_EARLIEST, day + timedelta(weeks=steps))
        case Unit.MONTH:
            months = day.year * 12 + day.month - 1 + steps
            return max(_EARLIEST, date(months // 12, months % 12 + 1, 1))
        case Unit.YEAR:
            return max(_EARLIEST, date(day.year + steps, 1, 1))


def _locale() -> QLocale:
    """The language of the window, which has no translation yet."""
    return QLocale(QLocale.Language.English, QLocale.Country.UnitedKingdom)


def weekday(number: int, *, short: bool = False) -> str:
    """Monday is 0."""
    form = QLocale.FormatType.ShortFormat if short else QLocale.FormatType.LongFormat
    return _locale().standaloneDayName(number + 1, form)


def month(number: int, *, short: bool = False) -> str:
    """January is 1."""
    form = QLocale.FormatType.ShortFormat if short else QLocale.FormatType.LongFormat
    return _locale().standaloneMonthName(number, form)


def day_words(day: date, today: date) -> str:
    """Sunday 22 November; of another year with its number."""
    words = f"{weekday(day.weekday())} {day.day} {month(day.month)}"
    return words if day.year == today.year else f"{words} {day.year}"


def period_words(unit: Unit, first: date, last: date, today: date) -> str:
    """What the header says of a period."""
    match unit:
        case Unit.DAY:
            return day_words(first, today)
        case Unit.WEEK:
            begin = f"{first.day}" if first.month == last.month else f"{first.day} {month(first.month, short=True)}"
            end = f"{last.day} {month(last.month, short=first.month != last.month)}"
            if first.year != last.year:
                begin = f"{begin} {first.year}"
            return f"{begin} – {end}" if last.year == today.year else f"{begin} – {end} {last.year}"
        case Unit.MONTH:
            return f"{month(first.month)} {first.year}"
        case Unit.YEAR:
            return f"{first.year}"


def before_words(unit: Unit, first: date, *, is_current: bool) -> str:
    """What a period is compared with: last Sunday, the week before."""
    tr = QCoreApplication.translate
    match unit:
        case Unit.DAY:
            words = tr("Day", "last {weekday}") if is_current else tr("Day", "the {weekday} before")
            return words.format(weekday=weekday(first.weekday()))
        case Unit.WEEK:
            return tr("Day", "the week before")
        case Unit.MONTH:
            return tr("Day", "the month before")
        case Unit.YEAR:
            return tr("Day", "the year before")


def before_short(unit: Unit, first: date) -> str:
    """The same where space is short: Sun, week before, Oct, 2025."""
    tr = QCoreApplication.translate
    match unit:
        case Unit.DAY:
            return weekday(first.weekday(), short=True)
        case Unit.WEEK:
            return tr("Day", "week before")
        case Unit.MONTH:
            return month(moved(Unit.MONTH, first, -1).month, short=True)
        case Unit.YEAR:
            return str(first.year - 1)


def now_words(unit: Unit, is_current: bool, first: date) -> str:
    """What the bars of a period are called in a legend."""
    tr = QCoreApplication.translate
    if not is_current:
        return {
            Unit.DAY: f"{first.day} {month(first.month, short=True)}",
            Unit.WEEK: tr("Day", "that week"),
            Unit.MONTH: month(first.month, short=True),
            Unit.YEAR: str(first.year),
        }[unit]
    return {
        Unit.DAY: tr("Day", "today"),
        Unit.WEEK: tr("Day", "this week"),
        Unit.MONTH: tr("Day", "this month"),
        Unit.YEAR: tr("Day", "this year"),
    }[unit]


def file_part(unit: Unit, first: date) -> str:
    """The period in a file's name: 2026-11-22, 2026-W47, 2026-11, 2026."""
    match unit:
        case Unit.DAY:
            return first.isoformat()
        case Unit.WEEK:
            year, week, _ = first.isocalendar()
            return f"{year}-W{week:02}"
        case Unit.MONTH:
            return f"{first:%Y-%m}"
        case Unit.YEAR:
            return str(first.year)
