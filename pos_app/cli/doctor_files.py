"""What `pos-app doctor` says of files: folders that can be written, space on the disk, databases that are sound."""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from pos_app.cli.doctor import Finding, Mark
from pos_app.config.folders import Folders
from pos_app.core.errors import UserError
from pos_app.till import journal
from pos_app.till.mirror.schema import FILE_NAME as MIRROR
from pos_app.till.store import FILE_NAME as BOOK

LOW_SPACE_BYTES = 200_000_000
_DAMAGED = "Keep the file. Put the last backup back with pos-app restore FILE, or ask for help."
_MADE_ANEW = "Move it away: the program makes a new one and asks the payments API for what was in it."
_MAKE_SPACE = "Free some space: a sale that cannot be stored is not made."


def examine_folders(folders: Folders) -> Iterator[Finding]:
    """Each folder is written to."""
    folders.make()
    for name in ("data", "config", "state"):
        folder: Path = getattr(folders, name)
        try:
            with tempfile.TemporaryFile(dir=folder) as file:
                file.write(b"\0" * 4096)
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            cure = "Give yourself the right to write there, or look whether the disk is full, read-only or broken."
            words = f"{folder} cannot be written: {error.strerror or error}. Nothing can be sold"
            yield Finding(f"{name} folder", Mark.MISSING, words, cure)
        else:
            yield Finding(f"{name} folder", Mark.WORKS, str(folder))
    free = shutil.disk_usage(folders.data).free
    low = free < LOW_SPACE_BYTES
    yield Finding("disk", Mark.LOOK if low else Mark.WORKS, f"{free // 1_000_000} MB free", _MAKE_SPACE if low else "")


def examine_databases(folders: Folders) -> Iterator[Finding]:
    """Each database, and of each book its journal. Nothing is changed, whatever is found."""
    books = {file.with_name(BOOK) for file in folders.data.rglob(MIRROR)}
    for file in sorted(books | set(folders.data.rglob("*.db"))):
        yield _database(file, str(file.relative_to(folders.data)))


def _database(file: Path, name: str) -> Finding:
    is_book = file.name == BOOK
    if is_book and not (file.exists() and file.stat().st_size) and file.with_name(MIRROR).exists():
        return Finding(name, Mark.MISSING, "is empty or gone, and its sales with it", _DAMAGED)
    try:
        with closing(sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True)) as connection:
            check = "integrity_check" if is_book else "quick_check"
            answer = str(connection.execute(f"PRAGMA {check}").fetchone()[0])
            if answer == "ok" and is_book:
                connection.row_factory = sqlite3.Row
                rows = _journal_rows(connection)
                return Finding(name, Mark.WORKS, f"sound, and so are the {rows} rows of its journal")
    except sqlite3.Error as error:
        answer = str(error)
    except UserError as error:
        return Finding(name, Mark.MISSING, error.message, _DAMAGED)
    if answer == "ok":
        return Finding(name, Mark.WORKS, "sound")
    return Finding(name, Mark.MISSING, answer, _MADE_ANEW if file.name == MIRROR else _DAMAGED)


def _journal_rows(connection: sqlite3.Connection) -> int:
    """Raises JournalBroken."""
    if connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'journal'").fetchone() is None:
        return 0  # a start was cut short before the first sale
    return journal.verify(connection)[0]
