"""The PC/SC loop above a service that a test moves. The real service is tried in tests/peer."""

from __future__ import annotations

import sys
import threading
import types

import pytest

from pos_app.nfc.backends import pcsc
from pos_app.nfc.events import CardRead, CardRemoved, CardSeen, CardUnreadable, ReaderLost, ReaderReady
from pos_app.nfc.reader import NoReader, ReaderProblem, Unreadable
from pos_app.practice.cards import Type2Card, Type4Card, uri_message
from pos_app.practice.hostile import SilentData
from tests.support.cards import Told, never, reading

READER = "ACS ACR122U PICC Interface 00 00"
STORAGE_ATR = bytes.fromhex("3B8F8001804F0CA000000306030001000000006A")
BOLT_ATR = bytes.fromhex("3B8180018080")


class Service:
    """winscard as pyscard shows it, with one field."""

    SCARD_S_SUCCESS = 0
    SCARD_E_TIMEOUT = -10
    SCARD_E_NO_SERVICE = -29
    SCARD_E_SERVICE_STOPPED = -30
    SCARD_F_COMM_ERROR = -19
    SCARD_E_NO_READERS_AVAILABLE = -46
    SCARD_E_UNKNOWN_READER = -9
    SCARD_E_READER_UNAVAILABLE = -23
    SCARD_SCOPE_USER = 0
    SCARD_STATE_UNAWARE = 0
    SCARD_STATE_IGNORE = 1
    SCARD_STATE_CHANGED = 2
    SCARD_STATE_UNKNOWN = 4
    SCARD_STATE_UNAVAILABLE = 8
    SCARD_STATE_EMPTY = 16
    SCARD_STATE_PRESENT = 32
    SCARD_SHARE_SHARED = 2
    SCARD_PROTOCOL_T0 = 1
    SCARD_PROTOCOL_T1 = 2
    SCARD_LEAVE_CARD = 0

    def __init__(self, *names: str) -> None:
        self.names = list(names)
        self.result = self.SCARD_S_SUCCESS
        self.contexts = 0
        self.connect_result = self.SCARD_S_SUCCESS
        self.commands = 0
        self._changed = threading.Condition()
        self._card: Type4Card | Type2Card | None = None
        self._events = 0

    def put(self, card: Type4Card | Type2Card | None) -> None:
        with self._changed:
            self._card = card
            self._events += 1
            self._changed.notify_all()

    def end(self, result: int) -> None:
        with self._changed:
            self.result = result
            self._changed.notify_all()

    def SCardEstablishContext(self, _scope: int) -> tuple[int, object]:
        if self.result == self.SCARD_S_SUCCESS:
            self.contexts += 1
        return self.result, object()

    def SCardReleaseContext(self, _context: object) -> int:
        self.contexts -= 1
        return 0

    def SCardListReaders(self, _context: object, _groups: list[str]) -> tuple[int, list[str]]:
        return (self.result, self.names) if self.names else (self.SCARD_E_NO_READERS_AVAILABLE, [])

    def _state(self) -> int:
        present = self.SCARD_STATE_PRESENT if self._card else self.SCARD_STATE_EMPTY
        return self._events << 16 | present

    def SCardGetStatusChange(
        self, _context: object, timeout_ms: int, states: list[tuple[str, int]]
    ) -> tuple[int, list[tuple[str, int, list[int]]]]:
        name, known = states[0]
        with self._changed:
            self._changed.wait_for(lambda: self.result or self._state() & 0xFFFF != known, timeout_ms / 1000)
            if self.result:
                return self.result, []
            state = self._state()
            if state & 0xFFFF == known:
                return self.SCARD_E_TIMEOUT, []
            atr = STORAGE_ATR if isinstance(self._card, Type2Card) else BOLT_ATR
            return 0, [(name, state | self.SCARD_STATE_CHANGED, list(atr))]

    def SCardConnect(self, _context: object, _name: str, _share: int, _protocols: int) -> tuple[int, object, int]:
        return self.connect_result, self._card, self.SCARD_PROTOCOL_T1

    def SCardTransmit(self, card: object, _protocol: int, command: list[int]) -> tuple[int, list[int]]:
        self.commands += 1
        present = self._card
        if present is None or card is not present:
            return -1, []
        return 0, list(present.apdu(bytes(command)))

    def SCardDisconnect(self, _card: object, _disposition: int) -> int:
        return 0


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Service:
    found = Service("Broadcom Contact Reader 00 00", READER, "ACS ACR1252 SAM 01 00")
    package = types.ModuleType("smartcard")
    package.scard = found  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "smartcard", package)
    return found


