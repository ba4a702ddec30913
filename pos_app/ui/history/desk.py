"""The filter of the history as a whole: bar, chips and popovers, and the question that they make."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from functools import cached_property

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QWidget

from pos_app.till.history_views import DaySettings, HistoryFilter, RowState
from pos_app.till.mirror.days import Calendar
from pos_app.till.mirror.zone import NoSuchZone
from pos_app.till.views import Tender
from pos_app.ui.actions import problem_of
from pos_app.ui.history.filter_bar import ActiveFilters, FilterBar
from pos_app.ui.history.filters import NOTHING
from pos_app.ui.history.popovers import MorePopover, RangePopover, StatePopover, TenderPopover
from pos_app.ui.history.ranges import DateRange, Preset, bounds, file_words
from pos_app.ui.record_actions import RecordActions

TYPING_MS = 150
"""So long nothing is typed before it is searched for."""


class FilterDesk(QObject):
    """`changed` says that `wanted()` is another filter than before. `over` is what the popovers cover."""

    changed = Signal()
    failed = Signal(object)
    """A `Problem`."""

    def __init__(self, actions: RecordActions, over: QWidget, now_s: Callable[[], float] = time.time) -> None:
        super().__init__(over)
        self._actions = actions
        self._over = over
        self.now_s = now_s
        self._shop = Calendar(DaySettings())
        self.base = NOTHING
        self.range = DateRange()
        self.bar = FilterBar()
        self.active = ActiveFilters()
        self.typing_pause = QTimer(self)
        self.typing_pause.setSingleShot(True)
        self.typing_pause.setInterval(TYPING_MS)
        self.typing_pause.timeout.connect(self.changed)
        bar = self.bar
        bar.typed.connect(lambda _: self.typing_pause.start())
        bar.cleared.connect(self._clear_and_stay)
        bar.dates.clicked.connect(self._open_dates)
        bar.states.clicked.connect(self._open_states)
        bar.tenders.clicked.connect(self._open_tenders)
        bar.more.clicked.connect(self._open_more)
        self.active.removed.connect(self.set_base)
        self.active.cleared.connect(lambda: self.clear(also_search=False))

    def learn(self) -> None:
        """Ask when the business day begins; the dates that are shown obey it."""
        job = self._actions.day_settings()
        job.succeeded.connect(self._learnt)
        job.failed.connect(lambda error: self.failed.emit(problem_of(error)))

    def _learnt(self, settings: DaySettings) -> None:
        before = self.wanted()
        try:
            self._shop = Calendar(settings)
        except NoSuchZone as error:
            self.failed.emit(problem_of(error))
        if self.wanted() != before:
            self._changed_now()

    def today(self) -> date:
        """The business day that it is."""
        return self._shop.day_of(self.now_s())

    def wanted(self) -> HistoryFilter:
        """The question, with the dates as they are now."""
        from_s, until_s = bounds(self.range, self._shop, self.now_s())
        return replace(self.base, search=self.bar.search_text(), from_s=from_s, until_s=until_s)

    def file_words(self) -> str:
        """The dates for the name of a file."""
        return file_words(self.range, self._shop, self.now_s())

    def is_filtered(self) -> bool:
        """Whether anything but the search and the dates is filtered."""
        return self.base != NOTHING

    def show(self, wanted: HistoryFilter) -> None:
        """Take over a whole filter."""
        self.range = DateRange(Preset.ALL)
        if wanted.from_s is not None or wanted.until_s is not None:
            self.range = DateRange(Preset.OWN, from_s=wanted.from_s, until_s=wanted.until_s)
        self.bar.set_search(wanted.search)
        self.set_base(replace(wanted, search="", from_s=None, until_s=None))

    def clear(self, *, also_search: bool) -> None:
        """Take all parts out; the dates stay."""
        if also_search:
            self.bar.set_search("")
        self.set_base(NOTHING)

    def clear_search(self) -> None:
        """Empty the search alone."""
        self.bar.set_search("")
        self._changed_now()

    def _clear_and_stay(self) -> None:
        self.clear_search()
        self.bar.search.edit.setFocus()

    def set_base(self, base: HistoryFilter) -> None:
        """Everything but the search and the dates."""
        self.base = base
        self._changed_now()

    def set_range(self, chosen: DateRange) -> None:
        """Other dates."""
        self.range = chosen
        self._changed_now()

    def _type_base(self, base: HistoryFilter) -> None:
        self.base = base
        self._show()
        self.typing_pause.start()

    def _changed_now(self) -> None:
        self.typing_pause.stop()
        self._show()
        self.changed.emit()

    def _show(self) -> None:
        self.bar.show_filter(self.range, self.base)
        self.active.show_filter(self.base)

    # Popovers, each made when it is first needed.

    @cached_property
    def dates(self) -> RangePopover:
        popover = RangePopover(self._over, self.today())
        popover.changed.connect(self.set_range)
        return popover

    @cached_property
    def states(self) -> StatePopover:
        popover = StatePopover(self._over)
        popover.changed.connect(self._choose_states)
        return popover

    @cached_property
    def tenders(self) -> TenderPopover:
        popover = TenderPopover(self._over)
        popover.changed.connect(self._choose_tenders)
        return popover

    @cached_property
    def more(self) -> MorePopover:
        popover = MorePopover(self._over)
        popover.changed.connect(self.set_base)
        popover.typed.connect(self._type_base)
        return popover

    def _choose_states(self, states: frozenset[RowState]) -> None:
        self.set_base(replace(self.base, states=states))

    def _choose_tenders(self, tenders: frozenset[Tender]) -> None:
        self.set_base(replace(self.base, tenders=tenders))

    def _open_dates(self) -> None:
        self.dates.show_range(self.range, self.today())
        self.dates.open_at(self.bar.dates)

    def _open_states(self) -> None:
        self.states.show_filter(self.base)
        self.states.open_at(self.bar.states)

    def _open_tenders(self) -> None:
        self.tenders.show_filter(self.base)
        self.tenders.open_at(self.bar.tenders)

    def _open_more(self) -> None:
        self.more.show_filter(self.base)
        self.more.open_at(self.bar.more)
        job = self._actions.history_tags()
        job.succeeded.connect(self.more.show_tags)
        job.failed.connect(lambda error: self.failed.emit(problem_of(error)))
