"""The rows of the queue: time, amount, where each sale stands. A finger scrolls it and the arrow keys walk through."""

from __future__ import annotations

import time
from collections.abc import Callable

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
from pos_app.till.views import QueueItem
from pos_app.ui import fonts
from pos_app.ui.theme import theme
from pos_app.ui.widgets import paint
from pos_app.ui.widgets.chip import chip_width, paint_chip, stage_chip
from pos_app.ui.words import clock, day_short

ROW_U = 17.75
_Index = QModelIndex | QPersistentModelIndex


class QueueModel(QAbstractListModel):
    """The queue as it came, oldest first."""

    def __init__(self, now_s: Callable[[], float], parent: QWidget) -> None:
        super().__init__(parent)
        self._now_s = now_s
        self.items: tuple[QueueItem, ...] = ()

    def set_items(self, items: tuple[QueueItem, ...]) -> None:
        same = [item.sale.sale_id for item in items] == [item.sale.sale_id for item in self.items]
        if same:
            self.items = items
            if items:
                self.dataChanged.emit(self.index(0), self.index(len(items) - 1))
            return
        self.beginResetModel()
        self.items = items
        self.endResetModel()

    def row_of(self, sale_id: str) -> int | None:
        return next((row for row, item in enumerate(self.items) if item.sale.sale_id == sale_id), None)

    def time_of(self, item: QueueItem) -> str:
        """When it was sold: the clock, or the day where it is not today's."""
        today = time.localtime(self._now_s())[:3] == time.localtime(item.sale.made_at_s)[:3]
        return clock(item.sale.made_at_s) if today else day_short(item.sale.made_at_s)

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.items)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        item = self.items[index.row()]
        if role == Qt.ItemDataRole.UserRole:
            return item
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            number = QCoreApplication.translate("Queue", "Sale {number}").format(number=item.sale.number)
            return f"{self.time_of(item)}, {item.sale.total.value} sat, {stage_chip(item.stage).word}, {number}"
        return None


class _Row(QStyledItemDelegate):
    def __init__(self, model: QueueModel, parent: QWidget) -> None:
        super().__init__(parent)
        self._model = model

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        return QSize(theme.u(60), theme.u(ROW_U))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        item: QueueItem = index.data(Qt.ItemDataRole.UserRole)
        rect: QRect = option.rect
        state: QStyle.StateFlag = option.state
        painter.save()
        now, side = theme.now, theme.u(5)
        if state & QStyle.StateFlag.State_Selected:
            painter.fillRect(rect, now.accent_tint)
            if now.high_contrast:
                paint.box(painter, rect, 0, None, now.ink, 2)
        painter.fillRect(rect.x() + side, rect.bottom(), rect.width() - 2 * side, 1, now.line)
        painter.setRenderHint(QPainter.RenderHint.TextAntialiasing)
        inner = rect.adjusted(side, 0, -theme.u(4), 0)
        chip = stage_chip(item.stage)
        chip_x = inner.right() + 1 - chip_width(chip)
        paint_chip(painter, QRect(chip_x, inner.y(), chip_width(chip), inner.height()), chip)
        font = theme.font(4.75, tabular=True)
        self._text(painter, self._model.time_of(item), font, now.ink2, inner)
        left = inner.x() + max(theme.u(17), paint.width_of("00:00", font) + theme.u(4))
        self._amount(painter, item, QRect(left, inner.y(), chip_x - theme.u(2) - left, inner.height()))
        painter.restore()

    def _amount(self, painter: QPainter, item: QueueItem, area: QRect) -> None:
        now, sale = theme.now, item.sale
        strong = theme.font(5, fonts.SEMIBOLD, tabular=True)
        upper, lower = area, QRect()
        if not theme.metrics.large_text:
            upper = QRect(area.x(), area.y() + theme.u(2.75), area.width(), theme.u(6.5))
            lower = QRect(area.x(), area.y() + theme.u(9), area.width(), theme.u(5.5))
        figure = grouped(sale.total.value)
        self._text(painter, figure, strong, now.ink, upper)
        unit_x = paint.width_of(figure, strong) + theme.u(1)
        self._text(painter, "sat", theme.font(4), now.ink2, upper.adjusted(unit_x, 0, 0, 0))
        if lower.isValid():
            words = QCoreApplication.translate("Queue", "Sale {number}").format(number=sale.number)
            beside = plain(sale.note) or plain(item.host)
            self._text(painter, f"{words} · {beside}" if beside else words, theme.font(4), now.ink2, lower)

    @staticmethod
    def _text(painter: QPainter, text: str, font: QFont, colour: QColor, area: QRect) -> None:
        painter.setFont(font)
        painter.setPen(colour)
        painter.drawText(area.x(), paint.baseline(area, font), paint.elided(text, font, area.width()))


class QueueList(QListView):
    """`chosen` carries the id of the sale that a person went to, `entered_item` that Enter was pressed on it."""

    chosen = Signal(str)
    entered_item = Signal()

    def __init__(self, *, now_s: Callable[[], float] = time.time, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = QueueModel(now_s, self)
        self._filling = False
        self.setModel(self._model)
        self.setItemDelegate(_Row(self._model, self))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setUniformItemSizes(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName(self.tr("Sales that are not paid yet"))
        self.viewport().setAutoFillBackground(False)
        QScroller.grabGesture(self.viewport(), QScroller.ScrollerGestureType.LeftMouseButtonGesture)
        self.selectionModel().currentChanged.connect(self._moved)
        theme.follow(self.fit)

    def fit(self) -> None:
        self.verticalScrollBar().setStyleSheet(theme.scroll_bar_style())
        self.doItemsLayout()
        self.viewport().update()

    def show_items(self, items: tuple[QueueItem, ...], selected: str) -> None:
        """Show these; the selected sale stays selected wherever it now stands, and so does the place in the list."""
        place = self.verticalScrollBar().value()
        self._filling = True
        self._model.set_items(items)
        self._filling = False
        self.select(selected)
        self.verticalScrollBar().setValue(place)

    def select(self, sale_id: str) -> None:
        """Mark that sale, or none where it is not there; says nothing."""
        row = self._model.row_of(sale_id)
        self._filling = True
        if row is None:
            self.clearSelection()
            self.setCurrentIndex(QModelIndex())
        else:
            self.setCurrentIndex(self._model.index(row))
        self._filling = False

    def reveal(self) -> None:
        """Scroll to the selected sale."""
        if self.currentIndex().isValid():
            self.scrollTo(self.currentIndex())

    def items(self) -> tuple[QueueItem, ...]:
        return self._model.items

    def _moved(self, current: QModelIndex) -> None:
        if not self._filling and current.isValid():
            item: QueueItem = current.data(Qt.ItemDataRole.UserRole)
            self.chosen.emit(item.sale.sale_id)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.entered_item.emit()
        else:
            super().keyPressEvent(event)
