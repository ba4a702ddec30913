"""The close of the day: nothing open is hidden, it is asked once, and nothing is closed twice."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton
from pytestqt.qtbot import QtBot

from pos_app.core.errors import RetryableError, UserError
from pos_app.core.money import THIN_SPACE, Sat
from pos_app.till.history_views import HistoryChanged
from pos_app.till.report_views import Agreement, Unresolved
from pos_app.till.states import SaleState
from pos_app.till.views import Problem, SaleChanged
from pos_app.ui.metrics import Metrics
from pos_app.ui.pages.report import ReportPage
from pos_app.ui.report.checks import checks_of
from pos_app.ui.theme import Mode
from tests.gui.stage import SMALL, WIDE, click, page_size, pixels, press, set_device, settle, show
from tests.support.reports import MADE_AT_S, a_report, z_reports
from tests.support.sales import sale_view
from tests.support.window import FakeActions, a_status


class Desk:
    """The page on commands that only note, with the report of now and twelve Z reports."""

    def __init__(self, qtbot: QtBot, metrics: Metrics = SMALL, *, text_scale: float = 1.0) -> None:
        set_device(metrics, text_scale=text_scale)
        self.actions = FakeActions()
        self.page = ReportPage(self.actions)
        self.pane = self.page.pane
        self.problems: list[Problem] = []
        self.page.failed.connect(self.problems.append)
        width, height = page_size(metrics)
        show(qtbot, self.page, (width - metrics.u(21), height))
        self.page.activate()

    def open(self) -> Desk:
        self.answer("report", a_report())
        self.answer("reports", z_reports())
        return self

    def answer(self, name: str, value: object) -> None:
        self.actions.last(name).job.succeed(value)
        settle()

    def lines(self) -> str:
        """The paper, a line each."""
        text = "\n".join(f"{line.left} {line.right}" for line in self.pane.paper.lines())
        return text.replace(THIN_SPACE, " ")

    def notice(self) -> str:
        return self.pane.notice.accessibleName() if self.pane.notice.isVisible() else ""

    def press(self, words: str) -> None:
        """A button of the question in place."""
        button = next(b for b in self.pane.notice.findChildren(QAbstractButton) if b.text() == words and b.isVisible())
        click(button)

    def close(self) -> None:
        click(self.pane.close_button)
        self.press("Close now")


@pytest.fixture
def desk(qtbot: QtBot) -> Desk:
    return Desk(qtbot).open()


def test_the_report_of_now_on_paper_and_in_checks(desk: Desk) -> None:
    assert "X report · 22 Nov 2026" in desk.lines()
    assert "NOT PAID YET OR UNCLEAR 2 16 003 sat" in desk.lines()
    assert desk.pane.when.text() == "Sun 22 Nov 2026, 20:30"
    assert desk.pane.amount.accessibleName() == "1006624 sat"
    assert desk.pane.count.text() == "paid, 104 sales"
    titles = [row.accessibleName().replace(THIN_SPACE, " ") for row in desk.pane.checks.rows]
    assert titles == [
        "Books agree. Till and payments server: the same sum, 1 006 624 sat.",
        "2 not paid or unclear, 16 003 sat. They stay open and are printed on the report.",
        "Follows Z 325. Closing writes Z report 326, which is kept for ever.",
    ]


def test_a_look_does_not_offer_to_close(desk: Desk) -> None:
    click(next(b for b in desk.pane.mode.findChildren(QAbstractButton) if b.text() == "X now"))
    assert desk.pane.heading.text() == "X report"
    assert not desk.pane.close_button.isVisible() and desk.pane.pdf.isVisible()


def test_closing_asks_once_and_closes_once(desk: Desk) -> None:
    click(desk.pane.close_button)
    assert desk.notice().startswith("Close the day now? Z report 326 is written")
    assert not desk.pane.close_button.isEnabled()
    assert desk.actions.count("close_day") == 0
    desk.press("Close now")
    click(desk.pane.close_button)
    desk.page._close()
    assert desk.actions.count("close_day") == 1
    assert not desk.pane.pdf.isEnabled()
    desk.answer("close_day", a_report(326))
    assert desk.pane.heading.text() == "Z report 326"
    assert "Z report 326 · 22 Nov 2026" in desk.lines() and "Chain" in desk.lines()
    assert desk.notice() == "Z report 326 is written. The next day has begun."
    assert not desk.pane.close_button.isVisible()
    assert desk.actions.count("reports") == 2, "it is in the list"


def test_the_question_can_be_taken_back(desk: Desk) -> None:
    click(desk.pane.close_button)
    desk.press("Back")
    assert desk.notice() == "" and desk.pane.close_button.isEnabled()
    assert desk.actions.count("close_day") == 0


def test_while_it_closes_nothing_else_is_asked(desk: Desk) -> None:
    desk.close()
    desk.page.take(HistoryChanged())
    desk.page._gather.timeout.emit()
    desk.page.activate()
    assert desk.actions.count("report") == 1
    desk.answer("close_day", a_report(326))
    assert desk.pane.heading.text() == "Z report 326"


def test_a_close_that_failed_says_why_and_looks_again(desk: Desk) -> None:
    desk.close()
    error = UserError("Nothing has happened since Z report 325.", "It is in the list of reports.")
    desk.actions.last("close_day").job.fail(error)
    assert desk.notice() == "Nothing has happened since Z report 325. It is in the list of reports."
    assert (desk.actions.count("report"), desk.actions.count("reports")) == (2, 2)
    desk.answer("report", a_report(count=0, sum=Sat(0)))
    assert desk.notice().startswith("Nothing has happened")
    assert desk.pane.close_button.isEnabled()


def test_what_is_new_is_shown_and_a_kept_report_stays(desk: Desk) -> None:
    desk.page.take(SaleChanged(sale_view()))
    desk.page.take(HistoryChanged())
    desk.page._gather.timeout.emit()
    assert desk.pane.close_button.isEnabled(), "looking again does not take the button away"
    desk.answer("report", a_report(count=105))
    assert desk.pane.count.text() == "paid, 105 sales"
    click(desk.pane.list)
    desk.page.older.chosen.emit(a_report(300))
    desk.page.take(HistoryChanged())
    desk.page._gather.timeout.emit()
    assert desk.actions.count("report") == 2
    assert desk.pane.heading.text() == "Z report 300"


def test_older_reports_are_listed_and_opened(desk: Desk) -> None:
    click(desk.pane.list)
    rows = desk.page.older.listed.rows
    assert rows.model().rowCount() == 12
    words = str(rows.model().index(0, 0).data()).replace(THIN_SPACE, " ")
    assert words == "Z 325, Sat 21 Nov 2026, 20:30, 90 sales, 901 000 sat"
    rows.setCurrentIndex(rows.model().index(1, 0))
    press(rows, Qt.Key.Key_Return)
    assert not desk.page.older.sheet.is_open() and desk.pane.heading.text() == "Z report 324"
    assert not desk.pane.mode.isVisible()
    click(desk.pane.back)
    assert desk.pane.heading.text() == "Close the day"
    desk.open()
    click(desk.pane.list)
    QTest.mouseClick(rows.viewport(), Qt.MouseButton.LeftButton, pos=rows.visualRect(rows.model().index(2, 0)).center())
    assert desk.pane.heading.text() == "Z report 323"


def test_on_wide_windows_the_list_is_docked(qtbot: QtBot) -> None:
    desk = Desk(qtbot, WIDE).open()
    rows = desk.page.older.docked_list.rows
    assert rows.isVisible()
    QTest.mouseClick(rows.viewport(), Qt.MouseButton.LeftButton, pos=rows.visualRect(rows.model().index(0, 0)).center())
    assert desk.pane.heading.text() == "Z report 325"


def test_without_reports_the_list_says_so(qtbot: QtBot) -> None:
    desk = Desk(qtbot)
    desk.answer("report", a_report())
    desk.answer("reports", ())
    assert "First of its chain" in desk.pane.checks.rows[2].accessibleName()
    click(desk.pane.list)
    assert desk.page.older.listed.none_yet.isVisible()


@pytest.mark.parametrize(("number", "name"), [(None, "x-report-2026-11-22.pdf"), (325, "z-report-325.pdf")])
def test_a_pdf_is_saved_under_a_new_name(desk: Desk, tmp_path: Path, number: int | None, name: str) -> None:
    desk.page.folder = lambda: tmp_path
    if number is not None:
        desk.page.older.chosen.emit(a_report(number))
    click(desk.pane.pdf)
    click(desk.pane.pdf)
    assert desk.actions.count("report_pdf") == 1
    assert desk.actions.last("report_pdf").values == (number, tmp_path / name)
    (tmp_path / name).touch()
    desk.answer("report_pdf", tmp_path / name)
    assert desk.notice() == f"Saved as {name} {tmp_path}"
    click(desk.pane.pdf)
    assert desk.actions.last("report_pdf").values[1] != tmp_path / name


def test_a_pdf_that_cannot_be_written_is_explained_in_place(desk: Desk) -> None:
    click(desk.pane.pdf)
    desk.actions.last("report_pdf").job.fail(UserError("The disk is full.", "Free some space."))
    assert desk.notice() == "The disk is full. Free some space."
    assert desk.pane.pdf.isEnabled()


def test_without_figures_the_page_says_why_and_tries_again(qtbot: QtBot) -> None:
    desk = Desk(qtbot)
    assert not desk.pane.close_button.isEnabled() and not desk.pane.paper.isVisible()
    desk.actions.last("report").job.fail(RetryableError("busy"))
    desk.actions.last("reports").job.fail(RetryableError("busy"))
    assert desk.notice() == "That did not work. Try again."
    assert desk.problems == [Problem("That did not work.", "Try again.")]
    desk.press("Try again")
    desk.open()
    assert desk.notice() == "" and desk.pane.paper.isVisible()


def test_escape_leads_back_step_by_step(desk: Desk, qtbot: QtBot) -> None:
    desk.page.older.chosen.emit(a_report(300))
    press(desk.page, Qt.Key.Key_Escape)
    assert desk.pane.heading.text() == "Close the day"
    with qtbot.waitSignal(desk.page.back_pressed):
        press(desk.page, Qt.Key.Key_Escape)


def test_figures_of_other_books_go_at_once(desk: Desk) -> None:
    desk.page.show_status(a_status())
    desk.page.older.chosen.emit(a_report(300))
    assert desk.pane.paper.isVisible()
    desk.page.show_status(a_status(api="Practice", practice=True))
    assert not desk.pane.paper.isVisible() and not desk.pane.pdf.isEnabled()
    desk.page.activate()
    desk.open()
    assert desk.pane.heading.text() == "Close the day" and desk.pane.paper.isVisible()


def test_checks_in_words() -> None:
    late = Unresolved("sale-9", 9, MADE_AT_S, SaleState.REFUND_DUE, Sat(700))
    report = a_report(7, unresolved=(late,), unresolved_sum=Sat(0), agreement=Agreement.NO, agreement_words="8 less.")
    books, unpaid, chain = checks_of(report, 12)
    assert (books.tone, books.title, books.words) == ("fail", "Books do not agree", "8 less.")
    assert (unpaid.tone, unpaid.title) == ("fail", "Refunds are due")
    assert unpaid.words.startswith("700 sat are to be given back.")
    assert (chain.title, chain.words) == ("Chained to Z 6", "Kept for ever, cannot be changed.")
    calm = a_report(1, unresolved=(), unresolved_sum=Sat(0), agreement=Agreement.NOT_KNOWN)
    books, unpaid, chain = checks_of(calm, 1)
    assert (books.tone, unpaid.title, chain.title) == ("attn", "Nothing is open", "First of its chain")


@pytest.mark.parametrize("mode", [Mode.LIGHT, Mode.DARK, Mode.CONTRAST_LIGHT, Mode.CONTRAST_DARK])
def test_the_paper_is_black_on_white_in_every_theme(qtbot: QtBot, mode: Mode) -> None:
    set_device(mode=mode)
    desk = Desk(qtbot)
    set_device(mode=mode)
    desk.open()
    corner = pixels(desk.pane.paper).pixelColor(2, 2)
    assert corner.name() == "#ffffff"


def test_practice_is_framed_on_the_paper(qtbot: QtBot) -> None:
    desk = Desk(qtbot)
    desk.page.show_status(a_status(practice=True))
    desk.answer("report", a_report(practice=True))
    assert "PRACTICE no real money" in desk.lines()


@pytest.mark.parametrize("metrics", [SMALL, WIDE])
@pytest.mark.parametrize("text_scale", [1.0, 1.5])
def test_nothing_is_cut_on_any_screen(qtbot: QtBot, metrics: Metrics, text_scale: float) -> None:
    desk = Desk(qtbot, metrics, text_scale=text_scale).open()
    assert desk.pane.list.isVisible() is not desk.page.older.dock.isVisible()
    for widget in (desk.pane.close_button, desk.pane.pdf, desk.pane.mode, desk.pane.heading):
        corner = widget.mapTo(desk.page, widget.rect().bottomRight())
        assert desk.page.rect().contains(corner), widget
    assert desk.page.minimumSizeHint().height() <= page_size(metrics, banner=True)[1]
