"""The window and its commands, on a till that is truly there."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from pos_app.cli.program import Program
from pos_app.config.early import PRACTICE
from pos_app.config.folders import Folders
from pos_app.config.settings import SettingsFile
from pos_app.core.errors import UserError
from pos_app.core.money import Sat
from pos_app.till.books import practice_books
from pos_app.till.states import SaleState
from pos_app.till.views import SaleView, Tender
from pos_app.ui.actions import Preferences, Question
from pos_app.ui.job import Job
from tests.unit.cli.conftest import ADMIN_KEY, INVOICE_KEY, lnbits

HEAVY = (
    *("pydantic", "httpx", "fastapi", "bolt11", "cryptography", "keyring", "qrcode", "pos_app.app"),
    *("asyncio", "sqlite3", "platformdirs", "tomllib", "secrets", "getpass", "pos_app.cli.sell"),
)
WAIT_MS = 30_000


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    return Folders.of(tmp_path / "shop")


@pytest.fixture
def start(qapp: QApplication, qtbot: QtBot, folders: Folders) -> Iterator[Callable[..., Program]]:
    """Starts the program as the window does."""
    programs = []

    def start(*, api: str | None = None, fullscreen: bool = False) -> Program:
        program = Program(qapp, folders, api, fullscreen=fullscreen)
        programs.append(program)
        qtbot.addWidget(program.window)
        program.window.resize(1024, 600)
        program.window.show()
        return program

    yield start
    for program in programs:
        program.stop()


@pytest.fixture
def answer(qtbot: QtBot) -> Callable[[Job], object]:
    """Waits for a job's end: its value, or its error."""

    def wait(job: Job) -> object:
        ends: list[object] = []
        job.succeeded.connect(ends.append)
        job.failed.connect(ends.append)
        qtbot.waitUntil(lambda: bool(ends), timeout=WAIT_MS)
        return ends[0]

    return wait


Start = Callable[..., Program]
Answer = Callable[[Job], object]


def test_what_is_pressed_before_the_till_is_open_waits_for_it(start: Start, answer: Answer) -> None:
    program = start()
    sale = answer(program.desk.charge(Sat(21), "tea"))
    assert isinstance(sale, SaleView)
    assert (sale.amount, sale.note, sale.practice) == (Sat(21), "tea", True)


def test_a_sale_is_charged_paid_and_shown(start: Start, qtbot: QtBot) -> None:
    window = start().window
    assert window.banner.isVisible()
    window.charge.press("2")
    window.charge.press("1")
    window.charge.pane.charge.click()
    qtbot.waitUntil(lambda: window.banner.pay.isEnabled(), timeout=WAIT_MS)
    window.banner.pay.click()
    qtbot.waitUntil(lambda: window.pages.currentWidget() is window.result, timeout=WAIT_MS)
    assert window.flow.current is not None
    assert window.flow.current.state is SaleState.PAID


def test_the_practice_card_pays_a_sale(start: Start, qtbot: QtBot) -> None:
    window = start().window
    qtbot.waitUntil(window.banner.tap.isVisible, timeout=WAIT_MS)
    qtbot.waitUntil(lambda: "Reader" in window.strip.accessibleName(), timeout=WAIT_MS)
    window.charge.press("2")
    window.charge.press("1")
    window.charge.pane.charge.click()
    qtbot.waitUntil(lambda: window.flow.current is not None and window.flow.current.invoice is not None)
    window.banner.tap.click()
    qtbot.waitUntil(lambda: window.pages.currentWidget() is window.result, timeout=WAIT_MS)
    assert window.flow.current is not None
    assert (window.flow.current.state, window.flow.current.tender) == (SaleState.PAID, Tender.CARD)


def test_a_setting_that_is_changed_is_kept_and_in_force(start: Start, answer: Answer, folders: Folders) -> None:
    desk = start(fullscreen=True).desk
    preferences = answer(desk.change("volume", 40))
    assert isinstance(preferences, Preferences)
    assert (preferences.volume, preferences.fullscreen, preferences.api) == (40, True, PRACTICE)
    preferences = answer(desk.change("fullscreen", False))
    assert isinstance(preferences, Preferences)
    assert not preferences.fullscreen
    assert SettingsFile(folders.settings_file).load().volume == 40
    assert isinstance(answer(desk.change("volume", 400)), UserError)


def test_a_new_name_of_the_shop_is_on_the_strip(start: Start, answer: Answer, qtbot: QtBot) -> None:
    program = start()
    answer(program.desk.change("shop_name", "Café Linde"))
    qtbot.waitUntil(lambda: program.window.windowTitle() == "Café Linde", timeout=WAIT_MS)


