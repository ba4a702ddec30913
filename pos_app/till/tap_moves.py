"""What may happen to a tap: compared with the table, made and journalled within the unit of work of its sale.

`request_out` stands from the durable step before a request to the durable step after its answer. A tap is never ended
while it stands: who closes the sale leaves the tap to the end of that request.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias

from pos_app.till.journal import Json
from pos_app.till.sale import Held
from pos_app.till.states import SaleState
from pos_app.till.tap_states import TAP_MOVES, IllegalTapMove, TapCause, TapState, tap_move
from pos_app.till.vault import SameTap
from pos_app.till.views import Tender

Note: TypeAlias = Callable[[str, str, dict[str, Json]], None]

_HANDS_OVER = frozenset({TapCause.GIVEN_TO_API, TapCause.HANDED_OVER, TapCause.PIN_ENTERED, TapCause.REPEATED})
SENDS = _HANDS_OVER | {TapCause.LINK_ASKED}
"""Causes after which a request goes out."""
_NOT_HANDED_OVER = frozenset({TapCause.NOT_SENT, TapCause.CALLBACK_NOT_SENT, TapCause.PIN_DUE})
_OF_THE_FIRST_TRY = _NOT_HANDED_OVER | {TapCause.REFUSED}
_LINK_TRIES_MAX = 2


@dataclass(frozen=True, slots=True)
class NewTap:
    """A tap that was read. `mac` knows the same tap again; `url_sealed` makes it one that is stored for later."""

    id: str
    sale_id: str
    host: str
    payment_hash: str | None
    mac: bytes | None = field(default=None, repr=False)
    url_sealed: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class SealedOffer:
    """The offer of a stored tap: sealed, and what of it is no secret."""

    text: bytes = field(repr=False)
    min_msat: int
    max_msat: int
    pin_limit_msat: int | None


class TapMoves:
    """The taps of one unit of work. `note(kind, sale_id, facts)` writes to the journal.

    `wiped` tells that something sealed was wiped: the log of the database must be folded after this unit.
    """

    def __init__(self, connection: sqlite3.Connection, now_ms: int, note: Note) -> None:
        self._db = connection
        self._now_ms = now_ms
        self._note = note
        self.wiped = False

    def capture(self, new: NewTap, sale_state: SaleState) -> None:
        """Store a tap that was read, and bind it to the invoice that it names.

        Raises SameTap if it was taken before.
        """
        self._is_new(new.mac, new.id)
        sequence = self._db.execute("SELECT coalesce(max(sequence), 0) + 1 FROM tap").fetchone()[0]
        state = tap_move(None, TapCause.READ).to
        is_stored = new.url_sealed is not None
        row: dict[str, Json | bytes] = {
            "id": new.id,
            "sale_id": new.sale_id,
            "sequence": sequence,
            "host": new.host,
            "captured_at_ms": self._now_ms,
            "stored": int(is_stored),
            "state": state.value,
            "sale_state": sale_state.value,
            "url_mac": new.mac,
            "url_sealed": new.url_sealed,
        }
        self._db.execute(f"INSERT INTO tap ({', '.join(row)}) VALUES ({', '.join(f':{name}' for name in row)})", row)
        facts: dict[str, Json] = {"tap": new.id, "on": TapCause.READ.value, "to": state.value}
        facts |= {"sequence": sequence, "host": new.host} | ({"stored": 1} if is_stored else {})
        self._note("tap", new.sale_id, facts)
        if new.payment_hash is not None:
            self.bind(new.id, TapCause.BOUND, new.payment_hash)

    def bind(self, tap_id: str, cause: TapCause, payment_hash: str) -> None:
        """Have the tap take this invoice: on BOUND, or on REBOUND."""
        self.step(tap_id, cause, hash=payment_hash)
        self._db.execute("UPDATE tap SET payment_hash = ? WHERE id = ?", (payment_hash, tap_id))

    def keep(self, tap_id: str, mac: bytes, url_sealed: bytes) -> None:
        """A live tap of which nothing was sent becomes one that is stored for later. Raises SameTap."""
        self._is_new(mac, tap_id)
        self._db.execute(
            "UPDATE tap SET stored = 1, url_mac = ?, url_sealed = ? WHERE id = ?", (mac, url_sealed, tap_id)
        )
        self._note("tap_stored", self.row(tap_id)["sale_id"], {"tap": tap_id})

    def offer(self, tap_id: str, sealed: SealedOffer) -> None:
        """Keep the offer of a stored tap. Its link is spent now and wiped."""
        self._db.execute(
            "UPDATE tap SET url_sealed = NULL, offer_sealed = ?, min_msat = ?, max_msat = ?, pin_limit_msat = ?"
            " WHERE id = ?",
            (sealed.text, sealed.min_msat, sealed.max_msat, sealed.pin_limit_msat, tap_id),
        )
        self.wiped = True

    def hold(self, tap_id: str, why: Held) -> None:
        """Nothing of this tap is sent until it is released. A second reason does not take the place of the first."""
        row = self.row(tap_id)
        if not row["held"]:
            self._db.execute("UPDATE tap SET held = 1, held_why = ? WHERE id = ?", (why.value, tap_id))
            self._note("tap_held", row["sale_id"], {"tap": tap_id, "why": why.value})

    def release(self, tap_id: str, *, by_manager: bool) -> None:
        """Take the mark away; one that the manager released is never held for its age again.

        That of one which came back with a backup stays to its end: nothing of it can be sent.
        """
        row = self.row(tap_id)
        if row["held"] and not _is_restored(row):
            released = int(by_manager or row["released"])
            self._db.execute("UPDATE tap SET held = 0, held_why = '', released = ? WHERE id = ?", (released, tap_id))
            self._note("tap_released", row["sale_id"], {"tap": tap_id, "why": row["held_why"]})

    def restore(self) -> list[str]:
        """All came back with a backup, and may have been sent since: hold them, and forget what was sealed.

        The ids of the sales that they belong to.
        """
        rows = self._living("1", None)
        for row in rows:
            self.step(row["id"], TapCause.RESTORED)
            self._db.execute(
                "UPDATE tap SET url_sealed = NULL, offer_sealed = NULL, held = 1, held_why = ? WHERE id = ?",
                (Held.RESTORED.value, row["id"]),
            )
            self._note("tap_held", row["sale_id"], {"tap": row["id"], "why": Held.RESTORED.value})
        return list(dict.fromkeys(row["sale_id"] for row in rows))

    def restored(self) -> list[str]:
        """The ids of the sales with a living tap that came back with a backup."""
        rows = self._living("held_why = ?", Held.RESTORED.value)
        return list(dict.fromkeys(row["sale_id"] for row in rows))

    def end_restored(self, sale_id: str) -> None:
        """Whatever those that came back with a backup were sent for has ended unpaid."""
        for row in self._living(f"sale_id = ? AND held_why = '{Held.RESTORED}'", sale_id):
            self.step(row["id"], TapCause.INVOICE_DEAD, reason=Held.RESTORED.value)

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
            values |= {"held": 0, "held_why": ""}
            self.wiped = self.wiped or row["url_sealed"] is not None or row["offer_sealed"] is not None
        elif after is TapState.CAPTURED:
            values["payment_hash"] = None
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
        """Its sale is closed: SETTLED if it was sent on a hash that settled, else SUPERSEDED.

        One that came back with a backup may have been sent on any hash of its sale.
        """
        row = self.row(tap_id)
        named, value = ("sale_id", row["sale_id"]) if _is_restored(row) else ("payment_hash", row["payment_hash"])
        settled = self._db.execute(
            f"SELECT 1 FROM sale_invoice WHERE {named} = ? AND settled_at_ms IS NOT NULL", (value,)
        ).fetchone()
        paid = settled is not None and TapState(row["state"]).may_pay
        self.step(tap_id, TapCause.SETTLED if paid else TapCause.SALE_CLOSED)

    def end_all(self, sale_id: str) -> None:
        """End the taps of a sale that was just closed, but for those whose request is out."""
        for row in self._living("sale_id = ? AND request_out = 0", sale_id):
            self.end(row["id"])

    def bury(self, payment_hash: str) -> None:
        """This invoice was declared dead: unsent taps let go of it, sent ones were not paid.

        Those that came back with a backup may have been sent on another one: see `end_restored`.
        """
        for row in self._living("payment_hash = ? AND request_out = 0", payment_hash):
            if not _is_restored(row) and (TapState(row["state"]), TapCause.INVOICE_DEAD) in TAP_MOVES:
                self.step(row["id"], TapCause.INVOICE_DEAD)

    def restart(self) -> list[str]:
        """The till was started: no request is out any more. The ids of the sales that living taps belong to.

        A live tap goes no further. A stored one keeps its place, and may ask its link once more.
        """
        rows = self._living("1", None)
        for row in rows:
            cause = _at_restart(row)
            if cause is not None and (TapState(row["state"]), cause) in TAP_MOVES:
                self.step(row["id"], cause)
        return list(dict.fromkeys(row["sale_id"] for row in rows))

    def stored(self) -> list[sqlite3.Row]:
        """The living stored taps, in the order of capture."""
        return self._living("stored = 1", None)

    def is_out(self, sale_id: str) -> bool:
        """Whether a request of a tap of this sale is out."""
        return bool(self._living("sale_id = ? AND request_out = 1", sale_id))

    def may_pay(self, sale_id: str) -> bool:
        return any(TapState(row["state"]).may_pay for row in self._living("sale_id = ?", sale_id))

    def tender(self, payment_hash: str) -> Tender:
        """How an invoice that settles now was paid, as far as the till knows."""
        of_it = "payment_hash = ?1 OR held_why = 'restored' AND sale_id ="
        of_it = f"({of_it} (SELECT sale_id FROM sale_invoice WHERE payment_hash = ?1))"
        sent = [row for row in self._living(of_it, payment_hash) if TapState(row["state"]).may_pay]
        if not sent:
            return Tender.QR
        return Tender.STORED_CARD if sent[-1]["stored"] else Tender.CARD

    def row(self, tap_id: str) -> sqlite3.Row:
        row: sqlite3.Row = self._db.execute("SELECT * FROM tap WHERE id = ?", (tap_id,)).fetchone()
        return row

    def _is_new(self, mac: bytes | None, tap_id: str) -> None:
        query = "SELECT 1 FROM tap WHERE url_mac = ? AND id <> ?"
        if mac is not None and self._db.execute(query, (mac, tap_id)).fetchone():
            raise SameTap

    def _living(self, where: str, value: Json) -> list[sqlite3.Row]:
        query = f"SELECT * FROM tap WHERE ended_at_ms IS NULL AND {where} ORDER BY sequence"
        return self._db.execute(query, () if value is None else (value,)).fetchall()


def _is_restored(row: sqlite3.Row) -> bool:
    return bool(row["held_why"] == Held.RESTORED)


def _at_restart(row: sqlite3.Row) -> TapCause | None:
    if not row["stored"]:
        return TapCause.RESTARTED
    match TapState(row["state"]):
        case TapState.REDEEMING:
            return TapCause.RESUMED if row["link_tries"] < _LINK_TRIES_MAX else TapCause.RESTARTED
        case TapState.SUBMITTED | TapState.NEEDS_PIN:
            return TapCause.RESTARTED
        case _:
            return None


def _is_in_order(row: sqlite3.Row, cause: TapCause) -> bool:
    """What the table cannot say of `row`.

    A link is asked twice at most, and again after a restart only for a stored tap. A tap is handed over again once at
    most, by the till that has its callback; that repeat proves nothing. No API gets a stored tap, and nobody is there
    to give its PIN.
    """
    match cause:
        case TapCause.REPEATED:
            return bool(row["link_tries"] and row["submit_tries"] == 1)
        case TapCause.LINK_ASKED:
            return bool(row["link_tries"] < _LINK_TRIES_MAX)
        case TapCause.RESUMED:
            return bool(row["stored"] and row["link_tries"] < _LINK_TRIES_MAX)
        case TapCause.PIN_DUE_UNATTENDED:
            return bool(row["stored"])
        case TapCause.GIVEN_TO_API | TapCause.PIN_DUE | TapCause.PIN_ENTERED if row["stored"]:
            return False
        case _:
            return not (row["submit_tries"] > 1 and cause in _OF_THE_FIRST_TRY)
