"""A month to choose a day from, and the way back to today."""

from __future__ import annotations

from datetime import date

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from pos_app.ui import fonts
from pos_app.ui.day import dates
from pos_app.ui.history.calendar import Month
from pos_app.ui.theme import theme
from pos_app.ui.widgets.buttons import Button, IconButton
from pos_app.ui.widgets.label import Label


class Calendar(QWidget):
    """`show_day` opens it at a day; `chosen` carries the `date` that was picked, or None for today."""

    chosen = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.month = Month(date(2009, 1, 3))
        self.month.chosen.connect(self.chosen)
        self.month.turned.connect(self._name)
        self.before = IconButton("chevron-left", self.tr("The month before"))
        self.after = IconButton("chevron-right", self.tr("The month after"))
        self.before.clicked.connect(lambda: self.month.turn(-1))
        self.after.clicked.connect(lambda: self.month.turn(1))
        self.today = Button(self.tr("Today"), height=11.5)
        self.today.clicked.connect(lambda: self.chosen.emit(None))
        self._title = Label("", 4.75, weight=fonts.SEMIBOLD)
        self._head = QHBoxLayout()
        self._head.addWidget(self.before)
        self._head.addWidget(self._title, 1, Qt.AlignmentFlag.AlignCenter)
        self._head.addWidget(self.after)
        self._head.addWidget(self.today)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(self._head)
        column.addWidget(self.month)
        theme.follow(self.fit)

    def fit(self) -> None:
        self._head.setSpacing(theme.u(1))

    def show_day(self, day: date, today: date) -> None:
        """Mark this day; nothing after `today` can be chosen."""
        month = self.month
        month.today, month.month = today, day.replace(day=1)
        month.first = month.last = month.focused_day = day
        month.update()
        self._name()

    def _name(self) -> None:
        shown, today = self.month.month, self.month.today
        words = f"{dates.month(shown.month)} {shown.year}"
        self._title.setText(words)
        self.month.setAccessibleName(words)
        self.after.setEnabled(shown < today.replace(day=1))