def opened(stop: threading.Event) -> pcsc.PcscDevice:
    device = pcsc.open_reader(stop)
    assert isinstance(device, pcsc.PcscDevice)
    return device


def read(told: Told, message: bytes) -> None:
    assert told.next() == CardSeen(armed=True)
    found = told.next()
    assert isinstance(found, CardRead) and found.records[0].length == len(message) - 4


def test_cards_come_and_go(service: Service) -> None:
    message = uri_message("lnurlw://h.example/" + "x" * 100)
    with reading(pcsc.open_reader) as (_, told):
        assert told.next() == ReaderReady(READER)
        for card in (Type4Card(message), Type2Card(message)):
            service.put(card)
            read(told, message)
            service.put(None)
            assert told.next() == CardRemoved()
    assert service.contexts == 0


def test_a_card_that_cannot_be_connected_to(service: Service) -> None:
    service.connect_result = -1
    with reading(pcsc.open_reader) as (_, told):
        assert told.next() == ReaderReady(READER)
        service.put(Type4Card(b""))
        assert [told.next() for _ in range(4)] == [CardSeen(armed=True), *[CardUnreadable()] * 3]


def test_bounds_of_a_touch(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    device = opened(never())
    service.put(SilentData(uri_message("x" * 100)))
    assert device.sense()
    with pytest.raises(Unreadable):
        device.read()
    monkeypatch.setattr(pcsc, "TOUCH_COMMANDS", 4)
    service.put(Type4Card(uri_message("x" * 100)))
    service.commands = 0
    with pytest.raises(Unreadable):
        device.read()
    assert service.commands == 4
    device.close()


def test_stops_within_a_read(service: Service) -> None:
    stop = threading.Event()
    device = opened(stop)
    service.put(Type4Card(b""))
    stop.set()
    with pytest.raises(Unreadable):
        device.read()
    assert service.commands == 0
    device.close()


def test_the_service_ends_and_comes_back(service: Service) -> None:
    with reading(pcsc.open_reader) as (_, told):
        assert told.next() == ReaderReady(READER)
        service.end(service.SCARD_E_SERVICE_STOPPED)
        lost = told.next()
        assert isinstance(lost, ReaderLost) and "not running" in lost.message and "pcscd" in lost.cure
        service.end(service.SCARD_S_SUCCESS)
        assert told.next() == ReaderReady(READER)
    assert service.contexts == 0


def test_names(service: Service) -> None:
    assert pcsc.reader_names() == (READER,)
    service.names = ["a", "the other reader"]
    assert pcsc.open_reader(never(), "OTHER").name == "the other reader"
    service.names = []
    with pytest.raises(NoReader):
        pcsc.open_reader(never())
    assert pcsc.reader_names() == ()
    assert service.contexts == 1


@pytest.mark.parametrize(
    ("result", "words"),
    [(Service.SCARD_E_NO_SERVICE, "not running"), (Service.SCARD_E_UNKNOWN_READER, "plugged in"), (-99, "answer")],
)
def test_problems(service: Service, result: int, words: str) -> None:
    service.result = result
    with pytest.raises(ReaderProblem, match=words):
        pcsc.open_reader(never())


def test_without_pyscard(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "smartcard", None)
    with pytest.raises(pcsc.NotInstalled) as caught:
        pcsc.reader_names()
    assert "pos-app[pcsc]" in caught.value.cure
