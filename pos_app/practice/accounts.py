"""What the practice card service knows of its cards, kept in one small file: a tap can be redeemed after a restart.

Every decision is one transaction: a tap counts once, an offer is good for one callback, wrong PINs are counted.
"""

from __future__ import annotations

import asyncio
import secrets
import sqlite3
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from pos_app.config.database import Database, Migration
from pos_app.core.clock import Clock
from pos_app.core.money import Msat, Sat
from pos_app.practice import sun
from pos_app.practice.cards import BoltCard

T = TypeVar("T")

FILE_NAME = "cards.db"
TAP_LIMIT = Sat(100_000)
DAY_LIMIT = Sat(1_000_000)
ANY_AMOUNT = Sat(0)
K1_LIFE_S = 300.0
DAY_S = 86_400
PIN_TRIES = 3
COUNTER_GAP = 1000
"""A card's chip goes on this far above what was accepted, as taps of it may still wait somewhere."""

_MIGRATIONS = (
    Migration(
        "001 cards",
        """
CREATE TABLE card (
    uid TEXT PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    k1 TEXT NOT NULL,
    k2 TEXT NOT NULL,
    tap_limit_msat INTEGER NOT NULL DEFAULT 0,
    day_limit_msat INTEGER NOT NULL DEFAULT 0,
    pin TEXT,
    pin_limit_msat INTEGER NOT NULL DEFAULT 0,
    chip_counter INTEGER NOT NULL DEFAULT 0,
    counter INTEGER NOT NULL DEFAULT 0,
    spent_msat INTEGER NOT NULL DEFAULT 0,
    spent_day INTEGER NOT NULL DEFAULT 0,
    wrong_pins INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE offer (
    k1 TEXT PRIMARY KEY,
    uid TEXT NOT NULL REFERENCES card,
    ends_at_s REAL NOT NULL
) STRICT;

CREATE TABLE place (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    port INTEGER NOT NULL
) STRICT;
""",
    ),
)


class Refusal(Exception):
    """Why the service refuses, in its own words."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What a card may do. Without a PIN none is asked; with one it is due from `pin_limit` on."""

    tap_limit: Sat = TAP_LIMIT
    day_limit: Sat = DAY_LIMIT
    pin: str | None = field(default=None, repr=False)
    pin_limit: Sat = ANY_AMOUNT


@dataclass(frozen=True, slots=True)
class Offer:
    """What a verified tap may be used for, once."""

    k1: str = field(repr=False)
    tap_limit: Msat
    pin_limit: Msat | None


