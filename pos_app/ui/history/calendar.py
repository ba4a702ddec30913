"""A month to choose dates from: the first press is a day, the second makes it a range."""

from __future__ import annotations

import calendar
from datetime import date, timedelta

from PySide6.QtCore import QLocale, QRect, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from pos_app.ui import fonts
from pos_app.ui.theme import theme
from pos_app.ui.widgets import paint
from pos_app.ui.widgets.buttons import IconButton
from pos_app.ui.widgets.label import Label

CELL_U = (12.0, 11.5)
HEAD_U = 7.0
WEEKS = 6
DAYS = 7


class Month(QWidget):
    """The days of one month, Monday first. `chosen` carries a `date`; none that has not come can be chosen."""

    chosen = Signal(object)
    turned = Signal()

    def __init__(self, today: date) -> None:
        super().__init__()
        self.today = today
        self.month = today.replace(day=1)
        self.first = self.last = self.focused_day = today
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        theme.follow(self.fit)

    def fit(self) -> None:
        self.setFixedSize(self.sizeHint())
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(theme.u(CELL_U[0]) * DAYS, theme.u(HEAD_U) + theme.u(CELL_U[1]) * WEEKS)

    def _cell(self, at: int) -> QRect:
        width, height = theme.u(CELL_U[0]), theme.u(CELL_U[1])
        return QRect(at % DAYS * width, theme.u(HEAD_U) + at // DAYS * height, width, height)

    def _day(self, at: int) -> date:
        return self.month + timedelta(days=at - self.month.weekday())

    def place(self, day: date) -> QRect:
        """Where a day of the shown month stands."""
        return self._cell((day - self.month).days + self.month.weekday())

    def turn(self, months: int) -> None:
        """Show a later or an earlier month."""
        count = self.month.year * 12 + self.month.month - 1 + months
        year, month = divmod(count, 12)
        if 1970 <= year <= 9998:
            self.month = date(year, month + 1, 1)
            self.turned.emit()
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        now = theme.now
        painter = QPainter(self)
        caption, font = theme.font(3.75), theme.font(4.5, tabular=True)
        strong = theme.font(4.5, fonts.SEMIBOLD, tabular=True)
        for weekday in range(DAYS):
            word = QLocale().dayName(weekday + 1, QLocale.FormatType.ShortFormat)[:2]
            head = QRect(self._cell(weekday).x(), 0, theme.u(CELL_U[0]), theme.u(HEAD_U))
            painter.setFont(caption)
            painter.setPen(now.ink3)
            painter.drawText(head, int(Qt.AlignmentFlag.AlignCenter), word)
        for at in range(WEEKS * DAYS):
            day, cell = self._day(at), self._cell(at)
            if day.month != self.month.month:
                continue
            is_end = day in (self.first, self.last)
            if self.first <= day <= self.last:
                painter.fillRect(cell.adjusted(0, theme.u(1), 0, -theme.u(1)), now.accent_tint)
            if is_end:
                paint.box(painter, cell.adjusted(1, theme.u(1), -1, -theme.u(1)), theme.u(2.5), now.accent)
            elif day == self.today or (self.hasFocus() and day == self.focused_day):
                border = now.focus if self.hasFocus() and day == self.focused_day else now.line_strong
                paint.box(painter, cell.adjusted(1, theme.u(1), -1, -theme.u(1)), theme.u(2.5), None, border)
            painter.setFont(strong if is_end else font)
            painter.setPen(now.on_accent if is_end else now.ink3 if day > self.today else now.ink)
            painter.drawText(cell, int(Qt.AlignmentFlag.AlignCenter), str(day.day))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        for at in range(WEEKS * DAYS):
            if self._cell(at).contains(event.position().toPoint()) and self._day(at).month == self.month.month:
                self.focused_day = self._day(at)
                self._choose_focused()

    def _choose_focused(self) -> None:
        if self.focused_day <= self.today:
            self.chosen.emit(self.focused_day)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Up: -DAYS, Qt.Key.Key_Down: DAYS}.get(key)
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self._choose_focused()
        elif key in (Qt.Key.Key_PageUp, Qt.Key.Key_PageDown):
            self.turn(-1 if key == Qt.Key.Key_PageUp else 1)
            last = calendar.monthrange(self.month.year, self.month.month)[1]
            self.focused_day = self.month.replace(day=min(self.focused_day.day, last))
        elif step is not None:
            self.focused_day += timedelta(days=step)
            months = (self.focused_day.year - self.month.year) * 12 + self.focused_day.month - self.month.month
            self.turn(months)
        else:
            super().keyPressEvent(event)


class RangeCalendar(QWidget):
    """`chosen` carries the first and the last day, after the first press the same day twice."""

    chosen = Signal(object, object)

    def __init__(self, today: date, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(self.tr("Own dates"))
        self._start: date | None = None
        self.days = Month(today)
        self.days.chosen.connect(self._choose)
        self.days.turned.connect(self._name)
        self.title = Label("", 4.5, weight=fonts.SEMIBOLD)
        self.title.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.earlier = IconButton("chevron-left", self.tr("Earlier month"))
        self.later = IconButton("chevron-right", self.tr("Later month"))
        self.earlier.clicked.connect(lambda: self.days.turn(-1))
        self.later.clicked.connect(lambda: self.days.turn(1))
        head = QHBoxLayout()
        head.addWidget(self.earlier)
        head.addWidget(self.title, 1)
        head.addWidget(self.later)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(head)
        column.addWidget(self.days)
        column.addStretch(1)
        self._name()

    def show_days(self, first: date, last: date, today: date) -> None:
        """Mark these days; a range is begun anew."""
        self._start = None
        self.days.today, self.days.first, self.days.last = today, first, last
        self.days.focused_day = last
        self.days.month = last.replace(day=1)
        self._name()
        self.days.update()

    def _name(self) -> None:
        month = self.days.month
        name = QLocale().standaloneMonthName(month.month)
        self.title.setText(f"{name} {month.year}")
        self.days.setAccessibleName(f"{name} {month.year}")

    def _choose(self, day: date) -> None:
        if self._start is None:
            self._start = self.days.first = self.days.last = day
        else:
            self.days.first, self.days.last = sorted((self._start, day))
            self._start = None
        self.days.update()
        self.chosen.emit(self.days.first, self.days.last)
