"""NDEF message → records (NFC Forum NDEF 1.0, RTD URI, RTD Text, RTD Smart Poster).

A decoder of our own because the bytes come from strangers: it is bounded, refuses chunked records, keeps a URI exactly
as written, and raises one error.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

MAX_MESSAGE_BYTES = 2048
MAX_RECORDS = 16
_URI_PREFIXES = (
    *("", "http://www.", "https://www.", "http://", "https://", "tel:", "mailto:"),
    *("ftp://anonymous:anonymous@", "ftp://ftp.", "ftps://", "sftp://", "smb://", "nfs://", "ftp://", "dav://"),
    *("news:", "telnet://", "imap:", "rtsp://", "urn:", "pop:", "sip:", "sips:", "tftp:", "btspp://", "btl2cap://"),
    *("btgoep://", "tcpobex://", "irdaobex://", "file://", "urn:epc:id:", "urn:epc:tag:", "urn:epc:pat:"),
    *("urn:epc:raw:", "urn:epc:", "urn:nfc:"),
)
_WELL_KNOWN, _ABSOLUTE_URI, _EXTERNAL = 1, 3, 4


class NdefError(ValueError):
    """The bytes are no NDEF message that we take."""


@dataclass(frozen=True, slots=True)
class Record:
    """One record. `text` is what a URI or text record says, None for others; `length` counts payload bytes.

    The text may be a bearer token: it is not in the representation.
    """

    kind: str
    length: int
    text: str | None = field(default=None, repr=False)


class _Raw(NamedTuple):
    tnf: int
    type: bytes
    payload: bytes


def decode(message: bytes) -> tuple[Record, ...]:
    """All records, those inside a smart poster in its place. Raises NdefError."""
    if len(message) > MAX_MESSAGE_BYTES:
        raise NdefError("the message is too long")
    records: list[Record] = []
    for raw in _split(message):
        if raw.tnf == _WELL_KNOWN and raw.type == b"Sp":
            records.extend(_record(inner) for inner in _split(raw.payload))
        else:
            records.append(_record(raw))
    if len(records) > MAX_RECORDS:
        raise NdefError("the message has too many records")
    return tuple(records)


def _split(message: bytes) -> Iterator[_Raw]:
    """The raw records of one message, whose flags must be in order."""
    at, count = 0, 0
    ended = False
    while at < len(message):
        flags = message[at]
        if ended or bool(flags & 0x80) != (count == 0):
            raise NdefError("a record is out of its place")
        if flags & 0x20:
            raise NdefError("a record comes in chunks")
        ended, count = bool(flags & 0x40), count + 1
        if count > MAX_RECORDS:
            raise NdefError("the message has too many records")
        type_length, at = _number(message, at + 1, 1)
        payload_length, at = _number(message, at, 1 if flags & 0x10 else 4)
        id_length, at = _number(message, at, 1) if flags & 0x08 else (0, at)
        type_, at = _bytes(message, at, type_length)
        _, at = _bytes(message, at, id_length)
        payload, at = _bytes(message, at, payload_length)
        yield _Raw(flags & 0x07, type_, payload)
    if count and not ended:
        raise NdefError("the message has no end")


def _number(message: bytes, at: int, size: int) -> tuple[int, int]:
    found, at = _bytes(message, at, size)
    return int.from_bytes(found, "big"), at


def _bytes(message: bytes, at: int, size: int) -> tuple[bytes, int]:
    if at + size > len(message):
        raise NdefError("the message is cut off")
    return message[at : at + size], at + size


def _record(raw: _Raw) -> Record:
    length = len(raw.payload)
    if raw.tnf == _ABSOLUTE_URI:
        return Record("uri", length, _text(raw.type, "utf-8"))
    if raw.tnf == _WELL_KNOWN and raw.type == b"U":
        return Record("uri", length, _uri(raw.payload))
    if raw.tnf == _WELL_KNOWN and raw.type == b"T":
        return Record("text", length, _text_record(raw.payload))
    if raw.tnf == _EXTERNAL and raw.type == b"android.com:pkg":
        return Record("android app", length)
    return Record("other", length)


def _uri(payload: bytes) -> str:
    if not payload or payload[0] >= len(_URI_PREFIXES):
        raise NdefError("a URI record is damaged")
    return _URI_PREFIXES[payload[0]] + _text(payload[1:], "utf-8")


def _text_record(payload: bytes) -> str:
    if not payload or len(payload) < 1 + (payload[0] & 0x3F):
        raise NdefError("a text record is damaged")
    return _text(payload[1 + (payload[0] & 0x3F) :], "utf-16" if payload[0] & 0x80 else "utf-8")


def _text(content: bytes, encoding: str) -> str:
    if encoding == "utf-16" and content[:2] not in (b"\xff\xfe", b"\xfe\xff"):
        encoding = "utf-16-be"  # RTD Text: big-endian where no mark says otherwise
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        raise NdefError("a text is damaged") from error
