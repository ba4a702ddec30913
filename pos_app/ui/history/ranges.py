"""The dates of the history: presets that move with the days, and dates of one's own. Days are business days."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from PySide6.QtCore import QCoreApplication

from pos_app.till.mirror.days import Calendar
from pos_app.ui.words import clock


class Preset(StrEnum):
    TODAY = "today"
    YESTERDAY = "yesterday"
    WEEK = "week"
    MONTH = "month"
    DAYS_30 = "days_30"
    ALL = "all"
    OWN = "own"


@dataclass(frozen=True, slots=True)
class DateRange:
    """A preset; of OWN either whole days, or exact times that another page asked for."""

    preset: Preset = Preset.TODAY
    first: date | None = None
    last: date | None = None
    from_s: float | None = None
    until_s: float | None = None


def preset_word(preset: Preset) -> str:
    """The preset as a choice."""
    tr = QCoreApplication.translate
    return {
        Preset.TODAY: tr("Range", "Today"),
        Preset.YESTERDAY: tr("Range", "Yesterday"),
        Preset.WEEK: tr("Range", "This week"),
        Preset.MONTH: tr("Range", "This month"),
        Preset.DAYS_30: tr("Range", "Last 30 days"),
        Preset.ALL: tr("Range", "All"),
        Preset.OWN: tr("Range", "Own dates"),
    }[preset]


def days(chosen: DateRange, today: date) -> tuple[date, date] | None:
    """The first and the last day; None is no limit, or no whole days."""
    match chosen.preset:
        case Preset.TODAY:
            return today, today
        case Preset.YESTERDAY:
            return today - timedelta(days=1), today - timedelta(days=1)
        case Preset.WEEK:
            return today - timedelta(days=today.weekday()), today
        case Preset.MONTH:
            return today.replace(day=1), today
        case Preset.DAYS_30:
            return today - timedelta(days=29), today
        case Preset.OWN if chosen.first is not None and chosen.last is not None:
            return chosen.first, chosen.last
        case _:
            return None


def bounds(chosen: DateRange, shop: Calendar, now_s: float) -> tuple[float | None, float | None]:
    """From when, and until before when."""
    span = days(chosen, shop.day_of(now_s))
    return (chosen.from_s, chosen.until_s) if span is None else shop.span(*span)


def range_words(chosen: DateRange) -> str:
    """The range on its button: Today, 3–14 Mar, 14 Mar 12:00–13:00."""
    if chosen.preset is not Preset.OWN:
        return preset_word(chosen.preset)
    if chosen.first is not None and chosen.last is not None:
        return _days_words(chosen.first, chosen.last)
    if chosen.from_s is None or chosen.until_s is None:
        return preset_word(Preset.OWN)
    first, last = date.fromtimestamp(chosen.from_s), date.fromtimestamp(chosen.until_s - 1)
    if first == last:
        return f"{_day_words(first)} {clock(chosen.from_s)}–{clock(chosen.until_s)}"
    if clock(chosen.from_s) == clock(chosen.until_s):
        return _days_words(first, date.fromtimestamp(chosen.until_s - 86_400))
    return f"{_day_words(first)} {clock(chosen.from_s)} – {_day_words(last)} {clock(chosen.until_s)}"


def _day_words(day: date) -> str:
    return f"{day.day} {day:%b}" if day.year == date.fromtimestamp(time.time()).year else f"{day.day} {day:%b %Y}"


def _days_words(first: date, last: date) -> str:
    if first == last:
        return _day_words(first)
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day}–{_day_words(last)}"
    return f"{_day_words(first)} – {_day_words(last)}"


def file_words(chosen: DateRange, shop: Calendar, now_s: float) -> str:
    """The range as part of a file's name: 2026-03-14, 2026-03-01-to-2026-03-14, all."""
    from_s, until_s = bounds(chosen, shop, now_s)
    if from_s is None or until_s is None:
        return "all"
    first, last = shop.day_of(from_s), min(shop.day_of(until_s - 1), shop.day_of(now_s))
    return f"{first}" if last <= first else f"{first}-to-{last}"
