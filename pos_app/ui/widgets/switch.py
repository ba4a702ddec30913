"""A setting that is on or off: the whole row is the target, the drawing is a switch of 14 × 8 u."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRect, QSize
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from pos_app.ui import fonts
from pos_app.ui.theme import theme
from pos_app.ui.widgets import paint
from pos_app.ui.widgets.buttons import PressedButton


class SwitchRow(PressedButton):
    """A title, a second line that says what it does, and the switch. `clicked` is a person's act.

    `tone` names the colour of one that is on.
    """

    def __init__(self, title: str, detail: str = "", parent: QWidget | None = None, *, tone: str = "accent") -> None:
        super().__init__(title, parent)
        self._tone = tone
        self._detail = detail
        self._cure = ""
        self.setCheckable(True)
        self.setAccessibleDescription(detail)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.follow(self.fit)

    def fit(self) -> None:
        self.setFixedHeight(max(theme.u(13.5), theme.metrics.text(12)))
        self.update()

    def set_cure(self, cure: str) -> None:
        """Why it could not be switched, in place of the second line; empty: all is well."""
        self._cure = cure
        self.update()

    def second_line(self) -> str:
        """What stands under the title."""
        return self._cure or self._detail

    def sizeHint(self) -> QSize:
        return QSize(theme.u(90), self.height())

    def minimumSizeHint(self) -> QSize:
        return QSize(theme.u(50), self.height())

    def paintEvent(self, event: QPaintEvent) -> None:
        now = theme.now
        painter = QPainter(self)
        room = self.width() - theme.u(14) - theme.u(3)
        title = theme.font(4.5, fonts.MEDIUM)
        detail = theme.font(4)
        half = self.height() // 2
        line = theme.metrics.text(5.5)
        second = self.second_line()
        upper = QRect(0, half - line, room, line) if second else QRect(0, 0, room, self.height())
        painter.setFont(title)
        painter.setPen(now.ink if self.isEnabled() else now.ink3)
        painter.drawText(0, paint.baseline(upper, title), paint.elided(self.text(), title, room))
        if second:
            painter.setFont(detail)
            painter.setPen(now.fail if self._cure else now.ink2)
            lower = QRect(0, half, room, line)
            painter.drawText(0, paint.baseline(lower, detail), paint.elided(second, detail, room))
        width, height = theme.u(14), theme.u(8)
        track = QRect(self.width() - width, (self.height() - height) // 2, width, height)
        on = self.isChecked()
        fill = now.colour(self._tone) if on else now.surface
        if self.is_shown_pressed() and not on:
            fill = now.press
        paint.box(painter, track, height / 2, fill, None if on else now.line_strong, 2)
        radius = theme.u(2.75)
        x = track.right() + 1 - height / 2 if on else track.x() + height / 2
        painter.setPen(now.surface if on else now.line_strong)
        painter.setBrush(now.surface if on else now.line_strong)
        painter.drawEllipse(QPointF(x, track.y() + height / 2), radius, radius)
