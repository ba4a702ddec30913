"""Lists, pages and counts against a plain walk over all records."""

from __future__ import annotations

import itertools
import random
import sqlite3
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from pos_app.engine.store import conditions, lists
from pos_app.engine.store.payments import time_text
from pos_app.engine.store.queries import Direction, Filter, FilterField, Op, Query, SortField
from pos_app.engine.store.rows import PaymentRow
from tests.support.records import HOUR_US, START_US, add_payment, add_wallet, fresh_connection

WALLETS = ("aaa1", "bbb2", "ccc3")


@pytest.fixture(scope="module")
def db(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sqlite3.Connection]:
    yield from fresh_connection(tmp_path_factory.mktemp("lists"))


@pytest.fixture(scope="module")
def rows(db: sqlite3.Connection) -> list[PaymentRow]:
    """Some hundred records with many that are equal in one respect or another."""
    dice = random.Random(1)
    found: list[PaymentRow] = []
    for wallet_id in WALLETS:
        add_wallet(db, wallet_id)
    for n in range(300):
        status = dice.choice(["success", "pending", "failed"])
        amount_msat = dice.choice([1000, 21_000, 21_000, 500_000, -7000, -21_000])
        found.append(
            add_payment(
                db,
                dice.choice(WALLETS),
                f"hash{n:04}",
                amount_msat,
                status,
                fee_msat=dice.choice([0, -1000]) if amount_msat < 0 else 0,
                memo=dice.choice(["coffee", "Coffee & cake", "Ünïcode ☕", "100%", "under_score", 'quo"te', ""]),
                tag=dice.choice([None, "till", "tip"]),
                time_us=START_US + dice.randrange(20) * HOUR_US // 2,
                preimage=f"pre{n:04}" if status == "success" else None,
                secret=None if status == "success" else f"pre{n:04}",
            )
        )
    return found


page, total = lists.page, lists.count


def plain(row: PaymentRow, field: FilterField) -> Any:
    value = {
        FilterField.AMOUNT: row.amount.value,
        FilterField.FEE: row.fee.value,
        FilterField.TIME: row.time_us,
    }
    return value[field] if field in value else getattr(row, field.value)


def fits(row: PaymentRow, condition: Filter) -> bool:
    """What a filter means, in Python."""
    value = plain(row, condition.field)
    if value is None:
        return False
    tests: dict[Op, Callable[[Any], bool]] = {
        Op.EQ: lambda v: value == v,
        Op.IN: lambda v: value == v,
        Op.NE: lambda v: value != v,
        Op.GT: lambda v: value > v,
        Op.GE: lambda v: value >= v,
        Op.LT: lambda v: value < v,
        Op.LE: lambda v: value <= v,
        Op.LIKE: lambda v: _lower(str(v)) in _lower(str(value)),
        Op.EX: lambda v: value != v,
    }
    held = [tests[condition.op](v) for v in condition.values]
    return all(held) if condition.op is Op.EX else any(held)


def _lower(text: str) -> str:
    return "".join(c.lower() if c.isascii() else c for c in text)


def finds(row: PaymentRow, text: str) -> bool:
    parts = (row.memo, row.tag or "", str(row.amount.value), time_text(row.time_us), row.status.value, row.wallet_id)
    return any(text.lower() in part.lower() for part in parts)


