"""What may happen to taps that are stored for later, beside the moves of every sale."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from pos_app.core.money import Sat
from pos_app.till import age, terms
from pos_app.till.age import Age, Reading
from pos_app.till.moves import Moves
from pos_app.till.sale import Held
from pos_app.till.states import Cause, SaleState
from pos_app.till.tap_moves import NewTap
from pos_app.till.tap_states import TAP_MOVES, TapCause, TapState
from pos_app.till.vault import KeysLocked


class QueueMoves(Moves):
    """As `Moves`, with those of stored taps."""

    def store_tap(self, new: NewTap, offline_s: float | None) -> None:
        """Store a tap for later, and take its sale's sum into the exposure; nothing happens if the sale is closed.

        It is bound to the invoice it names, if that is the sale's one living one. `offline_s`: so long the line is
        lost. Raises NotAccepted, LimitReached or SameTap.
        """
        state = self._state(new.sale_id)
        if state.is_closed:
            return
        self._check_terms(new.sale_id, offline_s)
        if self._live_hashes(new.sale_id) != {new.payment_hash}:
            new = replace(new, payment_hash=None)
        self._taps.capture(new, state)
        self._owe(new.sale_id)

    def store_live_tap(self, tap_id: str, mac: bytes, url_sealed: bytes, offline_s: float | None) -> None:
        """Store a live tap for later, of which not a byte has left us; nothing happens to any other.

        Raises as `store_tap`.
        """
        row = self._taps.row(tap_id)
        unsent = TapState(row["state"]) in (TapState.CAPTURED, TapState.INVOICED) and not row["request_out"]
        if row["stored"] or not unsent or row["link_tries"] or row["submit_tries"]:
            return
        if self._state(row["sale_id"]).is_closed:
            return
        self._check_terms(row["sale_id"], offline_s)
        self._taps.keep(tap_id, mac, url_sealed)
        self._owe(row["sale_id"])

    def bind_tap(self, tap_id: str) -> None:
        """Have an unbound tap take the sale's one living invoice; nothing happens where there is not just one."""
        self._take_invoice(tap_id, TapCause.BOUND, TapState.CAPTURED)

    def rebind_tap(self, tap_id: str) -> None:
        """Have a tap with an offer take the sale's one living invoice, if its own is dead."""
        row = self._taps.row(tap_id)
        if row["payment_hash"] not in self._live_hashes(row["sale_id"]):
            self._take_invoice(tap_id, TapCause.REBOUND, TapState.AUTHORISED)

    def hold_tap(self, tap_id: str, why: Held) -> None:
        """Send nothing of this stored tap until it is released."""
        row = self._taps.row(tap_id)
        if row["stored"] and row["ended_at_ms"] is None:
            self._taps.hold(tap_id, why)

    def release_tap(self, tap_id: str, *, by_manager: bool) -> None:
        if self._taps.row(tap_id)["ended_at_ms"] is None:
            self._taps.release(tap_id, by_manager=by_manager)

    def hold_for_keys(self, mark: str | None) -> None:
        """Hold each stored tap that cannot be opened with the key of this `mark`, and let go of all others."""
        is_right = mark is not None and mark == self.vault_mark()
        for row in self._taps.stored():
            if row["url_sealed"] is None and row["offer_sealed"] is None:
                continue
            if not is_right:
                self._taps.hold(row["id"], Held.KEYS)
            elif row["held_why"] == Held.KEYS:
                self._taps.release(row["id"], by_manager=False)

    def age_taps(self, read: Reading, since_monotonic_s: Mapping[str, float]) -> None:
        """End stored taps that are too old, and hold those whose age is not known, before any of them is sent.

        `since_monotonic_s`: when those of this run were captured.
        """
        max_s = terms.read(self._db).tap_age_max_s
        for row in self._taps.stored():
            if row["released"] or row["request_out"] or TapState(row["state"]).may_pay:
                continue
            told = age.judge(row["captured_at_ms"] / 1000, since_monotonic_s.get(row["id"]), read, max_s)
            if told is Age.NOT_KNOWN:
                self._taps.hold(row["id"], Held.CLOCK)
            elif told is Age.TOO_OLD and (TapState(row["state"]), TapCause.TOO_OLD) in TAP_MOVES:
                self._taps.step(row["id"], TapCause.TOO_OLD)

    def vault_mark(self) -> str | None:
        """The mark of the key that stored taps are sealed with."""
        return self._meta("vault_mark")

    def use_vault(self, mark: str) -> None:
        """From now on this key seals. Raises KeysLocked while something is sealed with another one."""
        if mark == self.vault_mark():
            return
        if self._db.execute("SELECT 1 FROM tap WHERE url_sealed IS NOT NULL OR offer_sealed IS NOT NULL").fetchone():
            raise KeysLocked
        self._db.execute("INSERT OR REPLACE INTO meta (key, value) VALUES ('vault_mark', ?)", (mark,))

    def line_lost_at_s(self) -> float | None:
        """Since when the line is away, by the wall clock of then."""
        at_ms = self._meta("line_lost_at_ms")
        return None if at_ms is None else int(at_ms) / 1000

    def _check_terms(self, sale_id: str, offline_s: float | None) -> None:
        row = self._db.execute("SELECT sat + tip_sat AS sat FROM sale WHERE id = ?", (sale_id,)).fetchone()
        is_new = self._state(sale_id) is SaleState.OPEN
        out = terms.exposure(self._db)
        terms.check_tap(terms.read(self._db), out, Sat(row["sat"]), is_new=is_new, offline_s=offline_s)

    def _owe(self, sale_id: str) -> None:
        if self._state(sale_id) is SaleState.OPEN:
            self.step(sale_id, Cause.TAP_STORED)

    def _take_invoice(self, tap_id: str, cause: TapCause, before: TapState) -> None:
        row = self._taps.row(tap_id)
        live = self._live_hashes(row["sale_id"])
        if TapState(row["state"]) is before and len(live) == 1 and not self._state(row["sale_id"]).is_closed:
            self._taps.bind(tap_id, cause, next(iter(live)))
