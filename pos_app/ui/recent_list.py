"""The rows of recent sales: time, amount, state. As a list that a finger scrolls and the arrow keys walk through."""

from __future__ import annotations

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

from pos_app.core.money import grouped
from pos_app.core.text import plain
from pos_app.till.states import SaleState
from pos_app.till.views import Phase, SaleView
from pos_app.ui import fonts, icons
from pos_app.ui.theme import theme
from pos_app.ui.widgets import paint
from pos_app.ui.widgets.chip import ChipLook, chip_width, paint_chip, state_chip
from pos_app.ui.words import clock

ROW_U = 14
ONE_LINE_FROM = 1.25
_Index = QModelIndex | QPersistentModelIndex


def sale_chip(sale: SaleView) -> ChipLook:
    """The state's chip; an open sale whose answer was lost is not simply waiting."""
    if sale.state is SaleState.OPEN and sale.phase is Phase.CHECKING:
        return state_chip(SaleState.UNCERTAIN)
    return state_chip(sale.state)


class SalesModel(QAbstractListModel):
    """The sales as they came, newest first."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.sales: tuple[SaleView, ...] = ()

    def set_sales(self, sales: tuple[SaleView, ...]) -> None:
        if len(sales) == len(self.sales):
            self.sales = sales
            if sales:
                self.dataChanged.emit(self.index(0), self.index(len(sales) - 1))
            return
        self.beginResetModel()
        self.sales = sales
        self.endResetModel()

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.sales)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        sale = self.sales[index.row()]
        if role == Qt.ItemDataRole.UserRole:
            return sale
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            number = QCoreApplication.translate("Recent", "Sale {number}").format(number=sale.number)
            return f"{clock(sale.made_at_s)}, {sale.total.value} sat, {sale_chip(sale).word}, {number}"
        return None


class _Row(QStyledItemDelegate):
    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        return QSize(theme.u(60), theme.u(ROW_U))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        sale: SaleView = index.data(Qt.ItemDataRole.UserRole)
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
        chip = sale_chip(sale)
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
        if theme.metrics.text_scale < ONE_LINE_FROM:
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
        self.setItemDelegate(_Row(self))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setUniformItemSizes(True)
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

    def show_sales(self, sales: tuple[SaleView, ...]) -> None:
        """Show these; the place in the list stays where it can."""
        self._model.set_sales(sales)

    def sales(self) -> tuple[SaleView, ...]:
        return self._model.sales

    def _choose(self, index: QModelIndex) -> None:
        if index.isValid():
            self.chosen.emit(index.data(Qt.ItemDataRole.UserRole))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._choose(self.currentIndex())
        else:
            super().keyPressEvent(event)
