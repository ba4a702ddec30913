"""The sheet that asks "Same goods again?", or says that the earlier sale was paid meanwhile."""

from __future__ import annotations

import time
from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QWidget

from pos_app.core.money import Sat
from pos_app.till.states import SaleState
from pos_app.till.views import SaleView
from pos_app.ui import fonts
from pos_app.ui.sold_again import PAID
from pos_app.ui.theme import theme
from pos_app.ui.widgets.announce import announce
from pos_app.ui.widgets.buttons import Button
from pos_app.ui.widgets.guard import Guard
from pos_app.ui.widgets.label import ElidedLabel, Label
from pos_app.ui.widgets.notice import Notice
from pos_app.ui.widgets.sheet import Sheet
from pos_app.ui.words import clock

BUTTON_U = 20


class SameGoodsSheet(Sheet):
    """`ask` opens it. Neither answer is the default: Enter presses nothing until a button was chosen by Tab.

    Esc, the scrim and × go back to the typed amount.
    """

    same_pressed = Signal(object)
    """Carries the `SaleView` of the earlier sale."""
    other_pressed = Signal()
    look_pressed = Signal(object)

    def __init__(self, over: QWidget) -> None:
        super().__init__(over, self.tr("Same goods again?"))
        self.now_s: Callable[[], float] = time.time
        self._sale: SaleView | None = None
        self.earlier = ElidedLabel(tone="ink2")
        self.now = ElidedLabel(self.tr("Now"), tone="ink2")
        self.earlier_amount = Label(size=5.5, weight=fonts.SEMIBOLD, tabular=True)
        self.now_amount = Label(size=5.5, weight=fonts.SEMIBOLD, tabular=True)
        self.notice = Notice()
        self.explained = Label(tone="ink2", wrap=True)
        self.same = Button("", height=BUTTON_U)
        self.other = Button("", height=BUTTON_U)
        self.look = Button("", "receipt-text", height=BUTTON_U)
        self._same_key, self._other_key = self.tr("S"), self.tr("O")
        hint = self.tr("Key {}")
        self.same.set_words(self.tr("Same goods"), hint.format(self._same_key))
        self.other.set_words(self.tr("Other goods"), hint.format(self._other_key))
        self.same.clicked.connect(self._say_same)
        self.other.clicked.connect(self.other_pressed)
        self.look.clicked.connect(lambda: self.look_pressed.emit(self._sale))
        self.guard = Guard(self)
        self._lay_out()
        theme.follow(self._fit_body)

    def _lay_out(self) -> None:
        self._facts = QGridLayout()
        self._facts.setColumnStretch(0, 1)
        for row, (name, amount) in enumerate(((self.earlier, self.earlier_amount), (self.now, self.now_amount))):
            amount.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            self._facts.addWidget(name, row, 0)
            self._facts.addWidget(amount, row, 1)
        self._foot = QHBoxLayout()
        for button in (self.look, self.same, self.other):
            self._foot.addWidget(button, 1)
        self.body.addLayout(self._facts)
        self.body.addWidget(self.notice)
        self.body.addWidget(self.explained)
        self.body.addStretch(1)
        self.body.addLayout(self._foot)

    def _fit_body(self) -> None:
        self.body.setContentsMargins(theme.u(7), theme.u(2), theme.u(7), theme.u(6))
        self.body.setSpacing(theme.u(4))
        self._facts.setVerticalSpacing(theme.u(2))
        self._facts.setHorizontalSpacing(theme.u(4))
        self._foot.setSpacing(theme.u(3))
        self._place()

    def ask(self, earlier: SaleView, amount: Sat) -> None:
        """Open with the sale that may still be paid, and what is to be charged now."""
        self.now_amount.setText(str(amount))
        self.show_sale(earlier)
        self.open_sheet()
        self.panel.setFocus(Qt.FocusReason.PopupFocusReason)
        self.guard.shield()
        announce(self.panel, f"{self.panel.accessibleName()}. {self.notice.accessibleName()}")

    def show_sale(self, sale: SaleView) -> None:
        """Show the earlier sale as it is now. Once it was paid, the same goods cannot be chosen any more."""
        was_paid = self._sale is not None and self._sale.state in PAID
        self._sale = sale
        is_paid = sale.state in PAID
        self.earlier.setText(self.tr("Sale {number} of {time}").format(number=sale.number, time=clock(sale.made_at_s)))
        self.earlier_amount.setText(str(sale.total))
        self.look.setText(self.tr("Look at sale {}").format(sale.number))
        self.look.setVisible(is_paid)
        self.same.setVisible(not is_paid)
        if is_paid:
            self.set_title(self.tr("Do not charge again"))
            title = self.tr("Sale {} was paid meanwhile.").format(sale.number)
            self.notice.say("attn", title, self.tr("Do not charge the same goods again."))
            self.explained.setText(self.tr("Are these other goods? Then go on: both sales count."))
        else:
            self.set_title(self.tr("Same goods again?"))
            self.notice.say("attn", *self._fate(sale), icon="circle-question-mark")
            words = self.tr(
                "Same goods: if both are paid, the money of sale {} is to be given back.\n"
                "Other goods: both sales count."
            )
            self.explained.setText(words.format(sale.number))
        self._place()
        if is_paid and not was_paid and self.is_open():
            self.guard.shield()
            announce(self.panel, self.notice.accessibleName())

    def _fate(self, sale: SaleView) -> tuple[str, str]:
        """What may still happen to the earlier sale: a title and a text."""
        found = self.tr("Money that still comes is found.")
        if sale.state is SaleState.UNCERTAIN:
            until_s = sale.uncertain_until_s
            if until_s is not None and self.now_s() < until_s:
                return self.tr("It may still be paid until {}.").format(clock(until_s)), found
            return self.tr("It may still be paid."), found
        if sale.state is SaleState.CANCELLED:
            return self.tr("It was cancelled, but its code may still be paid."), found
        if sale.state is SaleState.OPEN:
            return self.tr("Its code has ended, but may still be paid for a short time."), found
        return self.tr("Its money may still come."), found

    def _say_same(self) -> None:
        if self._sale is not None and self._sale.state not in PAID:
            self.same_pressed.emit(self._sale)

    def _make_room(self) -> None:
        """Where the height is short, the second sentence goes first, then the explanation."""
        column = self.panel.layout()
        assert column is not None
        for text, explained in ((True, True), (False, True), (False, False)):
            self.notice.text.setVisible(text)
            self.explained.setVisible(explained)
            self.body.invalidate()  # its height was reckoned with what is hidden now
            column.invalidate()
            if column.heightForWidth(self.panel.width()) <= self.panel.height():
                break

    def _cover(self) -> None:
        super()._cover()
        self._make_room()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = event.text().casefold()
        if key and not event.isAutoRepeat() and key == self._same_key.casefold():
            self._say_same()
        elif key and not event.isAutoRepeat() and key == self._other_key.casefold():
            self.other_pressed.emit()
        else:
            super().keyPressEvent(event)
