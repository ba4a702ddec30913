"""A query's filters and search as SQL.

In a list the order must come from an index, never from a sort. SQLite chooses an index by the conditions, so a
condition that would lure it away from the order's index is written with a unary plus, which no index serves.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from pos_app.engine.store.queries import Filter, FilterField, Op, Query, SortField
from pos_app.engine.store.rows import PaymentStatus

TRIGRAM = 3
_LARGEST = 2**63 - 1
FEW = 2000
"""So many hits of a search are sorted; with more the order's index is walked."""

_COLUMNS = {
    FilterField.STATUS: "status",
    FilterField.TAG: "tag",
    FilterField.CHECKING_ID: "checking_id",
    FilterField.AMOUNT: "amount_msat",
    FilterField.FEE: "fee_msat",
    FilterField.MEMO: "memo",
    FilterField.TIME: "time_us",
    FilterField.PREIMAGE: "preimage",
    FilterField.PAYMENT_HASH: "payment_hash",
}
_UNIQUE = {FilterField.CHECKING_ID, FilterField.PAYMENT_HASH}
_WITH_TIME = {FilterField.STATUS, FilterField.TAG, FilterField.AMOUNT, FilterField.FEE, FilterField.MEMO}
"""An index holds their records of one value in the order of time."""

_FOUND = "id IN (SELECT rowid FROM payment_search WHERE payment_search MATCH ?)"
_SIGNS = {Op.GT: ">", Op.GE: ">=", Op.LT: "<", Op.LE: "<="}
_TIME_TEXT = "strftime('%Y-%m-%dT%H:%M:%S', time_us / 1000000, 'unixepoch')"
_SEARCHED = {"memo": None, "tag": None, "amount_msat": set("-0123456789"), _TIME_TEXT: set("-0123456789:Tt")}
"""What a search looks at, and the characters that can stand there."""


@dataclass(frozen=True, slots=True)
class Condition:
    """`sql` is a boolean expression over `payment`; `is_sparse`: an index finds the few records that it holds for."""

    sql: str
    values: tuple[str | int, ...]
    is_sparse: bool = False


def wallet_ids(connection: sqlite3.Connection, query: Query) -> Sequence[str]:
    """The wallets that the query is about, its filters on the wallet's id applied."""
    if query.wallet_ids is None:
        ids = [str(row[0]) for row in connection.execute("SELECT id FROM wallet ORDER BY id")]
    else:
        ids = sorted(set(query.wallet_ids))
    for condition in query.filters:
        if condition.field is FilterField.WALLET_ID:
            ids = [wallet_id for wallet_id in ids if _holds(condition, wallet_id)]
    return ids


def payment_filters(query: Query) -> Sequence[Filter]:
    """The filters that look at the payment itself."""
    return [condition for condition in query.filters if condition.field is not FilterField.WALLET_ID]


def conditions(
    connection: sqlite3.Connection, query: Query, ids: Sequence[str], *, keep_order: bool
) -> Sequence[Condition]:
    """All conditions of a query; with `keep_order` none of them draws SQLite away from the order's index."""
    by_time = query.sort in (SortField.TIME, SortField.CREATED_AT)
    found = [
        _part(connection, condition) or _filter(condition, keep_order, by_time) for condition in payment_filters(query)
    ]
    if query.search:
        found.append(_search(connection, query.search, ids, keep_order))
    return found


def _filter(condition: Filter, keep_order: bool, by_time: bool) -> Condition:
    column = _COLUMNS[condition.field]
    values = tuple(max(-_LARGEST, min(_LARGEST, v)) if isinstance(v, int) else v for v in condition.values)
    if condition.op is Op.EQ and len(values) == 1 and by_time and condition.field in _WITH_TIME:
        return Condition(f"{column} = ?", values)
    if condition.op is Op.NE and values == (PaymentStatus.FAILED,):
        return Condition("status <> 'failed'", ())  # word for word as in the index payment_shown
    is_sparse = condition.field in _UNIQUE and condition.op in (Op.EQ, Op.IN)
    in_order = by_time and condition.field is FilterField.TIME  # the order's own index begins there
    name = f"+{column}" if keep_order and not is_sparse and not in_order else column
    match condition.op:
        case Op.EQ | Op.IN:
            return Condition(f"{name} IN (SELECT value FROM json_each(?))", (json.dumps(values),), is_sparse)
        case Op.EX:
            return Condition(f"{name} NOT IN (SELECT value FROM json_each(?))", (json.dumps(values),))
        case Op.NE if len(set(values)) > 1:
            return Condition(f"{column} IS NOT NULL", ())
        case Op.NE:
            return Condition(f"{name} <> ?", values[:1])
        case Op.GT | Op.GE:
            return Condition(f"{name} {_SIGNS[condition.op]} ?", (min(values, key=_comparable),))
        case Op.LT | Op.LE:
            return Condition(f"{name} {_SIGNS[condition.op]} ?", (max(values, key=_comparable),))
        case Op.LIKE:
            return _like(condition)


