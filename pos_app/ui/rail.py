"""The rail: the pages of the window, one press away."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QButtonGroup, QSizePolicy, QVBoxLayout, QWidget

from pos_app.ui import fonts, icons
from pos_app.ui.theme import theme
from pos_app.ui.widgets import paint
from pos_app.ui.widgets.buttons import PressedButton
from pos_app.ui.widgets.panel import Panel

WIDTH_U = 21


class Rail(Panel):
    """Says `chosen(name)`; the window answers with `set_current`."""

    chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("surface", "r", parent=parent)
        self._group = QButtonGroup(self)
        self._buttons = {
            "sell": _RailButton("calculator", self.tr("Sell")),
            "settings": _RailButton("settings", self.tr("Settings")),
        }
        self._column = QVBoxLayout(self)
        self._column.addWidget(self._buttons["sell"])
        self._column.addStretch(1)
        self._column.addWidget(self._buttons["settings"])
        for name, button in self._buttons.items():
            self._group.addButton(button)
            button.clicked.connect(lambda _=False, name=name: self.chosen.emit(name))
        theme.follow(self.fit)

    def fit(self) -> None:
        self.setFixedWidth(theme.u(WIDTH_U))
        self._column.setContentsMargins(theme.u(1.5), theme.u(2), theme.u(1.5) + 1, theme.u(2))
        self._column.setSpacing(theme.u(1))

    def set_current(self, name: str) -> None:
        self._buttons[name].setChecked(True)


class _RailButton(PressedButton):
    def __init__(self, icon: str, text: str) -> None:
        super().__init__(text)
        self._icon = icon
        self.setCheckable(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.follow(self.fit)

    def fit(self) -> None:
        self.setFixedHeight(theme.u(19))
        self.update()

    def minimumSizeHint(self) -> QSize:
        return QSize(0, theme.u(19))

    def paintEvent(self, event: QPaintEvent) -> None:
        now = theme.now
        painter = QPainter(self)
        on, pressed = self.isChecked(), self.is_shown_pressed()
        if on or pressed:
            border = now.ink if now.high_contrast else None
            paint.box(painter, self.rect(), theme.u(3), now.press if pressed else now.accent_tint, border, 2)
        ink = now.accent if on else now.ink2
        side = theme.u(6.5)
        icons.draw(painter, self._icon, (self.width() - side) / 2, theme.u(3.25), side, ink)
        font = theme.font(3.75, fonts.SEMIBOLD if on else fonts.MEDIUM)
        while paint.width_of(self.text(), font) > self.width() - theme.u(1) and font.pixelSize() > theme.u(3):
            font.setPixelSize(font.pixelSize() - 1)
        painter.setFont(font)
        painter.setPen(ink)
        area = QRect(0, theme.u(10.5), self.width(), theme.u(6))
        painter.drawText(
            (self.width() - paint.width_of(self.text(), font)) // 2, paint.baseline(area, font), self.text()
        )
