"""The columns of the history and the text of each cell."""

from __future__ import annotations

from enum import IntEnum

from PySide6.QtCore import QCoreApplication

from pos_app.till.history_views import HistoryRow
from pos_app.ui.history import words


class Column(IntEnum):
    TIME = 0
    STATE = 1
    FIAT = 2
    SAT = 3
    BY = 4
    SALE = 5
    NOTE = 6


def column_text(row: HistoryRow, column: Column, *, with_day: bool) -> str:
    """What stands in the cell, in words."""
    match column:
        case Column.TIME:
            return words.moment(row.at_s, with_day=with_day)
        case Column.STATE:
            return words.row_look(row).word
        case Column.FIAT:
            return words.fiat_words(row.fiat) if row.fiat is not None else ""
        case Column.SAT:
            return words.sat_words(row.amount_msat)
        case Column.BY:
            return words.paid_by(row)[1]
        case Column.SALE:
            return words.sale_words(row)
        case Column.NOTE:
            return words.note_words(row)


def caption(column: Column, *, has_fiat: bool) -> str:
    """The word above a column."""
    tr = QCoreApplication.translate
    return {
        Column.TIME: tr("History", "Time"),
        Column.STATE: tr("History", "State"),
        Column.FIAT: tr("History", "Amount"),
        Column.SAT: tr("History", "sat") if has_fiat else tr("History", "Amount, sat"),
        Column.BY: tr("History", "By"),
        Column.SALE: tr("History", "Sale"),
        Column.NOTE: tr("History", "Note"),
    }[column]
