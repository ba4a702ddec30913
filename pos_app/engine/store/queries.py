"""The read side: lists, counts, history and statistics."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from pos_app.core.money import Msat


class Op(StrEnum):
    EQ = "eq"
    NE = "ne"
    GT = "gt"
    GE = "ge"
    LT = "lt"
    LE = "le"
    IN = "in"
    EX = "ex"
    LIKE = "like"


class FilterField(StrEnum):
    STATUS = "status"
    TAG = "tag"
    CHECKING_ID = "checking_id"
    AMOUNT = "amount"
    FEE = "fee"
    MEMO = "memo"
    TIME = "time"
    PREIMAGE = "preimage"
    PAYMENT_HASH = "payment_hash"
    WALLET_ID = "wallet_id"


class SortField(StrEnum):
    TIME = "time"
    CREATED_AT = "created_at"
    UPDATED_AT = "updated_at"
    AMOUNT = "amount"
    FEE = "fee"
    MEMO = "memo"
    TAG = "tag"


class Direction(StrEnum):
    ASC = "asc"
    DESC = "desc"


class CountBy(StrEnum):
    STATUS = "status"
    TAG = "tag"
    EXTENSION = "extension"
    WALLET_ID = "wallet_id"


class Group(StrEnum):
    HOUR = "hour"
    DAY = "day"
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class Filter:
    """A condition on one field.

    Several values of EQ … LE and LIKE are alternatives (any holds); IN means one of them, EX none of them.
    AMOUNT and FEE take msat, TIME takes microseconds since 1970 UTC, the others take text.
    """

    field: FilterField
    op: Op
    values: tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Query:
    """Which payments, in which order. `wallet_ids` None means those of every wallet."""

    wallet_ids: tuple[str, ...] | None
    filters: tuple[Filter, ...] = ()
    search: str = ""
    sort: SortField = SortField.TIME
    direction: Direction = Direction.DESC
    limit: int = 50
    offset: int = 0


@dataclass(frozen=True, slots=True)
class HistoryPoint:
    """One hour, day or month (UTC) that has payments. `balance` is the wallets' at its end."""

    start_s: int
    income: Msat
    spending: Msat
    balance: Msat


@dataclass(frozen=True, slots=True)
class DailyPoint:
    """One UTC day. `balance_out` (fees included) is negative, `fee` positive; `balance` runs from the first day."""

    start_s: int
    balance: Msat
    balance_in: Msat
    balance_out: Msat
    fee: Msat
    count_in: int
    count_out: int


@dataclass(frozen=True, slots=True)
class WalletStats:
    """A wallet that has counted payments (success, and outgoing pending)."""

    wallet_id: str
    wallet_name: str
    user_id: str
    payments_count: int
    balance: Msat
