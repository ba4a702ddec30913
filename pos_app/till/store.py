"""till.db: the sales of one book, read and changed in whole transactions."""

from __future__ import annotations

import asyncio
import json
import secrets
import sqlite3
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Self

from pos_app.config.database import Database
from pos_app.core.bolt11 import Invoice
from pos_app.core.clock import Clock
from pos_app.core.money import Fiat, Msat, Sat
from pos_app.till import journal
from pos_app.till.journal import Json
from pos_app.till.moves import Moves
from pos_app.till.sale import NewSale, Rate, Sale, SaleInvoice, Tap
from pos_app.till.schema import MIGRATIONS
from pos_app.till.states import Cause, SaleState
from pos_app.till.tap_states import TapCause, TapState
from pos_app.till.views import Tender

FILE_NAME = "till.db"
REFERENCE_START = 4  # fewer characters are meant as a number


@dataclass(frozen=True, slots=True)
class Identity:
    """Which book this is and which till writes it. Both are random and final."""

    book: str
    till: str


class Store:
    """The file of one book. Each changing method is one durable transaction and returns the sales it changed."""

    def __init__(self, database: Database, clock: Clock, identity: Identity) -> None:
        self._database = database
        self._clock = clock
        self.identity = identity

    @classmethod
    async def open(cls, folder: Path, clock: Clock) -> Self:
        """Open or begin the book in `folder`. Raises what Database.open raises."""
        database = Database(folder / FILE_NAME, MIGRATIONS, secure_delete=True)
        return cls(database, clock, await database.open_with(_identify))

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

    async def capture_tap(self, sale_id: str, host: str, payment_hash: str) -> tuple[Sale, ...]:
        """Store a live tap, bound to this invoice, as the sale's last; nothing changes if that cannot be any more."""
        return await self._change(lambda moves: moves.capture_tap(sale_id, host, payment_hash))

    async def move_tap(self, tap_id: str, cause: TapCause, *, reason: str = "") -> tuple[Sale, ...]:
        """Move a tap before or after a request of it; nothing changes where that is not allowed any more."""
        return await self._change(lambda moves: moves.move_tap(tap_id, cause, reason))

    async def tap_taken(self, tap_id: str) -> tuple[Sale, ...]:
        """The card's service took the invoice; whether it pays, the invoice will say."""
        return await self._change(lambda moves: moves.tap_taken(tap_id))

    async def restart_taps(self) -> tuple[Sale, ...]:
        """At a start: end or mark what an earlier run left of its live taps."""
        return await self._change(lambda moves: moves.restart_taps())

    async def sale(self, sale_id: str) -> Sale | None:
        return await self._one("id = ?", sale_id)

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
        return await self._database.read(lambda connection: _load(connection, query, values))

    async def unfinished(self) -> tuple[Sale, ...]:
        """Sales that are not closed, and closed ones with an invoice that may still be paid in time; oldest first."""
        query = (
            "state IN ('open', 'owed', 'uncertain') OR id IN"
            " (SELECT sale_id FROM sale_invoice WHERE dead_at_ms IS NULL AND settled_at_ms IS NULL) ORDER BY number"
        )
        return await self._database.read(lambda connection: _load(connection, query, {}))

    async def dead_invoices(self, since_s: float) -> tuple[SaleInvoice, ...]:
        """Invoices that were declared dead since then and have brought nothing, newest first."""
        where = "settled_at_ms IS NULL AND dead_at_ms >= :since ORDER BY dead_at_ms DESC"
        since = {"since": round(since_s * 1000)}
        return await self._database.read(lambda connection: _invoices(connection, where, since))

    async def verify_journal(self) -> tuple[int, str]:
        """The number of rows and the last hash; raises JournalBroken."""
        return await self._database.read(journal.verify)

    async def _one(self, where: str, value: str) -> Sale | None:
        query = where.replace("?", ":value")
        found = await self._database.read(lambda connection: _load(connection, query, {"value": value}))
        return found[0] if found else None

    async def _change(self, work: Callable[[Moves], object]) -> tuple[Sale, ...]:
        now_s = self._clock.time_s()

        def unit(connection: sqlite3.Connection) -> tuple[Sale, ...]:
            moves = Moves(connection, now_s)
            work(moves)
            return tuple(_load(connection, "id = :id", {"id": sale_id})[0] for sale_id in moves.changed)

        return await self._database.write(unit)


