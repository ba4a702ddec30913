"""What may happen to a sale: each move is compared with the table, made and journalled in one transaction."""

from __future__ import annotations

import json
import secrets
import sqlite3
from collections.abc import Mapping

from pos_app.core.bolt11 import Invoice
from pos_app.core.errors import BugError, UserError
from pos_app.core.money import Msat
from pos_app.till import journal
from pos_app.till.journal import Json
from pos_app.till.sale import NewSale
from pos_app.till.states import Cause, SaleState, move
from pos_app.till.tap_moves import SENDS, NewTap, SealedOffer, TapMoves
from pos_app.till.tap_states import TapCause, TapState
from pos_app.till.views import Tender

REFERENCE_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
REFERENCE_LENGTH = 8
RESTORED_FROM = "restored_from_ms"
"""In `meta`: the book was restored from a backup of this moment, and is not compared with the API yet."""
NUMBER_SEEN = "number_seen"
"""In `meta`: the highest number of a sale that is known only from the API."""

_PAID_FOR = (SaleState.PAID, SaleState.PAID_LATE, SaleState.PAID_OTHERWISE)


class NoSuchSale(UserError):
    """These books have no sale of this id."""

    def __init__(self) -> None:
        super().__init__("There is no such sale in these books.", "Look at the recent sales.")


