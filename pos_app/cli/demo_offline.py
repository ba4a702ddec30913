"""`pos-app demo --offline`: the line is cut, two cards are stored, the program is killed, and nothing is lost.

The program that stores is a process of its own, ended by SIGKILL. What follows is done by another one on the same
books. The faults are those of the practice banner; the till knows nothing of a demo.
"""

from __future__ import annotations

import multiprocessing
import multiprocessing.connection
import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from pos_app.cli.common import logged
from pos_app.cli.demo_stage import LIMIT_S, MOVEMENT_S, DemoFailed, DemoStage, narrate
from pos_app.config.early import PRACTICE
from pos_app.config.folders import Folders
from pos_app.config.lock import OwnerLock
from pos_app.core.money import Sat
from pos_app.till.states import SaleState
from pos_app.till.views import Phase, QueueView, SaleView, Stage, TapPhase, Tender

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

    from pos_app.cli.program import Program

AMOUNTS = (Sat(2100), Sat(700))
"""The first card pays, the second one is empty."""
LINE_CUT = "server_away"
CARD_EMPTY = "card_empty"
MANAGER_PIN = "2580"


def run_offline(folders: Folders, out: Path) -> None:
    """All of it. Raises DemoFailed, and TillRunning if another process owns the data folder."""
    began_s = time.monotonic()
    with OwnerLock(folders.data, "demo"):
        pass  # before anything begins: the processes own the folder one after the other
    pictures = _store_and_kill(folders, out, began_s)
    with _program(folders, frozenset({LINE_CUT})) as program:
        Redeeming(program, out, began_s=began_s, pictures=pictures).run()


def _store_and_kill(folders: Folders, out: Path, began_s: float) -> int:
    """Have the first process store both cards, and kill it. Gives how many pictures it made."""
    context = multiprocessing.get_context("spawn")
    heard, told = context.Pipe(duplex=False)
    storing = context.Process(target=_store, args=(folders, out, began_s, told), name="storing")
    storing.start()
    told.close()
    try:
        multiprocessing.connection.wait((heard, storing.sentinel), timeout=LIMIT_S)
        try:
            pictures = heard.recv() if heard.poll() else None
        except EOFError:
            pictures = None
        if pictures is None:
            raise DemoFailed("The cards were not stored.", "What is written above says why.")
    finally:
        storing.kill()
        storing.join()
        heard.close()
    if os.name == "posix" and storing.exitcode != -signal.SIGKILL:
        raise DemoFailed(f"The first program ended by itself, with {storing.exitcode}.")
    narrate(began_s, f"Killed process {storing.pid} with SIGKILL: nothing more could be saved.")
    return int(pictures)


def _store(folders: Folders, out: Path, began_s: float, told: Connection) -> None:
    """The first process. It does not end by itself."""
    with logged(folders), _program(folders, frozenset()) as program:
        stage = Storing(program, out, began_s=began_s)
        stage.run()
        told.send(stage.pictures)
        stage.wait()


@contextmanager
def _program(folders: Folders, faults: frozenset[str]) -> Iterator[Program]:
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    with OwnerLock(folders.data, "demo"):
        from PySide6.QtWidgets import QApplication

        from pos_app.cli.program import Program
        from pos_app.ui.theme import STYLE

        app = QApplication([*sys.argv[:1], "-style", STYLE])
        program = Program(app, folders, PRACTICE, simulated_card=PRACTICE, faults=faults)
        try:
            yield program
        finally:
            program.stop()


class _OfflineStage(DemoStage):
    def _switch(self, fault: str, *, on: bool) -> None:
        """Switch a fault in the panel of the practice banner."""
        practice = self._window.practice
        panel, button = (practice.faults, "faults") if fault == LINE_CUT else (practice.panel, "more")
        getattr(self._window.banner, button).click()
        row = practice.switches.rows[fault]
        row.click()
        if row.isChecked() is not on:
            raise DemoFailed(f"The switch {row.text()!r} is {'off' if on else 'on'}.")
        self._until(lambda: self._faults_on(fault) is on, "the fault is switched")
        panel.close_popover()

    def _faults_on(self, fault: str) -> bool:
        return fault in self._answer(self._program.desk.faults())

    def _queue(self) -> QueueView:
        """The queue by the till's word, not by the window."""
        queue: QueueView = self._answer(self._program.desk.queue())
        return queue


