"""The day page: a period with its tiles, always the one that the header names, up to date without flicker."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton
from pytestqt.qtbot import QtBot

from pos_app.core.errors import RetryableError, UserError
from pos_app.core.money import THIN_SPACE, Sat
from pos_app.till.history_views import (
    DaySettings,
    Direction,
    HistoryChanged,
    HistoryFilter,
    PeriodView,
    RowState,
    SyncChanged,
    SyncPhase,
    SyncView,
    Unit,
)
from pos_app.till.views import CardIgnored, Problem, SaleChanged, Tender
from pos_app.ui.metrics import Metrics
from pos_app.ui.pages.day import DayPage
from pos_app.ui.theme import Mode
from tests.gui.stage import SMALL, WIDE, click, page_size, pixels, press, set_device, settle, show
from tests.support.days import DAY, LONG_DAY, NOW_S, SETTINGS, a_period, empty, one_sale
from tests.support.sales import sale_view
from tests.support.window import FakeActions, a_status


class Desk:
    """The page on commands that only note; `now_s` is in the test's hand."""

    def __init__(self, qtbot: QtBot, metrics: Metrics = SMALL, *, text_scale: float = 1.0) -> None:
        set_device(metrics, text_scale=text_scale)
        self.actions = FakeActions()
        self.now_s = NOW_S
        self.page = DayPage(self.actions)
        self.page.now_s = lambda: self.now_s
        self.filters: list[HistoryFilter] = []
        self.page.filter_pressed.connect(self.filters.append)
        self.problems: list[Problem] = []
        self.page.failed.connect(self.problems.append)
        width, height = page_size(metrics)
        show(qtbot, self.page, (width - metrics.u(21), height))

    def open(self, view: PeriodView | None = None) -> Desk:
        self.page.activate()
        self.settings()
        self.answer(view or a_period())
        return self

    def settings(self, settings: DaySettings = SETTINGS) -> None:
        self.actions.last("day_settings").job.succeed(settings)

    def answer(self, view: PeriodView) -> None:
        self.actions.last("period").job.succeed(view)
        settle()

    def asked(self) -> list[tuple[Any, ...]]:
        return [call.values for call in self.actions.calls if call.name == "period"]

    def tiles(self) -> list[str]:
        """What a screen reader hears of each."""
        return [tile.accessibleName().replace(THIN_SPACE, " ") for tile in self.page.tiles.all()]

    def part(self, name: str) -> QAbstractButton:
        return next(b for b in self.page.findChildren(QAbstractButton) if b.accessibleName() == name)


@pytest.fixture
def desk(qtbot: QtBot) -> Desk:
    return Desk(qtbot).open()


def test_today_with_its_changes(desk: Desk) -> None:
    assert desk.asked() == [(Unit.DAY, None)]
    assert desk.page.header.date.text() == "Sunday 22 November"
    assert desk.tiles() == [
        "Sales: 537 600 sat, 3 % less than last Sunday",
        "Count: 64, 2 less than last Sunday",
        "Average: 8 400 sat, the same as last Sunday",
        "Tips: 4 200 sat, the same as last Sunday",
        "Not paid yet: 16 003 sat, 2 open",
    ]


def test_where_there_were_no_sales_there_is_nothing_to_compare(qtbot: QtBot) -> None:
    desk = Desk(qtbot).open(a_period(sales=one_sale))
    assert desk.tiles()[:2] == ["Sales: 8 400 sat, no sales then", "Count: 1, no sales then"]


def test_an_empty_day(qtbot: QtBot) -> None:
    desk = Desk(qtbot).open(a_period(sales=empty))
    assert desk.tiles()[0] == "Sales: 0 sat, no sales then"
    assert desk.tiles()[-1] == "Not paid yet: 0 sat, nothing open"
    assert not desk.page.tiles.pending.isEnabled()
    assert desk.page.charts.bars.count() == 24


