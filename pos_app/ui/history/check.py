"""Check now: asks the API for one payment, counts the seconds meanwhile, and says what was found."""

from __future__ import annotations

import math
import time

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QWidget

from pos_app.till.history_views import HistoryDetail, HistoryRow
from pos_app.ui.actions import problem_of
from pos_app.ui.job import Job
from pos_app.ui.record_actions import RecordActions
from pos_app.ui.widgets.announce import announce
from pos_app.ui.widgets.buttons import Button
from pos_app.ui.words import clock_second

SECOND_MS = 1000


class CheckButton(Button):
    """`begin(row)` asks. While it asks it cannot be pressed again."""

    found = Signal(object)
    """A HistoryDetail."""
    said = Signal(str, str)
    """The result in words, and their tone."""

    def __init__(self, actions: RecordActions, parent: QWidget | None = None) -> None:
        super().__init__("", "refresh-cw", parent=parent)
        self.set_words(self.tr("Check now"))
        self._actions = actions
        self._job: Job | None = None
        self._began_s = 0.0
        self._seconds = QTimer(self)
        self._seconds.setInterval(SECOND_MS)
        self._seconds.timeout.connect(self._count)

    def begin(self, row: HistoryRow) -> None:
        """Ask for this row now."""
        if self._job is not None:
            return
        self._began_s = time.monotonic()
        self.setEnabled(False)
        self.set_words(self.tr("Checking…"))
        self._seconds.start()
        self._job = self._actions.check_row(row.key)
        self._job.succeeded.connect(lambda detail: self._found(row, detail))
        self._job.on_trouble(self._failed)

    def drop(self) -> None:
        """Nobody waits for the answer any more."""
        if self._job is not None:
            self._job.abandon()
        self._rest()

    def _count(self) -> None:
        seconds = math.floor(time.monotonic() - self._began_s)
        self.set_words(self.tr("Checking… {seconds} s").format(seconds=seconds))

    def _found(self, before: HistoryRow, detail: HistoryDetail) -> None:
        self._rest()
        self.found.emit(detail)
        same = before.state is detail.row.state
        words = self.tr("Checked at {time}: nothing has changed.") if same else self.tr("Checked at {time}.")
        self._say(words.format(time=clock_second(time.time())), "ink2")

    def _failed(self, error: BaseException) -> None:
        self._rest()
        problem = problem_of(error)
        self._say(f"{problem.message} {problem.cure}".strip(), "fail")

    def _say(self, words: str, tone: str) -> None:
        self.said.emit(words, tone)
        announce(self, words)

    def _rest(self) -> None:
        self._job = None
        self._seconds.stop()
        self.setEnabled(True)
        self.set_words(self.tr("Check now"))
