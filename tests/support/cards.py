"""A reader thread on a simulated field, and its events in order."""

from __future__ import annotations

import queue
import threading
from collections.abc import Generator
from contextlib import contextmanager

from pos_app.nfc import events
from pos_app.nfc.reader import CardReader, Opener
from pos_app.practice.cards import BoltCard
from pos_app.practice.field import Field, practice_reader

K1 = bytes.fromhex("0c3b25d92b38ae443229dd59ad34b85d")
K2 = bytes.fromhex("b45775776cb224c75bcde7ca3704e933")
UID = bytes.fromhex("04996c6a926980")
LONGEST_WAIT_S = 10.0


class Told:
    """The events of one reader, which a test waits for one by one."""

    def __init__(self) -> None:
        self._events: queue.Queue[events.Event] = queue.Queue()
        self.tell = self._events.put

    def next(self) -> events.Event:
        return self._events.get(timeout=LONGEST_WAIT_S)

    def rest(self) -> list[events.Event]:
        found = []
        while not self._events.empty():
            found.append(self._events.get())
        return found


@contextmanager
def reading(opener: Opener, *, armed: bool = True) -> Generator[tuple[CardReader, Told]]:
    """A running reader thread; the first event is still to come."""
    told = Told()
    reader = CardReader(opener, told.tell)
    if armed:
        reader.arm()
    reader.start()
    try:
        yield reader, told
    finally:
        reader.stop()


@contextmanager
def field_reader(field: Field, *, armed: bool = True) -> Generator[tuple[CardReader, Told]]:
    """The simulated reader on this field, ready."""
    with reading(practice_reader(field), armed=armed) as (reader, told):
        assert told.next() == events.ReaderReady("Practice reader")
        yield reader, told


def bolt_card(link: str = "lnurlw://h.example/card", *, frame_size: int = 128, extensions: int = 0) -> BoltCard:
    return BoltCard(link, UID, K1, K2, frame_size=frame_size, extensions=extensions)


def never() -> threading.Event:
    """A stop flag that nobody sets."""
    return threading.Event()