FILTERS = [
    Filter(FilterField.STATUS, Op.EQ, ("success",)),
    Filter(FilterField.STATUS, Op.EQ, ("SUCCESS",)),
    Filter(FilterField.STATUS, Op.EQ, ("success", "failed")),
    Filter(FilterField.STATUS, Op.NE, ("failed",)),
    Filter(FilterField.STATUS, Op.IN, ("pending", "failed")),
    Filter(FilterField.STATUS, Op.EX, ("pending", "failed")),
    Filter(FilterField.TAG, Op.EQ, ("till",)),
    Filter(FilterField.TAG, Op.NE, ("till",)),
    Filter(FilterField.TAG, Op.NE, ("till", "tip")),
    Filter(FilterField.TAG, Op.EX, ("till",)),
    Filter(FilterField.TAG, Op.LIKE, ("TI", "zz")),
    Filter(FilterField.AMOUNT, Op.EQ, (21_000,)),
    Filter(FilterField.AMOUNT, Op.GT, (1000,)),
    Filter(FilterField.AMOUNT, Op.GE, (21_000, 500_000)),
    Filter(FilterField.AMOUNT, Op.LT, (0, -8000)),
    Filter(FilterField.AMOUNT, Op.LE, (-7000,)),
    Filter(FilterField.AMOUNT, Op.LE, (10**30,)),
    Filter(FilterField.AMOUNT, Op.GT, (10**30,)),
    Filter(FilterField.AMOUNT, Op.IN, (10**30, 1000)),
    Filter(FilterField.AMOUNT, Op.LIKE, ("210",)),
    Filter(FilterField.FEE, Op.LT, (0,)),
    Filter(FilterField.MEMO, Op.EQ, ("coffee",)),
    Filter(FilterField.MEMO, Op.GE, ("a",)),
    Filter(FilterField.TAG, Op.LIKE, ("TIL", "tip")),
    Filter(FilterField.MEMO, Op.LIKE, ("COFF",)),
    Filter(FilterField.MEMO, Op.LIKE, ('quo"te', "100%")),
    Filter(FilterField.MEMO, Op.LIKE, ("ünï",)),
    Filter(FilterField.MEMO, Op.LIKE, ("ÜNï", "x\0y")),
    Filter(FilterField.MEMO, Op.LIKE, ("ÜNï",)),
    Filter(FilterField.MEMO, Op.LIKE, ("%",)),
    Filter(FilterField.MEMO, Op.LIKE, ("_",)),
    Filter(FilterField.TIME, Op.GE, (START_US + 5 * HOUR_US,)),
    Filter(FilterField.TIME, Op.EQ, (START_US,)),
    Filter(FilterField.PAYMENT_HASH, Op.EQ, ("hash0007",)),
    Filter(FilterField.PAYMENT_HASH, Op.IN, ("hash0007", "hash0008", "none")),
    Filter(FilterField.CHECKING_ID, Op.EQ, ("hash0007", "hash0009")),
    Filter(FilterField.PREIMAGE, Op.EQ, ("pre0003",)),
    Filter(FilterField.PREIMAGE, Op.NE, ("pre0003",)),
    Filter(FilterField.WALLET_ID, Op.EQ, ("aaa1",)),
    Filter(FilterField.WALLET_ID, Op.NE, ("aaa1",)),
    Filter(FilterField.WALLET_ID, Op.IN, ("aaa1", "ccc3")),
    Filter(FilterField.WALLET_ID, Op.EX, ("aaa1", "ccc3")),
    Filter(FilterField.WALLET_ID, Op.GT, ("aaa1",)),
    Filter(FilterField.WALLET_ID, Op.LE, ("bbb2",)),
    Filter(FilterField.WALLET_ID, Op.LIKE, ("B",)),
]


@pytest.mark.parametrize("condition", FILTERS, ids=lambda f: f"{f.field}-{f.op}-{len(f.values)}")
def test_each_filter(db: sqlite3.Connection, rows: list[PaymentRow], condition: Filter) -> None:
    for wallets in (None, WALLETS[:1], WALLETS[1:]):
        expected = {r.id for r in rows if (wallets is None or r.wallet_id in wallets) and fits(r, condition)}
        query = Query(wallets, (condition,), limit=1000)
        assert {row.id for row in page(db, query)} == expected
        assert total(db, query) == len(expected)


def test_filters_are_all_needed(db: sqlite3.Connection, rows: list[PaymentRow]) -> None:
    for pair in itertools.combinations(FILTERS[::3], 2):
        expected = {row.id for row in rows if all(fits(row, condition) for condition in pair)}
        query = Query(None, pair, limit=1000)
        assert ({row.id for row in page(db, query)}, total(db, query)) == (expected, len(expected))


