"""Strangers' text on our screen: one bounded line, nothing that moves or hides."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pos_app.core.text import plain, without_addresses


@given(st.text(max_size=400))
def test_the_result_is_one_short_visible_line(text: str) -> None:
    result = plain(text)
    assert len(result) <= 200
    assert not any(unicodedata.category(c) in ("Cc", "Cf", "Zl", "Zp") for c in result)


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("Card is disabled.", "Card is disabled."),
        ("two\nlines\tand tabs", "two lines and tabs"),
        ("\x1b[31mred\x1b[0m", "[31mred[0m"),
        ("paid\u202eevil", "paidevil"),
        ("<b>bold</b>", "<b>bold</b>"),
        ("", ""),
    ],
)
def test_examples(raw: str, shown: str) -> None:
    assert plain(raw) == shown


def test_long_text_ends_in_an_ellipsis() -> None:
    assert plain("x" * 500, limit=10) == "xxxxxxxxx…"


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("Insufficient balance", "Insufficient balance"),
        ("Bad request to https://bank.example/w?p=00AA&c=11BB, sorry", "Bad request to … sorry"),
        ("lnurlw://bank.example/w?p=1&c=2", "…"),
        ("no card at bank.example/w?id=1&p=00AA&c=11BB", "no card at …"),
        ("k1: see ?k1=0011", "k1: see …"),
        ("LNURL1DP68GURN8GHJ7MRWW4EXCTNXD9SHG6NPVCHXXMMD9AKXUATJDSKHQ", "…"),
        ("lnbc20m1pvjluezsp5zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3 unpaid", "… unpaid"),
        ("tap 4E2E289D945A66BB13377A728884E867 is used", "tap … is used"),
        ("limit: 5 a day; try p=tomorrow", "limit: 5 a day; try p=tomorrow"),
    ],
)
def test_addresses_tokens_and_invoices_are_taken_out(raw: str, shown: str) -> None:
    assert without_addresses(raw) == shown
