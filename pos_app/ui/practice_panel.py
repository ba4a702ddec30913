"""What the practice customer can do with the code on the screen, and with the card."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from pos_app.ui import fonts, icons
from pos_app.ui.fault_switches import FaultSwitches
from pos_app.ui.practice_popover import Divider, PracticePopover
from pos_app.ui.theme import theme
from pos_app.ui.widgets import paint
from pos_app.ui.widgets.buttons import PressedButton
from pos_app.ui.widgets.label import Label

ROW_U = 14


class PracticePanel(PracticePopover):
    """`chosen` carries now, late, never or fail. Open it with `open_at(button)`; the code stays visible."""

    chosen = Signal(str)

    def __init__(self, over: QWidget, switches: FaultSwitches) -> None:
        super().__init__(over, self.tr("The practice customer"))
        self._hint = Label(
            self.tr("Charge an amount: the customer pays the code on the screen."), tone="ink2", wrap=True
        )
        self.column.addWidget(self._hint)
        self.rows = {
            how: _Row(icon, title, text)
            for how, icon, title, text in (
                ("now", "smartphone", self.tr("Pays now"), self.tr("As a customer who scans the code")),
                ("late", "clock", self.tr("Pays late"), self.tr("After the code has ended")),
                ("never", "ban", self.tr("Never pays"), self.tr("Walks away; the code expires")),
                ("fail", "circle-x", self.tr("Payment fails"), self.tr("The customer's wallet finds no way")),
            )
        }
        for how, row in self.rows.items():
            row.clicked.connect(lambda _=False, how=how: self._choose(how))
            self.column.addWidget(row)
        self.column.addWidget(Divider())
        self.cards = (
            switches.row("card_pin", self.tr("The card asks for a PIN"), self.tr("1234, for every amount")),
            switches.row("card_empty", self.tr("The card is empty"), self.tr("Its issuer declines")),
        )
        for card in self.cards:
            self.column.addWidget(card)
        self.set_can_pay(False)

    def set_can_pay(self, can_pay: bool) -> None:
        """Whether there is a code on the screen."""
        self._hint.setVisible(not can_pay)
        for row in self.rows.values():
            row.setEnabled(can_pay)
        self._place()

    def _choose(self, how: str) -> None:
        self.close_popover()
        self.chosen.emit(how)


class _Row(PressedButton):
    """Icon, title and what it does; the whole row is the target."""

    def __init__(self, icon: str, title: str, text: str) -> None:
        super().__init__(title)
        self._icon = icon
        self._line = text
        self.setAccessibleName(title)
        self.setAccessibleDescription(text)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.follow(self.fit)

    def fit(self) -> None:
        self.setFixedHeight(max(theme.u(ROW_U), theme.metrics.text(12)))
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(theme.u(80), self.height())

    def paintEvent(self, event: QPaintEvent) -> None:
        now = theme.now
        painter = QPainter(self)
        if self.is_shown_pressed():
            paint.box(painter, self.rect(), theme.u(3), now.practice_tint)
        icon_px = theme.u(6)
        strong = now.practice if self.isEnabled() else now.ink3
        icons.draw(painter, self._icon, theme.u(2), (self.height() - icon_px) / 2, icon_px, strong)
        left = theme.u(2) + icon_px + theme.u(4)
        half = self.height() // 2
        upper = QRect(left, theme.u(0.5), self.width() - left, half)
        lower = QRect(left, half - theme.u(0.5), self.width() - left, half)
        for area, text, font, ink in (
            (upper, self.text(), theme.font(4.75, fonts.SEMIBOLD), now.ink if self.isEnabled() else now.ink3),
            (lower, self._line, theme.font(4), now.ink2 if self.isEnabled() else now.ink3),
        ):
            painter.setFont(font)
            painter.setPen(ink)
            painter.drawText(area.x(), paint.baseline(area, font), paint.elided(text, font, area.width()))
