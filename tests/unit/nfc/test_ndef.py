from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pos_app.nfc.ndef import MAX_MESSAGE_BYTES, NdefError, Record, decode
from pos_app.practice.cards import uri_message
from tests.support.drills import rounds

ROUNDS = rounds(100, 60_000)


def short(type_: bytes, payload: bytes, *, tnf: int = 1, flags: int = 0xD0) -> bytes:
    return bytes([flags | tnf, len(type_), len(payload)]) + type_ + payload


def texts(message: bytes) -> list[str | None]:
    return [record.text for record in decode(message)]


MESSAGES = {
    "uri": bytes.fromhex("D1011C5500") + b"lnurlw://h.example/?p=1&c=2",
    "uri with prefix": bytes.fromhex("D1010B5504") + b"h.example/",
    "text": bytes.fromhex("D101175402") + b"enlnurlw://h.example/t",
    "smart poster": short(b"Sp", short(b"U", b"\x00lnurlw://h/", flags=0x90) + short(b"T", b"\x02enx", flags=0x50)),
    "absolute": bytes.fromhex("D30B00") + b"lnurlw://h/",
    "android": short(b"U", b"\x00lnurlw://h/", flags=0x90) + short(b"android.com:pkg", b"a.b", tnf=4, flags=0x50),
    "long": uri_message("lnurlw://h.example/" + "x" * 300),
}
EXPECTED: dict[str, list[str | None]] = {
    "uri": ["lnurlw://h.example/?p=1&c=2"],
    "uri with prefix": ["https://h.example/"],
    "text": ["lnurlw://h.example/t"],
    "smart poster": ["lnurlw://h/", "x"],
    "absolute": ["lnurlw://h/"],
    "android": ["lnurlw://h/", None],
    "long": ["lnurlw://h.example/" + "x" * 300],
}


@pytest.mark.parametrize("name", MESSAGES)
def test_every_form(name: str) -> None:
    assert texts(MESSAGES[name]) == EXPECTED[name]


def test_a_query_stays_as_it_is_written() -> None:
    uri = "lnurlw://H.example/é?p=AB%2f&c=+x y"
    assert texts(uri_message(uri)) == [uri]


@pytest.mark.parametrize(
    ("status", "content"),
    [
        (0x82, "é".encode("utf-16-be")),
        (0x82, "é".encode("utf-16")),
        (0x82, b"\xfe\xff" + "é".encode("utf-16-be")),
        (0x02, "é".encode()),
    ],
)
def test_text_encodings(status: int, content: bytes) -> None:
    assert texts(short(b"T", bytes([status]) + b"fr" + content)) == ["é"]


def test_kinds_and_lengths_without_secrets() -> None:
    assert decode(MESSAGES["android"]) == (Record("uri", 12, "lnurlw://h/"), Record("android app", 3))
    assert decode(short(b"x", b"abc", tnf=2)) == (Record("other", 3),)
    assert "lnurlw" not in repr(decode(MESSAGES["uri"]))


def test_an_empty_message_has_no_record() -> None:
    assert decode(b"") == ()
    assert decode(bytes.fromhex("D00000")) == (Record("other", 0),)


def test_a_smart_poster_is_opened_one_level_deep() -> None:
    assert texts(short(b"Sp", short(b"Sp", MESSAGES["uri"]))) == [None]


@pytest.mark.parametrize(
    "message",
    [
        b"\xd1",
        MESSAGES["uri"][:-1],
        MESSAGES["uri"] + b"\x00",
        MESSAGES["uri"] + MESSAGES["uri"],
        b"\x91" + MESSAGES["uri"][1:],  # no end
        b"\x51" + MESSAGES["uri"][1:],  # no beginning
        b"\xf1" + MESSAGES["uri"][1:],  # the first of several chunks
        short(b"U", b""),
        short(b"U", b"\x30x"),
        short(b"U", b"\x00\xff"),
        short(b"T", b""),
        short(b"T", b"\x3fen"),
        short(b"T", b"\x82en\xd8"),
        short(b"", b"", tnf=3)[:2],
        bytes.fromhex("C101FFFFFFFF55"),
        short(b"Sp", b"\xd1\x01"),
        b"\x90\x00\x00" + b"\x10\x00\x00" * 20 + b"\x50\x00\x00",
        short(b"Sp", b"\x90\x00\x00" + b"\x10\x00\x00" * 20 + b"\x50\x00\x00"),
        uri_message("x" * MAX_MESSAGE_BYTES),
    ],
)
def test_damaged(message: bytes) -> None:
    with pytest.raises(NdefError):
        decode(message)


def test_too_many_records_in_posters() -> None:
    inner = b"\x90\x00\x00" + b"\x10\x00\x00" * 8 + b"\x50\x00\x00"
    with pytest.raises(NdefError, match="too many"):
        decode(short(b"Sp", inner, flags=0x90) + short(b"Sp", inner, flags=0x50))


@given(st.binary(max_size=200))
def test_any_bytes(message: bytes) -> None:
    try:
        decode(message)
    except NdefError:
        return


@pytest.mark.drill
def test_mutated_messages_raise_one_error_only() -> None:
    source = random.Random(5)
    for _ in range(ROUNDS):
        data = bytearray(source.choice(list(MESSAGES.values())))
        for _ in range(source.randint(1, 4)):
            at = source.randrange(len(data) + 1)
            match source.randrange(4):
                case 0:
                    data[at : at + 1] = bytes([source.randrange(256)])
                case 1:
                    del data[at : at + source.randint(1, 5)]
                case 2:
                    data[at:at] = source.choice(list(MESSAGES.values()))
                case _:
                    data[:1] = bytes([data[0] ^ 1 << source.randrange(8)]) if data else b""
        try:
            records = decode(bytes(data))
        except NdefError:
            continue
        assert len(records) <= 16 and sum(record.length for record in records) <= len(data)
