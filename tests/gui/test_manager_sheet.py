"""The manager's sheet: the PIN, the reason, wrong and locked PINs, and the first one."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from pos_app.core.errors import UserError
from pos_app.core.pin_errors import PinLocked, PinNotSet, PinWrong
from pos_app.ui.job import Job
from pos_app.ui.manager_sheet import ManagerSheet
from pos_app.ui.widgets.buttons import Button
from tests.gui.stage import BETWEEN, SMALL, Time, click, pixels, press, set_device, settle, show
from tests.support.window import FakeActions

WRONG = PinWrong("This is not the manager PIN.", "3 more, then a wait.", tries_left=3)


@dataclass
class Desk:
    """A sheet over an empty page; `sent` holds what was handed over and the job of each."""

    sheet: ManagerSheet
    actions: FakeActions
    now: Time
    sent: list[tuple[str, str]] = field(default_factory=list)
    jobs: list[Job] = field(default_factory=list)
    done: list[object] = field(default_factory=list)

    def send(self, pin: str, reason: str) -> Job:
        self.sent.append((pin, reason))
        self.jobs.append(Job())
        return self.jobs[-1]

    def ask(self, *, reason: bool = False, there: bool = True) -> None:
        """Open it; there is a PIN or not."""
        self.sheet.ask(
            "Void the sale",
            "Sale 149, 7 142 sat.",
            reason=reason,
            reasons=("Goods back", "Mistake") if reason else (),
            send=self.send,
            done=self.done.append,
        )
        self.actions.last("has_manager_pin").job.succeed(there)
        settle()

    def type(self, digits: str) -> None:
        QTest.keyClicks(self.sheet.dots, digits)

    def enter(self, digits: str) -> None:
        self.type(digits)
        press(self.sheet.dots, Qt.Key.Key_Return)


def make(qtbot: QtBot, height: int = 554) -> Desk:
    page = QWidget()
    show(qtbot, page, (940, height))
    actions, now = FakeActions(), Time(100.0)
    return Desk(ManagerSheet(page, actions, now=now), actions, now)


@pytest.fixture
def desk(qtbot: QtBot) -> Desk:
    set_device()
    return make(qtbot)


def offer(desk: Desk, words: str) -> Button:
    return next(b for b in desk.sheet.findChildren(Button) if b.text() == words)


def test_the_pin_goes_out_once_and_the_sheet_closes(desk: Desk) -> None:
    desk.ask()
    assert desk.sheet.is_open() and desk.sheet.prompt.text() == "Manager PIN"
    desk.enter("1234")
    assert desk.sent == [("1234", "")]
    desk.enter("9999")
    assert len(desk.sent) == 1
    desk.jobs[0].succeed("the sale")
    assert desk.done == ["the sale"] and not desk.sheet.is_open()


def test_the_pad_types_and_ok_needs_four_digits(desk: Desk) -> None:
    desk.ask()
    for digit in "123":
        click(desk.sheet.pad.keys[digit])
    assert not desk.sheet.pad.ok.isEnabled() and desk.sheet.dots.count == 3
    click(desk.sheet.pad.ok)
    assert desk.sent == []
    click(desk.sheet.pad.keys["4"])
    click(desk.sheet.pad.ok)
    assert desk.sent == [("1234", "")]


def test_backspace_takes_the_last_digit(desk: Desk) -> None:
    desk.ask()
    desk.type("12345")
    press(desk.sheet.dots, Qt.Key.Key_Backspace)
    press(desk.sheet.dots, Qt.Key.Key_Return)
    assert desk.sent == [("1234", "")]


def test_no_more_than_twelve_digits_and_the_field_keeps_its_width(desk: Desk) -> None:
    desk.ask()
    desk.type("12345678")
    width = desk.sheet.dots.sizeHint().width()
    desk.type("901234")
    assert desk.sheet.dots.count == 12
    assert abs(desk.sheet.dots.sizeHint().width() - width) <= 2


def test_a_wrong_pin_is_said_in_place_and_the_tries_that_are_left(desk: Desk) -> None:
    desk.ask(reason=True)
    click(offer(desk, "Goods back"))
    desk.enter("1111")
    desk.jobs[0].fail(WRONG)
    assert desk.sheet.is_open() and "3 more" in desk.sheet.notice.accessibleName()
    assert desk.sheet.dots.count == 0 and desk.sheet.reason.text() == "Goods back"
    desk.enter("1234")
    assert not desk.sheet.notice.isVisible()
    assert desk.sent == [("1111", "Goods back"), ("1234", "Goods back")]


def test_locked_counts_down_and_opens_again(desk: Desk) -> None:
    desk.ask()
    desk.enter("1111")
    desk.jobs[0].fail(PinLocked("Too many wrong PINs.", "Wait, then try again.", wait_s=47))
    assert desk.sheet.prompt.text() == "Wait 0:47" and not desk.sheet.pad.keys["1"].isEnabled()
    desk.enter("1234")
    desk.now.seconds = 130.0
    desk.sheet.tick()
    assert desk.sheet.prompt.text() == "Wait 0:17" and len(desk.sent) == 1
    desk.now.seconds = 147.0
    desk.sheet.tick()
    assert desk.sheet.prompt.text() == "Manager PIN" and not desk.sheet.notice.isVisible()
    desk.enter("1234")
    assert len(desk.sent) == 2


def test_the_wrong_one_that_begins_the_wait_closes_the_pad_at_once(desk: Desk) -> None:
    desk.ask()
    desk.enter("1111")
    desk.jobs[0].fail(PinWrong("This is not the manager PIN.", "Wait 30 s.", tries_left=0, wait_s=30))
    assert desk.sheet.prompt.text() == "Wait 0:30" and not desk.sheet.pad.keys["1"].isEnabled()
    assert "not the manager PIN" in desk.sheet.notice.accessibleName()
    desk.enter("1234")
    assert len(desk.sent) == 1


def test_a_key_that_takes_nothing_looks_so(desk: Desk) -> None:
    desk.ask()
    taking = pixels(desk.sheet.pad.keys["5"])
    desk.enter("1111")
    settle()
    assert pixels(desk.sheet.pad.keys["5"]) != taking


def test_a_reason_is_needed_where_one_is_kept(desk: Desk) -> None:
    desk.ask(reason=True)
    desk.enter("1234")
    assert desk.sent == [] and desk.sheet.notice.accessibleName().startswith("A reason is needed.")
    QTest.keyClicks(desk.sheet.reason.field.edit, "  came back ")
    assert not desk.sheet.notice.isVisible()
    press(desk.sheet.reason.field.edit, Qt.Key.Key_Return)
    press(desk.sheet.dots, Qt.Key.Key_Return)
    assert desk.sent == [("1234", "came back")]


def test_digits_of_a_reason_are_no_pin(desk: Desk) -> None:
    desk.ask(reason=True)
    QTest.keyClicks(desk.sheet.reason.field.edit, "Table 4")
    assert desk.sheet.dots.count == 0 and desk.sheet.reason.text() == "Table 4"


class TestFirstUse:
    """There is no manager PIN yet."""

    def test_it_is_set_twice_and_then_used(self, desk: Desk) -> None:
        desk.ask(there=False)
        assert "There is no manager PIN yet" in desk.sheet.prompt.text()
        desk.enter("4711")
        assert desk.sheet.prompt.text() == "The same PIN once more" and desk.sheet.dots.count == 0
        desk.enter("4711")
        assert desk.actions.last("set_manager_pin").values == ("4711", "") and desk.sent == []
        desk.actions.last("set_manager_pin").job.succeed(None)
        assert desk.sent == [("4711", "")]

    def test_two_that_differ_begin_anew(self, desk: Desk) -> None:
        desk.ask(there=False)
        desk.enter("4711")
        desk.enter("4712")
        assert desk.actions.count("set_manager_pin") == 0
        assert "not the same" in desk.sheet.notice.accessibleName()
        desk.enter("4713")
        desk.enter("4713")
        assert desk.actions.last("set_manager_pin").values == ("4713", "")

    def test_a_missing_reason_asks_for_the_pin_that_was_set(self, desk: Desk) -> None:
        desk.ask(reason=True, there=False)
        desk.enter("4711")
        desk.enter("4711")
        desk.actions.last("set_manager_pin").job.succeed(None)
        assert desk.sent == [] and desk.sheet.prompt.text() == "Manager PIN"
        assert desk.sheet.notice.accessibleName().startswith("A reason is needed.")
        click(offer(desk, "Mistake"))
        desk.enter("4711")
        assert desk.sent == [("4711", "Mistake")]

    def test_it_is_gone_meanwhile(self, desk: Desk) -> None:
        desk.ask()
        desk.enter("1234")
        desk.jobs[0].fail(PinNotSet("There is no manager PIN yet.", "Set one first."))
        assert "There is no manager PIN yet" in desk.sheet.prompt.text()


class TestChange:
    """The PIN itself is changed."""

    def begin(self, desk: Desk, *, there: bool) -> None:
        desk.sheet.change_pin(desk.done.append)
        desk.actions.last("has_manager_pin").job.succeed(there)
        settle()

    def test_the_old_one_first_then_the_new_one_twice(self, desk: Desk) -> None:
        self.begin(desk, there=True)
        assert desk.sheet.prompt.text() == "The PIN in force"
        desk.enter("1234")
        assert desk.sheet.prompt.text() == "The new PIN: 4 to 12 digits"
        desk.enter("4711")
        desk.enter("4711")
        call = desk.actions.last("set_manager_pin")
        assert call.values == ("4711", "1234")
        call.job.succeed(None)
        assert desk.done == [None] and not desk.sheet.is_open()

    def test_a_wrong_old_one_is_asked_for_again(self, desk: Desk) -> None:
        self.begin(desk, there=True)
        for digits in ("1111", "4711", "4711"):
            desk.enter(digits)
        desk.actions.last("set_manager_pin").job.fail(WRONG)
        assert desk.sheet.prompt.text() == "The PIN in force" and "3 more" in desk.sheet.notice.accessibleName()

    def test_the_first_one(self, desk: Desk) -> None:
        self.begin(desk, there=False)
        desk.enter("4711")
        desk.enter("4711")
        assert desk.actions.last("set_manager_pin").values == ("4711", "")


def test_escape_closes_and_forgets(desk: Desk) -> None:
    desk.ask(reason=True)
    desk.type("1234")
    press(desk.sheet.dots, Qt.Key.Key_Escape)
    settle()
    assert not desk.sheet.is_open() and desk.sheet.dots.count == 0
    desk.ask(reason=True)
    assert desk.sheet.reason.text() == "" and desk.sheet.dots.count == 0 and desk.sent == []


def test_it_does_not_close_while_the_pin_is_looked_at(desk: Desk) -> None:
    desk.ask()
    desk.enter("1234")
    press(desk.sheet.dots, Qt.Key.Key_Escape)
    click(desk.sheet.close_button)
    assert desk.sheet.is_open()
    desk.jobs[0].fail(WRONG)
    press(desk.sheet.dots, Qt.Key.Key_Escape)
    assert not desk.sheet.is_open()


def test_the_answer_to_an_older_question_is_dropped(desk: Desk) -> None:
    desk.sheet.ask("Void", "", reason=False, send=desk.send, done=desk.done.append)
    older = desk.actions.last("has_manager_pin").job
    press(desk.sheet.dots, Qt.Key.Key_Escape)
    settle()
    desk.sheet.ask("Write off", "", reason=False, send=desk.send, done=desk.done.append)
    older.succeed(True)
    assert desk.sheet.prompt.text() == ""
    desk.actions.last("has_manager_pin").job.succeed(False)
    assert "There is no manager PIN yet" in desk.sheet.prompt.text()


def test_a_pin_file_that_cannot_be_read_is_said_and_can_be_tried_again(desk: Desk) -> None:
    desk.sheet.ask("Void", "", reason=True, reasons=("Mistake",), send=desk.send, done=desk.done.append)
    desk.actions.last("has_manager_pin").job.fail(UserError("The PIN cannot be read.", "Look at the folder."))
    assert desk.sheet.notice.accessibleName() == "The PIN cannot be read. Look at the folder."
    settle()
    click(offer(desk, "Try again"))
    desk.actions.last("has_manager_pin").job.succeed(True)
    click(offer(desk, "Mistake"))
    desk.enter("1234")
    assert desk.sent == [("1234", "Mistake")]


@pytest.mark.parametrize("scale", [1.0, 1.5])
def test_keys_of_fifteen_millimetres_in_the_smallest_page(qtbot: QtBot, scale: float) -> None:
    set_device(SMALL if scale == 1.0 else BETWEEN, text_scale=scale)
    desk = make(qtbot, height=458)
    desk.ask(reason=True)
    keys = desk.sheet.pad.keys.values()
    assert min(key.height() for key in keys) >= SMALL.u(17)
    assert max(key.mapTo(desk.sheet, key.rect().bottomLeft()).y() for key in keys) <= 458
