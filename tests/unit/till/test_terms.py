"""The owner's limits: each on its own, at the edge."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pos_app.core.errors import UserError
from pos_app.core.money import Sat
from pos_app.till.terms import (
    DEFAULTS,
    Exposure,
    LimitReached,
    NotAccepted,
    check_room,
    check_tap,
    check_terms,
    raises_a_limit,
)
from pos_app.till.views import TermsView

ACCEPTED = replace(DEFAULTS, accepted_at_s=1.0)
NOTHING_OUT = Exposure(0, Sat(0))


def test_the_defaults_are_those_of_the_design() -> None:
    assert TermsView(None, Sat(20_000), Sat(100_000), 20, 4 * 3600, 24 * 3600) == DEFAULTS
    check_terms(DEFAULTS)


def test_off_until_accepted() -> None:
    with pytest.raises(NotAccepted):
        check_tap(DEFAULTS, NOTHING_OUT, Sat(1), is_new=True, offline_s=None)


@given(
    total=st.integers(1, 30_000),
    count=st.integers(0, 25),
    out=st.integers(0, 120_000),
    is_new=st.booleans(),
    offline_s=st.none() | st.floats(0, 20_000),
)
def test_a_card_is_stored_if_and_only_if_every_limit_holds(
    total: int, count: int, out: int, is_new: bool, offline_s: float | None
) -> None:
    fits = total <= 20_000 and (offline_s is None or offline_s <= 4 * 3600)
    if is_new:
        fits = fits and count + 1 <= 20 and out + total <= 100_000
    try:
        check_tap(ACCEPTED, Exposure(count, Sat(out)), Sat(total), is_new=is_new, offline_s=offline_s)
    except LimitReached as error:
        assert not fits
        assert error.cure
    else:
        assert fits


@pytest.mark.parametrize(
    ("out", "offline_s", "words"),
    [
        (Exposure(20, Sat(20)), None, "20 sales are stored already"),
        (Exposure(1, Sat(100_000)), None, "stored already"),
        (NOTHING_OUT, 4 * 3600 + 1, "away for more than 4 h"),
    ],
)
def test_why_there_is_no_room(out: Exposure, offline_s: float | None, words: str) -> None:
    with pytest.raises(LimitReached, match=words):
        check_room(ACCEPTED, out, offline_s)
    check_room(ACCEPTED, Exposure(19, Sat(99_999)), 4 * 3600)


@pytest.mark.parametrize("name", ["tap_max", "sum_max", "count_max", "session_max_s", "tap_age_max_s"])
def test_which_change_risks_more(name: str) -> None:
    value = getattr(DEFAULTS, name)
    one = Sat(1) if isinstance(value, Sat) else 1
    higher, lower = replace(DEFAULTS, **{name: value + one}), replace(DEFAULTS, **{name: value - one})
    assert raises_a_limit(DEFAULTS, higher)
    assert not raises_a_limit(DEFAULTS, lower)
    assert not raises_a_limit(DEFAULTS, replace(DEFAULTS, accepted_at_s=2.0))


def test_what_a_limit_cannot_be_is_said_in_its_unit() -> None:
    with pytest.raises(UserError, match="Choose between 1 min and 168 h"):
        check_terms(replace(DEFAULTS, session_max_s=0))
