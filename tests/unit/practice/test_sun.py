"""Vectors of the public boltcard documentation."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pos_app.practice import sun

K1 = bytes.fromhex("0c3b25d92b38ae443229dd59ad34b85d")
K2 = bytes.fromhex("b45775776cb224c75bcde7ca3704e933")
UID = bytes.fromhex("04996c6a926980")
VECTORS = [
    (3, "4E2E289D945A66BB13377A728884E867", "E19CCB1FED8892CE", "023fb5f34a"),
    (5, "00F48C4F8E386DED06BCDC78FA92E2FE", "66B4826EA4C155B4", "e5714d2820"),
    (7, "0DBF3C59B59B0638D60B5842A997D4D1", "CC61660C020B4D96", "c9c4d00f0f"),
]


@pytest.mark.parametrize(("counter", "p", "c", "padding"), VECTORS)
def test_vectors(counter: int, p: str, c: str, padding: str) -> None:
    assert sun.encrypt(K1, UID, counter, bytes.fromhex(padding)) == p
    assert sun.mac(K2, UID, counter) == c
    assert sun.decrypt(K1, p) == sun.decrypt(K1, p.lower()) == (UID, counter)


@given(st.binary(min_size=7, max_size=7), st.integers(0, 2**24 - 1))
def test_round_trip(uid: bytes, counter: int) -> None:
    assert sun.decrypt(K1, sun.encrypt(K1, uid, counter)) == (uid, counter)


def test_p_differs_at_each_read_and_c_does_not() -> None:
    assert sun.encrypt(K1, UID, 3) != sun.encrypt(K1, UID, 3)
    assert sun.mac(K2, UID, 3) != sun.mac(K2, UID, 4)


@pytest.mark.parametrize("p", ["", "xyz", "4E2E", VECTORS[0][1] + "00", "é" * 32])
def test_p_that_is_none(p: str) -> None:
    with pytest.raises(sun.SunError):
        sun.decrypt(K1, p)


def test_another_key() -> None:
    with pytest.raises(sun.SunError, match="another key"):
        sun.decrypt(K2, VECTORS[0][1])
