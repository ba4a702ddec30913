"""The bridge: results in the GUI thread, cancelling, owners that are gone, and an end in order."""

from __future__ import annotations

import asyncio
import sys
import threading
import time
from collections.abc import Generator

import pytest
import shiboken6
from PySide6.QtCore import QObject, QThread, Signal
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from pos_app.core.errors import UserError
from pos_app.ui.bridge import Bridge
from pos_app.ui.job import Job
from tests.conftest import LogWatch


@pytest.fixture
def bridge(qapp: QApplication) -> Generator[Bridge]:
    bridge = Bridge()
    bridge.start()
    yield bridge
    bridge.stop()
    assert bridge.loop.is_closed()


async def _answer(value: object) -> object:
    await asyncio.sleep(0)
    return value


def test_a_result_arrives_in_the_gui_thread(bridge: Bridge, qtbot: QtBot, qapp: QApplication) -> None:
    threads: list[tuple[int, QThread]] = []

    async def work() -> str:
        worked_in.append(threading.get_ident())
        return "done"

    worked_in: list[int] = []
    job = bridge.submit(work)
    job.succeeded.connect(lambda _: threads.append((threading.get_ident(), QThread.currentThread())))
    with qtbot.waitSignal(job.succeeded) as blocker:
        pass
    assert blocker.args == ["done"]
    assert threads == [(threading.get_ident(), qapp.thread())]
    assert worked_in != [threading.get_ident()]


def test_an_error_arrives_as_it_is(bridge: Bridge, qtbot: QtBot) -> None:
    async def work() -> None:
        raise UserError("The disk is full.", "Free some space.")

    with qtbot.waitSignal(bridge.submit(work).failed) as blocker:
        pass
    assert blocker.args is not None
    assert isinstance(blocker.args[0], UserError)


def test_a_fault_of_ours_is_logged_and_arrives(bridge: Bridge, qtbot: QtBot, expect_log: LogWatch) -> None:
    expect_log.expect("pos_app.ui.bridge", "failed")

    def make() -> asyncio.Future[None]:
        raise LookupError

    with qtbot.waitSignal(bridge.submit(make).failed) as blocker:  # type: ignore[arg-type]
        pass
    assert blocker.args is not None
    assert isinstance(blocker.args[0], LookupError)


def test_cancel_reaches_the_coroutine_and_waits_for_its_end(bridge: Bridge, qtbot: QtBot) -> None:
    steps: list[str] = []
    started = threading.Event()

    async def work() -> None:
        started.set()
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            steps.append("cleaned up")

    job = bridge.submit(work)
    assert started.wait(5)
    with qtbot.waitSignal(job.cancelled):
        job.cancel()
    assert steps == ["cleaned up"]
    job.cancel()


def test_a_deleted_owner_cancels_the_work_and_hears_nothing(bridge: Bridge, qtbot: QtBot) -> None:
    ended, started = threading.Event(), threading.Event()
    heard: list[object] = []
    owner = QObject()

    async def work() -> None:
        started.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    job = bridge.submit(work, owner)
    job.cancelled.connect(lambda: heard.append("cancelled"))
    assert started.wait(5)
    shiboken6.delete(owner)
    assert ended.wait(5)
    with qtbot.waitSignal(bridge.submit(lambda: _answer(1)).succeeded):
        pass
    assert heard == []


def test_a_deleted_receiver_is_no_matter(bridge: Bridge, qtbot: QtBot) -> None:
    class Receiver(QObject):
        def take(self, value: object) -> None:
            raise AssertionError(value)

    receiver = Receiver()
    job = bridge.submit(lambda: _answer(1))
    job.succeeded.connect(receiver.take)
    shiboken6.delete(receiver)
    with qtbot.waitSignal(job.succeeded):
        pass


def test_events_and_results_keep_their_order(bridge: Bridge, qtbot: QtBot) -> None:
    heard: list[object] = []
    bridge.told.connect(heard.append)

    async def work() -> str:
        bridge.post("first")
        return "second"

    job = bridge.submit(work)
    job.succeeded.connect(heard.append)
    with qtbot.waitSignal(job.succeeded):
        pass
    assert heard == ["first", "second"]


def test_stop_ends_fifty_jobs_in_order(qapp: QApplication) -> None:
    bridge = Bridge()
    bridge.start()
    ended: list[int] = []
    started = threading.Semaphore(0)

    async def work(number: int) -> None:
        started.release()
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(number)

    jobs = [bridge.submit(lambda number=number: work(number)) for number in range(50)]  # type: ignore[misc]
    for _ in jobs:
        assert started.acquire(timeout=5)
    before_s = time.monotonic()
    bridge.stop()
    assert time.monotonic() - before_s < 2
    assert sorted(ended) == list(range(50))
    bridge.stop()


def test_what_is_asked_after_the_end_says_nothing(qapp: QApplication, qtbot: QtBot) -> None:
    bridge = Bridge()
    bridge.start()
    bridge.stop()
    job = bridge.submit(lambda: _answer(1))
    bridge.post("too late")
    assert not job.ended


def test_what_is_asked_before_the_start_is_answered_after_it(qapp: QApplication, qtbot: QtBot) -> None:
    bridge = Bridge()
    job = bridge.submit(lambda: _answer(1))
    with qtbot.waitSignal(job.succeeded):
        bridge.start()
    bridge.stop()


def test_a_bridge_that_never_started_stops(qapp: QApplication) -> None:
    bridge = Bridge()
    bridge.stop()
    assert bridge.loop.is_closed()


def test_a_job_says_one_thing_once() -> None:
    job = Job()
    heard: list[object] = []
    job.succeeded.connect(heard.append)
    job.failed.connect(heard.append)
    job.succeed(1)
    job.fail(ValueError())
    job.succeed(2)
    job.give_up()
    assert heard == [1]


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="True is immortal from Python 3.12 on")
def test_signals_keep_the_count_of_true() -> None:
    """PySide6 6.12 loses one reference to True with each emit on Python 3.11, and then kills the process."""

    class Sender(QObject):
        sent = Signal(bool)

    sender = Sender()
    sender.sent.connect(lambda _: None)
    before = sys.getrefcount(True)
    for _ in range(5000):
        sender.sent.emit(True)
    assert sys.getrefcount(True) > before - 500
