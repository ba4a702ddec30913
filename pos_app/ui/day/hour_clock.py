"""Tells when the figures on the screen are of an hour that is over."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer

from pos_app.till.history_views import PeriodView

LONGEST_WAIT_MS = 600_000
"""A computer that slept wakes late: it looks at least so often."""


class HourClock(QTimer):
    """`watch` a period; `timeout` comes when its running bar is over, and with the last one the period itself."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.setSingleShot(True)

    def watch(self, view: PeriodView, now_s: float) -> None:
        """Wait for the end of the bar that `now_s` is in; a period that does not run needs no clock."""
        if not view.from_s <= now_s < view.until_s:
            self.stop()
            return
        over_s = next(bar.until_s for bar in view.bars if bar.until_s > now_s)
        self.start(min(LONGEST_WAIT_MS, round(1000 * (over_s - now_s)) + 1))
