"""The busy hours of eight weeks, and how sales were paid."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from pos_app.core.money import grouped
from pos_app.till.history_views import DaySettings, PeriodView, TenderPart, Totals
from pos_app.till.mirror.days import Calendar
from pos_app.till.views import Tender
from pos_app.ui.charts import scale
from pos_app.ui.charts.model import Cell, HeatFigure, MixFigure, Part, Table
from pos_app.ui.day import dates
from pos_app.ui.day.figures import sales_words
from pos_app.ui.day.measure import Measure
from pos_app.ui.history.words import tender_icon
from pos_app.ui.words import tender_word

_tr = QCoreApplication.translate
_USUAL = (Tender.QR, Tender.CARD)


def heat_of(view: PeriodView, settings: DaySettings, now_s: float) -> HeatFigure:
    """Paid sales by weekday and hour, over the eight weeks before the period's end."""
    hours = scale.hours_shown(view.heat)
    values = tuple(tuple(day[hour] for hour in hours) for day in view.heat)
    rows = tuple(dates.weekday(number, short=True) for number in range(len(view.heat)))
    words = tuple(
        tuple(
            (f"{dates.weekday(day)}, {_hour_words(hour)}", sales_words(value))
            for hour, value in zip(hours, line, strict=True)
        )
        for day, line in enumerate(values)
    )
    today = Calendar(settings).day_of(now_s)
    cells = tuple(
        (Cell(dates.weekday(day)), *(Cell(grouped(value), str(value)) for value in line))
        for day, line in enumerate(values)
    )
    return HeatFigure(
        title=_tr("Day", "Busy hours, 8 weeks"),
        period=_tr("Day", "until {day}").format(day=dates.day_words(min(view.last, today), today)),
        sentence=_heat_sentence(view),
        table=Table((_tr("Day", "Weekday"), *(f"{hour}:00" for hour in hours)), cells),
        file_name=f"busy-hours-{min(view.last, today).isoformat()}",
        rows=rows,
        columns=tuple(str(hour) for hour in hours),
        values=values,
        words=words,
    )


def _hour_words(hour: int) -> str:
    return _tr("Day", "{first} to {last}").format(first=f"{hour:02}:00", last=f"{(hour + 1) % 24:02}:00")


def _heat_sentence(view: PeriodView) -> str:
    total = sum(map(sum, view.heat))
    if not total:
        return _tr("Day", "No sales in eight weeks.")
    most, day, hour = max((value, -day, -hour) for day, line in enumerate(view.heat) for hour, value in enumerate(line))
    return _tr("Day", "{sales} in eight weeks. Most on {weekday}, {hour}: {most}.").format(
        sales=sales_words(total), weekday=dates.weekday(-day), hour=_hour_words(-hour), most=sales_words(most)
    )


def tender_name(tender: Tender | None) -> str:
    """How money came in: what has no tender came in at another till."""
    return tender_word(tender) or _tr("Day", "Other till")


def short_name(tender: Tender | None) -> str:
    """The same where space is short."""
    match tender:
        case Tender.STORED_CARD:
            return _tr("Day", "Stored")
        case Tender.OTHER:
            return _tr("Day", "Otherwise")
        case _:
            return tender_name(tender)


def shown_parts(view: PeriodView) -> tuple[TenderPart, ...]:
    """What brought money, in the till's order; QR and card stand first on any day."""
    found = {part.tender: part for part in view.tenders}
    usual = tuple(found.get(tender, TenderPart(tender, Totals())) for tender in _USUAL)
    return usual + tuple(part for part in view.tenders if part.totals.count and part.tender not in _USUAL)


def mix_of(view: PeriodView, measure: Measure, settings: DaySettings, now_s: float) -> MixFigure:
    """How the period's sales were paid."""
    today = Calendar(settings).day_of(now_s)
    total = sum(measure.sum(part.totals) for part in view.tenders)
    parts, rows = [], []
    for part in shown_parts(view):
        value = measure.sum(part.totals)
        name, sales = tender_name(part.tender), sales_words(part.totals.count)
        percent = _tr("Day", "{percent} %").format(percent=round(100 * value / total) if total else 0)
        icon = "zap" if part.tender is None else tender_icon(part.tender)
        can_choose = part.tender is not None and part.totals.count > 0
        words = (name, f"{measure.words(value)} · {percent}", sales)
        short = short_name(part.tender)
        parts.append(Part(name, short, icon, value, measure.figure(value), words, can_choose))
        rows.append(
            (
                Cell(name),
                Cell(measure.figure(value), measure.raw(value)),
                Cell(grouped(part.totals.count), str(part.totals.count)),
                Cell(percent, str(round(100 * value / total) if total else 0)),
            )
        )
    columns = (
        _tr("Day", "Paid by"),
        _tr("Day", "Sales, {unit}").format(unit=measure.sign),
        _tr("Day", "Count"),
        _tr("Day", "Share, %"),
    )
    told = ", ".join(f"{part.name} {measure.words(part.value)}" for part in parts if part.value)
    return MixFigure(
        title=_tr("Day", "Paid by, {unit}").format(unit=measure.sign),
        period=dates.period_words(view.unit, view.first, view.last, today),
        sentence=f"{told}." if told else _tr("Day", "No sales."),
        table=Table(columns, tuple(rows)),
        file_name=f"paid-by-{dates.file_part(view.unit, view.first)}",
        parts=tuple(parts),
    )
