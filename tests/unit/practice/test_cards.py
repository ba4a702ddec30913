from __future__ import annotations

import subprocess
import sys

import pytest

from pos_app.nfc import apdu, ndef
from pos_app.practice.cards import BoltCard, Type2Card, Type4Card, card_with, uri_message
from tests.support.cards import bolt_card


@pytest.mark.parametrize("size", [0, 1, 250, 251, 254, 255, 1000])
def test_a_uri_is_written_as_it_is(size: int) -> None:
    uri = "x" * size
    assert [record.text for record in ndef.decode(uri_message(uri))] == [uri]


@pytest.mark.parametrize(("size", "kind"), [(0, Type2Card), (10, Type2Card), (450, Type2Card), (600, Type4Card)])
def test_a_card_with_any_bytes(size: int, kind: type[Type2Card | Type4Card]) -> None:
    card, message = card_with(bytes(size)), bytes(size)
    assert isinstance(card, kind)
    assert (apdu.read_type2 if isinstance(card, Type2Card) else apdu.read_type4)(card.apdu) == message


def test_random_id() -> None:
    card = bolt_card()
    uids = {card.reset() for _ in range(5)}
    assert len(uids) == 5 and all(len(uid) == 4 and uid[0] == 0x08 for uid in uids)
    assert len({Type2Card(b"").reset() for _ in range(5)}) == 5


def test_the_counter_steps_at_the_first_read_after_another_command() -> None:
    card = bolt_card()
    select, read = bytes.fromhex("00A4000C02E104"), bytes.fromhex("00B0000002")
    card.apdu(bytes.fromhex("00A4040007D276000085010100"))
    card.apdu(select)
    assert card.counter == 0
    for _ in range(3):
        card.apdu(read)
    assert card.counter == 1
    card.apdu(select)
    card.apdu(read)
    assert card.counter == 2


def test_commands_that_a_card_does_not_know() -> None:
    card = bolt_card()
    assert card.apdu(bytes.fromhex("00A4000C02E199"))[-2:] == b"\x6a\x82"
    assert card.apdu(b"\x00\xd6\x00\x00") == b"\x6a\x86"
    assert Type2Card(b"").apdu(b"\xff\xca\x00\x00\x00") == b"\x63\x00"
    assert BoltCard.answer(card, b"") is None and card.answer(b"\x30\x00") is None


def test_the_light_modules_do_not_load_nfcpy() -> None:
    modules = "pos_app.nfc.reader, pos_app.nfc.events, pos_app.practice.field, pos_app.practice.cards"
    code = f"import sys, {modules}; print([name for name in ('nfc', 'usb1', 'smartcard') if name in sys.modules])"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
