"""The history: every payment of the wallet and every sale of this till, found, filtered, explained and exported."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from pos_app.till.history_views import (
    HistoryChanged,
    HistoryFilter,
    SyncChanged,
)
from pos_app.till.views import Event, Problem, SaleChanged, StatusView
from pos_app.ui.actions import Actions
from pos_app.ui.history.answer import Anchor
from pos_app.ui.history.body import HistoryBody
from pos_app.ui.history.desk import FilterDesk
from pos_app.ui.history.filters import range_phrase
from pos_app.ui.history.foot import Foot
from pos_app.ui.history.model import HistoryModel
from pos_app.ui.history.nothing import Nothing
from pos_app.ui.history.ranges import DateRange, Preset
from pos_app.ui.history.side import DetailSide
from pos_app.ui.history.sync_bar import SyncBar
from pos_app.ui.theme import theme

if TYPE_CHECKING:
    from pos_app.ui.history.export import ExportPopover

NEWS_MS = 250
"""Changes that come within this time are loaded together."""


class HistoryPage(QWidget):
    """Call `activate()` when it is shown, and hand it the till's events."""

    failed = Signal(object)
    """A `Problem` that has no place of its own on the page."""
    counter_pressed = Signal(object)
    """The `SaleView` of an open sale that is to be shown at the counter."""
    queue_pressed = Signal(str)
    """The id of a sale that is to be shown in the queue."""
    sell_pressed = Signal()
    """There is nothing yet, and the cashier wants to sell."""

    def __init__(
        self, actions: Actions, parent: QWidget | None = None, *, now_s: Callable[[], float] = time.time
    ) -> None:
        super().__init__(parent)
        self._actions = actions
        self._now_s = now_s
        self._is_stale = False
        self.model = HistoryModel(actions, self)
        self.filters = FilterDesk(actions, self, now_s)
        self.sync_bar = SyncBar(actions)
        self.body = HistoryBody(self.model)
        self.nothing = Nothing(actions, self.filters, self.body)
        self.foot = Foot()
        self.news_pause = QTimer(self)
        self.news_pause.setSingleShot(True)
        self.news_pause.setInterval(NEWS_MS)
        self.side = DetailSide(actions, self, self._lay_out())
        self._connect()

    def _lay_out(self) -> QHBoxLayout:
        column = QVBoxLayout()
        column.setSpacing(0)
        column.addWidget(self.sync_bar)
        column.addWidget(self.filters.bar)
        column.addWidget(self.filters.active)
        column.addWidget(self.body, 1)
        column.addWidget(self.foot)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addLayout(column, 1)
        return row

    def _connect(self) -> None:
        self.filters.changed.connect(self._ask)
        self.filters.failed.connect(self.failed)
        self.filters.bar.down_pressed.connect(self._to_table)
        self.filters.bar.search.escaped.connect(self._leave_search)
        self.filters.bar.export_pressed.connect(self._offer_export)
        self.news_pause.timeout.connect(self._reload)
        self.model.loaded.connect(self._loaded)
        self.model.failed.connect(self._load_failed)
        self.model.page_failed.connect(lambda problem: self.body.show_trouble(problem, has_rows=True))
        self.body.retried.connect(self._retry)
        self.body.cleared.connect(self._clear)
        self.body.sell_pressed.connect(self.sell_pressed)
        table = self.body.table
        table.opened.connect(self.side.open_row)
        table.pointed.connect(self.side.point)
        table.search_pressed.connect(self._to_search)
        table.left.connect(self.side.close)
        self.side.closed.connect(self._detail_closed)
        self.side.queue_pressed.connect(self.queue_pressed)
        self.side.counter_pressed.connect(self.counter_pressed)
        find = QShortcut(QKeySequence(QKeySequence.StandardKey.Find), self)
        find.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        find.activated.connect(self._to_search)

    # The window.

    def activate(self) -> None:
        """It is shown now: load what is on the screen anew."""
        self.filters.learn()
        job = self._actions.sync()
        job.succeeded.connect(self.sync_bar.show_sync)
        self._reload()
        self.side.pane.reload()

    def take(self, event: Event | SyncChanged | HistoryChanged) -> None:
        """One event of the till or of its records."""
        match event:
            case SyncChanged(sync):
                self.sync_bar.show_sync(sync)
            case SaleChanged(sale):
                self._news()
                self.side.take(sale)
            case HistoryChanged():
                self._news()

    def show_status(self, status: StatusView) -> None:
        """Nothing of the strip stands on this page as well."""

    def show_filter(self, wanted: HistoryFilter) -> None:
        """Show what this filter leaves, as from a bar of the day page."""
        self.side.close()
        self.filters.show(wanted)

    # Asking.

    def _news(self) -> None:
        """Rows have changed. While nobody looks, remember it; while much comes, wait a little."""
        if self.isVisible() and not self.news_pause.isActive():
            self.news_pause.start()

    def _reload(self) -> None:
        """The same question, and what is in sight stays where it is. An answer on its way is waited for."""
        if self.model.is_loading:
            self._is_stale = True
            return
        anchor = None
        if self._is_same_question() and self.body.shows_rows():
            anchor = self.body.table.anchor()
        self._begin(anchor)

    def _is_same_question(self) -> bool:
        return self.model.shown == self.filters.wanted()

    def _ask(self) -> None:
        """Another question: its answer is shown from the top. The rows of before stay until it is there."""
        self._begin(None)

    def _begin(self, anchor: Anchor | None) -> None:
        self._is_stale = False
        self.news_pause.stop()
        self.nothing.drop()
        self.body.set_waiting(True)
        self.model.ask(self.filters.wanted(), anchor)

    def _rest(self) -> None:
        """An answer is there, or there is none."""
        self.body.set_waiting(False)
        if self._is_stale:
            self._news()

    def _retry(self) -> None:
        if self._is_same_question():
            self.model.look_again()
        self._reload()

    def _loaded(self) -> None:
        sums = self.model.sums
        assert sums is not None
        self._rest()
        self.foot.show_sums(sums)
        self.foot.setVisible(sums.count > 0)
        if sums.count:
            self.body.show_rows()
        else:
            self.nothing.show()

    def _load_failed(self, problem: Problem) -> None:
        self._rest()
        has_rows = self.model.sums is not None and self.model.sums.count > 0 and self._is_same_question()
        self.body.show_trouble(problem, has_rows=has_rows)
        self.foot.setVisible(has_rows)

    def _clear(self) -> None:
        """The way on from "nothing": without search and filters, and where there are none, all dates."""
        if self.filters.bar.search_text() or self.filters.is_filtered():
            self.filters.clear(also_search=True)
        else:
            self.filters.set_range(DateRange(Preset.ALL))
        self._to_search()

    # Moving about.

    def _to_table(self) -> None:
        if self.body.shows_rows():
            self.body.table.setFocus(Qt.FocusReason.TabFocusReason)

    def _to_search(self) -> None:
        self.side.sheet.close_sheet(slide=False)
        self.filters.bar.search.edit.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.filters.bar.search.edit.selectAll()

    def _leave_search(self) -> None:
        """Esc: empty the search, and from an empty one to the table."""
        if self.filters.bar.search.text():
            self.filters.clear_search()
        else:
            self._to_table()

    def _detail_closed(self) -> None:
        if theme.metrics.wide:
            self.body.table.clear_choice()

    # Export.

    @cached_property
    def export(self) -> ExportPopover:
        """Loaded when it is first needed."""
        from pos_app.ui.history.export import ExportPopover

        popover = ExportPopover(self._actions, self)
        popover.told.connect(self.body.show_result)
        return popover

    def _offer_export(self) -> None:
        count = self.model.sums.count if self.model.sums is not None else 0
        phrase = range_phrase(self.filters.range)
        self.export.offer(self.filters.wanted(), count, phrase, self.filters.file_words())
        self.export.open_at(self.filters.bar.export)
