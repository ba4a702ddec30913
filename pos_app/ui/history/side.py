"""Where the detail of the history stands: docked beside the table, or in a sheet over it."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from pos_app.till.history_views import HistoryRow
from pos_app.till.views import SaleView
from pos_app.ui.history.detail import DetailPane
from pos_app.ui.record_actions import RecordActions
from pos_app.ui.theme import theme
from pos_app.ui.widgets.sheet import Sheet

SHEET_U = 132
DOCK_U = 140
"""The width of the docked detail from `ROOMY_U` on."""
ROOMY_U = 400
NO_LIMIT = (1 << 24) - 1


class DetailSide(QObject):
    """One pane that changes its place with the window's width. `row` is the layout that it is docked in."""

    closed = Signal()
    queue_pressed = Signal(str)
    counter_pressed = Signal(object)

    def __init__(self, actions: RecordActions, page: QWidget, row: QHBoxLayout) -> None:
        super().__init__(page)
        self._row = row
        self.pane = DetailPane(actions)
        self.sheet = Sheet(page, edge="right", width_u=SHEET_U)
        self.pane.closed.connect(self.close)
        self.pane.queue_pressed.connect(self._leave_to_queue)
        self.pane.counter_pressed.connect(self._leave_to_counter)
        theme.follow(self.fit)

    def fit(self) -> None:
        """Dock the detail where there is room for it."""
        wide = theme.metrics.wide
        if wide and self._row.indexOf(self.pane) < 0:
            self.sheet.close_sheet(slide=False)
            self._row.addWidget(self.pane)
        elif not wide and self.sheet.body.indexOf(self.pane) < 0:
            self._row.removeWidget(self.pane)
            self.sheet.body.addWidget(self.pane)
        if wide:
            roomy = theme.metrics.width_u >= ROOMY_U and theme.metrics.text_scale == 1
            self.pane.setFixedWidth(theme.u(DOCK_U if roomy else SHEET_U))
        else:
            self.pane.setMinimumWidth(0)
            self.pane.setMaximumWidth(NO_LIMIT)
        self.pane.show()

    def open_row(self, row: HistoryRow) -> None:
        """Show all of this row."""
        self.pane.show_row(row)
        if not theme.metrics.wide:
            self.sheet.open_sheet()

    def point(self, row: HistoryRow) -> None:
        """The keys have moved to this row: a docked detail follows."""
        if theme.metrics.wide:
            self.pane.show_row(row)

    def take(self, sale: SaleView) -> None:
        """The till tells of a sale: it may be the one that is shown."""
        row = self.pane.shown_row()
        if row is not None and row.sale_id == sale.sale_id:
            self.pane.reload()

    def close(self) -> None:
        """Back to the list alone."""
        self.sheet.close_sheet()
        if theme.metrics.wide:
            self.pane.clear()
        self.closed.emit()

    def _leave_to_queue(self, sale_id: str) -> None:
        self.sheet.close_sheet(slide=False)
        self.queue_pressed.emit(sale_id)

    def _leave_to_counter(self, sale: object) -> None:
        self.sheet.close_sheet(slide=False)
        self.counter_pressed.emit(sale)
