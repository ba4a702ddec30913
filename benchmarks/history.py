"""History, day page and copy of a wallet with a million payments; a tenth of them are sales of this till.

The floor of a page is the bare SQLite statement for it at a known place, that of a search the bare index, that of sums
and periods one pass over the sums of all days. The guides are 100 ms for a first page, a search result and a day page,
16 ms at the 99th percentile for a jump to any row, and 20 MiB of memory; a search by scroll bar keeps the numbers of
all that it found. The first fill is from an engine in the same process; its floor is only reading the same pages.
"""

from __future__ import annotations

import asyncio
import hashlib
import statistics
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.measure import Figure, median
from benchmarks.rigs.records import records
from benchmarks.rigs.report import measured
from pos_app.config.database import Database
from pos_app.core.bolt11 import Network
from pos_app.core.clock import SystemClock
from pos_app.core.money import Msat
from pos_app.engine.engine import Engine
from pos_app.engine.feed import wallet_feed
from pos_app.engine.store import payments
from pos_app.engine.store.payments import NewPayment
from pos_app.engine.store.rows import US_PER_S, PaymentKind
from pos_app.engine.store.rows import PaymentStatus as Stored
from pos_app.payments.client import Client
from pos_app.payments.listing import Listed
from pos_app.payments.models import PaymentStatus
from pos_app.till.books import Books
from pos_app.till.history_views import DaySettings, RowState, SyncPhase
from pos_app.till.mirror.asking import downward
from pos_app.till.mirror.entries import Batch
from pos_app.till.mirror.fill import PAGE_HERE
from pos_app.till.mirror.kinds import SaleFacts, SaleHash
from pos_app.till.mirror.schema import FILE_NAME, MIGRATIONS, packed
from pos_app.till.records import Records
from pos_app.till.store import Store

COUNT = 1_000_000
FILLED = 50_000
APART_S = 31.5
BATCH = 2000
SALE_EACH = 10
SEARCHES = ("rare", "common", "sum", "hash")


def run() -> list[Figure]:
    with tempfile.TemporaryDirectory(prefix="pos-app-benchmark-") as name:
        folder = Path(name)
        _build(folder / "book")
        told = measured(["-m", "benchmarks.rigs.history_reader", str(folder / "book")], folder / "bytecode")
        fill_s, read_s = asyncio.run(_fill(folder))
    return [*_lists(told), *_fills(fill_s, read_s)]


def _lists(told: dict[str, list[float]]) -> Iterator[Figure]:
    page, search, sums = median(told["bare page"]), median(told["bare search"]), median(told["bare sums"])
    yield Figure("first page", median(told["first page"]), "bare page", page, note="guide 100")
    for name in ("jump", "jump filtered"):
        p99, floor = _p99(told[name]), _p99(told["bare page"])
        note = f"guide 16; median {median(told[name]):.1f}"
        yield Figure(f"{name} to any row, p99", p99, "bare page, p99", floor, note=note)
    for name in SEARCHES:
        note = f"guide 100; its sums {median(told[f'search sums {name}']):.0f}"
        yield Figure(f"search result, {name}", median(told[f"search {name}"]), "bare search", search, note=note)
    yield Figure("jump in a search", median(told["jump in a search"]), "bare page", page, note="first one apart")
    yield Figure("sums of a filter", median(told["sums"]), "bare sums", sums)
    for unit in ("day", "week", "month", "year"):
        yield Figure(f"{unit} page", median(told[f"period {unit}"]), "bare sums", sums, note="guide 100 for a day")
    yield Figure("memory of the pages", told["memory"][0], "guide", 20, "MiB", goal=1)
    yield Figure("memory with a search of all", told["memory of a search"][0], "guide", 20, "MiB", goal=1)


def _fills(fill_s: float, read_s: float) -> Iterator[Figure]:
    note = f"{FILLED / fill_s:.0f} payments a second, guide 5000"
    yield Figure("first fill of 50 000", fill_s, "only reading the pages", read_s, "s", note=note)


def _p99(values: list[float]) -> float:
    return statistics.quantiles(values, n=100, method="inclusive")[-1]


def _build(folder: Path) -> None:
    """A mirror of a year, written as the sync writes it."""
    database = Database(folder / FILE_NAME, MIGRATIONS, synchronous="NORMAL")
    database.open()
    try:
        start_s = time.time() - COUNT * APART_S
        for first in range(0, COUNT, BATCH):
            database.write_sync(lambda db, first=first: _write(db, first, start_s))  # type: ignore[misc]
    finally:
        database.close()


