"""What `pos-app doctor` says of stored cards: how many wait, whether their key is there, and what a person must do."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from pos_app.cli.doctor import Finding, Mark
from pos_app.config.folders import Folders
from pos_app.config.keystore import Keystore
from pos_app.config.manager import ManagerPin
from pos_app.core.clock import SystemClock
from pos_app.till.sale import Held
from pos_app.till.store import FILE_NAME
from pos_app.till.vault import Vault

_WAITING = """
SELECT count(*) AS waiting, coalesce(sum(held_why = :clock), 0) AS clock,
    (SELECT value FROM meta WHERE key = 'book') AS book,
    (SELECT value FROM meta WHERE key = 'vault_mark') AS mark
FROM tap WHERE stored = 1 AND ended_at_ms IS NULL AND (url_sealed IS NOT NULL OR offer_sealed IS NOT NULL)
"""


@dataclass(frozen=True, slots=True)
class _Waiting:
    """The sealed cards of one book."""

    count: int
    for_clock: int
    book: str
    mark: str


def examine_stored(folders: Folders) -> Iterator[Finding]:
    """The manager PIN, and each book in which stored cards wait."""
    is_set = asyncio.run(ManagerPin(folders.manager_file, SystemClock()).is_set())
    yield Finding("manager PIN", Mark.WORKS, "is set" if is_set else "is not set: cards cannot be stored without it")
    for file in sorted(folders.books.glob(f"*/{FILE_NAME}")):
        waiting = _waiting(file)
        if waiting is not None and waiting.count:
            yield _finding(folders, waiting)


def _waiting(file: Path) -> _Waiting | None:
    """None for a file that cannot be read (that has a finding of its own) or that an earlier version wrote."""
    try:
        with closing(sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True)) as connection:
            connection.row_factory = sqlite3.Row
            row = connection.execute(_WAITING, {"clock": Held.CLOCK.value}).fetchone()
    except sqlite3.Error:
        return None
    return _Waiting(row["waiting"], row["clock"], str(row["book"]), str(row["mark"]))


def _finding(folders: Folders, waiting: _Waiting) -> Finding:
    words = f"{waiting.count} not sent yet"
    vault = Vault(Keystore(folders.keys), waiting.book)
    asyncio.run(vault.load(waiting.mark))
    if vault.problem is not None:
        return Finding("stored cards", Mark.MISSING, f"{words}. {vault.problem.message}", vault.problem.cure)
    if waiting.for_clock:
        words = f"{words}, {waiting.for_clock} held: the clocks differ, so their age is not known"
        return Finding("stored cards", Mark.LOOK, words, "Set this computer's clock, then release them in the queue.")
    return Finding("stored cards", Mark.WORKS, f"{words}, and their key is there")
