"""Recent sales: what is not paid yet and the last twenty, found by amount or time, one touch from the facts of each.

The same pane stands in a sheet on small windows and docked beside the keypad on wide ones.
"""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from pos_app.till.views import QueueView, SaleView, Stage
from pos_app.ui import fonts
from pos_app.ui.recent_list import PENDING, SalesList
from pos_app.ui.sale_detail import SaleDetail
from pos_app.ui.theme import theme
from pos_app.ui.widgets.buttons import Button
from pos_app.ui.widgets.empty import Empty
from pos_app.ui.widgets.field import Field
from pos_app.ui.widgets.label import Label


class RecentPane(QWidget):
    """Ask for sales on `search_changed` and after each change of a sale, and hand them to `show_sales`.

    `title` is for the docked pane; a sheet has a title of its own.
    """

    search_changed = Signal(str)
    check_pressed = Signal(str)
    resume_pressed = Signal(object)
    """Carries the SaleView of an open sale that is to be shown on the invoice page."""
    nothing_given_pressed = Signal(str)
    queue_pressed = Signal(str)
    """The id of a sale that is to be shown in the queue."""

    def __init__(self, *, title: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._found_sales: tuple[SaleView, ...] = ()
        self._pending: tuple[SaleView, ...] = ()
        self._stages: dict[str, Stage] = {}
        self.search = Field(
            self.tr("Search by amount or time"), hint=self.tr("Amount or time"), icon="search", limit=40
        )
        self.search.changed.connect(self.search_changed)
        self.list = SalesList()
        self.list.chosen.connect(self.open_sale)
        self.none_yet = Empty("receipt-text")
        self.none_yet.say(self.tr("No sales yet"), self.tr("The first one appears here by itself."))
        clear = Button(self.tr("Clear the search"))
        clear.clicked.connect(self.clear_search)
        self.no_match = Empty("search-x", clear)
        self._found = QStackedWidget()
        for widget in (self.list, self.none_yet, self.no_match):
            self._found.addWidget(widget)
        self._title = Label(self.tr("Recent sales"), 5.5, weight=fonts.SEMIBOLD)
        self._title.setVisible(title)
        self._page = QWidget()
        self._column = QVBoxLayout(self._page)
        self._column.setContentsMargins(0, 0, 0, 0)
        if title:
            self._column.addWidget(self._title)
        self._column.addWidget(self.search)
        self._column.addWidget(self._found, 1)
        self.detail = SaleDetail()
        self.detail.back_pressed.connect(self.show_list)
        self.detail.check_pressed.connect(self.check_pressed)
        self.detail.resume_pressed.connect(self.resume_pressed)
        self.detail.nothing_given_pressed.connect(self.nothing_given_pressed)
        self.detail.queue_pressed.connect(self.queue_pressed)
        self._stack = QStackedWidget()
        self._stack.addWidget(self._page)
        self._stack.addWidget(self.detail)
        self._outer = QVBoxLayout(self)
        self._outer.addWidget(self._stack)
        theme.follow(self.fit)

    def fit(self) -> None:
        top = theme.u(6) if self._title.isVisibleTo(self) else theme.u(1)
        self._outer.setContentsMargins(theme.u(7), top, theme.u(7), 0)
        self._column.setSpacing(theme.u(3))

    def search_text(self) -> str:
        """What is searched for; empty for the last twenty."""
        return self.search.text().strip()

    def show_sales(self, sales: tuple[SaleView, ...], search: str = "") -> None:
        """Show what was found for `search`. An answer to an older search is dropped."""
        if search == self.search_text():
            self._found_sales = sales
            self._show_found()

    def show_queue(self, queue: QueueView) -> None:
        """What is not paid yet stands first, however old it is."""
        self._pending = tuple(item.sale for item in reversed(queue.items) if item.sale.state in PENDING)
        self._stages = {item.sale.sale_id: item.stage for item in queue.items}
        self._show_found()

    def _show_found(self) -> None:
        search, sales = self.search_text(), self._found_sales
        if not search:
            known = {sale.sale_id for sale in sales}
            sales = (*sales, *(sale for sale in self._pending if sale.sale_id not in known))
        self.list.show_sales(sales, self._stages)
        shown: QWidget = self.list
        if not sales:
            shown = self.no_match if search else self.none_yet
            self.no_match.say(
                self.tr("No sale matches “{search}”").format(search=search),
                self.tr("An amount like 2 100, or a time like 12:04."),
            )
        self._found.setCurrentWidget(shown)
        detailed = self.detail.sale()
        for sale in sales:
            stage = self._stages.get(sale.sale_id)
            if detailed is not None and sale.sale_id == detailed.sale_id and self.detail.shows_other(sale, stage):
                self.detail.show_sale(sale, stage)

    def open_sale(self, sale: SaleView) -> None:
        """Show one sale's facts."""
        self.detail.show_sale(sale, self._stages.get(sale.sale_id))
        self._stack.setCurrentWidget(self.detail)
        self.detail.back.setFocus(Qt.FocusReason.OtherFocusReason)

    def show_list(self) -> None:
        """Back to the list, where the focus was."""
        self._stack.setCurrentWidget(self._page)
        self.list.setFocus(Qt.FocusReason.OtherFocusReason)

    def shows_detail(self) -> bool:
        return self._stack.currentWidget() is self.detail

    def clear_search(self) -> None:
        """Show the last twenty again."""
        self.search.set_text("")
        self.search_changed.emit("")
        self.search.setFocus(Qt.FocusReason.OtherFocusReason)
