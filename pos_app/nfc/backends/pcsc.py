"""Readers of the system's smart card service (PC/SC), through pyscard, which is an optional extra.

Talks to `smartcard.scard` directly: pyscard's own card monitor dies with the service or the last reader.
"""

from __future__ import annotations

import re
import threading
import time
from typing import Any

from pos_app.nfc import apdu
from pos_app.nfc.reader import Content, Device, NoReader, ReaderProblem, Unreadable

LOOK_MS = 100
TOUCH_S = 2.0
TOUCH_COMMANDS = 128
_STORAGE_CARD = b"\x80\x4f"
_NOT_CONTACTLESS = re.compile(r"\b(SAM|ICC|Contact)\b", re.IGNORECASE)


class NotInstalled(ReaderProblem):
    """pyscard is not there."""

    def __init__(self) -> None:
        super().__init__("PC/SC readers need pyscard, which is not installed.", "Install the extra: pos-app[pcsc].")


def reader_names() -> tuple[str, ...]:
    """All readers that the service knows and that may read contactless cards. Raises ReaderProblem."""
    scard = _scard()
    context = _context(scard)
    try:
        return _names(scard, context)
    finally:
        scard.SCardReleaseContext(context)


def open_reader(stop: threading.Event, wanted: str = "") -> Device:
    """The first reader whose name holds `wanted`. Raises ReaderProblem."""
    scard = _scard()
    context = _context(scard)
    try:
        names = [name for name in _names(scard, context) if wanted.lower() in name.lower()]
        if not names:
            raise NoReader
    except ReaderProblem:
        scard.SCardReleaseContext(context)
        raise
    return PcscDevice(scard, context, names[0], stop)


class PcscDevice:
    """One reader of the service. The service tells of a card that comes or goes, so looking costs nothing."""

    pause_s = 0.0
    absences = 1

    def __init__(self, scard: Any, context: Any, name: str, stop: threading.Event) -> None:
        self.name = name
        self._scard = scard
        self._context = context
        self._stop = stop
        self._state: int = scard.SCARD_STATE_UNAWARE
        self._atr = b""

    def sense(self) -> bool:
        scard = self._scard
        result, states = scard.SCardGetStatusChange(self._context, LOOK_MS, [(self.name, self._state)])
        if result == scard.SCARD_S_SUCCESS:
            _, state, atr = states[0]
            self._state = state & 0xFFFF & ~scard.SCARD_STATE_CHANGED  # the upper half counts events
            self._atr = bytes(atr)
        elif result != scard.SCARD_E_TIMEOUT:
            raise _problem(scard, result)
        if self._state & (scard.SCARD_STATE_UNKNOWN | scard.SCARD_STATE_UNAVAILABLE | scard.SCARD_STATE_IGNORE):
            raise NoReader
        return bool(self._state & scard.SCARD_STATE_PRESENT)

    def read(self) -> Content:
        scard = self._scard
        protocols = scard.SCARD_PROTOCOL_T0 | scard.SCARD_PROTOCOL_T1
        result, card, protocol = scard.SCardConnect(self._context, self.name, scard.SCARD_SHARE_SHARED, protocols)
        if result != scard.SCARD_S_SUCCESS:
            raise Unreadable
        try:
            transmit = self._transmit(card, protocol)
            if self._atr[4:6] == _STORAGE_CARD:
                return Content("Type2Tag", apdu.read_type2(transmit))
            return Content("Type4Tag", apdu.read_type4(transmit))
        finally:
            scard.SCardDisconnect(card, scard.SCARD_LEAVE_CARD)

    def close(self) -> None:
        self._scard.SCardReleaseContext(self._context)

    def _transmit(self, card: Any, protocol: Any) -> apdu.Transmit:
        """Commands to one card, within the bounds of a touch."""
        end_s = time.monotonic() + TOUCH_S
        left = TOUCH_COMMANDS

        def transmit(command: bytes) -> bytes:
            nonlocal left
            left -= 1
            if left < 0 or time.monotonic() > end_s or self._stop.is_set():
                raise Unreadable
            result, answer = self._scard.SCardTransmit(card, protocol, list(command))
            if result != self._scard.SCARD_S_SUCCESS:
                raise Unreadable
            return bytes(answer)

        return transmit


def _scard() -> Any:
    try:
        from smartcard import scard
    except ImportError as error:
        raise NotInstalled from error
    return scard


def _context(scard: Any) -> Any:
    result, context = scard.SCardEstablishContext(scard.SCARD_SCOPE_USER)
    if result != scard.SCARD_S_SUCCESS:
        raise _problem(scard, result)
    return context


def _names(scard: Any, context: Any) -> tuple[str, ...]:
    result, names = scard.SCardListReaders(context, [])
    if result == scard.SCARD_E_NO_READERS_AVAILABLE:
        return ()
    if result != scard.SCARD_S_SUCCESS:
        raise _problem(scard, result)
    return tuple(name for name in names if not _NOT_CONTACTLESS.search(name))


def _problem(scard: Any, result: int) -> ReaderProblem:
    if result in (scard.SCARD_E_NO_SERVICE, scard.SCARD_E_SERVICE_STOPPED, scard.SCARD_F_COMM_ERROR):
        return ReaderProblem(
            "The smart card service is not running.",
            "Start it (Linux: systemctl start pcscd.socket), then plug in the reader.",
        )
    if result in (scard.SCARD_E_NO_READERS_AVAILABLE, scard.SCARD_E_UNKNOWN_READER, scard.SCARD_E_READER_UNAVAILABLE):
        return NoReader()
    return ReaderProblem("The smart card service does not answer as it should.", "Plug the reader in again.")
