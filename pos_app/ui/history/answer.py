"""An answer of the history on its way, and what the eye rests on meanwhile."""

from __future__ import annotations

from dataclasses import dataclass, field

from pos_app.till.history_views import HistoryFilter, HistoryRow, HistorySums
from pos_app.ui.job import Job

LONGEST_DAY_S = 25 * 3600


@dataclass(frozen=True, slots=True)
class Anchor:
    """What the eye rests on while rows are loaded anew: the positions in sight, and the keys of the rows there."""

    first: int
    last: int
    keys: tuple[tuple[int, str], ...]


@dataclass(slots=True)
class Load:
    """A whole new answer on its way. The old rows stay until it is complete."""

    wanted: HistoryFilter
    anchor: Anchor | None
    jobs: list[Job] = field(default_factory=list)
    sums: HistorySums | None = None
    first_page: int = 0
    rows: tuple[HistoryRow, ...] | None = None


def spans_days(wanted: HistoryFilter) -> bool:
    """Whether the times of its rows need their day."""
    return wanted.from_s is None or wanted.until_s is None or wanted.until_s - wanted.from_s > LONGEST_DAY_S