class Storing(_OfflineStage):
    """The line is cut, and two customers' cards are stored."""

    @property
    def pictures(self) -> int:
        return self._pictures

    def run(self) -> None:
        self._open()
        self._narrate("The till is open, in the practice books: no real money.")
        self._accept()
        self._cut()
        self._store(AMOUNTS[0], "first-card")
        self._switch(CARD_EMPTY, on=True)
        self._narrate("The next customer's card is empty. Without a line nobody can see that.")
        self._store(AMOUNTS[1], "second-card")
        items = self._queue().items
        if [item.stage for item in items] != [Stage.STORED] * len(AMOUNTS):
            raise DemoFailed("The queue does not hold both cards.")

    def wait(self) -> None:
        """For the end that comes from outside."""
        self._pause(LIMIT_S)

    def _accept(self) -> None:
        self._answer(self._program.desk.set_manager_pin(MANAGER_PIN))
        terms = self._answer(self._program.desk.accept_risk(MANAGER_PIN))
        self._window.rail.chosen.emit("settings")
        self._window.settings.open(self._window.settings.offline)
        self._pause(MOVEMENT_S)
        self._picture("limits")
        self._window.rail.chosen.emit("sell")
        self._narrate(
            f"The owner accepts that he carries the loss: up to {terms.tap_max} a card, {terms.sum_max} in all."
        )

    def _cut(self) -> None:
        window = self._window
        self._switch(LINE_CUT, on=True)
        window.banner.faults.click()
        self._pause(MOVEMENT_S)
        self._picture("line-cut")
        window.practice.close()
        self._until(lambda: window.offline.isVisible() and window.charge.pane.stores, "the till sees it")
        self._narrate("The line is cut. The till says since when it is offline; Charge has become “Store a card”.")

    def _store(self, amount: Sat, name: str) -> None:
        window = self._window
        self._type(amount)
        self._picture(f"{name}-amount")
        window.charge.pane.charge.click()
        self._until(lambda: self._sale().phase is Phase.STORING, "the till waits for a card")
        self._until(lambda: self._tap_phase() is TapPhase.READY, "the reader is ready")
        self._program.desk.tap_card()
        self._until(lambda: window.pages.currentWidget() is window.stored, "the card is stored")
        self._pause(MOVEMENT_S)
        self._picture(f"{name}-stored")
        sale = self._newest()
        if (sale.state, sale.total, sale.received) != (SaleState.OWED, amount, Sat(0)):
            raise DemoFailed(f"The books say {sale.state}, {sale.total} and {sale.received} received.")
        self._narrate(f"Stored, NOT paid: sale {sale.number} over {amount}. It is on the disk.")
        window.stored.new_sale.click()


class Redeeming(_OfflineStage):
    """The same books after the kill: the line comes back, and each card has its end."""

    def run(self) -> None:
        self._open()
        self._narrate("Started again on the same books. The line is still away.")
        self._check_kept()
        self._line_back()
        paid, declined = self._ends()
        self._check(paid, declined)
        self._narrate(f"Done. {self._pictures} pictures are in {self._out}")

    def _check_kept(self) -> None:
        items = self._queue().items
        kept = [(item.sale.state, item.sale.total, item.stage) for item in items]
        if kept != [(SaleState.OWED, amount, Stage.STORED) for amount in AMOUNTS]:
            raise DemoFailed(f"After the kill the queue holds {kept}.")
        window = self._window
        self._until(window.offline.isVisible, "the till says that it is offline")
        window.rail.chosen.emit("queue")
        self._pause(MOVEMENT_S)
        self._picture("queue-after-the-kill")
        sums = " and ".join(str(amount) for amount in AMOUNTS)
        self._narrate(f"Both cards are there: {sums}, stored, not paid.")

    def _line_back(self) -> None:
        self._switch(LINE_CUT, on=False)
        self._narrate("The line is back.")

    def _ends(self) -> tuple[SaleView, SaleView]:
        """Both sales by the books, once each has its end."""

        def ended() -> bool:
            stages = [item.stage for item in self._queue().items]
            return stages == [Stage.DECLINED]

        self._until(ended, "one card pays and the other one is declined")
        second, first = self._answer(self._program.desk.recent(len(AMOUNTS), ""))
        return first, second

    def _check(self, paid: SaleView, declined: SaleView) -> None:
        if (paid.state, paid.received, paid.tender) != (SaleState.PAID, AMOUNTS[0], Tender.STORED_CARD):
            raise DemoFailed(f"Sale {paid.number} is {paid.state}, with {paid.received} received.")
        self._narrate(f"Paid: {paid.received} arrived for sale {paid.number}, once.")
        if (declined.state, declined.received) != (SaleState.OWED, Sat(0)):
            raise DemoFailed(f"Sale {declined.number} is {declined.state}, with {declined.received} received.")
        item = self._queue().items[0]
        self._narrate(f"Declined: sale {declined.number} over {declined.total}. The issuer says: “{item.reason}”")
        self._window.side.show_in_queue(declined.sale_id)
        self._pause(MOVEMENT_S)
        self._picture("one-declined")
        self._narrate("It stays in the queue until a person ends it: a code, another card, paid otherwise …")
        self._window.rail.chosen.emit("sell")
        self._until(lambda: not self._window.offline.isVisible(), "the offline bar is gone")
        self._window.recent.open()
        self._pause(MOVEMENT_S)
        self._picture("recent-sales")