class Accounts:
    """The cards and what was offered to them. Used from one event loop."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    @classmethod
    async def open(cls, folder: Path, clock: Clock) -> Accounts:
        """Open or make the file in this folder. Raises what `Database.open` raises."""
        db = Database(folder / FILE_NAME, _MIGRATIONS, synchronous="NORMAL")
        await db.open_with(lambda _: None)
        return cls(db, clock)

    async def close(self) -> None:
        await asyncio.to_thread(self._db.close)

    async def card(self, name: str, link: str, terms: Terms) -> BoltCard:
        """The card of this name, made with keys of its own where there is none. It has these terms from now on.

        Wrong PINs of before are forgotten.
        """

        def work(db: sqlite3.Connection) -> BoltCard:
            made = (f"04{secrets.token_hex(sun.UID_BYTES - 1)}", name, secrets.token_hex(16), secrets.token_hex(16))
            db.execute("INSERT INTO card (uid, name, k1, k2) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING", made)
            db.execute(
                "UPDATE card SET tap_limit_msat = ?, day_limit_msat = ?, pin = ?, pin_limit_msat = ?,"
                " wrong_pins = 0, chip_counter = max(chip_counter, counter) + ? WHERE name = ?",
                (
                    terms.tap_limit.to_msat().value,
                    terms.day_limit.to_msat().value,
                    terms.pin,
                    terms.pin_limit.to_msat().value,
                    COUNTER_GAP,
                    name,
                ),
            )
            row = db.execute("SELECT uid, k1, k2, chip_counter FROM card WHERE name = ?", (name,)).fetchone()
            uid, k1, k2 = (bytes.fromhex(row[column]) for column in ("uid", "k1", "k2"))
            return BoltCard(link, uid, k1, k2, counter=row["chip_counter"])

        return await self._db.write(work)

    async def present(self, p: str, c: str) -> Offer:
        """Verify a tap and use it up. Raises Refusal."""

        def work(db: sqlite3.Connection) -> Offer | Refusal:
            row, counter = _card_of(db, p)
            if row is None:
                return Refusal("Error decrypting card.")
            expected = sun.mac(bytes.fromhex(row["k2"]), bytes.fromhex(row["uid"]), counter)
            if not secrets.compare_digest(expected.encode(), c.upper().encode()):
                return Refusal("CMAC does not check.")
            if counter <= row["counter"]:
                return Refusal("This link is already used.")
            db.execute("UPDATE card SET counter = ? WHERE uid = ?", (counter, row["uid"]))
            if row["wrong_pins"] >= PIN_TRIES:
                return Refusal("Card is disabled.")
            k1 = secrets.token_hex(16)
            db.execute("DELETE FROM offer WHERE ends_at_s < ?", (self._clock.time_s(),))
            db.execute("INSERT INTO offer VALUES (?, ?, ?)", (k1, row["uid"], self._clock.time_s() + K1_LIFE_S))
            pin_limit = None if row["pin"] is None else Msat(row["pin_limit_msat"])
            return Offer(k1, Msat(row["tap_limit_msat"]), pin_limit)

        return _or_raise(await self._db.write(work))

    async def charge(self, k1: str, amount: Msat, pin: str | None) -> None:
        """Use an offer for this amount, which counts as spent today, whether it is then paid or not. Raises Refusal."""

        def work(db: sqlite3.Connection) -> Refusal | None:
            found = db.execute("DELETE FROM offer WHERE k1 = ? RETURNING uid, ends_at_s", (k1,)).fetchone()
            if found is None or found["ends_at_s"] < self._clock.time_s():
                return Refusal("Unknown or expired k1.")
            row = db.execute("SELECT * FROM card WHERE uid = ?", (found["uid"],)).fetchone()
            if row["pin"] is not None and amount.value >= row["pin_limit_msat"]:
                right = secrets.compare_digest(row["pin"].encode(), (pin or "").encode())
                wrong_pins = 0 if right else row["wrong_pins"] + 1
                db.execute("UPDATE card SET wrong_pins = ? WHERE uid = ?", (wrong_pins, row["uid"]))
                if not right:
                    return Refusal("Wrong PIN.")
            if amount.value > row["tap_limit_msat"]:
                most_sat = row["tap_limit_msat"] // 1000
                return Refusal(f"Payment failed - Invoice amount is too high. Max allowed: {most_sat} sats.")
            today = int(self._clock.time_s() // DAY_S)
            spent_msat = amount.value + (row["spent_msat"] if row["spent_day"] == today else 0)
            if spent_msat > row["day_limit_msat"]:
                return Refusal("Max daily limit spent.")
            spent = (spent_msat, today, row["uid"])
            db.execute("UPDATE card SET spent_msat = ?, spent_day = ? WHERE uid = ?", spent)
            return None

        _or_raise(await self._db.write(work))

    async def port(self) -> int:
        """Where the service listened last, 0 before the first time: the links of its cards name that port."""

        def work(db: sqlite3.Connection) -> int:
            row = db.execute("SELECT port FROM place").fetchone()
            return 0 if row is None else int(row["port"])

        return await self._db.read(work)

    async def keep_port(self, port: int) -> None:
        def work(db: sqlite3.Connection) -> None:
            db.execute("INSERT INTO place VALUES (1, ?) ON CONFLICT DO UPDATE SET port = excluded.port", (port,))

        await self._db.write(work)


def _card_of(db: sqlite3.Connection, p: str) -> tuple[sqlite3.Row | None, int]:
    """The card that made this `p`, by trying the keys of all."""
    for row in db.execute("SELECT * FROM card").fetchall():
        try:
            uid, counter = sun.decrypt(bytes.fromhex(row["k1"]), p)
        except sun.SunError:
            continue
        if uid.hex() == row["uid"]:
            return row, counter
    return None, 0


def _or_raise(told: T | Refusal) -> T:
    if isinstance(told, Refusal):
        raise told
    return told
