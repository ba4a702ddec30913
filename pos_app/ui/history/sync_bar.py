"""How the copy of the wallet's payments stands: the first fill with its bar, and since when the server is silent."""

from __future__ import annotations

from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from pos_app.core.money import grouped
from pos_app.till.history_views import SyncPhase, SyncView
from pos_app.ui import fonts, icons
from pos_app.ui.actions import problem_of
from pos_app.ui.record_actions import RecordActions
from pos_app.ui.theme import theme
from pos_app.ui.widgets.buttons import Button, IconButton
from pos_app.ui.widgets.label import ElidedLabel
from pos_app.ui.widgets.panel import Panel
from pos_app.ui.widgets.progress import Progress
from pos_app.ui.words import clock

HEIGHT_U = 13.5
_GOES_ON = (SyncPhase.STOPPED, SyncPhase.AWAY)


class SyncBar(Panel):
    """`show_sync(view)`; it is not there while there is nothing to say."""

    def __init__(self, actions: RecordActions, parent: QWidget | None = None) -> None:
        super().__init__("surface", "b", parent=parent)
        self._actions = actions
        self._sync = SyncView(SyncPhase.WAITING)
        self._read: object = None
        self.words = ElidedLabel(size=4.5, weight=fonts.MEDIUM)
        self.cure = ElidedLabel(size=4, tone="ink2")
        self.progress = Progress(self.tr("Payments loaded"))
        self.button = Button("", height=11.5)
        self.button.clicked.connect(self._press)
        self.close_button = IconButton("x", self.tr("I have read this"))
        self.close_button.clicked.connect(self._put_away)
        self._row = QHBoxLayout(self)
        self._lines = QVBoxLayout()
        self._lines.addStretch(1)
        for widget in (self.words, self.cure, self.progress):
            self._lines.addWidget(widget)
        self._lines.addStretch(1)
        self._row.addLayout(self._lines, 1)
        self._row.addWidget(self.button)
        self._row.addWidget(self.close_button)
        self.hide()
        theme.follow(self.fit)

    def fit(self) -> None:
        self.setFixedHeight(max(theme.u(HEIGHT_U), theme.metrics.text(13)))
        self._row.setContentsMargins(theme.u(12), theme.u(1), theme.u(4), theme.u(1))
        self._row.setSpacing(theme.u(3))
        self._lines.setSpacing(theme.u(1))

    def show_sync(self, sync: SyncView) -> None:
        """Mirror it."""
        self._sync = sync
        self._fill = "attn_tint" if self._is_trouble() else "surface"
        words, cure = self._said()
        self.words.setText(words)
        self.words.set_tone("attn" if self._is_trouble() else "ink")
        self.cure.setText(cure)
        self.setAccessibleName(f"{words} {cure}".strip())
        filling = sync.phase is SyncPhase.FILLING
        self.cure.setVisible(bool(cure) and not filling)
        self.progress.setVisible(filling)
        self.progress.set_share(sync.done / sync.total if sync.total else None)
        self.button.setEnabled(True)
        self.button.setVisible(filling or sync.phase in _GOES_ON)
        self.button.set_words(self._button_words())
        self.close_button.setVisible(sync.phase is SyncPhase.FRESH)
        has_news = sync.problem is not None and sync.problem != self._read
        self.setVisible(filling or sync.phase in _GOES_ON or has_news)
        self.update()

    def _is_trouble(self) -> bool:
        return self._sync.phase is SyncPhase.AWAY or self._sync.problem is not None

    def _button_words(self) -> str:
        if self._sync.phase is SyncPhase.FILLING:
            return self.tr("Stop")
        return self.tr("Go on") if self._sync.phase is SyncPhase.STOPPED else self.tr("Try again")

    def _said(self) -> tuple[str, str]:
        sync = self._sync
        problem = sync.problem
        told = (problem.message, problem.cure) if problem is not None else ("", "")
        match sync.phase:
            case SyncPhase.FILLING if sync.total:
                done, total = grouped(sync.done), grouped(sync.total)
                return self.tr("Loading the wallet's payments: {done} of {total}").format(done=done, total=total), ""
            case SyncPhase.FILLING:
                return self.tr("Loading the wallet's payments: {done}").format(done=grouped(sync.done)), ""
            case SyncPhase.STOPPED:
                words = self.tr("Stopped: {done} payments are here.").format(done=grouped(sync.done))
                if sync.total:
                    words = self.tr("Stopped: {done} of {total} payments are here.").format(
                        done=grouped(sync.done), total=grouped(sync.total)
                    )
                return words, told[0] or self.tr("Older ones are missing, also in sums and in exports.")
            case SyncPhase.AWAY:
                words = self.tr("The server does not answer.")
                if sync.as_of_s is not None:
                    words = self.tr("As of {time}: the server does not answer.").format(time=clock(sync.as_of_s))
                return words, " ".join(told).strip() or self.tr("Sales of this till are up to date all the same.")
            case _:
                return told

    def _press(self) -> None:
        """The answer of both commands is the state then; until it is there a second press does nothing."""
        self.button.setEnabled(False)
        stop = self._sync.phase is SyncPhase.FILLING
        job = self._actions.stop_sync() if stop else self._actions.start_sync()
        job.succeeded.connect(self.show_sync)
        job.on_trouble(self._failed)

    def _failed(self, error: BaseException) -> None:
        problem = problem_of(error)
        self.button.setEnabled(True)
        self.words.setText(problem.message)
        self.cure.setText(problem.cure)
        self.cure.setVisible(bool(problem.cure))
        self.setAccessibleName(f"{problem.message} {problem.cure}".strip())

    def _put_away(self) -> None:
        self._read = self._sync.problem
        self.hide()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        side = theme.u(5)
        trouble = self._is_trouble()
        icon = "cloud-off" if self._sync.phase is SyncPhase.AWAY else "triangle-alert" if trouble else "download"
        ink = theme.now.attn if trouble else theme.now.ink2
        icons.draw(QPainter(self), icon, theme.u(5), (self.height() - side) / 2, side, ink)
