"""The table of the history: rows of 12 mm over any number of payments, by finger and by key."""

from __future__ import annotations

from PySide6.QtCore import QItemSelection, QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QFrame, QHeaderView, QScroller, QTableView, QWidget

from pos_app.till.history_views import HistoryRow
from pos_app.ui.history.answer import Anchor
from pos_app.ui.history.cells import Cells
from pos_app.ui.history.columns import widths
from pos_app.ui.history.model import HistoryModel
from pos_app.ui.theme import theme

ROW_U = 14
_KEY = Qt.Key


class HistoryTable(QTableView):
    """`opened` carries the row that was touched or entered, `pointed` the one that the keys have moved to."""

    opened = Signal(object)
    pointed = Signal(object)
    search_pressed = Signal()
    left = Signal()
    """Esc."""
    laid_out = Signal()
    """The columns have other widths."""

    def __init__(self, model: HistoryModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self._moving = False
        self._key: str | None = None
        self._at = 0
        self.setModel(model)
        self.setItemDelegate(Cells(self))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        for header in (self.horizontalHeader(), self.verticalHeader()):
            header.hide()
            header.setMinimumSectionSize(0)
            header.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.setAccessibleName(self.tr("Sales and payments"))
        self.viewport().setAutoFillBackground(False)
        QScroller.grabGesture(self.viewport(), QScroller.ScrollerGestureType.LeftMouseButtonGesture)
        self.clicked.connect(self._open)
        self.verticalScrollBar().valueChanged.connect(self._look)
        model.replaced.connect(self._replaced)
        model.swapped.connect(self._swapped)
        model.dataChanged.connect(self._rows_came)
        theme.follow(self.fit)

    def fit(self) -> None:
        at = self.verticalScrollBar().value() / max(1, self.verticalHeader().defaultSectionSize())
        self.verticalScrollBar().setStyleSheet(theme.scroll_bar_style())
        self.verticalHeader().setDefaultSectionSize(theme.u(ROW_U))
        self._place_columns()
        self.doItemsLayout()
        self.verticalScrollBar().setValue(round(at * theme.u(ROW_U)))
        self.viewport().update()

    def _place_columns(self) -> None:
        model = self._model
        has_fiat = model.has_fiat
        found = widths(self.viewport().width(), self.tr("Other till"), with_day=model.with_day, with_fiat=has_fiat)
        for column, width in found.items():
            self.setColumnHidden(column, not width)
            if width:
                self.setColumnWidth(column, width)
        self.laid_out.emit()

    # Where the eye is.

    def sight(self) -> tuple[int, int]:
        """The positions of the first and the last row that can be seen."""
        height = max(1, self.verticalHeader().defaultSectionSize())
        first = self.verticalScrollBar().value() // height
        return first, first + self.viewport().height() // height + 1

    def anchor(self) -> Anchor | None:
        """What is in sight; None at the very top with no row chosen, where new rows shall be seen."""
        if self.verticalScrollBar().value() == 0 and not self.currentIndex().isValid():
            return None
        first, last = self.sight()
        found = [(at, row.key) for at in range(first, last + 1) if (row := self._model.row(at)) is not None]
        return Anchor(first, last, tuple(found))

    def to_top(self) -> None:
        """Show the newest rows, with none of them chosen."""
        self._mark(None)
        self.scrollToTop()

    def clear_choice(self) -> None:
        self._mark(None)

    def key(self) -> str | None:
        """The key of the chosen row."""
        return self._key

    def _replaced(self) -> None:
        """Another answer, from the top; a chosen row that is still near stays chosen."""
        self._place_columns()
        self.doItemsLayout()
        self.scrollToTop()
        self._mark(self._model.find(self._key) if self._key is not None else None)
        self._look()
        self.viewport().update()

    def _swapped(self, shift: int) -> None:
        """Other rows stand here: what was in sight stays where it was, and the chosen row stays chosen."""
        value = self.verticalScrollBar().value() + shift * self.verticalHeader().defaultSectionSize()
        self._place_columns()
        self.doItemsLayout()
        if self._key is not None:
            at = self._model.find(self._key)
            self._mark(self._at + shift if at is None else at)
        self.verticalScrollBar().setValue(value)
        self._look()
        self.viewport().update()

    def _mark(self, at: int | None) -> None:
        self._moving = True
        inside = at is not None and at < self._model.rowCount()
        self.setCurrentIndex(self._model.index(at, 0) if at is not None and inside else QModelIndex())
        if not inside:
            self._key = None
            self.clearSelection()
        self._moving = False

    def _rows_came(self) -> None:
        """The keys may have gone to a row before it was there."""
        row = self.current_row()
        if self._key is None and row is not None:
            self._key = row.key
            self.pointed.emit(row)

    def _look(self) -> None:
        if self._model.sums is not None:
            self._model.look_at(*self.sight())

    # Choosing.

    def _open(self, index: QModelIndex | QPersistentModelIndex) -> None:
        row = self._model.row(index.row()) if index.isValid() else None
        if row is not None:
            self.opened.emit(row)

    def current_row(self) -> HistoryRow | None:
        """The row that is chosen, where it is there."""
        index = self.currentIndex()
        return self._model.row(index.row()) if index.isValid() else None

    def selectionChanged(self, selected: QItemSelection, deselected: QItemSelection) -> None:
        super().selectionChanged(selected, deselected)
        index, row = self.currentIndex(), self.current_row()
        self._at = index.row() if index.isValid() else self._at
        if not self._moving:
            self._key = row.key if row is not None else None
            if row is not None:
                self.pointed.emit(row)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = event.key()
        if key in (_KEY.Key_Return, _KEY.Key_Enter):
            self._open(self.currentIndex())
        elif key == _KEY.Key_Escape:
            self.left.emit()
        elif key == _KEY.Key_Slash:
            self.search_pressed.emit()
        elif key in (_KEY.Key_Home, _KEY.Key_End):
            self._jump(0 if key == _KEY.Key_Home else self._model.rowCount() - 1)
        elif event.text().isprintable() and event.text():
            event.ignore()
        else:
            super().keyPressEvent(event)

    def _jump(self, at: int) -> None:
        if self._model.sums is not None and at >= 0:
            self.setCurrentIndex(self._model.index(at, 0))

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        by_keys = event.reason() in (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason)
        if by_keys and not self.currentIndex().isValid():
            self._jump(self.sight()[0])

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place_columns()
        self._look()
