"""SQLite as it should be: one writer thread, a unit of work is one function in one transaction.

Writes that wait at the same moment share one commit, and every answer comes after its commit, so
what a caller was told is on disk. A unit of work is never cancelled half-way: cancelling the task that
awaits it only stops the waiting. Reads run beside the writer on connections of their own (WAL).
Short transactions of another process (the command line) are waited for.
"""

from __future__ import annotations

import asyncio
import errno
import os
import queue
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, Literal, TypeVar, cast

from pos_app.core.errors import BugError, PosError, RetryableError, UserError

T = TypeVar("T")

BUSY_TIMEOUT_S = 5.0
BATCH_LIMIT = 128
CHECKPOINT_BYTES = 4 * 1024 * 1024
READERS = 2
FOLD_PATIENCE_S = 0.1
FOLD_PAUSE_S = 1.0


class DatabaseNewer(UserError):
    """The file was written by a newer version of the program. It was not touched."""


class DatabaseDamaged(UserError):
    """The file is not a sound SQLite database. It was not touched."""


class DiskFull(UserError):
    """There is no room left; the unit of work was rolled back."""


class DiskReadOnly(UserError):
    """The file or its folder cannot be written; the unit of work was rolled back."""


class DatabaseBusy(RetryableError):
    """Another process held the file for longer than five seconds."""


@dataclass(frozen=True, slots=True)
class Migration:
    """One named step of the schema: a function of the connection, or a script of statements.

    Each runs in one transaction together with the record that it ran.
    """

    name: str
    apply: Callable[[sqlite3.Connection], None] | str


