"""Export of what is filtered: as what, to where, how it goes on, and how it ended; all in one small panel."""

from __future__ import annotations

import math
import time
from pathlib import Path

from PySide6.QtCore import QStandardPaths, Qt, QTimer, Signal
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QWidget

from pos_app.core.money import grouped
from pos_app.till.history_views import HistoryFilter
from pos_app.ui import fonts
from pos_app.ui.actions import problem_of
from pos_app.ui.job import Job
from pos_app.ui.record_actions import RecordActions
from pos_app.ui.theme import theme
from pos_app.ui.widgets.buttons import Button
from pos_app.ui.widgets.label import ElidedLabel, Label
from pos_app.ui.widgets.notice import Notice
from pos_app.ui.widgets.popover import Popover
from pos_app.ui.widgets.progress import Progress
from pos_app.ui.widgets.segment import Segment

CSV, JSON = "csv", "json"
SLOW_MS = 1000


def documents() -> Path:
    """The person's folder for documents, or the home folder: a bare counter computer often has only that."""
    place = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
    return Path(place) if place and Path(place).is_dir() else Path.home()


def free_name(folder: Path, stem: str, ending: str) -> Path:
    """A file that is not there yet: sales-2026-03-14.csv, sales-2026-03-14 (2).csv."""
    file, number = folder / f"{stem}.{ending}", 1
    while file.exists():
        number += 1
        file = folder / f"{stem} ({number}).{ending}"
    return file


class ExportPopover(Popover):
    """`offer(filter, count, words, name)` shows what would be written; the rest happens in here."""

    told = Signal(str, str, str)
    """Tone, title and text of a result that came after the panel was closed."""

    def __init__(self, actions: RecordActions, over: QWidget) -> None:
        super().__init__(over, self.tr("Export"), width_u=128)
        self._actions = actions
        self._wanted = HistoryFilter()
        self._stem = ""
        self.folder = documents()
        """Where files go; another place that a person chose stays chosen."""
        self._file: Path | None = None
        self._job: Job | None = None
        self._began_s = 0.0
        self._seconds = QTimer(self)
        self._seconds.setInterval(SLOW_MS)
        self._seconds.timeout.connect(self._count_seconds)
        self.title = Label("", 5.5, weight=fonts.SEMIBOLD)
        kinds = ((CSV, self.tr("CSV, for a spreadsheet")), (JSON, self.tr("JSON")))
        self.kind = Segment(self.tr("Kind of file"), kinds)
        self.kind.chosen.connect(lambda _: self._begin_anew())
        self.place = ElidedLabel("", 4, tone="ink2", keep_end=True)
        self.notice = Notice()
        self.progress = Progress(self.tr("Writing"))
        self.save = Button(self.tr("Save"), "download", kind="primary")
        self.save.clicked.connect(self._save)
        self.other = Button(self.tr("Other place…"))
        self.other.clicked.connect(self._ask_place)
        self.stop = Button(self.tr("Stop"))
        self.stop.clicked.connect(self._stop)
        self._buttons = QHBoxLayout()
        self.done = Button(self.tr("Done"), "check", kind="primary")
        self.done.clicked.connect(self.close_popover)
        for button in (self.other, self.stop, self.save, self.done):
            self._buttons.addWidget(button, 1)
        for widget in (self.title, self.kind, self.place, self.progress, self.notice):
            self.body.addWidget(widget)
        self.body.addLayout(self._buttons)
        self._rest()
        theme.follow(self._space)

    def _space(self) -> None:
        self._buttons.setSpacing(theme.u(3))

    def offer(self, wanted: HistoryFilter, count: int, words: str, name: str) -> None:
        """`words` say what is filtered, `name` is the range for the file's name."""
        if self._job is not None:
            return
        self._wanted = wanted
        self._stem = f"sales-{name}"
        number = grouped(count)
        rows = self.tr("{count} row") if count == 1 else self.tr("{count} rows")
        self.title.setText(f"{rows.format(count=number)} {words}")
        self._begin_anew()
        self.save.setEnabled(count > 0)
        self.other.setEnabled(count > 0)

    def file(self) -> Path | None:
        """Where Save would write to."""
        return self._file

    def _begin_anew(self) -> None:
        """Nothing is written yet."""
        self._rest()
        self.notice.hide()
        self._show_file(free_name(self.folder, self._stem, self.kind.value()))
        self._place()

    def _show_file(self, file: Path) -> None:
        self._file = file
        self.place.setText(str(file))
        self.place.setAccessibleName(self.tr("To {file}").format(file=file))

    def _ask_place(self) -> None:
        ending = self.kind.value()
        start = str(self._file or self.folder)
        dialog = QFileDialog(self.window(), self.tr("Export"), start, f"{ending.upper()} (*.{ending})")
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix(ending)
        dialog.fileSelected.connect(self._place_chosen)
        dialog.open()

    def _place_chosen(self, name: str) -> None:
        file = Path(name)
        self.folder = file.parent
        self._show_file(file)
        self._save()

    def _save(self) -> None:
        if self._job is not None or self._file is None:
            return
        file = self._file
        self.notice.hide()
        self.setFocus()  # what had it is disabled now, and Esc must still close the panel
        self._began_s = time.monotonic()
        self._seconds.start()
        for widget in (self.save, self.other, self.kind):
            widget.setEnabled(False)
        self._job = self._actions.export_history(self._wanted, file)
        self._job.succeeded.connect(lambda count: self._done(file, count))
        self._job.failed.connect(self._failed)
        self._job.cancelled.connect(self._stopped)

    def _count_seconds(self) -> None:
        """It lasts: show that it goes on, and let it be stopped."""
        self.progress.show()
        self.progress.set_share(None)
        self.stop.show()
        self.other.hide()
        seconds = math.floor(time.monotonic() - self._began_s)
        self.save.set_words(self.tr("Writing… {seconds} s").format(seconds=seconds))
        self._place()

    def _stop(self) -> None:
        if self._job is not None:
            self._job.cancel()

    def _done(self, file: Path, count: int) -> None:
        self._rest()
        rows = self.tr("{count} row is in the file.") if count == 1 else self.tr("{count} rows are in the file.")
        self._say("accent", rows.format(count=grouped(count)), str(file), "check")
        self.save.hide()
        self.other.hide()
        self.done.show()
        self._place()

    def _failed(self, error: BaseException) -> None:
        self._rest()
        problem = problem_of(error)
        self._say("fail", problem.message, problem.cure, "")

    def _stopped(self) -> None:
        self._rest()
        self._say("attn", self.tr("Stopped. No file was written."), "", "")

    def _say(self, tone: str, title: str, text: str, icon: str) -> None:
        self.notice.say(tone, title, text, icon=icon)
        self._place()
        if not self.is_open():
            self.told.emit(tone, title, text)

    def _rest(self) -> None:
        self._job = None
        self._seconds.stop()
        self.progress.hide()
        self.stop.hide()
        self.done.hide()
        self.other.show()
        self.save.show()
        self.save.set_words(self.tr("Save"))
        for widget in (self.save, self.other, self.kind):
            widget.setEnabled(True)
