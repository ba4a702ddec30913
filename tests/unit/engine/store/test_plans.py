"""No list walks the whole table or sorts a wallet: SQLite says so itself."""

from __future__ import annotations

import itertools
import sqlite3
from collections.abc import Iterator, Sequence

import pytest

from pos_app.engine.store import conditions, lists, payments, stats
from pos_app.engine.store.queries import CountBy, Direction, Filter, FilterField, Group, Op, Query, SortField
from tests.support.records import add_payment, add_wallet, fresh_connection

EQUAL = [
    Filter(FilterField.STATUS, Op.EQ, ("success",)),
    Filter(FilterField.TAG, Op.EQ, ("till",)),
    Filter(FilterField.AMOUNT, Op.EQ, (21_000,)),
    Filter(FilterField.MEMO, Op.EQ, ("coffee",)),
]
OTHER = [
    Filter(FilterField.STATUS, Op.NE, ("failed",)),
    Filter(FilterField.STATUS, Op.IN, ("success", "pending")),
    Filter(FilterField.TAG, Op.NE, ("till",)),
    Filter(FilterField.AMOUNT, Op.GT, (1000,)),
    Filter(FilterField.FEE, Op.LT, (0,)),
    Filter(FilterField.MEMO, Op.LIKE, ("co",)),
    Filter(FilterField.TIME, Op.GE, (0,)),
    Filter(FilterField.PREIMAGE, Op.EQ, ("ab",)),
]
FILTER_SETS = [(), *itertools.combinations(EQUAL + OTHER, 1), *itertools.combinations(EQUAL + OTHER, 2)]


@pytest.fixture(scope="module")
def db(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sqlite3.Connection]:
    for connection in fresh_connection(tmp_path_factory.mktemp("plans")):
        for wallet_id in ("aaa", "bbb"):
            add_wallet(connection, wallet_id)
        for n in range(20):
            add_payment(connection, "aaa", f"hash{n}", memo="coffee café", tag="till")
        yield connection


def plan(db: sqlite3.Connection, query: Query) -> Sequence[str]:
    where = conditions.conditions(db, query, ["aaa"], keep_order=True)
    values = [value for condition in where for value in condition.values]
    rows = db.execute(f"EXPLAIN QUERY PLAN {lists.order_sql(query, where)}", ("aaa", *values, 50, 0))
    return [str(row["detail"]) for row in rows]


def check(steps: Sequence[str]) -> None:
    assert any(step.startswith("SEARCH payment USING") for step in steps), steps
    assert not [step for step in steps if step.split()[:2] == ["SCAN", "payment"]], steps
    assert not [step for step in steps if "TEMP B-TREE" in step], steps


@pytest.mark.parametrize("sort", list(SortField))
def test_every_order_comes_from_an_index(db: sqlite3.Connection, sort: SortField) -> None:
    for direction, filters in itertools.product(Direction, FILTER_SETS):
        check(plan(db, Query(None, filters, sort=sort, direction=direction)))


@pytest.mark.parametrize(
    ("filters", "index"),
    [
        ((), "payment_time (wallet_id=?)"),
        ((OTHER[0],), "payment_shown (wallet_id=?)"),
        ((EQUAL[0],), "payment_status (wallet_id=? AND status=?)"),
        ((EQUAL[1],), "payment_tag (wallet_id=? AND tag=?)"),
        ((EQUAL[2],), "payment_amount (wallet_id=? AND amount_msat=?)"),
        ((EQUAL[1], OTHER[0]), "payment_tag (wallet_id=? AND tag=?)"),
    ],
)
def test_equal_values_are_found_not_looked_for(db: sqlite3.Connection, filters: tuple[Filter, ...], index: str) -> None:
    assert any(index in step for step in plan(db, Query(None, filters)))


@pytest.mark.parametrize("field", [FilterField.PAYMENT_HASH, FilterField.CHECKING_ID])
@pytest.mark.parametrize("sort", list(SortField))
def test_one_record_is_found_by_its_name(db: sqlite3.Connection, field: FilterField, sort: SortField) -> None:
    steps = plan(db, Query(None, (Filter(field, Op.EQ, ("hash1",)),), sort=sort))
    assert any(f"payment_{field.value.removeprefix('payment_')} ({field.value}=?)" in step for step in steps)


@pytest.mark.parametrize("text", ["till", "ti", "success", "coffee", "café"])
@pytest.mark.parametrize("sort", list(SortField))
def test_a_broad_search_walks_the_order(
    db: sqlite3.Connection, sort: SortField, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conditions, "FEW", 3)
    check(plan(db, Query(None, search=text, sort=sort)))
    check(plan(db, Query(None, (Filter(FilterField.MEMO, Op.LIKE, (text, "coffee")),), sort=sort)))


@pytest.mark.parametrize(
    "query",
    [
        Query(None, search="coffee"),
        Query(None, (Filter(FilterField.MEMO, Op.LIKE, ("COFF", "afé")),)),
        Query(None, (Filter(FilterField.MEMO, Op.LIKE, ("coffee", "tea")), OTHER[0])),
    ],
)
def test_a_narrow_search_reads_its_hits_only(db: sqlite3.Connection, query: Query) -> None:
    steps = plan(db, query)
    assert "SEARCH payment USING INTEGER PRIMARY KEY (rowid=?)" in steps


def test_a_narrow_count_reads_its_hits_only(db: sqlite3.Connection) -> None:
    said: list[str] = []
    db.set_trace_callback(said.append)
    try:
        lists.count(db, Query(None, search="coffee"))
    finally:
        db.set_trace_callback(None)
    (counting,) = (sql for sql in said if sql.startswith("SELECT coalesce"))
    steps = [str(row["detail"]) for row in db.execute(f"EXPLAIN QUERY PLAN {counting}")]
    assert "SEARCH payment USING INTEGER PRIMARY KEY (rowid=?)" in steps


@pytest.fixture
def statements(db: sqlite3.Connection) -> Iterator[list[str]]:
    seen: list[str] = []
    db.set_trace_callback(seen.append)
    yield seen
    db.set_trace_callback(None)


def test_totals_and_statistics_read_the_sums(db: sqlite3.Connection, statements: list[str]) -> None:
    query = Query(None)
    lists.count(db, query)
    lists.count(db, Query(None, (OTHER[0], EQUAL[1])))
    for by in CountBy:
        stats.count_by(db, query, by)
    for group in Group:
        stats.history(db, query, group)
    stats.daily(db, query)
    stats.wallets(db, query)
    assert len(statements) > 10
    assert not [sql for sql in statements if "FROM payment" in sql]


def test_the_ledgers_own_questions_use_an_index(db: sqlite3.Connection, statements: list[str]) -> None:
    payments.invoice_by_hash(db, "hash1")
    payments.outgoing_by_hash(db, "hash1")
    payments.by_name(db, "hash1", "aaa")
    payments.by_name(db, "hash1", None)
    payments.sending(db)
    payments.overdue(db, 0, "practice")
    payments.webhooks_due(db)
    payments.balance(db, "aaa")
    db.set_trace_callback(None)
    assert len(statements) == 8
    for sql in statements:
        steps = [str(row["detail"]) for row in db.execute(f"EXPLAIN QUERY PLAN {sql}")]
        assert "SCAN payment" not in steps, (sql, steps)