class Database:
    """One SQLite file. Call `open` first and `close` last; both may be called from any thread."""

    def __init__(
        self,
        path: Path,
        migrations: Sequence[Migration],
        *,
        synchronous: Literal["FULL", "NORMAL"] = "FULL",
        secure_delete: bool = False,
    ) -> None:
        self.path = path
        self._migrations = migrations
        self._synchronous = synchronous
        self._secure_delete = secure_delete
        self._jobs: queue.SimpleQueue[_Job[Any] | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._local = threading.local()
        self._readers: ThreadPoolExecutor | None = None
        self._read_connections: list[sqlite3.Connection] = []
        self._commits = 0
        self._fold_wanted = secure_delete  # an earlier run may have ended between a deletion and its folding

    def open(self) -> None:
        """Make or migrate the file and start the threads.

        Raises DatabaseNewer, DatabaseDamaged, DiskFull, DiskReadOnly or DatabaseBusy.
        """
        with translated(self.path):
            connection = self._connect()
            try:
                self._migrate(connection)
            except BaseException:
                connection.close()
                raise
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix=f"read {self.path.name}")
        self._thread = threading.Thread(
            target=self._run, args=(connection,), name=f"write {self.path.name}", daemon=True
        )
        self._thread.start()

    async def open_with(self, first: Callable[[sqlite3.Connection], T]) -> T:
        """Open from an event loop, and return what `first` brings, run as the first unit of work.

        Where that fails or is cancelled, nothing stays open. Raises as `open` does.
        """
        opening = asyncio.get_running_loop().run_in_executor(None, self.open)
        try:
            await asyncio.shield(opening)
            return await self.write(first)
        except BaseException:
            await asyncio.wait([opening])
            await asyncio.to_thread(self.close)
            raise

    def close(self) -> None:
        """Finish the queued work, fold the log into the file and end the threads. May be called twice."""
        thread, self._thread = self._thread, None
        if thread is None:
            return
        self._jobs.put(None)
        thread.join()
        if self._readers is not None:
            self._readers.shutdown()
        for connection in self._read_connections:
            connection.close()
        self._read_connections.clear()

    async def write(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Run `work` in one durable transaction and return its result; what it raises rolls it back."""
        return await asyncio.shield(asyncio.wrap_future(self._submit(work)))

    def write_sync(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """As `write`, for a thread without an event loop."""
        return self._submit(work).result()

    async def read(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Run `work` on a read-only connection beside the writer."""
        return await asyncio.wrap_future(self._submit_read(work))

    async def read_latest(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """As `read`, but never behind a write whose caller was answered by now: then it is read again."""
        while True:
            before = self._commits
            found = await self.read(work)
            if self._commits == before:
                return found

    def read_sync(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """As `read`, for a thread without an event loop."""
        return self._submit_read(work).result()

    def fold_log(self) -> None:
        """From within a unit of work: empty the log before the answer, so that what the unit deleted is in no file.

        With `secure_delete` the file itself holds zeros in its place. A reader that holds the log open puts that off,
        and it is tried again.
        """
        self._fold_wanted = True

    def _submit(self, work: Callable[[sqlite3.Connection], T]) -> Future[T]:
        if self._thread is None:
            raise BugError(f"{self.path.name} is not open")
        job = _Job(work)
        self._jobs.put(job)
        return job.future

    def _submit_read(self, work: Callable[[sqlite3.Connection], T]) -> Future[T]:
        if self._readers is None or self._thread is None:
            raise BugError(f"{self.path.name} is not open")
        return self._readers.submit(self._read, work)

    def _read(self, work: Callable[[sqlite3.Connection], T]) -> T:
        with translated(self.path):
            connection = getattr(self._local, "connection", None)
            if connection is None:
                connection = self._connect()
                connection.execute("PRAGMA query_only = ON")
                self._local.connection = connection
                self._read_connections.append(connection)
            connection.execute("BEGIN")
            try:
                return work(connection)
            finally:
                connection.execute("ROLLBACK")

    def _connect(self) -> sqlite3.Connection:
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        connection = sqlite3.connect(self.path, isolation_level=None, check_same_thread=False, timeout=BUSY_TIMEOUT_S)
        try:
            connection.row_factory = sqlite3.Row
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute(f"PRAGMA synchronous = {self._synchronous}")
            connection.execute("PRAGMA foreign_keys = ON")
            connection.execute("PRAGMA wal_autocheckpoint = 0")
            if self._secure_delete:
                connection.execute("PRAGMA secure_delete = ON").fetchone()
        except BaseException:
            connection.close()
            raise
        return connection

    def _migrate(self, connection: sqlite3.Connection) -> None:
        known = [migration.name for migration in self._migrations]
        connection.execute("BEGIN IMMEDIATE")
        try:
            connection.execute("CREATE TABLE IF NOT EXISTS migration (name TEXT PRIMARY KEY, applied_at REAL NOT NULL)")
            applied = {str(row[0]) for row in connection.execute("SELECT name FROM migration")}
            if unknown := applied.difference(known):
                raise DatabaseNewer(
                    f"{self.path.name} was written by a newer version of this program ({min(unknown)}).",
                    "Install the newer version again. Nothing was changed.",
                )
            for migration in self._migrations:
                if migration.name in applied:
                    continue
                if callable(migration.apply):
                    migration.apply(connection)
                else:
                    _run_script(connection, migration.apply)
                connection.execute("INSERT INTO migration VALUES (?, ?)", (migration.name, time.time()))
            connection.execute("COMMIT")
        except BaseException:
            connection.execute("ROLLBACK")
            raise

    def _run(self, connection: sqlite3.Connection) -> None:
        while (job := self._next_job(connection)) is not None:
            batch = [job]
            last = False
            while len(batch) < BATCH_LIMIT:
                try:
                    more = self._jobs.get_nowait()
                except queue.Empty:
                    break
                if more is None:
                    last = True
                    break
                batch.append(more)
            self._run_batch(connection, batch)
            if last:
                break
            self._checkpoint_if_large(connection)
        with suppress(sqlite3.Error):
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.close()

    def _next_job(self, connection: sqlite3.Connection) -> _Job[Any] | None:
        while self._fold_wanted:  # a reader was in the way
            try:
                return self._jobs.get(timeout=FOLD_PAUSE_S)
            except queue.Empty:
                self._fold(connection)
        return self._jobs.get()

    def _run_batch(self, connection: sqlite3.Connection, batch: list[_Job[Any]]) -> None:
        try:
            with translated(self.path):
                connection.execute("BEGIN IMMEDIATE")
                try:
                    for job in batch:
                        job.run(connection)
                    self._commit(connection)
                except BaseException:
                    if connection.in_transaction:
                        connection.execute("ROLLBACK")
                    raise
        except BaseException as error:
            for job in batch:
                job.fail(error)
        else:
            self._commits += 1  # before any caller is answered
            if self._fold_wanted:
                self._fold(connection)
            for job in batch:
                job.resolve()

    def _commit(self, connection: sqlite3.Connection) -> None:
        connection.execute("COMMIT")

    def _fold(self, connection: sqlite3.Connection) -> None:
        with suppress(sqlite3.Error):  # the work itself is on disk
            connection.execute(f"PRAGMA busy_timeout = {FOLD_PATIENCE_S * 1000:.0f}")
            try:
                self._fold_wanted = bool(connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0])
            finally:
                connection.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_S * 1000:.0f}")

    def _checkpoint_if_large(self, connection: sqlite3.Connection) -> None:
        log = Path(f"{self.path}-wal")
        with suppress(OSError, sqlite3.Error):
            if self._jobs.empty() and log.stat().st_size > CHECKPOINT_BYTES:
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


class _Job(Generic[T]):
    """One unit of work on its way to the writer and back."""

    def __init__(self, work: Callable[[sqlite3.Connection], T]) -> None:
        self._work = work
        self._result: T | None = None
        self._error: BaseException | None = None
        self.future: Future[T] = Future()

    def run(self, connection: sqlite3.Connection) -> None:
        """Run inside a savepoint, so that one unit's failure leaves the others of the batch alone."""
        connection.execute("SAVEPOINT unit")
        try:
            self._result = self._work(connection)
        except sqlite3.Error as error:
            if not connection.in_transaction or _is_fatal(error):
                raise
            self._undo(connection, error)
        except BaseException as error:
            self._undo(connection, error)
        else:
            connection.execute("RELEASE unit")

    def _undo(self, connection: sqlite3.Connection, error: BaseException) -> None:
        connection.execute("ROLLBACK TO unit")
        connection.execute("RELEASE unit")
        self._error = error

    def resolve(self) -> None:
        if self._error is not None:
            self.fail(self._error)
        elif self.future.set_running_or_notify_cancel():
            self.future.set_result(cast("T", self._result))

    def fail(self, error: BaseException) -> None:
        if self.future.set_running_or_notify_cancel():
            self.future.set_exception(self._error or error)


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Turns errors about the file itself into ours, as `Database.open` names them; others pass."""
    try:
        yield
    except sqlite3.Error as error:
        if (ours := _as_ours(error, path.name)) is None:
            raise
        raise ours from error
    except OSError as error:
        if error.errno not in (errno.EACCES, errno.EROFS, errno.EPERM, errno.ENOSPC):
            raise
        raise _as_disk_error(error.errno, path.name) from error


_FULL = {sqlite3.SQLITE_FULL}
_READ_ONLY = {sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM, sqlite3.SQLITE_AUTH}
_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_BUSY = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}


def _primary_code(error: sqlite3.Error) -> int:
    return int(getattr(error, "sqlite_errorcode", 0) or 0) & 0xFF


def _is_fatal(error: sqlite3.Error) -> bool:
    return _primary_code(error) in _FULL | _READ_ONLY | _DAMAGED | {sqlite3.SQLITE_IOERR}


def _as_ours(error: sqlite3.Error, name: str) -> PosError | None:
    code = _primary_code(error)
    if code in _FULL:
        return _as_disk_error(errno.ENOSPC, name)
    if code in _READ_ONLY:
        return _as_disk_error(errno.EROFS, name)
    if code == sqlite3.SQLITE_IOERR:
        return DiskReadOnly(f"The disk did not take {name}: {error}.", "Check the disk. Nothing was changed.")
    if code in _DAMAGED:
        return DatabaseDamaged(
            f"{name} is damaged.", "Keep the file, restore a backup, or ask for help. Nothing was changed."
        )
    if code in _BUSY:
        return DatabaseBusy(f"{name} is in use by another program.")
    return None


def _as_disk_error(code: int, name: str) -> PosError:
    if code == errno.ENOSPC:
        return DiskFull(f"The disk is full: {name} could not be written.", "Free some space, then try again.")
    return DiskReadOnly(
        f"{name} cannot be written: {os.strerror(code)}.", "Check the rights of the data folder and the disk."
    )


def _run_script(connection: sqlite3.Connection, script: str) -> None:
    """Run the statements inside the open transaction (`executescript` would commit it first)."""
    statement = ""
    *parts, rest = script.split(";")
    for part in parts:
        statement += part + ";"
        if sqlite3.complete_statement(statement):  # false inside the body of a trigger
            connection.execute(statement)
            statement = ""
    if (statement + rest).strip():
        raise BugError("a migration ends in the middle of a statement")
