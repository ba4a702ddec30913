"""X and Z reports of this till: an X report looks at what came since the last Z report, a Z report closes it.

Z reports are numbered, kept for ever and chained: the hash of each is SHA-256 over the hash of the one before and the
report as it was written. The first follows the SHA-256 of `Z` and the book's id.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Protocol

from pydantic import TypeAdapter

from pos_app.config.files import write_whole
from pos_app.core.clock import Clock
from pos_app.core.errors import UserError
from pos_app.core.money import Sat
from pos_app.till import journal
from pos_app.till.books import Books
from pos_app.till.paper import pdf
from pos_app.till.report_paper import WIDTH_MM, lines, title
from pos_app.till.report_sums import Figures, figures, last_seq, unresolved
from pos_app.till.report_views import Agreement, Difference, ReportView
from pos_app.till.store import Store

LATE_FOR_S = 30 * 86_400.0
"""Unpaid invoices of so long before the period are compared too."""
_TRIES = 3
_WRITTEN = TypeAdapter(ReportView)


@dataclass(frozen=True, slots=True)
class WalletWord:
    """What the payments API says. `paid` has each hash that was asked for and is known: its msat, or None if unpaid."""

    paid: Mapping[str, int | None]
    other_count: int = 0
    other_msat: int = 0
    """What else came into the wallet in the period."""
    doubt: str = ""
    """Why that may not be all: a finished sentence, or nothing."""


class Wallet(Protocol):
    """Who knows the payments API's side."""

    async def word(self, hashes: Iterable[str], from_s: float, until_s: float) -> WalletWord: ...


class ReportsBroken(UserError):
    """A Z report is not what was written, or its sums are not those of the journal."""

    def __init__(self, number: int, what: str) -> None:
        super().__init__(f"Z report {number} {what}.", "Keep the file and ask for help.")
        self.number = number


class NothingToClose(UserError):
    """Nothing has happened since the last Z report."""

    def __init__(self, number: int) -> None:
        super().__init__(f"Nothing has happened since Z report {number}.", "It is in the list of reports.")


class NoSuchReport(UserError):
    """No Z report has this number."""

    def __init__(self, number: int) -> None:
        super().__init__(f"There is no Z report {number}.", "Look at the list of reports.")


@dataclass(frozen=True, slots=True)
class _Last:
    """The newest Z report, as the next one needs it."""

    number: int
    to_seq: int
    made_at_s: float | None
    hash: bytes


@dataclass(frozen=True, slots=True)
class _Draft:
    """What till.db says of the period that is not closed yet. `unpaid` are hashes that have brought nothing."""

    last: _Last
    figures: Figures
    unpaid: frozenset[str]
    report: ReportView


