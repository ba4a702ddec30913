"""The filters of the history: search as it is typed, popovers, chips that can be taken out, dates."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from pos_app.core.money import Sat
from pos_app.till.history_views import DaySettings, Direction, HistoryChanged, HistoryFilter, RowState
from pos_app.till.mirror.days import Calendar
from pos_app.till.views import Tender
from pos_app.ui.history.filters import WrongAmount, parse_sat, parts, short
from pos_app.ui.history.ranges import DateRange, Preset, bounds, file_words, range_words
from tests.gui.history_stage import Stage
from tests.gui.stage import click, press, settle
from tests.support.records_actions import FakeWallet
from tests.support.sales import NOON_S

BERLIN = Calendar(DaySettings(4, "Europe/Berlin"))
HOUR_S = 3600


@pytest.fixture
def stage(qtbot: QtBot) -> Stage:
    made = Stage(qtbot, FakeWallet(61))
    made.answer()
    return made


def test_a_search_is_asked_for_when_typing_rests(stage: Stage) -> None:
    before = stage.actions.count("history_sums")
    QTest.keyClicks(stage.page.filters.bar.search.edit, "table")
    assert stage.actions.count("history_sums") == before
    stage.pause(1_000)
    assert stage.actions.count("history_sums") == before + 1 and stage.asked().search == "table"


def test_the_rows_of_before_stay_while_a_search_runs(stage: Stage) -> None:
    stage.type("table")
    assert stage.words(0)[1] == "Paid" and stage.page.body.shows_rows()
    older = [call for call in stage.actions.calls if not call.job.ended]
    stage.type(" 4")
    assert all(call.job.ended for call in older)
    stage.answer()
    assert stage.page.model.shown is not None and stage.page.model.shown.search == "table 4"


def test_escape_empties_the_search_and_then_leaves_it(stage: Stage) -> None:
    edit = stage.page.filters.bar.search.edit
    edit.setFocus()
    stage.type("table")
    stage.answer()
    press(edit, Qt.Key.Key_Escape)
    assert stage.asked().search == "" and edit.hasFocus()
    stage.answer()
    press(edit, Qt.Key.Key_Escape)
    assert stage.page.body.table.hasFocus()


def test_the_cross_empties_the_search(stage: Stage) -> None:
    bar = stage.page.filters.bar
    assert not bar.clear_button.isVisible()
    stage.type("table")
    settle()
    click(bar.clear_button)
    assert stage.asked().search == "" and not bar.clear_button.isVisible() and bar.search.edit.hasFocus()


def test_states_act_at_once_and_the_panel_stays(stage: Stage) -> None:
    desk = stage.page.filters
    click(desk.bar.states)
    assert desk.states.is_open()
    click(desk.states.states.row("paid"))
    click(desk.states.states.row("expired"))
    assert stage.asked().states == {RowState.PAID, RowState.EXPIRED} and desk.states.is_open()
    assert desk.bar.states.text() == "Paid +1"
    assert desk.bar.states.accessibleName() == "State: Paid, Expired"
    press(desk.states, Qt.Key.Key_Escape)
    assert not desk.states.is_open() and desk.active.isVisible()


def test_tenders(stage: Stage) -> None:
    desk = stage.page.filters
    click(desk.bar.tenders)
    click(desk.tenders.tenders.row("stored_card"))
    assert stage.asked().tenders == {Tender.STORED_CARD} and desk.bar.tenders.text() == "Stored card"


def test_direction_amount_and_tag(stage: Stage) -> None:
    desk = stage.page.filters
    click(desk.bar.more)
    more = desk.more
    stage.actions.last("history_tags").job.succeed(("lnurlp", "tpos"))
    settle()
    more.direction.chosen.emit("out")
    assert stage.asked().direction is Direction.OUT
    QTest.keyClicks(more.least.edit, "1 000")
    QTest.keyClicks(more.most.edit, "500")
    assert more.cure.isVisible()
    more.most.edit.clear()
    QTest.keyClicks(more.most.edit, "5000")
    assert not more.cure.isVisible()
    stage.pause(1_000)
    assert (stage.asked().least, stage.asked().most) == (Sat(1_000), Sat(5_000))
    more._choose_tag(frozenset({"tpos"}))
    assert stage.asked().tag == "tpos"
    words = [chip.text() for chip in desk.active.chips]
    assert words == ["Sent", "1\u202f000–5\u202f000 sat", "Tag tpos"]


def test_a_wrong_amount_asks_nothing(stage: Stage) -> None:
    desk = stage.page.filters
    click(desk.bar.more)
    before = stage.actions.count("history_sums")
    QTest.keyClicks(desk.more.least.edit, "x12")
    stage.pause(1_000)
    assert desk.more.cure.isVisible() and stage.actions.count("history_sums") == before


def test_each_part_can_be_taken_out_and_all_at_once(stage: Stage) -> None:
    desk = stage.page.filters
    desk.show(HistoryFilter(states=frozenset({RowState.PAID}), tenders=frozenset({Tender.QR}), tag="tpos"))
    stage.answer()
    assert [chip.accessibleName() for chip in desk.active.chips] == [
        "Remove the filter Paid",
        "Remove the filter QR",
        "Remove the filter Tag tpos",
    ]
    click(desk.active.chips[1])
    assert stage.asked().tenders == frozenset() and stage.asked().tag == "tpos"
    settle()
    click(desk.active.clear)
    assert stage.asked() == HistoryFilter() and not desk.active.isVisible()


def test_a_preset_closes_the_panel_and_a_new_question_starts_at_the_top(stage: Stage) -> None:
    desk, table = stage.page.filters, stage.page.body.table
    table.verticalScrollBar().setValue(900)
    click(desk.bar.dates)
    click(desk.dates.presets.row("week"))
    assert not desk.dates.is_open() and desk.bar.dates.text() == "This week"
    assert table.verticalScrollBar().value() == 900
    stage.answer()
    assert table.verticalScrollBar().value() == 0 and stage.words(0)[0] == "14 Mar 12:04"


def test_today_goes_with_the_days(stage: Stage) -> None:
    before = stage.asked()
    stage.now_s += 86_400
    stage.page.take(HistoryChanged())
    stage.pause(1_000)
    after = stage.asked()
    assert before.from_s is not None and before.until_s == after.from_s
    stage.answer()
    assert stage.page.model.shown == after


def test_own_dates_by_touch(stage: Stage) -> None:
    desk = stage.page.filters
    click(desk.bar.dates)
    month = desk.dates.calendar.days
    QTest.mouseClick(month, Qt.MouseButton.LeftButton, pos=month.place(date(2026, 3, 12)).center())
    assert desk.dates.is_open() and desk.range.first == desk.range.last == date(2026, 3, 12)
    QTest.mouseClick(month, Qt.MouseButton.LeftButton, pos=month.place(date(2026, 3, 9)).center())
    assert not desk.dates.is_open()
    assert (desk.range.first, desk.range.last) == (date(2026, 3, 9), date(2026, 3, 12))


def test_own_dates_by_key(stage: Stage) -> None:
    desk = stage.page.filters
    click(desk.bar.dates)
    calendar = desk.dates.calendar
    month = calendar.days
    press(month, Qt.Key.Key_PageUp)
    assert calendar.title.text() == "February 2026"
    press(month, Qt.Key.Key_Up)
    press(month, Qt.Key.Key_Return)
    press(month, Qt.Key.Key_Right)
    press(month, Qt.Key.Key_Return)
    assert (desk.range.first, desk.range.last) == (date(2026, 2, 7), date(2026, 2, 8))
    click(desk.bar.dates)
    click(calendar.later)
    assert calendar.title.text() == "March 2026"


def test_a_bar_of_the_day_page_shows_its_hour(stage: Stage) -> None:
    stage.page.show_filter(HistoryFilter(from_s=NOON_S - 271, until_s=NOON_S - 271 + HOUR_S))
    wanted = stage.asked()
    assert (wanted.from_s, wanted.until_s) == (NOON_S - 271, NOON_S - 271 + HOUR_S)
    assert range_words(stage.page.filters.range).startswith("14 Mar")
    assert "12:00–13:00" in stage.page.filters.bar.dates.text()


def test_the_business_day_of_the_settings_is_obeyed(qtbot: QtBot) -> None:
    stage = Stage(qtbot, FakeWallet(61))
    stage.actions.last("day_settings").job.succeed(DaySettings(0, "Pacific/Auckland"))
    stage.answer()
    moment = datetime.fromtimestamp(stage.asked().from_s or 0, ZoneInfo("Pacific/Auckland"))
    assert (moment.hour, moment.minute) == (0, 0)


def test_a_zone_that_this_computer_does_not_know_is_said_and_changes_nothing(qtbot: QtBot) -> None:
    stage = Stage(qtbot, FakeWallet(61))
    said: list[object] = []
    stage.page.failed.connect(said.append)
    stage.actions.last("day_settings").job.succeed(DaySettings(4, "Nowhere/Town"))
    stage.answer()
    assert len(said) == 1 and stage.page.body.shows_rows()


@pytest.mark.parametrize(
    ("day", "hours"), [((2026, 3, 28), 23), ((2026, 3, 27), 24), ((2026, 10, 24), 25), ((2026, 10, 25), 24)]
)
def test_days_around_a_change_of_the_clock(day: tuple[int, int, int], hours: int) -> None:
    own = DateRange(Preset.OWN, date(*day), date(*day))
    from_s, until_s = bounds(own, BERLIN, NOON_S)
    assert from_s is not None and until_s is not None and until_s - from_s == hours * HOUR_S


def test_presets_by_their_days() -> None:
    now_s = datetime(2026, 3, 14, 2, 30, tzinfo=ZoneInfo("Europe/Berlin")).timestamp()
    assert BERLIN.day_of(now_s) == date(2026, 3, 13)
    names = {preset: file_words(DateRange(preset), BERLIN, now_s) for preset in Preset}
    assert names == {
        Preset.TODAY: "2026-03-13",
        Preset.YESTERDAY: "2026-03-12",
        Preset.WEEK: "2026-03-09-to-2026-03-13",
        Preset.MONTH: "2026-03-01-to-2026-03-13",
        Preset.DAYS_30: "2026-02-12-to-2026-03-13",
        Preset.ALL: "all",
        Preset.OWN: "all",
    }


@pytest.mark.parametrize(
    ("text", "amount"),
    [("", None), ("2 100", Sat(2_100)), ("2\u202f100 sat", Sat(2_100)), ("0", Sat(0)), (" 7 ", Sat(7))],
)
def test_amounts_as_people_type_them(text: str, amount: Sat | None) -> None:
    assert parse_sat(text) == amount


@pytest.mark.parametrize("text", ["-1", "1.5", "1e3", "abc", "²", "9" * 30])
def test_what_is_no_amount(text: str) -> None:
    with pytest.raises(WrongAmount):
        parse_sat(text)


def test_nothing_filtered_has_no_parts() -> None:
    assert parts(HistoryFilter(search="x", from_s=1.0)) == ()
    assert short("Paid") == "Paid" and short("Paid, Expired, Failed") == "Paid +2"
