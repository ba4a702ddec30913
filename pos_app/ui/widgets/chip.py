"""A state as icon, word and tint; failures also wear a border. As a widget, and for delegates as a function."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication, QRect, QSize
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from pos_app.till.states import SaleState
from pos_app.till.views import Phase, SaleView, Stage
from pos_app.ui import fonts, icons
from pos_app.ui.theme import theme
from pos_app.ui.widgets import paint

HEIGHT_U = 8
FAILED = (Stage.DECLINED, Stage.TAP_LOST, Stage.NOT_PAID, Stage.EXPIRED, Stage.VOIDED)
"""The stored card did not pay."""


@dataclass(frozen=True, slots=True)
class ChipLook:
    """`tone` is accent, paid, attn, fail, idle or practice; `icon` one of Lucide's names."""

    tone: str
    icon: str
    word: str


def state_chip(state: SaleState) -> ChipLook:
    """How a sale's state looks, in the words of the till."""
    tr = QCoreApplication.translate
    match state:
        case SaleState.OPEN:
            return ChipLook("accent", "clock", tr("State", "Waiting"))
        case SaleState.OWED:
            return ChipLook("attn", "clock", tr("State", "Stored"))
        case SaleState.UNCERTAIN:
            return ChipLook("attn", "circle-question-mark", tr("State", "Checking"))
        case SaleState.PAID:
            return ChipLook("paid", "circle-check", tr("State", "Paid"))
        case SaleState.PAID_LATE:
            return ChipLook("paid", "circle-check", tr("State", "Paid late"))
        case SaleState.PAID_OTHERWISE:
            return ChipLook("idle", "circle-check", tr("State", "Paid otherwise"))
        case SaleState.CANCELLED:
            return ChipLook("idle", "ban", tr("State", "Cancelled"))
        case SaleState.EXPIRED:
            return ChipLook("idle", "timer-off", tr("State", "Expired"))
        case SaleState.WRITTEN_OFF:
            return ChipLook("idle", "archive", tr("State", "Written off"))
        case SaleState.REFUND_DUE:
            return ChipLook("fail", "undo-2", tr("State", "Refund due"))
        case SaleState.REFUNDED:
            return ChipLook("idle", "undo-2", tr("State", "Refunded"))


def stage_chip(stage: Stage) -> ChipLook:
    """How a sale of the queue looks: where it stands in one word."""
    tr = QCoreApplication.translate
    match stage:
        case Stage.STORED:
            return ChipLook("attn", "clock", tr("Stage", "Stored"))
        case Stage.HELD:
            return ChipLook("attn", "lock", tr("Stage", "Held"))
        case Stage.ASKING:
            return ChipLook("accent", "loader", tr("Stage", "Asking issuer"))
        case Stage.CHECKING:
            return ChipLook("attn", "circle-question-mark", tr("Stage", "Checking"))
        case Stage.DECLINED:
            return ChipLook("fail", "circle-x", tr("Stage", "Declined"))
        case Stage.TAP_LOST:
            return ChipLook("fail", "circle-x", tr("Stage", "Tap lost"))
        case Stage.NOT_PAID:
            return ChipLook("fail", "circle-x", tr("Stage", "Not paid"))
        case Stage.EXPIRED:
            return ChipLook("fail", "timer-off", tr("Stage", "Card too old"))
        case Stage.VOIDED:
            return ChipLook("fail", "ban", tr("Stage", "Card given up"))
        case Stage.PAID_LATE:
            return ChipLook("paid", "circle-check", tr("Stage", "Paid late"))
        case Stage.REFUND_DUE:
            return ChipLook("fail", "undo-2", tr("Stage", "Refund due"))


def sale_chip(sale: SaleView, stage: Stage | None = None) -> ChipLook:
    """The state's chip; `stage` is where it stands in the queue. An open sale whose answer was lost does not wait."""
    if stage is not None:
        return stage_chip(stage)
    if sale.state is SaleState.OPEN and sale.phase is Phase.CHECKING:
        return state_chip(SaleState.UNCERTAIN)
    return state_chip(sale.state)


def chip_width(look: ChipLook) -> int:
    """Its width in pixels."""
    return paint.width_of(look.word, theme.font(4, fonts.SEMIBOLD)) + theme.u(4.5) + theme.u(1.5) + 2 * theme.u(2.5)


def paint_chip(painter: QPainter, rect: QRect, look: ChipLook) -> None:
    """Draw it at the left edge of `rect`, in the middle of its height."""
    now = theme.now
    height, icon_px, pad = theme.u(HEIGHT_U), theme.u(4.5), theme.u(2.5)
    body = QRect(rect.x(), rect.y() + (rect.height() - height) // 2, chip_width(look), height)
    tint = now.colour(f"{look.tone}_tint")
    ink = now.colour(look.tone)
    border = ink if look.tone == "fail" or now.high_contrast else None
    paint.box(painter, body, height / 2, tint, border, 2 if now.high_contrast else 1)
    icons.draw(painter, look.icon, body.x() + pad, body.y() + (height - icon_px) / 2, icon_px, ink)
    font = theme.font(4, fonts.SEMIBOLD)
    painter.setFont(font)
    painter.setPen(ink)
    painter.drawText(body.x() + pad + icon_px + theme.u(1.5), paint.baseline(body, font), look.word)


class Chip(QWidget):
    """The chip on a page."""

    def __init__(self, look: ChipLook, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(look.word)
        theme.follow(self.fit)

    def set_look(self, look: ChipLook) -> None:
        self._look = look
        self.setAccessibleName(look.word)
        self.fit()

    def fit(self) -> None:
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(chip_width(self._look), theme.u(HEIGHT_U))

    def paintEvent(self, event: QPaintEvent) -> None:
        paint_chip(QPainter(self), self.rect(), self._look)
