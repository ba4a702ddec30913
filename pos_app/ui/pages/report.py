"""The close of the day: looks at the till's figures, writes Z reports, and shows those of before."""

from __future__ import annotations

from enum import Enum
from pathlib import Path

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from pos_app.till.history_views import HistoryChanged, SyncChanged
from pos_app.till.report_views import ReportView
from pos_app.till.views import Event, SaleChanged, StatusView
from pos_app.ui.actions import problem_of
from pos_app.ui.history.export import documents, free_name
from pos_app.ui.job import Job
from pos_app.ui.record_actions import RecordActions
from pos_app.ui.report.older import OlderReports, made_day
from pos_app.ui.report.pane import ReportPane
from pos_app.ui.widgets.buttons import Button

GATHER_MS = 1000
"""Changes within this time are shown together."""


class _Busy(Enum):
    NO = 0
    LOADING = 1
    CLOSING = 2
    WRITING = 3


class ReportPage(QWidget):
    """Call `activate` when it is shown. It shows the report of this moment until a Z report is written or chosen."""

    back_pressed = Signal()
    failed = Signal(object)
    """Carries a `Problem`: the list of reports could not be read."""

    def __init__(self, actions: RecordActions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._actions = actions
        self.folder = documents
        self._now: ReportView | None = None
        self._kept: ReportView | None = None
        """A Z report that was just written, or chosen from the list."""
        self._newest = 0
        self._busy = _Busy.NO
        self._asking = False
        self._api = ""
        self._job: Job | None = None
        self.pane = ReportPane()
        self.pane.back.clicked.connect(self._go_back)
        self.pane.mode.chosen.connect(lambda _: self._keep_open())
        self.pane.close_button.clicked.connect(self._ask)
        self.pane.pdf.clicked.connect(self._save)
        self.older = OlderReports(self)
        self.older.chosen.connect(self._choose)
        self.pane.list.clicked.connect(self.older.sheet.open_sheet)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self.pane, 1)
        row.addWidget(self.older.dock)
        self._gather = QTimer(self)
        self._gather.setSingleShot(True)
        self._gather.setInterval(GATHER_MS)
        self._gather.timeout.connect(self._load)
        self._show()

    # What the window says.

    def activate(self) -> None:
        """The page is shown now: the report of this moment, and the list of those that are kept."""
        self._kept = None
        self._hush()
        self._load()
        self._load_list()

    def take(self, event: Event | SyncChanged | HistoryChanged) -> None:
        """A sale or a payment may change the report of this moment; what is kept cannot change."""
        if isinstance(event, SaleChanged | HistoryChanged) and self.isVisible() and not self._gather.isActive():
            self._gather.start()

    def show_status(self, status: StatusView) -> None:
        """Figures of other books go at once."""
        if self._api not in ("", status.api) and self._busy is not _Busy.CLOSING:
            self._now = self._kept = None
            self._newest = 0
            self._hush()
            self._show()
        self._api = status.api

    # What is shown.

    def _load(self) -> None:
        """Ask for the report of this moment; where one was asked for before, it is asked anew."""
        if self._busy is _Busy.CLOSING or self._kept is not None:
            return
        if self._busy is _Busy.LOADING and self._job is not None:
            self._job.abandon()
        if self._busy in (_Busy.NO, _Busy.LOADING):
            self._job = self._begin(_Busy.LOADING, self._actions.report())
            self._job.succeeded.connect(self._take_now)

    def _load_list(self) -> None:
        job = self._actions.reports()
        job.succeeded.connect(self._take_list)
        job.on_trouble(lambda error: self.failed.emit(problem_of(error)))

    def _take_now(self, report: ReportView) -> None:
        self._now = report
        self._end()

    def _take_list(self, reports: tuple[ReportView, ...]) -> None:
        self._newest = max((report.number or 0 for report in reports), default=0)
        self.older.show_reports(reports)
        self._show()

    def _choose(self, report: ReportView) -> None:
        if self._busy in (_Busy.NO, _Busy.LOADING):
            self._kept = report
            self._hush()
            self._show()

    def _go_back(self) -> None:
        """From a report that is kept to the one of this moment, from that one to the day."""
        if self._kept is not None and self._busy is _Busy.NO:
            self.activate()
        else:
            self.back_pressed.emit()

    def _show(self) -> None:
        pane, kept = self.pane, self._kept
        if kept is None:
            pane.show_now(self._now, self._newest)
        else:
            pane.show_kept(kept)
        free = self._busy in (_Busy.NO, _Busy.LOADING)
        pane.close_button.setEnabled(free and self._now is not None and not self._asking)
        pane.pdf.setEnabled(free and (kept or self._now) is not None)
        pane.mode.setEnabled(self._busy is not _Busy.CLOSING)

    # Closing and saving.

    def _begin(self, busy: _Busy, job: Job) -> Job:
        self._busy = busy
        self.pane.sweep.run()
        job.on_trouble(self._fail)
        self._show()
        return job

    def _end(self) -> None:
        self._busy = _Busy.NO
        self.pane.sweep.stop()
        self._show()

    def _fail(self, error: BaseException) -> None:
        problem = problem_of(error)
        buttons: tuple[Button, ...] = ()
        if self._busy is _Busy.LOADING and self._now is None:
            again = Button(self.tr("Try again"), "refresh-cw", height=11.5)
            again.clicked.connect(self.activate)
            buttons = (again,)
        was_closing = self._busy is _Busy.CLOSING
        self._asking = False
        self.pane.notice.say("fail", problem.message, problem.cure, buttons=buttons)
        self._end()
        if was_closing:  # the figures may be others by now, and a report that was written is in the list
            self._load()
            self._load_list()

    def _ask(self) -> None:
        """Once more, in place: a Z report cannot be taken back."""
        no = Button(self.tr("Back"), height=11.5)
        yes = Button(self.tr("Close now"), "lock", height=11.5)
        no.clicked.connect(self._keep_open)
        yes.clicked.connect(self._close)
        words = self.tr("Z report {number} is written and kept for ever. The next one begins where it ends.")
        self.pane.notice.say(
            "attn",
            self.tr("Close the day now?"),
            words.format(number=self._newest + 1),
            buttons=(no, yes),
        )
        self._asking = True
        self._show()
        no.setFocus(Qt.FocusReason.OtherFocusReason)

    def _keep_open(self) -> None:
        self._hush()
        self._show()

    def _hush(self) -> None:
        """Take the question back, and what was said before."""
        self._asking = False
        self.pane.notice.hide()

    def _close(self) -> None:
        if self._busy is _Busy.CLOSING:
            return
        if self._job is not None:
            self._job.abandon()
        self._hush()
        self._job = self._begin(_Busy.CLOSING, self._actions.close_day())
        self._job.succeeded.connect(self._closed)

    def _closed(self, report: ReportView) -> None:
        self._kept, self._now = report, None
        words = self.tr("Z report {number} is written.").format(number=report.number)
        self.pane.notice.say("accent", words, self.tr("The next day has begun."), icon="check")
        self._end()
        self._load_list()

    def _save(self) -> None:
        report = self._kept or self._now
        if report is None or self._busy is _Busy.WRITING:
            return
        number = report.number
        stem = f"x-report-{made_day(report)}" if number is None else f"z-report-{number}"
        file = free_name(self.folder(), stem, "pdf")
        self._job = self._begin(_Busy.WRITING, self._actions.report_pdf(number, file))
        self._job.succeeded.connect(self._saved)

    def _saved(self, path: Path) -> None:
        words = self.tr("Saved as {name}").format(name=path.name)
        self.pane.notice.say("accent", words, str(path.parent), icon="check")
        self._end()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self._go_back()
        else:
            super().keyPressEvent(event)
