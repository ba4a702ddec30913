"""The same goods again? Asked once before a sale that follows one which may still be paid, and never by a slip."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QWidget
from pytestqt.qtbot import QtBot

from pos_app.core.errors import UserError
from pos_app.core.money import Sat
from pos_app.till.states import SaleState
from pos_app.till.views import (
    FactState,
    Phase,
    QueueChanged,
    QueueItem,
    QueueView,
    SaleChanged,
    SaleView,
    Stage,
)
from pos_app.ui.same_goods_sheet import SameGoodsSheet
from pos_app.ui.sold_again import SoldAgain
from pos_app.ui.sounds import Sound
from pos_app.ui.window import MainWindow
from tests.gui.stage import SMALL, click, press, set_device
from tests.support.sales import NOON_S, sale_view
from tests.support.window import FACTS, FakeActions, a_fact, a_status, a_store, preferences

NEXT = sale_view(number=148, amount=Sat(500))
PAID_MEANWHILE = UserError("The first sale has been paid meanwhile.", "Do not charge again: look at the recent sales.")
MM_12 = 14


def earlier(state: SaleState, phase: Phase | None = None, *, may_be_paid: bool = True) -> SaleView:
    return replace(sale_view(state, phase), may_be_paid=may_be_paid)


READY = earlier(SaleState.OPEN)
ENDING = earlier(SaleState.OPEN, Phase.ENDING)
UNCERTAIN = earlier(SaleState.UNCERTAIN)
CANCELLED = earlier(SaleState.CANCELLED)


class Till:
    """A window on commands that only note."""

    def __init__(self, qtbot: QtBot, **chosen: object) -> None:
        set_device(SMALL)
        self.actions = FakeActions()
        self.window = MainWindow(self.actions, preferences(still=True, theme="light", **chosen))
        self.heard: list[Sound] = []
        self.window.sounds.play = self.heard.append  # type: ignore[method-assign, assignment]
        qtbot.addWidget(self.window, before_close_func=lambda window: window.close_now())
        self.window.resize(SMALL.width, SMALL.height)
        self.window.show_status(a_status(store=a_store()))
        self.window.show()
        QApplication.processEvents()

    @property
    def sheet(self) -> SameGoodsSheet:
        return self.window.same_goods.sheet

    def tell(self, sale: SaleView) -> None:
        self.window.take(SaleChanged(sale))

    def charge(self, sat: int = 500) -> None:
        """Type and charge."""
        QTest.keyClicks(self.window.charge, str(sat))
        click(self.window.charge.pane.charge)

    def sell(self, end: SaleView) -> None:
        """Charge a sale that ends like this, and go on."""
        self.charge(16_703)
        self.actions.last("charge").job.succeed(READY)
        self.tell(end)
        self.window.invoice.new_sale_pressed.emit()
        self.past_the_guards()

    def past_the_guards(self) -> None:
        self.window.guard.hide()
        self.sheet.guard.hide()

    def replaced(self) -> tuple[int, object]:
        """How many sales were charged, and what the last one stands for."""
        return self.actions.count("charge"), self.actions.last("charge").values[2]

    def shows(self, page: QWidget) -> bool:
        return self.window.pages.currentWidget() is page

    @property
    def news(self) -> str:
        bar = self.window.news
        return bar.findChildren(QAbstractButton)[0].accessibleName() if bar.isVisible() else ""


@pytest.fixture
def till(qtbot: QtBot) -> Till:
    return Till(qtbot)


# When it is asked.


@pytest.mark.parametrize("end", [UNCERTAIN, CANCELLED], ids=["stop waiting", "cancel"])
def test_it_is_asked_once(till: Till, end: SaleView) -> None:
    till.sell(end)
    till.charge()
    assert till.sheet.is_open()
    assert till.shows(till.window.charge)
    assert till.replaced() == (1, None)
    till.past_the_guards()
    click(till.sheet.same)
    assert not till.sheet.is_open()
    assert till.actions.last("charge").values == (Sat(500), "", end.sale_id, False)
    assert till.shows(till.window.invoice)
    till.actions.last("charge").job.succeed(NEXT)
    till.tell(sale_view(SaleState.PAID, number=148))
    till.window.result.new_sale_pressed.emit()
    till.past_the_guards()
    till.charge()
    assert till.replaced() == (3, None)


def test_other_goods_stand_for_nothing(till: Till) -> None:
    till.sell(UNCERTAIN)
    till.charge()
    till.past_the_guards()
    click(till.sheet.other)
    assert till.replaced() == (2, None)
    till.actions.last("charge").job.succeed(NEXT)
    assert till.window.flow.sold_again.sale is None


def test_a_card_that_is_stored_is_asked_about_too(till: Till) -> None:
    till.sell(UNCERTAIN)
    down = a_fact("payments", "Offline since 12:04", FactState.DOWN)
    till.window.show_status(a_status(down, store=a_store(offered=True)))
    till.window.charge.pane.guard.hide()
    till.charge()
    press(till.sheet.panel, Qt.Key.Key_S)
    assert till.actions.last("charge").values == (Sat(500), "", UNCERTAIN.sale_id, True)


@pytest.mark.parametrize(
    "end",
    [
        earlier(SaleState.CANCELLED, may_be_paid=False),
        earlier(SaleState.EXPIRED, may_be_paid=False),
        earlier(SaleState.PAID, may_be_paid=False),
        earlier(SaleState.PAID_OTHERWISE),
        earlier(SaleState.OWED),
    ],
    ids=lambda sale: str(sale.state),
)
def test_it_is_not_asked_without_reason(till: Till, end: SaleView) -> None:
    till.sell(end)
    till.charge()
    assert till.replaced() == (2, None)


def test_it_is_not_asked_once_the_invoice_is_dead(till: Till) -> None:
    till.sell(CANCELLED)
    till.tell(replace(CANCELLED, may_be_paid=False))
    till.charge()
    assert till.replaced() == (2, None)


def test_it_is_not_asked_about_a_sale_that_was_seen_paid(till: Till) -> None:
    till.charge(16_703)
    till.actions.last("charge").job.succeed(READY)
    till.tell(UNCERTAIN)
    till.tell(earlier(SaleState.PAID, may_be_paid=False))
    till.window.result.new_sale_pressed.emit()
    till.past_the_guards()
    till.charge()
    assert till.replaced() == (2, None)


def test_it_is_not_asked_in_other_books(till: Till) -> None:
    till.sell(UNCERTAIN)
    till.window.load()
    till.charge()
    assert till.replaced() == (2, None)


def test_a_sale_that_is_taken_back_and_put_back_is_asked_about(till: Till) -> None:
    back = replace(UNCERTAIN, phase=Phase.READY)
    till.window.flow.open(back)
    till.window.flow.put_back(back.sale_id)
    assert till.window.flow.sold_again.sale == back
    till.window.flow.open(replace(back, state=SaleState.OWED))
    till.window.flow.leave()
    assert till.window.flow.sold_again.sale is None


# A code that has ended, but is not dead yet: its sale is still open.


def test_the_same_goods_cancel_the_sale_whose_code_has_ended(till: Till) -> None:
    till.sell(ENDING)
    till.charge()
    press(till.sheet.panel, Qt.Key.Key_S)
    assert till.actions.last("cancel").values == (ENDING.sale_id,)
    assert till.actions.count("charge") == 1
    assert till.shows(till.window.invoice)
    till.window.flow.charge(Sat(500), "")
    till.tell(CANCELLED)
    till.actions.last("cancel").job.succeed(CANCELLED)
    assert till.replaced() == (2, ENDING.sale_id)
    till.actions.last("charge").job.succeed(NEXT)
    assert till.window.flow.current == NEXT


def test_what_cannot_be_cancelled_leaves_the_amount(till: Till) -> None:
    till.sell(ENDING)
    till.charge()
    press(till.sheet.panel, Qt.Key.Key_S)
    till.actions.last("cancel").job.fail(UserError("The disk is full.", "Free some space."))
    assert till.shows(till.window.charge)
    assert till.window.charge.entry.total == Sat(500)
    assert till.window.charge.pane.is_ready()


def test_other_goods_leave_the_sale_whose_code_has_ended(till: Till) -> None:
    till.sell(ENDING)
    till.charge()
    press(till.sheet.panel, Qt.Key.Key_O)
    assert till.actions.count("cancel") == 0
    assert till.replaced() == (2, None)


def test_its_own_end_takes_the_question_away(till: Till) -> None:
    till.sell(ENDING)
    till.tell(earlier(SaleState.EXPIRED, may_be_paid=False))
    till.charge()
    assert till.replaced() == (2, None)


# Keys and fingers.


def test_enter_and_figures_choose_nothing(till: Till) -> None:
    till.sell(UNCERTAIN)
    QTest.keyClicks(till.window.charge, "500")
    press(till.window.charge, Qt.Key.Key_Return)
    focused = QApplication.focusWidget()
    assert focused is till.sheet.panel
    for key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space, Qt.Key.Key_1, Qt.Key.Key_Plus):
        press(focused, key)
    assert till.sheet.is_open()
    assert till.actions.count("charge") == 1
    assert till.window.charge.entry.total == Sat(500)


def test_tab_and_enter_choose_what_has_the_focus(till: Till) -> None:
    till.sell(UNCERTAIN)
    till.charge()
    visited = []
    for _ in range(3):
        focused = QApplication.focusWidget()
        assert focused is not None
        press(focused, Qt.Key.Key_Tab)
        visited.append(QApplication.focusWidget())
    assert visited == [till.sheet.close_button, till.sheet.same, till.sheet.other]
    press(till.sheet.other, Qt.Key.Key_Return)
    assert till.replaced() == (2, None)


@pytest.mark.parametrize("how", ["Esc", "×", "scrim"])
def test_back_to_the_typed_amount(till: Till, how: str) -> None:
    till.sell(UNCERTAIN)
    till.charge()
    till.past_the_guards()
    if how == "Esc":
        press(till.sheet.panel, Qt.Key.Key_Escape)
    elif how == "×":
        click(till.sheet.close_button)
    else:
        QTest.mouseClick(till.sheet, Qt.MouseButton.LeftButton, pos=QPoint(20, 200))
    assert not till.sheet.is_open()
    assert till.actions.count("charge") == 1
    assert till.window.charge.entry.total == Sat(500)
    assert till.window.charge.pane.is_ready()
    assert till.window.charge.hasFocus()
    click(till.window.charge.pane.charge)
    assert till.sheet.is_open()


def test_a_double_tap_on_charge_answers_nothing(till: Till) -> None:
    till.sell(UNCERTAIN)
    till.charge()
    spot = till.window.charge.pane.charge.mapTo(till.window.body, till.window.charge.pane.charge.rect().center())
    assert till.window.body.childAt(spot) is till.sheet.guard
    click(till.sheet.guard)
    assert till.sheet.is_open()


def test_both_answers_weigh_the_same(till: Till) -> None:
    till.sell(UNCERTAIN)
    till.charge()
    QApplication.processEvents()
    assert abs(till.sheet.same.width() - till.sheet.other.width()) <= 1
    assert till.sheet.same.height() == till.sheet.other.height() >= SMALL.u(MM_12)
    assert till.sheet.same._kind == till.sheet.other._kind
    assert till.sheet.same.accessibleName() == "Same goods, Key S"
    assert till.sheet.other.accessibleName() == "Other goods, Key O"


# Its words.


def test_it_says_what_may_still_happen(till: Till) -> None:
    sheet = till.sheet
    sheet.now_s = lambda: NOON_S
    sheet.show_sale(replace(UNCERTAIN, uncertain_until_s=NOON_S + 600))
    assert sheet.notice.title.text() == "It may still be paid until 12:14."
    assert sheet.earlier.text() == "Sale 147 of 12:04"
    assert sheet.earlier_amount.text() == "16\u202f703 sat"
    sheet.show_sale(replace(UNCERTAIN, uncertain_until_s=NOON_S))
    assert sheet.notice.title.text() == "It may still be paid."
    sheet.show_sale(CANCELLED)
    assert sheet.notice.title.text() == "It was cancelled, but its code may still be paid."
    sheet.show_sale(ENDING)
    assert sheet.notice.title.text() == "Its code has ended, but may still be paid for a short time."
    sheet.show_sale(earlier(SaleState.WRITTEN_OFF))
    assert sheet.notice.title.text() == "Its money may still come."


@pytest.mark.parametrize("text_scale", [100, 150])
@pytest.mark.parametrize("paid", [False, True])
def test_nothing_is_cut_below_all_bars(qtbot: QtBot, text_scale: int, paid: bool) -> None:
    till = Till(qtbot, api="practice", text_scale=text_scale)
    till.sell(CANCELLED)
    till.window.show_status(a_status(a_fact("payments", "Offline since 12:04", FactState.DOWN), queue_count=1))
    till.window.news.show_sale(sale_view(SaleState.PAID_LATE, number=140))
    till.charge()
    if paid:
        till.tell(earlier(SaleState.PAID_LATE, may_be_paid=False))
    QApplication.processEvents()
    column = till.sheet.panel.layout()
    assert column is not None
    assert column.heightForWidth(till.sheet.panel.width()) <= till.sheet.panel.height()
    for button in till.sheet.findChildren(QAbstractButton):
        if button.isVisible():
            place = QRect(button.mapTo(till.sheet.panel, QPoint(0, 0)), button.size())
            assert till.sheet.panel.rect().contains(place)


# Paid meanwhile.


def test_paid_while_it_is_asked_the_same_goods_cannot_be_chosen(till: Till) -> None:
    till.sell(UNCERTAIN)
    till.charge()
    paid = earlier(SaleState.PAID, may_be_paid=False)
    till.tell(paid)
    assert till.sheet.is_open() and till.sheet.guard.isVisible()
    assert not till.sheet.same.isVisible()
    assert till.sheet.notice.title.text() == "Sale 147 was paid meanwhile."
    press(till.sheet.panel, Qt.Key.Key_S)
    assert till.actions.count("charge") == 1
    till.past_the_guards()
    click(till.sheet.look)
    assert till.shows(till.window.result)
    assert till.window.flow.current == paid
    till.window.result.new_sale_pressed.emit()
    assert till.window.charge.entry.total == Sat(500)
    till.past_the_guards()
    click(till.window.charge.pane.charge)
    assert till.sheet.is_open() and till.sheet.look.isVisible()
    press(till.sheet.panel, Qt.Key.Key_O)
    assert till.replaced() == (2, None)


def test_the_tills_refusal_is_shown_in_place_with_a_way_to_that_sale(till: Till) -> None:
    till.sell(UNCERTAIN)
    till.charge()
    press(till.sheet.panel, Qt.Key.Key_S)
    paid = earlier(SaleState.PAID_LATE, may_be_paid=False)
    till.tell(paid)
    till.actions.last("charge").job.fail(PAID_MEANWHILE)
    assert till.shows(till.window.charge)
    assert till.window.charge.entry.total == Sat(500)
    notice = till.window.charge.pane.notice
    assert notice.isVisible()
    assert notice.accessibleName() == f"{PAID_MEANWHILE.message} {PAID_MEANWHILE.cure}"
    (look,) = notice.findChildren(QAbstractButton)
    assert look.text() == "Look at sale 147"
    till.past_the_guards()
    click(look)
    assert till.shows(till.window.result)
    assert till.window.flow.current == paid


def test_a_new_code_that_is_refused_leads_to_the_paid_sale(till: Till) -> None:
    expired = earlier(SaleState.EXPIRED, may_be_paid=False)
    till.charge(16_703)
    till.actions.last("charge").job.succeed(READY)
    till.tell(expired)
    till.window.invoice.new_code_pressed.emit(expired.sale_id)
    till.tell(earlier(SaleState.PAID_LATE, may_be_paid=False))
    till.actions.last("charge").job.fail(PAID_MEANWHILE)
    (look,) = till.window.charge.pane.notice.findChildren(QAbstractButton)
    assert look.text() == "Look at sale 147"


def test_another_refusal_has_no_such_way(till: Till) -> None:
    till.sell(UNCERTAIN)
    till.charge()
    press(till.sheet.panel, Qt.Key.Key_S)
    till.actions.last("charge").job.fail(UserError("The disk is full.", "Free some space."))
    assert till.window.charge.pane.notice.isVisible()
    assert till.window.charge.pane.notice.findChildren(QAbstractButton) == []
    till.past_the_guards()
    click(till.window.charge.pane.charge)
    assert till.sheet.is_open()


def test_paid_while_its_twin_waits_is_said_over_the_code(till: Till) -> None:
    till.sell(UNCERTAIN)
    till.charge()
    press(till.sheet.panel, Qt.Key.Key_S)
    till.actions.last("charge").job.succeed(replace(NEXT, replaces=UNCERTAIN.sale_id))
    till.tell(earlier(SaleState.PAID_LATE, may_be_paid=False))
    assert till.shows(till.window.invoice)
    words = "Sale 148 is for the same goods: cancel it, or give one payment back."
    assert till.news == f"Sale 147 was paid meanwhile. {words}"


def test_due_back_it_is_told_without_the_sound_of_money(till: Till) -> None:
    till.tell(sale_view(SaleState.PAID, number=140))
    till.heard.clear()
    till.tell(sale_view(SaleState.REFUND_DUE, number=140))
    assert till.news.startswith("Refund due. Sale 140")
    assert till.heard == [Sound.ATTENTION]


def test_leaving_the_page_closes_the_question(till: Till) -> None:
    till.sell(UNCERTAIN)
    till.charge()
    till.window.news.sale_pressed.emit(sale_view(SaleState.PAID_LATE, number=140))
    assert not till.sheet.is_open()
    assert till.shows(till.window.result)
    assert till.window.charge.pane.is_ready()


# The memory alone.


def test_only_its_own_sale_changes_it() -> None:
    memory = SoldAgain()
    memory.left(UNCERTAIN)
    memory.take(sale_view(SaleState.PAID, number=150))
    memory.left(sale_view(SaleState.PAID, number=150))
    assert memory.sale == UNCERTAIN
    memory.take(earlier(SaleState.REFUND_DUE))
    assert memory.sale is None


# News of the queue.


def queued(*items: QueueItem) -> QueueChanged:
    return QueueChanged(QueueView(items, a_store()))


def item(stage: Stage, number: int = 149) -> QueueItem:
    sale = sale_view(SaleState.OWED, number=number)
    return QueueItem(sale, stage, "The card's issuer refused it.", "", frozenset(), "card.example", NOON_S, Sat(0))


@pytest.mark.parametrize("after", [(), (item(Stage.STORED),)], ids=["left the queue", "another card"])
def test_declined_is_no_news_any_more(till: Till, after: tuple[QueueItem, ...]) -> None:
    till.window.take(queued(item(Stage.STORED)))
    till.window.take(queued(item(Stage.DECLINED), item(Stage.TAP_LOST, 150)))
    assert till.news.startswith("Tap lost. Sale 150")
    till.window.take(queued(item(Stage.DECLINED)))
    assert till.news.startswith("Declined. Sale 149")
    till.window.take(queued(*after))
    assert till.news == ""


# Why there is no code.


@pytest.mark.parametrize(("key", "icon"), [("payments", "cloud-off"), ("lightning", "zap-off"), ("", "circle-alert")])
def test_no_code_shows_what_is_away(till: Till, key: str, icon: str) -> None:
    till.window.flow.open(sale_view(phase=Phase.NO_CODE))
    facts = (a_fact(key, "Away", FactState.DOWN),) if key else FACTS
    till.window.show_status(a_status(*facts))
    message = till.window.invoice._scene.message
    assert message is not None and message.icon == icon
