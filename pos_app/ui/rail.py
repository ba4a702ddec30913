"""The rail: the pages of the window, one press away."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, QSize, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QButtonGroup, QSizePolicy, QVBoxLayout, QWidget

from pos_app.ui import fonts, icons
from pos_app.ui.theme import theme
from pos_app.ui.widgets import paint
from pos_app.ui.widgets.buttons import PressedButton
from pos_app.ui.widgets.panel import Panel

WIDTH_U = 21
ENTRY_U, LEAST_ENTRY_U = 19, 14
BADGE_U = 5.75
MOST_COUNTED = 99


class Rail(Panel):
    """Says `chosen(name)`; the window answers with `set_current`."""

    chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("surface", "r", parent=parent)
        self._group = QButtonGroup(self)
        self._buttons = {
            "sell": _RailButton("calculator", self.tr("Sell")),
            "sales": _RailButton("receipt-text", self.tr("Sales")),
            "day": _RailButton("chart-column", self.tr("Day")),
            "queue": _RailButton("clock", self.tr("Queue")),
            "settings": _RailButton("settings", self.tr("Settings")),
        }
        self._column = QVBoxLayout(self)
        for name, button in self._buttons.items():
            if name == "settings":
                self._column.addStretch(1)
            self._column.addWidget(button, 100)
            self._group.addButton(button)
            button.clicked.connect(lambda _=False, name=name: self.chosen.emit(name))
        theme.follow(self.fit)

    def fit(self) -> None:
        self.setFixedWidth(theme.u(WIDTH_U))
        self._column.setContentsMargins(theme.u(1.5), theme.u(2), theme.u(1.5) + 1, theme.u(2))
        self._column.setSpacing(theme.u(1))

    def set_current(self, name: str) -> None:
        self._buttons[name].setChecked(True)

    def set_queue(self, count: int, attention: int) -> None:
        """How many sales are in the queue, and how many of these wait for a person: then the badge is red."""
        button = self._buttons["queue"]
        button.set_badge(count, urgent=attention > 0)
        if not count:
            name = self.tr("Queue")
        elif attention:
            name = self.tr("Queue, {count} open, {attention} wait for you").format(count=count, attention=attention)
        else:
            name = self.tr("Queue, {count} open").format(count=count)
        button.setAccessibleName(name)


class _RailButton(PressedButton):
    def __init__(self, icon: str, text: str) -> None:
        super().__init__(text)
        self._icon = icon
        self._count = 0
        self._urgent = False
        self.setCheckable(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        theme.follow(self.fit)

    def fit(self) -> None:
        self.setMaximumHeight(theme.u(ENTRY_U))
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(theme.u(WIDTH_U), theme.u(ENTRY_U))

    def minimumSizeHint(self) -> QSize:
        return QSize(0, theme.u(LEAST_ENTRY_U))

    def set_badge(self, count: int, *, urgent: bool) -> None:
        self._count, self._urgent = count, urgent
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        now = theme.now
        painter = QPainter(self)
        on, pressed = self.isChecked(), self.is_shown_pressed()
        if on or pressed:
            border = now.ink if now.high_contrast else None
            paint.box(painter, self.rect(), theme.u(3), now.press if pressed else now.accent_tint, border, 2)
        ink = now.accent if on else now.ink2
        side = theme.u(6.5)
        top = (self.height() - theme.u(ENTRY_U)) // 2 + theme.u(3.25)
        icons.draw(painter, self._icon, (self.width() - side) / 2, top, side, ink)
        font = theme.font(3.75, fonts.SEMIBOLD if on else fonts.MEDIUM)
        while paint.width_of(self.text(), font) > self.width() - theme.u(1) and font.pixelSize() > theme.u(3):
            font.setPixelSize(font.pixelSize() - 1)
        painter.setFont(font)
        painter.setPen(ink)
        area = QRect(0, top + theme.u(7.25), self.width(), theme.u(6))
        painter.drawText(
            (self.width() - paint.width_of(self.text(), font)) // 2, paint.baseline(area, font), self.text()
        )
        if self._count:
            self._paint_badge(painter, QPoint((self.width() + side) // 2 + theme.u(0.5), top + theme.u(1)))

    def _paint_badge(self, painter: QPainter, middle: QPoint) -> None:
        now = theme.now
        text = str(self._count) if self._count <= MOST_COUNTED else f"{MOST_COUNTED}+"
        font = theme.font(3.75, fonts.SEMIBOLD, tabular=True)
        font.setPixelSize(theme.u(3.75))
        height = theme.u(BADGE_U)
        width = max(height, paint.width_of(text, font) + theme.u(2.5))
        body = QRect(min(middle.x() - height // 2, self.width() - width), middle.y() - height // 2, width, height)
        fill, ink = (now.fail, now.surface) if self._urgent else (now.attn_fill, now.on_attn)
        paint.box(painter, body, height / 2, fill)
        painter.setFont(font)
        painter.setPen(ink)
        painter.drawText(body.x() + (width - paint.width_of(text, font)) // 2, paint.baseline(body, font), text)
