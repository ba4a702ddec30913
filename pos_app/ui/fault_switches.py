"""The practice faults as switches, wherever they stand, and what the till says of them."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from pos_app.ui.actions import Actions, problem_of
from pos_app.ui.job import Job
from pos_app.ui.widgets.switch import SwitchRow


class FaultSwitches(QObject):
    """Makes the rows, asks the till for what is pressed, and shows what it answers."""

    counted = Signal(int)
    """So many faults are on."""
    failed = Signal(object)
    """A `Problem`."""

    def __init__(self, actions: Actions, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._actions = actions
        self.rows: dict[str, SwitchRow] = {}
        """Those that were made, by the names of their faults."""
        self._on: frozenset[str] = frozenset()
        self._newest: Job | None = None

    def row(self, name: str, title: str, detail: str) -> SwitchRow:
        """A switch for the fault of this name."""
        row = SwitchRow(title, detail, tone="practice")
        row.setAccessibleName(title)
        row.setChecked(name in self._on)
        row.clicked.connect(lambda on: self._ask(self._actions.set_fault(name, on)))
        self.rows[name] = row
        return row

    def load(self) -> None:
        """Ask which are on: the till has just opened."""
        self._ask(self._actions.faults())

    def _ask(self, job: Job) -> None:
        """The answer to what was asked last is the one that counts."""
        self._newest = job
        job.succeeded.connect(lambda on: self._show(job, on))
        job.on_trouble(lambda error: self._refused(job, error))

    def _show(self, job: Job, on: frozenset[str]) -> None:
        if job is not self._newest:
            return
        self._on = on
        for name, row in self.rows.items():
            row.setChecked(name in on)
        self.counted.emit(len(on))

    def _refused(self, job: Job, error: BaseException) -> None:
        self._show(job, self._on)
        self.failed.emit(problem_of(error))
