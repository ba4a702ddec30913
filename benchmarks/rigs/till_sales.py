"""`python -m benchmarks.rigs.till_sales codes|taps FOLDER`: the till's window sells on practice books, and is timed.

The whole program in one process, offscreen at 1024×600, with its engine behind it. What it tells of `codes`: `qr`,
`green`, `create`, `matrix`, `plain_green` (ms each), `resident_mib`, `idle_stall`, `busy_stall` (ms late, each tick),
`rate` (API calls answered in a second); of `taps`: `feedback`, `tapped`, `paid` (ms each).
"""

from __future__ import annotations

import asyncio
import gc
import sys
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from PySide6.QtCore import QEvent, QEventLoop, QObject, Qt, QTimer, Signal, SignalInstance
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from benchmarks.measure import timed_ms
from benchmarks.rigs.paint import FirstPaint
from benchmarks.rigs.report import report, resident_mib
from pos_app.cli.program import Program
from pos_app.config.folders import Folders
from pos_app.core.money import Sat
from pos_app.payments.models import Payment
from pos_app.ui.bridge import Bridge
from pos_app.ui.widgets.qr import code_text
from pos_app.ui.widgets.tap_state import TapState

SALES = 15
TAPS = 8
SIZE_PX = (1024, 600)
PROBE_MS = 5
PROBE_S = 4.0
CALLS_PER_S = 200
WAIT_MS = 20_000
T = TypeVar("T")


