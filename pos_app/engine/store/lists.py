"""Lists of payments and how long they are.

Each wallet's payments are read in order from an index that begins with the wallet; several wallets are merged.
Only the numbers of the records are carried through offset and merge: records are read for the page alone.
"""

from __future__ import annotations

import heapq
import sqlite3
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from pos_app.engine.store import conditions
from pos_app.engine.store.conditions import Condition
from pos_app.engine.store.payments import payment_row
from pos_app.engine.store.queries import Direction, FilterField, Query, SortField
from pos_app.engine.store.rows import PaymentRow

_ORDERS = {
    SortField.TIME: "time_us",
    SortField.CREATED_AT: "time_us",
    SortField.UPDATED_AT: "updated_at_us",
    SortField.AMOUNT: "amount_msat",
    SortField.FEE: "fee_msat",
    SortField.MEMO: "memo",
    SortField.TAG: "tag",
}
_SUMMED = {FilterField.STATUS, FilterField.TAG}


def page(connection: sqlite3.Connection, query: Query) -> tuple[PaymentRow, ...]:
    """The records of one page, in order. Records that are equal in it follow their time, then their number."""
    ids = conditions.wallet_ids(connection, query)
    where = conditions.conditions(connection, query, ids, keep_order=True)
    if len(ids) == 1:
        numbers = [row[2] for row in _ordered(connection, query, ids[0], where, query.limit, query.offset)]
    else:
        end = query.offset + query.limit
        streams = [_ordered(connection, query, wallet_id, where, end, 0) for wallet_id in ids]
        merged = heapq.merge(*streams, key=_key, reverse=query.direction is Direction.DESC)
        numbers = [row[2] for row in islice(merged, query.offset, end)]
    marks = ", ".join("?" * len(numbers))
    rows = connection.execute(f"SELECT * FROM payment WHERE id IN ({marks})", numbers)
    found = {row["id"]: payment_row(row) for row in rows}
    return tuple(found[number] for number in numbers)


def count(connection: sqlite3.Connection, query: Query) -> int:
    """How many records the query finds, whatever its limit and offset."""
    ids = conditions.wallet_ids(connection, query)
    marks = ", ".join("?" * len(ids))
    where = conditions.conditions(connection, query, ids, keep_order=False)
    is_summed = not query.search and all(f.field in _SUMMED for f in conditions.payment_filters(query))
    what, table = ("sum(payments)", SUMS) if is_summed else ("count(*)", "payment")
    sql = f"SELECT coalesce({what}, 0) FROM {table} WHERE {_wallet(where)} IN ({marks}){_and(where)}"
    return int(connection.execute(sql, (*ids, *_values(where))).fetchone()[0])


SUMS = "(SELECT wallet_id, status, nullif(tag, '') AS tag, payments FROM count_sum)"
"""The counts, with the columns that filters name."""


def order_sql(query: Query, where: Sequence[Condition]) -> str:
    """The statement that walks one wallet in the query's order."""
    column, way = _ORDERS[query.sort], query.direction.value
    order = dict.fromkeys((column, "time_us", "id"))
    return (
        f"SELECT {column}, time_us, id FROM payment WHERE {_wallet(where)} = ?{_and(where)}"
        f" ORDER BY {', '.join(f'{name} {way}' for name in order)} LIMIT ? OFFSET ?"
    )


def _ordered(
    connection: sqlite3.Connection, query: Query, wallet_id: str, where: Sequence[Condition], limit: int, offset: int
) -> Iterator[Any]:
    return connection.execute(order_sql(query, where), (wallet_id, *_values(where), limit, offset))


def _key(row: Sequence[Any]) -> tuple[Any, ...]:
    return row[0] is not None, row[0], row[1], row[2]


def _wallet(where: Sequence[Condition]) -> str:
    """The column, kept from SQLite where a condition finds its few records by an index of its own."""
    return "+wallet_id" if any(condition.is_sparse for condition in where) else "wallet_id"


def _and(where: Sequence[Condition]) -> str:
    return "".join(f" AND {condition.sql}" for condition in where)


def _values(where: Sequence[Condition]) -> list[str | int]:
    return [value for condition in where for value in condition.values]
