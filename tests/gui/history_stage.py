"""The history page on a stage: shown, fed by a fake wallet, touched and typed at."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from pos_app.till.history_views import HistoryFilter
from pos_app.ui.metrics import Metrics
from pos_app.ui.pages.history import HistoryPage
from tests.gui.stage import SMALL, page_size, set_device, settle, show
from tests.support.records_actions import FakeWallet
from tests.support.sales import NOON_S
from tests.support.window import FakeActions

RAIL_U = 21


class Stage:
    """A page, the calls that it made, and the wallet that answers them."""

    def __init__(self, qtbot: QtBot, wallet: FakeWallet, metrics: Metrics = SMALL, *, text_scale: float = 1.0) -> None:
        set_device(metrics, text_scale=text_scale)
        self.actions = FakeActions()
        self.wallet = wallet
        self.now_s = NOON_S
        self.page = HistoryPage(self.actions, now_s=lambda: self.now_s)
        width, height = page_size(metrics)
        show(qtbot, self.page, (width - metrics.u(RAIL_U), height))
        self.page.activate()

    def answer(self) -> None:
        """Until nothing is asked any more."""
        while self.wallet.answer(self.actions):
            settle()
        settle()

    def asked(self) -> HistoryFilter:
        """The newest question."""
        wanted = self.actions.last("history_sums").values[0]
        assert isinstance(wanted, HistoryFilter)
        return wanted

    def touch(self, at: int) -> None:
        """A touch on this row, which must be in sight."""
        table = self.page.body.table
        place = table.visualRect(table.model().index(at, 1)).center()
        QTest.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(place.x(), place.y()))

    def type(self, text: str) -> None:
        """Into the search, and wait for the answer."""
        QTest.keyClicks(self.page.filters.bar.search.edit, text)
        self.pause(self.page.filters.typing_pause.interval())

    def pause(self, wait_ms: int) -> None:
        """As if so much time had passed: the pauses of the page end now."""
        for timer in (self.page.filters.typing_pause, self.page.news_pause):
            if timer.isActive() and timer.interval() <= wait_ms:
                timer.stop()
                timer.timeout.emit()
        QApplication.processEvents()

    def words(self, at: int) -> list[str]:
        """What stands in a row."""
        model = self.page.model
        return [str(model.data(model.index(at, column))) for column in range(model.columnCount())]