def _write(db: object, first: int, start_s: float) -> None:
    batch = Batch(db)  # type: ignore[arg-type]
    numbers = range(first, min(first + BATCH, COUNT))
    batch.put_sales(_sale(number, start_s) for number in numbers if number % SALE_EACH == 0 and not _is_out(number))
    batch.put(_payment(number, start_s) for number in numbers)
    batch.finish()


_STATUSES = [PaymentStatus.SUCCESS] * 18 + [PaymentStatus.FAILED, PaymentStatus.PENDING]
_THINGS = ("Coffee", "Tea", "Cake", "Sandwich")


def _payment(number: int, start_s: float) -> Listed:
    name = hashlib.sha256(b"%d" % number).hexdigest()
    amount = (1 + number * 37 % 5000) * 1000
    return Listed(
        checking_id=name,
        payment_hash=name,
        amount=-amount if _is_out(number) else amount,
        status=_STATUSES[number % 20],
        time=datetime.fromtimestamp(start_s + number * APART_S, UTC),
        memo=f"{_THINGS[number % 4]} at table {number % 30} · R{number:07d}",
        tag="tpos" if number % 4 == 3 else None,
    )


def _is_out(number: int) -> bool:
    return number % 17 == 3


def _sale(number: int, start_s: float) -> SaleFacts:
    is_paid = _STATUSES[number % 20] is PaymentStatus.SUCCESS
    at_ms = round((start_s + number * APART_S) * 1000)
    total_sat = 1 + number * 37 % 5000
    name = packed(hashlib.sha256(b"%d" % number).hexdigest())
    return SaleFacts(
        number=number + 1,
        id=f"{number:032x}",
        reference=f"Q{number:07d}",
        state=RowState.PAID if is_paid else RowState.EXPIRED,
        tender="qr" if is_paid else "",
        total_sat=total_sat,
        tip_sat=number % 3,
        currency="EUR",
        fiat_minor=total_sat * 4,
        rate="43210.50",
        note="",
        made_at_ms=at_ms,
        hashes=(SaleHash(name, at_ms if is_paid else None, total_sat * 1000 if is_paid else None),),
    )


async def _fill(folder: Path) -> tuple[float, float]:
    """Seconds for the first fill, and for reading the same pages without keeping them."""
    clock = SystemClock()
    engine = await Engine.open(folder / "engine", None, clock)
    key = await engine.ensure_till_wallet()
    found = await engine.accounts.wallet_by_key(key)
    assert found is not None
    wallet_id = found[0].id
    await engine._db.write(lambda db: _fill_engine(db, wallet_id))
    client = Client.embedded(engine.app, key, engine.feed, clock=clock, wallet_feed=wallet_feed(wallet_id))
    async for _ in downward(client, limit=PAGE_HERE):  # the first request loads the API
        break
    start = time.perf_counter()
    async for _ in downward(client, limit=PAGE_HERE):
        pass
    read_s = time.perf_counter() - start

    store = await Store.open(folder / "filled", clock)
    books = Books(folder / "filled", Network.REGTEST, practice=True, name="benchmark")
    mirror = await Records.open(books, client, store, clock, day=DaySettings())
    whole = asyncio.Event()
    mirror.subscribe(lambda _: whole.set() if mirror.sync_view().phase is SyncPhase.FRESH else None)
    start = time.perf_counter()
    await mirror.start()
    await whole.wait()
    fill_s = time.perf_counter() - start
    if mirror.sync_view().done != FILLED:
        raise RuntimeError(f"{mirror.sync_view().done} of {FILLED} payments were copied")
    await mirror.close()
    await client.close()
    await store.close()
    await engine.close()
    return fill_s, read_s


def _fill_engine(db: object, wallet_id: str) -> None:
    for record in records(0, FILLED, int(time.time())):
        new = NewPayment(
            wallet_id=wallet_id,
            kind=PaymentKind.OUTGOING if record.is_sent else PaymentKind.INVOICE,
            checking_id=record.payment_hash,
            payment_hash=record.payment_hash,
            amount=Msat(record.amount_msat),
            bolt11="lnbc210n1p4syl56" + record.payment_hash * 4,
            status=Stored(record.status),
            memo=record.memo,
            time_us=record.time_s * US_PER_S,
            tag=record.tag,
        )
        payments.insert(db, new)  # type: ignore[arg-type]
