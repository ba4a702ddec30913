"""From a filter of the history to what the tables can be asked."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass

from pos_app.till.history_views import Direction, HistoryFilter
from pos_app.till.mirror import search
from pos_app.till.mirror.kinds import Kind
from pos_app.till.mirror.schema import END_OF_TIME_MS, first_id
from pos_app.till.mirror.search import Query

SQL_MOST = (1 << 63) - 1


@dataclass(frozen=True, slots=True)
class Condition:
    """A boolean expression over `entry`."""

    sql: str
    values: tuple[str | int | bytes, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """What a filter means: entries of these kinds from `from_ms` to before `until_ms`, and what else must hold."""

    kinds: Mapping[int, Kind]
    is_all_kinds: bool
    from_ms: int
    until_ms: int
    search: str
    conditions: tuple[Condition, ...]
    found: Query | None = None
    """The entries that have the searched text, as SQL; they are looked up first, and the rest is asked of them."""

    @property
    def is_of_sums(self) -> bool:
        """The sums of the stretches answer everything."""
        return not self.conditions and self.found is None

    @property
    def first_id(self) -> int:
        return first_id(self.from_ms)

    @property
    def end_id(self) -> int:
        return first_id(self.until_ms)

    @property
    def is_search_alone(self) -> bool:
        """Nothing but a text and a time is asked for."""
        return self.is_all_kinds and self.found is not None and not self.conditions

    def entries(self) -> Query:
        """All of it as SQL: `FROM entry …`, and its values."""
        source, values = "entry", [*self.found[1]] if self.found else []
        if self.found is not None:
            source = f"({self.found[0]}) AS found CROSS JOIN entry ON entry.id = found.id"
        parts = ["entry.id >= ?", "entry.id < ?"]
        values += [self.first_id, self.end_id]
        if not self.is_all_kinds:
            parts.append(f"+kind IN ({', '.join(map(str, self.kinds))})")
        for condition in self.conditions:
            parts.append(condition.sql)
            values.extend(condition.values)
        return f"FROM {source} WHERE {' AND '.join(parts)}", tuple(values)


def plan(db: sqlite3.Connection, kinds: Mapping[int, Kind], wanted: HistoryFilter) -> Plan:
    """What this filter asks for. `kinds` are all that there are."""
    chosen = {number: kind for number, kind in kinds.items() if _fits(kind, wanted)}
    conditions = []
    if wanted.least is not None or wanted.most is not None:
        conditions.append(_amount(wanted))
    words = wanted.search.strip()
    return Plan(
        kinds=chosen,
        is_all_kinds=len(chosen) == len(kinds),
        from_ms=0 if wanted.from_s is None else _ms(wanted.from_s),
        until_ms=END_OF_TIME_MS if wanted.until_s is None else _ms(wanted.until_s),
        search=words,
        conditions=tuple(conditions),
        found=search.found(db, words) if words else None,
    )


def _fits(kind: Kind, wanted: HistoryFilter) -> bool:
    return (
        (not wanted.states or kind.state in wanted.states)
        and (wanted.direction is None or kind.out == (wanted.direction is Direction.OUT))
        and (not wanted.tenders or kind.tender in wanted.tenders)
        and (not wanted.tag or kind.tag == wanted.tag)
    )


def _amount(wanted: HistoryFilter) -> Condition:
    """In or out alike: a person looks for a sum, not for its sign."""
    least = 0 if wanted.least is None else wanted.least.value * 1000
    most = SQL_MOST if wanted.most is None else wanted.most.value * 1000 + 999
    return Condition("(amount_msat BETWEEN ? AND ? OR amount_msat BETWEEN ? AND ?)", (least, most, -most, -least))


def _ms(time_s: float) -> int:
    return min(max(round(time_s * 1000), 0), END_OF_TIME_MS)
