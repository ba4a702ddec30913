"""What happens to a book that came back from a backup, beside the moves of every sale."""

from __future__ import annotations

import sqlite3

from pos_app.core.bolt11 import Invoice
from pos_app.core.money import Msat
from pos_app.till import journal
from pos_app.till.journal import Json
from pos_app.till.moves import NUMBER_SEEN, RESTORED_FROM
from pos_app.till.queue_moves import QueueMoves
from pos_app.till.sale import Unassigned
from pos_app.till.states import Cause, SaleState


class RestoreMoves(QueueMoves):
    """As `QueueMoves`, with those of a restored book."""

    def restored(self, backup_at_s: float) -> None:
        """This book is a backup of that moment: whatever was open may have gone on since.

        To be done before the book is put in its place. It is compared with the API before anything is sent.
        """
        sales = self._taps.restore()
        for sale_id in sales:
            if self._state(sale_id) is SaleState.OPEN:
                self.step(sale_id, Cause.STOPPED_WAITING)
        before_ms = self._meta(RESTORED_FROM)
        backup_ms = round(backup_at_s * 1000)
        if before_ms is not None:  # the backup was made of a book that was not compared itself
            backup_ms = min(backup_ms, int(before_ms))
        self._remember(RESTORED_FROM, backup_ms)
        self._note_book("restored", {"from_ms": backup_ms, "sales_with_taps": len(sales)})

    def compared(self) -> None:
        """All that happened since the backup is known: taps of sales without any living invoice were not paid."""
        if self._db.execute("DELETE FROM meta WHERE key = ?", (RESTORED_FROM,)).rowcount:
            self._note_book("compared", {})
            for sale_id in self._taps.restored():
                self._expire(sale_id)

    def adopt(self, sale_id: str, invoice: Invoice) -> None:
        """An invoice that only the API knew is the sale's own, in whatever state the sale is, beside any other one."""
        known = self._db.execute("SELECT 1 FROM sale_invoice WHERE payment_hash = ?", (invoice.payment_hash,))
        if known.fetchone() is None:
            self._own(sale_id, invoice, adopted=1)

    def note_unassigned(self, payment: Unassigned) -> None:
        """Keep a payment whose sale this book lacks; later only that it was paid may change."""
        known = self._db.execute("SELECT is_paid FROM unassigned WHERE payment_hash = ?", (payment.payment_hash,))
        row = known.fetchone()
        if row is None:
            self._db.execute(
                "INSERT INTO unassigned (payment_hash, reference, number, amount_msat, memo, made_at_ms, is_paid)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                (
                    payment.payment_hash,
                    payment.reference,
                    payment.number,
                    payment.amount.value,
                    payment.memo,
                    round(payment.made_at_s * 1000),
                    payment.is_paid,
                ),
            )
        elif payment.is_paid and not row["is_paid"]:
            self._db.execute(
                "UPDATE unassigned SET is_paid = 1, amount_msat = ? WHERE payment_hash = ?",
                (payment.amount.value, payment.payment_hash),
            )
        else:
            return
        facts: dict[str, Json] = {"hash": payment.payment_hash, "reference": payment.reference}
        facts |= {"msat": payment.amount.value, "paid": int(payment.is_paid)}
        self._note_book("unassigned", facts)

    def note_number(self, number: int) -> None:
        """No other sale gets this number."""
        if number > int(self._meta(NUMBER_SEEN) or "0"):
            self._remember(NUMBER_SEEN, number)

    def _remember(self, key: str, value: int) -> None:
        self._db.execute("INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)", (key, str(value)))

    def _note_book(self, kind: str, facts: dict[str, Json]) -> None:
        journal.append(self._db, kind, journal.OF_THE_BOOK, self._now_ms, facts)


def restored_from_s(connection: sqlite3.Connection) -> float | None:
    """The moment of the backup, while the book is not compared yet."""
    row = connection.execute("SELECT value FROM meta WHERE key = ?", (RESTORED_FROM,)).fetchone()
    return None if row is None else int(row["value"]) / 1000


def load_unassigned(connection: sqlite3.Connection) -> tuple[Unassigned, ...]:
    """Payments without a sale, oldest first."""
    return tuple(
        Unassigned(
            payment_hash=row["payment_hash"],
            reference=row["reference"],
            number=row["number"],
            amount=Msat(row["amount_msat"]),
            is_paid=bool(row["is_paid"]),
            memo=row["memo"],
            made_at_s=row["made_at_ms"] / 1000,
        )
        for row in connection.execute("SELECT * FROM unassigned ORDER BY made_at_ms, payment_hash")
    )
