"""Backup and restore: one zip file with the settings and the books, and no secret in it.

A copy of till.db is made by SQLite's own backup call, so it is whole also while the till sells. The tokens of stored
cards are taken out of it: after a restore nobody could tell whether they were sent since.
"""

from __future__ import annotations

import itertools
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from pos_app.config.database import BUSY_TIMEOUT_S, Database, DatabaseDamaged, translated
from pos_app.config.files import (
    cannot_write,
    flush,
    make_private_folder,
    put_in_place,
    write_whole,
)
from pos_app.core.errors import UserError
from pos_app.core.money import Sat
from pos_app.till import journal
from pos_app.till.backup_file import SETTINGS, damaged, pack, unpack
from pos_app.till.restore_moves import RestoreMoves
from pos_app.till.schema import MIGRATIONS
from pos_app.till.states import SaleState
from pos_app.till.store import FILE_NAME

_WORK = ".pos-app-"


class BackupExists(UserError):
    """The file is there already. It was not touched."""


class NothingToBackUp(UserError):
    """No sale was ever made here."""


@dataclass(frozen=True, slots=True)
class BookSummary:
    """One book: its folder's name, its sales, and the head of its journal."""

    name: str
    sales: int
    last_sale_at_s: float | None
    journal_rows: int
    journal_hash: str


@dataclass(frozen=True, slots=True)
class Backup:
    """What a backup file holds."""

    made_at_s: float
    books: tuple[BookSummary, ...]
    has_settings: bool


@dataclass(frozen=True, slots=True)
class Restored:
    """What a restore did. `kept` are the files as they were before."""

    backup: Backup
    kept: tuple[Path, ...]


def back_up(books: Path, settings: Path, file: Path, *, now_s: Callable[[], float] = time.time) -> Backup:
    """Write the books and the settings to `file` and read it back. The till may go on selling.

    Raises BackupExists, NothingToBackUp, CannotWrite, what `Database.open` raises, or BackupDamaged if it reads back
    wrongly.
    """
    if file.exists():
        raise BackupExists(f"{file} is there already.", "Name another file.")
    found = sorted(path.parent for path in books.glob(f"*/{FILE_NAME}"))
    if not found:
        raise NothingToBackUp("There is nothing to back up: no sale was made here.", "Make a sale first.")
    made_at_s = now_s()
    with _beside(file) as work:
        copies = {folder.name: _copy(folder / FILE_NAME, work / f"{folder.name}.db") for folder in found}
        packed = work / "backup.zip"
        pack(packed, made_at_s, copies, _copy_of_settings(settings, work) if settings.exists() else None)
        backup = _checked(packed, work / "read back")
        put_in_place(packed, file)
    return backup


def look_into(file: Path) -> Backup:
    """Check the whole file: its parts, each database, each journal. Raises BackupDamaged, BackupNewer, CannotWrite."""
    try:
        with tempfile.TemporaryDirectory() as folder:
            return _checked(file, Path(folder) / "parts")
    except OSError as error:
        raise cannot_write(Path(tempfile.gettempdir()), error) from error


def open_here(books: Path, backup: Backup) -> tuple[int, Sat]:
    """How many sales are not ended in the books that a restore would replace, and their sum."""
    count, total = 0, 0
    for book in backup.books:
        path = books / book.name / FILE_NAME
        if path.exists():
            with suppress(sqlite3.Error), closing(sqlite3.connect(path)) as db:  # a damaged one tells nothing
                query = "SELECT count(*), coalesce(sum(sat + tip_sat), 0) FROM sale WHERE state IN (?, ?, ?)"
                sales, sat = db.execute(query, (SaleState.OPEN, SaleState.OWED, SaleState.UNCERTAIN)).fetchone()
                count, total = count + sales, total + sat
    return count, Sat(total)


def restore(file: Path, books: Path, settings: Path) -> Restored:
    """Put the books and settings of a backup in the place of those that are here; what was here is kept beside.

    Every part is checked before anything is replaced, and each file is replaced in one step. The till then asks the
    payments API about all sales before it sells. Raises BackupDamaged, BackupNewer, CannotWrite, and what
    `Database.open` raises.
    """
    make_private_folder(books)
    for left in books.glob(f"{_WORK}*"):  # by one that was killed
        shutil.rmtree(left, ignore_errors=True)
    kept: list[Path] = []
    stamp = _stamp(books, settings)
    with _beside(books / "restore") as work:
        made_at_s, parts = unpack(file, work)
        new = {name: path for name, path in parts.items() if name != SETTINGS}
        summaries = tuple(_summary(file, name, path) for name, path in new.items())
        for path in new.values():
            _mark_restored(path, made_at_s)
        for name, path in new.items():
            make_private_folder(books / name)
            kept += _keep(books / name / FILE_NAME, stamp, work)
            put_in_place(path, books / name / FILE_NAME)
        if SETTINGS in parts:
            if settings.exists():
                kept.append(_before(settings, stamp))
                write_whole(kept[-1], settings.read_bytes())
            write_whole(settings, parts[SETTINGS].read_bytes())
    return Restored(Backup(made_at_s, summaries, SETTINGS in parts), tuple(kept))


