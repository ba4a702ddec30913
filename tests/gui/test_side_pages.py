"""The pages beside the counter: made when first needed, kept up to date, left for a sale and found again."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtWidgets import QAbstractButton, QApplication, QWidget
from pytestqt.qtbot import QtBot

from pos_app.till.history_views import HistoryFilter
from pos_app.till.states import SaleState
from pos_app.till.views import Problem, SaleChanged, StatusChanged
from pos_app.ui.side_pages import DAY, QUEUE, REPORT, SALES
from pos_app.ui.window import MainWindow
from tests.gui.stage import SMALL, click, set_device
from tests.support.sales import sale_view
from tests.support.window import FakeActions, a_status, preferences


@pytest.fixture
def window(qtbot: QtBot) -> MainWindow:
    set_device(SMALL)
    made = MainWindow(FakeActions(), preferences(still=True, theme="light"))
    qtbot.addWidget(made, before_close_func=lambda window: window.close_now())
    made.resize(SMALL.width, SMALL.height)
    made.show_status(a_status())
    made.show()
    QApplication.processEvents()
    return made


def entry(window: MainWindow, word: str) -> QAbstractButton:
    return next(button for button in window.rail.findChildren(QAbstractButton) if button.text() == word)


def noted(monkeypatch: pytest.MonkeyPatch, page: QWidget, name: str) -> list[tuple[Any, ...]]:
    """The calls of a page's method, which is not carried out."""
    calls: list[tuple[Any, ...]] = []
    monkeypatch.setattr(page, name, lambda *values: calls.append(values))
    return calls


@pytest.mark.parametrize(("word", "name"), [("Sales", SALES), ("Day", DAY), ("Queue", QUEUE)])
def test_the_rail_leads_to_each_page_and_back(window: MainWindow, word: str, name: str) -> None:
    click(entry(window, word))
    assert window.pages.currentWidget() is window.side.page(name)
    assert entry(window, word).isChecked() and window.rail.isVisible() and window.strip.isVisible()
    click(entry(window, "Sell"))
    assert window.pages.currentWidget() is window.charge


@pytest.mark.parametrize("name", [SALES, DAY, QUEUE, REPORT])
def test_a_page_is_loaded_each_time_it_is_shown_and_told_everything(
    window: MainWindow, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    page = window.side.page(name)
    shown, told, status = (noted(monkeypatch, page, method) for method in ("activate", "take", "show_status"))
    window.rail.chosen.emit(name)
    window.rail.chosen.emit(name)
    assert len(shown) == 2
    event = SaleChanged(sale_view(SaleState.PAID))
    window.take(event)
    assert told == [(event,)]
    window.take(StatusChanged(a_status(shop_name="Kiosk")))
    assert status == [(a_status(shop_name="Kiosk"),)]
    window.side.reload()
    assert len(shown) == 3


def test_a_report_belongs_to_the_day(window: MainWindow) -> None:
    window.side.day.report_pressed.emit()
    assert window.side.name_of(window.pages.currentWidget()) == REPORT
    assert entry(window, "Day").isChecked()
    window.side.report.back_pressed.emit()
    assert window.pages.currentWidget() is window.side.day


def test_a_bar_of_the_day_leads_to_its_sales(window: MainWindow, monkeypatch: pytest.MonkeyPatch) -> None:
    filters = noted(monkeypatch, window.side.sales, "show_filter")
    window.side.day.filter_pressed.emit(HistoryFilter())
    assert window.pages.currentWidget() is window.side.sales
    assert filters == [(HistoryFilter(),)]


def test_a_row_of_the_history_leads_to_its_place_in_the_queue(
    window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen = noted(monkeypatch, window.side.queue, "open_sale")
    window.side.sales.queue_pressed.emit("sale-149")
    assert window.pages.currentWidget() is window.side.queue
    assert chosen == [("sale-149",)]


def test_an_open_sale_of_the_history_comes_to_the_counter(window: MainWindow) -> None:
    window.side.sales.counter_pressed.emit(sale_view())
    assert window.pages.currentWidget() is window.invoice
    assert not window.rail.isVisible()
    window.side.day.filter_pressed.emit(HistoryFilter())
    assert window.pages.currentWidget() is window.invoice


def test_the_limits_stand_in_the_settings(window: MainWindow) -> None:
    window.side.queue.settings_pressed.emit()
    assert window.pages.currentWidget() is window.settings
    assert window.settings.offline.isVisible()


def test_a_problem_without_a_place_is_told(window: MainWindow) -> None:
    window.side.sales.failed.emit(Problem("The file cannot be written.", "Choose another folder."))
    assert window.news.isVisible()


def test_nothing_is_made_before_it_is_needed(window: MainWindow) -> None:
    window.take(SaleChanged(sale_view(SaleState.PAID)))
    assert window.pages.count() == 3  # charge, and what the first Charge needs
