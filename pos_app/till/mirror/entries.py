"""Writing entries: what the API and the till say, with the sums and the search index in the same transaction."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import replace

from pos_app.core.text import plain
from pos_app.payments.listing import Listed
from pos_app.payments.models import PaymentStatus
from pos_app.till.history_views import RowState
from pos_app.till.mirror.entry import COLUMNS, SELECT, Entry, entry_of, row_of
from pos_app.till.mirror.kinds import KNOWN, UNSAID, VANISHED, Kinds, SaleFacts, SaleHash, kind_of
from pos_app.till.mirror.rollups import Deltas
from pos_app.till.mirror.schema import END_OF_TIME_MS, ID_BITS, first_id, packed
from pos_app.till.mirror.words import Words

MEMO_MOST = 640
TAG_MOST = 60


class Batch:
    """The changes of one transaction. Call `finish` last."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._kinds = Kinds(db)
        self._deltas = Deltas(db)
        self._words = Words(db)
        self._touched: set[int] = set()
        self.seen: set[int] = set()
        """Entries that were put."""
        self.changed = 0
        """Entries that are new or not as they were."""

    def put(self, payments: Iterable[Listed]) -> None:
        """What the API says of these payments now. In the order of time, for the search index's sake."""
        for payment in payments:
            self._put(payment)

    def lose(self, ids: Iterable[int], how: int = VANISHED) -> None:
        """The API does not know these payments any more, or unsaid that they were paid."""
        for entry_id in ids:
            old = self._entry("id = ?", entry_id)
            if old is None or old.lost == how:
                continue
            if old.sale is None:
                kind = self._plain_kind(old.status, how, old.out, old.tag)
                self._write(replace(old, lost=how, kind=kind), old)
            else:
                self._of_sale(replace(old, lost=how), old)

    def never_known(self, payment_hash: bytes | str) -> None:
        """The till has booked a payment of this hash, and the API does not know it."""
        found = self._db.execute("SELECT number FROM sale_hash WHERE payment_hash = ?", (payment_hash,)).fetchone()
        if found is None or self._entry("payment_hash = ? AND twin = ''", payment_hash) is not None:
            return
        sale = self._sale(found[0])
        entry = Entry(
            id=self._free_id(sale.made_at_ms, payment_hash),
            payment_hash=payment_hash,
            twin="",
            kind=0,
            status=PaymentStatus.SUCCESS,
            lost=VANISHED,
            amount_msat=sale.total_sat * 1000,
            fee_msat=0,
            tip_sat=0,
            fiat_minor=0,
            memo="",
            tag="",
            sale=sale.number,
        )
        self._of_sale(entry, None)

    def put_sales(self, sales: Iterable[SaleFacts]) -> None:
        """How these sales stand in the till."""
        for sale in sales:
            self._put_sale(sale)

    def finish(self) -> None:
        """Bring entries of sales that were touched up to date, then sums and search index."""
        for number in sorted(self._touched):
            self._refresh(self._sale(number))
        self._touched.clear()
        self._deltas.write()
        self._words.write()

    def _put(self, payment: Listed) -> None:
        is_out = payment.amount < 0
        payment_hash = packed(_text(payment.payment_hash, 100))
        at_ms = min(max(payment.at_ms, 0), END_OF_TIME_MS - 1)
        twin = "" if payment.checking_id == payment.payment_hash else _text(payment.checking_id, 100)
        if is_out:  # a payment that failed may be tried again
            twin = f"{twin}>{at_ms}"
        memo, tag = _text(payment.memo or "", MEMO_MOST), _text(payment.tag or "", TAG_MOST)
        old = self._entry("payment_hash = ? AND twin = ?", payment_hash, twin)
        if old is not None:
            lost = old.lost
            if payment.status is PaymentStatus.SUCCESS or lost == VANISHED:
                lost = KNOWN
            elif old.status is PaymentStatus.SUCCESS:
                lost = UNSAID
            sale, entry_id = old.sale, old.id
            self.seen.add(entry_id)
            facts = (payment.status, payment.amount, payment.fee, memo, tag, lost)
            if facts == (old.status, old.amount_msat, old.fee_msat, old.memo, old.tag, old.lost):
                return
        else:
            lost, entry_id = KNOWN, self._free_id(at_ms, payment_hash)
            self.seen.add(entry_id)
            sale = None if is_out else self._number_of(payment_hash)
        kind = 0 if sale is not None else self._plain_kind(payment.status, lost, is_out, tag)
        new = Entry(
            *(
                entry_id,
                payment_hash,
                twin,
                kind,
                payment.status,
                lost,
                payment.amount,
                payment.fee,
                0,
                0,
                memo,
                tag,
                sale,
            )
        )
        if sale is None:
            self._write(new, old)
        else:
            self._of_sale(new, old)

    def _of_sale(self, new: Entry, old: Entry | None) -> None:
        """Store an entry of a sale; what it counts as is seen when all of that sale is known."""
        assert new.sale is not None
        self._touched.add(new.sale)
        kind = self._plain_kind(new.status, new.lost, new.out, new.tag) if old is None else old.kind
        tip_sat, fiat_minor = (0, 0) if old is None else (old.tip_sat, old.fiat_minor)
        self._write(replace(new, kind=kind, tip_sat=tip_sat, fiat_minor=fiat_minor), old)

    def _plain_kind(self, status: PaymentStatus | None, lost: int, out: bool, tag: str) -> int:
        return self._kinds.number(kind_of(status=status, lost=lost, out=out, tag=tag, sale=None))

    def _put_sale(self, sale: SaleFacts) -> None:
        self._db.execute(
            "INSERT INTO sale VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
            " ON CONFLICT (number) DO UPDATE SET state = excluded.state, tender = excluded.tender",
            (
                *(sale.number, sale.id, sale.reference, sale.state, sale.tender, sale.total_sat),
                *(sale.tip_sat, sale.currency, sale.fiat_minor, sale.rate, sale.note, sale.made_at_ms),
            ),
        )
        for place, one in enumerate(sale.hashes):
            self._db.execute(
                "INSERT INTO sale_hash VALUES (?, ?, ?, ?, ?) ON CONFLICT (payment_hash)"
                " DO UPDATE SET settled_at_ms = excluded.settled_at_ms, settled_msat = excluded.settled_msat",
                (one.payment_hash, sale.number, place, one.settled_at_ms, one.settled_msat),
            )
            for entry in self._entries("payment_hash = ? AND amount_msat > 0 AND sale IS NULL", one.payment_hash):
                self._write(replace(entry, sale=sale.number), entry)
        self._touched.add(sale.number)

    def _refresh(self, sale: SaleFacts) -> None:
        """All entries of one sale, and the one that stands for it while the wallet shows none."""
        entries = self._entries("sale = ? ORDER BY status = 'success' DESC", sale.number)
        main, settled = sale.main_hash, {one.payment_hash for one in sale.hashes if one.settled_at_ms is not None}
        main_hash = None if main is None else main.payment_hash
        is_shown = False
        for old in entries:
            if old.payment_hash is None:
                continue
            is_main = old.payment_hash == main_hash and not is_shown
            is_shown |= is_main
            self._write(self._as_sale(old, sale, is_main, old.payment_hash in settled), old)
        alone = next((entry for entry in entries if entry.payment_hash is None), None)
        if is_shown:
            if alone is not None:
                self._delete(alone)
            return
        amount_msat = sale.total_sat * 1000 if main is None or main.settled_msat is None else main.settled_msat
        new = alone or Entry(
            self._free_id(sale.made_at_ms, sale.id.encode()), None, "", 0, None, KNOWN, 0, 0, 0, 0, "", "", sale.number
        )
        new = replace(new, amount_msat=amount_msat)
        self._write(self._as_sale(new, sale, True, main_hash in settled), alone)

    def _as_sale(self, entry: Entry, sale: SaleFacts, is_main: bool, is_settled: bool) -> Entry:
        kind = kind_of(
            status=entry.status,
            lost=entry.lost,
            out=entry.out,
            tag=entry.tag,
            sale=sale,
            is_main=is_main,
            is_settled=is_settled,
        )
        return replace(
            entry,
            kind=self._kinds.number(kind),
            tip_sat=sale.tip_sat if is_main else 0,
            fiat_minor=sale.fiat_minor if is_main else 0,
        )

    def _write(self, new: Entry, old: Entry | None) -> None:
        if new == old:
            return
        self.changed += 1
        if old is None:
            self._db.execute(
                f"INSERT INTO entry ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", row_of(new)
            )
        else:
            self._db.execute(
                "UPDATE entry SET kind = ?, status = ?, lost = ?, amount_msat = ?, fee_msat = ?, tip_sat = ?,"
                " fiat_minor = ?, memo = ?, tag = ?, sale = ? WHERE id = ?",
                (*row_of(new)[3:], new.id),
            )
            self._deltas.add(old, -1)
        self._deltas.add(new, 1)
        self._words.change(new.id, None if old is None else (old.memo, old.sale), (new.memo, new.sale))

    def _delete(self, entry: Entry) -> None:
        self.changed += 1
        self._db.execute("DELETE FROM entry WHERE id = ?", (entry.id,))
        self._deltas.add(entry, -1)
        self._words.change(entry.id, (entry.memo, entry.sale), None)

    def _entry(self, where: str, *values: object) -> Entry | None:
        return next(iter(self._entries(where, *values)), None)

    def _entries(self, where: str, *values: object) -> list[Entry]:
        return [entry_of(row) for row in self._db.execute(f"{SELECT} WHERE {where}", values)]

    def _number_of(self, payment_hash: bytes | str) -> int | None:
        row = self._db.execute("SELECT number FROM sale_hash WHERE payment_hash = ?", (payment_hash,)).fetchone()
        return None if row is None else int(row[0])

    def _sale(self, number: int) -> SaleFacts:
        row = self._db.execute("SELECT * FROM sale WHERE number = ?", (number,)).fetchone()
        hashes = self._db.execute(
            "SELECT payment_hash, settled_at_ms, settled_msat FROM sale_hash WHERE number = ? ORDER BY place", (number,)
        )
        facts = {**dict(row), "state": RowState(row["state"])}
        return SaleFacts(**facts, hashes=tuple(SaleHash(*one) for one in hashes))

    def _free_id(self, at_ms: int, name: bytes | str) -> int:
        """A number of this moment. It hangs on the hash, so that every copy has entries of one moment in one order."""
        start = int.from_bytes((name if isinstance(name, bytes) else name.encode())[:3], "big") >> (24 - ID_BITS)
        number = first_id(at_ms) + start
        while self._db.execute("SELECT 1 FROM entry WHERE id = ?", (number,)).fetchone():
            start = (start + 1) % (1 << ID_BITS)
            number = first_id(at_ms) + start
        return number


def _text(text: str, limit: int) -> str:
    """A stranger's text, made safe to keep and to show."""
    return text if len(text) <= limit and text.isprintable() else plain(text, limit)
