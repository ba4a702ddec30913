"""The rows of the history: only those in sight are loaded, stale answers are dropped, the eye's row stays."""

from __future__ import annotations

from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from pos_app.core.errors import RetryableError
from pos_app.till.history_views import HistoryFilter
from pos_app.ui.history.answer import Anchor
from pos_app.ui.history.model import AROUND, WAITING_ROWS, HistoryModel
from pos_app.ui.history.pages import KEPT, PAGE, Pages
from pos_app.ui.history.texts import Column
from tests.support.records_actions import FakeWallet
from tests.support.window import FakeActions

ALL = HistoryFilter()
MILLION = 1_000_000


def loaded(wallet: FakeWallet) -> tuple[HistoryModel, FakeActions]:
    actions = FakeActions()
    model = HistoryModel(actions)
    model.ask(ALL)
    wallet.answer(actions)
    return model, actions


def ranges(actions: FakeActions) -> list[tuple[object, object]]:
    return [(call.values[1], call.values[2]) for call in actions.calls if call.name == "history_rows"]


def test_before_the_first_answer_there_are_waiting_rows(qtbot: QtBot) -> None:
    model = HistoryModel(FakeActions())
    assert model.rowCount() == WAITING_ROWS and model.row(0) is None
    assert model.data(model.index(0, 0)) == "Loading"


def test_a_million_rows_and_only_those_in_sight_are_asked_for(qtbot: QtBot) -> None:
    wallet = FakeWallet(MILLION)
    model, actions = loaded(wallet)
    assert model.rowCount() == MILLION
    for at in (999_990, 500_000, 3, 777_777):
        model.look_at(at, at + 9)
        assert model.row(at) is None or at < PAGE
        wallet.answer(actions)
        row = model.row(at)
        assert row is not None and row.key == wallet.row(at).key
    pages = [offset for offset, _ in ranges(actions)]
    assert all(limit == PAGE for _, limit in ranges(actions))
    assert len(pages) <= 1 + 4 * 2


def test_what_is_kept_is_bounded_wherever_one_has_been(qtbot: QtBot) -> None:
    wallet = FakeWallet(MILLION)
    model, actions = loaded(wallet)
    for at in range(0, MILLION, 9_973):
        model.look_at(at, at + 12)
        wallet.answer(actions)
        assert model.row(at) is not None
    assert model.kept() <= KEPT * PAGE
    model.look_at(0, 12)
    assert model.row(0) is None
    wallet.answer(actions)
    assert model.row(0) is not None


def test_a_quick_jump_leaves_no_question_behind(qtbot: QtBot) -> None:
    wallet = FakeWallet(MILLION)
    model, actions = loaded(wallet)
    for at in range(10_000, 900_000, 10_000):
        model.look_at(at, at + 9)
    waiting = [call for call in actions.calls if not call.job.ended]
    assert len(waiting) <= 2
    at = 890_000
    wallet.answer(actions)
    assert model.row(at) is not None and model.row(500_000) is None


def test_rows_just_out_of_sight_are_loaded_too(qtbot: QtBot) -> None:
    wallet = FakeWallet(1_000)
    model, actions = loaded(wallet)
    model.look_at(PAGE - AROUND, PAGE - AROUND + 5)
    wallet.answer(actions)
    assert model.row(PAGE) is not None


def test_an_answer_to_an_older_question_is_dropped(qtbot: QtBot) -> None:
    model, actions = loaded(FakeWallet(500))
    model.ask(HistoryFilter(search="a"))
    older = [call for call in actions.calls if not call.job.ended]
    model.ask(HistoryFilter(search="ab"))
    for call in older:
        call.job.succeed(FakeWallet(3).sums() if call.name == "history_sums" else ())
    assert model.rowCount() == 500 and model.shown == ALL
    FakeWallet(2).answer(actions)
    assert model.rowCount() == 2 and model.shown == HistoryFilter(search="ab")


def test_the_old_rows_stay_until_the_new_answer_is_complete(qtbot: QtBot) -> None:
    model, actions = loaded(FakeWallet(500))
    model.ask(HistoryFilter(search="a"))
    actions.last("history_sums").job.succeed(FakeWallet(2).sums())
    assert model.rowCount() == 500 and model.row(0) is not None and model.is_loading
    actions.last("history_rows").job.succeed(FakeWallet(2).rows(0, 2))
    assert model.rowCount() == 2 and not model.is_loading


