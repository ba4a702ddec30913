"""Which readers are here, whether they work, and what to do if not: for `nfc list` and `doctor`."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from enum import StrEnum

from pos_app.nfc import readers
from pos_app.nfc.backends import nfcpy, pcsc
from pos_app.nfc.reader import NoReader, ReaderProblem


class State(StrEnum):
    READY = "ready"
    BLOCKED = "blocked"


@dataclass(frozen=True, slots=True)
class Found:
    """A reader. `id` is what `--reader` takes; `message` and `cure` say why a blocked one does not work."""

    id: str
    name: str
    driver: str
    state: State
    message: str = ""
    cure: str = ""


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """All readers that were seen, and what is wrong with the computer itself."""

    readers: tuple[Found, ...]
    problems: tuple[ReaderProblem, ...]


def diagnose() -> Diagnosis:
    """Look at USB and at the smart card service. Opens each USB reader for a moment: one in use shows as taken."""
    found: list[Found] = []
    problems: list[ReaderProblem] = []
    seen: tuple[readers.UsbReader, ...] = ()
    try:
        seen = readers.usb_readers()
    except ReaderProblem as problem:
        problems.append(problem)
    found.extend(_try_usb(usb) for usb in seen if usb.model.driver == "nfcpy")
    names: tuple[str, ...] = ()
    silent: ReaderProblem = NoReader()
    try:
        names = pcsc.reader_names()
    except ReaderProblem as problem:
        silent = problem
        problems.append(problem)
    found.extend(Found(f"pcsc:{name}", name, "pcsc", State.READY) for name in names)
    if not names:
        found.extend(_blocked(usb, readers.needs_pcsc(usb.model, silent)) for usb in seen if usb.model.driver == "pcsc")
    return Diagnosis(tuple(found), tuple(problems))


def _try_usb(usb: readers.UsbReader) -> Found:
    try:
        nfcpy.open_usb(usb.model, usb.bus, usb.address, threading.Event()).close()
    except ReaderProblem as problem:
        return _blocked(usb, problem)
    return Found(f"usb:{usb.model.usb_id}", usb.model.name, "nfcpy", State.READY)


def _blocked(usb: readers.UsbReader, problem: ReaderProblem) -> Found:
    model = usb.model
    return Found(f"usb:{model.usb_id}", model.name, model.driver, State.BLOCKED, problem.message, problem.cure)
