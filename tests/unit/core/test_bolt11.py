"""Invoices: what we encode decodes to the same, what is damaged is refused with one kind of error."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pos_app.core.bolt11 import AMOUNT_LIMIT_MSAT, InvoiceError, Network, decode, encode
from pos_app.core.money import Msat

KEY = "e126f68f7eafcc8b74f54d269fe206be715000f94dac067d1c04a8ca3b2db734"
NODE = "03e7156ae33b0a208d0744199163177e909e80176e55d97a2f221ede0f934dd9ad"
PREIMAGE = bytes(range(32))
HASH = hashlib.sha256(PREIMAGE).hexdigest()

# BOLT 11, "Please send $3 for a cup of coffee": the specification's own example.
COFFEE = (
    "lnbc2500u1pvjluezsp5zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zygspp5qqqsyqcyq5rqwzqfqqqsyqcyq5rqwzqfqqqsy"
    "qcyq5rqwzqfqypqdq5xysxxatsyp3k7enxv4jsxqzpu9qrsgquk0rl77nj30yxdy8j9vdx85fkpmdla2087ne0xh8nhedh8w27kyke0lp53ut353"
    "s06fv3qfegext0eh0ymjpf39tuven09sam30g4vgpfna3rh"
)


def make(**changes: object) -> str:
    fields: dict[str, object] = {
        "network": Network.REGTEST,
        "amount": Msat(21_000),
        "payment_hash": HASH,
        "payment_secret": "22" * 32,
        "description": "coffee",
        "made_at_s": 1_795_000_000,
        "expiry_s": 600,
        "private_key": KEY,
    }
    return encode(**{**fields, **changes})  # type: ignore[arg-type]


def test_the_specifications_example() -> None:
    invoice = decode(COFFEE)
    assert (invoice.network, invoice.amount) == (Network.MAINNET, Msat(250_000_000))
    assert invoice.description == "1 cup coffee"
    assert invoice.payee == NODE
    assert (invoice.made_at_s, invoice.expiry_s) == (1_496_314_658, 60)
    assert invoice.payment_hash == "0001020304050607080900010203040506070809000102030405060708090102"


@settings(max_examples=25, deadline=None)
@given(
    amount_sat=st.integers(1, AMOUNT_LIMIT_MSAT // 1000 - 1),
    description=st.text(st.characters(exclude_categories=["Cs"]), max_size=120),
    expiry_s=st.integers(1, 31_536_000),
    network=st.sampled_from(Network),
)
def test_what_is_encoded_decodes_to_the_same(
    amount_sat: int, description: str, expiry_s: int, network: Network
) -> None:
    text = make(amount=Msat(amount_sat * 1000), description=description, expiry_s=expiry_s, network=network)
    invoice = decode(text.upper())
    assert invoice.amount == Msat(amount_sat * 1000)
    assert (invoice.description, invoice.expiry_s, invoice.network) == (description, expiry_s, network)
    assert invoice.payment_hash == HASH
    assert invoice.payee == NODE
    assert invoice.text == text
    assert invoice.expires_at_s == 1_795_000_000 + expiry_s


def test_a_hash_takes_the_place_of_the_description() -> None:
    invoice = decode(make(description_hash="33" * 32))
    assert (invoice.description, invoice.description_hash) == (None, "33" * 32)


def test_an_amount_that_would_come_out_wrong_is_refused() -> None:
    largest = Msat(AMOUNT_LIMIT_MSAT - 1000)
    assert decode(make(amount=largest)).amount == largest
    with pytest.raises(InvoiceError, match="too large"):
        make(amount=Msat(AMOUNT_LIMIT_MSAT))


def test_a_description_of_640_bytes_is_refused() -> None:
    assert decode(make(description="a" * 639)).description == "a" * 639
    with pytest.raises(InvoiceError, match="639 bytes"):
        make(description="a" * 640)
    with pytest.raises(InvoiceError):
        make(description="☕" * 214)


@settings(max_examples=60, deadline=None)
@given(position=st.integers(0, len(COFFEE) - 1), letter=st.sampled_from("qpzry9x8gf2tvdw0s3jn54khce6mua7l1b"))
def test_one_wrong_letter_is_always_seen(position: int, letter: str) -> None:
    damaged = COFFEE[:position] + letter + COFFEE[position + 1 :]
    if damaged != COFFEE:
        with pytest.raises(InvoiceError):
            decode(damaged)


@settings(max_examples=100, deadline=None)
@given(st.one_of(st.text(max_size=80), st.text("lnbc1qpzry9x8gf2tvdw0s3jn54khce6mua7", max_size=400)))
def test_nonsense_raises_only_our_error(text: str) -> None:
    with pytest.raises(InvoiceError):
        decode(text)


def test_mixed_case_and_endless_text_are_refused() -> None:
    with pytest.raises(InvoiceError, match="capital"):
        decode("LNBC" + COFFEE[4:])
    with pytest.raises(InvoiceError, match="long"):
        decode(COFFEE * 100)