class Till:
    """The program with its window open and its engine ready."""

    def __init__(self, app: QApplication, folder: Path) -> None:
        self.program = Program(app, Folders.of(folder), "practice")
        self.window = self.program.window
        self.window.resize(*SIZE_PX)
        wait(self.window.preferences_changed, self.window.show)
        self.settled_s = 0.0
        from pos_app.app import House
        from pos_app.engine.engine import Engine

        self.bridge, self.house, engine = only(Bridge), only(House), only(Engine)
        engine.ledger.listen(self._settled)

    def sell(self, amount: Sat) -> None:
        """Charge, be paid, begin anew."""
        window = self.window
        window.charge.load(amount, "")
        QApplication.processEvents()
        start_s = time.monotonic()
        wait(window.invoice.card.shown, lambda: QTest.keyClick(window.charge, Qt.Key.Key_Return))
        report("qr", 1000 * (time.monotonic() - start_s))
        start_s = time.monotonic()
        green_s = self._be_paid(lambda: window.flow.customer_pays("now"))
        report("green", 1000 * (green_s - self.settled_s))
        report("paid", 1000 * (green_s - start_s))

    def sell_by_tap(self, amount: Sat) -> None:
        """The same with the practice card, once its code is painted and the reader is free."""
        window = self.window
        window.charge.load(amount, "")
        wait(window.invoice.card.shown, lambda: QTest.keyClick(window.charge, Qt.Key.Key_Return))
        free = Painted(window.invoice.tap, lambda: window.invoice.tap.state is TapState.READY)
        wait(free.came, window.invoice.tap.update)
        seen = Painted(window.invoice.tap, lambda: window.invoice.tap.state is not TapState.READY)
        start_s = time.monotonic()
        green_s = self._be_paid(window.flow.tap_card)
        report("feedback", 1000 * (seen.at_s - start_s))
        report("tapped", 1000 * (green_s - start_s))

    def _be_paid(self, pay: Callable[[], object]) -> float:
        """Pay, wait for the green page, leave it; gives the moment at which it was painted."""
        painted = Moment()
        first = FirstPaint([self.window.result], painted.now)
        wait(painted.came, pay)
        del first
        QTest.keyClick(self.window.result, Qt.Key.Key_Return)
        return painted.at_s

    def ask(self, make: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Run a coroutine on the engine's loop while the window lives on."""
        loop = QEventLoop()
        ended: Future[T] = Future()

        async def work() -> None:
            try:
                ended.set_result(await make())
            except Exception as error:
                ended.set_exception(error)

        self.bridge.submit(work).succeeded.connect(loop.quit)
        loop.exec()
        return ended.result()

    async def create(self) -> Payment:
        """One invoice as the till asks for it. Tells how long it took."""
        start_s = time.monotonic()
        made = await self.house.client.create_invoice(amount=Sat(2100), memo="a benchmark", expiry_s=600, extra={})
        report("create", 1000 * (time.monotonic() - start_s))
        return made

    async def load(self) -> float:
        """Ask the engine 200 times a second for `PROBE_S`: of ten calls eight look, one lists, one creates."""
        client = self.house.client
        made = await self.create()
        loop = asyncio.get_running_loop()
        start_s = loop.time()
        calls: set[asyncio.Task[object]] = set()
        for number in range(int(PROBE_S * CALLS_PER_S)):
            await asyncio.sleep(start_s + number / CALLS_PER_S - loop.time())
            work: Coroutine[Any, Any, object]
            if number % 10 == 0:
                work = client.create_invoice(amount=Sat(2100), memo="a benchmark", expiry_s=600, extra={})
            elif number % 10 == 5:
                work = client.find_by_reference("benchmark")
            else:
                work = client.look(made.payment_hash)
            calls.add(asyncio.create_task(work))
        await asyncio.gather(*calls)
        return len(calls) / (loop.time() - start_s)

    def _settled(self, _settled: object) -> None:
        self.settled_s = time.monotonic()


class Moment(QObject):
    """Notes when it came."""

    came = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.at_s = 0.0

    def now(self) -> None:
        self.at_s = time.monotonic()
        self.came.emit()


class Painted(Moment):
    """Notes when the widget was painted for the first time with this being true."""

    def __init__(self, widget: QWidget, is_so: Callable[[], bool]) -> None:
        super().__init__()
        self._is_so = is_so
        widget.installEventFilter(self)

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint and not self.at_s and self._is_so():
            self.now()
        return False


class PlainGreen(QWidget):
    """The least that could tell that money came: one colour, shown at the word of another thread."""

    told = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.resize(*SIZE_PX)
        self.told.connect(self.show, Qt.ConnectionType.QueuedConnection)

    def paintEvent(self, _event: QPaintEvent) -> None:
        QPainter(self).fillRect(self.rect(), Qt.GlobalColor.darkGreen)


class Probe(QObject):
    """Every 5 ms it tells how late it is, in ms: for so long nothing could be painted or pressed."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self._name = name
        self._due_s = time.monotonic() + PROBE_MS / 1000
        self._late_ms: list[float] = []
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._tick)
        self._timer.start(PROBE_MS)

    def _tick(self) -> None:
        now_s = time.monotonic()
        self._late_ms.append(max(0.0, 1000 * (now_s - self._due_s)))
        self._due_s = now_s + PROBE_MS / 1000

    def tell(self) -> None:
        self._timer.stop()
        for late_ms in self._late_ms:
            report(self._name, late_ms)


def wait(signal: SignalInstance, act: Callable[[], object] | None = None) -> None:
    """Act, and let Qt run until the signal is emitted."""
    loop = QEventLoop()
    signal.connect(loop.quit)
    limit = QTimer()
    limit.setSingleShot(True)
    limit.timeout.connect(lambda: loop.exit(1))
    limit.start(WAIT_MS)
    if act is not None:
        QTimer.singleShot(0, act)
    if loop.exec():
        raise RuntimeError("the till did not answer")
    signal.disconnect(loop.quit)


def only(kind: type[T]) -> T:
    """The one object of this kind in the process."""
    (found,) = (each for each in gc.get_objects() if type(each) is kind)
    return found


def plain_green(till: Till) -> None:
    page = PlainGreen()
    painted = Moment()
    first = FirstPaint([page], painted.now)

    async def tell() -> float:
        start_s = time.monotonic()
        page.told.emit()
        return start_s

    start_s = till.ask(tell)
    while not painted.at_s:
        QApplication.processEvents()
    report("plain_green", 1000 * (painted.at_s - start_s))
    page.close()
    del first


def floors(till: Till) -> None:
    from qrcode import QRCode
    from qrcode.constants import ERROR_CORRECT_L

    def matrix(text: str) -> object:
        code = QRCode(error_correction=ERROR_CORRECT_L, border=0)
        code.add_data(code_text(text), optimize=0)
        return code.get_matrix()

    for _ in range(SALES):
        made = till.ask(till.create)
        report("matrix", timed_ms(partial(matrix, made.bolt11)))
        plain_green(till)


def stalls(till: Till) -> None:
    probe = Probe("idle_stall")
    till.ask(lambda: asyncio.sleep(PROBE_S))
    probe.tell()
    probe = Probe("busy_stall")
    rate = till.ask(till.load)
    probe.tell()
    report("rate", rate)


def codes(till: Till) -> None:
    for number in range(SALES):
        till.sell(Sat(2100 + number))
    report("resident_mib", resident_mib())
    floors(till)
    stalls(till)


def taps(till: Till) -> None:
    for number in range(TAPS):
        till.sell(Sat(2100 + number))
        till.sell_by_tap(Sat(3100 + number))


def main(what: str, folder: Path) -> None:
    till = Till(QApplication(sys.argv[:1]), folder)
    {"codes": codes, "taps": taps}[what](till)
    till.program.stop()


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
