from __future__ import annotations

import pytest

from pos_app.nfc.apdu import read_type2, read_type4
from pos_app.nfc.reader import Unreadable, Unusable
from pos_app.practice.cards import Type2Card, Type4Card, uri_message
from pos_app.practice.hostile import HugeExtendedLength, HugeLength, SilentData
from tests.support.cards import bolt_card


@pytest.mark.parametrize("size", [10, 132, 252, 253, 254, 600, 2000])
def test_type_4(size: int) -> None:
    message = uri_message("x" * size)
    assert read_type4(Type4Card(message).apdu) == message


def test_a_bolt_card_steps_its_counter_once() -> None:
    card = bolt_card()
    assert read_type4(card.apdu).startswith(b"\xd1") and card.counter == 1


@pytest.mark.parametrize("size", [10, 100, 200, 300, 480])
def test_type_2(size: int) -> None:
    message = uri_message("x" * size)
    assert read_type2(Type2Card(message).apdu) == message


def test_no_message() -> None:
    assert read_type4(Type4Card(b"").apdu) == read_type2(Type2Card(b"").apdu) == b""


@pytest.mark.parametrize("answer", [b"\x6a\x82", b"", b"\x90"])
def test_a_card_without_ndef(answer: bytes) -> None:
    with pytest.raises(Unusable):
        read_type4(lambda _: answer)


@pytest.mark.parametrize("hostile", [HugeLength, HugeExtendedLength, SilentData])
def test_hostile_type_4(hostile: type[Type4Card]) -> None:
    with pytest.raises((Unusable, Unreadable)):
        read_type4(hostile(uri_message("x" * 100)).apdu)


@pytest.mark.parametrize("broken", range(2, 7))
@pytest.mark.parametrize("answer", [b"", b"\x90\x00", b"\x6f\x00", bytes(300) + b"\x90\x00"])
def test_a_type_4_card_that_breaks_off(broken: int, answer: bytes) -> None:
    card = Type4Card(uri_message("x" * 100))
    number = 0

    def transmit(command: bytes) -> bytes:
        nonlocal number
        number += 1
        right = card.apdu(command)
        return answer if number == broken else right

    selects = broken in (2, 4)
    if selects and answer[-2:] == b"\x90\x00":
        assert read_type4(transmit) == card.message
        return
    with pytest.raises((Unusable, Unreadable)):
        read_type4(transmit)


@pytest.mark.parametrize(
    "memory",
    [
        bytes(12) + bytes(16),  # no capability container
        bytes(12) + bytes.fromhex("E1101200 FE") + bytes(31),  # no message
        bytes(12) + bytes.fromhex("E1101200 03FFFFFF") + bytes(160),  # a message longer than the card
        bytes(12) + bytes.fromhex("E110FF00") + bytes(4000),  # nothing but padding
        bytes(12) + bytes.fromhex("E1101200 0103A00C34 03"),  # the memory ends too early
    ],
)
def test_type_2_without_a_message(memory: bytes) -> None:
    def transmit(command: bytes) -> bytes:
        start = command[3] * 4
        found = memory[start : start + 16]
        return found + b"\x90\x00" if len(found) == 16 else b"\x63\x00"

    with pytest.raises((Unusable, Unreadable)):
        read_type2(transmit)


def test_type_2_skips_other_blocks() -> None:
    message = uri_message("h")
    content = bytes.fromhex("000103A00C34") + b"\x03" + bytes([len(message)]) + message + b"\xfe"
    memory = bytes(12) + bytes.fromhex("E1101200") + content.ljust(160, b"\x00")
    assert read_type2(lambda command: memory[command[3] * 4 :][:16] + b"\x90\x00") == message
