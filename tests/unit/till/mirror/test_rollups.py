"""Sums are those of the entries, after any order of updates."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pos_app.config.database import Database
from pos_app.payments.listing import Listed
from pos_app.payments.models import PaymentStatus
from pos_app.till.history_views import RowState
from pos_app.till.mirror.entries import Batch
from pos_app.till.mirror.kinds import SaleFacts, SaleHash, load
from pos_app.till.mirror.rollups import Sums, between, recount, stretches
from pos_app.till.mirror.schema import DAY_MS, MIGRATIONS, QUARTER_MS, first_id, packed

START_MS = 1_795_000_000_000


def fresh(folder: Path) -> sqlite3.Connection:
    database = Database(folder / "mirror.db", MIGRATIONS, synchronous="NORMAL")
    database.open()
    database.close()
    connection = sqlite3.connect(folder / "mirror.db", isolation_level=None)
    connection.row_factory = sqlite3.Row
    connection.execute("PRAGMA synchronous = OFF")
    return connection


@pytest.fixture
def db(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    connection = fresh(tmp_path)
    yield connection
    connection.close()


def kept(db: sqlite3.Connection) -> dict[tuple[int, int, int], Sums]:
    return {tuple(row)[:3]: Sums(*tuple(row)[3:]) for row in db.execute("SELECT * FROM rollup")}


def payment(number: int, status: str = "success", at_ms: int = START_MS, msat: int = 21_000, **changes: str) -> Listed:
    name = f"{number:064x}"
    return Listed(
        checking_id=name,
        payment_hash=name,
        amount=msat,
        status=PaymentStatus(status),
        time=datetime.fromtimestamp(at_ms / 1000, UTC),
        memo=changes.get("memo", f"memo {number}"),
        tag=changes.get("tag"),
    )


def sale(number: int, state: RowState, hashes: tuple[SaleHash, ...]) -> SaleFacts:
    return SaleFacts(
        number=number,
        id=f"sale {number}",
        reference=f"REF{number}",
        state=state,
        tender="qr" if state is RowState.PAID else "",
        total_sat=21,
        tip_sat=number,
        currency="EUR" if number % 2 else "",
        fiat_minor=100 * number if number % 2 else 0,
        rate="",
        note="",
        made_at_ms=START_MS + number * 1000,
        hashes=hashes,
    )


_numbers = st.integers(0, 5)
_puts = st.tuples(
    st.just("put"), _numbers, st.sampled_from(["pending", "success", "failed"]), st.sampled_from([None, "tpos"])
)
_sales = st.tuples(st.just("sale"), _numbers, st.sampled_from(list(RowState)[:11]), st.lists(_numbers, max_size=2))
_losses = st.tuples(st.just("lose"), _numbers, st.sampled_from([1, 2]), st.none())


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.one_of(_puts, _sales, _losses), max_size=25), pieces=st.integers(1, 4))
def test_any_order_of_updates(db: sqlite3.Connection, steps: list[tuple[object, ...]], pieces: int) -> None:
    db.execute("BEGIN")
    try:
        owners: dict[int, int] = {}
        for start in range(0, len(steps), pieces):
            batch = Batch(db)
            for step in steps[start : start + pieces]:
                _apply(db, batch, step, owners)
            batch.finish()
        assert kept(db) == recount(db)
        text = db.execute("SELECT count(*) FROM search WHERE search MATCH '\"memo\"'").fetchone()[0]
        assert text == db.execute("SELECT count(*) FROM entry WHERE memo LIKE 'memo%'").fetchone()[0]
        whole = between(db, 0, 1 << 60, load(db))
        assert sum(sums.entries for sums in whole.values()) == db.execute("SELECT count(*) FROM entry").fetchone()[0]
        _check_each_sale_is_shown_once(db)
    finally:
        db.execute("ROLLBACK")


def _apply(db: sqlite3.Connection, batch: Batch, step: tuple[object, ...], owners: dict[int, int]) -> None:
    match step:
        case ("put", int(number), str(status), tag):
            batch.put([payment(number, status, START_MS + number * 400_000, tag=str(tag) if tag else "")])
        case ("sale", int(number), RowState() as state, list(wanted)):
            mine = [each for each in wanted if owners.setdefault(each, number) == number]
            hashes = tuple(SaleHash(packed(f"{each:064x}")) for each in dict.fromkeys(mine))
            batch.put_sales([sale(number + 1, state, hashes)])
        case ("lose", int(number), int(how), _):
            found = db.execute("SELECT id FROM entry WHERE payment_hash = ?", (packed(f"{number:064x}"),)).fetchall()
            batch.lose([row[0] for row in found], how)


def _check_each_sale_is_shown_once(db: sqlite3.Connection) -> None:
    """Its tip and its fiat belong to one entry alone."""
    kinds = load(db)
    for (number,) in db.execute("SELECT number FROM sale").fetchall():
        rows = db.execute("SELECT kind, tip_sat FROM entry WHERE sale = ?", (number,)).fetchall()
        assert sum(row["tip_sat"] > 0 for row in rows) == 1
        assert all(kinds[row["kind"]].ours for row in rows)


def test_a_payment_counts_in_the_hour_in_which_it_was_made_however_late_it_is_paid(db: sqlite3.Connection) -> None:
    for status in ("pending", "success", "success"):
        batch = Batch(db)
        batch.put([payment(1, status)])
        batch.finish()
    quarter = START_MS // QUARTER_MS * QUARTER_MS
    assert [
        (sums.entries, sums.amount_msat) for sums in between(db, quarter, quarter + QUARTER_MS, load(db)).values()
    ] == [(1, 21_000)]
    assert kept(db) == recount(db)


def test_many_tags_do_not_make_many_kinds(db: sqlite3.Connection) -> None:
    batch = Batch(db)
    batch.put([payment(number, at_ms=START_MS + number, tag=f"tag {number}") for number in range(500)])
    batch.finish()
    assert len(load(db)) <= 102
    assert kept(db) == recount(db)


@given(st.integers(0, 200 * DAY_MS), st.integers(0, 200 * DAY_MS))
def test_stretches_cover_a_time_once_and_in_order(start: int, end: int) -> None:
    parts = list(stretches(start, end))
    assert sum(part.until_ms - part.from_ms for part in parts) == max(end - start, 0)
    for later, earlier in pairwise(parts):
        assert earlier.until_ms == later.from_ms
    for part in parts:
        assert not part.width_ms or part.from_ms % part.width_ms == part.until_ms % part.width_ms == 0
        assert part.width_ms or part.until_ms - part.from_ms < 2 * QUARTER_MS


def test_numbers_begin_with_the_time(db: sqlite3.Connection) -> None:
    batch = Batch(db)
    batch.put([payment(1), payment(2)])
    batch.finish()
    ids = [row[0] for row in db.execute("SELECT id FROM entry")]
    assert len(ids) == 2 and all(first_id(START_MS) <= each < first_id(START_MS + 1) for each in ids)
