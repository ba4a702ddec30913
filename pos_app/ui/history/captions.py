"""The words above the columns of the history."""

from __future__ import annotations

from PySide6.QtCore import QRect
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from pos_app.ui.history.columns import GAP_U, MARGIN_U, is_right
from pos_app.ui.history.model import HistoryModel
from pos_app.ui.history.table import HistoryTable
from pos_app.ui.history.texts import Column
from pos_app.ui.theme import theme
from pos_app.ui.widgets import paint
from pos_app.ui.widgets.panel import Panel

CAPTION_U = 9


class Captions(Panel):
    """The words above the columns of a table."""

    def __init__(self, table: HistoryTable, model: HistoryModel, parent: QWidget | None = None) -> None:
        super().__init__("surface", "b", parent=parent)
        self._table = table
        self._model = model
        table.laid_out.connect(self.update)
        theme.follow(self.fit)

    def fit(self) -> None:
        self.setFixedHeight(max(theme.u(CAPTION_U), theme.metrics.text(6)))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        font = theme.font(4)
        painter.setFont(font)
        painter.setPen(theme.now.ink3)
        x = 0
        for column in Column:
            if self._table.isColumnHidden(column):
                continue
            width = self._table.columnWidth(column)
            left = x + (theme.u(MARGIN_U) if column is Column.TIME else 0)
            room = x + width - theme.u(MARGIN_U if column is Column.NOTE else GAP_U) - left
            text = paint.elided(self._model.caption(column), font, room)
            start = left + room - paint.width_of(text, font) if is_right(column) else left
            painter.drawText(start, paint.baseline(QRect(0, 0, width, self.height()), font), text)
            x += width
