"""Cards as the radio sees them: NTAG 424 DNA (the Bolt Card) with true SUN, a plain Type 4 card, NTAG213 and NTAG215.

A card answers frames (without CRC) as the chip's data sheet says, so that a reader's real code can be run on it.
"""

from __future__ import annotations

import secrets
from typing import Protocol

from pos_app.practice import sun

_OK = b"\x90\x00"
_NOT_FOUND = b"\x6a\x82"
_WRONG = b"\x6a\x86"
_SELECT_NDEF = bytes.fromhex("00A4040007D276000085010100")
_CC, _NDEF = 0xE103, 0xE104
_FRAME_SIZES = (16, 24, 32, 40, 48, 64, 96, 128, 256)


class Card(Protocol):
    """A card of type A in the field."""

    sens_res: bytes
    sel_res: int

    def reset(self) -> bytes:
        """The field goes off and on; the card is selected anew. Gives its UID."""

    def answer(self, frame: bytes) -> bytes | None:
        """The card's frame to the reader's, None for silence."""


def uri_message(uri: str) -> bytes:
    """An NDEF message of one URI record that holds the text as it is."""
    payload = b"\x00" + uri.encode()
    length = bytes([len(payload)]) if len(payload) < 256 else len(payload).to_bytes(4, "big")
    return bytes([0xD1 if len(payload) < 256 else 0xC1, 1]) + length + b"U" + payload


def card_with(message: bytes) -> Card:
    """A card of a common sort whose NDEF message is these bytes, whatever they are."""
    try:
        return Type2Card(message)
    except ValueError:
        return Type4Card(message)


class Type4Card:
    """ISO 14443-4 with an NDEF file. `frame_size` is what it takes from the reader at once (FSC).

    `extensions` is how often it asks for more time (WTX) before each answer to a command.
    """

    sens_res = b"\x44\x03"
    sel_res = 0x20

    def __init__(self, message: bytes, *, frame_size: int = 128, extensions: int = 0) -> None:
        self.message = message
        self._extensions = extensions
        fsci = _FRAME_SIZES.index(frame_size)
        self._ats = bytes([6, 0x70 | fsci, 0x77, 0x71, 0x02, 0x80])
        self._selected = 0
        self._last_read = 0
        self.reset()

    def reset(self) -> bytes:
        self._active = False
        self._block = 1
        self._command = b""
        self._answer = b""
        self._last = b""
        self._waits = 0
        return b"\x08" + secrets.token_bytes(3)  # Random ID

    def answer(self, frame: bytes) -> bytes | None:
        if not frame:
            return None
        if not self._active:
            return self._rats(frame)
        control = frame[0]
        if control & 0xE2 == 0x02:
            reply = self._information(frame)
        elif control & 0xE6 == 0xA2:
            reply = self._acknowledgement(control)
        elif control == 0xF2:
            reply = self._wait_or_send()
        else:
            return None
        self._last = reply
        return reply

    def apdu(self, command: bytes) -> bytes:
        """One command of ISO 7816-4 → data and status word."""
        if command == _SELECT_NDEF:
            self._last_read = 0
            return _OK
        if command[:4] == b"\x00\xa4\x00\x0c" and len(command) >= 7:
            self._selected = int.from_bytes(command[5:7], "big")
            self._last_read = 0
            return _OK if self._selected in (_CC, _NDEF) else _NOT_FOUND
        if command[:2] == b"\x00\xb0" and len(command) == 5 and self._selected:
            offset, size = int.from_bytes(command[2:4], "big"), command[4] or 256
            content = self._content(fresh=self._last_read != self._selected)
            self._last_read = self._selected
            return content[offset : offset + size] + _OK if offset < len(content) else _WRONG
        return _WRONG

    def _ndef(self, *, fresh: bool) -> bytes:
        """The message; `fresh` where another command came before this read."""
        return self.message

    def _content(self, *, fresh: bool) -> bytes:
        if self._selected == _CC:
            return bytes.fromhex("001720010000FF0406E10401000000") + bytes.fromhex("0506E10500808283") + bytes(9)
        message = self._ndef(fresh=fresh)
        return len(message).to_bytes(2, "big") + message

    def _rats(self, frame: bytes) -> bytes | None:
        if frame[0] != 0xE0 or len(frame) != 2:
            return None
        self._active = True
        self._room = _FRAME_SIZES[min(frame[1] >> 4, 8)] - 3
        return self._ats

    def _information(self, frame: bytes) -> bytes:
        self._block ^= 1
        self._command += frame[1:]
        if frame[0] & 0x10:
            return bytes([0xA2 | self._block])
        self._answer, self._command = self.apdu(self._command), b""
        self._waits = self._extensions
        return self._wait_or_send()

    def _acknowledgement(self, control: int) -> bytes:
        if control & 0x01 == self._block:
            return self._last
        if control & 0x10:  # R(NAK) with the other number: the reader's block did not arrive
            return bytes([0xA2 | self._block])
        self._block ^= 1
        return self._wait_or_send()

    def _wait_or_send(self) -> bytes:
        if self._waits:
            self._waits -= 1
            return b"\xf2\x01"
        part, self._answer = self._answer[: self._room], self._answer[self._room :]
        return bytes([(0x12 if self._answer else 0x02) | self._block]) + part


