"""From a period to charts, tables and words: every hour once, the right hours beside each other, nothing invented."""

from __future__ import annotations

from datetime import date

import pytest

from pos_app.core.money import THIN_SPACE, Fiat, Sat
from pos_app.till.history_views import TenderPart, Totals, Unit
from pos_app.till.mirror.days import period_of
from pos_app.till.views import Tender
from pos_app.ui.day import change, dates
from pos_app.ui.day.figures import bars_of
from pos_app.ui.day.measure import Measure, currencies
from pos_app.ui.day.shares import heat_of, mix_of
from tests.support.days import DAY, LONG_DAY, NOW_S, SETTINGS, SHORT_DAY, a_period, empty, one_sale

SAT, EURO = Measure(), Measure("EUR")


def plainly(words: tuple[str, ...]) -> tuple[str, ...]:
    """With plain spaces between thousands."""
    return tuple(line.replace(THIN_SPACE, " ") for line in words)


def test_a_day_has_a_bar_for_every_hour_from_its_first() -> None:
    figure = bars_of(a_period(), SAT, SETTINGS, NOW_S)
    assert [bar.label for bar in figure.bars] == [str(hour % 24) for hour in range(4, 28)]
    assert figure.title == "Sales by hour, sat"
    assert (figure.now_word, figure.before_word, figure.period) == ("today", "last Sunday", "Sunday 22 November")
    noon = figure.bars[8]
    assert plainly(noon.words) == ("12:00 to 13:00", "109 200 sat · 13 sales", "last Sunday: 117 600 sat")
    assert (noon.value, noon.before, noon.has_sales) == (109_200, 117_600, True)
    assert figure.file_name == "sales-by-hour-2026-11-22"


def test_hours_that_have_not_come_are_told_from_empty_ones() -> None:
    figure = bars_of(a_period(), SAT, SETTINGS, NOW_S)
    assert figure.future_from == 10, "the hour from 13:00 runs"
    assert figure.bars[0].words[1] == "0 sat · 0 sales"
    assert figure.bars[10].words[1] == "not yet"
    assert figure.table.rows[0][1].raw == "0" and figure.table.rows[10][1].raw == ""


def test_a_day_of_25_hours_has_one_hour_twice_and_last_week_beside_the_first() -> None:
    figure = bars_of(a_period(day=LONG_DAY), SAT, SETTINGS, NOW_S)
    assert len(figure.bars) == 25
    first, second = figure.bars[21], figure.bars[22]
    assert (first.words[0], second.words[0]) == ("01:00 to 02:00 IST", "01:00 to 02:00 GMT")
    assert (first.label, second.label) == ("1", "")
    assert first.before is not None and second.before is None
    assert figure.bars[23].label == "2"


def test_a_day_of_23_hours_leaves_the_missing_hour_out() -> None:
    figure = bars_of(a_period(day=SHORT_DAY), SAT, SETTINGS, NOW_S)
    assert len(figure.bars) == 23
    assert [bar.label for bar in figure.bars][-4:] == ["23", "0", "2", "3"]


def test_the_day_after_a_change_of_the_clocks_compares_the_same_hours_of_the_clock() -> None:
    def noon(moment: object) -> int:
        return int(getattr(moment, "hour", 0) == 12)

    week_later = date(2026, 10, 31)
    figure = bars_of(a_period(day=week_later, sales=noon), SAT, SETTINGS, NOW_S)
    assert [(bar.label, bar.before) for bar in figure.bars if bar.value] == [("12", 8_400)]


@pytest.mark.parametrize(
    ("unit", "count", "first", "last", "before", "file"),
    [
        (Unit.WEEK, 7, "Mon 16", "Sun 22", "the week before", "sales-by-day-2026-W47"),
        (Unit.MONTH, 30, "1", "30", "the month before", "sales-by-day-2026-11"),
        (Unit.YEAR, 12, "Jan", "Dec", "the year before", "sales-by-month-2026"),
    ],
)
def test_longer_periods(unit: Unit, count: int, first: str, last: str, before: str, file: str) -> None:
    figure = bars_of(a_period(unit), SAT, SETTINGS, NOW_S)
    assert len(figure.bars) == count
    assert (figure.bars[0].label, figure.bars[-1].label) == (first, last)
    assert (figure.before_word, figure.file_name) == (before, file)
    assert sum(bar.value for bar in figure.bars) == a_period(unit).now.sum.value


def test_a_month_that_is_longer_than_the_one_before_has_bars_without_a_line() -> None:
    figure = bars_of(a_period(Unit.MONTH, date(2026, 3, 5)), SAT, SETTINGS, NOW_S)
    assert [bar.before is None for bar in figure.bars] == [False] * 28 + [True] * 3


def test_an_empty_day_keeps_its_axis_and_says_so() -> None:
    figure = bars_of(a_period(sales=empty), SAT, SETTINGS, NOW_S)
    assert figure.empty_words == "No sales on this day yet"
    assert figure.axis.ticks == (0,) and len(figure.bars) == 24
    assert "no sales" in figure.sentence
    past = bars_of(a_period(day=LONG_DAY, sales=empty), SAT, SETTINGS, NOW_S)
    assert past.empty_words == "No sales on this day"