@pytest.mark.parametrize("sort", list(SortField))
@pytest.mark.parametrize("direction", list(Direction))
def test_order_offset_and_limit(
    db: sqlite3.Connection, rows: list[PaymentRow], sort: SortField, direction: Direction
) -> None:
    columns: dict[SortField, Callable[[PaymentRow], Any]] = {
        SortField.TIME: lambda r: r.time_us,
        SortField.CREATED_AT: lambda r: r.time_us,
        SortField.AMOUNT: lambda r: r.amount.value,
        SortField.FEE: lambda r: r.fee.value,
        SortField.MEMO: lambda r: r.memo,
        SortField.TAG: lambda r: (r.tag is not None, r.tag or ""),
        SortField.UPDATED_AT: lambda r: r.updated_at_us,
    }
    column = columns[sort]
    ordered = sorted(rows, key=lambda r: (column(r), r.time_us, r.id), reverse=direction is Direction.DESC)
    for wallets in (None, WALLETS[:1], WALLETS[:2]):
        expected = [row.id for row in ordered if wallets is None or row.wallet_id in wallets]
        for offset, limit in ((0, 1000), (0, 7), (7, 7), (60, 50), (10_000, 10)):
            found = page(db, Query(wallets, sort=sort, direction=direction, offset=offset, limit=limit))
            assert [row.id for row in found] == expected[offset : offset + limit]


@pytest.mark.parametrize(
    "text",
    ["coffee", "COFFEE", "& cake", "ünï", "☕", "%", "_", "100%", 'quo"te', '"', "till", "ti", "t", "21000", "-7",
     "7000", "2026-11", "T0", "success", "UCC", "bbb", "bb2", "nothing at all", "a*", "NOT", "x\0y", "e" * 5000],
)  # fmt: skip
def test_search(db: sqlite3.Connection, rows: list[PaymentRow], text: str) -> None:
    for wallets in (None, WALLETS[1:2]):
        expected = {r.id for r in rows if (wallets is None or r.wallet_id in wallets) and finds(r, text)}
        query = Query(wallets, search=text, limit=1000)
        assert ({row.id for row in page(db, query)}, total(db, query)) == (expected, len(expected))


def test_search_and_filters_and_order_together(db: sqlite3.Connection, rows: list[PaymentRow]) -> None:
    conditions_ = (Filter(FilterField.STATUS, Op.NE, ("failed",)), Filter(FilterField.AMOUNT, Op.GT, (0,)))
    for text, sort in itertools.product(("coffee", "ti", "success"), (SortField.TIME, SortField.AMOUNT)):
        query = Query(WALLETS[:2], conditions_, text, sort, limit=1000)
        key = (
            (lambda r: (r.amount.value, r.time_us, r.id)) if sort is SortField.AMOUNT else (lambda r: (r.time_us, r.id))
        )
        expected = [
            row.id
            for row in sorted(rows, key=key, reverse=True)
            if row.wallet_id in WALLETS[:2] and all(fits(row, c) for c in conditions_) and finds(row, text)
        ]
        assert [row.id for row in page(db, query)] == expected
        assert total(db, query) == len(expected)


def test_a_broad_search_gives_the_same_as_a_narrow_one(
    db: sqlite3.Connection, rows: list[PaymentRow], monkeypatch: pytest.MonkeyPatch
) -> None:
    query = Query(None, search="coffee", limit=1000)
    narrow = page(db, query), total(db, query)
    monkeypatch.setattr(conditions, "FEW", 3)
    assert (page(db, query), total(db, query)) == narrow
    assert len(narrow[0]) == sum(finds(row, "coffee") for row in rows) > 3


def test_no_wallets_and_wallets_of_nobody(db: sqlite3.Connection, rows: list[PaymentRow]) -> None:
    assert rows
    for query in (Query(()), Query(("none",))):
        assert (page(db, query), total(db, query)) == ((), 0)


def test_an_unpaid_preimage_is_not_found_by_guessing(db: sqlite3.Connection, rows: list[PaymentRow]) -> None:
    secret = {row.id: f"pre{int(row.payment_hash[4:]):04}" for row in rows if row.preimage is None}
    for condition in (
        Filter(FilterField.PREIMAGE, Op.IN, tuple(secret.values())),
        Filter(FilterField.PREIMAGE, Op.LIKE, ("pre",)),
        Filter(FilterField.PREIMAGE, Op.GE, ("0",)),
        Filter(FilterField.PREIMAGE, Op.NE, ("x",)),
    ):
        assert not {row.id for row in page(db, Query(None, (condition,), limit=1000))} & secret.keys()
    assert page(db, Query(None, search="pre0")) == ()
