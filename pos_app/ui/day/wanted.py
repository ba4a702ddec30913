"""What of the history stands behind a figure of the day page."""

from __future__ import annotations

from pos_app.till.history_views import Bar, Direction, HistoryFilter, PeriodView, RowState
from pos_app.till.views import Tender

SALES = frozenset({RowState.PAID, RowState.PAID_OTHERWISE, RowState.PAID_LATE, RowState.REFUND_DUE, RowState.REFUNDED})
"""What counts as a sale on this page: money came in."""
UNPAID = frozenset({RowState.OPEN, RowState.OWED, RowState.UNCERTAIN})


def behind_bar(bar: Bar) -> HistoryFilter:
    """What came in within its time."""
    return HistoryFilter(states=SALES, direction=Direction.IN, from_s=bar.from_s, until_s=bar.until_s)


def behind_tender(view: PeriodView, tender: Tender) -> HistoryFilter:
    """The period's sales that were paid so."""
    return HistoryFilter(states=SALES, from_s=view.from_s, until_s=view.until_s, tenders=frozenset({tender}))


def behind_pending(view: PeriodView) -> HistoryFilter:
    """The period's sales that are not paid yet."""
    return HistoryFilter(states=UNPAID, from_s=view.from_s, until_s=view.until_s)
