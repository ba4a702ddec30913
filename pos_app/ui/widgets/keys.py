"""The keypad: sixteen places, fifteen keys. A key acts on press, and each finger counts for itself."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QTouchEvent
from PySide6.QtWidgets import QGridLayout, QSizePolicy, QWidget

from pos_app.ui import fonts, icons
from pos_app.ui.theme import theme
from pos_app.ui.widgets import paint
from pos_app.ui.widgets.buttons import PressedButton

BACKSPACE, CLEAR, ADD = "backspace", "clear", "add"
DIGITS = ("1", "2", "3", "4", "5", "6", "7", "8", "9", "00", "0", "000")
HOLD_MS = 700
MIN_HEIGHT_U = 17.4
MAX_HEIGHT_U = 25.5


class Key(PressedButton):
    """One key. `function` keys are grey; `icon` stands in place of the text."""

    def __init__(self, text: str, name: str, *, icon: str = "", function: bool = False) -> None:
        super().__init__(text)
        self._icon = icon
        self._function = function
        self.setAccessibleName(name)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAttribute(Qt.WidgetAttribute.WA_AcceptTouchEvents)

    def flash(self) -> None:
        """Look pressed for a moment: the keyboard typed this key."""
        self._fading.start()
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(theme.u(27), theme.u(23))

    def minimumSizeHint(self) -> QSize:
        return QSize(theme.u(20), theme.u(MIN_HEIGHT_U))

    def event(self, event: QEvent) -> bool:
        """Take touches themselves, not the mouse made from the first of them, so that two thumbs can type."""
        if not isinstance(event, QTouchEvent) or not self.isEnabled():
            return super().event(event)
        if event.type() == QEvent.Type.TouchBegin:
            self.setDown(True)
            self.pressed.emit()
        elif event.type() in (QEvent.Type.TouchEnd, QEvent.Type.TouchCancel):
            self.setDown(False)
            self.released.emit()
        event.accept()
        return True

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            event.ignore()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        now = theme.now
        painter = QPainter(self)
        pressed = self.is_shown_pressed()
        fill = now.press if pressed else now.idle_tint if self._function else now.raised
        border = now.line_strong if pressed else None if self._function else now.line
        if now.high_contrast:
            border = now.ink
        ink = now.ink2 if self._function else now.ink
        if not self.isEnabled():
            fill, ink, border = now.idle_tint, now.ink3, now.ink3 if now.high_contrast else None
        paint.box(painter, self.rect(), theme.u(3), fill, border, 2 if now.high_contrast else 1)
        if self._icon:
            side = theme.u(8)
            icons.draw(painter, self._icon, (self.width() - side) / 2, (self.height() - side) / 2, side, ink)
            return
        size = 7 if self._function else 9
        font = fonts.inter(theme.u(size), fonts.MEDIUM)
        painter.setFont(font)
        painter.setPen(ink)
        x = (self.width() - paint.width_of(self.text(), font)) // 2
        painter.drawText(x, paint.baseline(self.rect(), font), self.text())


class Keypad(QWidget):
    """Says `typed("1")` … `typed("000")`, `typed(BACKSPACE | CLEAR | ADD)` on press, `held()` where C was held."""

    typed = Signal(str)
    held = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._grid = QGridLayout(self)
        self.keys: dict[str, Key] = {text: Key(text, text) for text in DIGITS}
        self.keys[BACKSPACE] = Key("", self.tr("Delete the last digit"), icon="delete", function=True)
        self.keys[CLEAR] = Key("C", self.tr("Clear the amount; again: clear the sale"), function=True)
        self.keys[ADD] = Key("", self.tr("Add the next amount"), icon="plus", function=True)
        for place, text in enumerate(DIGITS):
            self._grid.addWidget(self.keys[text], place // 3, place % 3)
        self._grid.addWidget(self.keys[BACKSPACE], 0, 3)
        self._grid.addWidget(self.keys[CLEAR], 1, 3)
        self._grid.addWidget(self.keys[ADD], 2, 3, 2, 1)
        for name, key in self.keys.items():
            key.pressed.connect(lambda name=name: self.typed.emit(name))
        self._hold = QTimer(self)
        self._hold.setSingleShot(True)
        self._hold.setInterval(HOLD_MS)
        self._hold.timeout.connect(self.held)
        self.keys[CLEAR].pressed.connect(self._hold.start)
        self.keys[CLEAR].released.connect(self._hold.stop)
        # A keypad does not mirror where text runs from right to left.
        self.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
        theme.follow(self.fit)

    def flash(self, name: str) -> None:
        """Show the press of a key that the keyboard typed."""
        self.keys[name].flash()

    def fit(self) -> None:
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(theme.u(3))
        self.setMaximumHeight(4 * theme.u(MAX_HEIGHT_U) + 3 * theme.u(3))
        self.update()
