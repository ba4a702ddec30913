"""What `pos-app doctor` says of selling without a line: who may, what is at risk, what waits and what holds it."""

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
from pos_app.core.money import Sat
from pos_app.till import terms
from pos_app.till.sale import Held
from pos_app.till.store import FILE_NAME
from pos_app.till.terms import HOUR_S, Exposure
from pos_app.till.vault import Vault
from pos_app.till.views import TermsView

_WAITING = """
SELECT count(*) AS waiting, coalesce(sum(held_why = :clock), 0) AS clock, coalesce(sum(held_why = :keys), 0) AS keys,
    (SELECT value FROM meta WHERE key = 'book') AS book, (SELECT value FROM meta WHERE key = 'vault_mark') AS mark
FROM tap WHERE stored = 1 AND ended_at_ms IS NULL AND (url_sealed IS NOT NULL OR offer_sealed IS NOT NULL)
"""
_RESTORED = "SELECT count(*) FROM tap WHERE ended_at_ms IS NULL AND held_why = :restored"
_LATE = """
SELECT count(*) AS count, coalesce(sum(iif(state = 'refund_due', due_msat, 0)), 0) / 1000 AS sat FROM sale
WHERE state = 'refund_due' OR state = 'paid_late' AND goods_given = 0
"""
_SALES = "SELECT count(*) FROM sale"


@dataclass(frozen=True, slots=True)
class _Book:
    """What one book says: its sealed cards and what holds them, the exposure, late money, the owner's terms."""

    sales: int
    waiting: int
    for_clock: int
    for_keys: int
    restored: int
    book: str
    mark: str
    out: Exposure
    late: int
    refund: Sat
    terms: TermsView


def examine_stored(folders: Folders) -> Iterator[Finding]:
    """The manager PIN, and of each book in use: the consent, the queue, the stored cards, a word about backups."""
    is_set = asyncio.run(ManagerPin(folders.manager_file, SystemClock()).is_set())
    yield Finding("manager PIN", Mark.WORKS, "is set" if is_set else "is not set: cards cannot be stored without it")
    has_sales = False
    for file in sorted(folders.books.glob(f"*/{FILE_NAME}")):
        book = _read(file)
        if book is not None:
            has_sales = has_sales or book.sales > 0
            yield from _findings(folders, book)
    if has_sales:
        words = "the books and the settings fit into one file; there is no key and no card's token in it"
        yield Finding("backup", Mark.WORKS, words, "Make one now and then: pos-app backup FILE")


def _read(file: Path) -> _Book | None:
    """None for a file that cannot be read (that has a finding of its own) or that an earlier version wrote."""
    why = {"clock": Held.CLOCK.value, "keys": Held.KEYS.value, "restored": Held.RESTORED.value}
    try:
        with closing(sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True)) as connection:
            connection.row_factory = sqlite3.Row
            row = connection.execute(_WAITING, why).fetchone()
            late = connection.execute(_LATE).fetchone()
            return _Book(
                sales=connection.execute(_SALES).fetchone()[0],
                waiting=row["waiting"],
                for_clock=row["clock"],
                for_keys=row["keys"],
                restored=connection.execute(_RESTORED, why).fetchone()[0],
                book=str(row["book"]),
                mark=str(row["mark"]),
                out=terms.exposure(connection),
                late=late["count"],
                refund=Sat(late["sat"]),
                terms=terms.read(connection),
            )
    except sqlite3.Error:
        return None


def _findings(folders: Folders, book: _Book) -> Iterator[Finding]:
    yield Finding("offline cards", Mark.WORKS, _terms(book.terms))
    if book.out.count or book.late:
        yield _queue(book)
    if book.waiting:
        yield _cards(folders, book)
    if book.restored:
        words = f"{book.restored} came back with a backup and may have been sent since: they are not sent again"
        cure = "Start the till with its line: it asks the payments API. Do not charge these sales again before that."
        yield Finding("restored cards", Mark.LOOK, words, cure)


def _terms(kept: TermsView) -> str:
    if kept.accepted_at_s is None:
        return "are not stored: the owner has not accepted the loss"
    hours = f"{kept.session_max_s / HOUR_S:g} h without a line, {kept.tap_age_max_s / HOUR_S:g} h a card"
    return (
        f"are stored, and the owner carries the loss: {kept.tap_max} a card, {kept.sum_max} in all, "
        f"{kept.count_max} sales, {hours}"
    )


def _queue(book: _Book) -> Finding:
    out, parts = book.out, []
    if out.count:
        parts.append(f"{out.count} {'sale' if out.count == 1 else 'sales'} not paid or not certain, {out.sum} at risk")
    if book.late:
        due = f", {book.refund} to be given back" if book.refund.value else ""
        parts.append(f"{book.late} with late money{due}")
    return Finding("queue", Mark.LOOK, "; ".join(parts), "Look at them: pos-app queue list")


def _cards(folders: Folders, book: _Book) -> Finding:
    words = f"{book.waiting} not sent yet"
    vault = Vault(Keystore(folders.keys), book.book)
    asyncio.run(vault.load(book.mark))
    if vault.problem is not None:
        return Finding("stored cards", Mark.MISSING, f"{words}. {vault.problem.message}", vault.problem.cure)
    if book.for_clock:
        words = f"{words}, {book.for_clock} held: the clocks differ, so their age is not known"
        return Finding("stored cards", Mark.LOOK, words, "Set this computer's clock, then release them in the queue.")
    if book.for_keys:
        words = f"{words}, {book.for_keys} held for their key, which is there again"
        return Finding("stored cards", Mark.LOOK, words, "Press Unlock in the queue, or start the till again.")
    return Finding("stored cards", Mark.WORKS, f"{words}, and their key is there")
