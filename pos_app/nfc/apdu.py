"""Reading NDEF through a reader that does the radio protocol itself (PC/SC): plain commands to a card.

Type 4 as in the NFC Forum's T4T specification, Type 2 as storage cards of PC/SC part 3.
"""

from __future__ import annotations

from collections.abc import Callable

from pos_app.nfc.ndef import MAX_MESSAGE_BYTES
from pos_app.nfc.reader import DAMAGED, NO_LINK, Unreadable, Unusable

Transmit = Callable[[bytes], bytes]
"""Command → answer with its status word. Raises Unreadable when the card is lost."""

_SELECT_NDEF = bytes.fromhex("00A4040007D276000085010100")
_MAX_READ = 255


def read_type4(transmit: Transmit) -> bytes:
    """The NDEF message of a Type 4 card. Raises Unreadable or Unusable."""
    if transmit(_SELECT_NDEF)[-2:] != b"\x90\x00":
        raise Unusable(NO_LINK)
    _select(transmit, b"\xe1\x03")
    capabilities = _read(transmit, 0, 15)
    if capabilities[2] >> 4 not in (1, 2, 3) or capabilities[7:9] != b"\x04\x06" or capabilities[13] != 0:
        raise Unusable(NO_LINK)
    most = min(int.from_bytes(capabilities[3:5], "big"), _MAX_READ)
    _select(transmit, capabilities[9:11])
    length = int.from_bytes(_read(transmit, 0, 2), "big")
    if length > MAX_MESSAGE_BYTES or most == 0:
        raise Unusable(DAMAGED)
    message = b""
    while len(message) < length:
        message += _read(transmit, 2 + len(message), min(most, length - len(message)))
    return message


def read_type2(transmit: Transmit) -> bytes:
    """The NDEF message of a Type 2 card (NTAG21x). Raises Unreadable or Unusable."""
    memory = bytearray()

    def take(start: int, size: int) -> bytes:
        """Bytes of the data area, which begins at page 4."""
        while len(memory) < start + size:
            memory.extend(_read_pages(transmit, 4 + len(memory) // 4))
        return bytes(memory[start : start + size])

    capabilities = _read_pages(transmit, 3)
    end = capabilities[2] * 8
    if capabilities[0] != 0xE1:
        raise Unusable(NO_LINK)
    at = 0
    while at < end:
        kind = take(at, 1)[0]
        if kind == 0x00:
            at += 1
            continue
        if kind == 0xFE:
            break
        length, at = take(at + 1, 1)[0], at + 2
        if length == 0xFF:
            length, at = int.from_bytes(take(at, 2), "big"), at + 2
        if at + length > end:
            raise Unusable(DAMAGED)
        if kind == 0x03:
            return take(at, length)
        at += length
    raise Unusable(NO_LINK)


def _select(transmit: Transmit, file: bytes) -> None:
    if transmit(b"\x00\xa4\x00\x0c\x02" + file)[-2:] != b"\x90\x00":
        raise Unusable(NO_LINK)


def _read(transmit: Transmit, offset: int, size: int) -> bytes:
    """READ BINARY of exactly so many bytes."""
    answer = transmit(b"\x00\xb0" + offset.to_bytes(2, "big") + bytes([size]))
    if len(answer) != size + 2 or answer[-2:] != b"\x90\x00":
        raise Unreadable
    return answer[:-2]


def _read_pages(transmit: Transmit, page: int) -> bytes:
    """Four pages of a storage card."""
    answer = transmit(bytes([0xFF, 0xB0, 0x00, page & 0xFF, 16]))
    if len(answer) != 18 or answer[-2:] != b"\x90\x00":
        raise Unreadable
    return answer[:-2]
