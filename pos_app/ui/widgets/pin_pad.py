"""Twelve keys for a PIN: ten digits, backspace and OK. It holds no digit."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QWidget

from pos_app.ui.theme import theme
from pos_app.ui.widgets.keys import BACKSPACE, Key
from pos_app.ui.widgets.pin_parts import OkKey

_PLACES = ("1", "2", "3", "4", "5", "6", "7", "8", "9", BACKSPACE, "0")


class PinPad(QWidget):
    """Says `typed("1")` or `typed(BACKSPACE)` on press and `entered` when OK is released."""

    typed = Signal(str)
    entered = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.keys = {digit: Key(digit, digit) for digit in "1234567890"}
        self.keys[BACKSPACE] = Key("", self.tr("Delete the last digit"), icon="delete", function=True)
        self.ok = OkKey(self.tr("OK"))
        self.ok.clicked.connect(self.entered)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        for place, name in enumerate(_PLACES):
            self.keys[name].pressed.connect(lambda name=name: self.typed.emit(name))
            self._grid.addWidget(self.keys[name], place // 3, place % 3)
        self._grid.addWidget(self.ok, 3, 2)
        # A keypad does not mirror where text runs from right to left.
        self.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
        theme.follow(self.fit)

    def fit(self) -> None:
        self._grid.setSpacing(theme.u(3))

    def set_open(self, keys: bool, ok: bool) -> None:
        """Whether digits are taken, and whether there are enough of them for OK."""
        for key in self.keys.values():
            key.setEnabled(keys)
        self.ok.setEnabled(keys and ok)
