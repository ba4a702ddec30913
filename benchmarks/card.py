"""From a card in the field to its checked link, to the till's words, to paid; and what the idle reader thread costs.

A simulated Bolt Card lies in the field of a simulated radio; everything above the radio is the real code: nfcpy's tag
stack, our reader thread, our decoder and rules. The floor is a bare loop over nfcpy's `sense` on the same radio, as
often as our thread looks (every 50 ms), until it has merely seen the card. Cards come at any moment between two looks.
The last two of a tap are taken in the till's window on practice books: its card service asks the engine by HTTP and
pays; the floor of paid is the practice customer who pays the code at once.
"""

from __future__ import annotations

import queue
import random
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import nfc.clf

from benchmarks.measure import Figure, median, p95
from benchmarks.rigs.report import measured
from pos_app.lnurl.card import card_link
from pos_app.net.allow import AllowList
from pos_app.nfc.backends.nfcpy import Frontend
from pos_app.nfc.events import CardRead, CardRemoved, Event
from pos_app.nfc.reader import PAUSE_S, CardReader
from pos_app.practice.card_device import SimDevice
from pos_app.practice.cards import BoltCard
from pos_app.practice.field import Field, practice_reader

TAPS = 25
IDLE_S = 4.0
WAIT_S = 10.0
SEED = 7
ALLOW = AllowList(())


def run() -> list[Figure]:
    ours, ours_idle = _ours()
    bare, bare_idle = _bare()
    with tempfile.TemporaryDirectory(prefix="pos-app-benchmark-") as folder:
        till = measured(["-m", "benchmarks.rigs.till_sales", "taps", folder], Path(folder) / "bytecode")
    seen, tapped, paid = till["feedback"], till["tapped"], till["paid"]
    return [
        Figure(
            "card in the field → its link",
            median(ours),
            "bare sense loop sees it",
            median(bare),
            goal=3,
            note=f"guide 100; p95 {p95(ours):.0f}, floor {p95(bare):.0f}",
        ),
        Figure(
            "card in the field → words painted",
            median(seen),
            "bare sense loop sees it",
            median(bare),
            note=f"p95 {p95(seen):.0f}",
        ),
        Figure(
            "card in the field → paid painted",
            median(tapped),
            "the same paid without a card",
            median(paid),
            note=f"guide p95 400; p95 {p95(tapped):.0f}",
        ),
        Figure("reader thread idle", ours_idle, "bare sense loop", bare_idle, "% of a core", note="guide 1 %"),
    ]


def _ours() -> tuple[list[float], float]:
    told: queue.Queue[tuple[float, Event]] = queue.Queue()

    def tell(event: Event) -> None:
        if isinstance(event, CardRead):
            card_link(event.texts, ALLOW)
        told.put((time.monotonic(), event))

    def await_event(kind: type[Event]) -> float:
        while True:
            at_s, event = told.get(timeout=WAIT_S)
            if isinstance(event, kind):
                return at_s

    field = Field()
    reader = CardReader(practice_reader(field), tell)
    reader.arm()
    reader.start()
    try:
        taken_ms = []
        for start_s in _taps(field):
            taken_ms.append(1000 * (await_event(CardRead) - start_s))
            field.take_away()
            await_event(CardRemoved)
        return taken_ms, _idle_percent()
    finally:
        reader.stop()


def _bare() -> tuple[list[float], float]:
    field = Field()
    stop = threading.Event()
    seen: queue.Queue[float] = queue.Queue()
    gone = threading.Event()
    frontend = Frontend(stop)
    frontend.device = SimDevice(field)

    def watch() -> None:
        was_there = False
        while not stop.wait(PAUSE_S):
            frontend.begin()
            is_there = frontend.sense(nfc.clf.RemoteTarget("106A"), iterations=1) is not None
            if is_there and not was_there:
                seen.put(time.monotonic())
            elif was_there and not is_there:
                gone.set()
            was_there = is_there

    with _running(watch, stop):
        taken_ms = []
        for start_s in _taps(field):
            taken_ms.append(1000 * (seen.get(timeout=WAIT_S) - start_s))
            field.take_away()
            gone.wait(WAIT_S)
            gone.clear()
        return taken_ms, _idle_percent()


def _taps(field: Field) -> Iterator[float]:
    """Puts a card there again and again, at any moment of the loop's pause; yields when it did."""
    chance = random.Random(SEED)
    for _ in range(TAPS):
        card = BoltCard("lnurlw://card.example/tap", bytes.fromhex("04996c6a926980"), bytes(16), bytes(15) + b"\x01")
        time.sleep(chance.uniform(0, PAUSE_S))
        start_s = time.monotonic()
        field.put(card)
        yield start_s


def _idle_percent() -> float:
    """What this process uses while it only looks at an empty field."""
    start_s, used_s = time.monotonic(), time.process_time()
    time.sleep(IDLE_S)
    return 100 * (time.process_time() - used_s) / (time.monotonic() - start_s)


@contextmanager
def _running(work: Callable[[], None], stop: threading.Event) -> Iterator[None]:
    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
