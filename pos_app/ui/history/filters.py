"""What a filter says in words, each part for its own chip, and how a part is taken out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from PySide6.QtCore import QCoreApplication

from pos_app.core.money import MAX_SAT, THIN_SPACE, Sat, grouped
from pos_app.core.text import plain
from pos_app.till.history_views import Direction, HistoryFilter, RowState
from pos_app.till.views import Tender
from pos_app.ui.history.ranges import DateRange, Preset, range_words
from pos_app.ui.history.words import state_look
from pos_app.ui.words import tender_word

NOTHING = HistoryFilter()


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a filter that can be taken out: its words, and the filter without it."""

    words: str
    without: HistoryFilter


def _tr(text: str) -> str:
    return QCoreApplication.translate("Filter", text)


def states_words(states: Iterable[RowState]) -> str:
    """Paid, Expired; in the order of the choices."""
    chosen = frozenset(states)
    return ", ".join(state_look(state).word for state in RowState if state in chosen)


def tenders_words(tenders: Iterable[Tender]) -> str:
    chosen = frozenset(tenders)
    return ", ".join(tender_word(tender) for tender in Tender if tender in chosen)


def direction_word(direction: Direction | None) -> str:
    return {Direction.IN: _tr("Received"), Direction.OUT: _tr("Sent"), None: _tr("In and out")}[direction]


def amount_words(least: Sat | None, most: Sat | None) -> str:
    """1 000–5 000 sat, from 1 000 sat, up to 5 000 sat."""
    if least is not None and most is not None:
        return f"{grouped(least.value)}–{most}"
    if least is not None:
        return _tr("from {amount}").format(amount=least)
    return _tr("up to {amount}").format(amount=most) if most is not None else ""


def parts(base: HistoryFilter) -> tuple[Part, ...]:
    """All that filters, but the search and the dates."""
    found = (
        (states_words(base.states), replace(base, states=frozenset())),
        (tenders_words(base.tenders), replace(base, tenders=frozenset())),
        (direction_word(base.direction) if base.direction is not None else "", replace(base, direction=None)),
        (amount_words(base.least, base.most), replace(base, least=None, most=None)),
        (_tr("Tag {tag}").format(tag=plain(base.tag, 40)) if base.tag else "", replace(base, tag="")),
    )
    return tuple(Part(words, without) for words, without in found if words)


def short(words: str) -> str:
    """The first of several, and how many more: Paid +2."""
    first, *more = words.split(", ")
    return f"{first} +{len(more)}" if more else first


def range_phrase(chosen: DateRange) -> str:
    """The dates in a sentence: of today, of 3–14 Mar."""
    fixed = {
        Preset.TODAY: _tr("of today"),
        Preset.YESTERDAY: _tr("of yesterday"),
        Preset.WEEK: _tr("of this week"),
        Preset.MONTH: _tr("of this month"),
        Preset.DAYS_30: _tr("of the last 30 days"),
        Preset.ALL: _tr("in all"),
    }
    return fixed.get(chosen.preset) or _tr("of {dates}").format(dates=range_words(chosen))


class WrongAmount(ValueError):
    """What was typed is no amount of sat."""


def parse_sat(text: str) -> Sat | None:
    """An amount as people type it, `2 100`; None for nothing. Raises WrongAmount."""
    digits = "".join(text.replace(THIN_SPACE, " ").removesuffix("sat").split())
    if not digits:
        return None
    if not (digits.isascii() and digits.isdigit()) or int(digits) > MAX_SAT:
        raise WrongAmount(text)
    return Sat(int(digits))
