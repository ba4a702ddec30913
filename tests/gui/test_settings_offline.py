"""The settings of offline cards: consent, limits, what is used of them, and the manager PIN."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from pos_app.core.errors import UserError
from pos_app.core.money import Sat
from pos_app.core.pin_errors import PinNeeded, PinWrong
from pos_app.till.views import TermsView
from pos_app.ui.pages.settings import Settings
from pos_app.ui.pages.settings_consent import consent_sentences
from pos_app.ui.pages.settings_offline import Limit
from pos_app.ui.widgets.buttons import Button
from tests.gui.stage import SMALL, click, page_size, press, set_device, settle, show
from tests.support.queue import a_terms, queue_view, some_items
from tests.support.sales import NOON_S
from tests.support.window import Call, FakeActions, preferences

TERMS = a_terms()


class Desk:
    """The settings on commands that only note, open at this page."""

    def __init__(self, qtbot: QtBot) -> None:
        self.actions = FakeActions()
        settings = Settings(self.actions, preferences())
        self.page = settings.offline
        show(qtbot, settings, (SMALL.width - SMALL.u(21), page_size(SMALL)[1]))
        settings.open(self.page)
        settle()

    def load(self, terms: TermsView = TERMS, *, pin: bool = True) -> None:
        self.actions.last("terms").job.succeed(terms)
        self.actions.last("queue").job.succeed(queue_view(*some_items()))
        self.actions.last("has_manager_pin").job.succeed(pin)
        settle()

    def enter(self, name: str, text: str) -> None:
        """Type a limit and press Enter."""
        edit = self.limit(name).field.edit
        edit.setFocus()
        edit.setText(text)
        press(edit, Qt.Key.Key_Return)

    def limit(self, name: str) -> Limit:
        return next(limit for limit in self.page.limits if limit.name == name)

    def shown(self) -> list[str]:
        return [limit.field.text() for limit in self.page.limits]

    def manager(self, pin: str = "1234") -> None:
        self.actions.last("has_manager_pin").job.succeed(True)
        QTest.keyClicks(self.page.manager.dots, pin)
        press(self.page.manager.dots, Qt.Key.Key_Return)

    def changed(self) -> Call:
        return self.actions.last("change_terms")


@pytest.fixture
def desk(qtbot: QtBot) -> Desk:
    set_device()
    made = Desk(qtbot)
    made.load()
    return made


@pytest.fixture
def fresh(qtbot: QtBot) -> Desk:
    """Nobody has accepted anything yet."""
    set_device()
    made = Desk(qtbot)
    made.load(a_terms(accepted_at_s=None), pin=False)
    return made


class TestConsent:
    """Off until the owner accepts that he carries the loss."""

    def test_the_text_is_there_before_anything_can_be_accepted(self, fresh: Desk) -> None:
        assert fresh.page.consent.isVisible() and fresh.page.accept.isVisible() and not fresh.page.on.isVisible()
        spoken = fresh.page.consent.accessibleName()
        assert spoken.startswith("You carry the loss") and all(words in spoken for words in consent_sentences())
        for words in ("nothing about a card can be checked", "a forged sticker looks the same", "the loss is yours"):
            assert words in spoken

    def test_it_takes_the_manager(self, fresh: Desk) -> None:
        click(fresh.page.accept)
        fresh.manager()
        call = fresh.actions.last("accept_risk")
        assert call.values == ("1234",)
        call.job.succeed(a_terms(accepted_at_s=NOON_S))
        settle()
        assert fresh.page.on.isVisible() and fresh.page.on.isChecked() and not fresh.page.accept.isVisible()
        assert fresh.page.accepted_row.words() == "Accepted 14 March, 12:04"

    def test_it_can_be_read_again(self, desk: Desk) -> None:
        assert not desk.page.consent.isVisible()
        read = next(b for b in desk.page.findChildren(Button) if b.text() == "Read it again")
        read.click()
        assert desk.page.consent.isVisible()
        read.click()
        assert not desk.page.consent.isVisible()

    def test_it_is_withdrawn_after_a_second_press(self, desk: Desk) -> None:
        click(desk.page.on)
        assert desk.page.on.isChecked() and desk.actions.count("withdraw_consent") == 0
        settle()
        yes = next(b for b in desk.page.notice.findChildren(Button) if b.text() == "Store no more cards")
        click(yes)
        desk.actions.last("withdraw_consent").job.succeed(a_terms(accepted_at_s=None))
        settle()
        assert desk.page.accept.isVisible() and not desk.page.on.isVisible()

    def test_a_withdrawal_that_fails_is_said(self, desk: Desk) -> None:
        click(desk.page.on)
        settle()
        click(next(b for b in desk.page.notice.findChildren(Button) if b.text() == "Store no more cards"))
        desk.actions.last("withdraw_consent").job.fail(UserError("The disk is full.", "Free some space."))
        assert desk.page.notice.accessibleName() == "The disk is full. Free some space." and desk.page.on.isChecked()


class TestLimits:
    """Five of them; raising one takes the manager."""

    def test_they_are_shown_in_the_units_of_a_person(self, desk: Desk) -> None:
        assert desk.shown() == ["20\u202f000", "100\u202f000", "20", "4", "24"]

    @pytest.mark.parametrize(
        ("name", "text", "value"),
        [
            ("tap_max", "10 000", Sat(10_000)),
            ("sum_max", "50000", Sat(50_000)),
            ("count_max", "5", 5),
            ("session_max_s", "1,5", 5_400),
            ("tap_age_max_s", "12", 43_200),
        ],
    )
    def test_a_lower_one_acts_at_once(self, desk: Desk, name: str, text: str, value: Sat | int) -> None:
        desk.enter(name, text)
        wanted = replace(TERMS, **{name: value})  # type: ignore[arg-type]
        assert desk.changed().values == (wanted, "") and desk.actions.count("change_terms") == 1
        desk.changed().job.succeed(wanted)
        assert desk.limit(name).field.text() != "" and desk.page.terms == wanted

    @pytest.mark.parametrize(
        ("name", "text", "cure"),
        [
            ("tap_max", "0", "A number, 1 or more"),
            ("tap_max", "many", "A number, 1 or more"),
            ("tap_max", "1.5", "A number, 1 or more"),
            ("tap_max", "200 000", "Must be 100\u202f000 sat or less"),
            ("sum_max", "10 000", "Must be 20\u202f000 sat or more"),
            ("count_max", "-3", "A number, 1 or more"),
            ("session_max_s", "four", "A number of hours"),
            ("tap_age_max_s", "", "A number of hours"),
        ],
    )
    def test_a_wrong_one_is_explained_in_its_row(self, desk: Desk, name: str, text: str, cure: str) -> None:
        desk.enter(name, text)
        assert desk.limit(name).row.words() == cure and desk.actions.count("change_terms") == 0
        before = {limit.name: limit.shown(TERMS) for limit in desk.page.limits}[name]
        desk.enter(name, before)
        assert desk.limit(name).row.words() != cure

    def test_a_higher_one_takes_the_manager(self, desk: Desk) -> None:
        desk.enter("tap_max", "50 000")
        wanted = replace(TERMS, tap_max=Sat(50_000))
        desk.changed().job.fail(PinNeeded("This needs the manager PIN.", ""))
        assert desk.page.manager.is_open()
        assert "Most for one card: 50\u202f000 sat." in desk.page.manager.words.text()
        desk.manager("1111")
        assert desk.changed().values == (wanted, "1111")
        desk.changed().job.fail(PinWrong("This is not the manager PIN.", "4 more.", tries_left=4))
        assert desk.page.manager.is_open() and desk.limit("tap_max").field.text() == "50 000"
        QTest.keyClicks(desk.page.manager.dots, "1234")
        press(desk.page.manager.dots, Qt.Key.Key_Return)
        desk.changed().job.succeed(wanted)
        assert desk.shown()[0] == "50\u202f000" and not desk.page.manager.is_open()

    def test_without_the_manager_it_goes_back(self, desk: Desk) -> None:
        desk.enter("count_max", "40")
        desk.changed().job.fail(PinNeeded("This needs the manager PIN.", ""))
        press(desk.page.manager.dots, Qt.Key.Key_Escape)
        assert desk.shown()[2] == "20"
        desk.enter("count_max", "40")
        assert desk.actions.count("change_terms") == 2

    def test_what_the_till_refuses_is_said_in_the_row(self, desk: Desk) -> None:
        desk.enter("count_max", "9000")
        desk.changed().job.fail(UserError("The number cannot be that.", "Choose between 1 and 1000."))
        assert desk.limit("count_max").row.words() == "The number cannot be that. Choose between 1 and 1000."

    def test_leaving_the_field_is_as_good_as_enter_and_asks_once(self, desk: Desk) -> None:
        edit = desk.limit("count_max").field.edit
        edit.setFocus()
        edit.selectAll()
        QTest.keyClicks(edit, "5")
        press(edit, Qt.Key.Key_Return)
        press(edit, Qt.Key.Key_Tab)
        assert desk.actions.count("change_terms") == 1


class TestRest:
    """What is used now, the PIN, and what cannot be read."""

    def test_what_is_used_now(self, desk: Desk) -> None:
        assert desk.page.used_row.words() == "5 of 20 sales · 37\u202f842 of 100\u202f000 sat"
        assert desk.page.meter.share() == pytest.approx(0.378, abs=0.001)

    def test_the_manager_pin_is_set_and_changed(self, fresh: Desk) -> None:
        assert fresh.page.pin_row.words() == "Not set yet" and fresh.page.pin_button.text() == "Set…"
        fresh.page.pin_button.click()
        fresh.actions.last("has_manager_pin").job.succeed(False)
        for _ in range(2):
            QTest.keyClicks(fresh.page.manager.dots, "4711")
            press(fresh.page.manager.dots, Qt.Key.Key_Return)
        fresh.actions.last("set_manager_pin").job.succeed(None)
        fresh.actions.last("has_manager_pin").job.succeed(True)
        assert fresh.page.pin_row.words() == "Set" and fresh.page.pin_button.text() == "Change…"

    def test_a_pin_chosen_while_accepting_is_shown_at_once(self, fresh: Desk) -> None:
        assert fresh.page.pin_row.words() == "Not set yet"
        fresh.page.accept.click()
        fresh.actions.last("has_manager_pin").job.succeed(False)
        for _ in range(2):
            QTest.keyClicks(fresh.page.manager.dots, "4711")
            press(fresh.page.manager.dots, Qt.Key.Key_Return)
        fresh.actions.last("set_manager_pin").job.succeed(None)
        fresh.actions.last("accept_risk").job.succeed(TERMS)
        fresh.actions.last("has_manager_pin").job.succeed(True)
        assert fresh.page.pin_row.words() == "Set" and fresh.page.pin_button.text() == "Change…"

    def test_it_is_asked_anew_when_it_is_shown_again(self, desk: Desk) -> None:
        asked = desk.actions.count("terms")
        desk.page.hide()
        desk.page.show()
        assert desk.actions.count("terms") == asked + 1

    def test_terms_that_cannot_be_read(self, qtbot: QtBot) -> None:
        set_device()
        desk = Desk(qtbot)
        desk.actions.last("terms").job.fail(UserError("The book is damaged.", "Run pos-app doctor."))
        settle()
        assert desk.page.notice.isVisible() and not desk.page.accept.isVisible()
        click(next(b for b in desk.page.notice.findChildren(Button) if b.text() == "Try again"))
        desk.load()
        assert not desk.page.notice.isVisible() and desk.page.on.isVisible()

    def test_the_search_finds_it_by_its_rows(self, desk: Desk) -> None:
        assert all(word in desk.page.words for word in ("offline cards", "most in all", "manager pin"))
