"""Readers that nfcpy drives itself: by USB, or a PN532 on a serial port that was named."""

from __future__ import annotations

import errno
import logging
import threading
import time
from collections.abc import Callable
from typing import Any

import nfc
import nfc.clf
import nfc.tag
import usb1

from pos_app.nfc.models import Model
from pos_app.nfc.reader import NO_LINK, PAUSE_S, Content, Device, ReaderProblem, Unreadable, Unusable

logging.getLogger("nfc").setLevel(logging.CRITICAL)
"""Its frames hold p and c; what it warns of comes to us as an error or an event anyway."""

TOUCH_S = 2.0
TOUCH_FRAMES = 128
ABSENCES = 3
"""A card that is only moved is missed once or twice."""
_WINDOWS_DRIVER = "Give this reader the WinUSB driver (with Zadig), then plug it in again."


class OverBudget(Exception):
    """A touch took too many frames or too long, or the thread is to stop."""


class Frontend(nfc.clf.ContactlessFrontend):  # type: ignore[misc]
    """nfcpy's front end with a limit of time and frames for each touch, below its tag code.

    Cards can make that code run for ever (endless waiting-time extensions, chains, empty answers); here is the one
    place that every frame passes.
    """

    def __init__(self, stop: threading.Event, monotonic_s: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._stop = stop
        self._monotonic_s = monotonic_s
        self.begin()

    def begin(self) -> None:
        """A new touch, or the next look at the field."""
        self._frames_left = TOUCH_FRAMES
        self._end_s = self._monotonic_s() + TOUCH_S
        self.answered = True

    def exchange(self, send_data: bytes, timeout: float) -> bytearray:
        left_s = self._spend()
        self.answered = False
        answer: bytearray = super().exchange(send_data, min(timeout, left_s))
        self.answered = True
        return answer

    def sense(self, *targets: Any, **options: Any) -> Any:
        self._spend()
        return super().sense(*targets, **options)

    def _spend(self) -> float:
        left_s = self._end_s - self._monotonic_s()
        if self._stop.is_set() or left_s <= 0 or self._frames_left == 0:
            raise OverBudget
        self._frames_left -= 1
        return left_s


class NfcpyDevice:
    """The sense loop's view of an open front end: type A at 106 kbit/s, which all payment cards speak."""

    pause_s = PAUSE_S
    absences = ABSENCES

    def __init__(self, frontend: Frontend, name: str) -> None:
        self.name = name
        self._frontend = frontend
        self._target: Any = None

    def sense(self) -> bool:
        self._frontend.begin()
        try:
            self._target = self._frontend.sense(nfc.clf.RemoteTarget("106A"), iterations=1)
        except OverBudget:
            return False
        except OSError as error:
            raise _gone(self.name) from error
        return self._target is not None

    def read(self) -> Content:
        self._frontend.begin()
        try:
            tag = nfc.tag.activate(self._frontend, self._target)
            ndef = tag.ndef if tag is not None else None  # read once: each read of a Bolt Card uses up a tap
        except OSError as error:
            raise _gone(self.name) from error
        except Exception as error:  # hostile and lifted cards bring out IndexError, struct.error and more
            raise Unreadable from error
        if ndef is not None:
            return Content(str(tag.product), ndef.octets)
        if not self._frontend.answered:
            raise Unreadable
        raise Unusable(NO_LINK if tag is not None else "This sort of card cannot pay.")

    def close(self) -> None:
        try:
            self._frontend.close()
        except Exception:  # a reader that was unplugged cannot say good-bye
            logging.getLogger(__name__).info("%s was closed with an error", self.name)


def open_usb(model: Model, bus: int, address: int, stop: threading.Event) -> Device:
    """Open the reader at this place. Only the full path tells why it cannot be opened. Raises ReaderProblem."""
    return _open(f"usb:{bus:03}:{address:03}", model.name, model.modules, stop)


def open_serial(path: str, stop: threading.Event) -> Device:
    """Open `tty:PORT:pn532` or `com:COMn:pn532`, which are never searched for: the probe can upset other devices.

    Raises ReaderProblem.
    """
    return _open(path, f"PN532 on {path.split(':')[1]}", (), stop)


def _open(path: str, name: str, modules: tuple[str, ...], stop: threading.Event) -> Device:
    frontend = Frontend(stop)
    try:
        found = frontend.open(path)
    except usb1.USBError as error:
        raise ReaderProblem(f"{name} has a driver that does not fit.", _WINDOWS_DRIVER) from error
    except OSError as error:
        raise ReaderProblem(*explain(name, modules, error.errno)) from error
    if not found:
        raise _gone(name)
    return NfcpyDevice(frontend, name)


def _gone(name: str) -> ReaderProblem:
    return ReaderProblem(*explain(name, (), errno.ENODEV))


def explain(name: str, modules: tuple[str, ...], number: int | None) -> tuple[str, str]:
    """Cause and cure for what the system says when a reader is opened."""
    match number:
        case errno.EACCES | errno.EPERM:
            return f"{name} may not be used by this user.", (
                "Install the udev rule of this program (packaging/70-pos-app-nfc.rules) and plug the reader in again."
            )
        case errno.EBUSY if modules:
            return f"{name} is taken by the kernel or another program.", (
                f"Close other NFC programs. Install packaging/pos-app-nfc.conf against {modules[0]}, and restart."
            )
        case errno.EBUSY:
            return f"{name} is taken by another program.", "Close the other program, or read the card through PC/SC."
        case errno.ENOENT:
            return f"{name} is not there.", "Plug it in, and look whether the name of its port is right."
        case _:
            return f"{name} does not answer.", "Plug it in again, at another port if that does not help."