def test_what_is_not_paid_yet_opens_its_sales(desk: Desk) -> None:
    click(desk.page.tiles.pending)
    view = a_period()
    unpaid = frozenset({RowState.OPEN, RowState.OWED, RowState.UNCERTAIN})
    assert desk.filters == [HistoryFilter(states=unpaid, from_s=view.from_s, until_s=view.until_s)]
    assert not desk.page.tiles.sales.isEnabled()


def test_a_bar_and_a_tender_open_their_sales(desk: Desk) -> None:
    desk.page.charts.bars.setFocus()
    press(desk.page.charts.bars, Qt.Key.Key_Right)
    press(desk.page.charts.bars, Qt.Key.Key_Return)
    desk.page.charts.mix.chosen.emit(1)
    hour = a_period().bars[9]
    bar, tender = desk.filters
    assert (bar.from_s, bar.until_s, bar.direction) == (hour.from_s, hour.until_s, Direction.IN)
    assert RowState.PAID_LATE in bar.states and RowState.OPEN not in bar.states
    assert tender.tenders == frozenset({Tender.CARD})
    assert (tender.from_s, tender.until_s) == (a_period().from_s, a_period().until_s)


def test_one_step_back_and_forth_but_not_into_the_future(desk: Desk) -> None:
    header = desk.page.header
    assert not header.after.isEnabled() and not header.today.isVisible()
    click(header.before)
    assert desk.asked()[-1] == (Unit.DAY, date(2026, 11, 21))
    assert header.date.text() == "Saturday 21 November", "the name changes with the press"
    desk.answer(a_period(day=date(2026, 11, 21)))
    assert desk.tiles()[0].endswith("the Saturday before")
    click(header.after)
    assert desk.asked()[-1] == (Unit.DAY, None)
    click(header.before)
    click(header.today)
    assert desk.asked()[-1] == (Unit.DAY, None)


def test_the_periods(desk: Desk) -> None:
    for name, words in (("Week", "16 – 22 November"), ("Month", "November 2026"), ("Year", "2026")):
        click(desk.part(f"Period: {name}"))
        assert desk.page.header.date.text() == words
        assert desk.asked()[-1] == (Unit(name.lower()), None)
        desk.answer(a_period(Unit(name.lower())))
        assert desk.page.charts.bars_card.title.text().startswith("Sales by")
    click(desk.page.header.before)
    assert desk.asked()[-1] == (Unit.YEAR, date(2025, 1, 1))
    click(desk.part("Period: Day"))
    assert desk.asked()[-1] == (Unit.DAY, date(2025, 1, 1))


def test_the_calendar_leads_to_a_day_and_never_to_one_that_has_not_come(desk: Desk) -> None:
    header = desk.page.header
    click(header.date)
    month = header.calendar.month
    assert header.popover.is_open() and month.focused_day == DAY
    month.setFocus()
    press(month, Qt.Key.Key_Right)
    press(month, Qt.Key.Key_Return)
    QTest.mouseClick(month, Qt.MouseButton.LeftButton, pos=month.place(date(2026, 11, 24)).center())
    assert len(desk.asked()) == 1, "it has not come"
    press(month, Qt.Key.Key_Left)
    press(month, Qt.Key.Key_PageUp)
    press(month, Qt.Key.Key_Up)
    assert header.calendar.after.isEnabled()
    press(month, Qt.Key.Key_Return)
    assert desk.asked()[-1] == (Unit.DAY, date(2026, 10, 16))
    assert not header.popover.is_open()
    click(header.date)
    click(header.calendar.before)
    assert header.calendar.after.isEnabled()
    click(header.calendar.today)
    assert desk.asked()[-1] == (Unit.DAY, None)


def test_the_day_is_closed_elsewhere(desk: Desk, qtbot: QtBot) -> None:
    with qtbot.waitSignal(desk.page.report_pressed):
        click(desk.page.header.report)


