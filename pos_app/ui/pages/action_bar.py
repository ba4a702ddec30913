"""What can be done with a sale: at most one large button and a row of others. A second press does nothing."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from pos_app.ui.pages.scenes import Action
from pos_app.ui.theme import theme
from pos_app.ui.widgets.buttons import Button

LOCK_MS = 2000
OF_THE_CODE = (Action.COPY, Action.MORE)
"""These do nothing to the sale, so they lock nothing."""

STORES = (Action.STORE, Action.STORE_TAP)


class ActionBar(QWidget):
    """`pressed` carries the Action. A press locks the bar until `unlock`, or for two seconds."""

    pressed = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._main: Action | None = None
        self._busy = False
        self._has_code = False
        self._waits_for = ""
        self.primary = Button("", kind="primary", height=23, text_size=7)
        self.primary.clicked.connect(lambda: self.press(self._main))
        words = {
            Action.CANCEL: ("x", self.tr("Cancel")),
            Action.STOP_WAITING: ("clock", self.tr("Stop waiting")),
            Action.COPY: ("copy", self.tr("Copy")),
            Action.MORE: ("ellipsis", self.tr("More")),
            Action.TRY_AGAIN: ("rotate-ccw", self.tr("Try again")),
            Action.NEW_CODE: ("qr-code", self.tr("Show a new code")),
            Action.BACK: ("", self.tr("Back to the sale")),
            Action.NEW_SALE: ("plus", self.tr("New sale")),
            Action.CHECK_NOW: ("refresh-cw", self.tr("Check now")),
            Action.CODE: ("qr-code", self.tr("Show a code")),
            Action.STORE: ("clock", self.tr("Store a card")),
            Action.STORE_TAP: ("clock", self.tr("Store, not paid")),
            Action.PUT_BACK: ("arrow-left", self.tr("Back to the queue")),
        }
        self._words = words
        self.buttons = {action: Button(word, icon, parent=self) for action, (icon, word) in words.items()}
        for action, button in self.buttons.items():
            button.clicked.connect(lambda _=False, action=action: self.press(action))
            button.hide()
        for action in STORES:
            self.buttons[action].set_kind("attn")
        self._row = QHBoxLayout()
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.addWidget(self.primary)
        self._column.addLayout(self._row)
        self._lock = QTimer(self)
        self._lock.setSingleShot(True)
        self._lock.setInterval(LOCK_MS)
        self._lock.timeout.connect(self._enable)
        theme.follow(self.fit)

    def fit(self) -> None:
        self._column.setSpacing(theme.u(4))
        self._row.setSpacing(theme.u(3))

    def show_actions(self, primary: Action | None, actions: Sequence[Action], *, busy: bool, has_code: bool) -> None:
        """Offer these, in this order; `busy` disables them all, without a code Copy and More are disabled."""
        self._main, self._busy, self._has_code = primary, busy, has_code
        self.primary.setVisible(primary is not None)
        while self._row.count():
            self._row.takeAt(0)
        for action, button in self.buttons.items():
            button.setVisible(action in actions)
        blue = not any(action in STORES for action in actions)  # one button of colour in the row
        self.buttons[Action.TRY_AGAIN].set_kind("primary" if blue else "secondary")
        before: QWidget = self.primary
        for action in actions:
            button = self.buttons[action]
            self._row.addWidget(button, 1)
            QWidget.setTabOrder(before, button)
            before = button
        self.set_waiting("")

    def set_waiting(self, reason: str) -> None:
        """Say on the large button why it must wait; without a reason it can be pressed."""
        self._waits_for = reason
        if self._main is not None:
            icon, word = self._words[self._main]
            self.primary.set_icon(icon)
            self.primary.set_words(word, reason)
        self._enable()

    def press(self, action: Action | None) -> None:
        """As if its button was pressed. Does nothing for None, and while the bar is locked or busy."""
        if action is None or self._busy or self._lock.isActive():
            return
        if action not in OF_THE_CODE:
            self._lock.start()
            self._enable()
        self.pressed.emit(action)

    def unlock(self) -> None:
        self._lock.stop()
        self._enable()

    def _enable(self) -> None:
        held = self._busy or self._lock.isActive()
        for action, button in self.buttons.items():
            button.setEnabled(not held and (self._has_code or action not in OF_THE_CODE))
        self.primary.setEnabled(not held and not self._waits_for)
