"""The reader thread: opens a reader, watches its field, tells one event for each touch.

A card is read at most once for each touch, and only if the reader was armed when the card came: one that lies there
from the last sale must be lifted first. A reader that is unplugged is looked for again and again, ever more slowly.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from pos_app.core.errors import UserError
from pos_app.nfc import events, ndef

log = logging.getLogger(__name__)

PAUSE_S = 0.05
FIRST_BACK_OFF_S = 0.5
LAST_BACK_OFF_S = 8.0
UNREADABLE_PER_TOUCH = 3
STOP_S = 1.0
NO_LINK = "There is no payment link on this card."
DAMAGED = "What is written on this card is damaged."


class ReaderProblem(UserError):
    """No reader can be used, with the cause and its cure."""


class NoReader(ReaderProblem):
    """Nothing that we could use is plugged in."""

    def __init__(self) -> None:
        super().__init__("No card reader is plugged in.", "Plug in a reader, or take payments by QR only.")


class Unreadable(Exception):
    """The card was lost while it was read, or did not answer as it should."""


class Unusable(Exception):
    """The card answered, and holds nothing for us. The text is one plain sentence."""


@dataclass(frozen=True, slots=True)
class Content:
    """What one read gave: the sort of chip and its NDEF message."""

    kind: str
    message: bytes


class Device(Protocol):
    """An open reader. All methods are called in the reader thread; none takes much longer than 0.1 s without a card."""

    name: str
    pause_s: float
    """How long to wait between two looks at the field."""
    absences: int
    """So many empty looks in a row mean that the card was taken away."""

    def sense(self) -> bool:
        """Whether a card is in the field. Raises ReaderProblem when the reader is gone."""

    def read(self) -> Content:
        """Read the card that was sensed. Raises Unreadable, Unusable, ReaderProblem."""

    def close(self) -> None:
        """Let go of the reader; never raises."""


Opener = Callable[[threading.Event], Device]
"""Opens a reader in the reader thread, or raises ReaderProblem. Reads must end soon after the given event is set."""


def plugged_in_reader(wanted: str = "") -> Opener:
    """Opens the reader of this name (see `readers.open_reader`), or whichever works."""

    def open_reader(stop: threading.Event) -> Device:
        from pos_app.nfc import readers  # nfcpy takes long to import, so only in the reader thread

        return readers.open_reader(wanted, stop)

    return open_reader


class CardReader:
    """Runs the thread. `tell` is called in it, with one event after the other, and must return quickly."""

    def __init__(self, opener: Opener, tell: Callable[[events.Event], None]) -> None:
        self._opener = opener
        self._tell = tell
        self._stop = threading.Event()
        self._armed = threading.Event()
        self._touch: _Touch | None = None
        self._lost: events.ReaderLost | None = None
        self._back_off_s = FIRST_BACK_OFF_S
        self._thread = threading.Thread(target=self._run, name="card reader", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """End the thread; it looks at its stop flag before every frame that goes to a card."""
        self._stop.set()
        self._thread.join(STOP_S)
        if self._thread.is_alive():
            log.warning("the card reader does not let go; it is left behind")

    def arm(self) -> None:
        """Read the next card that comes. From any thread."""
        self._armed.set()

    def disarm(self) -> None:
        """Only tell that a card came. From any thread."""
        self._armed.clear()

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self._serve()
            except ReaderProblem as problem:
                self._tell_lost(problem)
            except Exception as error:  # a driver's own fault must not end the thread
                name = type(error).__name__
                self._tell_lost(ReaderProblem(f"The card reader failed ({name}).", "Unplug it and plug it in again."))
            self._stop.wait(self._back_off_s)
            self._back_off_s = min(2 * self._back_off_s, LAST_BACK_OFF_S)

    def _serve(self) -> None:
        """Open a reader and watch it until it is gone."""
        device = self._opener(self._stop)
        try:
            self._lost = None
            self._say(events.ReaderReady(device.name))
            while not self._stop.is_set():
                self._look(device)
                self._back_off_s = FIRST_BACK_OFF_S
                self._stop.wait(device.pause_s)
        finally:
            device.close()

    def _tell_lost(self, problem: ReaderProblem) -> None:
        lost = events.ReaderLost(problem.message, problem.cure, missing=isinstance(problem, NoReader))
        if lost != self._lost:
            self._lost = lost
            log.info("%s", lost.message)
            self._say(lost)

    def _say(self, event: events.Event) -> None:
        if not self._stop.is_set():  # who stopped the thread may be gone already
            self._tell(event)

    def _look(self, device: Device) -> None:
        """One look at the field."""
        if not device.sense():
            if self._touch is not None:
                self._touch.absences += 1
                if self._touch.absences >= device.absences:
                    self._touch = None
                    self._say(events.CardRemoved())
            return
        if self._touch is None:
            armed = self._armed.is_set()
            self._touch = _Touch(tries=UNREADABLE_PER_TOUCH if armed else 0)
            self._say(events.CardSeen(armed))
        self._touch.absences = 0
        if self._touch.tries:
            self._read(device, self._touch)

    def _read(self, device: Device, touch: _Touch) -> None:
        try:
            content = device.read()
            records = ndef.decode(content.message)
        except Unreadable:
            touch.tries -= 1
            self._say(events.CardUnreadable())
        except Unusable as error:
            touch.tries = 0
            self._say(events.CardUnusable(str(error)))
        except ndef.NdefError:
            touch.tries = 0
            self._say(events.CardUnusable(DAMAGED))
        else:
            touch.tries = 0
            found = events.CardRead(content.kind, records)
            self._say(found if found.texts else events.CardUnusable(NO_LINK))


@dataclass(slots=True)
class _Touch:
    """A card in the field, from its coming to its going: also across a reader that was unplugged meanwhile."""

    tries: int
    """Reads that are left for this touch."""
    absences: int = 0
