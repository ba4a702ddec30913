"""What a chart shows: figures with their finished words. Amounts are whole numbers in the unit of the title."""

from __future__ import annotations

from dataclasses import dataclass

from pos_app.ui.charts.scale import Axis


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of the table behind a chart: its words, and for a number how a spreadsheet reads it."""

    words: str
    raw: str = ""

    @property
    def is_number(self) -> bool:
        return bool(self.raw)


@dataclass(frozen=True, slots=True)
class Table:
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True, slots=True)
class Figure:
    """What all charts have. `sentence` tells the chart's figures to somebody who does not see it."""

    title: str
    period: str
    sentence: str
    table: Table
    file_name: str
    """Without an ending, as `sales-by-hour-2026-11-22`."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar, and in the same place the line of the period before; None where that has no such place."""

    label: str
    """Under the axis; empty where none may stand."""
    number: int
    """What is counted for the choice of labels, as the hour of the clock."""
    value: int
    before: int | None
    words: tuple[str, ...]
    """The read-out, a line each: its place, its figures, those of before."""
    has_sales: bool = False
    """It can be chosen."""


@dataclass(frozen=True, slots=True)
class BarsFigure(Figure):
    axis: Axis
    bars: tuple[Bar, ...]
    label_steps: tuple[int, ...]
    """Each how many bars a label may stand, the closest first."""
    future_from: int
    """The first bar that has not begun; the number of bars where all have."""
    now_word: str
    before_word: str
    before_short: str
    empty_words: str = ""
    """What stands over bars that are all nothing."""


@dataclass(frozen=True, slots=True)
class HeatFigure(Figure):
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    values: tuple[tuple[int, ...], ...]
    """By row and column."""
    words: tuple[tuple[tuple[str, ...], ...], ...]
    """The read-out of each cell, a line each."""


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a stacked bar."""

    name: str
    short: str
    """The name where space is short."""
    icon: str
    value: int
    sum: str
    words: tuple[str, ...]
    can_choose: bool = False


@dataclass(frozen=True, slots=True)
class MixFigure(Figure):
    parts: tuple[Part, ...]
