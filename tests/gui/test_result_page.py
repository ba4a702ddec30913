"""The result page: full green, the amount, and nothing but a new sale to do."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

from pos_app.core.money import Sat
from pos_app.till.states import SaleState
from pos_app.till.views import SaleView, Tender
from pos_app.ui.metrics import Metrics
from pos_app.ui.pages.result import ResultPage
from pos_app.ui.theme import Mode, theme
from tests.gui.stage import SMALL, WIDE, Time, click, pixels, press, set_device, settle, show
from tests.support.sales import sale_view

PAID = sale_view(SaleState.PAID, note="Table 4")
LATE = sale_view(SaleState.PAID_LATE)


@pytest.fixture
def now() -> Time:
    return Time(50.0)


@pytest.fixture
def page(qtbot: QtBot, now: Time) -> ResultPage:
    set_device()
    made = ResultPage(now=now)
    show(qtbot, made, (SMALL.width, SMALL.height))
    return made


@pytest.fixture
def presses(page: ResultPage) -> list[bool]:
    asked: list[bool] = []
    page.new_sale_pressed.connect(lambda: asked.append(True))
    return asked


def share_of(image: QImage, colour: str) -> float:
    points = [(x, y) for x in range(4, image.width(), 16) for y in range(4, image.height(), 16)]
    return sum(image.pixelColor(x, y).name() == colour for x, y in points) / len(points)


@pytest.mark.parametrize(
    ("sale", "word", "facts", "advice"),
    [
        (PAID, "Paid", "12:04:51 · Sale 147 · QR · Table 4", ""),
        (replace(PAID, practice=True), "Paid, practice", "12:04:51 · Sale 147 · QR · Table 4", ""),
        (replace(PAID, note="", tender=Tender.CARD), "Paid", "12:04:51 · Sale 147 · Card", ""),
        (LATE, "Paid late", "12:04:51 · Sale 147 · QR", "after the code had ended. Give the goods only once."),
        (replace(LATE, practice=True), "Paid late, practice", "12:04:51 · Sale 147 · QR", "Give the goods only once."),
        (replace(PAID, received=Sat(33_406)), "Paid", "Sale 147", "33\u202f406 sat arrived in all."),
    ],
)
def test_it_says_what_happened(page: ResultPage, sale: SaleView, word: str, facts: str, advice: str) -> None:
    page.show_sale(sale)
    assert page.word.text() == word
    assert facts in page.facts.text()
    assert advice in page.advice.text() and bool(advice) == page.advice.isVisible()
    assert page.amount.figure() == "16\u202f703"
    assert page.accessibleName().startswith(f"{word}, 16703 sat. {page.facts.text()}")


def test_a_tip_is_part_of_the_total(page: ResultPage) -> None:
    page.show_sale(replace(PAID, total=Sat(18_203), tip=Sat(1_500)))
    assert page.amount.figure() == "18\u202f203"
    assert page.tip.isVisible() and page.tip.text() == "with tip 1\u202f500 sat"
    page.show_sale(PAID)
    assert not page.tip.isVisible()


@pytest.mark.parametrize("mode", [Mode.LIGHT, Mode.DARK, Mode.CONTRAST_DARK])
@pytest.mark.parametrize("metrics", [SMALL, WIDE])
def test_the_window_is_green_and_the_tick_white(qtbot: QtBot, metrics: Metrics, mode: Mode) -> None:
    set_device(metrics, mode)
    page = ResultPage(now=Time())
    page.show_sale(PAID)
    show(qtbot, page, (metrics.width, metrics.height))
    image = pixels(page)
    assert share_of(image, theme.now.paid_fill.name()) > 0.6
    box = page._icon.geometry()
    at = image.pixelColor(box.center().x() - box.height() // 24, box.y() + round(box.height() * 14 / 24) - 1)
    assert at.lightness() > 200


def test_the_fill_comes_up_and_the_tick_is_drawn(qtbot: QtBot) -> None:
    set_device(still=False)
    page = ResultPage(now=Time())
    show(qtbot, page, (SMALL.width, SMALL.height))
    page.show_sale(PAID)
    for share in (0.0, 0.5, 1.0):
        for animation in (page._fill, page._tick):
            animation.pause()
            animation.setCurrentTime(round(animation.duration() * share))
        green = share_of(pixels(page), theme.now.paid_fill.name())
        assert green > 0.6 if share == 1.0 else green < 0.6 or share == 0.5


def test_reduced_motion_shows_all_at_once(page: ResultPage) -> None:
    page.show_sale(PAID)
    assert page._fill.currentValue() == 1.0 and page._tick.currentValue() == 1.0


def test_the_same_sale_again_starts_nothing_anew(qtbot: QtBot, now: Time) -> None:
    set_device(still=False)
    page = ResultPage(now=now)
    show(qtbot, page, (SMALL.width, SMALL.height))
    page.show_sale(PAID)
    page._fill.setCurrentTime(page._fill.duration())
    page.show_sale(replace(PAID, received=Sat(20_000)))
    assert page._fill.currentValue() == 1.0


def test_the_whole_screen_begins_a_new_sale_but_not_by_the_last_touch(
    page: ResultPage, presses: list[bool], now: Time
) -> None:
    page.show_sale(PAID)
    now.seconds += 1.9
    click(page)
    assert presses == []
    now.seconds += 0.1
    click(page)
    assert presses == [True]


@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Escape])
def test_enter_begins_a_new_sale_at_once(page: ResultPage, presses: list[bool], key: Qt.Key) -> None:
    page.show_sale(PAID)
    press(page, key)
    assert presses == [True]


def test_the_keys_come_to_it_when_it_is_shown(page: ResultPage) -> None:
    page.hide()
    page.show()
    assert page.window().focusWidget() is page


def test_the_button_begins_a_new_sale_at_once(page: ResultPage, presses: list[bool]) -> None:
    page.show_sale(PAID)
    click(page.new_sale)
    press(page.new_sale, Qt.Key.Key_Return)
    assert presses == [True, True]


def test_it_stays_until_somebody_leaves_it(page: ResultPage, presses: list[bool], now: Time) -> None:
    page.show_sale(PAID)
    now.seconds += 3600
    settle()
    assert page.isVisible() and presses == []


@pytest.mark.parametrize("text_scale", [1.0, 1.5])
@pytest.mark.parametrize("sale", [PAID, LATE, replace(PAID, total=Sat(1_001_500), tip=Sat(1_500))])
def test_it_fits_the_smallest_window_below_the_banner(qtbot: QtBot, sale: SaleView, text_scale: float) -> None:
    set_device(text_scale=text_scale)
    page = ResultPage(now=Time())
    page.show_sale(sale)
    size = (SMALL.width, SMALL.height - SMALL.u(12))
    show(qtbot, page, size)
    assert page.minimumSizeHint().height() <= size[1] and page.minimumSizeHint().width() <= size[0]
    assert page.rect().contains(page.new_sale.geometry())
    lines = [page.word, page.amount, page.tip, page.facts, page.advice]
    assert all(line.geometry().bottom() < page.new_sale.geometry().top() for line in lines if line.isVisible())
