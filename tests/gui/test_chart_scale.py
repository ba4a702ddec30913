"""The arithmetic of charts: steps without decimals, bars from zero, shares that add up."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pos_app.ui.charts import scale
from pos_app.ui.charts.scale import Span, axis_for

RATIOS = (1.0, 1.25, 1.5, 2.0, 3.0)


@pytest.mark.parametrize(
    ("largest", "unit", "ticks"),
    [
        (134, 1, (0, 50, 100, 150)),
        (126_000, 1, (0, 50_000, 100_000, 150_000)),
        (1, 1, (0, 1)),
        (3, 1, (0, 1, 2, 3)),
        (8_400, 1, (0, 5_000, 10_000)),
        (840, 100, (0, 500, 1_000)),
        (40, 100, (0, 100)),
        (0, 1, (0,)),
        (0, 100, (0,)),
    ],
)
def test_axis_steps_are_round_and_start_at_zero(largest: int, unit: int, ticks: tuple[int, ...]) -> None:
    assert axis_for(largest, unit=unit).ticks == ticks


@given(st.integers(0, 21 * 10**14), st.sampled_from((1, 100, 1000)))
def test_an_axis_holds_its_largest_value_in_few_whole_steps(largest: int, unit: int) -> None:
    axis = axis_for(largest, unit=unit)
    assert axis.top >= largest and axis.ticks[0] == 0
    assert len(axis.ticks) <= 5
    assert all(tick % axis.divisor == 0 for tick in axis.ticks)
    if largest > 4 * unit:
        assert largest > axis.top / 3, "most of the height is used"


def test_large_sums_are_counted_in_millions() -> None:
    assert axis_for(26_000_000).divisor == 1_000_000
    assert axis_for(8_000_000).divisor == 1
    assert axis_for(2_600_000_000, unit=100).divisor == 100_000_000


@given(st.integers(1, 400), st.integers(50, 2000), st.sampled_from(RATIOS))
def test_bars_stand_in_their_places_on_device_pixels(count: int, width: int, ratio: float) -> None:
    slots = scale.slots(10, width, count)
    assert len(slots) == count
    assert slots[-1].x + slots[-1].width == pytest.approx(10 + width)
    for slot in slots:
        bar = scale.bar_in(slot, ratio)
        assert bar.x * ratio == pytest.approx(round(bar.x * ratio))
        assert bar.width * ratio >= 0.999
        assert bar.x >= slot.x - 1 / ratio and bar.x + bar.width <= slot.x + slot.width + 1.5 / ratio


@given(st.floats(0, 1), st.integers(20, 800), st.sampled_from(RATIOS))
def test_heights_are_proportional_to_a_device_pixel(share: float, height: int, ratio: float) -> None:
    drawn = scale.bar_height(share, height, ratio)
    if share == 0:
        assert drawn == 0
    else:
        assert drawn >= 1 / ratio
        assert abs(drawn - share * height) <= 1 / ratio


@given(
    st.lists(st.integers(0, 10**9), min_size=1, max_size=8).map(tuple), st.integers(60, 900), st.sampled_from(RATIOS)
)
def test_stacked_parts_fill_the_bar_and_none_vanishes(values: tuple[int, ...], width: int, ratio: float) -> None:
    parts = scale.stacked(values, 5, width, 2, ratio)
    shown = [(value, part) for value, part in zip(values, parts, strict=True) if value]
    assert all(part.width > 0 for _, part in shown)
    assert all(part.width == 0 for value, part in zip(values, parts, strict=True) if not value)
    if shown:
        assert shown[0][1].x == pytest.approx(scale.snap(5, ratio))
        last = shown[-1][1]
        assert last.x + last.width == pytest.approx(5 + width, abs=1 / ratio + 0.01)
        for (_, left), (_, right) in pairwise(shown):
            assert right.x - (left.x + left.width) == pytest.approx(2, abs=1 / ratio + 0.01)


def test_stacked_parts_are_as_wide_as_their_shares() -> None:
    first, second, nothing = scale.stacked((75, 25, 0), 0, 402, 2, 1.0)
    assert (first, second) == (Span(0, 300), Span(302, 100))
    assert nothing.width == 0


def test_shades_are_quarters_and_nothing_is_a_shade_of_its_own() -> None:
    assert [scale.shade(value, 100) for value in (0, 1, 25, 26, 50, 75, 76, 100)] == [0, 1, 1, 2, 2, 3, 4, 4]
    assert scale.shade(0, 0) == 0


def test_labels_stand_as_close_as_they_fit() -> None:
    steps = (1, 2, 3, 6, 12)
    assert scale.label_every(20, 18, steps) == 1
    assert scale.label_every(20, 41, steps) == 3
    assert scale.label_every(2, 400, steps) == 12


def _week(*busy: int) -> tuple[tuple[int, ...], ...]:
    return tuple(tuple(int(hour in busy and day == 2) for hour in range(24)) for day in range(7))


def test_a_heat_map_shows_the_busy_hours() -> None:
    assert scale.hours_shown(_week(8, 20)) == tuple(range(8, 21))
    assert scale.hours_shown(_week(12)) == tuple(range(6, 18))
    assert scale.hours_shown(_week(22)) == tuple(range(12, 24))
    assert len(scale.hours_shown(_week(0, 23))) == 24
    assert scale.hours_shown(_week()) == tuple(range(8, 20))


@given(st.sets(st.integers(0, 23), max_size=24))
def test_no_busy_hour_is_left_out(busy: set[int]) -> None:
    hours = scale.hours_shown(_week(*busy))
    assert busy <= set(hours) and len(hours) >= 12
    assert list(hours) == list(range(hours[0], hours[-1] + 1))


@pytest.mark.parametrize(
    ("values", "runs"),
    [
        ((1.0, 2.0, 3.0), ((0, 1, 2),)),
        ((0.0, 0.0, 1.0, 0.0, 0.0), ((1, 2, 3),)),
        ((1.0, None, 1.0, 2.0), ((0,), (2, 3))),
        ((0.0, 0.0), ()),
        ((None, 0.0, None), ()),
        ((1.0, 0.0, 0.0, 2.0), ((0, 1), (2, 3))),
        ((), ()),
    ],
)
def test_a_line_breaks_where_a_value_is_missing_and_does_not_hide_the_zero_line(
    values: tuple[float | None, ...], runs: tuple[tuple[int, ...], ...]
) -> None:
    assert scale.line_runs(values) == runs
