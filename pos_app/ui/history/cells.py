"""How one cell of the history is drawn: chips, sums, tenders; bars while a row is not there yet.

A page of it is some hundred cells, all drawn anew at every jump: fonts and chips are made once for each look.
"""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, QRect, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPixmap
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from pos_app.till.history_views import HistoryRow
from pos_app.ui import fonts, icons
from pos_app.ui.history import texts, words
from pos_app.ui.history.columns import GAP_U, MARGIN_U, is_right
from pos_app.ui.history.model import HistoryModel
from pos_app.ui.history.texts import Column
from pos_app.ui.theme import theme
from pos_app.ui.widgets import paint
from pos_app.ui.widgets.chip import ChipLook, chip_width, paint_chip

_Index = QModelIndex | QPersistentModelIndex
_COLUMNS = tuple(Column)
_BARS_U = {Column.TIME: 12.0, Column.STATE: 22.0, Column.FIAT: 16.0, Column.SAT: 18.0, Column.BY: 14.0}


class _Type:
    """A font with its metrics."""

    def __init__(self, font: QFont) -> None:
        self.font = font
        self.metrics = QFontMetrics(font)


class Cells(QStyledItemDelegate):
    """Draws the cells of a `HistoryModel`."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._chips: dict[tuple[ChipLook, float], QPixmap] = {}
        theme.follow(self.fit)

    def fit(self) -> None:
        self._chips.clear()
        self._body = _Type(theme.font(4.5))
        self._small = _Type(theme.font(4))
        self._tabular = _Type(theme.font(4.5, tabular=True))
        self._figure = _Type(theme.font(4.75, tabular=True))
        self._strong = _Type(theme.font(4.75, fonts.SEMIBOLD, tabular=True))
        self._margin, self._gap, self._side = theme.u(MARGIN_U), theme.u(GAP_U), theme.u(4.5)
        self._after_icon = theme.u(2)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        model = index.model()
        assert isinstance(model, HistoryModel)
        column, row = _COLUMNS[index.column()], model.row(index.row())
        whole: QRect = option.rect
        state: QStyle.StateFlag = option.state
        left = whole.x() + (self._margin if column is Column.TIME else 0)
        is_last = column is Column.NOTE
        if state & QStyle.StateFlag.State_Selected:
            self._mark(painter, whole)
        else:
            right = whole.right() + 1 - (self._margin if is_last else 0)
            painter.fillRect(left, whole.bottom(), right - left, 1, theme.now.line)
        right = whole.right() + 1 - (self._margin if is_last else self._gap)
        cell = QRect(left, whole.y(), max(0, right - left), whole.height())
        if row is None:
            self._waiting(painter, cell, column)
        else:
            self._cell(painter, cell, column, row, model)

    @staticmethod
    def _mark(painter: QPainter, whole: QRect) -> None:
        now = theme.now
        painter.fillRect(whole, now.accent_tint)
        if now.high_contrast:
            painter.fillRect(whole.x(), whole.y(), whole.width(), 2, now.ink)
            painter.fillRect(whole.x(), whole.bottom() - 1, whole.width(), 2, now.ink)

    @staticmethod
    def _waiting(painter: QPainter, cell: QRect, column: Column) -> None:
        wanted = _BARS_U.get(column)
        width = min(cell.width(), theme.u(wanted)) if wanted else round(cell.width() * 0.4)
        height = theme.u(4)
        x = cell.right() + 1 - width if is_right(column) else cell.x()
        bar = QRect(x, cell.y() + (cell.height() - height) // 2, width, height)
        paint.box(painter, bar, theme.u(1), theme.now.idle_tint)

    def _cell(self, painter: QPainter, cell: QRect, column: Column, row: HistoryRow, model: HistoryModel) -> None:
        now = theme.now
        if column is Column.STATE:
            self._chip(painter, cell, words.row_look(row))
            return
        if column is Column.BY:
            self._by(painter, cell, *words.paid_by(row))
            return
        text = texts.column_text(row, column, with_day=model.with_day)
        match column:
            case Column.TIME:
                self._text(painter, cell, text, self._figure, now.ink2)
            case Column.FIAT:
                self._number(painter, cell, text, self._strong, now.ink)
            case Column.SAT if model.has_fiat:
                self._number(painter, cell, text, self._figure, now.ink2)
            case Column.SAT:
                self._number(painter, cell, text, self._strong, now.ink)
            case Column.SALE if row.number is None:
                self._text(painter, cell, text, self._small, now.ink3)
            case Column.SALE:
                self._text(painter, cell, text, self._tabular, now.ink2)
            case _:
                self._text(painter, cell, text, self._body, now.ink2)

    def _chip(self, painter: QPainter, cell: QRect, look: ChipLook) -> None:
        ratio = painter.device().devicePixelRatioF()
        made = self._chips.get((look, ratio))
        if made is None:
            width, height = chip_width(look), cell.height()
            made = QPixmap(round(width * ratio), round(height * ratio))
            made.setDevicePixelRatio(ratio)
            made.fill(Qt.GlobalColor.transparent)
            inside = QPainter(made)
            paint_chip(inside, QRect(0, 0, width, height), look)
            inside.end()
            self._chips[look, ratio] = made
        painter.drawPixmap(cell.x(), cell.y(), made)

    def _by(self, painter: QPainter, cell: QRect, icon: str, word: str) -> None:
        if not icon:
            return
        side = self._side
        icons.draw(painter, icon, cell.x(), cell.y() + (cell.height() - side) / 2, side, theme.now.ink2)
        room = cell.adjusted(side + self._after_icon, 0, 0, 0)
        self._text(painter, room, word, self._body, theme.now.ink2)

    @staticmethod
    def _text(painter: QPainter, cell: QRect, text: str, kind: _Type, colour: QColor) -> None:
        if not text:
            return
        if kind.metrics.horizontalAdvance(text) > cell.width():
            text = kind.metrics.elidedText(text, Qt.TextElideMode.ElideRight, cell.width())
        painter.setFont(kind.font)
        painter.setPen(colour)
        painter.drawText(cell.x(), paint.baseline(cell, kind.font), text)

    @staticmethod
    def _number(painter: QPainter, cell: QRect, text: str, kind: _Type, colour: QColor) -> None:
        """Right, never cut: a long one becomes smaller."""
        if not text:
            return
        font, width = kind.font, kind.metrics.horizontalAdvance(text)
        if width > cell.width():
            font = QFont(font)
            while width > cell.width() and font.pixelSize() > theme.u(3.75):
                font.setPixelSize(font.pixelSize() - 1)
                width = paint.width_of(text, font)
        painter.setFont(font)
        painter.setPen(colour)
        painter.drawText(cell.right() + 1 - width, paint.baseline(cell, font), text)
