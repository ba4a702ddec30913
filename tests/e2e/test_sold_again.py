"""The same goods charged twice, from the keypad to the queue: both paid, in either order, on the practice network."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication
from pytestqt.qtbot import QtBot

from pos_app.cli.program import Program
from pos_app.config.folders import Folders
from pos_app.till.states import SaleState
from pos_app.till.views import QueueView, SaleView, Stage
from pos_app.ui.job import Job

WAIT_MS = 30_000
PIN = "271828"


class Till:
    """A running program, used by its window."""

    def __init__(self, program: Program, qtbot: QtBot) -> None:
        self.desk, self.window, self._bridge = program.desk, program.window, program._bridge
        self._qtbot = qtbot

    def wait(self, happened: Callable[[], bool]) -> None:
        self._qtbot.waitUntil(happened, timeout=WAIT_MS)

    def answer(self, job: Job) -> object:
        ends: list[object] = []
        job.succeeded.connect(ends.append)
        job.failed.connect(ends.append)
        self.wait(lambda: bool(ends))
        return ends[0]

    @property
    def shown(self) -> SaleView | None:
        """The sale on the screen."""
        return self.window.flow.current

    def charge(self) -> None:
        """Type 21 and press Enter."""
        QTest.keyClicks(self.window.charge, "21")
        QTest.keyClick(self.window.charge, Qt.Key.Key_Return)

    def code(self) -> SaleView:
        """The sale on the screen, once its code is there."""
        self.wait(lambda: self.shown is not None and self.shown.invoice is not None)
        assert self.shown is not None
        return self.shown

    def left(self) -> SaleView:
        """A sale of 21 sat whose code the customer has seen, and that the cashier does not wait for any more."""
        self.charge()
        sale = self.code()
        self.window.flow.stop_waiting(sale.sale_id)
        self.wait(lambda: self.shown is not None and self.shown.state is SaleState.UNCERTAIN)
        self.window.invoice.new_sale_pressed.emit()
        return sale

    def again(self) -> SaleView:
        """The same goods, charged again."""
        self.charge()
        sheet = self.window.same_goods.sheet
        assert sheet.is_open()
        assert self.shown is None
        QTest.keyClick(sheet.panel, Qt.Key.Key_S)
        assert not sheet.is_open()
        return self.code()

    def pays(self, sale: SaleView) -> None:
        """The customer pays this code, whether the till still shows it or not."""
        assert sale.invoice is not None
        bolt11 = sale.invoice.bolt11

        async def pay() -> None:
            (await self.desk._house()).let_customer_pay(bolt11, "now")

        self.answer(self._bridge.submit(pay))

    def stages(self) -> dict[str, Stage]:
        queue = self.answer(self.desk.queue())
        assert isinstance(queue, QueueView)
        return {item.sale.sale_id: item.stage for item in queue.items}

    @property
    def news(self) -> str:
        bar = self.window.news
        return bar.findChildren(QAbstractButton)[0].accessibleName() if bar.isVisible() else ""


@pytest.fixture
def till(qapp: QApplication, qtbot: QtBot, tmp_path: Path) -> Iterator[Till]:
    program = Program(qapp, Folders.of(tmp_path / "shop"), "practice")
    qtbot.addWidget(program.window)
    program.window.resize(1024, 600)
    program.window.show()
    yield Till(program, qtbot)
    program.stop()


def told_and_queued(till: Till, older: SaleView) -> None:
    """The older one is due back: it is told, stands in the queue, and leaves it when the money was given back."""
    till.window.result.new_sale_pressed.emit()
    till.wait(lambda: till.news.startswith(f"Refund due. Sale {older.number} · 21 sat"))
    assert till.stages() == {older.sale_id: Stage.REFUND_DUE}
    till.answer(till.desk.set_manager_pin(PIN))
    done = till.answer(till.desk.refunded(older.sale_id, PIN, "in cash", ""))
    assert isinstance(done, SaleView) and done.state is SaleState.REFUNDED
    assert till.stages() == {}


def paid_on_screen(till: Till, sale: SaleView) -> None:
    till.wait(lambda: till.shown is not None and till.shown.state is SaleState.PAID)
    assert till.shown is not None and till.shown.sale_id == sale.sale_id


def test_the_newer_one_is_paid_first(till: Till) -> None:
    older = till.left()
    newer = till.again()
    assert newer.replaces == older.sale_id
    till.pays(newer)
    paid_on_screen(till, newer)
    assert till.stages() == {older.sale_id: Stage.CHECKING}
    till.pays(older)
    told_and_queued(till, older)


def test_the_older_one_is_paid_first(till: Till) -> None:
    older = till.left()
    newer = till.again()
    till.pays(older)
    till.wait(lambda: till.news.startswith(f"Sale {older.number} was paid meanwhile."))
    assert till.shown is not None and till.shown.sale_id == newer.sale_id
    assert till.stages() == {}
    till.pays(newer)
    paid_on_screen(till, newer)
    told_and_queued(till, older)


def test_paid_before_the_second_charge_it_is_not_charged_again(till: Till) -> None:
    older = till.left()
    till.pays(older)
    till.wait(lambda: till.news.startswith(f"Paid. Sale {older.number}"))
    till.charge()
    sheet = till.window.same_goods.sheet
    assert sheet.is_open() and not sheet.same.isVisible()
    QTest.keyClick(sheet.panel, Qt.Key.Key_S)
    assert sheet.is_open() and till.shown is None
    QTest.keyClick(sheet.panel, Qt.Key.Key_O)
    other = till.code()
    assert other.replaces is None
    till.pays(other)
    paid_on_screen(till, other)
    assert till.stages() == {}


def test_a_sale_that_the_engine_cancelled_is_not_asked_about(till: Till) -> None:
    till.charge()
    sale = till.code()
    till.window.flow.cancel(sale.sale_id)
    till.wait(lambda: till.shown is not None and till.shown.state is SaleState.CANCELLED)
    till.window.invoice.new_sale_pressed.emit()
    till.charge()
    assert till.code().replaces is None
