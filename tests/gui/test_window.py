"""The window: the right page for what the till tells, and the right command for what is pressed."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QListView, QWidget
from pytestqt.qtbot import QtBot

from pos_app.core.errors import UserError
from pos_app.core.money import Sat
from pos_app.till.states import SaleState
from pos_app.till.views import FactState, Phase, Problem, SaleChanged, SaleView, StatusChanged
from pos_app.ui.sounds import Sound
from pos_app.ui.theme import theme
from pos_app.ui.window import MainWindow
from tests.gui.stage import SMALL, WIDE, click, set_device
from tests.support.sales import sale_view
from tests.support.window import FakeActions, a_fact, a_status, preferences


class Till:
    """A window on commands that only note."""

    def __init__(self, qtbot: QtBot, **chosen: object) -> None:
        set_device(WIDE)
        self.actions = FakeActions()
        self.window = MainWindow(self.actions, preferences(still=True, theme="light", **chosen))
        self.heard: list[Sound] = []
        self.window.sounds.play = self.heard.append  # type: ignore[method-assign, assignment]
        qtbot.addWidget(self.window)
        self.window.resize(SMALL.width, SMALL.height)
        self.window.show_status(a_status())
        self.window.show()
        QApplication.processEvents()

    def type(self, text: str) -> None:
        QTest.keyClicks(self.window.charge, text)

    def charge(self, sat: int, sale: SaleView | None = None) -> None:
        """Type and charge; with `sale` the till takes it."""
        self.type(str(sat))
        click(self.window.charge.pane.charge)
        if sale is not None:
            self.actions.last("charge").job.succeed(sale)

    def tell(self, sale: SaleView) -> None:
        self.window.take(SaleChanged(sale))

    def shows(self, page: QWidget) -> bool:
        return self.window.pages.currentWidget() is page

    def past_the_guard(self) -> None:
        self.window.guard.hide()


@pytest.fixture
def till(qtbot: QtBot) -> Till:
    return Till(qtbot)


MAKING = sale_view(phase=Phase.MAKING)
READY = sale_view()


def test_charge_shows_the_skeleton_before_the_till_answers(till: Till) -> None:
    till.charge(16_703)
    assert till.shows(till.window.invoice)
    assert not till.window.rail.isVisible()
    assert till.window.strip.isVisible()
    assert till.actions.last("charge").values == (Sat(16_703), "", None, False)
    till.actions.last("charge").job.succeed(MAKING)
    till.tell(READY)
    assert till.window.flow.current == READY


def test_news_of_the_sale_before_its_answer_are_not_overwritten(till: Till) -> None:
    till.charge(16_703)
    till.tell(READY)
    till.actions.last("charge").job.succeed(MAKING)
    assert till.window.flow.current == READY
    assert till.shows(till.window.invoice)


def test_paid_fills_the_window_and_is_heard_once(till: Till) -> None:
    till.charge(16_703, MAKING)
    till.tell(READY)
    paid = sale_view(SaleState.PAID)
    till.tell(paid)
    till.tell(paid)
    assert till.shows(till.window.result)
    assert not till.window.strip.isVisible()
    assert not till.window.rail.isVisible()
    assert till.heard == [Sound.PAID]
    till.past_the_guard()
    click(till.window.result.new_sale)
    assert till.shows(till.window.charge)
    assert till.window.charge.entry.is_empty
    assert till.window.strip.isVisible()
    assert till.window.rail.isVisible()
    assert till.window.charge.hasFocus()


def test_a_refused_charge_comes_back_to_the_amount(till: Till) -> None:
    till.charge(500)
    till.actions.last("charge").job.fail(UserError("The disk is full.", "Free some space."))
    assert till.shows(till.window.charge)
    assert till.window.charge.entry.total == Sat(500)
    assert till.window.charge.pane.notice.isVisible()
    till.past_the_guard()
    click(till.window.charge.pane.charge)
    assert till.actions.count("charge") == 2


def test_a_double_tap_on_charge_presses_nothing_on_the_next_page(till: Till) -> None:
    till.charge(16_703, READY)
    assert till.window.guard.isVisible()
    spot = till.window.charge.pane.charge.geometry().center()
    target = till.window.body.childAt(till.window.charge.pane.mapTo(till.window.body, spot))
    assert target is till.window.guard
    click(target)
    assert till.actions.count("cancel") == 0


def test_cancel_before_the_till_answered_is_not_lost(till: Till) -> None:
    till.charge(16_703)
    till.window.flow.cancel("")
    assert till.actions.count("cancel") == 0
    till.actions.last("charge").job.succeed(MAKING)
    assert till.actions.last("cancel").values == (MAKING.sale_id,)


def test_each_command_of_the_invoice_page_reaches_the_till(till: Till) -> None:
    till.charge(16_703, READY)
    for signal, name in (
        (till.window.invoice.cancel_pressed, "cancel"),
        (till.window.invoice.stop_waiting_pressed, "stop_waiting"),
        (till.window.invoice.retry_pressed, "retry"),
        (till.window.invoice.check_now_pressed, "check_now"),
    ):
        signal.emit(READY.sale_id)
        assert till.actions.last(name).values == (READY.sale_id,)


def test_a_new_code_replaces_the_expired_sale(till: Till) -> None:
    till.charge(16_703, READY)
    expired = sale_view(SaleState.EXPIRED, note="Table 4")
    till.tell(expired)
    till.window.invoice.new_code_pressed.emit(expired.sale_id)
    assert till.actions.last("charge").values == (expired.amount, "Table 4", expired.sale_id, False)
    till.window.invoice.new_code_pressed.emit(expired.sale_id)
    assert till.actions.count("charge") == 2


def test_back_to_the_sale_types_its_amount_again(till: Till) -> None:
    till.charge(16_703, READY)
    till.window.invoice.back_pressed.emit(sale_view(SaleState.CANCELLED, note="Table 4"))
    assert till.shows(till.window.charge)
    assert till.window.charge.entry.total == Sat(16_703)
    assert till.window.charge.pane.note() == "Table 4"


def test_money_for_another_sale_is_told_and_kept_until_read(till: Till) -> None:
    late = sale_view(SaleState.PAID_LATE, number=140)
    till.tell(late)
    assert till.window.news.isVisible()
    assert till.heard == [Sound.PAID]
    till.tell(late)
    assert till.heard == [Sound.PAID]
    till.charge(500, sale_view(number=150))
    assert not till.window.news.isVisible()
    till.tell(sale_view(SaleState.PAID, number=150))
    till.window.result.new_sale_pressed.emit()
    assert till.window.news.isVisible()
    till.window.news.sale_pressed.emit(late)
    assert till.shows(till.window.result)


def test_news_are_read_one_by_one(till: Till) -> None:
    bar = till.window.news
    opened: list[object] = []
    bar.sale_pressed.disconnect()
    bar.sale_pressed.connect(opened.append)
    first, second = sale_view(SaleState.PAID_LATE, number=140), sale_view(SaleState.PAID_LATE, number=141)
    bar.show_sale(first)
    bar.show_sale(second)
    bar.show_sale(second)
    bar.show_problem(Problem("The server does not answer.", "Try again."))
    click(bar.findChildren(QAbstractButton)[0])
    assert opened == []
    click(bar.close_button)
    words = bar.findChildren(QAbstractButton)[0]
    assert words.accessibleName().startswith("Paid late. Sale 141")
    click(words)
    assert opened == [second]
    assert words.accessibleName().startswith("Paid late. Sale 140")
    click(bar.close_button)
    assert not bar.isVisible()


def test_a_command_that_fails_says_so(till: Till) -> None:
    till.charge(16_703, READY)
    till.window.flow.cancel(READY.sale_id)
    till.actions.last("cancel").job.fail(UserError("It is paid already.", ""))
    assert till.shows(till.window.invoice)
    assert till.window.news.isVisible()


def test_an_unknown_answer_is_heard(till: Till) -> None:
    till.charge(16_703, READY)
    till.tell(sale_view(phase=Phase.CHECKING))
    assert till.heard == [Sound.ATTENTION]


def test_no_other_sale_is_opened_over_an_open_one(till: Till) -> None:
    till.charge(16_703, READY)
    till.window.flow.open(sale_view(SaleState.UNCERTAIN, number=140))
    till.window._choose("settings")
    assert till.window.flow.current == READY
    assert till.shows(till.window.invoice)


def test_the_strip_opens_and_closes_the_sheet(till: Till) -> None:
    uncertain = sale_view(SaleState.UNCERTAIN, number=140)
    till.window.take(StatusChanged(a_status(uncertain=(uncertain,))))
    click(till.window.strip)
    assert till.window.sheet.is_open()
    till.window.sheet.check_button.click()
    assert not till.window.sheet.check_button.isEnabled()
    till.actions.last("check_now").job.succeed(None)
    assert till.window.sheet.check_button.isEnabled()
    focused = QApplication.focusWidget()
    assert focused is not None
    QTest.keyClick(focused, Qt.Key.Key_Escape)
    assert not till.window.sheet.is_open()
    assert till.window.charge.hasFocus()
    click(till.window.strip)
    till.window.sheet.sale_pressed.emit(uncertain)
    assert till.shows(till.window.invoice)


def test_the_strip_reads_its_facts_aloud(till: Till) -> None:
    down = a_fact("lightning", "Lightning away", FactState.DOWN)
    till.window.take(StatusChanged(a_status(a_fact("payments", "Payments"), down)))
    assert till.window.strip.accessibleName() == "Café Linde. Status: Lightning away, Payments"


def test_typing_goes_on_after_the_sheet_was_used(till: Till) -> None:
    till.type("1")
    click(till.window.strip)
    click(till.window.strip)
    till.type("2")
    assert till.window.charge.entry.total == Sat(12)


def test_the_recent_sheet_lists_what_the_till_gives(till: Till) -> None:
    click(till.window.charge.pane.recent_button)
    assert till.window.recent.sheet.is_open()
    till.actions.last("recent").job.succeed((sale_view(SaleState.PAID),))
    till.window.recent.close()
    assert not till.window.recent.sheet.is_open()


def test_the_newest_sale_stands_beside_charge(till: Till) -> None:
    till.window.recent.load()
    asked = [call for call in till.actions.calls if call.name == "recent"]
    asked[-1].job.succeed((sale_view(SaleState.PAID, number=146),))
    shown = till.window.charge.pane.last
    assert shown.sale == sale_view(SaleState.PAID, number=146)
    till.tell(sale_view(SaleState.PAID_LATE, number=140))
    assert shown.sale == sale_view(SaleState.PAID, number=146)
    till.tell(sale_view(SaleState.CANCELLED, number=147))
    assert shown.sale == sale_view(SaleState.CANCELLED, number=147)


def test_a_wide_window_docks_recent_sales(qtbot: QtBot) -> None:
    till = Till(qtbot)
    till.window.resize(1920, 1080)
    QApplication.processEvents()
    assert till.window.recent.docked.isVisible() == theme.metrics.wide
    till.window.resize(SMALL.width, SMALL.height)
    QApplication.processEvents()
    assert not theme.metrics.wide
    assert not till.window.recent.docked.isVisible()


def test_digits_reach_the_keypad_from_the_docked_list(qtbot: QtBot) -> None:
    till = Till(qtbot)
    till.window.resize(1920, 1080)
    QApplication.processEvents()
    till.actions.last("recent").job.succeed((sale_view(SaleState.PAID, number=146),))
    rows = till.window.recent.docked.findChild(QListView)
    assert isinstance(rows, QListView) and rows.isVisible()
    rows.setFocus()
    QTest.keyClicks(rows, "42+7")
    QTest.keyClick(rows, Qt.Key.Key_Backspace)
    assert till.window.charge.entry.total == Sat(42)


def test_practice_wears_its_banner_on_every_page(qtbot: QtBot) -> None:
    till = Till(qtbot, api="practice")
    banner = till.window.banner
    assert banner.isVisible()
    assert not banner.pay.isEnabled()
    till.charge(16_703, MAKING)
    till.tell(READY)
    assert banner.isVisible()
    click(banner.pay)
    assert till.actions.last("customer_pays").values == (READY.sale_id, "now")
    click(banner.more)
    till.window.practice.panel.chosen.emit("late")
    assert till.actions.last("customer_pays").values == (READY.sale_id, "late")
    till.tell(sale_view(SaleState.PAID, practice=True))
    assert banner.isVisible()
    assert not banner.pay.isEnabled()


def test_the_banner_tells_how_many_faults_are_on(qtbot: QtBot) -> None:
    till = Till(qtbot, api="practice")
    banner = till.window.banner
    till.window.load()
    till.actions.last("faults").job.succeed(frozenset({"server_away", "issuer_slow"}))
    assert banner.faults.text() == "Faults: 2"
    click(banner.faults)
    faults = till.window.practice.faults
    assert faults.is_open() and faults.rows["server_away"].isChecked()
    click(faults.rows["server_away"])
    till.actions.last("set_fault").job.fail(UserError("The till is closing.", ""))
    assert till.window.news.isVisible()
    till.actions.last("faults").job.succeed(frozenset())
    till.window.rail.chosen.emit("settings")
    assert not faults.is_open()


def test_a_real_server_has_no_faults(till: Till) -> None:
    till.window.load()
    assert till.actions.count("faults") == 0
    till.window.show_status(a_status(practice=True, network="signet"))
    assert not till.window.banner.faults.isVisible()


def test_another_network_wears_the_banner_without_a_customer(till: Till) -> None:
    assert not till.window.banner.isVisible()
    till.window.show_status(a_status(practice=True, network="signet"))
    assert till.window.banner.isVisible()
    assert not till.window.banner.pay.isVisible()


def test_settings_and_back(till: Till) -> None:
    till.window.rail.chosen.emit("settings")
    assert till.shows(till.window.settings)
    assert till.window.rail.isVisible()
    till.past_the_guard()
    till.window.rail.chosen.emit("sell")
    assert till.shows(till.window.charge)


def test_the_first_paint_is_told_once(qtbot: QtBot) -> None:
    set_device()
    window = MainWindow(FakeActions(), preferences())
    qtbot.addWidget(window)
    told: list[bool] = []
    window.painted.connect(lambda: told.append(True))
    window.show()
    qtbot.waitUntil(lambda: bool(told))
    window.repaint()
    QApplication.processEvents()
    assert told == [True]
