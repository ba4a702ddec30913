"""Why the history is empty: nothing exists yet, or nothing matches, and among how many it was looked for."""

from __future__ import annotations

from PySide6.QtCore import QObject

from pos_app.till.history_views import HistoryFilter, HistorySums
from pos_app.ui.history.body import HistoryBody
from pos_app.ui.history.desk import FilterDesk
from pos_app.ui.history.filters import range_phrase
from pos_app.ui.history.ranges import Preset
from pos_app.ui.job import Job
from pos_app.ui.record_actions import RecordActions


class Nothing(QObject):
    """`show()` puts the words into the body."""

    def __init__(self, actions: RecordActions, desk: FilterDesk, body: HistoryBody) -> None:
        super().__init__(body)
        self._actions = actions
        self._desk = desk
        self._body = body
        self._job: Job | None = None

    def drop(self) -> None:
        """Another question was asked."""
        if self._job is not None:
            self._job.abandon()
            self._job = None

    def show(self) -> None:
        desk = self._desk
        search = desk.bar.search_text()
        if not search and not desk.is_filtered():
            self._show_no_sales(desk.range.preset)
            return
        heading = self.tr("No sale matches “{search}”").format(search=search)
        button = self.tr("Clear the search")
        if not search:
            heading, button = self.tr("No sale matches these filters"), self.tr("Clear the filters")
        elif desk.is_filtered():
            button = self.tr("Clear search and filters")
        self._body.show_no_match(heading, button)
        self._ask_all()

    def _show_no_sales(self, preset: Preset) -> None:
        """Where the dates hold the present the first sale will come by itself; else there are other dates."""
        yet = {
            Preset.TODAY: self.tr("No sales yet today"),
            Preset.WEEK: self.tr("No sales yet this week"),
            Preset.MONTH: self.tr("No sales yet this month"),
            Preset.ALL: self.tr("No sales yet"),
        }
        if preset in yet:
            self._body.show_none_yet(yet[preset])
            return
        heading = self.tr("No sales {dates}").format(dates=range_phrase(self._desk.range))
        self._body.show_no_match(heading, self.tr("Show all dates"))

    def _ask_all(self) -> None:
        """How many there are in these dates."""
        self.drop()
        wanted = self._desk.wanted()
        self._job = self._actions.history_sums(HistoryFilter(from_s=wanted.from_s, until_s=wanted.until_s))
        self._job.succeeded.connect(self._came)

    def _came(self, sums: HistorySums) -> None:
        self._job = None
        self._body.show_searched(sums.count, range_phrase(self._desk.range))
