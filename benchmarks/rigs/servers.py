"""Our engine and a real LNbits, each a process of its own on loopback, both with the same payments.

Payments are put in beside the running server, by SQL: into ours as rows of its table `payment`, with the sums and the
search index that the ledger keeps of them (its own audit must then find no difference); into LNbits as rows of its
table `apipayments`, which is all that it keeps of a payment. All carry the text of one real invoice as their BOLT 11.
"""

from __future__ import annotations

import asyncio
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from benchmarks.rigs.http import Caller
from benchmarks.rigs.records import Record
from pos_app.app import open_engine
from pos_app.config.folders import Folders
from pos_app.core.clock import SystemClock
from pos_app.core.money import Sat
from pos_app.engine.engine import FILE_NAME
from pos_app.engine.ledger.audit import AuditReport
from pos_app.engine.store.rows import US_PER_S, PaymentKind, PaymentStatus
from pos_app.engine.store.stats import COUNTED
from tests.support.lnbits import OWNER, LnbitsServer

FUNDS = Sat(1_000_000)
EXPIRY_S = 3600


@dataclass(frozen=True, slots=True)
class Keys:
    """Headers of those who ask: the shop, a customer with money, and a user who may see everything."""

    url: str
    shop_id: str
    shop: dict[str, str]
    customer: dict[str, str]
    user: dict[str, str]


class Server(Protocol):
    name: str
    keys: Keys

    def fill(self, records: Iterable[Record], bolt11: str) -> None:
        """Put payments into the shop's empty wallet."""

    def close(self) -> None: ...


