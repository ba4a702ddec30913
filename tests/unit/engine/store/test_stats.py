from __future__ import annotations

import random
import sqlite3
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import pairwise

import pytest

from pos_app.engine.store import payments, stats
from pos_app.engine.store.queries import CountBy, Filter, FilterField, Group, Op, Query
from pos_app.engine.store.rows import US_PER_S, PaymentRow, PaymentStatus
from tests.support.records import add_payment, add_wallet, fresh_connection

DAY_US = 86_400 * US_PER_S
NOON_US = int(datetime(2026, 1, 31, 12, tzinfo=UTC).timestamp()) * US_PER_S
ALL = Query(None)
"""Everything; the same with a filter that lets all through reads the records instead of the sums."""
ALL_BY_RECORDS = Query(None, (Filter(FilterField.PAYMENT_HASH, Op.NE, ("none",)),))


@pytest.fixture
def db(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sqlite3.Connection]:
    for connection in fresh_connection(tmp_path_factory.mktemp("stats")):
        add_wallet(connection, "aaa")
        add_wallet(connection, "bbb")
        yield connection


def small(db: sqlite3.Connection) -> None:
    add_payment(db, "aaa", "in1", 100_000, time_us=NOON_US)
    add_payment(db, "aaa", "in2", 50_000, time_us=NOON_US + 3 * DAY_US, tag="till")
    add_payment(db, "aaa", "out", -20_000, fee_msat=-1000, time_us=NOON_US + 3 * DAY_US)
    add_payment(db, "aaa", "reserved", -10_000, "pending", fee_msat=-2000, time_us=NOON_US + 3 * DAY_US)
    add_payment(db, "aaa", "unpaid", 70_000, "pending", time_us=NOON_US + 4 * DAY_US)
    add_payment(db, "aaa", "lost", -60_000, "failed", fee_msat=-2000, time_us=NOON_US + 4 * DAY_US)
    add_payment(db, "bbb", "other", 1000, time_us=NOON_US)


@pytest.mark.parametrize("query", [ALL, ALL_BY_RECORDS], ids=["sums", "records"])
def test_history(db: sqlite3.Connection, query: Query) -> None:
    small(db)
    day = NOON_US // US_PER_S - 12 * 3600
    points = stats.history(db, query, Group.DAY)
    assert [(p.start_s, p.income.value, p.spending.value, p.balance.value) for p in points] == [
        (day, 101_000, 0, 101_000),
        (day + 3 * 86_400, 50_000, 33_000, 118_000),
    ]
    hours = stats.history(db, query, Group.HOUR)
    assert [point.start_s for point in hours] == [day + 12 * 3600, day + 3 * 86_400 + 12 * 3600]
    months = stats.history(db, query, Group.MONTH)
    assert [datetime.fromtimestamp(p.start_s, UTC).isoformat() for p in months] == [
        "2026-01-01T00:00:00+00:00",
        "2026-02-01T00:00:00+00:00",
    ]
    assert months[-1].balance.value == 118_000


@pytest.mark.parametrize("query", [ALL, ALL_BY_RECORDS], ids=["sums", "records"])
def test_daily_fills_the_gaps(db: sqlite3.Connection, query: Query) -> None:
    small(db)
    days = stats.daily(db, query)
    assert [(d.balance.value, d.balance_in.value, d.balance_out.value, d.fee.value) for d in days] == [
        (101_000, 101_000, 0, 0),
        (101_000, 0, 0, 0),
        (101_000, 0, 0, 0),
        (118_000, 50_000, -33_000, 3000),
    ]
    assert [(d.count_in, d.count_out) for d in days] == [(2, 0), (0, 0), (0, 0), (1, 2)]
    assert {b.start_s - a.start_s for a, b in pairwise(days)} == {86_400}


@pytest.mark.parametrize("query", [ALL, ALL_BY_RECORDS], ids=["sums", "records"])
def test_counts_and_wallets(db: sqlite3.Connection, query: Query) -> None:
    small(db)
    assert stats.count_by(db, query, CountBy.STATUS) == {"failed": 1, "pending": 2, "success": 4}
    assert stats.count_by(db, query, CountBy.TAG) == {"": 6, "till": 1}
    assert stats.count_by(db, query, CountBy.EXTENSION) == {"": 7}
    assert stats.count_by(db, query, CountBy.WALLET_ID) == {"aaa": 6, "bbb": 1}
    assert [(w.wallet_id, w.wallet_name, w.payments_count, w.balance.value) for w in stats.wallets(db, query)] == [
        ("bbb", "Wallet bbb", 1, 1000),
        ("aaa", "Wallet aaa", 4, 117_000),
    ]


def test_filters_narrow(db: sqlite3.Connection) -> None:
    small(db)
    till = Query(("aaa",), (Filter(FilterField.TAG, Op.EQ, ("till",)),))
    assert [(p.income.value, p.spending.value) for p in stats.history(db, till, Group.DAY)] == [(50_000, 0)]
    assert stats.count_by(db, till, CountBy.STATUS) == {"success": 1}
    assert [w.payments_count for w in stats.wallets(db, till)] == [1]
    assert len(stats.daily(db, till)) == 1
    failed = Query(None, (Filter(FilterField.STATUS, Op.EQ, ("failed",)),))
    assert (stats.history(db, failed, Group.DAY), stats.wallets(db, failed)) == ((), ())


def test_nothing(db: sqlite3.Connection) -> None:
    for query in (ALL, ALL_BY_RECORDS, Query(()), Query(None, search="x")):
        assert not stats.history(db, query, Group.DAY)
        assert not stats.daily(db, query)
        assert not stats.wallets(db, query)
        for by in CountBy:
            assert stats.count_by(db, query, by) == {}


def test_the_sums_follow_every_change(db: sqlite3.Connection) -> None:
    """Sums and records tell the same after any sequence of inserts and changes of status."""
    dice = random.Random(3)
    kept: list[PaymentRow] = []
    for n in range(200):
        amount_msat = dice.choice([5000, 6000, -3000])
        row = add_payment(
            db,
            dice.choice(["aaa", "bbb"]),
            f"hash{n}",
            amount_msat,
            "pending",
            fee_msat=-1000 if amount_msat < 0 else 0,
            tag=dice.choice([None, "x"]),
            time_us=NOON_US + dice.randrange(5) * DAY_US // 3,
        )
        if dice.random() < 0.7:
            status = dice.choice([PaymentStatus.SUCCESS, PaymentStatus.FAILED])
            row = payments.change(db, row.id, status, now_us=NOON_US)
        if row.status is PaymentStatus.FAILED and row.is_incoming and dice.random() < 0.5:
            row = payments.change(db, row.id, PaymentStatus.SUCCESS, now_us=NOON_US)
            assert row.extra["late"] is True
        kept.append(row)
        if n % 20 == 0:
            for group in Group:
                assert stats.history(db, ALL, group) == stats.history(db, ALL_BY_RECORDS, group)
            assert stats.daily(db, ALL) == stats.daily(db, ALL_BY_RECORDS)
            assert stats.wallets(db, ALL) == stats.wallets(db, ALL_BY_RECORDS)
            for by in CountBy:
                assert stats.count_by(db, ALL, by) == stats.count_by(db, ALL_BY_RECORDS, by)
    assert stats.count_by(db, ALL, CountBy.STATUS) == Counter(row.status.value for row in kept)