def test_a_sentence_tells_the_figures() -> None:
    figure = bars_of(a_period(sales=one_sale), SAT, SETTINGS, NOW_S)
    assert plainly((figure.sentence,))[0] == (
        "Sunday 22 November: 8 400 sat in 1 sale. Most in 09:00 to 10:00 with 8 400 sat. "
        "Then, last Sunday: 0 sat in 0 sales."
    )


def test_fiat_is_counted_in_its_own_minor_units() -> None:
    view = a_period(currency="EUR")
    figure = bars_of(view, EURO, SETTINGS, NOW_S)
    assert figure.title == "Sales by hour, €"
    assert figure.bars[8].words[1] == "€109.20 · 13 sales"
    assert figure.table.rows[8][1].raw == "109.20"
    assert figure.axis.ticks == (0, 5_000, 10_000, 15_000) and figure.axis.divisor == 100
    assert currencies(view) == ("EUR",)
    assert currencies(a_period()) == ()


def test_amounts_as_a_spreadsheet_reads_them() -> None:
    assert (SAT.raw(16_703), EURO.raw(1450), EURO.raw(-5)) == ("16703", "14.50", "-0.05")
    assert (Measure("JPY").raw(1450), Measure("BHD").raw(1450)) == ("1450", "1.450")
    assert EURO.sum(Totals(2, Sat(9), fiat=(Fiat(5, "USD"), Fiat(7, "EUR")))) == 7


def test_a_tender_that_was_used_stands_behind_the_usual_ones() -> None:
    only_other = (TenderPart(Tender.OTHER, Totals(1, Sat(500))),)
    figure = mix_of(a_period(tenders=only_other), SAT, SETTINGS, NOW_S)
    assert [(part.name, part.value) for part in figure.parts] == [("QR", 0), ("Card", 0), ("Paid otherwise", 500)]


def test_the_heat_map_has_the_weekdays_as_rows() -> None:
    figure = heat_of(a_period(), SETTINGS, NOW_S)
    assert figure.rows == ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
    assert figure.columns[0] == "7" and figure.columns[-1] == "19"
    assert figure.words[2][4] == ("Wednesday, 11:00 to 12:00", "95 sales")
    assert "Most on Saturday, 12:00 to 13:00" in figure.sentence
    assert heat_of(a_period(sales=empty), SETTINGS, NOW_S).sentence == "No sales in eight weeks."


def test_tenders_add_up_and_another_till_is_named() -> None:
    figure = mix_of(a_period(), SAT, SETTINGS, NOW_S)
    assert [part.name for part in figure.parts] == ["QR", "Card", "Stored card", "Paid otherwise", "Other till"]
    assert sum(part.value for part in figure.parts) == a_period().now.sum.value
    assert [part.can_choose for part in figure.parts] == [True, True, True, True, False]
    assert plainly(figure.parts[0].words) == ("QR", "277 200 sat · 52 %", "33 sales")


@pytest.mark.parametrize("nothing", [(), tuple(TenderPart(tender, Totals()) for tender in (*Tender, None))])
def test_a_tender_without_sales_is_left_out_but_for_the_two_usual_ones(nothing: tuple[TenderPart, ...]) -> None:
    figure = mix_of(a_period(sales=empty, tenders=nothing), SAT, SETTINGS, NOW_S)
    assert [part.name for part in figure.parts] == ["QR", "Card"]
    assert figure.sentence == "No sales."


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (change.percent(108, 100), (change.UP, "8 %")),
        (change.percent(50, 100), (change.DOWN, "50 %")),
        (change.percent(1_000_000, 999_999), (change.UP, "under 1 %")),
        (change.percent(7, 7), (change.SAME, "same")),
        (change.number(5, 1), (change.UP, "4 more")),
        (change.number(1, 5), (change.DOWN, "4 fewer")),
        (change.amount(10, 30, "20 sat"), (change.DOWN, "20 sat less")),
        (change.none_then(), (change.SAME, "no sales then")),
    ],
)
def test_changes_in_words(made: change.Change, words: tuple[str, str]) -> None:
    assert (made.icon, made.words) == words


@pytest.mark.parametrize(
    ("unit", "day", "words"),
    [
        (Unit.DAY, DAY, "Sunday 22 November"),
        (Unit.DAY, date(2025, 11, 22), "Saturday 22 November 2025"),
        (Unit.WEEK, DAY, "16 – 22 November"),
        (Unit.WEEK, date(2026, 10, 1), "28 Sept – 4 Oct"),
        (Unit.WEEK, date(2026, 1, 1), "29 Dec 2025 – 4 Jan"),
        (Unit.MONTH, DAY, "November 2026"),
        (Unit.YEAR, DAY, "2026"),
    ],
)
def test_periods_in_words(unit: Unit, day: date, words: str) -> None:
    period = period_of(unit, day)
    assert dates.period_words(unit, period.first, period.last, DAY) == words


def test_steps_through_time() -> None:
    assert dates.moved(Unit.DAY, date(2026, 3, 1), -1) == date(2026, 2, 28)
    assert dates.moved(Unit.WEEK, DAY, 1) == date(2026, 11, 29)
    assert dates.moved(Unit.MONTH, date(2026, 1, 31), -1) == date(2025, 12, 1)
    assert dates.moved(Unit.YEAR, DAY, -1) == date(2025, 1, 1)
    assert dates.moved(Unit.YEAR, date(2009, 5, 1), -1) == date(2009, 1, 3), "there was no bitcoin before"
