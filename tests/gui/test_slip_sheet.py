"""The PENDING slip on the screen: the paper, and the button for its PDF."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from pos_app.core.errors import UserError
from pos_app.till.paper import HATCH, RULE, Kind, Line
from pos_app.till.slip import slip_lines
from pos_app.till.states import SaleState
from pos_app.ui.slip_sheet import SlipSheet
from pos_app.ui.theme import Mode
from pos_app.ui.widgets.paper import Paper
from tests.gui.stage import SMALL, click, pixels, press, set_device, settle, show
from tests.support.sales import sale_view
from tests.support.window import FakeActions

SALE = sale_view(SaleState.OWED, number=152)


@pytest.fixture
def actions() -> FakeActions:
    return FakeActions()


@pytest.fixture
def sheet(qtbot: QtBot, actions: FakeActions) -> SlipSheet:
    set_device()
    page = QWidget()
    show(qtbot, page, (940, 554))
    made = SlipSheet(page, actions)
    made.open_slip(SALE, "Café Linde")
    settle()
    return made


def test_it_shows_the_lines_that_are_printed(sheet: SlipSheet) -> None:
    assert sheet.is_open() and sheet.paper.lines() == slip_lines(SALE, "Café Linde")
    assert "PENDING" in sheet.paper.accessibleName() and "not paid yet" in sheet.paper.accessibleName()


def test_the_pdf_is_asked_for_once_and_said_where_it_is(sheet: SlipSheet, actions: FakeActions) -> None:
    click(sheet.save)
    click(sheet.save)
    assert actions.count("pending_slip") == 1 and actions.last("pending_slip").values == ("sale-152",)
    actions.last("pending_slip").job.succeed(Path("slips") / "pending-152.pdf")
    assert sheet.notice.accessibleName() == "Saved as pending-152.pdf slips" and sheet.save.isEnabled()


def test_a_failure_is_said_and_can_be_tried_again(sheet: SlipSheet, actions: FakeActions) -> None:
    click(sheet.save)
    actions.last("pending_slip").job.fail(UserError("The disk is full.", "Free some space."))
    assert sheet.notice.tone == "fail" and sheet.save.isEnabled()
    click(sheet.save)
    assert actions.count("pending_slip") == 2 and not sheet.notice.isVisible()


def test_the_answer_for_another_sale_is_dropped(sheet: SlipSheet, actions: FakeActions) -> None:
    click(sheet.save)
    sheet.open_slip(sale_view(SaleState.OWED, number=153), "Café Linde")
    actions.last("pending_slip").job.succeed(Path("pending-152.pdf"))
    assert not sheet.notice.isVisible()


def test_escape_closes(sheet: SlipSheet) -> None:
    press(sheet.save, Qt.Key.Key_Escape)
    assert not sheet.is_open()


class TestPaper:
    """Black on white, as wide as the strip, as long as its lines."""

    @pytest.mark.parametrize("mode", [Mode.LIGHT, Mode.DARK, Mode.CONTRAST_DARK])
    def test_it_is_white_in_every_theme(self, qtbot: QtBot, mode: Mode) -> None:
        set_device(mode=mode)
        paper = Paper(58.0, width_u=96)
        qtbot.addWidget(paper)
        paper.show_lines(slip_lines(SALE, "Café Linde"))
        image = pixels(paper)
        assert image.pixelColor(1, 1) == QColor("#FFFFFF")
        assert image.width() == SMALL.u(96)
        colours = {
            image.pixelColor(x, y).name() for x in range(0, image.width(), 3) for y in range(0, image.height(), 3)
        }
        assert "#000000" in colours

    def test_a_longer_text_makes_it_longer(self, qtbot: QtBot) -> None:
        set_device()
        paper = Paper(58.0, width_u=96)
        qtbot.addWidget(paper)
        heights = []
        for words in ("One line.", "A sentence that does not fit in one line of paper. " * 3):
            paper.show_lines((Line(Kind.NOTE, words), RULE, HATCH, Line(Kind.FRAME, "PRACTICE", "no real money")))
            heights.append(paper.height())
        assert heights[0] < heights[1]

    def test_the_hatch_is_half_black(self, qtbot: QtBot) -> None:
        set_device()
        paper = Paper(58.0, width_u=96)
        qtbot.addWidget(paper)
        paper.show_lines((HATCH,))
        image, middle = pixels(paper), paper.height() // 2
        dark = sum(image.pixelColor(x, middle).lightness() < 128 for x in range(30, 354))
        assert 0.4 < dark / 324 < 0.6