def _copy(source: Path, target: Path) -> Path:
    """A copy of till.db without the tokens of stored cards. Raises what `Database.open` raises."""
    with (
        translated(source),
        closing(sqlite3.connect(source)) as live,
        closing(sqlite3.connect(target, isolation_level=None)) as copy,
    ):
        live.backup(copy)
        copy.execute("PRAGMA secure_delete = ON").fetchone()
        copy.execute("PRAGMA journal_mode = DELETE").fetchone()
        if copy.execute("SELECT 1 FROM sqlite_master WHERE name = 'tap'").fetchone():
            copy.execute("UPDATE tap SET url_sealed = NULL, offer_sealed = NULL WHERE ended_at_ms IS NULL")
        copy.execute("VACUUM")
    return target


def _copy_of_settings(settings: Path, work: Path) -> Path:
    return Path(shutil.copyfile(settings, work / SETTINGS))


def _checked(file: Path, folder: Path) -> Backup:
    """Unpack a backup into a new folder, and say what is in it."""
    made_at_s, parts = unpack(file, folder)
    books = tuple(_summary(file, name, path) for name, path in parts.items() if name != SETTINGS)
    return Backup(made_at_s, books, SETTINGS in parts)


def _summary(file: Path, name: str, path: Path) -> BookSummary:
    """Check one book of a backup and say what is in it."""
    try:
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as db:
            db.row_factory = sqlite3.Row
            if [row[0] for row in db.execute("PRAGMA integrity_check")] != ["ok"]:
                raise damaged(file)
            rows, head = journal.verify(db)
            sales, newest_ms = db.execute("SELECT count(*), max(made_at_ms) FROM sale").fetchone()
    except sqlite3.DatabaseError as error:
        raise damaged(file) from error
    return BookSummary(name, sales, None if newest_ms is None else newest_ms / 1000, rows, head)


def _mark_restored(path: Path, made_at_s: float) -> None:
    """Bring the copy to this version, and hold what was open: it may have been sent since the backup."""
    database = Database(path, MIGRATIONS, secure_delete=True)
    database.open()
    try:
        database.write_sync(lambda db: RestoreMoves(db, time.time()).restored(made_at_s))
    finally:
        database.close()


def _keep(path: Path, stamp: str, work: Path) -> list[Path]:
    """Keep a copy of the book that is to be replaced beside it; its log is folded into it, and gone.

    A log that was left would be taken for one of the new book. Raises DatabaseBusy while another program reads it.
    """
    if not path.exists():
        return []
    log, index = (path.with_name(path.name + ending) for ending in ("-wal", "-shm"))
    whole, kept = work / "kept.db", _before(path, stamp)
    try:
        with (
            translated(path),
            closing(sqlite3.connect(path, isolation_level=None, timeout=BUSY_TIMEOUT_S)) as old,
            closing(sqlite3.connect(whole)) as copy,
        ):
            old.execute("PRAGMA journal_mode = DELETE").fetchone()
            old.backup(copy)
        put_in_place(whole, kept)
        return [kept]
    except DatabaseDamaged:  # as it is, then
        copies = {path: kept, log: kept.with_name(f"{kept.name}-wal")}
        copies = {each: copied for each, copied in copies.items() if each.exists()}
        for each, copied in copies.items():
            shutil.copyfile(each, whole)
            flush(whole)
            put_in_place(whole, copied)
        log.unlink(missing_ok=True)
        index.unlink(missing_ok=True)
        return list(copies.values())


def _stamp(books: Path, settings: Path) -> str:
    """A name for what is kept by this restore: the local time, and a number where another one took that."""
    now = time.strftime("%Y%m%d-%H%M%S")
    stamps = (now if number == 1 else f"{now}-{number}" for number in itertools.count(1))
    files = [*(folder / FILE_NAME for folder in books.iterdir()), settings]
    return next(stamp for stamp in stamps if not any(_before(file, stamp).exists() for file in files))


def _before(path: Path, stamp: str) -> Path:
    return path.with_name(f"{path.stem}.before-{stamp}{path.suffix}")


@contextmanager
def _beside(file: Path) -> Iterator[Path]:
    """A private folder on the same disk as `file`, gone afterwards."""
    try:
        with tempfile.TemporaryDirectory(prefix=_WORK, dir=file.absolute().parent) as folder:
            yield Path(folder)
    except OSError as error:
        raise cannot_write(file, error) from error
