"""What may happen to a tap: compared with the table, made and journalled within the unit of work of its sale.

`request_out` stands from the durable step before a request to the durable step after its answer. A tap is never ended
while it stands: who closes the sale leaves the tap to the end of that request.
"""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Callable
from typing import TypeAlias

from pos_app.till.journal import Json
from pos_app.till.tap_states import TAP_MOVES, IllegalTapMove, TapCause, TapState, tap_move
from pos_app.till.views import Tender

Note: TypeAlias = Callable[[str, str, dict[str, Json]], None]

_HANDS_OVER = frozenset({TapCause.GIVEN_TO_API, TapCause.HANDED_OVER, TapCause.PIN_ENTERED, TapCause.REPEATED})
SENDS = _HANDS_OVER | {TapCause.LINK_ASKED}
"""Causes after which a request goes out."""
_NOT_HANDED_OVER = frozenset({TapCause.NOT_SENT, TapCause.CALLBACK_NOT_SENT, TapCause.PIN_DUE})
_OF_THE_FIRST_TRY = _NOT_HANDED_OVER | {TapCause.REFUSED}


class TapMoves:
    """The taps of one unit of work. `note(kind, sale_id, facts)` writes to the journal."""

    def __init__(self, connection: sqlite3.Connection, now_ms: int, note: Note) -> None:
        self._db = connection
        self._now_ms = now_ms
        self._note = note

    def capture(self, sale_id: str, host: str, payment_hash: str) -> None:
        """Store a live tap that was read, bound to the invoice of its sale."""
        tap_id = secrets.token_hex(16)
        sequence = self._db.execute("SELECT coalesce(max(sequence), 0) + 1 FROM tap").fetchone()[0]
        state = tap_move(None, TapCause.READ).to
        self._db.execute(
            "INSERT INTO tap (id, sale_id, sequence, host, captured_at_ms, state, payment_hash)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            (tap_id, sale_id, sequence, host, self._now_ms, state.value, payment_hash),
        )
        facts: dict[str, Json] = {"tap": tap_id, "on": TapCause.READ.value, "to": state.value}
        self._note("tap", sale_id, facts | {"sequence": sequence, "host": host})
        self.step(tap_id, TapCause.BOUND, hash=payment_hash)

    def step(self, tap_id: str, cause: TapCause, *, reason: str = "", **facts: Json) -> None:
        """Move the tap as the table says for `cause`. Raises IllegalTapMove where it says nothing."""
        row = self.row(tap_id)
        before = TapState(row["state"])
        after = tap_move(before, cause).to
        if not _is_in_order(row, cause):
            raise IllegalTapMove(before, cause)
        asked, submitted = row["link_tries"], row["submit_tries"]
        if before is TapState.SUBMITTED:
            submitted -= cause in _NOT_HANDED_OVER
        elif cause is TapCause.NOT_SENT:
            asked -= 1
        asked += cause is TapCause.LINK_ASKED
        submitted += cause in _HANDS_OVER
        values: dict[str, Json] = {
            "state": after.value,
            "link_tries": asked,
            "submit_tries": submitted,
            "request_out": int(cause in SENDS),
            "reason": reason,
        }
        if after.is_final:
            values |= {"ended_at_ms": self._now_ms, "url_sealed": None, "offer_sealed": None}
        names = ", ".join(f"{name} = :{name}" for name in values)
        self._db.execute(f"UPDATE tap SET {names} WHERE id = :id", values | {"id": tap_id})
        moved: dict[str, Json] = {"tap": tap_id, "on": cause.value, "from": before.value, "to": after.value}
        if cause in SENDS:
            moved["try"] = asked if cause is TapCause.LINK_ASKED else submitted
        self._note("tap", row["sale_id"], moved | facts | ({"reason": reason} if reason else {}))

    def taken(self, tap_id: str) -> None:
        """The service took the invoice: the tap stays SUBMITTED, with no request out."""
        row = self.row(tap_id)
        self._db.execute("UPDATE tap SET request_out = 0 WHERE id = ?", (tap_id,))
        self._note("tap_taken", row["sale_id"], {"tap": tap_id})

    def end(self, tap_id: str) -> None:
        """Its sale is closed: SETTLED if it was sent on a hash that settled, else SUPERSEDED."""
        row = self.row(tap_id)
        settled = self._db.execute(
            "SELECT 1 FROM sale_invoice WHERE payment_hash = ? AND settled_at_ms IS NOT NULL", (row["payment_hash"],)
        ).fetchone()
        paid = settled is not None and TapState(row["state"]).may_pay
        self.step(tap_id, TapCause.SETTLED if paid else TapCause.SALE_CLOSED)

    def end_all(self, sale_id: str) -> None:
        """End the taps of a sale that was just closed, but for those whose request is out."""
        for row in self._living("sale_id = ? AND request_out = 0", sale_id):
            self.end(row["id"])

    def bury(self, payment_hash: str) -> None:
        """This invoice was declared dead: unsent taps let go of it, sent ones were not paid."""
        for row in self._living("payment_hash = ? AND request_out = 0", payment_hash):
            if (TapState(row["state"]), TapCause.INVOICE_DEAD) in TAP_MOVES:
                self.step(row["id"], TapCause.INVOICE_DEAD)

    def restart(self) -> list[str]:
        """The till was started: no request of a live tap is out any more. The ids of the sales that they belong to."""
        rows = self._living("stored = ?", 0)
        for row in rows:
            if (TapState(row["state"]), TapCause.RESTARTED) in TAP_MOVES:
                self.step(row["id"], TapCause.RESTARTED)
        return [row["sale_id"] for row in rows]

    def is_out(self, sale_id: str) -> bool:
        """Whether a request of a tap of this sale is out."""
        return bool(self._living("sale_id = ? AND request_out = 1", sale_id))

    def may_pay(self, sale_id: str) -> bool:
        return any(TapState(row["state"]).may_pay for row in self._living("sale_id = ?", sale_id))

    def tender(self, payment_hash: str) -> Tender:
        """How an invoice that settles now was paid, as far as the till knows."""
        sent = [row for row in self._living("payment_hash = ?", payment_hash) if TapState(row["state"]).may_pay]
        if not sent:
            return Tender.QR
        return Tender.STORED_CARD if sent[-1]["stored"] else Tender.CARD

    def row(self, tap_id: str) -> sqlite3.Row:
        row: sqlite3.Row = self._db.execute("SELECT * FROM tap WHERE id = ?", (tap_id,)).fetchone()
        return row

    def _living(self, where: str, value: Json) -> list[sqlite3.Row]:
        query = f"SELECT * FROM tap WHERE ended_at_ms IS NULL AND {where} ORDER BY sequence"
        return self._db.execute(query, (value,)).fetchall()


def _is_in_order(row: sqlite3.Row, cause: TapCause) -> bool:
    """A tap is handed over again once at most, by the till that has its callback; that repeat proves nothing."""
    if cause is TapCause.REPEATED:
        return bool(row["link_tries"] and row["submit_tries"] == 1)
    return not (row["submit_tries"] > 1 and cause in _OF_THE_FIRST_TRY)