def _load(connection: sqlite3.Connection, where: str, values: Mapping[str, Json]) -> tuple[Sale, ...]:
    """The sales that the condition names, with all their invoices."""
    rows = connection.execute(f"SELECT * FROM sale WHERE {where}", values).fetchall()
    of_sale = "sale_id = :sale_id ORDER BY rowid"
    return tuple(
        _sale(row, _invoices(connection, of_sale, {"sale_id": row["id"]}), _taps(connection, row["id"])) for row in rows
    )


def _invoices(connection: sqlite3.Connection, where: str, values: Mapping[str, Json]) -> tuple[SaleInvoice, ...]:
    rows = connection.execute(f"SELECT * FROM sale_invoice WHERE {where}", values)
    return tuple(
        SaleInvoice(
            payment_hash=row["payment_hash"],
            sale_id=row["sale_id"],
            bolt11=row["bolt11"],
            amount=Msat(row["amount_msat"]),
            made_at_s=row["made_at_s"],
            expiry_s=row["expiry_s"],
            received_at_s=row["received_at_ms"] / 1000,
            dead_at_s=_seconds(row["dead_at_ms"]),
            settled_at_s=_seconds(row["settled_at_ms"]),
            settled=None if row["settled_msat"] is None else Msat(row["settled_msat"]),
        )
        for row in rows
    )


def _taps(connection: sqlite3.Connection, sale_id: str) -> tuple[Tap, ...]:
    rows = connection.execute("SELECT * FROM tap WHERE sale_id = ? ORDER BY sequence", (sale_id,))
    return tuple(
        Tap(
            id=row["id"],
            sale_id=row["sale_id"],
            sequence=row["sequence"],
            host=row["host"],
            state=TapState(row["state"]),
            is_stored=bool(row["stored"]),
            payment_hash=row["payment_hash"],
            link_tries=row["link_tries"],
            submit_tries=row["submit_tries"],
            request_out=bool(row["request_out"]),
            reason=row["reason"],
            captured_at_s=row["captured_at_ms"] / 1000,
            ended_at_s=_seconds(row["ended_at_ms"]),
        )
        for row in rows
    )


def _sale(row: sqlite3.Row, invoices: tuple[SaleInvoice, ...], taps: tuple[Tap, ...]) -> Sale:
    rate = None
    if row["rate"] is not None:
        rate = Rate(Decimal(row["rate"]), tuple(json.loads(row["rate_sources"])), row["rate_at_ms"] / 1000)
    return Sale(
        id=row["id"],
        book=row["book"],
        till=row["till"],
        number=row["number"],
        reference=row["reference"],
        state=SaleState(row["state"]),
        voided=bool(row["voided"]),
        amount=Sat(row["sat"]),
        tip=Sat(row["tip_sat"]),
        fiat=None if row["currency"] is None else Fiat(row["fiat_minor"], row["currency"]),
        rate=rate,
        note=row["note"],
        tender=None if row["tender"] is None else Tender(row["tender"]),
        replaces=row["replaces"],
        made_at_s=row["made_at_ms"] / 1000,
        closed_at_s=_seconds(row["closed_at_ms"]),
        paid_at_s=_seconds(row["paid_at_ms"]),
        invoices=invoices,
        taps=taps,
    )


def _seconds(milliseconds: int | None) -> float | None:
    return None if milliseconds is None else milliseconds / 1000


def _digits(words: str) -> int | None:
    digits = "".join(words.split())
    return int(digits) if digits.isdecimal() and len(digits) < 19 else None


def _escaped(words: str) -> str:
    return words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _identify(connection: sqlite3.Connection) -> Identity:
    for key, value in (("book", secrets.token_hex(16)), ("till", secrets.token_hex(4))):
        connection.execute("INSERT OR IGNORE INTO meta (key, value) VALUES (?, ?)", (key, value))
    meta = {row["key"]: row["value"] for row in connection.execute("SELECT key, value FROM meta")}
    return Identity(meta["book"], meta["till"])
