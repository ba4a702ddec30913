"""The rows of recent sales: time, amount, state. As a list that a finger scrolls and the arrow keys walk through.

What is not paid yet stands first, apart and with its sum.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from PySide6.QtCore import (
    QAbstractListModel,
    QCoreApplication,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QFont, QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QListView,
    QScroller,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from pos_app.core.money import Sat, grouped
from pos_app.core.text import plain
from pos_app.till.states import SaleState
from pos_app.till.views import SaleView, Stage
from pos_app.ui import fonts, icons
from pos_app.ui.theme import theme
from pos_app.ui.widgets import paint
from pos_app.ui.widgets.chip import ChipLook, chip_width, paint_chip, sale_chip
from pos_app.ui.words import clock

ROW_U, HEADING_U = 14, 10
TYPED = frozenset("0123456789+")
PENDING = (SaleState.OWED, SaleState.UNCERTAIN)
NO_STAGES: Mapping[str, Stage] = MappingProxyType({})
_Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True, slots=True)
class Heading:
    """A line above a group of sales."""

    words: str
    sum: Sat | None = None
    """Of what is not paid yet."""


class SalesModel(QAbstractListModel):
    """The sales, newest first; where some are not paid yet these stand first, under a heading."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.sales: tuple[SaleView, ...] = ()
        self._rows: tuple[SaleView | Heading, ...] = ()
        self._stages = NO_STAGES

    def set_sales(self, sales: tuple[SaleView, ...], stages: Mapping[str, Stage] = NO_STAGES) -> None:
        """`stages` tells by its id where a sale stands in the queue."""
        self.sales, self._stages = sales, stages
        rows = _grouped(sales)
        if [_kind(row) for row in rows] == [_kind(row) for row in self._rows]:
            self._rows = rows
            if rows:
                self.dataChanged.emit(self.index(0), self.index(len(rows) - 1))
            return
        self.beginResetModel()
        self._rows = rows
        self.endResetModel()

    def chip_of(self, sale: SaleView) -> ChipLook:
        return sale_chip(sale, self._stages.get(sale.sale_id))

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self._rows)

    def flags(self, index: _Index) -> Qt.ItemFlag:
        heading = index.isValid() and isinstance(self._rows[index.row()], Heading)
        return Qt.ItemFlag.NoItemFlags if heading else super().flags(index)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        row = self._rows[index.row()]
        if role == Qt.ItemDataRole.UserRole:
            return row
        if role not in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return None
        if isinstance(row, Heading):
            return row.words if row.sum is None else f"{row.words}, {row.sum.value} sat"
        number = QCoreApplication.translate("Recent", "Sale {number}").format(number=row.number)
        return f"{clock(row.made_at_s)}, {row.total.value} sat, {self.chip_of(row).word}, {number}"


def _kind(row: SaleView | Heading) -> bool:
    return isinstance(row, Heading)


def _grouped(sales: tuple[SaleView, ...]) -> tuple[SaleView | Heading, ...]:
    """No report hides what is not paid: it stands apart, with its sum."""
    tr = QCoreApplication.translate
    pending = [sale for sale in sales if sale.state in PENDING]
    others = [sale for sale in sales if sale.state not in PENDING]
    if not pending:
        return sales
    total = Sat(sum(sale.total.value for sale in pending))
    rows: list[SaleView | Heading] = [Heading(tr("Recent", "Not paid yet"), total), *pending]
    if others:
        rows += [Heading(tr("Recent", "Other sales")), *others]
    return tuple(rows)


