"""The window's commands around stored cards, on a till that is truly there: in practice, with its line cut."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from pos_app.app import House
from pos_app.cli.program import Program
from pos_app.cli.queue_desk import NoFaults, QueueDesk, _faults
from pos_app.config.folders import Folders
from pos_app.core.errors import UserError
from pos_app.core.money import Sat
from pos_app.till.states import SaleState
from pos_app.till.views import Phase, QueueView, SaleView, Stage, StoryLine, TermsView
from pos_app.ui.bridge import Bridge
from pos_app.ui.job import Job

WAIT_MS = 30_000
PIN = "271828"


class Shop:
    """A running program, and the answers to its window's commands."""

    def __init__(self, program: Program, qtbot: QtBot) -> None:
        self.desk, self.window = program.desk, program.window
        self._qtbot = qtbot

    def answer(self, job: Job) -> object:
        """A job's value, or its error."""
        ends: list[object] = []
        job.succeeded.connect(ends.append)
        job.failed.connect(ends.append)
        self._qtbot.waitUntil(lambda: bool(ends), timeout=WAIT_MS)
        return ends[0]

    def sale(self, job: Job) -> SaleView:
        """The sale that a job brings."""
        sale = self.answer(job)
        assert isinstance(sale, SaleView), sale
        return sale

    def wait(self, happened: Callable[[], bool]) -> None:
        self._qtbot.waitUntil(happened, timeout=WAIT_MS)

    def stored_card(self) -> str:
        """Accept the risk, cut the line, and store the practice card for 21 sat by the window: the sale's id."""
        self.answer(self.desk.set_manager_pin(PIN))
        assert isinstance(self.answer(self.desk.accept_risk(PIN)), TermsView)
        assert self.answer(self.desk.set_fault("server_away", True)) == frozenset({"server_away"})
        flow = self.window.flow
        flow.charge(Sat(21), "tea", store=True)
        self.wait(lambda: flow.current is not None and bool(flow.current.sale_id))
        assert flow.current is not None and flow.current.phase is Phase.STORING
        self.answer(self.desk.tap_card())
        self.wait(lambda: self.window.pages.currentWidget() is self.window.stored)
        return flow.current.sale_id


@pytest.fixture
def shop(qapp: QApplication, qtbot: QtBot, tmp_path: Path) -> Iterator[Shop]:
    program = Program(qapp, Folders.of(tmp_path / "shop"), "practice")
    qtbot.addWidget(program.window)
    program.window.resize(1024, 600)
    program.window.show()
    yield Shop(program, qtbot)
    program.stop()


def test_a_card_is_stored_looked_at_and_paid_otherwise(shop: Shop) -> None:
    assert shop.answer(shop.desk.has_manager_pin()) is False
    sale_id = shop.stored_card()
    assert shop.answer(shop.desk.has_manager_pin()) is True
    queue = shop.answer(shop.desk.queue())
    assert isinstance(queue, QueueView)
    assert [(item.sale.sale_id, item.sale.state, item.stage) for item in queue.items] == [
        (sale_id, SaleState.OWED, Stage.STORED)
    ]
    assert (queue.store.count, queue.store.sum) == (1, Sat(21))
    story = shop.answer(shop.desk.story(sale_id))
    assert isinstance(story, tuple) and story and all(isinstance(line, StoryLine) for line in story)
    slip = shop.answer(shop.desk.pending_slip(sale_id))
    assert isinstance(slip, Path)
    assert slip.read_bytes().startswith(b"%PDF")
    assert shop.sale(shop.desk.take_back(sale_id)).phase is not Phase.CLOSED
    assert shop.sale(shop.desk.put_back(sale_id)).phase is Phase.CLOSED
    assert shop.sale(shop.desk.paid_otherwise(sale_id)).state is SaleState.PAID_OTHERWISE
    queue = shop.answer(shop.desk.queue())
    assert isinstance(queue, QueueView) and queue.items == ()


def test_a_stored_card_pays_by_itself_once_the_line_is_back(shop: Shop) -> None:
    sale_id = shop.stored_card()
    window = shop.window
    shop.wait(window.rail.isHidden)
    shop.answer(shop.desk.set_fault("server_away", False))
    shop.wait(lambda: window.pages.currentWidget() is window.result)
    assert window.flow.current is not None and window.flow.current.state is SaleState.PAID
    assert window.flow.current.sale_id == sale_id


def test_a_stored_sale_is_voided_with_the_pin_and_a_reason_only(shop: Shop) -> None:
    sale_id = shop.stored_card()
    assert isinstance(shop.answer(shop.desk.void(sale_id, "000000", "goods back")), UserError)
    assert shop.sale(shop.desk.void(sale_id, PIN, "goods back")).state is SaleState.CANCELLED
    late: tuple[Callable[[], Job], ...] = (
        lambda: shop.desk.write_off(sale_id, PIN, "lost"),
        lambda: shop.desk.goods_given(sale_id),
        lambda: shop.desk.goods_not_given(sale_id),
        lambda: shop.desk.refunded(sale_id, PIN, "cash", "note"),
        lambda: shop.desk.release(sale_id, PIN),
    )
    for command in late:
        assert shop.sale(command()).state is SaleState.CANCELLED


def test_the_owners_word_and_limits(shop: Shop) -> None:
    assert isinstance(shop.answer(shop.desk.accept_risk("")), UserError)
    shop.answer(shop.desk.set_manager_pin(PIN))
    accepted = shop.answer(shop.desk.accept_risk(PIN))
    assert isinstance(accepted, TermsView) and accepted.accepted_at_s is not None
    assert shop.answer(shop.desk.terms()) == accepted
    assert shop.answer(shop.desk.change_terms(accepted)) == accepted
    withdrawn = shop.answer(shop.desk.withdraw_consent())
    assert isinstance(withdrawn, TermsView) and withdrawn.accepted_at_s is None
    refused = shop.answer(shop.desk.charge(Sat(21), "", store=True))
    assert isinstance(refused, UserError)
    assert isinstance(shop.answer(shop.desk.unlock()), QueueView)


def test_faults_are_switched_in_practice(shop: Shop) -> None:
    assert shop.answer(shop.desk.faults()) == frozenset()
    assert shop.answer(shop.desk.set_fault("issuer_down", True)) == frozenset({"issuer_down"})
    assert shop.answer(shop.desk.faults()) == frozenset({"issuer_down"})
    assert shop.answer(shop.desk.set_fault("issuer_down", False)) == frozenset()


def test_a_real_server_has_no_switches(tmp_path: Path) -> None:
    folders = Folders.of(tmp_path / "shop")
    house = House(folders, "https://pay.example")
    with pytest.raises(NoFaults):
        asyncio.run(QueueDesk(Bridge(), folders, None)._set_fault(house, "server_away", on=True))
    assert asyncio.run(_faults(house)) == frozenset()
