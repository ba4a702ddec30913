"""Under the queue: money that came for sales which were lost with a restore. Nothing can be pressed there."""

from __future__ import annotations

import time
from collections.abc import Callable

from PySide6.QtWidgets import QVBoxLayout, QWidget

from pos_app.core.money import Sat
from pos_app.core.text import plain
from pos_app.till.views import UnassignedView
from pos_app.ui import fonts
from pos_app.ui.theme import theme
from pos_app.ui.widgets.announce import announce
from pos_app.ui.widgets.label import ElidedLabel
from pos_app.ui.widgets.panel import Panel
from pos_app.ui.widgets.scroll import Scroll
from pos_app.ui.words import when

ROWS_U = 24


class UnassignedPane(Panel):
    """Hidden while there is none. What does not fit is scrolled to."""

    def __init__(self, *, now_s: Callable[[], float] = time.time, parent: QWidget | None = None) -> None:
        super().__init__("surface", "t", parent=parent)
        self._now_s = now_s
        self._payments: tuple[UnassignedView, ...] = ()
        self._labels: list[ElidedLabel] = []
        self.heading = ElidedLabel(size=4.5, weight=fonts.MEDIUM)
        self.why = ElidedLabel(self.tr("Made after the backup that was restored."), size=4, tone="ink2")
        self._rows = QWidget()
        self._rows_column = QVBoxLayout(self._rows)
        self._scroll = Scroll(self._rows)
        self._column = QVBoxLayout(self)
        for widget in (self.heading, self.why, self._scroll):
            self._column.addWidget(widget)
        self.hide()
        theme.follow(self.fit)

    def fit(self) -> None:
        u = theme.u
        self._column.setContentsMargins(u(5), u(2.5), u(4), u(2.5))
        self._column.setSpacing(u(0.5))
        self._rows_column.setContentsMargins(0, u(1), 0, 0)
        self._rows_column.setSpacing(u(1))
        heights = [label.sizeHint().height() for label in self._labels]
        whole = sum(heights) + u(1) * len(heights)
        self._scroll.setFixedHeight(min(u(ROWS_U), whole))

    def words(self) -> list[str]:
        """One line for each payment, the newest first."""
        return [self._words(payment) for payment in reversed(self._payments)]

    def show_payments(self, payments: tuple[UnassignedView, ...]) -> None:
        """Mirror the till's list."""
        self.setVisible(bool(payments))
        if payments == self._payments:
            return
        self._payments = payments
        total = Sat(sum(payment.amount.value for payment in payments))
        self.heading.setText(self.tr("Payments without a sale here · {}").format(total))
        for label in self._labels:
            label.deleteLater()
        self._labels = [ElidedLabel(words, 4, tone="ink2", tabular=True) for words in self.words()]
        for label in self._labels:
            self._rows_column.addWidget(label)
        self.setAccessibleName(". ".join([self.heading.text(), self.why.text(), *self.words()]))
        if payments:
            announce(self, self.heading.text())
        self.fit()

    def _words(self, payment: UnassignedView) -> str:
        words = [when(payment.made_at_s, self._now_s()), str(payment.amount)]
        if payment.number is not None:
            words.append(self.tr("Sale {}").format(payment.number))
        return " · ".join([*words, plain(payment.memo) or payment.reference])
