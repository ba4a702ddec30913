"""mirror.db: opened, read and written; made anew where it is damaged, for it is only a copy."""

from __future__ import annotations

import asyncio
import json
import logging
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self, TypeVar

from pos_app.config.database import Database, DatabaseDamaged, DatabaseNewer
from pos_app.core.errors import RetryableError
from pos_app.till.mirror.schema import FILE_NAME, MIGRATIONS
from pos_app.till.views import Problem

T = TypeVar("T")
logger = logging.getLogger(__name__)

DAMAGED = Problem(
    "The copy of the payments was damaged.", "It is being made anew from the server. No sale and no money is lost."
)
NEWER = Problem(
    "The copy of the payments was made by a newer version of this program.", "It is being made anew from the server."
)
OTHER_BOOKS = Problem(
    "The sales were restored from a backup.", "The copy of the payments is being made anew from the server."
)


class MirrorRemade(RetryableError):
    """The copy was damaged and begins anew: what was to be written to it has to be asked for again."""


class Mirror:
    """One file. `version` is another number after each change; `remade` says why it had to begin anew, if so."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._database = _database(path)
        self._remaking = asyncio.Lock()
        self.version = 0
        self.remade: Problem | None = None

    @classmethod
    async def open(cls, folder: Path) -> Self:
        """Open or begin the copy in a book's folder. Raises DiskFull, DiskReadOnly or DatabaseBusy."""
        mirror = cls(folder / FILE_NAME)
        try:
            await mirror._database.open_with(_look)
        except (DatabaseDamaged, DatabaseNewer) as error:
            logger.warning("%s is made anew: %s", FILE_NAME, error)
            mirror.remade = NEWER if isinstance(error, DatabaseNewer) else DAMAGED
            await mirror._begin_anew()
        return mirror

    async def close(self) -> None:
        await asyncio.to_thread(self._database.close)

    async def write(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Run `work` in one transaction. Raises MirrorRemade where the file was found damaged."""
        await self._settled()
        database = self._database
        try:
            found = await database.write(work)
        except DatabaseDamaged as error:
            await self.remake(DAMAGED, database)
            raise MirrorRemade from error
        self.version += 1
        return found

    async def read(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Run `work` beside the writer; where the file is found damaged, on a new and empty one."""
        await self._settled()
        database = self._database
        try:
            return await database.read(work)
        except DatabaseDamaged:
            await self.remake(DAMAGED, database)
            return await self._database.read(work)

    async def remake(self, why: Problem, damaged: Database | None = None) -> None:
        """Begin with an empty file; `damaged` is the one that was seen to be so, if it is still in use."""
        async with self._remaking:
            if damaged not in (None, self._database):
                return
            logger.warning("%s is made anew: %s", FILE_NAME, why.message)
            await asyncio.to_thread(self._database.close)
            self.remade = why
            await self._begin_anew()
            self.version += 1

    async def _begin_anew(self) -> None:
        await asyncio.to_thread(_remove, self._path)
        self._database = _database(self._path)
        await self._database.open_with(_look)

    async def _settled(self) -> None:
        if self._remaking.locked():
            async with self._remaking:
                pass


def recall(db: sqlite3.Connection, key: str, default: Any = None) -> Any:
    """What was remembered under this name."""
    row = db.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
    return default if row is None else json.loads(row[0])


def remember(db: sqlite3.Connection, **facts: Any) -> None:
    """Keep plain values under these names, within the caller's transaction."""
    rows = [(key, json.dumps(value)) for key, value in facts.items()]
    db.executemany("INSERT INTO meta VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value", rows)


def _remove(path: Path) -> None:
    for ending in ("", "-wal", "-shm"):
        Path(f"{path}{ending}").unlink(missing_ok=True)


def _database(path: Path) -> Database:
    return Database(path, MIGRATIONS, synchronous="NORMAL")


def _look(db: sqlite3.Connection) -> None:
    """Reads what a damaged file often has no more."""
    db.execute("SELECT (SELECT max(id) FROM entry), (SELECT count(*) FROM kind), (SELECT max(number) FROM sale)")
    db.execute("SELECT value FROM meta LIMIT 1").fetchone()
