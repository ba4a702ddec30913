"""The age of a stored tap by all clocks that there are."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pos_app.till.age import DOUBT_S, Age, Reading, judge

MAX_S = 24 * 3600.0
CAPTURED_S = 1_795_000_000.0


def read(passed_s: float, *, wall_off_s: float = 0, date_off_s: float | None = None) -> Reading:
    """The clocks `passed_s` after the capture, some of them set."""
    wall_s = CAPTURED_S + passed_s + wall_off_s
    date_s = None if date_off_s is None else CAPTURED_S + passed_s + date_off_s
    return Reading(1000 + passed_s, 1000, wall_s, date_s)


@pytest.mark.parametrize(("passed_s", "age"), [(0, Age.FRESH), (MAX_S, Age.FRESH), (MAX_S + 1, Age.TOO_OLD)])
def test_the_limit(passed_s: float, age: Age) -> None:
    assert judge(CAPTURED_S, 1000, read(passed_s), MAX_S) is age


@given(passed_s=st.floats(0, 1e6), off_s=st.floats(-1e6, 1e6))
def test_a_clock_that_was_set_by_more_than_an_hour_is_never_believed(passed_s: float, off_s: float) -> None:
    age = judge(CAPTURED_S, 1000, read(passed_s, wall_off_s=off_s), MAX_S)
    if abs(off_s) > DOUBT_S + 1:
        assert age is Age.NOT_KNOWN
    elif abs(off_s) < DOUBT_S - 1:
        assert age is (Age.TOO_OLD if passed_s + max(off_s, 0) > MAX_S else Age.FRESH)


@given(passed_s=st.floats(0, 1e6), date_off_s=st.floats(-DOUBT_S + 1, DOUBT_S - 1))
def test_of_clocks_that_agree_the_older_one_counts(passed_s: float, date_off_s: float) -> None:
    age = judge(CAPTURED_S, None, read(passed_s, date_off_s=date_off_s), MAX_S)
    assert age is (Age.TOO_OLD if passed_s + max(date_off_s, 0) > MAX_S else Age.FRESH)


@pytest.mark.parametrize("date_off_s", [-DOUBT_S - 1, DOUBT_S + 1])
def test_a_server_that_says_another_hour_raises_a_doubt(date_off_s: float) -> None:
    assert judge(CAPTURED_S, None, read(10, date_off_s=date_off_s), MAX_S) is Age.NOT_KNOWN


def test_after_a_restart_a_tap_from_the_future_raises_a_doubt() -> None:
    assert judge(CAPTURED_S, None, read(10, wall_off_s=-DOUBT_S - 20), MAX_S) is Age.NOT_KNOWN
    assert judge(CAPTURED_S, None, read(10, wall_off_s=-600), MAX_S) is Age.FRESH


def test_a_server_that_was_not_asked_yet_is_asked_before_a_tap_of_an_earlier_run_ends() -> None:
    late = replace(read(60, wall_off_s=2 * MAX_S), date_is_due=True)
    assert judge(CAPTURED_S, None, late, MAX_S) is Age.NOT_JUDGED
    assert judge(CAPTURED_S, None, replace(late, date_is_due=False), MAX_S) is Age.TOO_OLD
    assert judge(CAPTURED_S, None, replace(read(MAX_S + 1), date_is_due=True), MAX_S) is Age.TOO_OLD
    assert judge(CAPTURED_S, 1000, replace(read(MAX_S + 1), date_is_due=True), MAX_S) is Age.TOO_OLD
