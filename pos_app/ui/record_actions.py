"""What the window can ask for of history, days and reports: see `pos_app.ui.actions`."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Protocol

from pos_app.till.history_views import DaySettings, HistoryFilter, Unit
from pos_app.ui.job import Job


class RecordActions(Protocol):
    """The commands of the history, day and report pages."""

    def history_sums(self, wanted: HistoryFilter) -> Job:
        """The `HistorySums` of what is filtered."""

    def history_rows(self, wanted: HistoryFilter, offset: int, limit: int) -> Job:
        """A tuple of `HistoryRow`, newest first, from this position on."""

    def history_detail(self, key: str) -> Job:
        """The `HistoryDetail` of one row."""

    def history_tags(self) -> Job:
        """The tags that occur: a tuple of str."""

    def check_row(self, key: str) -> Job:
        """Ask the API for this row now: its `HistoryDetail`."""

    def export_history(self, wanted: HistoryFilter, file: Path) -> Job:
        """Write what is filtered as CSV or, where the name ends so, JSON: the number of rows."""

    def sync(self) -> Job:
        """The `SyncView`; what follows comes as `SyncChanged`."""

    def start_sync(self) -> Job:
        """Go on with the first fill, or ask for news now: the `SyncView`."""

    def stop_sync(self) -> Job:
        """Stop the first fill where it is: the `SyncView`."""

    def period(self, unit: Unit, day: date | None) -> Job:
        """The `PeriodView` around this business day; None is today."""

    def day_settings(self) -> Job:
        """The `DaySettings` in force."""

    def set_day_settings(self, settings: DaySettings) -> Job:
        """The `DaySettings` in force."""

    def report(self) -> Job:
        """The X report of this moment: a `ReportView`."""

    def close_day(self) -> Job:
        """Write the Z report: a `ReportView`."""

    def reports(self, limit: int = 50) -> Job:
        """The last Z reports: a tuple of `ReportView`, newest first."""

    def report_pdf(self, number: int | None, file: Path) -> Job:
        """Write a Z report, or with None the X report of this moment, as PDF: the `Path`."""
