"""The result page: a sale is paid, and nobody can overlook it. It stays until somebody begins the next sale."""

from __future__ import annotations

import time
from collections.abc import Callable

from PySide6.QtCore import QEasingCurve, QRectF, QSize, Qt, QVariantAnimation, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from pos_app.core.money import Sat
from pos_app.core.text import plain
from pos_app.till.states import SaleState
from pos_app.till.views import SaleView
from pos_app.ui import fonts
from pos_app.ui.theme import theme
from pos_app.ui.widgets.amount import Amount
from pos_app.ui.widgets.announce import announce
from pos_app.ui.widgets.buttons import Button
from pos_app.ui.widgets.label import ElidedLabel, Label
from pos_app.ui.widgets.tick import draw_tick
from pos_app.ui.words import clock_second, tender_word

WHOLE_SCREEN_AFTER_S = 2.0
FILL_MS = 160
TICK_MS = 240
ICON_U = 26
STEPS_U = (36.0, 28.0, 24.0, 20.0, 16.0)
PAID_STATES = (SaleState.PAID, SaleState.PAID_LATE)


class ResultPage(QWidget):
    """`show_sale(view)` shows a PAID or PAID_LATE sale in full green; the practice banner stays the window's.

    New sale by the button or Enter at once, by a touch anywhere after two seconds.
    """

    new_sale_pressed = Signal()

    def __init__(self, *, now: Callable[[], float] = time.monotonic, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._now = now
        self._shown_at_s = 0.0
        self._sale_id = ""
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._icon = QWidget()
        self.word = _centred(Label(size=11, tone="on_paid", weight=fonts.SEMIBOLD))
        self.amount = Amount(steps_u=STEPS_U, align=Qt.AlignmentFlag.AlignHCenter, tone="on_paid", unit_tone="on_paid")
        self.tip = _centred(Label(size=6, tone="on_paid", weight=fonts.MEDIUM))
        self.facts = _centred(ElidedLabel(size=5, tone="on_paid", tabular=True))
        self.advice = _centred(Label(size=4.75, tone="on_paid", wrap=True))
        self.new_sale = Button(self.tr("New sale"), "plus", kind="paid_main", height=20, text_size=6)
        self.new_sale.clicked.connect(self.new_sale_pressed)
        self._column = QVBoxLayout(self)
        self._column.addStretch(2)
        for widget in (self._icon, self.word, self.amount, self.tip, self.facts, self.advice):
            self._column.addWidget(widget)
        self._column.addStretch(3)
        self._column.addWidget(self.new_sale)
        self._fill = self._animation(FILL_MS)
        self._tick = self._animation(TICK_MS)
        theme.follow(self.fit)

    def _animation(self, duration_ms: int) -> QVariantAnimation:
        animation = QVariantAnimation(self, startValue=0.0, endValue=1.0, duration=duration_ms)
        animation.setEasingCurve(QEasingCurve.Type.OutCubic)
        animation.valueChanged.connect(self.update)
        return animation

    def show_sale(self, sale: SaleView) -> None:
        """Show this paid sale. The same sale again starts nothing anew."""
        late = sale.state is SaleState.PAID_LATE
        word = self.tr("Paid late") if late else self.tr("Paid")
        if sale.practice:
            word = self.tr("{word}, practice").format(word=word)
        self.word.setText(word)
        self.amount.set_sat(sale.total)
        self.tip.setText(self.tr("with tip {amount}").format(amount=sale.tip))
        self.tip.setVisible(sale.tip != Sat(0))
        self.facts.setText(self._facts(sale))
        self.advice.setText(self._advice(sale))
        self.advice.setVisible(bool(self.advice.text()))
        self.setAccessibleName(f"{word}, {self.amount.accessibleName()}. {self.facts.text()}. {self.advice.text()}")
        if sale.sale_id != self._sale_id:
            self._sale_id = sale.sale_id
            self._shown_at_s = self._now()
            self._celebrate()
            announce(self, self.accessibleName())
        self.fit()

    def _facts(self, sale: SaleView) -> str:
        paid_at_s = sale.paid_at_s or sale.closed_at_s or sale.made_at_s
        parts = [
            clock_second(paid_at_s),
            self.tr("Sale {number}").format(number=sale.number),
            tender_word(sale.tender),
            plain(sale.note, 60),
        ]
        return " · ".join(part for part in parts if part)

    def _advice(self, sale: SaleView) -> str:
        if sale.received > sale.total:
            return self.tr("{amount} arrived in all.").format(amount=sale.received)
        if sale.state is SaleState.PAID_LATE:
            return self.tr("The money came after the code had ended. Give the goods only once.")
        return ""

    def _celebrate(self) -> None:
        for animation, duration_ms in ((self._fill, FILL_MS), (self._tick, TICK_MS)):
            animation.stop()
            animation.setDuration(theme.ms(duration_ms))
            animation.start()

    def fit(self) -> None:
        """Take the sizes of the theme; where the text is large, the icon gives way."""
        u = theme.u
        self._column.setContentsMargins(u(6), u(5), u(6), u(6))
        self._column.setSpacing(u(3.5))
        self.facts.setContentsMargins(0, u(1.5), 0, 0)
        texts = sum(
            widget.sizeHint().height() + u(3.5)
            for widget in (self.word, self.amount, self.tip, self.facts, self.advice)
            if not widget.isHidden()
        )
        room = self.height() - u(5 + 20 + 6 + 6) - texts
        self._icon.setFixedHeight(max(u(10), min(u(ICON_U), room)))
        self.update()

    def minimumSizeHint(self) -> QSize:
        hint = self._column.totalMinimumSize()
        return QSize(hint.width(), hint.height() - self._icon.height() + theme.u(10))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        icon = QRectF(self._icon.geometry())
        side = icon.height()
        box = QRectF(icon.center().x() - side / 2, icon.y(), side, side)
        self._paint_fill(painter, box)
        draw_tick(painter, box, theme.now.on_paid, float(self._tick.currentValue()))

    def _paint_fill(self, painter: QPainter, icon: QRectF) -> None:
        share = float(self._fill.currentValue())
        if share >= 1.0:
            painter.fillRect(self.rect(), theme.now.paid_fill)
            return
        farthest = float(self.width() + self.height())
        radius = icon.width() / 2 + share * farthest
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.now.paid_fill)
        painter.drawEllipse(icon.center(), radius, radius)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """The whole screen begins a new sale, but not the touch that was meant for the page before."""
        if self._now() - self._shown_at_s >= WHOLE_SCREEN_AFTER_S:
            self.new_sale_pressed.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        keys = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Escape)
        if event.key() in keys and not event.isAutoRepeat():
            self.new_sale_pressed.emit()
        else:
            super().keyPressEvent(event)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.setFocus(Qt.FocusReason.OtherFocusReason)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.fit()


def _centred(label: Label) -> Label:
    label.setAlignment(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignVCenter)
    return label
