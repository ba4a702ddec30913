"""`python -m benchmarks.rigs.history_reader FOLDER`: asks a large mirror as the pages do, and tells times in ms.

Beside each stands the floor: the bare SQLite statement that no list or sum can do without, on the same file.
"""

from __future__ import annotations

import asyncio
import random
import sqlite3
import sys
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.rigs.report import report, resident_mib
from pos_app.core.bolt11 import Network
from pos_app.core.clock import SystemClock
from pos_app.core.money import Sat
from pos_app.till.books import Books
from pos_app.till.history_views import DaySettings, Direction, HistoryFilter, RowState, Unit
from pos_app.till.mirror.schema import FILE_NAME
from pos_app.till.records import Records
from pos_app.till.store import Store

PAGE = 60
ROUNDS = 25
JUMPS = 400
SEED = 5
ALL = HistoryFilter()
PAID = HistoryFilter(states=frozenset({RowState.PAID}), direction=Direction.IN)
SEARCHES = {"rare": "R0012345", "common": "Coffee", "sum": "1234", "hash": "ab12"}


async def _times(name: str, work: Callable[[], Awaitable[object]], rounds: int = ROUNDS) -> None:
    for number in range(rounds + 1):
        start = time.perf_counter()
        await work()
        if number:
            report(name, (time.perf_counter() - start) * 1000)


async def main(folder: Path) -> None:
    clock = SystemClock()
    store = await Store.open(folder, clock)
    before_mib = resident_mib()
    books = Books(folder, Network.REGTEST, practice=True, name="benchmark")
    records = await Records.open(books, None, store, clock, day=DaySettings(4, "Europe/Berlin"))
    count = (await records.sums(ALL)).count
    report("count", count)
    chance = random.Random(SEED)
    newest = (await records.rows(ALL, 0, 1))[0]
    day = datetime.fromtimestamp(newest.at_s, UTC).date()

    await _times("first page", lambda: records.rows(ALL, 0, PAGE))
    await _times("sums", lambda: records.sums(PAID))
    await _times("jump", lambda: records.rows(ALL, chance.randrange(count), PAGE), JUMPS)
    await _times("jump filtered", lambda: records.rows(PAID, chance.randrange(count * 8 // 10), PAGE), JUMPS)
    for name, words in SEARCHES.items():
        wanted = HistoryFilter(search=words)
        await _times(f"search {name}", lambda wanted=wanted: records.rows(wanted, 0, PAGE))  # type: ignore[misc]
        await _times(f"search sums {name}", lambda wanted=wanted: records.sums(wanted), 5)  # type: ignore[misc]
    for unit in Unit:
        await _times(f"period {unit.value}", lambda unit=unit: records.period(unit, day))  # type: ignore[misc]
    report("memory", resident_mib() - before_mib)
    deep = HistoryFilter(search="Coffee", least=Sat(1))
    await _times("jump in a search", lambda: records.rows(deep, chance.randrange(100_000), PAGE), 40)
    report("memory of a search", resident_mib() - before_mib)
    await records.close()
    await store.close()
    await asyncio.to_thread(_bare, folder / FILE_NAME, chance)


def _bare(path: Path, chance: random.Random) -> None:
    db = sqlite3.connect(path)
    low, high = db.execute("SELECT min(id), max(id) FROM entry").fetchone()
    page = (
        "SELECT * FROM entry LEFT JOIN sale ON number = entry.sale WHERE entry.id <= ? ORDER BY entry.id DESC LIMIT ?"
    )
    found = "SELECT rowid FROM search WHERE search MATCH ? ORDER BY rowid DESC LIMIT ?"
    sums = "SELECT kind, sum(entries), sum(amount_msat) FROM rollup WHERE width_ms = 86400000 GROUP BY kind"
    for _ in range(JUMPS):
        start = time.perf_counter()
        db.execute(page, (chance.randrange(low, high), PAGE)).fetchall()
        report("bare page", (time.perf_counter() - start) * 1000)
    for _ in range(ROUNDS):
        start = time.perf_counter()
        db.execute(found, ('"Coffee"', PAGE)).fetchall()
        report("bare search", (time.perf_counter() - start) * 1000)
        start = time.perf_counter()
        db.execute(sums).fetchall()
        report("bare sums", (time.perf_counter() - start) * 1000)
    db.close()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
