"""The history page: table, keys, touch, live updates, empty and error states."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QScrollArea, QWidget
from pytestqt.qtbot import QtBot

from pos_app.core.errors import UserError
from pos_app.core.money import Fiat, Sat
from pos_app.till.history_views import HistoryChanged, HistoryFilter, HistoryRow, HistorySums
from pos_app.till.views import SaleChanged
from pos_app.ui.history.pages import KEPT, PAGE
from pos_app.ui.history.ranges import DateRange, Preset
from pos_app.ui.history.texts import Column
from pos_app.ui.metrics import Metrics
from tests.gui.history_stage import Stage
from tests.gui.stage import SMALL, WIDE, click, press, set_device, settle
from tests.support.records_actions import FakeWallet
from tests.support.sales import sale_view

MILLION = 1_000_000
JUST_DOCKED = Metrics(117 / 25.4, 1460, 600)
Key = Qt.Key


@pytest.fixture
def stage(qtbot: QtBot) -> Stage:
    made = Stage(qtbot, FakeWallet(61))
    made.answer()
    return made


@pytest.fixture
def large(qtbot: QtBot) -> Stage:
    made = Stage(qtbot, FakeWallet(MILLION))
    made.answer()
    return made


def first_key(stage: Stage) -> str:
    row = stage.page.model.row(stage.page.body.table.sight()[0])
    assert row is not None
    return row.key


def scroll_to(stage: Stage, at: int, *, further_px: int = 0) -> None:
    table = stage.page.body.table
    table.verticalScrollBar().setValue(at * table.rowHeight(0) + further_px)
    stage.answer()


def test_rows_sums_and_today(stage: Stage) -> None:
    assert stage.words(0)[:4] == ["12:04", "Paid", "", "18\u202f431"]
    assert stage.page.foot.words() == [
        "61 payments",
        "Paid 597\u202f800 sat",
        "Sent 4\u202f500 sat",
        "2 open 18\u202f431 sat",
    ]
    wanted = stage.asked()
    assert wanted.from_s is not None and wanted.until_s is not None
    assert wanted.until_s - wanted.from_s == 86_400
    assert stage.page.filters.bar.dates.text() == "Today"


def test_rows_are_twelve_millimetres_high(stage: Stage) -> None:
    table = stage.page.body.table
    assert table.rowHeight(0) == SMALL.u(14) and table.rowHeight(60) == SMALL.u(14)
    assert SMALL.u(14) / SMALL.px_per_mm >= 12


def test_while_nothing_is_known_rows_are_waited_for(qtbot: QtBot) -> None:
    stage = Stage(qtbot, FakeWallet(61))
    assert stage.page.body.shows_rows() and stage.words(0)[0] == "Loading"
    assert not stage.page.body.progress.isVisible()
    stage.page.body._slow.timeout.emit()
    assert stage.page.body.progress.isVisible()
    stage.answer()
    assert not stage.page.body.progress.isVisible()


def test_any_row_of_a_million_is_one_jump_away(large: Stage) -> None:
    table, model = large.page.body.table, large.page.model
    asked = large.actions.count("history_rows")
    table.setFocus()
    press(table, Key.Key_End)
    large.answer()
    assert table.currentIndex().row() == MILLION - 1 and table.sight()[1] >= MILLION - 1
    assert large.words(MILLION - 1)[0] != "Loading"
    press(table, Key.Key_Home)
    large.answer()
    scroll_to(large, 640_000)
    assert large.words(640_003)[0] != "Loading"
    for _ in range(20):
        press(table, Key.Key_PageDown)
    large.answer()
    assert large.actions.count("history_rows") - asked < 20
    assert model.kept() <= KEPT * PAGE
    limits = [call.values[2] for call in large.actions.calls if call.name == "history_rows"]
    assert max(int(str(limit)) for limit in limits) <= 3 * PAGE


def test_dragging_through_a_million_rows_asks_for_little(large: Stage) -> None:
    bar = large.page.body.table.verticalScrollBar()
    for step in range(200):
        bar.setValue(bar.maximum() * step // 200)
    waiting = [call for call in large.actions.calls if not call.job.ended]
    assert len(waiting) <= 3
    large.answer()
    assert large.words(large.page.body.table.sight()[0])[0] != "Loading"


def test_arrows_enter_and_escape(stage: Stage) -> None:
    table, side = stage.page.body.table, stage.page.side
    stage.page.filters.bar.search.edit.setFocus()
    press(stage.page.filters.bar.search.edit, Key.Key_Return)
    assert table.hasFocus() and table.currentIndex().row() == 0
    press(table, Key.Key_Down)
    press(table, Key.Key_Return)
    assert side.sheet.is_open() and side.pane.title.text() == "Sale 146"
    press(side.pane, Key.Key_Escape)
    assert not side.sheet.is_open() and table.currentIndex().row() == 1


def test_slash_and_find_lead_to_the_search(stage: Stage) -> None:
    table, edit = stage.page.body.table, stage.page.filters.bar.search.edit
    table.setFocus()
    press(table, Key.Key_Slash)
    assert edit.hasFocus() and edit.text() == ""
    table.setFocus()
    press(table, Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    assert edit.hasFocus()


def test_a_touch_opens_the_facts(stage: Stage) -> None:
    stage.touch(2)
    assert stage.page.side.sheet.is_open() and stage.page.side.pane.title.text() == "Sale 145"


def test_a_press_that_scrolls_opens_nothing(stage: Stage) -> None:
    view, start = stage.page.body.table.viewport(), QPoint(300, 300)
    QTest.mousePress(view, Qt.MouseButton.LeftButton, pos=start)
    for step in range(1, 6):
        QTest.mouseMove(view, start - QPoint(0, 40 * step), 10)
    QTest.mouseRelease(view, Qt.MouseButton.LeftButton, pos=start - QPoint(0, 200))
    settle()
    assert not stage.page.side.sheet.is_open()


def test_a_wide_page_docks_the_facts_and_they_follow_the_keys(qtbot: QtBot) -> None:
    stage = Stage(qtbot, FakeWallet(61), WIDE)
    stage.answer()
    table, pane = stage.page.body.table, stage.page.side.pane
    assert pane.isVisible() and pane.nothing.isVisible()
    stage.touch(1)
    assert not stage.page.side.sheet.isVisible() and pane.title.text() == "Sale 146"
    table.setFocus()
    press(table, Key.Key_Down)
    assert pane.title.text() == "Sale 145"
    press(table, Key.Key_Escape)
    assert pane.nothing.isVisible() and not table.currentIndex().isValid()
    set_device(SMALL)
    assert not pane.isVisible()


@pytest.mark.parametrize("seed", range(4))
def test_whatever_comes_in_whatever_order_the_rows_in_sight_are_true_and_stay(qtbot: QtBot, seed: int) -> None:
    dice = random.Random(seed)
    stage = Stage(qtbot, FakeWallet(5_000))
    stage.answer()
    table, model = stage.page.body.table, stage.page.model
    for _ in range(12):
        scroll_to(stage, dice.randrange(1, 4_900), further_px=dice.randrange(50))
        place, key = table.verticalScrollBar().value() % table.rowHeight(0), first_key(stage)
        stage.wallet.added += dice.randrange(4)
        stage.page.take(HistoryChanged())
        stage.pause(1_000)
        waiting = [call for call in stage.actions.calls if not call.job.ended]
        dice.shuffle(waiting)
        for call in waiting:
            call.job.succeed(stage.wallet.answer_to(call))
        stage.answer()
        assert (first_key(stage), table.verticalScrollBar().value() % table.rowHeight(0)) == (key, place)
        for at in range(*table.sight()):
            assert model.row(at) == stage.wallet.row(at)


def test_at_the_top_new_sales_appear_by_themselves(stage: Stage) -> None:
    stage.wallet.added = 1
    stage.page.take(HistoryChanged())
    stage.pause(1_000)
    stage.answer()
    assert stage.page.body.table.verticalScrollBar().value() == 0
    assert first_key(stage) == stage.wallet.row(0).key and not stage.page.body.newer.isVisible()


def test_further_down_new_sales_move_nothing_and_are_announced(large: Stage) -> None:
    scroll_to(large, 600_000, further_px=17)
    key, table = first_key(large), large.page.body.table
    large.wallet.added = 3
    large.page.take(HistoryChanged())
    large.pause(1_000)
    large.answer()
    assert first_key(large) == key
    assert table.verticalScrollBar().value() % table.rowHeight(0) == 17
    assert large.page.body.newer.isVisible() and large.page.body.newer.text() == "3 new"
    click(large.page.body.newer)
    large.answer()
    assert first_key(large) == large.wallet.row(0).key and not large.page.body.newer.isVisible()


def test_a_chosen_row_stays_chosen_and_in_its_place(stage: Stage) -> None:
    table = stage.page.body.table
    table.setCurrentIndex(stage.page.model.index(2, 0))
    key = table.key()
    stage.wallet.added = 2
    stage.page.take(HistoryChanged())
    stage.pause(1_000)
    stage.answer()
    assert table.key() == key and table.currentIndex().row() == 4
    assert table.sight()[0] == 2


def test_a_storm_of_news_is_loaded_once_and_none_is_lost(stage: Stage) -> None:
    before = stage.actions.count("history_sums")
    for _ in range(50):
        stage.page.take(HistoryChanged())
    stage.pause(1_000)
    stage.page.take(HistoryChanged())
    stage.pause(1_000)
    assert stage.actions.count("history_sums") == before + 1
    stage.answer()
    stage.pause(1_000)
    assert stage.actions.count("history_sums") == before + 2


def test_a_hidden_page_asks_nothing(stage: Stage) -> None:
    stage.page.hide()
    before = len(stage.actions.calls)
    stage.page.take(HistoryChanged())
    stage.pause(1_000)
    assert len(stage.actions.calls) == before


def test_a_change_of_the_shown_sale_reaches_its_facts(stage: Stage) -> None:
    stage.touch(0)
    stage.answer()
    before = stage.actions.count("history_detail")
    stage.page.take(SaleChanged(sale_view(number=146)))
    assert stage.actions.count("history_detail") == before
    stage.page.take(SaleChanged(sale_view(number=147)))
    assert stage.actions.count("history_detail") == before + 1


def test_nothing_yet_offers_to_sell(qtbot: QtBot) -> None:
    stage = Stage(qtbot, FakeWallet(0))
    stage.answer()
    body = stage.page.body
    assert body.none_yet.isVisible() and body.none_yet.accessibleName().startswith("No sales yet today")
    sold: list[bool] = []
    stage.page.sell_pressed.connect(lambda: sold.append(True))
    click(body.none_yet.findChildren(QAbstractButton)[0])
    assert sold == [True] and not stage.page.foot.isVisible()


@pytest.mark.parametrize(
    ("preset", "heading"),
    [
        (Preset.WEEK, "No sales yet this week"),
        (Preset.MONTH, "No sales yet this month"),
        (Preset.ALL, "No sales yet"),
    ],
)
def test_nothing_yet_in_dates_that_still_last(qtbot: QtBot, preset: Preset, heading: str) -> None:
    stage = Stage(qtbot, FakeWallet(0))
    stage.page.filters.set_range(DateRange(preset))
    stage.answer()
    assert stage.page.body.none_yet.accessibleName() == f"{heading}. The first one appears here by itself."


def test_nothing_in_dates_that_are_over_leads_to_all_dates(qtbot: QtBot) -> None:
    stage = Stage(qtbot, FakeWallet(0))
    stage.page.filters.set_range(DateRange(Preset.YESTERDAY))
    stage.answer()
    body = stage.page.body
    assert body.no_match.accessibleName().startswith("No sales of yesterday")
    click(body.clear_button)
    assert stage.asked().from_s is None and stage.page.filters.bar.dates.text() == "All"


def test_nothing_found_says_what_was_searched_and_clears(stage: Stage) -> None:
    stage.type("table 9")
    assert stage.asked().search == "table 9"
    stage.actions.last("history_sums").job.succeed(HistorySums(0, Sat(0), Sat(0), Sat(0), 0))
    stage.actions.last("history_rows").job.succeed(())
    body = stage.page.body
    assert body.no_match.isVisible() and "“table 9”" in body.no_match.accessibleName()
    assert stage.asked().search == "" and stage.asked().from_s is not None
    stage.actions.last("history_sums").job.succeed(stage.wallet.sums())
    assert body.no_match.accessibleName().endswith("Searched 61 sales of today.")
    assert body.clear_button.text() == "Clear the search"
    click(body.clear_button)
    stage.answer()
    assert body.shows_rows() and stage.page.filters.bar.search.text() == ""


def test_a_failure_is_said_in_place_and_tried_again(qtbot: QtBot) -> None:
    stage = Stage(qtbot, FakeWallet(61))
    error = UserError("The copy cannot be read.", "Try again.")
    stage.actions.last("history_sums").job.fail(error)
    body = stage.page.body
    assert body.trouble.isVisible() and body.trouble.accessibleName() == "The copy cannot be read.. Try again."
    click(body.trouble.findChildren(QAbstractButton)[0])
    stage.answer()
    assert body.shows_rows() and not body.notice.isVisible()
    stage.page.take(HistoryChanged())
    stage.pause(1_000)
    stage.actions.last("history_sums").job.fail(error)
    assert body.shows_rows() and body.notice.isVisible() and stage.words(0)[1] == "Paid"
    settle()
    click(body.notice.findChildren(QAbstractButton)[0])
    stage.answer()
    assert not body.notice.isVisible()


def test_rows_that_do_not_come_say_so(large: Stage) -> None:
    large.page.body.table.verticalScrollBar().setValue(40_000_000)
    for call in [call for call in large.actions.calls if not call.job.ended]:
        call.job.fail(UserError("The copy cannot be read.", "Try again."))
    body = large.page.body
    assert body.notice.isVisible()
    settle()
    click(body.notice.findChildren(QAbstractButton)[0])
    large.answer()
    assert not body.notice.isVisible() and large.words(body.table.sight()[0])[0] != "Loading"


class Priced(FakeWallet):
    """Sales with a price in euro."""

    def row(self, at: int) -> HistoryRow:
        return replace(super().row(at), fiat=Fiat(1_600, "EUR"))

    def sums(self) -> HistorySums:
        return replace(super().sums(), fiat=(Fiat(51_240, "EUR"),))


@pytest.mark.parametrize("text_scale", [1.0, 1.25, 1.5])
def test_state_and_amount_are_never_left_out(qtbot: QtBot, text_scale: float) -> None:
    stage = Stage(qtbot, Priced(61), text_scale=text_scale)
    stage.page.show_filter(HistoryFilter())
    stage.answer()
    table = stage.page.body.table
    for column in (Column.TIME, Column.STATE, Column.SAT, Column.NOTE):
        assert not table.isColumnHidden(column) and table.columnWidth(column) > 0
    assert sum(table.columnWidth(column) for column in Column) <= table.viewport().width()
    assert stage.words(0)[Column.FIAT] == "€16.00"
    assert "€512.40" in stage.page.foot.words()[1]


@pytest.mark.parametrize("text_scale", [1.0, 1.5])
@pytest.mark.parametrize("metrics", [SMALL, JUST_DOCKED, WIDE], ids=["small", "just docked", "wide"])
def test_the_page_fits_and_every_control_has_a_name(qtbot: QtBot, metrics: Metrics, text_scale: float) -> None:
    stage = Stage(qtbot, FakeWallet(61), metrics, text_scale=text_scale)
    stage.answer()
    least = stage.page.minimumSizeHint()
    assert least.width() <= stage.page.width() and least.height() <= stage.page.height()
    stage.touch(0)
    stage.answer()
    for button in stage.page.findChildren(QAbstractButton):
        if button.isVisible():
            assert button.accessibleName() or button.text()
            in_scroll = _is_scrolled(button, stage.page)
            place = button.mapTo(stage.page, QPoint(0, 0))
            assert in_scroll or stage.page.rect().contains(place.x() + button.width() - 1, place.y())
    assert stage.page.body.table.accessibleName() and stage.page.foot.accessibleName()


def _is_scrolled(widget: QWidget, page: QWidget) -> bool:
    parent = widget.parentWidget()
    while parent is not None and parent is not page:
        if isinstance(parent, QScrollArea):
            return True
        parent = parent.parentWidget()
    return False