class Reports:
    """The reports of one book. `time_zone` is the name that they carry; `wallet` tells the payments API's side."""

    def __init__(
        self, store: Store, wallet: Wallet, books: Books, clock: Clock, *, shop_name: str = "", time_zone: str = ""
    ) -> None:
        self._database = store.database
        self._wallet = wallet
        self._books = books
        self._clock = clock
        self._shop_name = shop_name
        self._time_zone = time_zone
        self._closing = asyncio.Lock()

    async def now(self) -> ReportView:
        """The X report of this moment."""
        draft = await self._database.read(self._draft)
        return _compared(draft, await self._ask(draft))

    async def close(self) -> ReportView:
        """Write the Z report. Raises NothingToClose."""
        async with self._closing:
            draft = await self._database.read(self._draft)
            for _ in range(_TRIES):
                word = await self._ask(draft)
                asked = draft.figures.settled
                draft, report = await self._database.write(partial(self._close, word=word, asked=asked))
                if report is not None:
                    return report
            raise UserError("Payments came in while the day was being closed.", "Close the day again.")

    async def list(self, limit: int = 50) -> tuple[ReportView, ...]:
        """The last Z reports, newest first."""
        query = "SELECT * FROM report ORDER BY number DESC LIMIT ?"
        return await self._database.read(lambda db: tuple(_read(row) for row in db.execute(query, (limit,))))

    async def report(self, number: int) -> ReportView:
        """One Z report. Raises NoSuchReport."""
        query = "SELECT * FROM report WHERE number = ?"
        row = await self._database.read(lambda db: db.execute(query, (number,)).fetchone())
        if row is None:
            raise NoSuchReport(number)
        return _read(row)

    async def pdf(self, number: int | None, file: Path) -> Path:
        """Write a Z report, or with None the X report of this moment, as PDF. Raises NoSuchReport or CannotWrite."""
        report = await self.now() if number is None else await self.report(number)
        await asyncio.to_thread(write_pdf, report, file)
        return file

    async def verify(self) -> int:
        """Check the journal, the chain of Z reports, and each one's sums against the journal; how many there are.

        Raises JournalBroken or ReportsBroken.
        """
        return await self._database.read(_verify)

    async def _ask(self, draft: _Draft) -> WalletWord:
        hashes = draft.unpaid.union(draft.figures.settled)
        return await self._wallet.word(hashes, draft.report.from_s, draft.report.until_s)

    def _draft(self, db: sqlite3.Connection) -> _Draft:
        last = _last(db)
        counted = figures(db, last.to_seq, last_seq(db))
        until_s = self._clock.time_s()
        from_s = last.made_at_s if last.made_at_s is not None else (counted.first_at_s or until_s)
        left = unresolved(db)
        report = ReportView(
            number=None,
            shop_name=self._shop_name,
            api=self._books.name,
            network=self._books.network.value,
            practice=self._books.wears_banner,
            from_s=from_s,
            until_s=until_s,
            time_zone=self._time_zone,
            count=counted.count,
            sum=counted.sum,
            tips=counted.tips,
            fiat=counted.fiat,
            tenders=counted.tenders,
            late_count=counted.late_count,
            late_sum=counted.late_sum,
            refund_due=Sat(sum(each.sum.value for each in left if each.is_due_back)),
            refunded=counted.refunded,
            unresolved=left,
            unresolved_sum=Sat(sum(each.sum.value for each in left if not each.is_due_back)),
            rate_low=counted.rate_low,
            rate_high=counted.rate_high,
            first_number=counted.first_number,
            last_number=counted.last_number,
            agreement=Agreement.NOT_KNOWN,
            agreement_words="",
            differences=(),
            till_sum=Sat(0),
            other_count=0,
            other_sum=Sat(0),
            made_at_s=until_s,
            previous_hash=last.hash.hex(),
            hash="",
        )
        return _Draft(last, counted, _unpaid(db, from_s - LATE_FOR_S), report)

    def _close(
        self, db: sqlite3.Connection, word: WalletWord, asked: Mapping[str, int]
    ) -> tuple[_Draft, ReportView | None]:
        """Write the report, unless money came since `asked`: then the payments API must be asked about that too."""
        draft = self._draft(db)
        last = draft.last
        if (
            last.number
            and not db.execute("SELECT 1 FROM journal WHERE seq > ? AND kind != 'report'", (last.to_seq,)).fetchone()
        ):
            raise NothingToClose(last.number)
        if draft.figures.settled != asked:
            return draft, None
        report = replace(_compared(draft, word), number=last.number + 1)
        data = _WRITTEN.dump_json(report).decode()
        made_at_ms = round(report.made_at_s * 1000)
        covered = (report.number, made_at_ms, draft.figures.from_seq, draft.figures.to_seq, data)
        chained = _hash(last.hash, covered)
        db.execute(
            "INSERT INTO report (number, made_at_ms, from_seq, to_seq, data, previous_hash, hash)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            (*covered, last.hash, chained),
        )
        journal.append(db, "report", "", made_at_ms, {"number": report.number, "hash": chained.hex()})
        return draft, replace(report, hash=chained.hex())


