"""One type for each unit, integers only."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pos_app.core.money import Fiat, Msat, Sat, grouped

amounts = st.integers(-(10**15), 10**15)


@given(amounts, amounts)
def test_sums_stay_in_their_unit(a: int, b: int) -> None:
    assert Sat(a) + Sat(b) == Sat(a + b)
    assert Msat(a) - Msat(b) == Msat(a - b)
    assert -Sat(a) == Sat(-a)
    assert (Sat(a) < Sat(b)) == (a < b)


@given(amounts)
def test_sat_to_msat_and_back(value: int) -> None:
    assert Sat(value).to_msat().to_sat() == Sat(value)


def test_units_do_not_mix() -> None:
    with pytest.raises(TypeError):
        Sat(1) + Msat(1)  # type: ignore[operator]
    with pytest.raises(TypeError):
        _ = Sat(1) < Msat(1)  # type: ignore[operator]
    assert Sat(1) != Msat(1)  # type: ignore[comparison-overlap]
    with pytest.raises(TypeError):
        Fiat(1, "EUR") + Fiat(1, "USD")
    assert Fiat(150, "EUR") + Fiat(5, "EUR") == Fiat(155, "EUR")


@pytest.mark.parametrize("value", [1.0, True, "1", None])
def test_only_whole_numbers(value: object) -> None:
    with pytest.raises(TypeError):
        Sat(value)  # type: ignore[arg-type]


def test_a_fraction_of_a_sat_is_never_dropped() -> None:
    with pytest.raises(ValueError, match="1500 msat"):
        Msat(1500).to_sat()


def test_grouping() -> None:
    assert str(Sat(16_703)) == "16\u202f703 sat"
    assert grouped(-1_000_000) == "\u22121\u202f000\u202f000"
    assert grouped(999) == "999"


@pytest.mark.parametrize(
    ("fiat", "shown", "plain"),
    [
        (Fiat(145_000_00, "EUR"), "145\u202f000.00\u00a0EUR", "145000.00"),
        (Fiat(5, "EUR"), "0.05\u00a0EUR", "0.05"),
        (Fiat(-1450, "EUR"), "\u221214.50\u00a0EUR", "-14.50"),
        (Fiat(500, "JPY"), "500\u00a0JPY", "500"),
        (Fiat(1_234, "BHD"), "1.234\u00a0BHD", "1.234"),
    ],
)
def test_fiat_is_written_with_the_digits_of_its_currency(fiat: Fiat, shown: str, plain: str) -> None:
    assert str(fiat) == shown
    assert fiat.decimal(plain=True) == plain
