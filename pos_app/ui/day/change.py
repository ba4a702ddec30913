"""A figure against the one of before, in words. Up is not good and down is not bad by itself."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication

from pos_app.core.money import grouped

_tr = QCoreApplication.translate
UP, DOWN, SAME = "arrow-up-right", "arrow-down-right", "minus"


@dataclass(frozen=True, slots=True)
class Change:
    """`icon` is one of Lucide's names; `words` stand on the tile, `sentence` is for a screen reader."""

    icon: str
    words: str
    sentence: str
    link: str = ""
    """What leads on to what it is compared with; empty where there is nothing."""


def none_then() -> Change:
    """There is nothing to compare with."""
    words = _tr("Day", "no sales then")
    return Change(SAME, words, words)


def percent(now: int, before: int) -> Change:
    """By how many per cent; `before` must be more than 0."""
    share = abs(now - before) * 100
    whole = (2 * share + before) // (2 * before)
    words = _tr("Day", "{percent} %").format(percent=grouped(whole)) if whole else _tr("Day", "under 1 %")
    return _changed(now - before, words, words)


def number(now: int, before: int) -> Change:
    """By how many."""
    much = grouped(abs(now - before))
    more, fewer = _tr("Day", "{much} more").format(much=much), _tr("Day", "{much} fewer").format(much=much)
    return _changed(now - before, more if now > before else fewer, much)


def amount(now: int, before: int, words: str) -> Change:
    """By an amount; `words` are those of the difference."""
    told = _tr("Day", "{much} more") if now > before else _tr("Day", "{much} less")
    return _changed(now - before, told.format(much=words), words)


def _changed(difference: int, words: str, much: str) -> Change:
    if not difference:
        return Change(SAME, _tr("Day", "same"), _tr("Day", "the same as"), _tr("Day", "as"))
    told = _tr("Day", "{much} more than") if difference > 0 else _tr("Day", "{much} less than")
    return Change(UP if difference > 0 else DOWN, words, told.format(much=much), _tr("Day", "vs"))