def write_pdf(report: ReportView, file: Path) -> None:
    """The report as it is printed. Raises CannotWrite."""
    write_whole(file, pdf(lines(report), WIDTH_MM, title(report)))


def _compared(draft: _Draft, word: WalletWord) -> ReportView:
    """The report with the API's side: this till's hashes one by one, the rest of the wallet as one line."""
    ours = draft.figures.settled
    unknown = [payment_hash for payment_hash in ours if payment_hash not in word.paid]
    differing = [
        (payment_hash, ours.get(payment_hash), there)
        for payment_hash in sorted(draft.unpaid.union(ours))
        if payment_hash in word.paid and (there := word.paid[payment_hash]) != ours.get(payment_hash)
    ]
    here = sum(ours.values())
    there = sum(word.paid.get(payment_hash) or 0 for payment_hash in ours)
    if word.doubt:
        differing = []  # they may only be late
        agreement, words = Agreement.NOT_KNOWN, word.doubt
    elif differing:
        agreement = Agreement.NO
        words = f"They differ on {len(differing)}: {Sat(here // 1000)} here, {Sat(there // 1000)} there."
    elif unknown:
        agreement = Agreement.NOT_KNOWN
        words = f"The payments server does not know {len(unknown)} of the payments."
    else:
        agreement, words = Agreement.YES, f"Till and payments server: same sum, {Sat(here // 1000)}."
    return replace(
        draft.report,
        agreement=agreement,
        agreement_words=words,
        differences=tuple(Difference(payment_hash, mine, theirs) for payment_hash, mine, theirs in differing),
        till_sum=Sat(there // 1000),
        other_count=word.other_count,
        other_sum=Sat(word.other_msat // 1000),
    )


def _last(db: sqlite3.Connection) -> _Last:
    row = db.execute("SELECT * FROM report ORDER BY number DESC LIMIT 1").fetchone()
    if row is None:
        return _Last(0, 0, None, _root(db))
    return _Last(row["number"], row["to_seq"], row["made_at_ms"] / 1000, row["hash"])


def _unpaid(db: sqlite3.Connection, since_s: float) -> frozenset[str]:
    """Invoices that have brought nothing, of the period and a while before."""
    query = "SELECT payment_hash FROM sale_invoice WHERE settled_at_ms IS NULL AND received_at_ms >= ?"
    return frozenset(row["payment_hash"] for row in db.execute(query, (round(since_s * 1000),)))


def _read(row: sqlite3.Row) -> ReportView:
    return replace(_WRITTEN.validate_json(row["data"]), hash=row["hash"].hex())


def _verify(db: sqlite3.Connection) -> int:
    journal.verify(db)
    previous, number, to_seq = _root(db), 0, 0
    for row in db.execute("SELECT * FROM report ORDER BY number"):
        number += 1
        covered = (row["number"], row["made_at_ms"], row["from_seq"], row["to_seq"], row["data"])
        if row["number"] != number or row["previous_hash"] != previous or row["hash"] != _hash(previous, covered):
            raise ReportsBroken(number, "is not what was written, or is missing")
        if row["from_seq"] != to_seq:
            raise ReportsBroken(number, "leaves a gap after the one before")
        report, counted = _read(row), figures(db, row["from_seq"], row["to_seq"])
        if (report.count, report.sum, report.tips, report.tenders, report.refunded) != (
            counted.count, counted.sum, counted.tips, counted.tenders, counted.refunded
        ):  # fmt: skip
            raise ReportsBroken(number, "has other sums than the journal")
        previous, to_seq = row["hash"], row["to_seq"]
    return number


def _root(db: sqlite3.Connection) -> bytes:
    book = db.execute("SELECT value FROM meta WHERE key = 'book'").fetchone()["value"]
    return hashlib.sha256(f"Z{book}".encode()).digest()


def _hash(previous: bytes, covered: tuple[object, ...]) -> bytes:
    return hashlib.sha256(previous + json.dumps(covered, separators=(",", ":"), ensure_ascii=False).encode()).digest()
