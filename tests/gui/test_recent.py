"""Recent sales: the list, the search, the facts of one sale."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import QModelIndex, QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton, QWidget
from pytestqt.qtbot import QtBot

from pos_app.core.money import Sat
from pos_app.till.states import SaleState
from pos_app.till.views import Phase, SaleView, Stage
from pos_app.ui.recent import RecentPane
from pos_app.ui.theme import Mode
from pos_app.ui.widgets.buttons import Button
from pos_app.ui.widgets.chip import sale_chip, stage_chip
from tests.gui.stage import SMALL, click, pixels, press, set_device, settle, show
from tests.support.queue import queue_item, queue_view
from tests.support.sales import NOON_S, sale_view

SIZE = (472, 508)
UNCERTAIN = sale_view(SaleState.UNCERTAIN, uncertain_until_s=NOON_S + 600)


def some_sales() -> tuple[SaleView, ...]:
    states = [SaleState.OPEN, SaleState.PAID, SaleState.PAID_LATE, SaleState.EXPIRED, SaleState.REFUND_DUE]
    return tuple(
        sale_view(states[i % 5], number=147 - i, amount=Sat(1000 + i), made_at_s=NOON_S - 60 * i) for i in range(20)
    )


@pytest.fixture
def pane(qtbot: QtBot) -> RecentPane:
    set_device()
    made = RecentPane()
    show(qtbot, made, SIZE)
    return made


def names(pane: RecentPane) -> list[str]:
    model = pane.list.model()
    return [str(model.data(model.index(row, 0))) for row in range(model.rowCount())]


def touch(pane: RecentPane, row: int) -> None:
    index = pane.list.model().index(row, 0)
    QTest.mouseClick(pane.list.viewport(), Qt.MouseButton.LeftButton, pos=pane.list.visualRect(index).center())


def test_twenty_rows_with_time_amount_and_state(pane: RecentPane) -> None:
    pane.show_sales(some_sales())
    assert len(names(pane)) == 20
    assert names(pane)[:3] == [
        "12:04, 1000 sat, Waiting, Sale 147",
        "12:03, 1001 sat, Paid, Sale 146",
        "12:02, 1002 sat, Paid late, Sale 145",
    ]


def test_an_open_sale_whose_answer_was_lost_is_amber() -> None:
    assert sale_chip(sale_view(phase=Phase.CHECKING)).word == "Checking"
    assert sale_chip(sale_view()).word == "Waiting"


@pytest.mark.parametrize("mode", [Mode.LIGHT, Mode.DARK])
def test_the_rows_are_painted_in_both_themes(qtbot: QtBot, mode: Mode) -> None:
    set_device(mode=mode)
    pane = RecentPane(title=True)
    show(qtbot, pane, SIZE)
    empty = pixels(pane)
    pane.show_sales(some_sales())
    settle()
    assert pixels(pane) != empty


def test_nothing_yet_and_nothing_found_are_two_things(pane: RecentPane) -> None:
    pane.show_sales(())
    assert pane.none_yet.isVisible() and pane.none_yet.accessibleName().startswith("No sales yet")
    asked: list[str] = []
    pane.search_changed.connect(asked.append)
    QTest.keyClicks(pane.search.edit, "99")
    assert asked == ["9", "99"]
    pane.show_sales((), "99")
    assert pane.no_match.isVisible() and pane.no_match.accessibleName().startswith("No sale matches “99”")
    clear = pane.no_match.findChild(Button)
    assert isinstance(clear, QWidget) and not isinstance(clear, QPushButton)
    click(clear)
    assert asked[-1] == "" and pane.search_text() == ""
    pane.show_sales(some_sales())
    assert pane.list.isVisible()


def test_an_answer_to_an_older_search_is_dropped(pane: RecentPane) -> None:
    pane.show_sales(some_sales())
    QTest.keyClicks(pane.search.edit, "1019")
    pane.show_sales(some_sales()[:3], "10")
    assert len(names(pane)) == 20
    pane.show_sales(some_sales()[-1:], "1019")
    assert len(names(pane)) == 1


def test_a_touch_opens_the_facts_and_escape_goes_back(pane: RecentPane) -> None:
    pane.show_sales(some_sales())
    settle()
    touch(pane, 1)
    assert pane.shows_detail() and pane.detail.number.text() == "Sale 146"
    press(pane.detail.back, Qt.Key.Key_Escape)
    assert not pane.shows_detail()
    press(pane.list, Qt.Key.Key_Down)
    press(pane.list, Qt.Key.Key_Return)
    assert pane.shows_detail()


def test_a_change_of_the_sale_reaches_its_facts(pane: RecentPane) -> None:
    sales = some_sales()
    pane.show_sales(sales)
    pane.open_sale(sales[0])
    assert pane.detail.resume.isVisible() and not pane.detail.check.isVisible()
    pane.show_sales((sale_view(SaleState.PAID_LATE, number=147, amount=Sat(1000)), *sales[1:]))
    assert pane.detail.notice.isVisible()
    assert "The money came after the code had ended." in pane.detail.notice.accessibleName()
    assert not pane.detail.resume.isVisible()


def test_the_facts_of_a_receipt(pane: RecentPane) -> None:
    pane.open_sale(sale_view(SaleState.PAID, note="Table 4", amount=Sat(48_314)))
    assert pane.detail.facts() == [
        ("Charged", "14 March, 12:04"),
        ("Paid", "12:04:51"),
        ("Paid by", "QR"),
        ("Note", "Table 4"),
        ("Reference", "R0000147"),
    ]
    assert pane.detail.amount.figure() == "48\u202f314"
    assert not pane.detail.check.isVisible() and not pane.detail.notice.isVisible()


@pytest.mark.parametrize(
    ("sale", "words"),
    [
        (UNCERTAIN, ["Do not charge again", "until 12:14"]),
        (sale_view(phase=Phase.CHECKING), ["Do not charge again", "answer was lost"]),
        (sale_view(SaleState.EXPIRED), ["Nothing was paid", "Paid late"]),
        (sale_view(SaleState.CANCELLED), ["Nothing was paid", "Paid late"]),
        (
            replace(sale_view(SaleState.REFUND_DUE), received=Sat(33_406)),
            ["More was paid than is due", "33\u202f406 sat"],
        ),
        (replace(sale_view(SaleState.REFUND_DUE), received=Sat(16_703)), ["This money is to be given back"]),
    ],
)
def test_what_there_is_to_say_about_a_state(pane: RecentPane, sale: SaleView, words: list[str]) -> None:
    pane.open_sale(sale)
    spoken = pane.detail.notice.accessibleName()
    assert pane.detail.notice.isVisible() and [word for word in words if word not in spoken] == []


def test_an_open_sale_can_be_shown_again_and_a_lost_one_checked(pane: RecentPane) -> None:
    resumed: list[object] = []
    checked: list[str] = []
    pane.resume_pressed.connect(resumed.append)
    pane.check_pressed.connect(checked.append)
    open_sale = sale_view()
    pane.open_sale(open_sale)
    click(pane.detail.resume)
    pane.open_sale(UNCERTAIN)
    click(pane.detail.check)
    assert resumed == [open_sale] and checked == ["sale-147"]


def test_nothing_was_handed_over_asks_once_more(pane: RecentPane) -> None:
    given: list[str] = []
    pane.nothing_given_pressed.connect(given.append)
    pane.open_sale(UNCERTAIN)
    click(pane.detail.nothing_given)
    assert "Did the customer get nothing?" in pane.detail.notice.accessibleName() and given == []
    settle()
    no, _ = pane.detail.notice.findChildren(Button)
    click(no)
    assert pane.detail.nothing_given.isVisible() and given == []
    click(pane.detail.nothing_given)
    settle()
    _, yes = [button for button in pane.detail.notice.findChildren(Button) if button.isVisible()]
    click(yes)
    assert given == ["sale-147"]
    pane.open_sale(sale_view(SaleState.PAID))
    assert not pane.detail.nothing_given.isVisible()


def test_a_press_that_scrolls_is_no_touch(pane: RecentPane) -> None:
    pane.show_sales(some_sales())
    settle()
    view, start = pane.list.viewport(), QPoint(200, 300)
    QTest.mousePress(view, Qt.MouseButton.LeftButton, pos=start)
    for step in range(1, 6):
        QTest.mouseMove(view, start - QPoint(0, 40 * step), 10)
    QTest.mouseRelease(view, Qt.MouseButton.LeftButton, pos=start - QPoint(0, 200))
    settle()
    assert not pane.shows_detail()


def test_rows_keep_their_height_and_lose_their_second_line(qtbot: QtBot) -> None:
    set_device(SMALL, text_scale=1.5)
    pane = RecentPane()
    show(qtbot, pane, SIZE)
    pane.show_sales(some_sales())
    settle()
    assert pane.list.sizeHintForIndex(pane.list.model().index(0, 0)).height() == SMALL.u(14)
    assert pane.list.currentIndex() == QModelIndex()


class TestNotPaidYet:
    """Pending sales stand first, apart, with their sum."""

    SALES = (
        sale_view(number=147, amount=Sat(1_000)),
        sale_view(SaleState.OWED, number=146, amount=Sat(4_200)),
        sale_view(SaleState.PAID, number=145, amount=Sat(9_000)),
        sale_view(SaleState.UNCERTAIN, number=144, amount=Sat(2_000)),
    )

    def test_they_are_apart_with_their_sum(self, pane: RecentPane) -> None:
        pane.show_sales(self.SALES)
        assert names(pane) == [
            "Not paid yet, 6200 sat",
            "12:04, 4200 sat, Stored, Sale 146",
            "12:04, 2000 sat, Checking, Sale 144",
            "Other sales",
            "12:04, 1000 sat, Waiting, Sale 147",
            "12:04, 9000 sat, Paid, Sale 145",
        ]

    def test_without_them_there_is_no_heading(self, pane: RecentPane) -> None:
        pane.show_sales(self.SALES[::2])
        assert names(pane)[0].startswith("12:04, 1000 sat")

    def test_the_queue_tells_where_they_stand_and_of_older_ones(self, pane: RecentPane) -> None:
        pane.show_sales(self.SALES)
        declined = queue_item(Stage.DECLINED, number=146, amount=4_200, ago_s=0)
        pane.show_queue(queue_view(queue_item(number=12, amount=500, ago_s=0), declined))
        assert names(pane)[:4] == [
            "Not paid yet, 6700 sat",
            "12:04, 4200 sat, Declined, Sale 146",
            "12:04, 2000 sat, Checking, Sale 144",
            "12:04, 500 sat, Stored, Sale 12",
        ]

    def test_a_search_shows_only_what_it_found(self, pane: RecentPane) -> None:
        pane.show_queue(queue_view(queue_item(number=12, amount=500, ago_s=0)))
        QTest.keyClicks(pane.search.edit, "9000")
        pane.show_sales(self.SALES[2:3], "9000")
        assert names(pane) == ["12:04, 9000 sat, Paid, Sale 145"]

    def test_a_heading_is_no_row_to_touch_or_to_walk_to(self, pane: RecentPane) -> None:
        pane.show_sales(self.SALES)
        settle()
        touch(pane, 0)
        assert not pane.shows_detail()
        press(pane.list, Qt.Key.Key_Down)
        press(pane.list, Qt.Key.Key_Return)
        assert pane.shows_detail() and pane.detail.number.text() in ("Sale 146", "Sale 144")

    @pytest.mark.parametrize(
        ("stage", "words"),
        [
            (Stage.STORED, "Its card is stored. You carry the risk."),
            (Stage.HELD, "Its stored card is on hold. You carry the risk."),
            (Stage.DECLINED, "Its stored card did not pay. The queue shows the ways on."),
        ],
    )
    def test_the_facts_of_one_say_so_and_lead_to_the_queue(self, pane: RecentPane, stage: Stage, words: str) -> None:
        led: list[str] = []
        pane.queue_pressed.connect(led.append)
        pane.show_sales(self.SALES)
        pane.open_sale(self.SALES[1])
        pane.show_queue(queue_view(queue_item(stage, number=146, amount=4_200, ago_s=0)))
        assert pane.detail.notice.accessibleName() == f"Not paid yet {words}"
        assert pane.detail.chip.accessibleName() == stage_chip(stage).word
        click(pane.detail.queue)
        assert led == ["sale-146"]
        pane.open_sale(self.SALES[2])
        assert not pane.detail.queue.isVisible()
