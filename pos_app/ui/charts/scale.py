"""The arithmetic of charts: axis steps, places of bars, shares and shades. Plain numbers, no drawing."""

from __future__ import annotations

from dataclasses import dataclass

GAP_SHARE = 0.16
"""Of a bar's place, free on each side."""
SHADES = 5
LEAST_PART_PX = 3
MILLION = 1_000_000
_NICE = (1, 2, 5)


@dataclass(frozen=True, slots=True)
class Axis:
    """From 0 to `top` in whole steps. Figures are written as `value // divisor`, without decimals."""

    top: int
    step: int
    divisor: int = 1

    @property
    def ticks(self) -> tuple[int, ...]:
        """The values that have a line, the zero line first."""
        return tuple(range(0, self.top + 1, self.step))

    def share(self, value: float) -> float:
        """How far up the value stands: 0 at the zero line, 1 at the top."""
        return value / self.top


def axis_for(largest: int, *, unit: int = 1, lines: int = 4) -> Axis:
    """An axis that holds 0 and `largest`, with at most so many lines above zero.

    `unit` is the smallest step, as 100 for a currency with cents: figures on an axis have no decimals.
    Where there is nothing the zero line stands alone.
    """
    if largest <= 0:
        return Axis(unit, 2 * unit, unit)
    step = next(s for s in _steps(unit) if s * lines >= largest)
    top = -(-largest // step) * step
    in_millions = step % (MILLION * unit) == 0 and top >= 10 * MILLION * unit
    return Axis(top, step, MILLION * unit if in_millions else unit)


def _steps(unit: int) -> list[int]:
    return [unit * factor * 10**power for power in range(20) for factor in _NICE]


def snap(value: float, ratio: float) -> float:
    """The nearest edge between two device pixels, where a logical pixel is `ratio` of them."""
    return round(value * ratio) / ratio


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of the horizontal axis in logical pixels."""

    x: float
    width: float

    @property
    def middle(self) -> float:
        return self.x + self.width / 2

    def holds(self, x: float) -> bool:
        return self.x <= x < self.x + self.width


def slots(x: float, width: float, count: int) -> tuple[Span, ...]:
    """`count` places of one width, side by side."""
    each = width / count if count else 0.0
    return tuple(Span(x + at * each, each) for at in range(count))


def bar_in(slot: Span, ratio: float) -> Span:
    """The bar in its place: free at both sides, its edges on device pixels, at least one of them wide."""
    left = snap(slot.x + slot.width * GAP_SHARE, ratio)
    right = snap(slot.x + slot.width * (1 - GAP_SHARE), ratio)
    return Span(left, max(1 / ratio, right - left))


def bar_height(share: float, height: float, ratio: float) -> float:
    """How high a bar stands, on device pixels. What is not nothing is at least one of them high."""
    if share <= 0:
        return 0.0
    return max(1 / ratio, snap(share * height, ratio))


def label_every(slot_px: float, label_px: float, steps: tuple[int, ...]) -> int:
    """Each how many places a label of that width finds room: the first of `steps` that fits, else the last."""
    return next((step for step in steps if step * slot_px >= label_px), steps[-1])


def shade(value: int, largest: int) -> int:
    """0 for nothing, else 1 to 4 by quarters of the largest."""
    if value <= 0 or largest <= 0:
        return 0
    return min(SHADES - 1, -(-value * (SHADES - 1) // largest))


def stacked(values: tuple[int, ...], x: float, width: float, gap: float, ratio: float) -> tuple[Span, ...]:
    """Parts of one bar, as wide as their shares and with gaps between them.

    A part that is not nothing can be seen; one that is nothing has no width and no gap.
    """
    total = sum(values)
    shown = sum(value > 0 for value in values)
    if not shown:
        return tuple(Span(x, 0.0) for _ in values)
    room = width - gap * (shown - 1)
    least = min(LEAST_PART_PX, room / shown)
    wide = [max(least, room * value / total) if value > 0 else 0.0 for value in values]
    spare = sum(wide) - room
    large = sum(w - least for w in wide if w > least)
    widths = [w - spare * (w - least) / large if w > least and large else w for w in wide]
    parts: list[Span] = []
    at = x
    for value, part_width in zip(values, widths, strict=True):
        left, right = snap(at, ratio), snap(at + part_width, ratio)
        parts.append(Span(left, right - left))
        at += part_width + gap if value > 0 else 0.0
    return tuple(parts)


def hours_shown(weeks: tuple[tuple[int, ...], ...], least: int = 12) -> tuple[int, ...]:
    """The hours of a heat map, by the clock: from the first busy one to the last.

    At least `least` of them, so that quiet shops get a map and not a column; without any, those around noon.
    """
    busy = [hour for hour in range(24) if any(day[hour] for day in weeks)] or [8, 7 + least]
    first, last = busy[0], busy[-1]
    while last - first + 1 < least:
        if first > 0 and (last - busy[-1] >= busy[0] - first or last == 23):
            first -= 1
        else:
            last += 1
    return tuple(range(first, last + 1))


def line_runs(values: tuple[float | None, ...]) -> tuple[tuple[int, ...], ...]:
    """The stretches of a line, as indexes. It breaks where a value is missing, and where it would lie on zero.

    A value whose neighbours are missing is a run of its own.
    """
    runs: list[list[int]] = []
    for at, value in enumerate(values):
        before = values[at - 1] if at else None
        if value is not None and before is not None:
            if value or before:
                if runs and runs[-1][-1] == at - 1:
                    runs[-1].append(at)
                else:
                    runs.append([at - 1, at])
        elif value and (at + 1 == len(values) or values[at + 1] is None):
            runs.append([at])
    return tuple(tuple(run) for run in runs)
