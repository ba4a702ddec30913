from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pos_app.lnurl import lud01

VECTOR = (
    "LNURL1DP68GURN8GHJ7UM9WFMXJCM99E3K7MF0V9CXJ0M385EKVCENXC6R2C35XVUKXEFCV5MKVV34X5EKZD3EV56NYD3HXQURZEPEXEJXXEPNX"
    "SCRVWFNV9NXZCN9XQ6XYEFHVGCXXCMYXYMNSERXFQ5FNS"
)
URL = "https://service.com/api?q=3fc3645b439ce8e7f2553a69e5267081d96dcd340693afabe04be7b0ccd178df"


def test_vector() -> None:
    assert lud01.decode(VECTOR) == lud01.decode(VECTOR.lower()) == URL
    assert lud01.encode(URL) == VECTOR


@given(st.text(min_size=1, max_size=300))
def test_round_trip(url: str) -> None:
    assert lud01.decode(lud01.encode(url)) == url


@pytest.mark.parametrize(
    "text",
    [
        "",
        "LNURL1",
        "LNURL1Q",
        VECTOR[:-1],
        VECTOR[:-1] + "Q",
        VECTOR[:9] + VECTOR[9:].lower(),
        "lnbc1" + VECTOR[6:],
        VECTOR.replace("DP", "BP"),
        "LNURL1" + "Q" * 5000,
        "lnurl1é",
    ],
)
def test_damaged(text: str) -> None:
    with pytest.raises(ValueError, match="LNURL"):
        lud01.decode(text)


@given(st.text(max_size=80).map(lambda text: "lnurl1" + text))
def test_raises_only_value_error(text: str) -> None:
    try:
        lud01.decode(text)
    except ValueError:
        return
