"""A choice among two to five words that stand side by side."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QSizePolicy, QWidget

from pos_app.ui import fonts
from pos_app.ui.theme import theme
from pos_app.ui.widgets import paint
from pos_app.ui.widgets.buttons import PressedButton


class _Part(PressedButton):
    def __init__(self, text: str, parent: QWidget) -> None:
        super().__init__(text, parent)
        self.setCheckable(True)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Expanding)

    def sizeHint(self) -> QSize:
        return QSize(paint.width_of(self.text(), theme.font(4.5, fonts.SEMIBOLD)) + 2 * theme.u(3.5), theme.u(9.5))

    def paintEvent(self, event: QPaintEvent) -> None:
        now = theme.now
        painter = QPainter(self)
        on = self.isChecked()
        if on or self.is_shown_pressed():
            fill = now.press if self.is_shown_pressed() or now.dark else now.raised
            border = now.ink if now.high_contrast else None
            paint.box(painter, self.rect(), theme.u(2), fill, border, 2)
        font = theme.font(4.5, fonts.SEMIBOLD if on else fonts.MEDIUM)
        painter.setFont(font)
        painter.setPen(now.ink if on else now.ink2)
        text = paint.elided(self.text(), font, self.width() - theme.u(2))
        painter.drawText((self.width() - paint.width_of(text, font)) // 2, paint.baseline(self.rect(), font), text)


class Segment(QWidget):
    """`choices` are pairs of a value and its word; `chosen` says the value that a person picked."""

    chosen = Signal(str)

    def __init__(
        self, name: str, choices: tuple[tuple[str, str], ...], value: str = "", parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self._group = QButtonGroup(self)
        self._values = [key for key, _ in choices]
        self._row = QHBoxLayout(self)
        for number, (_, word) in enumerate(choices):
            part = _Part(word, self)
            part.setAccessibleName(f"{name}: {word}")
            self._group.addButton(part, number)
            self._row.addWidget(part)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.set_value(value or self._values[0])
        self._group.idClicked.connect(lambda number: self.chosen.emit(self._values[number]))
        theme.follow(self.fit)

    def fit(self) -> None:
        self.setFixedHeight(theme.u(11.5))
        pad = theme.u(1)
        self._row.setContentsMargins(pad, pad, pad, pad)
        self._row.setSpacing(theme.u(0.5))
        for part in self._group.buttons():
            part.updateGeometry()
        self.update()

    def value(self) -> str:
        return self._values[self._group.checkedId()]

    def set_value(self, value: str) -> None:
        """Check that value without saying so; an unknown one checks nothing new."""
        if value in self._values:
            self._group.button(self._values.index(value)).setChecked(True)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()))
        if step is None:
            super().keyPressEvent(event)
            return
        button = self._group.button((self._group.checkedId() + step) % len(self._values))
        button.setFocus(Qt.FocusReason.TabFocusReason)
        button.click()

    def paintEvent(self, event: QPaintEvent) -> None:
        border = theme.now.ink if theme.now.high_contrast else None
        paint.box(QPainter(self), self.rect(), theme.u(2.5), theme.now.sunken, border, 2)
