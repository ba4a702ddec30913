"""Closes a sale that was paid in another way, such as cash. It asks once more, in place."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from pos_app.ui.widgets.buttons import Button


class PaidOtherwise(Button):
    """The first press asks, the second confirms; `forget` takes the question back."""

    confirmed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("", parent=parent)
        self._asks = False
        self.clicked.connect(self._pressed)
        self.forget()

    def forget(self) -> None:
        """Nothing was asked."""
        self._asks = False
        self.set_kind("secondary")
        self.set_icon("hand-coins")
        self.set_words(self.tr("Paid otherwise"))

    def _pressed(self) -> None:
        if self._asks:
            self.forget()
            self.confirmed.emit()
        else:
            self._asks = True
            self.set_kind("attn")
            self.set_icon("triangle-alert")
            self.set_words(self.tr("Yes, it is paid"))
