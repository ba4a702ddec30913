"""Export of what is filtered, and the bar that says how the copy of the wallet's payments stands."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QStandardPaths, Qt
from PySide6.QtWidgets import QAbstractButton, QApplication, QFileDialog
from pytestqt.qtbot import QtBot

from pos_app.core.errors import UserError
from pos_app.till.history_views import SyncChanged, SyncPhase, SyncView
from pos_app.till.views import Problem
from pos_app.ui.history.export import ExportPopover, documents, free_name
from pos_app.ui.widgets.progress import Progress
from tests.gui.history_stage import Stage
from tests.gui.stage import click, press, set_device, settle, show
from tests.support.records_actions import FakeWallet
from tests.support.sales import NOON_S


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(QStandardPaths, "writableLocation", lambda place: str(tmp_path))
    return tmp_path


@pytest.fixture
def stage(qtbot: QtBot, folder: Path) -> Stage:
    made = Stage(qtbot, FakeWallet(61))
    made.answer()
    return made


def opened(stage: Stage) -> ExportPopover:
    click(stage.page.filters.bar.export)
    settle()
    return stage.page.export


def test_it_says_what_and_where_to_and_how_many_were_written(stage: Stage, folder: Path) -> None:
    stage.type("table")
    stage.answer()
    export = opened(stage)
    file = folder / "sales-2026-03-14.csv"
    assert export.is_open() and export.title.text() == "61 rows of today" and export.file() == file
    click(export.save)
    wanted, path = stage.actions.last("export_history").values
    assert wanted == stage.asked() and path == file
    click(export.save)
    assert stage.actions.count("export_history") == 1
    file.write_text("")
    stage.actions.last("export_history").job.succeed(61)
    assert export.notice.accessibleName() == f"61 rows are in the file. {file}"
    assert not export.save.isVisible()
    settle()
    click(export.done)
    assert not export.is_open()
    opened(stage)
    assert export.file() == folder / "sales-2026-03-14 (2).csv" and export.save.isVisible()
    assert not export.notice.isVisible()


@pytest.mark.qt_log_ignore("This plugin does not support propagateSizeHints")  # of a window without a screen
def test_json_and_another_place(stage: Stage, folder: Path) -> None:
    export = opened(stage)
    export.kind.set_value("json")
    export.kind.chosen.emit("json")
    assert export.file() == folder / "sales-2026-03-14.json"
    click(export.other)
    dialog = export.window().findChild(QFileDialog)
    assert dialog is not None and dialog.isVisible()
    other = folder / "sub"
    other.mkdir()
    dialog.fileSelected.emit(str(other / "mine.json"))
    dialog.close()
    assert stage.actions.last("export_history").values[1] == other / "mine.json"


def test_a_long_export_shows_seconds_and_can_be_stopped(stage: Stage) -> None:
    export = opened(stage)
    click(export.save)
    assert not export.progress.isVisible()
    export._seconds.timeout.emit()
    assert export.progress.isVisible() and export.stop.isVisible()
    assert export.save.text() == "Writing… 0 s"
    stage.actions.last("export_history").job.give_up()
    assert export.notice.accessibleName() == "Stopped. No file was written."
    assert not export.stop.isVisible() and export.save.text() == "Save"


def test_an_export_that_fails_says_why_in_place(stage: Stage) -> None:
    export = opened(stage)
    click(export.save)
    stage.actions.last("export_history").job.fail(UserError("The disk is full.", "Choose another place."))
    assert export.notice.accessibleName() == "The disk is full. Choose another place." and export.save.isEnabled()


def test_escape_closes_it_after_a_refusal_too_and_leaving_the_page_closes_it(stage: Stage) -> None:
    export = opened(stage)
    export.save.setFocus()
    press(export.save, Qt.Key.Key_Space)
    stage.actions.last("export_history").job.fail(UserError("The disk is full."))
    settle()
    focused = QApplication.focusWidget()
    assert focused is not None and (focused is export or export.isAncestorOf(focused))
    press(focused, Qt.Key.Key_Escape)
    assert not export.is_open()
    assert opened(stage).is_open()
    stage.page.hide()
    stage.page.show()
    assert not export.is_open()


def test_a_refusal_makes_the_panel_no_taller_than_its_words(stage: Stage) -> None:
    export = opened(stage)
    click(export.save)
    stage.actions.last("export_history").job.fail(UserError("/a/b/sales.csv cannot be written: no such folder."))
    settle()
    assert export.panel.height() == export.body.totalHeightForWidth(export.panel.width())
    assert export.title.height() == export.title.sizeHint().height()


def test_without_a_folder_for_documents_it_goes_to_the_home_folder(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert documents() == folder
    monkeypatch.setattr(QStandardPaths, "writableLocation", lambda place: str(folder / "Documents"))
    assert documents() == Path.home()


def test_a_result_that_comes_after_the_panel_was_closed_is_shown_on_the_page(stage: Stage) -> None:
    export = opened(stage)
    click(export.save)
    press(export, Qt.Key.Key_Escape)
    assert not export.is_open()
    stage.actions.last("export_history").job.fail(UserError("The disk is full.", "Choose another place."))
    notice = stage.page.body.notice
    assert notice.isVisible() and notice.accessibleName() == "The disk is full. Choose another place."
    settle()
    click(notice.findChildren(QAbstractButton)[0])
    assert not notice.isVisible() and stage.page.body.shows_rows()


def test_nothing_to_export(qtbot: QtBot, folder: Path) -> None:
    stage = Stage(qtbot, FakeWallet(0))
    stage.answer()
    export = opened(stage)
    assert export.title.text() == "0 rows of today" and not export.save.isEnabled()


def test_a_name_that_is_free(tmp_path: Path) -> None:
    assert free_name(tmp_path, "sales-all", "csv").name == "sales-all.csv"
    (tmp_path / "sales-all.csv").touch()
    (tmp_path / "sales-all (2).csv").touch()
    assert free_name(tmp_path, "sales-all", "csv").name == "sales-all (3).csv"


def bar(stage: Stage, view: SyncView) -> list[str]:
    stage.page.take(SyncChanged(view))
    shown = stage.page.sync_bar
    return [shown.words.text(), shown.cure.text() if shown.cure.isVisible() else "", shown.button.text()]


def test_the_first_fill_has_a_bar_and_stops_and_goes_on(stage: Stage) -> None:
    shown = stage.page.sync_bar
    assert not shown.isVisible()
    filling = SyncView(SyncPhase.FILLING, 12_400, 62_000)
    assert bar(stage, filling) == ["Loading the wallet's payments: 12\u202f400 of 62\u202f000", "", "Stop"]
    assert shown.progress.share() == 0.2
    click(shown.button)
    click(shown.button)
    assert stage.actions.count("stop_sync") == 1
    stage.actions.last("stop_sync").job.succeed(replace(filling, phase=SyncPhase.STOPPED))
    assert shown.words.text() == "Stopped: 12\u202f400 of 62\u202f000 payments are here."
    assert "missing" in shown.cure.text() and shown.button.text() == "Go on"
    click(shown.button)
    stage.actions.last("start_sync").job.succeed(filling)
    assert shown.progress.isVisible()
    bar(stage, SyncView(SyncPhase.FRESH, as_of_s=NOON_S))
    assert not shown.isVisible()


def test_a_fill_of_unknown_length_sweeps(stage: Stage) -> None:
    assert bar(stage, SyncView(SyncPhase.FILLING, 300))[0] == "Loading the wallet's payments: 300"
    assert stage.page.sync_bar.progress.share() is None


def test_a_silent_server_says_as_of_when(stage: Stage) -> None:
    words = bar(stage, SyncView(SyncPhase.AWAY, as_of_s=NOON_S))
    assert words[0] == "As of 12:04: the server does not answer." and words[2] == "Try again"
    click(stage.page.sync_bar.button)
    stage.actions.last("start_sync").job.fail(UserError("Still nothing.", "Look at the line."))
    assert stage.page.sync_bar.accessibleName() == "Still nothing. Look at the line."
    assert stage.page.sync_bar.button.isEnabled()


def test_a_problem_stays_until_it_was_read(stage: Stage) -> None:
    shown = stage.page.sync_bar
    lost = SyncView(SyncPhase.FRESH, problem=Problem("3 payments are lost.", "Ask the server's owner."))
    assert bar(stage, lost)[:2] == ["3 payments are lost.", "Ask the server's owner."]
    settle()
    click(shown.close_button)
    assert not shown.isVisible()
    bar(stage, replace(lost, as_of_s=NOON_S))
    assert not shown.isVisible()
    bar(stage, replace(lost, problem=Problem("4 payments are lost.", "")))
    assert shown.isVisible()


def test_a_bar_that_sweeps_stands_still_while_nobody_sees_it(qtbot: QtBot) -> None:
    set_device(still=False)
    progress = Progress("Searching")
    progress.set_share(None)
    assert not progress._frames.isActive()
    show(qtbot, progress, (200, 8))
    assert progress._frames.isActive()
    before = progress.grab().toImage()
    for _ in range(10):
        progress._step()
    assert progress.grab().toImage() != before
    progress.set_share(2.0)
    assert progress.share() == 1.0 and not progress._frames.isActive()
    progress.set_share(None)
    progress.hide()
    assert not progress._frames.isActive()