@dataclass
class Ours:
    """`pos-app engine serve` on practice books."""

    folder: Path
    name: str = "ours"
    keys: Keys = field(init=False)
    _process: subprocess.Popen[str] = field(init=False)

    def __post_init__(self) -> None:
        shop_id, shop, customer, token = asyncio.run(self._set_up())
        words = ["engine", "serve", "--port", "0", "--data-dir", str(self.folder)]
        self._process = subprocess.Popen(
            [sys.executable, "-m", "pos_app.cli.main", *words],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        self.keys = Keys(
            line.split()[-1],
            shop_id,
            {"X-Api-Key": shop},
            {"X-Api-Key": customer},
            {"Authorization": f"Bearer {token}"},
        )

    def fill(self, records: Iterable[Record], bolt11: str) -> None:
        path = Folders.of(self.folder).engine(practice=True) / FILE_NAME
        with _quick(path) as connection:
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany(_PAYMENT, (self._row(record, bolt11) for record in records))
            for statement in _SUMS:
                connection.execute(statement, (self.keys.shop_id,))
            connection.execute("COMMIT")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        if differences := asyncio.run(self._audit()).differences:
            raise RuntimeError(f"the filled books are not right: {differences[0]}")

    def close(self) -> None:
        self._process.send_signal(signal.SIGTERM)
        self._process.wait(20)
        assert self._process.stdout is not None
        self._process.stdout.close()

    async def _set_up(self) -> tuple[str, str, str, str]:
        async with open_engine(Folders.of(self.folder), SystemClock(), practice=True) as (engine, _):
            shop, shop_keys = await engine.accounts.create_wallet("Shop")
            customer, customer_keys = await engine.accounts.create_wallet("Customer")
            await engine.ledger.credit(customer, FUNDS)
            owner = await engine.accounts.create_user("owner", is_admin=True)
            return shop.id, shop_keys.invoice_key, customer_keys.admin_key, await engine.accounts.create_token(owner)

    async def _audit(self) -> AuditReport:
        async with open_engine(Folders.of(self.folder), SystemClock(), practice=True) as (engine, _):
            return await engine.ledger.audit()

    def _row(self, record: Record, bolt11: str) -> Sequence[object]:
        is_paid = record.status == PaymentStatus.SUCCESS
        return (
            self.keys.shop_id,
            PaymentKind.OUTGOING if record.is_sent else PaymentKind.INVOICE,
            record.payment_hash,
            record.payment_hash,
            record.amount_msat,
            bolt11,
            record.status,
            record.memo,
            record.time_s + EXPIRY_S,
            record.preimage if is_paid else None,
            None if is_paid else record.preimage,
            record.tag,
            record.time_s * US_PER_S,
            record.time_s * US_PER_S,
            "source" if is_paid and not record.is_sent else None,
        )


_PAYMENT = """
INSERT INTO payment (wallet_id, kind, checking_id, payment_hash, amount_msat, fee_msat, bolt11, status, memo,
    expires_at_s, preimage, secret, tag, time_us, updated_at_us, extra, source, settled_by)
VALUES (?, ?, ?, ?, ?, 0, ?, ?, ?, ?, ?, ?, ?, ?, ?, '{}', 'practice', ?)
"""
_SUMS = (
    """
INSERT INTO payment_search (rowid, memo, tag, amount, time)
SELECT id, memo, tag, CAST(amount_msat AS TEXT), strftime('%Y-%m-%dT%H:%M:%S', time_us / 1000000, 'unixepoch')
FROM payment WHERE wallet_id = ?
""",
    "INSERT INTO count_sum SELECT wallet_id, status, coalesce(tag, ''), count(*) FROM payment WHERE wallet_id = ?"
    " GROUP BY 1, 2, 3",
    "INSERT INTO wallet_sum SELECT wallet_id, sum(amount_msat + fee_msat), count(*) FROM payment"
    f" WHERE wallet_id = ? AND {COUNTED}",
    "INSERT INTO hour_sum SELECT wallet_id, time_us / 3600000000 * 3600, sum(max(amount_msat, 0)),"
    " sum(max(-amount_msat, 0)), sum(-fee_msat), sum(amount_msat > 0), sum(amount_msat < 0) FROM payment"
    f" WHERE wallet_id = ? AND {COUNTED} GROUP BY 1, 2",
)
"""What the ledger keeps beside the payments, as it would have grown one by one."""


@dataclass
class Lnbits:
    """The newest LNbits on FakeWallet, as the peer tests run it."""

    folder: Path
    version: str = "1.6.2"
    name: str = field(init=False)
    keys: Keys = field(init=False)
    _server: LnbitsServer = field(init=False)

    def __post_init__(self) -> None:
        self.name = f"LNbits {self.version}"
        self._server = LnbitsServer(self.version, self.folder)
        self._server.start()
        self._server.set_up()
        shop, customer = self._server.wallet_one, self._server.wallet_two
        login = {"username": OWNER["username"], "password": OWNER["password"]}
        with closing(Caller(self._server.url)) as caller:
            token = caller.post("/auth", login, {})["access_token"]
        self.keys = Keys(
            self._server.url,
            shop.id,
            {"X-Api-Key": shop.invoice_key},
            {"X-Api-Key": customer.admin_key},
            {"Authorization": f"Bearer {token}"},
        )

    def fill(self, records: Iterable[Record], bolt11: str) -> None:
        with _quick(self.folder / "data" / "database.sqlite3") as connection:
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany(_APIPAYMENT, (self._row(record, bolt11) for record in records))
            connection.execute("COMMIT")

    def _row(self, record: Record, bolt11: str) -> Sequence[object]:
        return (
            self.keys.shop_id,
            record.payment_hash,
            record.payment_hash,
            record.preimage,
            bolt11,
            record.amount_msat,
            record.status,
            record.memo,
            record.tag,
            *(record.time_s,) * 3,
            record.time_s + EXPIRY_S,
        )

    def close(self) -> None:
        self._server.kill()


_APIPAYMENT = """
INSERT INTO apipayments (wallet_id, checking_id, payment_hash, preimage, bolt11, amount, fee, status, memo, tag, time,
    created_at, updated_at, expiry, extra, labels)
VALUES (?, ?, ?, ?, ?, ?, 0, ?, ?, ?, ?, ?, ?, ?, '{}', '[]')
"""


@contextmanager
def _quick(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection for filling: room in memory, and no waiting for the disk."""
    with closing(sqlite3.connect(path, isolation_level=None, timeout=30)) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("PRAGMA cache_size = -400000")
        yield connection
