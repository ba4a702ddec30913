"""What stands between the filters and the foot: the table, or why there is none."""

from __future__ import annotations

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from pos_app.core.money import grouped
from pos_app.till.views import Problem
from pos_app.ui.history.captions import Captions
from pos_app.ui.history.model import HistoryModel
from pos_app.ui.history.table import HistoryTable
from pos_app.ui.theme import theme
from pos_app.ui.widgets.buttons import Button
from pos_app.ui.widgets.empty import Empty
from pos_app.ui.widgets.notice import Notice
from pos_app.ui.widgets.panel import Panel
from pos_app.ui.widgets.progress import Progress

SLOW_MS = 1000


class HistoryBody(Panel):
    """Table, empty states, trouble, and a sweep above what lasts longer than a second."""

    retried = Signal()
    cleared = Signal()
    """The button of "none found"."""
    sell_pressed = Signal()

    def __init__(self, model: HistoryModel, parent: QWidget | None = None) -> None:
        super().__init__("surface", "t", parent=parent)
        self.table = HistoryTable(model)
        self.captions = Captions(self.table, model)
        sell = Button(self.tr("Sell"), "calculator", kind="primary")
        sell.clicked.connect(self.sell_pressed)
        self.none_yet = Empty("receipt-text", sell)
        self._heading = ""
        self.clear_button = Button(self.tr("Clear the filters"))
        self.clear_button.clicked.connect(self.cleared)
        self.no_match = Empty("search-x", self.clear_button)
        again = Button(self.tr("Try again"), "refresh-cw", kind="primary")
        again.clicked.connect(self.retried)
        self.trouble = Empty("triangle-alert", again)
        self.notice = Notice()
        self._notice_box = QWidget()
        self._notice_column = QVBoxLayout(self._notice_box)
        self._notice_column.addWidget(self.notice)
        self._notice_box.hide()
        rows = QWidget()
        column = QVBoxLayout(rows)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._notice_box)
        column.addWidget(self.captions)
        column.addWidget(self.table, 1)
        self._stack = QStackedWidget()
        self._rows = rows
        for widget in (rows, self.none_yet, self.no_match, self.trouble):
            self._stack.addWidget(widget)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 1, 0, 0)
        outer.addWidget(self._stack)
        self.newer = Button("", "arrow-up", kind="primary", height=11.5, parent=self)
        self.newer.clicked.connect(self._to_newest)
        self.newer.hide()
        self._newer_count = 0
        self._is_trouble = False
        model.swapped.connect(self._moved)
        model.replaced.connect(self._forget_newer)
        self.table.verticalScrollBar().valueChanged.connect(self._scrolled)
        self.progress = Progress(self.tr("Searching"), height_u=1, parent=self)
        self.progress.set_share(None)
        self.progress.hide()
        self._slow = QTimer(self)
        self._slow.setSingleShot(True)
        self._slow.setInterval(SLOW_MS)
        self._slow.timeout.connect(self.progress.show)
        theme.follow(self.fit)

    def fit(self) -> None:
        self._notice_column.setContentsMargins(theme.u(4), theme.u(2), theme.u(4), theme.u(2))
        self._place()

    def _place(self) -> None:
        self.progress.setGeometry(0, 0, self.width(), self.progress.height())
        self.progress.raise_()
        self.newer.adjustSize()
        self.newer.move((self.width() - self.newer.width()) // 2, self.captions.geometry().bottom() + theme.u(3))
        self.newer.raise_()

    def _moved(self, shift: int) -> None:
        """Rows have come above those in sight: say so, and let the person go there."""
        if shift > 0:
            self._newer_count += shift
            self.newer.set_words(self.tr("{count} new").format(count=self._newer_count))
            self.newer.show()
            self._place()

    def _to_newest(self) -> None:
        self.table.to_top()

    def _scrolled(self, value: int) -> None:
        if value == 0:
            self._forget_newer()

    def _forget_newer(self) -> None:
        self._newer_count = 0
        self.newer.hide()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place()

    def set_waiting(self, waiting: bool) -> None:
        """An answer is on its way; after a second that shows."""
        if not waiting:
            self._slow.stop()
            self.progress.hide()
        elif not self._slow.isActive() and not self.progress.isVisible():
            self._slow.start()

    def show_rows(self) -> None:
        """Trouble is over; the result of an export stays until it is put away."""
        if self._is_trouble:
            self._notice_box.hide()
        self._stack.setCurrentWidget(self._rows)

    def show_none_yet(self, heading: str) -> None:
        """Nothing exists."""
        self.none_yet.say(heading, self.tr("The first one appears here by itself."))
        self._stack.setCurrentWidget(self.none_yet)

    def show_no_match(self, heading: str, button: str) -> None:
        """Nothing matches; how much was searched follows by `show_searched`."""
        self.clear_button.setText(button)
        self.no_match.say(heading, "")
        self._heading = heading
        self._stack.setCurrentWidget(self.no_match)

    def show_searched(self, count: int, phrase: str) -> None:
        """How many there are without the search."""
        text = self.tr("Searched {count} sale {phrase}.") if count == 1 else self.tr("Searched {count} sales {phrase}.")
        self.no_match.say(self._heading, text.format(count=grouped(count), phrase=phrase))

    def show_trouble(self, problem: Problem, *, has_rows: bool) -> None:
        """Why there is no answer: above the rows of before, or alone."""
        if not has_rows:
            self.trouble.say(problem.message, problem.cure)
            self._stack.setCurrentWidget(self.trouble)
            return
        again = Button(self.tr("Try again"), height=11.5)
        again.clicked.connect(self.retried)
        self._is_trouble = True
        self.notice.say("fail", problem.message, problem.cure, buttons=(again,))
        self._notice_box.show()
        self._stack.setCurrentWidget(self._rows)

    def show_result(self, tone: str, title: str, text: str) -> None:
        """What became of an export, for a person who has gone on meanwhile."""
        close = Button(self.tr("Close"), height=11.5)
        close.clicked.connect(self._notice_box.hide)
        self._is_trouble = False
        self.notice.say(tone, title, text, buttons=(close,))
        self._notice_box.show()

    def shows_rows(self) -> bool:
        return self._stack.currentWidget() is self._rows
