"""till.db: the sales of one book, read and changed in whole transactions."""

from __future__ import annotations

import asyncio
import secrets
import sqlite3
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from pos_app.config.database import Database, DatabaseDamaged
from pos_app.config.keystore import Keystore
from pos_app.core.bolt11 import Invoice
from pos_app.core.clock import Clock
from pos_app.core.money import Msat
from pos_app.lnurl.withdraw import WithdrawOffer
from pos_app.till import journal, terms
from pos_app.till.age import Reading
from pos_app.till.journal import JournalRow, Json
from pos_app.till.mirror.schema import FILE_NAME as MIRROR
from pos_app.till.moves import NoSuchSale
from pos_app.till.queue_moves import QueueMoves
from pos_app.till.restore_moves import RestoreMoves, load_unassigned, restored_from_s
from pos_app.till.rows import load_invoices, load_sales, load_taps
from pos_app.till.sale import Held, NewSale, Sale, SaleInvoice, Tap, Unassigned
from pos_app.till.schema import MIGRATIONS
from pos_app.till.states import Cause
from pos_app.till.tap_moves import NewTap, SealedOffer
from pos_app.till.tap_states import TapCause
from pos_app.till.vault import Kind, TapSecret, Vault, offer_of, offer_text
from pos_app.till.views import TermsView

FILE_NAME = "till.db"
REFERENCE_START = 4  # fewer characters are meant as a number


@dataclass(frozen=True, slots=True)
class Identity:
    """Which book this is and which till writes it. Both are random and final."""

    book: str
    till: str