def test_no_figures_of_another_period_stand_under_a_name(desk: Desk) -> None:
    click(desk.page.header.before)
    older = desk.actions.last("period")
    desk.page._patience.timeout.emit()
    assert desk.tiles() == ["Sales", "Count", "Average", "Tips", "Not paid yet"]
    click(desk.page.header.before)
    older.job.succeed(a_period(day=date(2026, 11, 21)))
    assert desk.tiles()[0] == "Sales", "an answer to an older press"
    desk.answer(a_period(day=date(2026, 11, 20)))
    assert desk.tiles()[0].startswith("Sales: ")


def test_it_renews_itself_at_once_for_many_changes(desk: Desk) -> None:
    for event in (HistoryChanged(), SaleChanged(sale_view()), HistoryChanged()):
        desk.page.take(event)
    desk.page.take(CardIgnored("Enter the amount first."))
    assert len(desk.asked()) == 1
    desk.page._gather.timeout.emit()
    assert len(desk.asked()) == 2
    before = pixels(desk.page)
    desk.answer(a_period())
    assert pixels(desk.page) == before, "the same figures leave the same picture"
    desk.answer(a_period())


def test_only_a_new_phase_of_the_copy_is_worth_a_look(desk: Desk) -> None:
    for done in range(3):
        desk.page.take(SyncChanged(SyncView(SyncPhase.FILLING, done, 3)))
    assert desk.page._gather.isActive()
    desk.page._gather.timeout.emit()
    desk.page.take(SyncChanged(SyncView(SyncPhase.FILLING, 3, 3)))
    assert not desk.page._gather.isActive()
    desk.page.take(SyncChanged(SyncView(SyncPhase.FRESH)))
    assert desk.page._gather.isActive()


def test_hidden_it_asks_for_nothing(desk: Desk) -> None:
    desk.page.hide()
    desk.page.take(HistoryChanged())
    desk.page._clock.timeout.emit()
    assert not desk.page._gather.isActive() and len(desk.asked()) == 1


def test_it_wakes_when_the_hour_is_over_and_follows_the_day(desk: Desk) -> None:
    assert desk.page._clock.isActive()
    assert 0 < desk.page._clock.interval() <= 600_000
    desk.now_s = a_period().bars[9].until_s - 1.5
    desk.answer(a_period())
    desk.page._load()
    desk.answer(a_period(now_s=desk.now_s))
    assert desk.page._clock.interval() == 1_501
    monday = date(2026, 11, 23)
    desk.now_s = a_period().until_s + 1
    desk.page._clock.timeout.emit()
    assert desk.asked()[-1] == (Unit.DAY, None)
    desk.answer(a_period(day=monday, now_s=desk.now_s))
    assert desk.page.header.date.text() == "Monday 23 November"


def test_a_past_day_does_not_wake(desk: Desk) -> None:
    click(desk.page.header.before)
    desk.answer(a_period(day=date(2026, 11, 21)))
    assert not desk.page._clock.isActive()


def test_the_first_failure_says_why_and_is_tried_again(qtbot: QtBot) -> None:
    desk = Desk(qtbot)
    desk.page.activate()
    desk.settings()
    desk.actions.last("period").job.fail(UserError("The books cannot be read.", "Look at the disk."))
    assert desk.page.trouble.isVisible()
    assert desk.page.trouble.accessibleName() == "The books cannot be read.. Look at the disk."
    click(desk.page.retry)
    desk.settings()
    desk.answer(a_period())
    assert not desk.page.trouble.isVisible() and desk.tiles()[1].startswith("Count: 64")


def test_a_later_failure_leaves_the_figures_and_is_told(desk: Desk) -> None:
    desk.page.take(HistoryChanged())
    desk.page._gather.timeout.emit()
    desk.actions.last("period").job.fail(RetryableError("busy"))
    assert desk.tiles()[1].startswith("Count: 64")
    assert desk.problems == [Problem("That did not work.", "Try again.")]


def test_a_copy_that_is_not_complete_is_said(qtbot: QtBot) -> None:
    desk = Desk(qtbot).open(a_period(is_partial=True))
    assert desk.page.notes.words() == ("The copy of the wallet is not complete: figures may be too small.",)
    desk.page._load()
    desk.answer(a_period())
    assert not desk.page.notes.isVisible()


