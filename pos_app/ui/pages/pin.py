"""The PIN pad, the customer's side: the amount, the PIN as dots, nothing of the till."""

from __future__ import annotations

import time
from collections.abc import Callable

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QHideEvent, QKeyEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from pos_app.till.views import SaleView
from pos_app.ui import fonts
from pos_app.ui.theme import theme
from pos_app.ui.widgets.amount import STEPS_U, Amount
from pos_app.ui.widgets.announce import announce
from pos_app.ui.widgets.buttons import Button
from pos_app.ui.widgets.countdown import clock_text
from pos_app.ui.widgets.keys import BACKSPACE
from pos_app.ui.widgets.label import ElidedLabel
from pos_app.ui.widgets.panel import Panel
from pos_app.ui.widgets.pin_pad import PinPad
from pos_app.ui.widgets.pin_parts import MarkedLabel, PinDots, Prompt

LEAST_DIGITS, MOST_DIGITS = 4, 8
HURRY_S = 20.0
TICK_MS = 200
PAD_U, KEYS_WIDTH_U, KEY_U, TALLEST_KEY_U = 122, 110, 24, 25.5
PAD_SHARE = PAD_U / 256
HEAD_U = 11.5
WIDE_STEPS_U = (34.0, *STEPS_U)


class PinPage(QWidget):
    """`show_sale` a sale whose card waits for its PIN.

    The digits leave this page once, with `entered`, or are forgotten. OK locks the pad until `unlock` or another tap.
    """

    entered = Signal(str, str)
    """The sale's id and the PIN."""
    dismissed = Signal(str)
    """There will be no PIN for the sale of this id."""

    def __init__(self, *, now: Callable[[], float] = time.monotonic, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._now = now
        self._sale_id = ""
        self._deadline_s: float | None = None
        self._digits = ""
        self._sent = False
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.shop = ElidedLabel(weight=fonts.SEMIBOLD)
        self.left = MarkedLabel("timer", tone="ink2", tabular=True)
        self.turn = MarkedLabel("monitor", self.tr("Turn the screen to the customer"), tone="accent")
        self.amount = Amount(align=Qt.AlignmentFlag.AlignLeft)
        self.prompt = Prompt()
        self.dots = PinDots()
        self.cancel = Button(self.tr("Cancel, pay by code"), "x")
        self.cancel.clicked.connect(self._dismiss)
        self.pad = PinPad()
        self.pad.typed.connect(self.press)
        self.pad.entered.connect(self._enter)
        self.keys, self.ok = self.pad.keys, self.pad.ok
        self._lay_out()
        self._ticking = QTimer(self)
        self._ticking.setInterval(TICK_MS)
        self._ticking.timeout.connect(self._tick)
        theme.follow(self.fit)

    def _lay_out(self) -> None:
        self._head = Panel("surface", "b")
        self._head_row = QHBoxLayout(self._head)
        self._head_row.addWidget(self.shop, 1)
        self._head_row.addWidget(self.left)
        self._text = QVBoxLayout()
        self._text.addStretch(1)
        self._text.addWidget(self.turn)
        self._text.addWidget(self.amount)
        self._text.addStretch(1)
        self._text.addWidget(self.prompt)
        self._text.addWidget(self.dots)
        self._text.addStretch(2)
        self._text.addWidget(self.cancel, 0, Qt.AlignmentFlag.AlignLeft)
        self._side = Panel("surface", "l")
        centred = QHBoxLayout(self._side)
        centred.setContentsMargins(0, 0, 0, 0)
        centred.addWidget(self.pad)
        row = QHBoxLayout()
        row.setSpacing(0)
        row.addLayout(self._text, 1)
        row.addWidget(self._side)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._head)
        column.addLayout(row, 1)

    def fit(self) -> None:
        u, wide = theme.u, theme.metrics.wide
        self._head.setFixedHeight(u(HEAD_U))
        self._head_row.setContentsMargins(u(4), 0, u(4), 0)
        self._text.setContentsMargins(u(10), u(8), u(6), u(7))
        self._text.setSpacing(u(5))
        self.amount.set_steps(WIDE_STEPS_U if wide else STEPS_U)
        self._side.setFixedWidth(round(self.width() * PAD_SHARE) if wide else u(PAD_U))
        self.pad.setFixedWidth(u(KEYS_WIDTH_U))
        self.pad.setMaximumHeight(4 * u(TALLEST_KEY_U if wide else KEY_U) + 3 * u(3))

    # What the window calls.

    def show_sale(self, sale: SaleView, shop_name: str) -> None:
        """Ask for the PIN of this sale's card. A new tap begins without digits."""
        assert sale.tap is not None
        deadline_s = sale.tap.pin_deadline_monotonic_s
        if (sale.sale_id, deadline_s) != (self._sale_id, self._deadline_s):
            self._sale_id, self._deadline_s = sale.sale_id, deadline_s
            self.unlock()
            announce(self, f"{self.turn.text()}. {self.prompt.accessibleName()}. {sale.total}")
        self.shop.setText(shop_name)
        self.amount.set_sat(sale.total)
        self._tick()

    def unlock(self) -> None:
        """Take a PIN (again), from its first digit."""
        self._sent = False
        self._set_digits("")
        self.prompt.say(
            "lock",
            self.tr("Enter your card's PIN"),
            self.tr("It goes to the card's issuer and is not stored. There is one try."),
        )

    # Typing.

    def press(self, key: str) -> None:
        """One key of the pad or the keyboard."""
        if self._sent:
            return
        digits = self._digits[:-1] if key == BACKSPACE else self._digits + key
        self._set_digits(digits[:MOST_DIGITS])

    def _set_digits(self, digits: str) -> None:
        self._digits = digits
        self.dots.show_count(len(digits))
        self.pad.set_open(not self._sent, len(digits) >= LEAST_DIGITS)
        self.cancel.setEnabled(not self._sent)

    def _enter(self) -> None:
        if not self._sent and len(self._digits) >= LEAST_DIGITS:
            digits = self._digits
            self._finish()
            self.entered.emit(self._sale_id, digits)

    def _dismiss(self) -> None:
        if not self._sent:
            self._finish()
            self.dismissed.emit(self._sale_id)

    def _finish(self) -> None:
        """There is one try: forget the digits and lock the pad."""
        self._sent = True
        self._set_digits("")
        self.prompt.say("loader", self.tr("One moment"), "")
        announce(self, self.prompt.accessibleName())

    def _tick(self) -> None:
        if self._deadline_s is not None:
            left_s = self._deadline_s - self._now()
            self.left.setText(clock_text(left_s))
            self.left.setAccessibleName(self.tr("{time} left").format(time=clock_text(left_s)))
            self.left.set_tone("attn" if left_s <= HURRY_S else "ink2")
        self.left.setVisible(self._deadline_s is not None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, once = event.key(), not event.isAutoRepeat()
        if event.text() and event.text() in "0123456789":
            if once:
                self.press(event.text())
        elif key == Qt.Key.Key_Backspace:
            self.press(BACKSPACE)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and once:
            self._enter()
        elif key == Qt.Key.Key_Escape and once:
            self._dismiss()
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.fit()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._ticking.start()
        self._tick()
        self.setFocus(Qt.FocusReason.OtherFocusReason)

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._ticking.stop()
        self._set_digits("")
