"""Settings of the business day: each value acts at once, and the time zone is found by a few letters."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from pos_app.core.errors import UserError
from pos_app.till.history_views import DaySettings
from pos_app.ui.pages.settings_day import DaySettingsPage, zone_names
from tests.gui.stage import SMALL, click, page_size, press, set_device, settle, show
from tests.support.window import FakeActions

ZONES = ("America/New_York", "Asia/Tokyo", "Europe/Berlin", "Europe/Dublin")


class Desk:
    """The page on commands that only note, with 4 o'clock in Dublin in force."""

    def __init__(self, qtbot: QtBot) -> None:
        set_device()
        self.actions = FakeActions()
        self.page = DaySettingsPage(self.actions, lambda: ZONES)
        show(qtbot, self.page, (SMALL.u(150), page_size(SMALL)[1]))
        self.answer("day_settings", DaySettings(4, "Europe/Dublin"))

    def answer(self, name: str, settings: DaySettings) -> None:
        self.actions.last(name).job.succeed(settings)

    def asked(self) -> list[object]:
        return [call.values[0] for call in self.actions.calls if call.name == "set_day_settings"]

    def find(self, text: str) -> list[str]:
        """Open the choice, type, and say what is offered."""
        click(self.page.zone)
        assert self.page.picker is not None
        QTest.keyClicks(self.page.picker.search.edit, text)
        return self.page.picker.rows.names.stringList()


@pytest.fixture
def desk(qtbot: QtBot) -> Desk:
    return Desk(qtbot)


def test_nothing_can_be_changed_before_it_is_known(qtbot: QtBot) -> None:
    set_device()
    page = DaySettingsPage(FakeActions(), lambda: ZONES)
    show(qtbot, page, (600, 500))
    assert not page.later.isEnabled() and not page.zone.isEnabled()
    assert page.hour.text() == ""


def test_the_first_hour_moves_at_once_and_around_midnight(desk: Desk) -> None:
    for _ in range(5):
        click(desk.page.earlier)
    assert desk.page.hour.text() == "23:00"
    assert [settings.start_hour for settings in desk.asked() if isinstance(settings, DaySettings)] == [3, 2, 1, 0, 23]
    click(desk.page.later)
    assert desk.asked()[-1] == DaySettings(0, "Europe/Dublin")


def test_an_answer_to_an_older_press_changes_nothing_on_the_screen(desk: Desk) -> None:
    click(desk.page.later)
    older = desk.actions.last("set_day_settings")
    click(desk.page.later)
    older.job.succeed(DaySettings(5, "Europe/Dublin"))
    assert desk.page.hour.text() == "06:00"


def test_a_refused_value_is_explained_in_its_row_and_goes_back(desk: Desk) -> None:
    click(desk.page.later)
    desk.actions.last("set_day_settings").job.fail(UserError("The disk is full.", "Free some space."))
    assert desk.page.hour.text() == "04:00"
    assert desk.page.hour_row.words() == "The disk is full. Free some space."
    click(desk.page.later)
    assert desk.page.hour_row.words() == "Sales before belong to the day before"


def test_a_time_zone_is_found_by_a_few_letters_and_chosen_with_enter(desk: Desk) -> None:
    assert desk.find("NEW y") == ["America/New York"]
    assert desk.page.picker is not None
    press(desk.page.picker.search.edit, Qt.Key.Key_Return)
    assert desk.asked() == [DaySettings(4, "America/New_York")]
    assert desk.page.zone.text() == "America/New York"
    assert not desk.page.picker.isVisible()


def test_the_choice_opens_at_the_one_in_force_and_offers_this_computer(desk: Desk) -> None:
    assert desk.find("") == ["This computer's", *(name.replace("_", " ") for name in ZONES)]
    assert desk.page.picker is not None
    rows = desk.page.picker.rows
    assert rows.currentIndex().data() == "Europe/Dublin"
    settle()
    rows.scrollToTop()
    place = rows.visualRect(rows.model().index(0, 0)).center()
    QTest.mouseClick(rows.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert desk.asked() == [DaySettings(4, "")]
    assert desk.page.zone.text() == "This computer's"


def test_no_such_time_zone(desk: Desk) -> None:
    assert desk.find("atlantis") == []
    assert desk.page.picker is not None
    assert desk.page.picker.nothing.isVisible()
    press(desk.page.picker.search.edit, Qt.Key.Key_Return)
    press(desk.page.picker.search.edit, Qt.Key.Key_Escape)
    assert not desk.page.picker.isVisible()
    assert desk.asked() == []


def test_the_same_one_again_asks_for_nothing(desk: Desk) -> None:
    desk.find("dublin")
    assert desk.page.picker is not None
    press(desk.page.picker.search.edit, Qt.Key.Key_Return)
    assert desk.asked() == []


def test_the_world_has_its_time_zones() -> None:
    names = zone_names()
    assert {"Europe/Dublin", "America/New_York", "Asia/Kathmandu", "UTC"} <= set(names)
    assert list(names) == sorted(names)
