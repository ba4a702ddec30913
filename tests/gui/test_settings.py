"""Settings: each value acts at once, a wrong one is explained in its row, and a server is asked for in place."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton
from pytestqt.qtbot import QtBot

from pos_app.core.errors import UserError
from pos_app.ui.actions import Question
from pos_app.ui.pages.settings import Settings
from pos_app.ui.theme import Mode
from pos_app.ui.widgets.field import Field
from tests.gui.stage import SMALL, click, page_size, set_device, show
from tests.support.window import APIS, FakeActions, preferences


class Desk:
    """The settings on commands that only note."""

    def __init__(self, qtbot: QtBot) -> None:
        set_device()
        self.actions = FakeActions()
        self.page = Settings(self.actions, preferences())
        show(qtbot, self.page, (SMALL.width - SMALL.u(21), page_size(SMALL)[1]))

    def enter(self, field: Field, text: str) -> None:
        field.edit.clear()
        field.edit.setFocus()
        QTest.keyClicks(field.edit, text)
        QTest.keyClick(field.edit, Qt.Key.Key_Return)

    def changes(self) -> list[tuple[object, ...]]:
        return [call.values for call in self.actions.calls if call.name == "change"]


@pytest.fixture
def desk(qtbot: QtBot) -> Desk:
    return Desk(qtbot)


def part(desk: Desk, name: str) -> QAbstractButton:
    """A button by what a screen reader calls it."""
    return next(b for b in desk.page.findChildren(QAbstractButton) if b.accessibleName() == name)


def test_a_value_acts_at_once(desk: Desk) -> None:
    click(part(desk, "Colours: Dark"))
    click(part(desk, "Text size: 125 %"))
    click(desk.page.look.still)
    click(desk.page.sound.sound)
    desk.enter(desk.page.shop.name, "Bar Sol")
    desk.enter(desk.page.shop.ceiling, "2 000 000")
    desk.enter(desk.page.shop.expiry, "5")
    assert desk.changes() == [
        ("theme", Mode.DARK),
        ("text_scale", 125),
        ("still", True),
        ("sound", True),
        ("shop_name", "Bar Sol"),
        ("ceiling_sat", 2_000_000),
        ("invoice_expiry_s", 300),
    ]


def test_what_is_in_force_is_shown_and_told(desk: Desk) -> None:
    told: list[object] = []
    desk.page.changed.connect(told.append)
    click(desk.page.look.contrast)
    assert desk.changes() == [("theme", Mode.CONTRAST_LIGHT)]
    now = preferences(theme=Mode.CONTRAST_DARK, fullscreen=True, shop_name="Bar Sol")
    desk.actions.last("change").job.succeed(now)
    assert told == [now]
    assert desk.page.look.contrast.isChecked()
    assert desk.page.look.colours.value() == Mode.DARK
    assert desk.page.shop.name.text() == "Bar Sol"


@pytest.mark.parametrize("text", ["0", "", "many", "-5", "1.5", "1.5e9"])
def test_a_wrong_ceiling_is_explained_in_its_row(desk: Desk, text: str) -> None:
    desk.enter(desk.page.shop.ceiling, text)
    assert desk.changes() == []
    assert desk.page.shop.ceiling_row.words() == "A whole number of sat, 1 or more"
    desk.enter(desk.page.shop.ceiling, "500")
    assert desk.changes() == [("ceiling_sat", 500)]
    assert desk.page.shop.ceiling_row.words() == "Charge then asks once more"


@pytest.mark.parametrize(("text", "inches"), [("15.6", 15.6), ("10,1", 10.1)])
def test_a_screen_size_is_taken_with_point_or_comma(desk: Desk, text: str, inches: float) -> None:
    desk.enter(desk.page.look.inches, text)
    assert desk.changes() == [("screen_inches", inches)]


def test_a_screen_of_a_foot_is_not_believed(desk: Desk) -> None:
    desk.enter(desk.page.look.inches, "1")
    assert desk.changes() == []


def test_a_refused_change_goes_back_and_says_why(desk: Desk) -> None:
    click(desk.page.look.still)
    desk.actions.last("change").job.fail(UserError("A variable sets this.", "Unset POS_STILL."))
    assert not desk.page.look.still.isChecked()
    assert "A variable sets this." in desk.page.look.still.second_line()


def test_the_search_finds_a_page_by_its_rows(desk: Desk) -> None:
    search = desk.page.search.edit
    QTest.keyClicks(search, "contrast")
    shown = [button.text() for button in desk.page.entries() if button.isVisible()]
    assert shown == ["Look"]
    QTest.keyClick(search, Qt.Key.Key_Return)
    assert desk.page.look.isVisible()
    search.clear()
    QTest.keyClicks(search, "xyz")
    assert not [button for button in desk.page.entries() if button.isVisible()]


def test_the_list_is_whole_again_after_escape_and_when_it_is_shown_anew(desk: Desk) -> None:
    search = desk.page.search.edit
    QTest.keyClicks(search, "xyz")
    QTest.keyClick(search, Qt.Key.Key_Escape)
    assert search.text() == "" and all(button.isVisible() for button in desk.page.entries())
    QTest.keyClicks(search, "xyz")
    desk.page.hide()
    desk.page.show()
    assert search.text() == "" and all(button.isVisible() for button in desk.page.entries())


class TestServer:
    """Connecting a payments server."""

    def connect(self, desk: Desk) -> None:
        desk.page.open(desk.page.api)
        desk.page.api.url.set_text("https://pay.example")
        desk.page.api.key.set_text("k" * 32)
        click(desk.page.api.connect_button)

    def test_both_fields_are_needed(self, desk: Desk) -> None:
        desk.page.open(desk.page.api)
        click(desk.page.api.connect_button)
        assert desk.actions.count("connect") == 0
        assert desk.page.api.notice.isVisible()

    def test_the_key_is_never_readable(self, desk: Desk) -> None:
        assert desk.page.api.key.edit.displayText() == desk.page.api.key.edit.text() == ""
        desk.page.api.key.set_text("secret")
        assert "secret" not in desk.page.api.key.edit.displayText()

    def test_a_second_click_asks_nothing_more(self, desk: Desk) -> None:
        self.connect(desk)
        click(desk.page.api.connect_button)
        assert desk.actions.count("connect") == 1

    def test_success_forgets_the_key(self, desk: Desk) -> None:
        self.connect(desk)
        desk.actions.last("connect").job.succeed(preferences())
        assert desk.page.api.key.text() == ""
        assert not desk.page.api.notice.isVisible()

    def test_a_wrong_key_is_said_in_place(self, desk: Desk) -> None:
        self.connect(desk)
        desk.actions.last("connect").job.fail(UserError("The server does not know this key.", "Copy it again."))
        assert "does not know this key" in desk.page.api.notice.accessibleName()
        assert desk.page.api.form.isEnabled()

    def test_a_certificate_is_shown_and_trusted_on_confirmation(self, desk: Desk) -> None:
        self.connect(desk)
        question = Question("Nobody vouches for it.", "Compare:", "It is the same", "ab" * 32, "ab" * 32)
        desk.actions.last("connect").job.succeed(question)
        assert "abab abab" in desk.page.api.notice.text.text()
        yes = next(b for b in desk.page.api.notice.findChildren(QAbstractButton) if b.text() == "It is the same")
        click(yes)
        assert desk.actions.last("connect").values == ("https://pay.example", "k" * 32, "ab" * 32)

    def test_another_known_server_opens_its_books(self, desk: Desk) -> None:
        desk.page.open(desk.page.api)
        choices = desk.page.api.choices()
        click(choices[1])
        assert desk.actions.count("use_api") == 0
        click(choices[0])
        assert desk.actions.last("use_api").values == ("practice",)
        desk.actions.last("use_api").job.fail(UserError("The till is busy.", "End the sale first."))
        assert desk.page.api.choices()[1].isChecked()
        click(desk.page.api.choices()[0])
        desk.actions.last("use_api").job.succeed(preferences(api=APIS[0].api))
        assert desk.page.api.choices()[0].isChecked()
