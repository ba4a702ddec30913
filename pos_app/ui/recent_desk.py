"""Recent sales: keeps the docked pane and the one in the sheet up to date, and knows the newest sale."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from pos_app.till.views import QueueView, SaleView
from pos_app.ui.actions import Actions, problem_of
from pos_app.ui.theme import theme
from pos_app.ui.widgets.panel import Panel

if TYPE_CHECKING:
    from pos_app.ui.recent import RecentPane
    from pos_app.ui.widgets.sheet import Sheet

LIMIT = 20


class RecentDesk(QObject):
    """Opens the sheet where no pane is docked. `over` is what the sheet covers."""

    newest = Signal(object, object)
    """The newest `SaleView`, or None; and its `Stage` where it stands in the queue."""
    check_pressed = Signal(str)
    resume_pressed = Signal(object)
    nothing_given_pressed = Signal(str)
    queue_pressed = Signal(str)
    """The id of a sale that is to be shown in the queue."""
    failed = Signal(object)
    """A `Problem`: the sales could not be read."""

    def __init__(self, actions: Actions, over: QWidget) -> None:
        super().__init__(over)
        self._actions = actions
        self._over = over
        self._panes: list[RecentPane] = []
        self._newest: SaleView | None = None
        self.queue: QueueView | None = None

    @cached_property
    def docked(self) -> QWidget:
        """What is docked in wide windows."""
        dock = Panel("bg", "l")
        column = QVBoxLayout(dock)
        column.setContentsMargins(1, 0, 0, 0)
        column.addWidget(self._docked_pane)
        return dock

    @cached_property
    def sheet(self) -> Sheet:
        from pos_app.ui.widgets.sheet import Sheet

        sheet = Sheet(self._over, self.tr("Recent sales"))
        sheet.body.addWidget(self._sheet_pane)
        sheet.opened.connect(lambda: self._ask(self._sheet_pane))
        return sheet

    @cached_property
    def _docked_pane(self) -> RecentPane:
        return self._make_pane(title=True)

    @cached_property
    def _sheet_pane(self) -> RecentPane:
        return self._make_pane(title=False)

    def open(self) -> None:
        """Show the list."""
        pane = self._shown_pane()
        pane.show_list()
        if not theme.metrics.wide:
            self.sheet.open_sheet()

    def open_sale(self, sale: SaleView) -> None:
        """Show the facts of one sale."""
        self.open()
        self._shown_pane().open_sale(sale)

    def close(self) -> None:
        """Close the sheet together with the page below it."""
        if "sheet" in self.__dict__:
            self.sheet.close_sheet(slide=False)

    def load(self) -> None:
        """Ask anew: the till has just opened, or opened other books."""
        self._newest = None
        self.newest.emit(None, None)
        job = self._actions.recent(1, "")
        job.succeeded.connect(self._take_all)
        for pane in self._panes:
            self._ask(pane)

    def take(self, sale: SaleView) -> None:
        """The till tells of a sale."""
        self._take_all((sale,))
        self.refresh()

    def take_queue(self, queue: QueueView) -> None:
        """The till tells of its queue."""
        self.queue = queue
        for pane in self._panes:
            pane.show_queue(queue)
        self._tell_newest()

    def refresh(self) -> None:
        """Ask anew for what is in sight."""
        for pane in self._panes:
            if pane.isVisible():
                self._ask(pane)

    def _take_all(self, sales: tuple[SaleView, ...]) -> None:
        for sale in sales:
            if self._newest is None or sale.number >= self._newest.number:
                self._newest = sale
                self._tell_newest()

    def _tell_newest(self) -> None:
        newest = self._newest
        if newest is not None:
            items = self.queue.items if self.queue is not None else ()
            stages = (item.stage for item in items if item.sale.sale_id == newest.sale_id)
            self.newest.emit(newest, next(stages, None))

    def _make_pane(self, *, title: bool) -> RecentPane:
        from pos_app.ui.recent import RecentPane

        pane = RecentPane(title=title)
        pane.search_changed.connect(lambda _: self._ask(pane))
        pane.check_pressed.connect(self.check_pressed)
        pane.resume_pressed.connect(self.resume_pressed)
        pane.nothing_given_pressed.connect(self.nothing_given_pressed)
        pane.queue_pressed.connect(self.queue_pressed)
        if self.queue is not None:
            pane.show_queue(self.queue)
        self._panes.append(pane)
        self._ask(pane)
        return pane

    def _shown_pane(self) -> RecentPane:
        return self._docked_pane if theme.metrics.wide else self._sheet_pane

    def _ask(self, pane: RecentPane) -> None:
        search = pane.search_text()
        job = self._actions.recent(LIMIT, search)
        job.succeeded.connect(lambda sales: pane.show_sales(sales, search))
        job.failed.connect(lambda error: self.failed.emit(problem_of(error)))