class _Row(QStyledItemDelegate):
    def __init__(self, model: SalesModel, parent: QWidget) -> None:
        super().__init__(parent)
        self._model = model

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        heading = isinstance(index.data(Qt.ItemDataRole.UserRole), Heading)
        return QSize(theme.u(60), theme.u(HEADING_U if heading else ROW_U))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        row: SaleView | Heading = index.data(Qt.ItemDataRole.UserRole)
        if isinstance(row, Heading):
            self._heading(painter, row, option.rect)
        else:
            self._sale(painter, row, option)

    def _heading(self, painter: QPainter, heading: Heading, area: QRect) -> None:
        now, pad = theme.now, theme.u(1)
        inner = area.adjusted(pad, theme.u(1), -pad, 0)
        strong = theme.font(4, fonts.SEMIBOLD)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.TextAntialiasing)
        ink = now.ink3 if heading.sum is None else now.attn
        x = 0
        if heading.sum is not None:
            side = theme.u(4.5)
            icons.draw(painter, "clock", inner.x(), self._middle(inner, side), side, ink)
            x = side + theme.u(1.5)
            figure, words = theme.font(4.5, fonts.SEMIBOLD, tabular=True), str(heading.sum)
            width = paint.width_of(words, figure)
            self._text(painter, words, figure, ink, inner.adjusted(inner.width() - width, 0, 0, 0))
        self._text(painter, heading.words, strong, ink, inner.adjusted(x, 0, 0, 0))
        painter.fillRect(area.x(), area.bottom(), area.width(), 1, now.line)
        painter.restore()

    def _sale(self, painter: QPainter, sale: SaleView, option: QStyleOptionViewItem) -> None:
        rect: QRect = option.rect
        state: QStyle.StateFlag = option.state
        painter.save()
        now = theme.now
        if state & QStyle.StateFlag.State_Selected:
            paint.box(painter, rect, theme.u(3), now.accent_tint)
        else:
            painter.fillRect(rect.x(), rect.bottom(), rect.width(), 1, now.line)
        painter.setRenderHint(QPainter.RenderHint.TextAntialiasing)
        pad = theme.u(1)
        inner = rect.adjusted(pad, 0, -pad, 0)
        icon_px = theme.u(5)
        icons.draw(painter, "chevron-right", inner.right() - icon_px, self._middle(inner, icon_px), icon_px, now.ink2)
        chip = self._model.chip_of(sale)
        chip_x = inner.right() - icon_px - theme.u(3) - chip_width(chip)
        paint_chip(painter, QRect(chip_x, inner.y(), chip_width(chip), inner.height()), chip)
        font = theme.font(4.75, tabular=True)
        self._text(painter, clock(sale.made_at_s), font, now.ink2, inner)
        left = inner.x() + paint.width_of("00:00", font) + theme.u(4)
        self._amount(painter, sale, QRect(left, inner.y(), chip_x - theme.u(2) - left, inner.height()))
        painter.restore()

    def _amount(self, painter: QPainter, sale: SaleView, area: QRect) -> None:
        now = theme.now
        strong = theme.font(5, fonts.SEMIBOLD, tabular=True)
        upper, lower = area, QRect()
        if not theme.metrics.large_text:
            upper = QRect(area.x(), area.y() + theme.u(1), area.width(), theme.u(6.5))
            lower = QRect(area.x(), area.y() + theme.u(7), area.width(), theme.u(5.5))
        figure = grouped(sale.total.value)
        self._text(painter, figure, strong, now.ink, upper)
        unit_x = paint.width_of(figure, strong) + theme.u(1)
        self._text(painter, "sat", theme.font(4), now.ink2, upper.adjusted(unit_x, 0, 0, 0))
        if lower.isValid():
            words = QCoreApplication.translate("Recent", "Sale {number}").format(number=sale.number)
            note = plain(sale.note)
            self._text(painter, f"{words} · {note}" if note else words, theme.font(4), now.ink3, lower)

    @staticmethod
    def _middle(area: QRect, height: int) -> int:
        return area.y() + (area.height() - height) // 2

    @staticmethod
    def _text(painter: QPainter, text: str, font: QFont, colour: QColor, area: QRect) -> None:
        painter.setFont(font)
        painter.setPen(colour)
        painter.drawText(area.x(), paint.baseline(area, font), paint.elided(text, font, area.width()))


class SalesList(QListView):
    """`chosen` carries the SaleView of a row that was touched or entered."""

    chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = SalesModel(self)
        self.setModel(self._model)
        self.setItemDelegate(_Row(self._model, self))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName(self.tr("Recent sales"))
        self.viewport().setAutoFillBackground(False)
        QScroller.grabGesture(self.viewport(), QScroller.ScrollerGestureType.LeftMouseButtonGesture)
        self.clicked.connect(self._choose)
        theme.follow(self.fit)

    def fit(self) -> None:
        self.verticalScrollBar().setStyleSheet(theme.scroll_bar_style())
        self.doItemsLayout()
        self.viewport().update()

    def show_sales(self, sales: tuple[SaleView, ...], stages: Mapping[str, Stage] = NO_STAGES) -> None:
        """Show these; the place in the list stays where it can."""
        self._model.set_sales(sales, stages)

    def sales(self) -> tuple[SaleView, ...]:
        return self._model.sales

    def _choose(self, index: QModelIndex) -> None:
        row = index.data(Qt.ItemDataRole.UserRole) if index.isValid() else None
        if isinstance(row, SaleView):
            self.chosen.emit(row)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._choose(self.currentIndex())
        elif event.text() in TYPED or event.key() == Qt.Key.Key_Backspace:
            event.ignore()  # beside the keypad they belong to the amount; the list would look for a row
        else:
            super().keyPressEvent(event)
