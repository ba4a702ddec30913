"""The practice banner: on every page, so that practice money never looks like real money."""

from __future__ import annotations

from PySide6.QtCore import QRect, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from pos_app.till.views import StatusView
from pos_app.ui import fonts, icons
from pos_app.ui.theme import theme
from pos_app.ui.widgets.buttons import Button
from pos_app.ui.widgets.label import ElidedLabel, Label
from pos_app.ui.widgets.panel import Panel

HEIGHT_U = 12


class PracticeBanner(Panel):
    """Says that this is not real money; in the practice books it holds the practice customer's buttons."""

    tap_pressed = Signal()
    """The simulated card shall be held to its reader."""
    pay_pressed = Signal()
    """The practice customer shall pay the code on the screen."""
    panel_pressed = Signal()
    """Show or hide what else the practice customer can do."""
    faults_pressed = Signal()
    """Show or hide what can go wrong."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("practice_tint", "b", line="practice", parent=parent)
        self._icon = _Icon()
        self._title = Label("", 4.5, tone="practice", weight=fonts.SEMIBOLD)
        self._customer = self._card = False
        self._words = ElidedLabel(self.tr("This is not real money"), tone="ink2")
        self.tap = _BannerButton(self.tr("Tap card"), "nfc")
        self.pay = _BannerButton(self.tr("Customer pays"), "smartphone")
        self.more = _BannerButton(self.tr("More"), "", trailing_icon="chevron-down")
        self.more.setAccessibleName(self.tr("More that the practice customer can do"))
        self.faults = _BannerButton("", "flask-conical", trailing_icon="chevron-down")
        self.tap.clicked.connect(self.tap_pressed)
        self.pay.clicked.connect(self.pay_pressed)
        self.more.clicked.connect(self.panel_pressed)
        self.faults.clicked.connect(self.faults_pressed)
        self._row = QHBoxLayout(self)
        self._row.addWidget(self._icon)
        self._row.addWidget(self._title)
        self._row.addWidget(self._words, 1)
        self._row.addWidget(self.tap)
        self._row.addWidget(self.pay)
        self._row.addWidget(self.more)
        self._row.addWidget(self.faults)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.set_card(False)
        self.set_customer(False)
        self.set_can_pay(False)
        self.set_fault_count(0)
        theme.follow(self.fit)

    def fit(self) -> None:
        self.setFixedHeight(theme.u(HEIGHT_U))
        self._row.setContentsMargins(theme.u(4), 0, theme.u(4), 0)
        self._row.setSpacing(theme.u(3))

    def show_status(self, status: StatusView) -> None:
        """Visible in the practice books, for practice money, for each network but mainnet, and for a simulated card."""
        is_practice = status.practice or self._customer
        self.setVisible(is_practice or self._card)
        network = "" if status.network == "mainnet" else status.network.capitalize()
        if not is_practice:
            self._title.setText(self.tr("Simulated card"))
        else:
            self._title.setText(self.tr("Practice") if self._customer or not network else network)
        self._words.setText(self.tr("This is not real money") if is_practice else self.tr("The money is real"))

    def set_customer(self, there: bool) -> None:
        """Whether a practice customer lives here: only in the practice books."""
        self._customer = there
        self.pay.setVisible(there)
        self.more.setVisible(there)
        self.faults.setVisible(there)

    def set_card(self, there: bool) -> None:
        """Whether there is a simulated card to tap."""
        self._card = there
        self.tap.setVisible(there)

    def set_can_pay(self, can_pay: bool) -> None:
        """Whether a code is on the screen that can be paid."""
        self.pay.setEnabled(can_pay)

    def set_panel_open(self, is_open: bool) -> None:
        self.more.set_kind("practice_on" if is_open else "practice")
        self.more.set_icon("", "chevron-up" if is_open else "chevron-down")

    def set_fault_count(self, count: int) -> None:
        """So many faults are on: nobody shall forget them."""
        self.faults.setText(self.tr("Faults: %n", "", count) if count else self.tr("Faults"))
        self.faults.setAccessibleName(self.tr("What can go wrong, %n on", "", count))
        self.faults.updateGeometry()

    def set_faults_open(self, is_open: bool) -> None:
        self.faults.set_kind("practice_on" if is_open else "practice")
        self.faults.set_icon("flask-conical", "chevron-up" if is_open else "chevron-down")


class _Icon(QWidget):
    def __init__(self) -> None:
        super().__init__()
        theme.follow(self.fit)

    def fit(self) -> None:
        self.setFixedSize(theme.u(6), theme.u(6))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        icons.draw(QPainter(self), "graduation-cap", 0, 0, theme.u(6), theme.now.practice)


class _BannerButton(Button):
    """Drawn 9.5 u high; its touch area is the banner's full height."""

    def __init__(self, text: str, icon: str, trailing_icon: str = "") -> None:
        super().__init__(text, icon, kind="practice", height=HEIGHT_U, text_size=4.5, trailing_icon=trailing_icon)

    def drawn(self) -> QRect:
        inset = theme.u(1.25)
        return self.rect().adjusted(0, inset, 0, -inset)
