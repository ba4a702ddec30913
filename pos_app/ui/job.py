"""A piece of work that somebody else does, as the window sees it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

from pos_app.core.errors import RetryableError


class JobCancelled(RetryableError):
    """Somebody else stopped the work, such as the till when it opens other books."""


class Job(QObject):
    """One piece of work on the engine thread. Says exactly one of its signals, in the GUI thread."""

    succeeded = Signal(object)
    failed = Signal(object)
    """Carries the exception."""
    cancelled = Signal()

    def __init__(self, cancel: Callable[[], object] | None = None) -> None:
        super().__init__()
        self._cancel = cancel
        self.ended = False

    def on_trouble(self, heard: Callable[[BaseException], object]) -> None:
        """Call `heard` where the work fails, and where it is cancelled, with an error that says so."""
        self.failed.connect(heard)
        self.cancelled.connect(lambda: heard(JobCancelled()))

    def cancel(self) -> None:
        """Ask the work to stop; `cancelled` follows unless it ends otherwise before."""
        if self._cancel is not None and not self.ended:
            self._cancel()

    def succeed(self, value: object) -> None:
        if not self.ended:
            self.ended = True
            self.succeeded.emit(value)

    def fail(self, error: BaseException) -> None:
        if not self.ended:
            self.ended = True
            self.failed.emit(error)

    def give_up(self) -> None:
        if not self.ended:
            self.ended = True
            self.cancelled.emit()

    def abandon(self) -> None:
        """Nobody waits for it any more: cancel it and say nothing."""
        self.cancel()
        self.ended = True
