from __future__ import annotations

import errno
import os
import threading
from types import TracebackType

import pytest
import usb1

from pos_app.nfc import diagnose, readers
from pos_app.nfc.backends import nfcpy, pcsc
from pos_app.nfc.diagnose import Found, State
from pos_app.nfc.events import ReaderLost
from pos_app.nfc.models import MODELS
from pos_app.nfc.reader import Device, NoReader, ReaderProblem, plugged_in_reader
from pos_app.practice.card_device import open_device
from pos_app.practice.field import Field
from tests.support.cards import never, reading

SONY, ACR122U = (0x054C, 0x06C3), (0x072F, 0x2200)


class UsbDevice:
    def __init__(self, ids: tuple[int, int]) -> None:
        self.getVendorID = lambda: ids[0]
        self.getProductID = lambda: ids[1]
        self.getBusNumber = lambda: 1
        self.getDeviceAddress = lambda: 7


class Usb:
    """The bus, and what the system says when a reader on it is opened."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.devices: list[UsbDevice] = []
        self.error: Exception | None = None
        self.pcsc: ReaderProblem | None = pcsc.NotInstalled()
        self.opened: list[str] = []
        monkeypatch.setattr(usb1, "USBContext", lambda: self)
        monkeypatch.setattr(nfcpy.Frontend, "open", self.open)
        monkeypatch.setattr(pcsc, "open_reader", self.open_pcsc)
        monkeypatch.setattr(pcsc, "reader_names", self.pcsc_names)

    def plug_in(self, *ids: tuple[int, int]) -> None:
        self.devices = [UsbDevice(i) for i in ids]

    def __enter__(self) -> Usb:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        pass

    def getDeviceList(self, skip_on_error: bool) -> list[UsbDevice]:
        assert skip_on_error
        return self.devices

    def open(self, path: str) -> bool:
        self.opened.append(path)
        if self.error is not None:
            raise self.error
        return True

    def open_pcsc(self, _stop: threading.Event, wanted: str = "") -> Device:
        if self.pcsc is not None:
            raise self.pcsc
        self.opened.append(f"pcsc:{wanted}")
        return open_device(Field(), never())

    def pcsc_names(self) -> tuple[str, ...]:
        if self.pcsc is not None:
            raise self.pcsc
        return ("ACS ACR122U",)


@pytest.fixture
def usb(monkeypatch: pytest.MonkeyPatch) -> Usb:
    return Usb(monkeypatch)


def system_error(number: int) -> OSError:
    return OSError(number, os.strerror(number))


def test_opens_the_full_path_of_a_known_reader(usb: Usb) -> None:
    usb.plug_in((1, 2), SONY)
    device = readers.open_reader("", never())
    assert device.name == "Sony RC-S380" and usb.opened == ["usb:001:007"]
    device.close()


def test_a_named_reader(usb: Usb) -> None:
    usb.plug_in((0x04E6, 0x5591), SONY)
    assert readers.open_reader("usb:054C:06C3", never()).name == "Sony RC-S380"
    with pytest.raises(NoReader):
        readers.open_reader("usb:04cc:2533", never())
    assert readers.open_reader("tty:USB0:pn532", never()).name == "PN532 on USB0"
    usb.pcsc = None
    readers.open_reader("pcsc:ACR", never()).close()
    assert usb.opened == ["usb:001:007", "tty:USB0:pn532", "pcsc:ACR"]


@pytest.mark.parametrize("wanted", ["x", "tty", "udp:1", "bluetooth:7"])
def test_what_is_no_name(usb: Usb, wanted: str) -> None:
    with pytest.raises(ReaderProblem, match="not the name of a reader"):
        readers.open_reader(wanted, never())
    assert usb.opened == []


def test_the_reader_thread_opens_what_is_plugged_in(usb: Usb) -> None:
    with reading(plugged_in_reader("usb:04cc:2533")) as (_, told):
        lost = told.next()
    assert isinstance(lost, ReaderLost) and lost.missing


def test_pcsc_after_usb(usb: Usb) -> None:
    usb.pcsc = None
    readers.open_reader("", never()).close()
    assert usb.opened == ["pcsc:"]


def test_nothing_is_plugged_in(usb: Usb) -> None:
    with pytest.raises(NoReader):
        readers.open_reader("", never())
    usb.pcsc = NoReader()
    with pytest.raises(NoReader):
        readers.open_reader("", never())


def test_a_reader_of_pcsc_without_pcsc(usb: Usb) -> None:
    usb.plug_in(ACR122U)
    with pytest.raises(ReaderProblem, match="ACR122U works through PC/SC") as caught:
        readers.open_reader("", never())
    assert "pos-app[pcsc]" in caught.value.cure
    usb.pcsc = NoReader()
    with pytest.raises(ReaderProblem, match="does not see the ACS ACR122U") as caught:
        readers.open_reader("", never())
    assert "pn533_usb" in caught.value.cure
    usb.plug_in((0x072F, 0x223B))
    with pytest.raises(ReaderProblem) as caught:
        readers.open_reader("", never())
    assert "libccid" in caught.value.cure


@pytest.mark.parametrize(
    ("error", "message", "cure"),
    [
        (system_error(errno.EACCES), "may not be used", "udev"),
        (system_error(errno.EBUSY), "taken by the kernel", "port100"),
        (system_error(errno.EIO), "does not answer", "again"),
        (usb1.USBErrorNotSupported(-12), "driver that does not fit", "Zadig"),
    ],
)
def test_every_cause_has_its_cure(usb: Usb, error: Exception, message: str, cure: str) -> None:
    usb.plug_in(SONY)
    usb.error = error
    with pytest.raises(ReaderProblem, match=message) as caught:
        readers.open_reader("", never())
    assert cure in caught.value.cure
    (found,) = diagnose.diagnose().readers
    assert found == Found(
        "usb:054c:06c3", "Sony RC-S380", "nfcpy", State.BLOCKED, caught.value.message, caught.value.cure
    )


@pytest.mark.parametrize(("number", "words"), [(errno.ENOENT, "not there"), (errno.EBUSY, "another program")])
def test_serial_ports(usb: Usb, number: int, words: str) -> None:
    usb.error = system_error(number)
    with pytest.raises(ReaderProblem, match=words):
        readers.open_reader("tty:USB0:pn532", never())


def test_a_reader_that_was_not_found(usb: Usb, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nfcpy.Frontend, "open", lambda *_: False)
    with pytest.raises(ReaderProblem, match="does not answer"):
        readers.open_reader("com:COM3:pn532", never())


def test_without_libusb(usb: Usb, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing() -> None:
        raise FileNotFoundError(errno.ENOENT, "libusb-1.0.so.0")

    monkeypatch.setattr(usb1, "USBContext", missing)
    with pytest.raises(ReaderProblem, match="libusb is missing"):
        readers.open_reader("", never())
    usb.pcsc = None
    readers.open_reader("", never()).close()
    found = diagnose.diagnose()
    assert [problem.message for problem in found.problems] == ["libusb is missing."]
    assert found.readers == (Found("pcsc:ACS ACR122U", "ACS ACR122U", "pcsc", State.READY),)


def test_diagnosis(usb: Usb) -> None:
    usb.plug_in(SONY, ACR122U)
    found = diagnose.diagnose()
    assert [(reader.id, reader.state) for reader in found.readers] == [
        ("usb:054c:06c3", State.READY),
        ("usb:072f:2200", State.BLOCKED),
    ]
    assert [type(problem) for problem in found.problems] == [pcsc.NotInstalled]
    usb.pcsc = None
    found = diagnose.diagnose()
    assert [(reader.id, reader.driver) for reader in found.readers] == [
        ("usb:054c:06c3", "nfcpy"),
        ("pcsc:ACS ACR122U", "pcsc"),
    ]
    assert found.problems == ()


def test_the_real_bus_can_be_looked_at() -> None:
    assert all(reader.model in MODELS for reader in readers.usb_readers())


def test_no_two_models_share_an_id() -> None:
    assert len({model.usb_id for model in MODELS}) == len(MODELS)
