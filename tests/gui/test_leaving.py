"""Before the till is closed or opens other books: what is open is said, and nothing happens by a slip."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from pos_app.core.money import Sat
from pos_app.till.states import SaleState
from pos_app.till.views import SaleChanged
from pos_app.ui.window import MainWindow
from tests.gui.stage import SMALL, click, press, set_device
from tests.support.sales import sale_view
from tests.support.window import FakeActions, a_status, a_store, preferences


class Till:
    """A window on commands that only note."""

    def __init__(self, qtbot: QtBot) -> None:
        set_device(SMALL)
        self.actions = FakeActions()
        self.window = MainWindow(self.actions, preferences(still=True, theme="light"))
        self.closed: list[bool] = []
        self.window.closed.connect(lambda: self.closed.append(True))
        qtbot.addWidget(self.window, before_close_func=lambda window: window.close_now())
        self.window.resize(SMALL.width, SMALL.height)
        self.window.show_status(a_status(store=a_store()))
        self.window.show()
        QApplication.processEvents()

    def queue(self, count: int, at_risk: int) -> None:
        self.window.show_status(a_status(store=a_store(count=count, sum=Sat(at_risk)), queue_count=count))

    def choose_practice(self) -> None:
        self.window.rail.chosen.emit("settings")
        settings = self.window.settings
        settings.open(settings.api)
        click(settings.api.choices()[0])


@pytest.fixture
def till(qtbot: QtBot) -> Till:
    return Till(qtbot)


def test_with_nothing_open_the_window_closes_at_once(till: Till) -> None:
    till.window.take(SaleChanged(sale_view(SaleState.PAID)))
    till.window.close()
    assert till.closed == [True]
    assert not till.window.isVisible()


@pytest.mark.parametrize(
    ("count", "at_risk", "words"),
    [
        (3, 41_200, "3 sales are in the queue. 41\u202f200 sat are not paid yet."),
        (1, 0, "1 sale is in the queue."),
    ],
)
def test_closing_says_what_is_in_the_queue_and_stays(till: Till, count: int, at_risk: int, words: str) -> None:
    till.queue(count, at_risk)
    till.window.close()
    assert till.window.isVisible() and till.closed == []
    sheet = till.window.leaving
    assert sheet.is_open()
    assert sheet.notice.accessibleName() == words
    assert "stays on disk" in sheet.what_happens.text()
    assert sheet.stay_button.hasFocus()
    till.window.close()
    assert sheet.is_open() and till.closed == []
    click(sheet.stay_button)
    assert not sheet.is_open() and till.window.isVisible()


def test_a_sale_on_the_screen_keeps_the_window(till: Till) -> None:
    till.window.charge.press("5")
    click(till.window.charge.pane.charge)
    till.window.close()
    assert till.window.leaving.notice.accessibleName() == "1 sale waits for its payment."
    press(till.window.leaving, Qt.Key.Key_Escape)
    till.actions.last("charge").job.succeed(sale_view())
    till.queue(2, 500)
    till.window.close()
    words = "1 sale waits for its payment. 2 sales are in the queue. 500 sat are not paid yet."
    assert till.window.leaving.notice.accessibleName() == words


def test_an_open_sale_that_is_not_on_the_screen_counts(till: Till) -> None:
    till.window.take(SaleChanged(sale_view(number=140)))
    till.window.close()
    assert till.closed == []
    till.window.take(SaleChanged(sale_view(SaleState.EXPIRED, number=140)))
    till.window.close()
    assert till.closed == [True]


def test_quit_anyway_closes(till: Till) -> None:
    till.queue(1, 500)
    till.window.close()
    click(till.window.leaving.go_button)
    assert till.closed == [True]
    assert not till.window.isVisible()


def test_the_computer_that_shuts_down_is_not_asked(till: Till) -> None:
    till.queue(1, 500)
    till.window.close_now()
    assert till.closed == [True]


def test_another_server_is_taken_only_after_the_warning(till: Till) -> None:
    till.queue(1, 500)
    till.choose_practice()
    sheet = till.window.leaving
    assert sheet.is_open()
    assert "books of this server" in sheet.what_happens.text()
    assert till.actions.count("use_api") == 0
    press(sheet, Qt.Key.Key_Escape)
    assert till.actions.count("use_api") == 0
    api = till.window.settings.api
    assert [choice.isChecked() for choice in api.choices()] == [False, True]
    till.choose_practice()
    click(sheet.go_button)
    assert till.actions.last("use_api").values == ("practice",)
    assert not sheet.is_open() and till.closed == []


def test_another_server_is_taken_at_once_with_nothing_open(till: Till) -> None:
    till.choose_practice()
    assert till.actions.last("use_api").values == ("practice",)


def test_connecting_a_server_warns_too(till: Till) -> None:
    till.queue(1, 500)
    till.window.rail.chosen.emit("settings")
    api = till.window.settings.api
    till.window.settings.open(api)
    api.url.set_text("https://pay.example")
    api.key.set_text("5" * 32)
    api.connect_button.click()
    assert till.actions.count("connect") == 0
    click(till.window.leaving.go_button)
    assert till.actions.last("connect").values == ("https://pay.example", "5" * 32, "")


def test_the_sales_of_other_books_are_forgotten(till: Till) -> None:
    till.window.take(SaleChanged(sale_view(number=140)))
    till.window.load()
    till.window.close()
    assert till.closed == [True]
