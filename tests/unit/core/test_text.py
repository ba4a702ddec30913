"""Strangers' text on our screen: one bounded line, nothing that moves or hides."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pos_app.core.text import plain


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
