"""One writer, whole transactions, shared commits, and files that cannot be used."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pos_app.config.database import (
    Database,
    DatabaseDamaged,
    DatabaseNewer,
    DiskFull,
    DiskReadOnly,
    Migration,
)
from pos_app.core.errors import BugError

FIRST = Migration("001 entries", "CREATE TABLE entry (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE);")


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(tmp_path / "books.db", [FIRST])
    database.open()
    yield database
    database.close()


def add(text: str) -> Callable[[sqlite3.Connection], int | None]:
    return lambda connection: connection.execute("INSERT INTO entry (text) VALUES (?)", (text,)).lastrowid


def texts(connection: sqlite3.Connection) -> list[str]:
    return [row["text"] for row in connection.execute("SELECT text FROM entry ORDER BY id")]


async def test_what_was_written_can_be_read(database: Database) -> None:
    assert await database.write(add("one")) == 1
    assert await database.read(texts) == ["one"]


async def test_the_latest_is_never_behind_a_write_that_was_answered(database: Database) -> None:
    """A write begins after a look at the file and is answered before it: the look is made again."""
    seen, may_go_on = threading.Event(), threading.Event()

    def slowly(connection: sqlite3.Connection) -> list[str]:
        found = texts(connection)
        seen.set()
        assert may_go_on.wait(5)
        return found

    look = asyncio.ensure_future(database.read_latest(slowly))
    assert await asyncio.to_thread(seen.wait, 5)
    await database.write(add("one"))
    may_go_on.set()
    assert await look == ["one"]


async def test_a_failing_unit_leaves_nothing_and_spares_the_others(database: Database) -> None:
    def half(connection: sqlite3.Connection) -> None:
        connection.execute("INSERT INTO entry (text) VALUES ('half')")
        raise ValueError("no")

    results = await asyncio.gather(
        database.write(add("a")), database.write(half), database.write(add("b")), return_exceptions=True
    )
    assert isinstance(results[1], ValueError)
    assert await database.read(texts) == ["a", "b"]


async def test_a_broken_constraint_is_the_callers_error(database: Database) -> None:
    await database.write(add("a"))
    with pytest.raises(sqlite3.IntegrityError):
        await database.write(add("a"))


async def test_waiting_writes_share_a_commit(tmp_path: Path) -> None:
    commits = 0

    class Counting(Database):
        def _commit(self, connection: sqlite3.Connection) -> None:
            nonlocal commits
            commits += 1
            super()._commit(connection)

    database = Counting(tmp_path / "books.db", [FIRST])
    database.open()
    try:
        await asyncio.gather(*(database.write(add(str(number))) for number in range(200)))
        assert len(await database.read(texts)) == 200
        assert commits < 100
    finally:
        database.close()


async def test_a_cancelled_task_does_not_cancel_its_unit(database: Database) -> None:
    task = asyncio.create_task(database.write(add("kept")))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await database.write(add("after"))
    assert await database.read(texts) == ["kept", "after"]


async def test_a_failed_commit_fails_every_unit_of_it(tmp_path: Path) -> None:
    class Full(Database):
        def _commit(self, connection: sqlite3.Connection) -> None:
            assert connection.in_transaction
            error = sqlite3.OperationalError("database or disk is full")
            error.sqlite_errorcode = sqlite3.SQLITE_FULL
            raise error

    database = Full(tmp_path / "books.db", [FIRST])
    database.open()
    try:
        with pytest.raises(DiskFull):
            await database.write(add("lost"))
        assert await database.read(texts) == []
    finally:
        database.close()


def test_a_full_disk_is_said_and_loses_nothing(tmp_path: Path) -> None:
    database = Database(tmp_path / "books.db", [FIRST])
    database.open()
    database.write_sync(add("before"))
    database.write_sync(lambda connection: connection.execute("PRAGMA max_page_count = 10").fetchone() and None)
    with pytest.raises(DiskFull):
        database.write_sync(add("x" * 200_000))
    assert database.read_sync(texts) == ["before"]
    database.close()


def test_a_newer_file_is_refused_untouched(tmp_path: Path) -> None:
    path = tmp_path / "books.db"
    newer = Database(path, [FIRST, Migration("002 later", "CREATE TABLE later (id INTEGER);")])
    newer.open()
    newer.close()
    before = path.read_bytes()
    with pytest.raises(DatabaseNewer, match="002 later"):
        Database(path, [FIRST]).open()
    assert path.read_bytes() == before


def test_a_damaged_file_is_refused_untouched(tmp_path: Path) -> None:
    path = tmp_path / "books.db"
    path.write_bytes(b"this was never a database, whatever its name says" * 100)
    before = path.read_bytes()
    with pytest.raises(DatabaseDamaged):
        Database(path, [FIRST]).open()
    assert path.read_bytes() == before


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    in_the_way = tmp_path / "file"
    in_the_way.write_text("")
    with pytest.raises((DiskReadOnly, NotADirectoryError, FileExistsError)):
        Database(in_the_way / "books.db", [FIRST]).open()


def test_a_migration_is_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "books.db"
    broken = Migration("002 broken", "CREATE TABLE second (id INTEGER); INSERT INTO nowhere VALUES (1);")
    with pytest.raises(sqlite3.OperationalError):
        Database(path, [FIRST, broken]).open()
    database = Database(path, [FIRST])
    database.open()
    database.write_sync(add("fine"))
    database.close()


def test_closing_twice_is_fine_and_using_it_then_is_a_bug(database: Database) -> None:
    database.close()
    database.close()
    with pytest.raises(BugError):
        database.write_sync(add("late"))


def test_nothing_of_the_log_is_left_behind(tmp_path: Path) -> None:
    database = Database(tmp_path / "books.db", [FIRST])
    database.open()
    database.write_sync(add("one"))
    database.close()
    assert [path.name for path in tmp_path.iterdir()] == ["books.db"]


async def test_an_opening_that_fails_or_is_cancelled_leaves_nothing_open(tmp_path: Path) -> None:
    database = Database(tmp_path / "books.db", [FIRST])

    def fail(_connection: sqlite3.Connection) -> None:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        await database.open_with(fail)
    for turns in range(4):
        opening = asyncio.create_task(database.open_with(lambda _: None))
        for _ in range(turns):
            await asyncio.sleep(0)
        opening.cancel()
        with pytest.raises(asyncio.CancelledError):
            await opening
    assert await database.open_with(lambda _: 3) == 3
    database.close()


def wal(database: Database) -> Path:
    return database.path.with_name(f"{database.path.name}-wal")


def erase(database: Database, text: str) -> Callable[[sqlite3.Connection], None]:
    def unit(connection: sqlite3.Connection) -> None:
        connection.execute("DELETE FROM entry WHERE text = ?", (text,))
        database.fold_log()

    return unit


async def test_what_a_unit_erased_is_in_no_file_when_it_is_answered(tmp_path: Path) -> None:
    database = Database(tmp_path / "secret.db", [FIRST], secure_delete=True)
    database.open()
    try:
        await database.write(add("very secret"))
        await database.write(erase(database, "very secret"))
        assert b"very secret" not in database.path.read_bytes() + wal(database).read_bytes()
    finally:
        database.close()


async def test_a_reader_puts_the_folding_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pos_app.config.database.FOLD_PATIENCE_S", 0)
    database = Database(tmp_path / "books.db", [FIRST])
    database.open()
    try:
        await database.write(add("very secret"))
        reader = sqlite3.connect(database.path)
        reader.execute("BEGIN")
        reader.execute("SELECT * FROM entry").fetchall()
        await database.write(erase(database, "very secret"))
        assert b"very secret" in wal(database).read_bytes()
        reader.close()
        await database.write(add("next"))
        assert b"very secret" not in wal(database).read_bytes()
    finally:
        database.close()


async def test_a_folding_that_was_put_off_needs_no_further_unit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pos_app.config.database.FOLD_PATIENCE_S", 0)
    monkeypatch.setattr("pos_app.config.database.FOLD_PAUSE_S", 0)
    folded = threading.Event()
    fold = Database._fold

    def told(database: Database, connection: sqlite3.Connection) -> None:
        fold(database, connection)
        if not database._fold_wanted:
            folded.set()

    monkeypatch.setattr(Database, "_fold", told)
    database = Database(tmp_path / "books.db", [FIRST])
    database.open()
    try:
        reader = sqlite3.connect(database.path)
        reader.execute("BEGIN")
        reader.execute("SELECT * FROM entry").fetchall()
        await database.write(erase(database, "anything"))
        assert not folded.is_set()
        reader.close()
        assert await asyncio.to_thread(folded.wait, 10)
    finally:
        database.close()
