"""The page of a sale whose card is stored: as large as Paid, and nothing like it. Amber, hatch, clock, "NOT paid"."""

from __future__ import annotations

import time
from collections.abc import Callable

from PySide6.QtCore import QEasingCurve, QRect, QRectF, QSize, Qt, QVariantAnimation, Signal
from PySide6.QtGui import (
    QColor,
    QHideEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QResizeEvent,
    QShowEvent,
)
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from pos_app.core.money import grouped
from pos_app.core.text import plain
from pos_app.till.views import QueueItem, SaleView, StoreView
from pos_app.ui import fonts, icons
from pos_app.ui.pages.result import FILL_MS, ICON_U, STEPS_U, WHOLE_SCREEN_AFTER_S
from pos_app.ui.theme import theme
from pos_app.ui.widgets import paint
from pos_app.ui.widgets.amount import Amount
from pos_app.ui.widgets.announce import announce
from pos_app.ui.widgets.buttons import Button
from pos_app.ui.widgets.chip import stage_chip
from pos_app.ui.widgets.label import ElidedLabel, Label

HATCH_U = 4
METER_U = 104
LEAST_ICON_U = 10
UNFILLED = 0.2


class StoredPage(QWidget):
    """`show_sale(view, store)` shows an OWED sale whose card was just stored; the practice banner stays the window's.

    New sale by the button or Enter at once, by a touch anywhere after two seconds.
    """

    new_sale_pressed = Signal()
    slip_pressed = Signal(object)
    """Carries the `SaleView` whose PENDING slip is wanted."""
    queue_pressed = Signal(str)
    """The id of the sale, whose card has failed meanwhile."""

    def __init__(self, *, now: Callable[[], float] = time.monotonic, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._now = now
        self._shown_at_s = 0.0
        self._sale: SaleView | None = None
        self._failed = False
        self._mark = "clock"
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._icon = QWidget()
        self.word = _Word()
        self.amount = Amount(steps_u=STEPS_U, align=Qt.AlignmentFlag.AlignHCenter, tone="on_attn", unit_tone="on_attn")
        self.facts = ElidedLabel(size=5, tone="on_attn", weight=fonts.MEDIUM)
        self.customer = Label(size=4.75, tone="on_attn", wrap=True)
        for label in (self.facts, self.customer):
            label.setAlignment(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignVCenter)
        self.meter = Meter()
        self.slip = Button(self.tr("Pending slip"), "receipt-text", kind="stored", height=20, text_size=5.5)
        self.slip.clicked.connect(self._slip_pressed)
        self.new_sale = Button(self.tr("New sale"), "plus", kind="stored_main", height=20, text_size=6)
        self.new_sale.clicked.connect(self.new_sale_pressed)
        self._buttons = QHBoxLayout()
        self._buttons.addWidget(self.slip, 1)
        self._buttons.addWidget(self.new_sale, 2)
        self._column = QVBoxLayout(self)
        self._column.addStretch(2)
        for widget in (self._icon, self.word, self.amount, self.facts, self.customer):
            self._column.addWidget(widget)
        self._column.addWidget(self.meter, 0, Qt.AlignmentFlag.AlignHCenter)
        self._column.addStretch(3)
        self._column.addLayout(self._buttons)
        QWidget.setTabOrder(self.new_sale, self.slip)
        self._fill = QVariantAnimation(self, startValue=0.0, endValue=1.0)
        self._fill.setEasingCurve(QEasingCurve.Type.OutCubic)
        self._fill.valueChanged.connect(self.update)
        theme.follow(self.fit)

    def show_sale(self, sale: SaleView, store: StoreView | None) -> None:
        """Show this stored sale. The same sale again starts nothing anew."""
        is_new = self._sale is None or self._sale.sale_id != sale.sale_id
        self._sale = sale
        self.amount.set_sat(sale.total)
        self.show_store(store)
        if is_new:
            self._mark = "clock"
            self._show_words(
                self.tr("Stored offline,"),
                self.tr("You carry the risk until the card pays."),
                self.tr("Customer: Card stored. Payment follows when we are online. Up to {}.").format(sale.total),
                failed=False,
            )
            self._shown_at_s = self._now()
            self._fill.stop()
            self._fill.setDuration(theme.ms(FILL_MS))
            self._fill.start()
        self.fit()

    def show_failed(self, item: QueueItem) -> None:
        """Its card has failed while the customer may still be here: say so, and lead to what can be done."""
        if self._sale is not None and item.sale.sale_id == self._sale.sale_id:
            look = stage_chip(item.stage)
            self._mark = look.icon
            self._show_words(f"{look.word},", item.words, "", failed=True)
            self.fit()

    def _show_words(self, word: str, fact: str, customer: str, *, failed: bool) -> None:
        assert self._sale is not None
        self._failed = failed
        self.word.set_first(word)
        parts = [fact, self.tr("Sale {}").format(self._sale.number), plain(self._sale.note, 60)]
        self.facts.setText(" · ".join(part for part in parts if part))
        self.customer.setText(customer)
        self.customer.setVisible(bool(customer))
        self.slip.set_words(self.tr("See the queue") if failed else self.tr("Pending slip"))
        self.slip.set_icon("clock" if failed else "receipt-text")
        said = [f"{self.word.text()}, {self.amount.accessibleName()}", self.facts.text(), customer]
        self.setAccessibleName(". ".join(part.rstrip(".") for part in said if part) + ".")
        announce(self, self.accessibleName())

    def show_store(self, store: StoreView | None) -> None:
        """What of the limits is used now."""
        self.meter.setVisible(store is not None)
        if store is not None:
            self.meter.show_store(store)

    def _slip_pressed(self) -> None:
        if self._sale is None:
            return
        if self._failed:
            self.queue_pressed.emit(self._sale.sale_id)
        else:
            self.slip_pressed.emit(self._sale)

    def fit(self) -> None:
        """Take the sizes of the theme; where space is short, the icon gives way, then the gaps and the amount."""
        u = theme.u
        self._column.setContentsMargins(u(6), u(HATCH_U + 3), u(6), u(6))
        self._buttons.setSpacing(u(4))
        for gap_u, steps_u in ((3.5, STEPS_U), (2, STEPS_U[2:])):
            self._column.setSpacing(u(gap_u))
            self.amount.set_steps(steps_u)
            room = self.height() - self._needed(u(gap_u))
            if room >= u(LEAST_ICON_U):
                break
        self._icon.setFixedHeight(max(u(LEAST_ICON_U), min(u(ICON_U), room)))
        self.update()

    def _needed(self, gap_px: int) -> int:
        """The height of all but the icon."""
        width = self.width() - 2 * theme.u(6)
        parts = [self.word, self.amount, self.facts, self.customer, self.meter]
        heights = [
            part.heightForWidth(width) if part.hasHeightForWidth() else part.sizeHint().height()
            for part in parts
            if not part.isHidden()
        ]
        margins = self._column.contentsMargins()
        around = margins.top() + margins.bottom() + self.new_sale.sizeHint().height()
        return sum(heights) + (len(heights) + 1) * gap_px + around

    def minimumSizeHint(self) -> QSize:
        """With the smaller amount and the narrower gaps."""
        hint = self._column.totalMinimumSize()
        return QSize(hint.width(), self._needed(theme.u(2)) + theme.u(LEAST_ICON_U))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        icon = self._icon.geometry()
        side = icon.height()
        self._paint_fill(painter, QRectF(icon), side)
        self._paint_hatch(painter)
        icons.draw(painter, self._mark, icon.center().x() - side / 2, icon.y(), side, theme.now.on_attn)

    def _paint_fill(self, painter: QPainter, icon: QRectF, side: int) -> None:
        share = float(self._fill.currentValue())
        if share >= 1.0:
            painter.fillRect(self.rect(), theme.now.attn_fill)
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.now.attn_fill)
        radius = side / 2 + share * (self.width() + self.height())
        painter.drawEllipse(icon.center(), radius, radius)

    def _paint_hatch(self, painter: QPainter) -> None:
        """Slanted bars along the upper edge: "not paid" for those who see no colour."""
        height = theme.u(HATCH_U)
        bars = QPainterPath()
        for x in range(0, self.width() + 3 * height, 2 * height):
            bars.moveTo(x, 0)
            bars.lineTo(x + height, 0)
            bars.lineTo(x, height)
            bars.lineTo(x - height, height)
            bars.closeSubpath()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillPath(bars, theme.now.on_attn)

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

    def hideEvent(self, event: QHideEvent) -> None:
        """The same sale may come back with another card."""
        super().hideEvent(event)
        self._sale = None

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.fit()


