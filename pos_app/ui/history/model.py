"""The rows of the history for a table: it knows how many there are, and loads those in sight.

Only a few pages are kept, whatever the number of rows. Rows that are not there yet are None.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal

from pos_app.till.history_views import HistoryFilter, HistoryRow, HistorySums
from pos_app.ui.actions import problem_of
from pos_app.ui.history import texts
from pos_app.ui.history.answer import Anchor, Load, spans_days
from pos_app.ui.history.pages import PAGE, Pages
from pos_app.ui.history.texts import Column
from pos_app.ui.job import Job
from pos_app.ui.record_actions import RecordActions

AROUND = 24
"""So many rows beyond those in sight are loaded before they are seen."""
WAITING_ROWS = 24
_Index = QModelIndex | QPersistentModelIndex


class HistoryModel(QAbstractTableModel):
    """`ask` for a filter, `look_at` what is in sight, `row` gives what is there."""

    replaced = Signal()
    """Other rows stand here now: they are to be seen from the top."""
    swapped = Signal(int)
    """Other rows stand here now; those that were in sight have moved down by so many rows."""
    loaded = Signal()
    """An answer is complete: `sums` are of what is shown."""
    failed = Signal(object)
    """The `Problem` why there is no answer; what was shown before is still there."""
    page_failed = Signal(object)
    """The `Problem` why rows in sight could not be loaded."""

    def __init__(self, actions: RecordActions, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._actions = actions
        self._pages = Pages()
        self._asked: dict[int, Job] = {}
        self._load: Load | None = None
        self._sight = (0, 0)
        self.with_day = False
        self.shown: HistoryFilter | None = None
        """The filter whose rows are shown."""
        self.sums: HistorySums | None = None

    @property
    def is_loading(self) -> bool:
        """A new answer is on its way."""
        return self._load is not None

    @property
    def has_fiat(self) -> bool:
        """Whether any of its rows has a price in a currency."""
        return self.sums is not None and bool(self.sums.fiat)

    def kept(self) -> int:
        """How many rows are held in memory."""
        return self._pages.kept()

    def row(self, at: int) -> HistoryRow | None:
        """The row at this position, if it is there."""
        return self._pages.row(at)

    def find(self, key: str) -> int | None:
        """The position of the row with this key, if it is kept."""
        return self._pages.find(key)

    # A new answer.

    def ask(self, wanted: HistoryFilter, anchor: Anchor | None = None) -> None:
        """Ask for what this filter leaves, from the top or around `anchor`. An older question's answer is dropped."""
        self._drop_load()
        load = self._load = Load(wanted, anchor)
        self._ask_for(load, self._actions.history_sums(wanted), self._sums_came)
        if anchor is None:
            self._ask_rows(load, 0, 1)

    def _ask_rows(self, load: Load, first_page: int, pages: int) -> None:
        load.first_page = first_page
        job = self._actions.history_rows(load.wanted, first_page * PAGE, pages * PAGE)
        self._ask_for(load, job, self._rows_came)

    def _ask_for(self, load: Load, job: Job, came: Callable[..., None]) -> None:
        load.jobs.append(job)
        job.succeeded.connect(came)
        job.on_trouble(self._load_failed)

    def _sums_came(self, sums: HistorySums) -> None:
        load = self._load
        assert load is not None
        load.sums = sums
        if load.anchor is not None:
            grown = self._grown(sums)
            first = max(0, min(load.anchor.first + grown, sums.count - 1) - AROUND) // PAGE
            last = max(0, min(load.anchor.last + grown + AROUND, sums.count - 1)) // PAGE
            self._ask_rows(load, first, max(1, last - first + 1))
        self._swap_if_complete(load)

    def _grown(self, sums: HistorySums) -> int:
        return sums.count - (self.sums.count if self.sums is not None else 0)

    def _rows_came(self, rows: tuple[HistoryRow, ...]) -> None:
        load = self._load
        assert load is not None
        load.rows = rows
        self._swap_if_complete(load)

    def _swap_if_complete(self, load: Load) -> None:
        if load.sums is None or load.rows is None:
            return
        shift = self._shift(load)
        self._load = None
        self._drop_pages()
        same_size = self.sums is not None and self.sums.count == load.sums.count and not shift
        if not same_size:
            self.beginResetModel()
        self._pages.replace(load.first_page, load.rows)
        self.shown, self.sums = load.wanted, load.sums
        self.with_day = spans_days(load.wanted)
        if not same_size:
            self.endResetModel()
        elif self.sums.count:
            self.dataChanged.emit(self.index(0, 0), self.index(self.sums.count - 1, len(Column) - 1))
        if load.anchor is None:
            self.replaced.emit()
        else:
            self.swapped.emit(shift)
        self.loaded.emit()

    def _shift(self, load: Load) -> int:
        """How far the rows that the eye rests on have moved down."""
        anchor, rows = load.anchor, load.rows
        assert rows is not None and load.sums is not None
        if anchor is None:
            return 0
        now_at = {row.key: load.first_page * PAGE + at for at, row in enumerate(rows)}
        for at, key in anchor.keys:
            if key in now_at:
                return now_at[key] - at
        return self._grown(load.sums)

    def _load_failed(self, error: BaseException) -> None:
        self._drop_load()
        self.failed.emit(problem_of(error))

    def _drop_load(self) -> None:
        if self._load is not None:
            for job in self._load.jobs:
                job.abandon()
            self._load = None

    # Rows in sight.

    def look_at(self, first: int, last: int) -> None:
        """These rows are in sight: load those that are not there, and stop loading others."""
        self._sight = (first, last)
        if self.shown is None or self.sums is None or not self.sums.count:
            return
        least = max(0, first - AROUND) // PAGE
        most = min(self.sums.count - 1, last + AROUND) // PAGE
        near = range(least, most + 1)
        for page in [page for page in self._asked if page not in near]:
            self._asked.pop(page).abandon()
        for page in near:
            if not self._pages.use(page) and page not in self._asked:
                self._ask_page(self.shown, page)

    def look_again(self) -> None:
        """Try again to load what is in sight."""
        self.look_at(*self._sight)

    def _ask_page(self, wanted: HistoryFilter, page: int) -> None:
        job = self._asked[page] = self._actions.history_rows(wanted, page * PAGE, PAGE)
        job.succeeded.connect(lambda rows: self._page_came(page, rows))
        job.on_trouble(lambda error: self._page_failed(page, error))

    def _page_came(self, page: int, rows: tuple[HistoryRow, ...]) -> None:
        self._asked.pop(page)
        self._pages.put(page, rows)
        last = min(page * PAGE + PAGE, self.rowCount()) - 1
        self.dataChanged.emit(self.index(page * PAGE, 0), self.index(last, len(Column) - 1))

    def _page_failed(self, page: int, error: BaseException) -> None:
        del self._asked[page]
        self.page_failed.emit(problem_of(error))

    def _drop_pages(self) -> None:
        for job in self._asked.values():
            job.abandon()
        self._asked.clear()

    # What Qt asks.

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008
        if parent.isValid():
            return 0
        return self.sums.count if self.sums is not None else WAITING_ROWS

    def columnCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(Column)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        row = self.row(index.row())
        if role == Qt.ItemDataRole.UserRole:
            return row
        if role not in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return None
        if row is None:
            return self.tr("Loading")
        return texts.column_text(row, Column(index.column()), with_day=self.with_day)

    def headerData(self, section: int, side: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if side is not Qt.Orientation.Horizontal or role != Qt.ItemDataRole.DisplayRole:
            return None
        return self.caption(Column(section))

    def caption(self, column: Column) -> str:
        """The word above a column."""
        return texts.caption(column, has_fiat=self.has_fiat)
