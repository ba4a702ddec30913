"""How wide the columns of the history are: as wide as their words, and the note takes the rest."""

from __future__ import annotations

from collections.abc import Mapping

from pos_app.till.history_views import RowState
from pos_app.till.views import Tender
from pos_app.ui import fonts
from pos_app.ui.history import words
from pos_app.ui.history.texts import Column
from pos_app.ui.theme import theme
from pos_app.ui.widgets import paint
from pos_app.ui.widgets.chip import chip_width
from pos_app.ui.words import tender_word

MARGIN_U = 5
GAP_U = 4
GIVES_WAY = ((Column.SALE, 24.0), (Column.BY, 24.0), (Column.FIAT, 0.0))
"""What is left out, and for how wide a note, where the window is narrow or the text large: in this order, in u."""


def _natural(other_till: str, *, with_day: bool, with_fiat: bool) -> dict[Column, int]:
    figure = theme.font(4.75, tabular=True)
    strong = theme.font(4.75, fonts.SEMIBOLD, tabular=True)
    body = theme.font(4.5)
    tender = max(paint.width_of(tender_word(tender), body) for tender in Tender)
    return {
        Column.TIME: paint.width_of("00 Mmm 00:00" if with_day else "00:00", figure),
        Column.STATE: max(chip_width(words.state_look(state)) for state in RowState),
        Column.FIAT: paint.width_of("€00 000.00", strong) if with_fiat else 0,
        Column.SAT: paint.width_of("00 000 000", figure if with_fiat else strong),
        Column.BY: theme.u(4.5) + theme.u(2) + tender,
        Column.SALE: paint.width_of(other_till, theme.font(4)),
    }


def widths(room: int, other_till: str, *, with_day: bool, with_fiat: bool) -> Mapping[Column, int]:
    """The width of each column in pixels, with the gap behind it and the margins; 0 is not shown."""
    gap, margin = theme.u(GAP_U), theme.u(MARGIN_U)
    shown = {
        column: width + gap
        for column, width in _natural(other_till, with_day=with_day, with_fiat=with_fiat).items()
        if width
    }
    for column, note_u in GIVES_WAY:
        if room - 2 * margin - sum(shown.values()) >= theme.u(note_u):
            break
        shown.pop(column, None)
    shown[Column.TIME] += margin
    shown[Column.NOTE] = max(margin, room - sum(shown.values()))
    return {column: shown.get(column, 0) for column in Column}


def is_right(column: Column) -> bool:
    """Numbers stand at the right."""
    return column in (Column.FIAT, Column.SAT)