class _Word(QWidget):
    """What became of the card, and in bold that it is not paid."""

    def __init__(self) -> None:
        super().__init__()
        self._first = Label("", 11, tone="on_attn", weight=fonts.SEMIBOLD)
        self._not_paid = Label(self.tr("NOT paid"), 11, tone="on_attn", weight=fonts.BOLD)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.addStretch(1)
        self._row.addWidget(self._first)
        self._row.addWidget(self._not_paid)
        self._row.addStretch(1)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        theme.follow(self.fit)

    def fit(self) -> None:
        self._row.setSpacing(theme.u(2.5))

    def text(self) -> str:
        return f"{self._first.text()} {self._not_paid.text()}"

    def set_first(self, word: str) -> None:
        """What became of the card."""
        self._first.setText(word)


class Meter(QWidget):
    """What of the limits is used, in figures and as a bar, on the amber of the page."""

    def __init__(self) -> None:
        super().__init__()
        self._sum = self._count = ""
        self._share = 0.0
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        theme.follow(self.fit)

    def fit(self) -> None:
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(theme.pane(METER_U), theme.metrics.text(6) + theme.u(4))

    def show_store(self, store: StoreView) -> None:
        self._sum = self.tr("{used} of {limit}").format(used=grouped(store.sum.value), limit=store.sum_max)
        self._count = self.tr("{used} of {limit} sales").format(used=store.count, limit=store.count_max)
        self._share = max(store.sum.value / max(1, store.sum_max.value), store.count / max(1, store.count_max))
        self.setAccessibleName(f"{self._sum}, {self._count}")
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, ink = QPainter(self), theme.now.on_attn
        row = QRect(0, 0, self.width(), theme.metrics.text(6))
        strong, plain_font = theme.font(4.5, fonts.SEMIBOLD), theme.font(4.5, fonts.MEDIUM)
        painter.setPen(ink)
        painter.setFont(strong)
        painter.drawText(0, paint.baseline(row, strong), self._sum)
        painter.setFont(plain_font)
        x = self.width() - paint.width_of(self._count, plain_font)
        painter.drawText(x, paint.baseline(row, plain_font), self._count)
        height = theme.u(2.5)
        track = QRect(0, self.height() - height, self.width(), height)
        empty = QColor(ink)
        empty.setAlphaF(UNFILLED)
        paint.box(painter, track, height / 2, empty)
        if self._share > 0:
            track.setWidth(max(height, round(track.width() * min(1.0, self._share))))
            paint.box(painter, track, height / 2, ink)