def _like(condition: Filter) -> Condition:
    text = _TIME_TEXT if condition.field is FilterField.TIME else _COLUMNS[condition.field]
    inner = f"EXISTS (SELECT 1 FROM json_each(?) WHERE {_contains(text, 'value')})"
    return Condition(inner, (json.dumps([str(value) for value in condition.values]),))


def _part(connection: sqlite3.Connection, condition: Filter) -> Condition | None:
    """LIKE on the memo where the trigram index says that few records can have it; else None."""
    parts = [str(value) for value in condition.values]
    if condition.op is not Op.LIKE or condition.field is not FilterField.MEMO or not all(map(_has_trigrams, parts)):
        return None
    phrase = f"memo : ({' OR '.join(map(_phrase, parts))})"
    if _hits(connection, phrase) > FEW:
        return None
    like = _like(condition)  # the index knows more capitals than LIKE does
    return Condition(f"{_FOUND} AND {like.sql}", (phrase, *like.values), is_sparse=True)


def _search(connection: sqlite3.Connection, text: str, ids: Sequence[str], keep_order: bool) -> Condition:
    """Records with this text in memo, tag, amount (msat), time, status or wallet id, capitals or not.

    The trigram index finds them, if not: a short text has no trigrams, and where very many records have the text
    it is quicker to walk the order and look.
    """
    parts: list[str] = []
    values: list[str | int] = []
    if statuses := [status.value for status in PaymentStatus if text.lower() in status]:
        parts.append("+status IN (SELECT value FROM json_each(?))")
        values.append(json.dumps(statuses))
    if wallets := [wallet_id for wallet_id in ids if text.lower() in wallet_id]:
        parts.append("+wallet_id IN (SELECT value FROM json_each(?))")
        values.append(json.dumps(wallets))
    phrase = _phrase(text)
    hits = _hits(connection, phrase) if _has_trigrams(text) else 0
    if not _has_trigrams(text) or (keep_order and hits > FEW and text.isascii()):
        for column, letters in _SEARCHED.items():
            if letters is None or set(text) <= letters:
                parts.append(_contains(column, "?"))
                values.append(text)
        return Condition(_any(parts), tuple(values))
    is_sparse = hits <= FEW and not parts
    parts.append(_FOUND if is_sparse else f"+{_FOUND}")
    return Condition(_any(parts), (*values, phrase), is_sparse)


def _phrase(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def _has_trigrams(text: str) -> bool:
    return len(text) >= TRIGRAM and "\0" not in text


def _hits(connection: sqlite3.Connection, phrase: str) -> int:
    """How many records have this phrase; of more than a few only that they are more."""
    sql = "SELECT count(*) FROM (SELECT 1 FROM payment_search WHERE payment_search MATCH ? LIMIT ?)"
    return int(connection.execute(sql, (phrase, FEW + 1)).fetchone()[0])


def _contains(column: str, part: str) -> str:
    return f"instr(lower({column}), lower({part})) > 0"


def _comparable(value: str | int) -> tuple[str, int]:
    return ("", value) if isinstance(value, int) else (value, 0)


def _any(parts: Sequence[str]) -> str:
    return parts[0] if len(parts) == 1 else f"({' OR '.join(parts)})"


def _holds(condition: Filter, value: str) -> bool:
    values = [str(v) for v in condition.values]
    match condition.op:
        case Op.EQ | Op.IN:
            return value in values
        case Op.EX:
            return value not in values
        case Op.NE:
            return any(value != v for v in values)
        case Op.GT:
            return any(value > v for v in values)
        case Op.GE:
            return any(value >= v for v in values)
        case Op.LT:
            return any(value < v for v in values)
        case Op.LE:
            return any(value <= v for v in values)
        case Op.LIKE:
            return any(v.lower() in value.lower() for v in values)
