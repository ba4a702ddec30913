"""Figures and their table."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import perf_counter


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured thing beside its floor, both in `unit`; `goal` is the most that the ratio should be."""

    name: str
    value: float
    floor_name: str
    floor: float
    unit: str = "ms"
    goal: float | None = None
    note: str = ""

    @property
    def ratio(self) -> float:
        return self.value / self.floor if self.floor else float("inf")


def timed_ms(work: Callable[[], object]) -> float:
    """How long one call takes, in milliseconds."""
    start = perf_counter()
    work()
    return (perf_counter() - start) * 1000


def p95(values: Sequence[float]) -> float:
    return statistics.quantiles(values, n=20, method="inclusive")[-1] if len(values) > 1 else values[0]


def median(values: Sequence[float]) -> float:
    return statistics.median(values)


def table(figures: Sequence[Figure]) -> str:
    """The figures as a Markdown table."""
    rows = ["| what | value | floor of the same run | ratio | goal | note |", "|---|---|---|---|---|---|"]
    for figure in figures:
        goal = "" if figure.goal is None else f"≤ {figure.goal:g}"
        rows.append(
            f"| {figure.name} | {figure.value:.1f} {figure.unit} | {figure.floor_name}: {figure.floor:.1f} "
            f"{figure.unit} | {figure.ratio:.2f} | {goal} | {figure.note} |"
        )
    return "\n".join(rows)
