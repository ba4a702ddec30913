"""The pages beside the counter: sales of before, days, reports, the queue. Each is loaded when it is first shown."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QStackedWidget, QWidget

from pos_app.till.history_views import HistoryChanged, HistoryFilter, SyncChanged
from pos_app.till.views import Event, StatusView
from pos_app.ui.actions import Actions

if TYPE_CHECKING:
    from pos_app.ui.pages.day import DayPage
    from pos_app.ui.pages.history import HistoryPage
    from pos_app.ui.pages.queue import QueuePage
    from pos_app.ui.pages.report import ReportPage

AnyEvent = Event | SyncChanged | HistoryChanged
SELL = "sell"
QUEUE, SALES, DAY, REPORT = "queue", "sales", "day", "report"
ENTRY = {QUEUE: QUEUE, SALES: SALES, DAY: DAY, REPORT: DAY}
"""Which entry of the rail stands for a page."""


class SidePage(Protocol):
    """What the window asks of such a page."""

    def activate(self) -> None:
        """It is shown now: load what is not known yet."""

    def take(self, event: AnyEvent) -> None:
        """One event of the till, or of its copy of the wallet."""

    def show_status(self, status: StatusView) -> None:
        """Mirror the till's facts."""


class SidePages(QObject):
    """Makes the pages, keeps them up to date, and leads from one to the other. `pages` is the window's stack."""

    wanted = Signal(str)
    """This page shall be shown, by the name of its entry in the rail, or REPORT."""
    sale_pressed = Signal(object)
    """A `SaleView` that came back to the counter, or whose end is to be seen there."""
    limits_pressed = Signal()
    """The settings of stored cards."""
    failed = Signal(object)
    """A `Problem`."""

    def __init__(self, actions: Actions, pages: QStackedWidget) -> None:
        super().__init__(pages)
        self._actions = actions
        self._pages = pages
        self._made: dict[str, SidePage] = {}
        self._status: StatusView | None = None

    @cached_property
    def queue(self) -> QueuePage:
        from pos_app.ui.pages.queue import QueuePage

        page = QueuePage(self._actions)
        page.counter_pressed.connect(self.sale_pressed)
        page.settings_pressed.connect(self.limits_pressed)
        page.failed.connect(self.failed)
        self._pages.addWidget(page)
        self._keep(QUEUE, page)
        return page

    @cached_property
    def sales(self) -> HistoryPage:
        from pos_app.ui.pages.history import HistoryPage

        page = HistoryPage(self._actions)
        page.counter_pressed.connect(self.sale_pressed)
        page.queue_pressed.connect(self.show_in_queue)
        page.sell_pressed.connect(lambda: self.wanted.emit(SELL))
        page.failed.connect(self.failed)
        self._pages.addWidget(page)
        self._keep(SALES, page)
        return page

    @cached_property
    def day(self) -> DayPage:
        from pos_app.ui.pages.day import DayPage

        page = DayPage(self._actions)
        page.filter_pressed.connect(self._show_filter)
        page.report_pressed.connect(lambda: self.wanted.emit(REPORT))
        page.failed.connect(self.failed)
        self._pages.addWidget(page)
        self._keep(DAY, page)
        return page

    @cached_property
    def report(self) -> ReportPage:
        from pos_app.ui.pages.report import ReportPage

        page = ReportPage(self._actions)
        page.back_pressed.connect(lambda: self.wanted.emit(DAY))
        page.failed.connect(self.failed)
        self._pages.addWidget(page)
        self._keep(REPORT, page)
        return page

    def page(self, name: str) -> QWidget:
        """The page of that name, made if need be."""
        made: QWidget = getattr(self, name)
        return made

    def name_of(self, page: object) -> str:
        """The name of the page; empty where it is none of these."""
        return next((name for name, made in self._made.items() if made is page), "")

    def activate(self, name: str) -> None:
        """The page is shown now."""
        self._made[name].activate()

    def take(self, event: AnyEvent) -> None:
        """One event, for every page that there is."""
        for page in self._made.values():
            page.take(event)

    def show_status(self, status: StatusView) -> None:
        """Mirror the till's facts."""
        self._status = status
        for page in self._made.values():
            page.show_status(status)

    def reload(self) -> None:
        """The till opened other books."""
        shown = self.name_of(self._pages.currentWidget())
        if shown:
            self.activate(shown)

    def show_in_queue(self, sale_id: str) -> None:
        """The queue, with this sale chosen."""
        self.wanted.emit(QUEUE)
        self.queue.open_sale(sale_id)

    def _show_filter(self, wanted: HistoryFilter) -> None:
        self.wanted.emit(SALES)
        self.sales.show_filter(wanted)

    def _keep(self, name: str, page: SidePage) -> None:
        self._made[name] = page
        if self._status is not None:
            page.show_status(self._status)
