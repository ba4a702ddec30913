"""The table behind a chart: its figures as words, for eyes that read better than they measure."""

from __future__ import annotations

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, QSize, Qt
from PySide6.QtGui import QKeyEvent, QPalette
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHeaderView,
    QScroller,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
)

from pos_app.ui import fonts
from pos_app.ui.charts.model import Cell, Table
from pos_app.ui.theme import theme

_Index = QModelIndex | QPersistentModelIndex
FEW = 5
_RIGHT = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
_LEFT = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)


class _Model(QAbstractTableModel):
    def __init__(self) -> None:
        super().__init__()
        self.table = Table((), ())

    def set_table(self, table: Table) -> None:
        same_shape = table.columns == self.table.columns and len(table.rows) == len(self.table.rows)
        if same_shape:
            self.table = table
            if table.rows:
                self.dataChanged.emit(self.index(0, 0), self.index(len(table.rows) - 1, len(table.columns) - 1))
            return
        self.beginResetModel()
        self.table = table
        self.endResetModel()

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.table.rows)

    def columnCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.table.columns)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        cell: Cell = self.table.rows[index.row()][index.column()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return cell.words
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _RIGHT if cell.is_number else _LEFT
        return None

    def headerData(self, section: int, way: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if way == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return self.table.columns[section]
        if way == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.TextAlignmentRole:
            return _RIGHT if section else _LEFT
        return None


class _Cells(QStyledItemDelegate):
    """The whole row is marked; the one cell with the focus looks no different."""

    def initStyleOption(self, option: QStyleOptionViewItem, index: _Index) -> None:
        super().initStyleOption(option, index)
        state: QStyle.StateFlag = option.state
        option.state = state & ~QStyle.StateFlag.State_HasFocus


class TableView(QTableView):
    """`show_table` shows these figures; the place in the table stays where it can."""

    def __init__(self) -> None:
        super().__init__()
        self._model = _Model()
        self.setModel(self._model)
        self.setItemDelegate(_Cells(self))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setCornerButtonEnabled(False)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.verticalHeader().hide()
        header = self.horizontalHeader()
        header.setSectionsClickable(False)
        header.setHighlightSections(False)
        header.setStretchLastSection(False)
        self.viewport().setAutoFillBackground(False)
        QScroller.grabGesture(self.viewport(), QScroller.ScrollerGestureType.LeftMouseButtonGesture)
        theme.follow(self.fit)

    def sizeHint(self) -> QSize:
        """As little as may be: the chart in the same place says how large both are."""
        return QSize(theme.u(40), theme.u(10))

    def minimumSizeHint(self) -> QSize:
        return QSize(theme.u(20), theme.u(10))

    def fit(self) -> None:
        now = theme.now
        palette = self.palette()
        for role, colour in (
            (QPalette.ColorRole.Base, now.surface),
            (QPalette.ColorRole.Text, now.ink),
            (QPalette.ColorRole.Highlight, now.accent_tint),
            (QPalette.ColorRole.HighlightedText, now.ink),
        ):
            palette.setColor(role, colour)
        self.setPalette(palette)
        self.setFont(theme.font(4, tabular=True))
        self.verticalHeader().setDefaultSectionSize(max(theme.u(7), theme.metrics.text(6)))
        self.horizontalHeader().setFont(theme.font(4, fonts.MEDIUM))
        self.horizontalHeader().setStyleSheet(
            f"QHeaderView::section {{ background: {now.surface.name()}; color: {now.ink3.name()}; border: 0;"
            f" border-bottom: 1px solid {now.line.name()}; padding: 0 {theme.u(1)}px; }}"
        )
        self.horizontalHeader().setFixedHeight(max(theme.u(7), theme.metrics.text(6)))
        self.verticalScrollBar().setStyleSheet(theme.scroll_bar_style())
        self._fit_columns()

    def show_table(self, table: Table) -> None:
        self._model.set_table(table)
        self._fit_columns()

    def _fit_columns(self) -> None:
        """Each as wide as its words; where they are few the first takes what is left."""
        header = self.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        if 0 < self._model.columnCount() <= FEW:
            header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc belongs to the card around it."""
        if event.key() == Qt.Key.Key_Escape:
            event.ignore()
        else:
            super().keyPressEvent(event)