def test_new_rows_shift_the_row_under_the_eye_by_their_number(qtbot: QtBot) -> None:
    wallet = FakeWallet(MILLION)
    model, actions = loaded(wallet)
    model.look_at(600_000, 600_010)
    wallet.answer(actions)
    before = model.row(600_000)
    assert before is not None
    shifts: list[int] = []
    model.swapped.connect(shifts.append)
    wallet.added = 3
    model.ask(ALL, Anchor(600_000, 600_010, ((600_000, before.key),)))
    while wallet.answer(actions):
        pass
    assert shifts == [3]
    assert model.row(600_003) == before
    assert model.rowCount() == MILLION + 3


def test_where_the_row_under_the_eye_is_gone_the_next_one_holds_the_place(qtbot: QtBot) -> None:
    wallet = FakeWallet(200)
    model, actions = loaded(wallet)
    shifts: list[int] = []
    model.swapped.connect(shifts.append)
    wallet.added = 2
    model.ask(ALL, Anchor(10, 12, ((10, "gone"), (11, FakeWallet(200).row(11).key))))
    while wallet.answer(actions):
        pass
    wallet.added = 5
    model.ask(ALL, Anchor(10, 12, ((10, "gone"),)))
    while wallet.answer(actions):
        pass
    assert shifts == [2, 3]


def test_a_failure_says_so_and_keeps_what_was_shown(qtbot: QtBot) -> None:
    model, actions = loaded(FakeWallet(500))
    said: list[object] = []
    model.failed.connect(said.append)
    model.ask(ALL)
    actions.last("history_sums").job.fail(RetryableError("away"))
    assert len(said) == 1 and model.rowCount() == 500 and not model.is_loading
    assert actions.last("history_rows").job.ended


def test_a_page_that_failed_can_be_asked_for_again(qtbot: QtBot) -> None:
    wallet = FakeWallet(1_000)
    model, actions = loaded(wallet)
    said: list[object] = []
    model.page_failed.connect(said.append)
    model.look_at(500, 510)
    for call in [call for call in actions.calls if not call.job.ended]:
        call.job.fail(RetryableError("away"))
    assert said and model.row(500) is None
    model.look_again()
    wallet.answer(actions)
    assert model.row(500) is not None


def test_a_page_shorter_than_promised_is_not_asked_for_for_ever(qtbot: QtBot) -> None:
    model, actions = loaded(FakeWallet(100))
    model.look_at(70, 90)
    actions.last("history_rows").job.succeed(())
    asked = actions.count("history_rows")
    model.look_at(70, 90)
    assert actions.count("history_rows") == asked and model.row(80) is None


def test_cells_in_words(qtbot: QtBot) -> None:
    model, _ = loaded(FakeWallet(100))
    first = [model.data(model.index(0, column)) for column in Column]
    assert first[1:] == ["Paid", "", "18\u202f431", "Card", "147", "tip 1\u202f500"]
    other = [model.data(model.index(6, column)) for column in Column]
    assert other[1:] == ["Paid", "", "13\u202f708", "tpos", "Other till", "Terrace"]
    sent = [model.data(model.index(13, column)) for column in Column]
    assert sent[1:] == ["Sent", "", "\u221211\u202f289", "Lightning", "", "Coffee beans"]
    captions = [model.headerData(column, Qt.Orientation.Horizontal) for column in Column]
    assert captions == ["Time", "State", "Amount", "Amount, sat", "By", "Sale", "Note"]


def test_pages_give_up_the_one_that_was_not_used_longest() -> None:
    wallet = FakeWallet(MILLION)
    pages = Pages()
    for page in range(KEPT):
        pages.put(page, wallet.rows(page * PAGE, PAGE))
    assert pages.use(0) and not pages.use(KEPT)
    pages.put(KEPT, wallet.rows(KEPT * PAGE, PAGE))
    assert pages.row(0) is not None and pages.row(PAGE) is None
    assert pages.find(wallet.row(KEPT * PAGE + 5).key) == KEPT * PAGE + 5
