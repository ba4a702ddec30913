"""History and statistics: from the sums where nothing is filtered, else from the records."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from pos_app.core.money import Msat
from pos_app.engine.store import conditions
from pos_app.engine.store.lists import SUMS, count
from pos_app.engine.store.queries import CountBy, DailyPoint, Group, HistoryPoint, Query, WalletStats

DAY_S = 86_400
COUNTED = "(status = 'success' OR (status = 'pending' AND amount_msat < 0))"
"""`payments.is_counted` as SQL."""


@dataclass(slots=True)
class _Bucket:
    """Sums of a stretch of time, all positive."""

    start_s: int
    in_msat: int = 0
    out_msat: int = 0
    fee_msat: int = 0
    count_in: int = 0
    count_out: int = 0


def history(connection: sqlite3.Connection, query: Query, group: Group) -> tuple[HistoryPoint, ...]:
    """The stretches that have counted payments, oldest first; balances walk back from the present one."""
    balance_msat = _present_balance_msat(connection, query)
    points: list[HistoryPoint] = []
    for bucket in reversed(_grouped(_hours(connection, query), group)):
        spending_msat = bucket.out_msat + bucket.fee_msat
        points.append(HistoryPoint(bucket.start_s, Msat(bucket.in_msat), Msat(spending_msat), Msat(balance_msat)))
        balance_msat += spending_msat - bucket.in_msat
    return tuple(reversed(points))


def daily(connection: sqlite3.Connection, query: Query) -> tuple[DailyPoint, ...]:
    """Every day from the first that has counted payments to the last, gaps filled."""
    days = {bucket.start_s: bucket for bucket in _grouped(_hours(connection, query), Group.DAY)}
    if not days:
        return ()
    points: list[DailyPoint] = []
    balance_msat = 0
    for start_s in range(min(days), max(days) + 1, DAY_S):
        day = days.get(start_s, _Bucket(start_s))
        out_msat = -day.out_msat - day.fee_msat
        balance_msat += day.in_msat + out_msat
        points.append(
            DailyPoint(
                start_s=start_s,
                balance=Msat(balance_msat),
                balance_in=Msat(day.in_msat),
                balance_out=Msat(out_msat),
                fee=Msat(day.fee_msat),
                count_in=day.count_in,
                count_out=day.count_out,
            )
        )
    return tuple(points)


def count_by(connection: sqlite3.Connection, query: Query, by: CountBy) -> dict[str, int]:
    """Payments of every status for each value; those without one under the empty text."""
    if by is CountBy.EXTENSION:  # no record of this engine was made by an extension
        total = count(connection, query)
        return {"": total} if total else {}
    ids, sql, values = _where(connection, query)
    is_summed = not sql
    what, table = ("sum(payments)", SUMS) if is_summed else ("count(*)", "payment")
    rows = connection.execute(
        f"SELECT coalesce({by.value}, '') AS field, {what} FROM {table}"
        f" WHERE wallet_id IN ({_marks(ids)}){sql} GROUP BY field ORDER BY field",
        (*ids, *values),
    )
    return {str(row[0]): int(row[1]) for row in rows}


def wallets(connection: sqlite3.Connection, query: Query) -> tuple[WalletStats, ...]:
    """Wallets with counted payments, the fewest first."""
    ids, sql, values = _where(connection, query)
    if sql:
        sums = (
            "SELECT wallet_id, count(*) AS counted, sum(amount_msat + fee_msat) AS balance_msat"
            f" FROM payment WHERE wallet_id IN ({_marks(ids)}) AND {COUNTED}{sql} GROUP BY wallet_id"
        )
    else:
        sums = f"SELECT * FROM wallet_sum WHERE wallet_id IN ({_marks(ids)}) AND counted > 0"
    rows = connection.execute(
        f"SELECT wallet_id, name, user_id, counted, balance_msat FROM ({sums})"
        " JOIN wallet ON wallet.id = wallet_id ORDER BY counted, wallet_id",
        (*ids, *values),
    )
    return tuple(WalletStats(row[0], row[1], row[2], row[3], Msat(row[4])) for row in rows)


def _hours(connection: sqlite3.Connection, query: Query) -> Iterable[_Bucket]:
    ids, sql, values = _where(connection, query)
    if sql:
        rows = connection.execute(
            "SELECT time_us / 3600000000 * 3600 AS hour_s, sum(max(amount_msat, 0)), sum(max(-amount_msat, 0)),"
            " sum(-fee_msat), sum(amount_msat > 0), sum(amount_msat < 0) FROM payment"
            f" WHERE wallet_id IN ({_marks(ids)}) AND {COUNTED}{sql} GROUP BY 1 ORDER BY 1",
            (*ids, *values),
        )
    else:
        rows = connection.execute(
            "SELECT hour_s, sum(in_msat), sum(out_msat), sum(fee_msat), sum(count_in), sum(count_out)"
            f" FROM hour_sum WHERE wallet_id IN ({_marks(ids)}) GROUP BY hour_s ORDER BY hour_s",
            ids,
        )
    return (_Bucket(*row) for row in rows)


def _grouped(hours: Iterable[_Bucket], group: Group) -> Sequence[_Bucket]:
    """Hours in order, put together to longer stretches."""
    found: list[_Bucket] = []
    for hour in hours:
        start_s = _start_s(hour.start_s, group)
        if not found or found[-1].start_s != start_s:
            found.append(_Bucket(start_s))
        last = found[-1]
        last.in_msat += hour.in_msat
        last.out_msat += hour.out_msat
        last.fee_msat += hour.fee_msat
        last.count_in += hour.count_in
        last.count_out += hour.count_out
    return found


def _start_s(hour_s: int, group: Group) -> int:
    if group is Group.HOUR:
        return hour_s
    if group is Group.DAY:
        return hour_s // DAY_S * DAY_S
    moment = datetime.fromtimestamp(hour_s, UTC)
    return int(datetime(moment.year, moment.month, 1, tzinfo=UTC).timestamp())


def _present_balance_msat(connection: sqlite3.Connection, query: Query) -> int:
    ids = conditions.wallet_ids(connection, query)
    sql = f"SELECT coalesce(sum(balance_msat), 0) FROM wallet_sum WHERE wallet_id IN ({_marks(ids)})"
    return int(connection.execute(sql, ids).fetchone()[0])


def _where(connection: sqlite3.Connection, query: Query) -> tuple[Sequence[str], str, list[str | int]]:
    """The wallets, the conditions on payments (empty where there are none), and their values."""
    ids = conditions.wallet_ids(connection, query)
    found = conditions.conditions(connection, query, ids, keep_order=False)
    sql = "".join(f" AND {condition.sql}" for condition in found)
    return ids, sql, [value for condition in found for value in condition.values]


def _marks(ids: Sequence[str]) -> str:
    return ", ".join("?" * len(ids))
