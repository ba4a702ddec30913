"""What is plugged in, and which backend speaks to it."""

from __future__ import annotations

import threading
from dataclasses import dataclass

import usb1

from pos_app.nfc.backends import nfcpy, pcsc
from pos_app.nfc.models import MODELS, Model
from pos_app.nfc.reader import Device, NoReader, ReaderProblem


@dataclass(frozen=True, slots=True)
class UsbReader:
    """A known reader at its place on the bus, which changes each time it is plugged in."""

    model: Model
    bus: int
    address: int


def usb_readers() -> tuple[UsbReader, ...]:
    """Known readers on USB. Raises ReaderProblem where there is no libusb."""
    models = {(model.vendor, model.product): model for model in MODELS}
    try:
        with usb1.USBContext() as context:
            devices = context.getDeviceList(skip_on_error=True)
            places = [(d.getVendorID(), d.getProductID(), d.getBusNumber(), d.getDeviceAddress()) for d in devices]
    except (OSError, usb1.USBError) as error:
        raise ReaderProblem("libusb is missing.", "Install libusb 1.0 (on Debian: libusb-1.0-0).") from error
    return tuple(UsbReader(models[v, p], bus, address) for v, p, bus, address in places if (v, p) in models)


def open_reader(wanted: str, stop: threading.Event) -> Device:
    """Open the reader of this name, or without one whichever works: USB readers first, then those of PC/SC.

    Names: `usb:054c:06c3`, `tty:USB0:pn532`, `com:COM3:pn532`, `pcsc:` and a part of the reader's name.
    Raises ReaderProblem.
    """
    kind, _, name = wanted.partition(":")
    match kind:
        case "":
            return _open_any(stop)
        case "tty" | "com" if name:
            return nfcpy.open_serial(wanted, stop)
        case "pcsc":
            return pcsc.open_reader(stop, name)
        case "usb":
            found = [usb for usb in usb_readers() if usb.model.usb_id == name.lower()]
            return _open_first(found, stop, [])
        case _:
            raise ReaderProblem(f"“{wanted}” is not the name of a reader.", "See them with: pos-app nfc list")


def _open_any(stop: threading.Event) -> Device:
    problems: list[ReaderProblem] = []
    seen: tuple[UsbReader, ...] = ()
    try:
        seen = usb_readers()
    except ReaderProblem as problem:
        problems.append(problem)
    try:
        return _open_first([usb for usb in seen if usb.model.driver == "nfcpy"], stop, problems)
    except ReaderProblem as problem:
        first = problem
    try:
        return pcsc.open_reader(stop)
    except ReaderProblem as problem:
        for usb in seen:
            if usb.model.driver == "pcsc":
                raise needs_pcsc(usb.model, problem) from problem
    raise first


def _open_first(found: list[UsbReader], stop: threading.Event, problems: list[ReaderProblem]) -> Device:
    """The first that opens; if none does, the first problem."""
    for usb in found:
        try:
            return nfcpy.open_usb(usb.model, usb.bus, usb.address, stop)
        except ReaderProblem as problem:
            problems.append(problem)
    raise problems[0] if problems else NoReader


def needs_pcsc(model: Model, problem: ReaderProblem) -> ReaderProblem:
    """Why a reader that is plugged in does not work through the smart card service."""
    if isinstance(problem, NoReader):
        if model.modules:
            cure = f"Install packaging/pos-app-nfc.conf, which keeps {model.modules[0]} away, and restart."
        else:
            cure = "Install the driver of smart card readers (Linux: libccid), and plug the reader in again."
        return ReaderProblem(f"The smart card service does not see the {model.name}.", cure)
    return ReaderProblem(f"The {model.name} works through PC/SC. {problem.message}", problem.cure)