def test_settings_that_are_changed_at_once_and_again_are_all_kept(
    start: Start, answer: Answer, folders: Folders, qtbot: QtBot
) -> None:
    desk = start().desk
    jobs = [desk.change("shop_name", name) for name in ("One", "Two", "Three")]
    qtbot.waitUntil(lambda: all(job.ended for job in jobs), timeout=WAIT_MS)
    assert isinstance(answer(desk.charge(Sat(21), "")), SaleView)
    assert SettingsFile(folders.settings_file).load().shop_name == "Three"


def test_a_server_is_connected_sold_through_and_left_again(start: Start, answer: Answer) -> None:
    desk = start().desk
    with lnbits() as server:
        assert isinstance(answer(desk.connect(server.url, ADMIN_KEY)), UserError)
        preferences = answer(desk.connect(server.url, INVOICE_KEY))
        assert isinstance(preferences, Preferences)
        assert preferences.api == server.url
        assert [choice.api for choice in preferences.apis] == [PRACTICE, server.url]
        preferences = answer(desk.use_api(PRACTICE))
    assert isinstance(preferences, Preferences)
    assert preferences.api == PRACTICE


def test_what_must_be_trusted_is_asked(start: Start, answer: Answer) -> None:
    question = answer(start().desk.connect("http://lnbits.example", INVOICE_KEY))
    assert isinstance(question, Question)
    assert "not encrypted" in question.message


def test_what_keeps_the_till_from_opening_is_shown(start: Start, answer: Answer, folders: Folders) -> None:
    folders.make()
    folders.settings_file.write_text("themes = 3")
    program = start()
    error = answer(program.desk.charge(Sat(21), ""))
    assert isinstance(error, UserError)
    assert "there is no setting “themes”" in error.message
    assert program.window.news.isVisible()


def test_damaged_books_are_said_and_left_as_they_are(start: Start, answer: Answer, folders: Folders) -> None:
    file = practice_books(folders.data).folder / "till.db"
    file.parent.mkdir(parents=True)
    file.write_bytes(b"no database" * 1000)
    program = start()
    for _ in range(2):
        error = answer(program.desk.charge(Sat(21), ""))
        assert isinstance(error, UserError)
        assert "till.db is damaged" in error.message and "backup" in error.cure
    assert program.window.news.isVisible()
    assert file.read_bytes() == b"no database" * 1000


def test_practice_faults_are_switched_and_outlast_other_settings(start: Start, answer: Answer) -> None:
    desk = start().desk
    assert answer(desk.faults()) == frozenset()
    assert answer(desk.set_fault("server_away", True)) == {"server_away"}
    assert isinstance(answer(desk.change("shop_name", "Café Linde")), Preferences)  # the till opens anew
    assert answer(desk.faults()) == {"server_away"}
    assert answer(desk.set_fault("server_away", False)) == frozenset()


def test_a_real_server_has_no_practice_faults(start: Start, answer: Answer) -> None:
    desk = start().desk
    with lnbits() as server:
        assert isinstance(answer(desk.connect(server.url, INVOICE_KEY)), Preferences)
        assert answer(desk.faults()) == frozenset()
        error = answer(desk.set_fault("server_away", True))
    assert isinstance(error, UserError)
    assert "in practice only" in error.message


def test_it_stops_within_a_second(start: Start, answer: Answer) -> None:
    program = start()
    answer(program.desk.recent(1, ""))
    began_s = time.monotonic()
    program.stop()
    assert time.monotonic() - began_s < 1


def test_nothing_heavy_is_loaded_before_the_first_paint(tmp_path: Path) -> None:
    script = (
        "import sys\n"
        "from PySide6.QtWidgets import QApplication\n"
        "from pos_app.cli.common import folders_of\n"
        "from pos_app.cli.main import options_of\n"
        "from pos_app.cli.program import Program\n"
        f"options = options_of(['--practice', '--data-dir', {str(tmp_path)!r}])\n"
        "app = QApplication([])\n"
        "program = Program(app, folders_of(options), options.api)\n"
        "program.window.painted.disconnect()\n"
        f"look = lambda: (print([name for name in {HEAVY!r} if name in sys.modules]), app.quit())\n"
        "program.window.painted.connect(look)\n"
        "program.window.show()\n"
        "app.exec()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, env={**os.environ}, check=True
    )
    assert done.stdout.strip() == "[]", done.stderr