class BoltCard(Type4Card):
    """NTAG 424 DNA that mirrors `p` and `c` into its link, new at each tap.

    `link` is the part before the query, as `lnurlw://host/path`. `counter` steps at the first read of the link after
    any other command, as the chip's does.
    """

    def __init__(
        self,
        link: str,
        uid: bytes,
        k1: bytes,
        k2: bytes,
        *,
        counter: int = 0,
        frame_size: int = 128,
        extensions: int = 0,
    ) -> None:
        super().__init__(b"", frame_size=frame_size, extensions=extensions)
        self.counter = counter
        self._link = link
        self._uid = uid
        self._k1 = k1
        self._k2 = k2

    def _ndef(self, *, fresh: bool) -> bytes:
        if fresh:
            self.counter += 1
            p = sun.encrypt(self._k1, self._uid, self.counter)
            c = sun.mac(self._k2, self._uid, self.counter)
            self.message = uri_message(f"{self._link}?p={p}&c={c}")
        return self.message


class Type2Card:
    """NTAG213 or, where the message needs it, NTAG215, with a message that never changes.

    Raises ValueError if the message does not fit.
    """

    sens_res = b"\x44\x00"
    sel_res = 0x00

    def __init__(self, message: bytes) -> None:
        length = bytes([len(message)]) if len(message) < 255 else b"\xff" + len(message).to_bytes(2, "big")
        content = b"\x03" + length + message + b"\xfe"
        size, storage = (0x12, 0x0F) if len(content) <= 0x12 * 8 else (0x3E, 0x11)
        if len(content) > size * 8:
            raise ValueError("the message does not fit into an NTAG215")
        self._uid = b"\x04" + secrets.token_bytes(6)
        self._version = bytes([0, 4, 4, 2, 1, 0, storage, 3])
        self._memory = bytes(12) + bytes([0xE1, 0x10, size, 0]) + content.ljust(size * 8 + 20, b"\x00")
        self._mute = False

    def reset(self) -> bytes:
        self._mute = False
        return self._uid

    def answer(self, frame: bytes) -> bytes | None:
        if self._mute:
            return None
        if frame == b"\x60":
            return self._version
        if frame[:1] == b"\x30" and len(frame) == 2:
            return self._pages(frame[1])
        self._mute = True  # until it is selected again
        return None

    def apdu(self, command: bytes) -> bytes:
        """A command as PC/SC readers take it for a storage card."""
        if command[:3] != b"\xff\xb0\x00" or len(command) != 5:
            return b"\x63\x00"
        found = self._pages(command[3])
        return found + _OK if len(found) == 16 else b"\x63\x00"

    def _pages(self, page: int) -> bytes:
        start = page * 4
        return (self._memory + self._memory)[start : start + 16] if start < len(self._memory) else b"\x00"