class Moves:
    """The moves of one unit of work. `changed` holds the ids of the sales it touched, the first named first."""

    def __init__(self, connection: sqlite3.Connection, now_s: float) -> None:
        self._db = connection
        self._now_ms = round(now_s * 1000)
        self.changed: list[str] = []
        self._taps = TapMoves(connection, self._now_ms, self._note)

    def begin(self, new: NewSale) -> None:
        """Store a new OPEN sale with the next number of the book and a reference of its own."""
        sale_id, reference = secrets.token_hex(16), self._new_reference()
        if new.replaces is not None:
            self._may_be_replaced(new.replaces)
        meta = {row["key"]: row["value"] for row in self._db.execute("SELECT key, value FROM meta")}
        last = self._db.execute("SELECT coalesce(max(number), 0) FROM sale").fetchone()[0]
        number = max(last, int(meta.get(NUMBER_SEEN, "0"))) + 1
        row: dict[str, Json] = {
            "id": sale_id,
            "book": meta["book"],
            "till": meta["till"],
            "number": number,
            "reference": reference,
            "state": move(None, Cause.CHARGED).to.value,
            "sat": new.amount.value,
            "tip_sat": new.tip.value,
            "currency": new.fiat.currency if new.fiat else None,
            "fiat_minor": new.fiat.minor if new.fiat else None,
            "rate": str(new.rate.price) if new.rate else None,
            "rate_sources": json.dumps(new.rate.sources) if new.rate else None,
            "rate_at_ms": round(new.rate.at_s * 1000) if new.rate else None,
            "note": new.note,
            "replaces": new.replaces,
            "made_at_ms": self._now_ms,
        }
        self._db.execute(f"INSERT INTO sale ({', '.join(row)}) VALUES ({', '.join(f':{name}' for name in row)})", row)
        self._note("move", sale_id, {"on": Cause.CHARGED.value, **row})

    def step(self, sale_id: str, cause: Cause, **facts: Json) -> None:
        """Move the sale as the table says for `cause`. Raises IllegalMove where it says nothing."""
        before = self._state(sale_id)
        after = move(before, cause).to
        values: dict[str, Json] = {"state": after.value}
        if after.is_closed and not before.is_closed:
            values["closed_at_ms"] = self._now_ms
        if cause is Cause.VOIDED:
            values["voided"] = 1
        if cause is Cause.PAID_OTHERWISE:
            values["tender"] = Tender.OTHER.value
        if cause is Cause.REFUNDED:
            due = self._db.execute("SELECT due_msat FROM sale WHERE id = ?", (sale_id,)).fetchone()
            facts["msat"] = due["due_msat"]
        values |= self._due(sale_id, cause, after, facts)
        self._update(sale_id, values)
        self._note("move", sale_id, {"on": cause.value, "from": before.value, "to": after.value, **facts})
        if after.is_closed and not before.is_closed:
            self._taps.end_all(sale_id)
        self._sold_again(sale_id)

    def bind(self, sale_id: str, invoice: Invoice) -> bool:
        """Give the sale a checked invoice; False if the sale was closed meanwhile, so that it must not be shown.

        Raises UserError if the invoice belongs to a sale already.
        """
        if self._state(sale_id).is_closed:
            return False
        if self._live_hashes(sale_id):
            raise BugError("a second living invoice for one sale")
        if self._db.execute("SELECT 1 FROM sale_invoice WHERE payment_hash = ?", (invoice.payment_hash,)).fetchone():
            raise UserError("The server gave one invoice to two sales.", "Try again, or look at the server.")
        self._own(sale_id, invoice)
        return True

    def _own(self, sale_id: str, invoice: Invoice, **facts: Json) -> None:
        if invoice.amount is None:
            raise BugError("an invoice without an amount passed the check")
        self._db.execute(
            "INSERT INTO sale_invoice (payment_hash, sale_id, bolt11, amount_msat, made_at_s, expiry_s, received_at_ms)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                invoice.payment_hash,
                sale_id,
                invoice.text,
                invoice.amount.value,
                invoice.made_at_s,
                invoice.expiry_s,
                self._now_ms,
            ),
        )
        self._note("invoice", sale_id, {"hash": invoice.payment_hash, "msat": invoice.amount.value, **facts})

    def settle(self, payment_hash: str, received: Msat) -> None:
        """Book that the API says this invoice was paid. The same hash counts once."""
        row = self._invoice(payment_hash)
        if row["settled_at_ms"] is not None:
            return
        sale_id = row["sale_id"]
        self._db.execute(
            "UPDATE sale_invoice SET settled_at_ms = ?, settled_msat = ? WHERE payment_hash = ?",
            (self._now_ms, received.value, payment_hash),
        )
        self._db.execute(
            "UPDATE sale SET paid_at_ms = coalesce(paid_at_ms, ?), tender = coalesce(tender, ?) WHERE id = ?",
            (self._now_ms, self._taps.tender(payment_hash).value, sale_id),
        )
        voided = self._db.execute("SELECT voided FROM sale WHERE id = ?", (sale_id,)).fetchone()["voided"]
        after_void = voided and self._state(sale_id) is SaleState.CANCELLED
        cause = Cause.SETTLED_AFTER_VOID if after_void else Cause.SETTLED
        self.step(sale_id, cause, hash=payment_hash, msat=received.value)

    def declare_dead(self, payment_hash: str, why: str) -> None:
        """The invoice can provably not be paid any more; an OPEN sale without another one expires with it."""
        row = self._invoice(payment_hash)
        if row["settled_at_ms"] is not None or row["dead_at_ms"] is not None:
            return
        self._bury(row["sale_id"], payment_hash, why)
        self._expire(row["sale_id"])

    def cancel(self, sale_id: str, cancelled_hashes: frozenset[str]) -> None:
        """The cashier cancelled; the API said that `cancelled_hashes` cannot be paid any more.

        If something else came first, the sale stays as it is, without those invoices.
        """
        if self._state(sale_id) is not SaleState.OPEN:
            for payment_hash in sorted(cancelled_hashes):
                self.declare_dead(payment_hash, "cancelled")
            return
        if self._taps.may_pay(sale_id):
            raise UserError("A card was sent for this sale and may still pay it.", "Stop waiting instead.")
        for payment_hash in sorted(cancelled_hashes & self._live_hashes(sale_id)):
            self._bury(sale_id, payment_hash, "cancelled")
        at_api = cancelled_hashes and not self._live_hashes(sale_id)
        self.step(sale_id, Cause.CANCELLED_AT_API if at_api else Cause.CANCELLED)

    def nothing_handed_over(self, sale_id: str) -> None:
        """The cashier says so; legal once every invoice of the UNCERTAIN sale is dead."""
        if self._live_hashes(sale_id) or self._taps.is_out(sale_id):
            raise UserError("This sale may still be paid.", "Wait until its invoice has ended.")
        self.step(sale_id, Cause.NOTHING_HANDED_OVER)

    def capture_tap(self, new: NewTap) -> None:
        """Store a live tap for its sale and its living invoice; nothing happens if one of them has ended.

        Raises SameTap.
        """
        state = self._state(new.sale_id)
        if not state.is_closed and new.payment_hash in self._live_hashes(new.sale_id):
            self._taps.capture(new, state)

    def move_tap(self, tap_id: str, cause: TapCause, reason: str, offer: SealedOffer | None = None) -> None:
        """Move a tap: before a request, or after its answer, then with the offer that a stored one keeps.

        Nothing happens if the tap has ended meanwhile, or if nothing may be sent for its sale and invoice any more.
        Raises IllegalTapMove where the table says nothing.
        """
        row = self._taps.row(tap_id)
        sale_id, payment_hash, before = row["sale_id"], row["payment_hash"], TapState(row["state"])
        if cause in SENDS:
            if self._may_send(row):
                self._taps.step(tap_id, cause)
        elif before.is_final:
            return
        elif self._state(sale_id).is_closed:
            self._taps.end(tap_id)
        else:
            self._taps.step(tap_id, cause, reason=reason)
            if offer is not None:
                self._taps.offer(tap_id, offer)
            self._end_request(sale_id, payment_hash)

    def goods_given(self, sale_id: str) -> None:
        """The cashier says so of late money: nothing is due back. A second time changes nothing."""
        row = self._db.execute("SELECT goods_given FROM sale WHERE id = ?", (sale_id,)).fetchone()
        if self._state(sale_id) is SaleState.PAID_LATE and not row["goods_given"]:
            self._update(sale_id, {"goods_given": 1})
            self._note("goods_given", sale_id, {})

    def tap_taken(self, tap_id: str) -> None:
        """The card's service took the invoice."""
        row = self._taps.row(tap_id)
        self._taps.taken(tap_id)
        if self._state(row["sale_id"]).is_closed:
            self._taps.end(tap_id)
        else:
            self._end_request(row["sale_id"], row["payment_hash"])

    def restart_taps(self) -> None:
        """The till was started anew: no live tap goes on, and an OPEN sale that a card may have paid is UNCERTAIN."""
        for sale_id in self._taps.restart():
            for payment_hash in self._dead_hashes(sale_id):
                self._taps.bury(payment_hash)
            if self._state(sale_id).is_closed:
                self._taps.end_all(sale_id)
            elif self._state(sale_id) is SaleState.OPEN and self._taps.may_pay(sale_id):
                self.step(sale_id, Cause.STOPPED_WAITING)
            else:
                self._expire(sale_id)

    def _may_send(self, row: sqlite3.Row) -> bool:
        """Whether a request for this tap may go out: compared with what stands on disk at this moment.

        A live tap is sent only while its sale is as it was when the card was read: never after Stop waiting.
        """
        state = self._state(row["sale_id"])
        if state.is_closed or TapState(row["state"]).is_final or row["held"] or self._taps.is_out(row["sale_id"]):
            return False
        if not row["stored"] and state is not SaleState(row["sale_state"]):
            return False
        return self._live_hashes(row["sale_id"]) == {row["payment_hash"]}

    def _due(self, sale_id: str, cause: Cause, after: SaleState, facts: Mapping[str, Json]) -> dict[str, Json]:
        """What is due back to the customer after this move."""
        row = self._db.execute("SELECT due_msat, refunded_msat FROM sale WHERE id = ?", (sale_id,)).fetchone()
        if cause is Cause.REFUNDED:
            return {"due_msat": 0, "refunded_msat": row["refunded_msat"] + row["due_msat"]}
        if after is not SaleState.REFUND_DUE:
            return {}
        if cause in (Cause.SETTLED, Cause.SETTLED_AFTER_VOID):
            return {"due_msat": row["due_msat"] + int(facts["msat"] or 0)}
        return {"due_msat": self._brought_msat(sale_id) - row["refunded_msat"]}

    def _brought_msat(self, sale_id: str) -> int:
        query = "SELECT coalesce(sum(settled_msat), 0) FROM sale_invoice WHERE sale_id = ?"
        return int(self._db.execute(query, (sale_id,)).fetchone()[0])

    def _end_request(self, sale_id: str, payment_hash: str) -> None:
        """A request of a tap has ended: what its invoice's death had to wait for happens now."""
        if payment_hash in self._dead_hashes(sale_id):
            self._taps.bury(payment_hash)
            self._expire(sale_id)

    def _expire(self, sale_id: str) -> None:
        """An OPEN sale whose last invoice has died is over, once no request of a tap is out.

        So are taps that came back with a backup, once all invoices are known that they may have been sent for.
        """
        if not self._live_hashes(sale_id) and self._meta(RESTORED_FROM) is None:
            self._taps.end_restored(sale_id)
        is_over = not self._live_hashes(sale_id) and self._dead_hashes(sale_id) and not self._taps.is_out(sale_id)
        if is_over and self._state(sale_id) is SaleState.OPEN:
            self.step(sale_id, Cause.ALL_DEAD)

    def _may_be_replaced(self, sale_id: str) -> None:
        state = self._state(sale_id)
        if state in _PAID_FOR or state in (SaleState.REFUND_DUE, SaleState.REFUNDED):
            raise UserError("The first sale has been paid meanwhile.", "Do not charge again: look at the recent sales.")
        if state in (SaleState.OPEN, SaleState.OWED):
            raise UserError("The first sale is still open.", "Cancel it first, or stop waiting for it.")

    def _bury(self, sale_id: str, payment_hash: str, why: str) -> None:
        self._db.execute("UPDATE sale_invoice SET dead_at_ms = ? WHERE payment_hash = ?", (self._now_ms, payment_hash))
        self._note("dead", sale_id, {"hash": payment_hash, "why": why})
        self._taps.bury(payment_hash)

    def _sold_again(self, sale_id: str) -> None:
        """Where a sale and one that stands in its place, also through others, are both paid, the older is due back."""
        pairs = self._db.execute(
            """
            WITH RECURSIVE
                before (id) AS (
                    SELECT replaces FROM sale WHERE id = :id AND replaces IS NOT NULL
                    UNION SELECT replaces FROM sale JOIN before USING (id) WHERE replaces IS NOT NULL),
                after (id) AS (
                    SELECT id FROM sale WHERE replaces = :id
                    UNION SELECT sale.id FROM sale JOIN after ON sale.replaces = after.id)
            SELECT id AS older, :id AS newer FROM before UNION ALL SELECT :id, id FROM after
            """,
            {"id": sale_id},
        ).fetchall()
        for older, newer in pairs:
            if self._state(older) in (SaleState.PAID, SaleState.PAID_LATE) and self._state(newer) in _PAID_FOR:
                self.step(older, Cause.SOLD_AGAIN, by=newer)
            elif self._state(older) is SaleState.REFUND_DUE and self._state(newer) in _PAID_FOR:
                self._owe_all_back(older, newer)

    def _owe_all_back(self, sale_id: str, by: str) -> None:
        """A part was due back already; now that its goods are paid for by another sale, all of it is."""
        row = self._db.execute("SELECT due_msat, refunded_msat FROM sale WHERE id = ?", (sale_id,)).fetchone()
        due_msat = self._brought_msat(sale_id) - row["refunded_msat"]
        if due_msat > row["due_msat"]:
            self._update(sale_id, {"due_msat": due_msat})
            self._note("due", sale_id, {"by": by, "msat": due_msat})

    @property
    def wiped(self) -> bool:
        """Whether something sealed was wiped."""
        return self._taps.wiped

    def _update(self, sale_id: str, values: dict[str, Json]) -> None:
        names = ", ".join(f"{name} = :{name}" for name in values)
        self._db.execute(f"UPDATE sale SET {names} WHERE id = :id", values | {"id": sale_id})

    def _state(self, sale_id: str) -> SaleState:
        row = self._db.execute("SELECT state FROM sale WHERE id = ?", (sale_id,)).fetchone()
        if row is None:
            raise NoSuchSale
        return SaleState(row["state"])

    def _live_hashes(self, sale_id: str) -> frozenset[str]:
        rows = self._db.execute(
            "SELECT payment_hash FROM sale_invoice WHERE sale_id = ? AND dead_at_ms IS NULL AND settled_at_ms IS NULL",
            (sale_id,),
        )
        return frozenset(row["payment_hash"] for row in rows)

    def _dead_hashes(self, sale_id: str) -> frozenset[str]:
        query = "SELECT payment_hash FROM sale_invoice WHERE sale_id = ? AND dead_at_ms IS NOT NULL"
        return frozenset(row["payment_hash"] for row in self._db.execute(query, (sale_id,)))

    def _invoice(self, payment_hash: str) -> sqlite3.Row:
        row: sqlite3.Row | None = self._db.execute(
            "SELECT * FROM sale_invoice WHERE payment_hash = ?", (payment_hash,)
        ).fetchone()
        if row is None:
            raise BugError("a payment hash that no sale of these books has")
        return row

    def _meta(self, key: str) -> str | None:
        row = self._db.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return None if row is None else str(row["value"])

    def _new_reference(self) -> str:
        while True:
            reference = "".join(secrets.choice(REFERENCE_ALPHABET) for _ in range(REFERENCE_LENGTH))
            if not self._db.execute("SELECT 1 FROM sale WHERE reference = ?", (reference,)).fetchone():
                return reference

    def _note(self, kind: str, sale_id: str, facts: dict[str, Json]) -> None:
        journal.append(self._db, kind, sale_id, self._now_ms, facts)
        if sale_id not in self.changed:
            self.changed.append(sale_id)
