"""Settings: when the business day begins, and by which clock."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from importlib.resources import files

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from pos_app.till.history_views import DaySettings
from pos_app.ui import fonts
from pos_app.ui.actions import Actions, problem_of
from pos_app.ui.job import Job
from pos_app.ui.pages.settings_rows import Row, SettingsPage
from pos_app.ui.pages.settings_zones import ZonePicker
from pos_app.ui.theme import theme
from pos_app.ui.widgets.buttons import Button
from pos_app.ui.widgets.label import Label

HOURS = 24


def zone_names() -> tuple[str, ...]:
    """The time zones of the world by their IANA names, sorted."""
    text = files("tzdata").joinpath("zones").read_text(encoding="utf-8")
    return tuple(sorted(text.split()))


class DaySettingsPage(SettingsPage):
    """The first hour and the time zone of the business day. `zones` gives the names that can be chosen."""

    def __init__(self, actions: Actions, zones: Callable[[], tuple[str, ...]] = zone_names) -> None:
        super().__init__(actions, "calendar", QCoreApplication.translate("DaySettingsPage", "Business day"))
        self._zones = zones
        self._settings: DaySettings | None = None
        """What is shown: in force, or asked for."""
        self._in_force: DaySettings | None = None
        self._job: Job | None = None
        self.earlier = Button("", "minus", height=11.5)
        self.earlier.setAccessibleName(self.tr("One hour earlier"))
        self.earlier.clicked.connect(lambda: self._move_hour(-1))
        self.later = Button("", "plus", height=11.5)
        self.later.setAccessibleName(self.tr("One hour later"))
        self.later.clicked.connect(lambda: self._move_hour(1))
        self.hour = Label("", 4.5, weight=fonts.SEMIBOLD, tabular=True)
        self.hour.setAlignment(Qt.AlignmentFlag.AlignCenter)
        stepper = QWidget()
        self._stepper = QHBoxLayout(stepper)
        self._stepper.setContentsMargins(0, 0, 0, 0)
        for widget in (self.earlier, self.hour, self.later):
            self._stepper.addWidget(widget)
        self.hour_row = Row(
            self.tr("The business day begins at"), self.tr("Sales before belong to the day before"), stepper
        )
        self.zone = Button("", trailing_icon="chevron-down", height=11.5, text_size=4.5)
        self.zone.clicked.connect(self._open_zones)
        self.zone_row = Row(self.tr("Time zone"), self.tr("Of days, hours and reports"), self.zone)
        self.add(self.hour_row)
        self.add(self.zone_row)
        self.picker: ZonePicker | None = None
        self._show()
        theme.follow(self.fit)

    def fit(self) -> None:
        self._stepper.setSpacing(theme.u(2))
        self.hour.setMinimumWidth(theme.metrics.text(15))
        for button in (self.earlier, self.later):
            button.setFixedWidth(theme.u(11.5))
        self.zone.setFixedWidth(theme.u(62))

    def showEvent(self, event: QShowEvent) -> None:
        """Ask what is in force: other settings come with the preferences, these do not."""
        super().showEvent(event)
        self._await(self.hour_row, self.ask.day_settings())

    def _await(self, row: Row, job: Job) -> None:
        """The newest answer counts; the older ones are of values that were changed again."""
        self._job = job
        job.succeeded.connect(lambda settings: self._take(job, settings))
        job.on_trouble(lambda error: self._refuse(job, row, error))

    def _take(self, job: Job, settings: DaySettings) -> None:
        self._in_force = settings
        if job is self._job:
            self._settings = settings
            self._show()

    def _show(self) -> None:
        settings = self._settings
        for button in (self.earlier, self.later, self.zone):
            button.setEnabled(settings is not None)
        self.hour.setText(f"{settings.start_hour:02}:00" if settings else "")
        self.zone.set_words(self._zone_words(settings.time_zone) if settings else "")

    def _zone_words(self, name: str) -> str:
        return name.replace("_", " ") or self.tr("This computer's")

    def _move_hour(self, hours: int) -> None:
        if self._settings is not None:
            hour = (self._settings.start_hour + hours) % HOURS
            self._set(self.hour_row, replace(self._settings, start_hour=hour))

    def _open_zones(self) -> None:
        if self.picker is None:
            self.picker = ZonePicker(self, self.tr("This computer's"), self._zones())
            self.picker.chosen.connect(self._choose_zone)
        self.picker.open_with(self._settings.time_zone if self._settings else "", self.zone)

    def _choose_zone(self, name: str) -> None:
        if self._settings is not None and name != self._settings.time_zone:
            self._set(self.zone_row, replace(self._settings, time_zone=name))

    def _set(self, row: Row, wanted: DaySettings) -> None:
        """Show the value at once; where it is refused the row says why, and what is in force comes back."""
        self._settings = wanted
        for each in (self.hour_row, self.zone_row):
            each.set_wrong("")
        self._show()
        self._await(row, self.ask.set_day_settings(wanted))

    def _refuse(self, job: Job, row: Row, error: BaseException) -> None:
        if job is self._job:
            self._settings = self._in_force
            self._show()
            problem = problem_of(error)
            row.set_wrong(f"{problem.message} {problem.cure}".strip())