class Store:
    """The file of one book. Each changing method is one durable transaction and returns the sales it changed.

    What is secret about stored taps is sealed with the key of the `vault`; without a keystore none can be stored.
    """

    def __init__(self, database: Database, clock: Clock, identity: Identity, keys: Keystore | None) -> None:
        self._database = database
        self._clock = clock
        self._captured_monotonic_s: dict[str, float] = {}
        self._started_monotonic_s = clock.monotonic_s()
        self._lost_monotonic_s = self._started_monotonic_s
        self.identity = identity
        self.vault = Vault(keys, identity.book)

    @classmethod
    async def open(cls, folder: Path, clock: Clock, keys: Keystore | None = None) -> Self:
        """Open or begin the book in `folder`. Raises what Database.open raises."""
        file = folder / FILE_NAME
        if file.exists() and file.stat().st_size == 0 and (folder / MIRROR).exists():
            raise DatabaseDamaged(
                f"{FILE_NAME} is empty: the sales of these books are gone.",
                "Put the last backup back, or ask for help. Nothing was changed.",
            )
        database = Database(file, MIGRATIONS, secure_delete=True)
        return cls(database, clock, await database.open_with(_identify), keys)

    @property
    def database(self) -> Database:
        """The file itself, for the rooms that keep tables of their own in it."""
        return self._database

    async def close(self) -> None:
        await asyncio.to_thread(self._database.close)

    async def begin(self, new: NewSale) -> Sale:
        """A new OPEN sale, with its number and reference."""
        return (await self._change(lambda moves: moves.begin(new)))[0]

    async def step(self, sale_id: str, cause: Cause, **facts: Json) -> tuple[Sale, ...]:
        """Move a sale as the table says for `cause`; raises IllegalMove where it says nothing."""
        return await self._change(lambda moves: moves.step(sale_id, cause, **facts))

    async def bind(self, sale_id: str, invoice: Invoice) -> Sale | None:
        """Give the sale a checked invoice; None if the sale was closed meanwhile."""
        return next(iter(await self._change(lambda moves: moves.bind(sale_id, invoice))), None)

    async def settle(self, payment_hash: str, received: Msat) -> tuple[Sale, ...]:
        """Book a payment that the API reported; nothing changes the second time."""
        return await self._change(lambda moves: moves.settle(payment_hash, received))

    async def declare_dead(self, payment_hash: str, why: str) -> tuple[Sale, ...]:
        """Write down that an invoice can provably not be paid any more."""
        return await self._change(lambda moves: moves.declare_dead(payment_hash, why))

    async def cancel(self, sale_id: str, cancelled: Iterable[str]) -> tuple[Sale, ...]:
        """Close an OPEN sale as the cashier asked; `cancelled` are the hashes that the API cancelled."""
        hashes = frozenset(cancelled)
        return await self._change(lambda moves: moves.cancel(sale_id, hashes))

    async def nothing_handed_over(self, sale_id: str) -> tuple[Sale, ...]:
        return await self._change(lambda moves: moves.nothing_handed_over(sale_id))

    async def capture_tap(self, sale_id: str, host: str, payment_hash: str, *, url: str = "") -> tuple[Sale, ...]:
        """Store a live tap, bound to this invoice, as the sale's last; nothing changes if that cannot be any more.

        `url` is that of a card whose link is new at each tap: the same one twice raises SameTap, where a key is there.
        """
        mac = self.vault.mac(url) if url and self.vault.is_open else None
        new = NewTap(secrets.token_hex(16), sale_id, host, payment_hash, mac)
        return await self._change(lambda moves: moves.capture_tap(new))

    async def store_tap(self, sale_id: str, *, host: str, url: str, payment_hash: str | None) -> tuple[Sale, ...]:
        """Store a card for later, its sum within the limits: an OPEN sale is OWED then. A closed one stays as it is.

        It is bound to the invoice if that is the sale's one living one. Raises NotAccepted, LimitReached, SameTap or
        KeysLocked.
        """
        tap_id, sealed, mac = await self._sealed_url(secrets.token_hex(16), url)
        new = NewTap(tap_id, sale_id, host, payment_hash, mac, sealed)
        sales = await self._change_sealed(lambda moves: moves.store_tap(new, self._offline_s(moves)))
        if sales:
            self._captured_monotonic_s[tap_id] = self._clock.monotonic_s()
        return sales

    async def store_live_tap(self, tap_id: str, url: str) -> tuple[Sale, ...]:
        """Store a live tap for later, of which not a byte has left us; nothing changes for any other.

        Raises as `store_tap`.
        """
        _, sealed, mac = await self._sealed_url(tap_id, url)
        sales = await self._change_sealed(
            lambda moves: moves.store_live_tap(tap_id, mac, sealed, self._offline_s(moves))
        )
        if sales:
            self._captured_monotonic_s[tap_id] = self._clock.monotonic_s()
        return sales

    async def bind_tap(self, tap_id: str) -> tuple[Sale, ...]:
        """Bind a CAPTURED tap to the one living invoice of its sale; nothing changes without just one."""
        return await self._change(lambda moves: moves.bind_tap(tap_id))

    async def rebind_tap(self, tap_id: str) -> tuple[Sale, ...]:
        """Have an AUTHORISED tap whose invoice is dead take the one living invoice of its sale."""
        return await self._change(lambda moves: moves.rebind_tap(tap_id))

    async def move_tap(
        self, tap_id: str, cause: TapCause, *, reason: str = "", offer: WithdrawOffer | None = None
    ) -> tuple[Sale, ...]:
        """Move a tap before or after a request of it; nothing changes where that is not allowed any more.

        `offer` comes with OFFERED of a stored tap and is sealed; its link is wiped. Raises KeysLocked then.
        """
        sealed = None
        if offer is not None:
            pin_limit_msat = None if offer.pin_limit is None else offer.pin_limit.value
            text = self.vault.seal(tap_id, Kind.OFFER, offer_text(offer))
            sealed = SealedOffer(text, offer.min.value, offer.max.value, pin_limit_msat)
        return await self._change(lambda moves: moves.move_tap(tap_id, cause, reason, sealed))

    async def secret(self, tap_id: str) -> TapSecret:
        """What is sent for a stored tap that is not final. Raises KeysLocked."""
        await self.load_keys()

        def sealed(connection: sqlite3.Connection) -> tuple[bytes | None, bytes | None]:
            row = connection.execute("SELECT url_sealed, offer_sealed FROM tap WHERE id = ?", (tap_id,)).fetchone()
            return row["url_sealed"], row["offer_sealed"]

        url, offer = await self._database.read(sealed)
        return TapSecret(
            "" if url is None else self.vault.unseal(tap_id, Kind.URL, url),
            None if offer is None else offer_of(self.vault.unseal(tap_id, Kind.OFFER, offer)),
        )

    async def stored_taps(self) -> tuple[Tap, ...]:
        """The living stored taps, in the order of capture."""
        where = "stored = 1 AND ended_at_ms IS NULL ORDER BY sequence"
        return await self._database.read(lambda connection: load_taps(connection, where, {}))

    async def hold_tap(self, tap_id: str, why: Held) -> tuple[Sale, ...]:
        """Send nothing of a stored tap until it is released."""
        return await self._change(lambda moves: moves.hold_tap(tap_id, why))

    async def release_tap(self, tap_id: str) -> tuple[Sale, ...]:
        """The manager lets it be sent, whatever its age."""
        return await self._change(lambda moves: moves.release_tap(tap_id, by_manager=True))

    async def load_keys(self, *, again: bool = False) -> tuple[Sale, ...]:
        """Read the key of the stored cards, once or `again`; hold the taps that it does not open, not the others."""
        if not self.vault.exists or (self.vault.is_known and not again):
            return ()
        await self.vault.load(await self._database.read(_mark_in_use), again=again)
        return await self._change(lambda moves: moves.hold_for_keys(self.vault.mark))

    async def age_taps(self, date_s: float | None, *, date_is_due: bool = False) -> tuple[Sale, ...]:
        """End stored taps that are too old, and hold those whose age is not known. Before each sending.

        `date_s` is the time of now by the clock of a server that has its own, None where there is none, or
        (`date_is_due`) while it was not asked yet.
        """
        clock, captured = self._clock, dict(self._captured_monotonic_s)
        reading = Reading(clock.monotonic_s(), self._started_monotonic_s, clock.time_s(), date_s, date_is_due)
        return await self._change(lambda moves: moves.age_taps(reading, captured))

    async def terms(self) -> TermsView:
        """The owner's limits, and whether he accepted the loss."""
        return await self._database.read(terms.read)

    async def accept_risk(self) -> TermsView:
        """The owner accepts the loss."""
        return await self._decide(terms.accept)

    async def withdraw_consent(self) -> TermsView:
        """No more cards are stored; those that are stay."""
        return await self._decide(terms.withdraw)

    async def change_terms(self, wanted: TermsView, *, by_manager: bool) -> TermsView:
        """New limits; the consent stays as it is. Raises UserError for one that cannot be, PinNeeded to raise one."""
        return await self._decide(
            lambda connection, now_ms: terms.change(connection, now_ms, wanted, by_manager=by_manager)
        )

    async def line_lost_at_s(self) -> float | None:
        """Since when the line is away, by the wall clock of then; None if it was there when last looked at."""
        return await self._database.read(lambda connection: QueueMoves(connection, 0).line_lost_at_s())

    async def line_lost(self) -> float:
        """The line is away: since when, wall clock. A session without a line lasts over a restart."""
        now_ms = self._now_ms()

        def unit(connection: sqlite3.Connection) -> int:
            row = connection.execute("SELECT value FROM meta WHERE key = 'line_lost_at_ms'").fetchone()
            if row is not None:
                return int(row["value"])
            connection.execute("INSERT INTO meta (key, value) VALUES ('line_lost_at_ms', ?)", (str(now_ms),))
            journal.append(connection, "line", journal.OF_THE_BOOK, now_ms, {"on": "lost"})
            self._lost_monotonic_s = self._clock.monotonic_s()
            return now_ms

        return await self._database.write(unit) / 1000

    async def line_back(self) -> None:
        """The line is back."""
        now_ms = self._now_ms()

        def unit(connection: sqlite3.Connection) -> None:
            if connection.execute("DELETE FROM meta WHERE key = 'line_lost_at_ms'").rowcount:
                journal.append(connection, "line", journal.OF_THE_BOOK, now_ms, {"on": "back"})

        await self._database.write(unit)

    async def goods_given(self, sale_id: str) -> tuple[Sale, ...]:
        """The cashier says so of late money."""
        return await self._change(lambda moves: moves.goods_given(sale_id))

    async def tap_taken(self, tap_id: str) -> tuple[Sale, ...]:
        """The card's service took the invoice; whether it pays, the invoice will say."""
        return await self._change(lambda moves: moves.tap_taken(tap_id))

    async def restart_taps(self) -> tuple[Sale, ...]:
        """At a start: end what an earlier run left of its live taps, and mark where its stored ones stand."""
        return await self._change(lambda moves: moves.restart_taps())

    async def sale(self, sale_id: str) -> Sale | None:
        """As it is after all changes that were told by now."""
        return await self._one("id = ?", sale_id)

    async def known_sale(self, sale_id: str) -> Sale:
        """As `sale`. Raises NoSuchSale."""
        found = await self.sale(sale_id)
        if found is None:
            raise NoSuchSale
        return found

    async def sale_of(self, payment_hash: str) -> Sale | None:
        """The sale that this invoice belongs to."""
        return await self._one("id = (SELECT sale_id FROM sale_invoice WHERE payment_hash = ?)", payment_hash)

    async def recent(self, limit: int, search: str) -> tuple[Sale, ...]:
        """Newest first. `search`: a sum, a number, a reference's start, part of a note, or a local time like 12:04."""
        words = search.strip()
        values: dict[str, Json] = {"limit": limit}
        where = "1"
        if words:
            where = r"""
                number = :number OR sat + tip_sat = :number
                OR reference LIKE :start ESCAPE '\' OR note LIKE :part ESCAPE '\'
                OR strftime('%H:%M', made_at_ms / 1000, 'unixepoch', 'localtime') = :time"""
            start = f"{_escaped(words)}%" if len(words) >= REFERENCE_START else ""
            values |= {"number": _digits(words), "start": start, "part": f"%{_escaped(words)}%", "time": words.zfill(5)}
        query = f"({where}) ORDER BY number DESC LIMIT :limit"
        return await self._database.read(lambda connection: load_sales(connection, query, values))

    async def unfinished(self) -> tuple[Sale, ...]:
        """Sales that are not closed, and closed ones with an invoice that may still be paid in time; oldest first.

        As `sale`, they never come behind a change that was told.
        """
        query = (
            "state IN ('open', 'owed', 'uncertain') OR id IN"
            " (SELECT sale_id FROM sale_invoice WHERE dead_at_ms IS NULL AND settled_at_ms IS NULL) ORDER BY number"
        )
        return await self._database.read_latest(lambda connection: load_sales(connection, query, {}))

    async def queued(self) -> tuple[Sale, ...]:
        """Sales that are OWED or UNCERTAIN, or wait for a person's word about late money; oldest first."""
        query = (
            "state IN ('owed', 'uncertain', 'refund_due') OR state = 'paid_late' AND goods_given = 0 ORDER BY number"
        )
        return await self._database.read(lambda connection: load_sales(connection, query, {}))

    async def story(self, sale_id: str) -> tuple[JournalRow, ...]:
        """The journal of one sale, oldest first."""
        return await self._database.read(lambda connection: journal.of_sale(connection, sale_id))

    async def dead_invoices(self, since_s: float) -> tuple[SaleInvoice, ...]:
        """Invoices that were declared dead since then and have brought nothing, newest first."""
        where = "settled_at_ms IS NULL AND dead_at_ms >= :since ORDER BY dead_at_ms DESC"
        since = {"since": round(since_s * 1000)}
        return await self._database.read(lambda connection: load_invoices(connection, where, since))

    async def restored_from_s(self) -> float | None:
        """Of a book that came back from a backup and is not compared with the API yet: the moment of that backup."""
        return await self._database.read(restored_from_s)

    async def end_restoration(self) -> tuple[Sale, ...]:
        """The book is compared. Cards of the backup whose sale has no living invoice were not paid."""
        return await self._change(lambda moves: moves.compared())

    async def adopt(self, sale_id: str, invoice: Invoice) -> tuple[Sale, ...]:
        """An invoice that only the API knew is the sale's own, whatever its state; nothing changes the second time."""
        return await self._change(lambda moves: moves.adopt(sale_id, invoice))

    async def note_unassigned(self, payment: Unassigned) -> None:
        """Write down a payment of this till whose sale these books lack, or that it was paid since."""
        await self._change(lambda moves: moves.note_unassigned(payment))

    async def note_number(self, number: int) -> None:
        """A sale of this till had this number, also if these books lack it: no other one gets it."""
        await self._change(lambda moves: moves.note_number(number))

    async def unassigned(self) -> tuple[Unassigned, ...]:
        """Payments of this till whose sale these books lack, oldest first."""
        return await self._database.read(load_unassigned)

    async def unsettled(self) -> tuple[SaleInvoice, ...]:
        """All invoices that have brought nothing so far, dead ones too."""
        return await self._database.read(lambda connection: load_invoices(connection, "settled_at_ms IS NULL", {}))

    async def hashes(self) -> frozenset[str]:
        """The payment hashes of all invoices."""
        query = "SELECT payment_hash FROM sale_invoice"
        return await self._database.read(lambda connection: frozenset(row[0] for row in connection.execute(query)))

    async def newest_invoice_s(self) -> int | None:
        """The newest invoice's own time stamp."""
        query = "SELECT max(made_at_s) FROM sale_invoice"
        return await self._database.read(lambda connection: connection.execute(query).fetchone()[0])

    async def sale_by_reference(self, reference: str) -> Sale | None:
        return await self._one("reference = ?", reference)

    async def verify_journal(self) -> tuple[int, str]:
        """The number of rows and the last hash; raises JournalBroken."""
        return await self._database.read(journal.verify)

    async def _sealed_url(self, tap_id: str, url: str) -> tuple[str, bytes, bytes]:
        """The tap's id, its sealed URL, and by what the URL is known again; the key is made if there is none."""
        await self.load_keys()
        await self.vault.make()
        return tap_id, self.vault.seal(tap_id, Kind.URL, url), self.vault.mac(url)

    async def _change_sealed(self, work: Callable[[QueueMoves], object]) -> tuple[Sale, ...]:
        """As `_change`, with something sealed in it. Raises KeysLocked if another key is in use by then."""
        mark = self.vault.mark or ""

        def sealed(moves: QueueMoves) -> None:
            moves.use_vault(mark)
            work(moves)

        return await self._change(sealed)

    async def _decide(self, decision: Callable[[sqlite3.Connection, int], TermsView]) -> TermsView:
        now_ms = self._now_ms()
        return await self._database.write(lambda connection: decision(connection, now_ms))

    def _offline_s(self, moves: QueueMoves) -> float | None:
        """So long the line is away, by the clock that says longer; None while it is there."""
        if (lost_at_s := moves.line_lost_at_s()) is None:
            return None
        return max(self._clock.time_s() - lost_at_s, self._clock.monotonic_s() - self._lost_monotonic_s)

    def _now_ms(self) -> int:
        return round(self._clock.time_s() * 1000)

    async def _one(self, where: str, value: str) -> Sale | None:
        query = where.replace("?", ":value")
        found = await self._database.read_latest(lambda connection: load_sales(connection, query, {"value": value}))
        return found[0] if found else None

    async def _change(self, work: Callable[[RestoreMoves], object]) -> tuple[Sale, ...]:
        now_s = self._clock.time_s()

        def unit(connection: sqlite3.Connection) -> tuple[Sale, ...]:
            moves = RestoreMoves(connection, now_s)
            work(moves)
            if moves.wiped:
                self._database.fold_log()
            return tuple(load_sales(connection, "id = :id", {"id": sale_id})[0] for sale_id in moves.changed)

        return await self._database.write(unit)


def _digits(words: str) -> int | None:
    digits = "".join(words.split())
    return int(digits) if digits.isdecimal() and len(digits) < 19 else None


def _escaped(words: str) -> str:
    return words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _mark_in_use(connection: sqlite3.Connection) -> str | None:
    """Of the key that something alive is sealed with."""
    row = connection.execute(
        "SELECT (SELECT value FROM meta WHERE key = 'vault_mark') AS mark FROM tap"
        " WHERE url_sealed IS NOT NULL OR offer_sealed IS NOT NULL LIMIT 1"
    ).fetchone()
    return None if row is None else str(row["mark"])


def _identify(connection: sqlite3.Connection) -> Identity:
    for key, value in (("book", secrets.token_hex(16)), ("till", secrets.token_hex(4))):
        connection.execute("INSERT OR IGNORE INTO meta (key, value) VALUES (?, ?)", (key, value))
    meta = {row["key"]: row["value"] for row in connection.execute("SELECT key, value FROM meta")}
    return Identity(meta["book"], meta["till"])
