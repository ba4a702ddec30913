"""The rows of a page at any position, newest first, without walking there.

Where a filter names only kinds and times, the sums say in which quarter of an hour a position lies. For other filters
the numbers of all that fit are looked up once and kept until something changes.
"""

from __future__ import annotations

import heapq
import sqlite3
from array import array
from collections.abc import Iterator, Sequence

from pos_app.till.history_views import HistoryFilter
from pos_app.till.mirror import search
from pos_app.till.mirror.filters import Plan
from pos_app.till.mirror.rollups import Stretch, stretches
from pos_app.till.mirror.schema import WIDEST_FIRST_MS, first_id

NEAR = 400
"""So far from the top a search walks its indexes."""
KEPT = 2


class Pages:
    """Positions in filtered lists. May be used by several reading threads."""

    def __init__(self) -> None:
        self._found: dict[tuple[HistoryFilter, int], array[int]] = {}

    def ids(
        self, db: sqlite3.Connection, wanted: HistoryFilter, plan: Plan, version: int, offset: int, limit: int
    ) -> Sequence[int]:
        """The entries at these positions. `version` is another number whenever something has changed."""
        if not plan.kinds:
            return []
        if plan.is_of_sums:
            return _by_position(db, plan, offset, limit)
        found = self._found.get((wanted, version))
        if found is None and plan.is_search_alone and offset + limit <= NEAR:
            return search.newest(db, plan.search, plan.first_id, plan.end_id, offset + limit)[offset:]
        if found is None:
            found = all_ids(db, plan)
            kept = {key: ids for key, ids in self._found.items() if key[1] == version}
            self._found = dict([*kept.items(), ((wanted, version), found)][-KEPT:])
        return found[offset : offset + limit]


def all_ids(db: sqlite3.Connection, plan: Plan) -> array[int]:
    """Every entry that fits, newest first."""
    if not plan.kinds:
        return array("q")
    entries, values = plan.entries()
    return array("q", (row[0] for row in db.execute(f"SELECT entry.id {entries} ORDER BY entry.id DESC", values)))


def _by_position(db: sqlite3.Connection, plan: Plan, offset: int, limit: int) -> list[int]:
    for stretch in stretches(plan.from_ms, plan.until_ms):
        for until_ms, entries in _counts(db, plan, stretch):
            if offset >= entries:
                offset -= entries
                continue
            until_ms, offset = _within(db, plan, stretch.width_ms, until_ms, offset)
            return _walk(db, plan, min(first_id(until_ms), plan.end_id), offset, limit)
    return []


def _within(db: sqlite3.Connection, plan: Plan, width_ms: int, until_ms: int, offset: int) -> tuple[int, int]:
    """The end of the quarter of an hour that has this position, and the position in it."""
    narrower = next((each for each in WIDEST_FIRST_MS if each < width_ms), 0)
    if not narrower:
        return until_ms, offset
    for end_ms, entries in _counts(db, plan, Stretch(narrower, until_ms - width_ms, until_ms)):
        if offset < entries:
            return _within(db, plan, narrower, end_ms, offset)
        offset -= entries
    return until_ms - width_ms, offset


def _counts(db: sqlite3.Connection, plan: Plan, stretch: Stretch) -> Iterator[tuple[int, int]]:
    """How many entries each part of a stretch has, with the part's end, the last first."""
    kinds = ", ".join(map(str, plan.kinds))
    if stretch.width_ms:
        rows = db.execute(
            f"SELECT start_ms + width_ms, sum(entries) FROM rollup WHERE width_ms = ? AND kind IN ({kinds})"
            " AND start_ms >= ? AND start_ms < ? GROUP BY start_ms ORDER BY start_ms DESC",
            (stretch.width_ms, stretch.from_ms, stretch.until_ms),
        )
        yield from ((row[0], row[1]) for row in rows.fetchall())
        return
    sql = f"SELECT count(*) FROM entry WHERE id >= ? AND id < ? AND +kind IN ({kinds})"
    bounds = (first_id(stretch.from_ms), first_id(stretch.until_ms))
    yield stretch.until_ms, int(db.execute(sql, bounds).fetchone()[0])


def _walk(db: sqlite3.Connection, plan: Plan, end_id: int, offset: int, limit: int) -> list[int]:
    """The entries from a near position on."""
    if plan.is_all_kinds:
        sql = "SELECT id FROM entry WHERE id >= ? AND id < ? ORDER BY id DESC LIMIT ? OFFSET ?"
        return [row[0] for row in db.execute(sql, (plan.first_id, end_id, limit, offset))]
    sql = "SELECT id FROM entry WHERE kind = ? AND id >= ? AND id < ? ORDER BY id DESC LIMIT ?"
    streams = [
        [row[0] for row in db.execute(sql, (kind, plan.first_id, end_id, offset + limit))] for kind in plan.kinds
    ]
    return list(heapq.merge(*streams, reverse=True))[offset : offset + limit]
