"""A damaged copy is made anew, with words; sales and money are not its business."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from pos_app.config.database import Database, Migration
from pos_app.till.mirror.schema import MIGRATIONS
from tests.conftest import LogWatch
from tests.support.clock import START_S
from tests.unit.till.mirror.harness import ALL, Book


async def _filled(book: Book) -> None:
    for number in range(400):
        book.server.put(f"payment {number}", START_S - 60.0 * number, 100)
    await book.open()
    await book.fresh()
    await book.sell(1)
    await book.take_over()
    await book.close()


def _overwrite(path: Path, start: int) -> None:
    with path.open("r+b") as file:
        file.seek(start)
        file.write(b"\xff" * (path.stat().st_size - start))


@pytest.mark.parametrize("start", [0, 4096], ids=["not a database", "pages are gone"])
async def test_damage_that_shows_when_it_is_opened(book: Book, expect_log: LogWatch, start: int) -> None:
    expect_log.expect("pos_app.till.mirror.mirror", "made anew")
    await _filled(book)
    _overwrite(book.folder / "mirror.db", start)
    records = await book.open(start=False)
    problem = records.sync_view().problem
    assert problem is not None and "damaged" in problem.message and "No sale and no money" in problem.cure
    assert [row.number for row in await book.rows()] == [1]
    await records.start()
    view = await book.fresh()
    assert (view.done, view.problem) == (400, None)
    await book.check_sums()


async def test_damage_that_shows_later(book: Book, expect_log: LogWatch) -> None:
    expect_log.expect("pos_app.till.mirror.mirror", "made anew")
    await _filled(book)
    path = book.folder / "mirror.db"
    with sqlite3.connect(path) as db:
        (page,) = db.execute("SELECT rootpage FROM sqlite_master WHERE name = 'entry_by_hash'").fetchone()
    db.close()
    with path.open("r+b") as file:
        file.seek((page - 1) * 4096)
        file.write(b"\xff" * 4096)
    records = await book.open(start=False)
    assert (await records.sums(ALL)).count == 401
    await records.start()
    book.server.put("new", START_S + 1)
    await book.look_again()
    assert (await book.fresh()).done == 401
    assert (await records.sums(ALL)).count == 402
    await book.check_sums()


async def test_a_copy_of_a_newer_version_is_made_anew(book: Book, expect_log: LogWatch) -> None:
    expect_log.expect("pos_app.till.mirror.mirror", "made anew")
    await _filled(book)
    newer = Database(book.folder / "mirror.db", [*MIGRATIONS, Migration("9999 later", "CREATE TABLE later (a);")])
    newer.open()
    newer.close()
    records = await book.open()
    assert (await book.fresh()).done == 400
    assert (await records.sums(ALL)).count == 401


async def test_it_is_read_offline_and_beside_another(book: Book) -> None:
    await _filled(book)
    records = await book.open(offline=True)
    other = Book(book.folder, book.clock)
    beside = await other.open(offline=True)
    assert await beside.sums(ALL) == await records.sums(ALL)
    assert (beside.sync_view().done, beside.sync_view().as_of_s is not None) == (400, True)
    await other.close()