def test_what_another_till_took_is_said_in_words(qtbot: QtBot) -> None:
    desk = Desk(qtbot, WIDE).open()
    (words,) = desk.page.notes.words()
    assert words.replace(THIN_SPACE, " ") == (
        "Of this, 25 200 sat in 3 payments came in at another till of this wallet."
    )


def test_fiat_only_where_it_is_and_at_each_sales_own_rate(desk: Desk) -> None:
    assert desk.page.header.measures is None
    desk.page._load()
    desk.answer(a_period(currency="EUR"))
    assert desk.tiles()[0] == "Sales: €537.60, 3 % less than last Sunday"
    assert desk.tiles()[2].startswith("Average: 8 400 sat"), "not every sale needs to have a rate"
    assert "left out" in desk.page.notes.words()[-1]
    click(desk.part("Unit: sat"))
    assert desk.tiles()[0].startswith("Sales: 537 600 sat")
    desk.page._load()
    desk.answer(a_period(currency="EUR"))
    assert desk.tiles()[0].startswith("Sales: 537 600 sat"), "the choice stays"
    desk.page._load()
    desk.answer(a_period())
    assert desk.page.header.measures is None


def test_other_settings_count_from_the_next_look(desk: Desk) -> None:
    desk.page.activate()
    desk.settings(DaySettings(6, "Asia/Tokyo"))
    desk.answer(a_period())
    assert desk.page.charts.bars.read_out(0)[0] == "13:00 to 14:00"


def test_figures_of_other_books_go_at_once(desk: Desk) -> None:
    desk.page.show_status(a_status())
    assert desk.tiles()[1].startswith("Count: 64")
    desk.page.show_status(a_status(api="Practice", practice=True))
    assert desk.tiles()[1] == "Count"
    desk.open(a_period(sales=one_sale))
    assert desk.tiles()[1].startswith("Count: 1,")


def test_saved_charts_name_the_shop_or_practice(desk: Desk) -> None:
    desk.page.show_status(a_status())
    assert {card.owner for card in desk.page.charts.cards()} == {"Café Linde"}
    desk.page.show_status(a_status(practice=True))
    assert {card.owner for card in desk.page.charts.cards()} == {"Practice, not real money"}


@pytest.mark.parametrize("metrics", [SMALL, WIDE])
@pytest.mark.parametrize("text_scale", [1.0, 1.5])
def test_it_fits_the_smallest_page_at_any_text_size(qtbot: QtBot, metrics: Metrics, text_scale: float) -> None:
    desk = Desk(qtbot, metrics, text_scale=text_scale).open(a_period(Unit.YEAR))
    least = desk.page.minimumSizeHint()
    width, height = page_size(SMALL, banner=True)
    assert least.width() <= width - SMALL.u(21) or metrics is WIDE
    assert least.height() <= height or metrics is WIDE
    for tile in desk.page.tiles.all():
        assert desk.page.rect().contains(tile.mapTo(desk.page, tile.rect().center()))


@pytest.mark.parametrize("mode", [Mode.LIGHT, Mode.DARK, Mode.CONTRAST_LIGHT, Mode.CONTRAST_DARK])
def test_it_is_painted_in_every_theme(qtbot: QtBot, mode: Mode) -> None:
    desk = Desk(qtbot)
    set_device(mode=mode)
    waiting = pixels(desk.page)
    desk.open(a_period(day=LONG_DAY))
    assert pixels(desk.page) != waiting


def test_a_sum_of_every_size_is_whole(qtbot: QtBot) -> None:
    desk = Desk(qtbot).open(a_period(pending=Sat(2_099_999_999_999_999)))
    assert desk.tiles()[-1] == "Not paid yet: 2 099 999 999 999 999 sat, 2 open"
    assert not pixels(desk.page.tiles).isNull()
