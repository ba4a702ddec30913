"""The search index: three letters in a row of the memo, the note and the reference of each entry."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

Source = tuple[str, int | None]
"""The memo of an entry, and the number of its sale."""


class Words:
    """The changes of one transaction, written in the order of the entries: only so the index is quick."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._changes: dict[int, tuple[Source | None, Source | None]] = {}

    def change(self, entry_id: int, old: Source | None, new: Source | None) -> None:
        """The words of this entry are made of something else now; None: there are none."""
        if entry_id in self._changes:
            old = self._changes[entry_id][0]
        self._changes[entry_id] = (old, new)

    def write(self) -> None:
        changes = [(entry_id, old, new) for entry_id, (old, new) in sorted(self._changes.items()) if old != new]
        if any(old for _, old, _ in changes):
            for entry_id, old, new in changes:
                self._remove(entry_id, old)
                self._add([(entry_id, new)])
        else:
            self._add([(entry_id, new) for entry_id, _, new in changes])
        self._changes.clear()

    def _remove(self, entry_id: int, source: Source | None) -> None:
        if source is not None:
            words = self._words(source)
            self._db.execute("INSERT INTO search (search, rowid, words) VALUES ('delete', ?, ?)", (entry_id, words))

    def _add(self, sources: Iterable[tuple[int, Source | None]]) -> None:
        words = [(entry_id, self._words(source)) for entry_id, source in sources if source is not None]
        self._db.executemany("INSERT INTO search (rowid, words) VALUES (?, ?)", words)

    def _words(self, source: Source) -> str:
        memo, number = source
        if number is None:
            return memo
        row = self._db.execute("SELECT reference, note FROM sale WHERE number = ?", (number,)).fetchone()
        return "\n".join((memo, *row))
