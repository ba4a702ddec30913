"""The sums of entries for each quarter of an hour, day and 32 days (UTC), by kind."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pos_app.till.mirror.schema import END_OF_TIME_MS, ID_BITS, QUARTER_MS, WIDEST_FIRST_MS, first_id, time_ms

if TYPE_CHECKING:
    from pos_app.till.mirror.entry import Entry

_SUMMED = "entries, amount_msat, fee_msat, tip_sat, fiat_minor"


@dataclass(slots=True)
class Sums:
    """What entries of one kind come to. Amounts are signed: what went out is negative."""

    entries: int = 0
    amount_msat: int = 0
    fee_msat: int = 0
    tip_sat: int = 0
    fiat_minor: int = 0

    def add(self, entries: int, amount_msat: int, fee_msat: int, tip_sat: int, fiat_minor: int) -> None:
        self.entries += entries
        self.amount_msat += amount_msat
        self.fee_msat += fee_msat
        self.tip_sat += tip_sat
        self.fiat_minor += fiat_minor


class Deltas:
    """What one transaction changes of the sums."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._quarters: dict[tuple[int, int], Sums] = {}

    def add(self, entry: Entry, sign: int) -> None:
        """An entry comes (1), or goes as it was (-1)."""
        key = (entry.kind, time_ms(entry.id) // QUARTER_MS * QUARTER_MS)
        if (sums := self._quarters.get(key)) is None:
            sums = self._quarters[key] = Sums()
        sums.add(sign, sign * entry.amount_msat, sign * entry.fee_msat, sign * entry.tip_sat, sign * entry.fiat_minor)

    def write(self) -> None:
        found: dict[tuple[int, int, int], Sums] = {}
        for (kind, start_ms), each in self._quarters.items():
            for width_ms in WIDEST_FIRST_MS:
                sums = found.setdefault((width_ms, kind, start_ms // width_ms * width_ms), Sums())
                sums.add(each.entries, each.amount_msat, each.fee_msat, each.tip_sat, each.fiat_minor)
        rows = [
            (*key, sums.entries, sums.amount_msat, sums.fee_msat, sums.tip_sat, sums.fiat_minor)
            for key, sums in sorted(found.items())
            if sums != Sums()
        ]
        self._db.executemany(
            f"INSERT INTO rollup (width_ms, kind, start_ms, {_SUMMED}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
            " ON CONFLICT DO UPDATE SET entries = entries + excluded.entries,"
            " amount_msat = amount_msat + excluded.amount_msat, fee_msat = fee_msat + excluded.fee_msat,"
            " tip_sat = tip_sat + excluded.tip_sat, fiat_minor = fiat_minor + excluded.fiat_minor",
            rows,
        )
        self._db.executemany(
            "DELETE FROM rollup WHERE width_ms = ? AND kind = ? AND start_ms = ? AND entries = 0",
            [row[:3] for row in rows if row[3] < 0],
        )
        self._quarters.clear()


@dataclass(frozen=True, slots=True)
class Stretch:
    """Part of a time: whole days or whole quarters, or with width 0 a piece that no sum has."""

    width_ms: int
    from_ms: int
    until_ms: int


def stretches(from_ms: int, until_ms: int) -> Iterator[Stretch]:
    """The parts that a time is summed from, the last first; none of them is empty."""
    return _split(max(from_ms, 0), min(until_ms, END_OF_TIME_MS), WIDEST_FIRST_MS)


def _split(from_ms: int, until_ms: int, widths_ms: tuple[int, ...]) -> Iterator[Stretch]:
    if from_ms >= until_ms:
        return
    if not widths_ms:
        yield Stretch(0, from_ms, until_ms)
        return
    width_ms, *narrower = widths_ms
    start, end = -(-from_ms // width_ms) * width_ms, until_ms // width_ms * width_ms
    if start >= end:
        yield from _split(from_ms, until_ms, tuple(narrower))
        return
    yield from _split(end, until_ms, tuple(narrower))
    yield Stretch(width_ms, start, end)
    yield from _split(from_ms, start, tuple(narrower))


def between(db: sqlite3.Connection, from_ms: int, until_ms: int, kinds: Iterable[int]) -> dict[int, Sums]:
    """The sums of each of these kinds from `from_ms` to before `until_ms`."""
    wanted = ", ".join(map(str, kinds))
    found: dict[int, Sums] = {}
    for stretch in stretches(from_ms, until_ms):
        for kind, *sums in db.execute(*_sums_of(stretch, wanted)):
            found.setdefault(kind, Sums()).add(*sums)
    return found


def _sums_of(stretch: Stretch, kinds: str) -> tuple[str, tuple[int, ...]]:
    sums = "sum(amount_msat), sum(fee_msat), sum(tip_sat), sum(fiat_minor)"
    if stretch.width_ms:
        return (
            f"SELECT kind, sum(entries), {sums} FROM rollup"
            f" WHERE width_ms = ? AND kind IN ({kinds}) AND start_ms >= ? AND start_ms < ? GROUP BY kind",
            (stretch.width_ms, stretch.from_ms, stretch.until_ms),
        )
    return (
        f"SELECT kind, count(*), {sums} FROM entry WHERE id >= ? AND id < ? AND +kind IN ({kinds}) GROUP BY kind",
        (first_id(stretch.from_ms), first_id(stretch.until_ms)),
    )


def recount(db: sqlite3.Connection) -> dict[tuple[int, int, int], Sums]:
    """All sums as they must be, from the entries alone, by width, kind and start."""
    found = {}
    for width_ms in WIDEST_FIRST_MS:
        rows = db.execute(
            f"SELECT kind, (id >> {ID_BITS}) / :width * :width, count(*), sum(amount_msat), sum(fee_msat),"
            " sum(tip_sat), sum(fiat_minor) FROM entry GROUP BY 1, 2",
            {"width": width_ms},
        )
        found.update({(width_ms, kind, start): Sums(*sums) for kind, start, *sums in rows})
    return found
