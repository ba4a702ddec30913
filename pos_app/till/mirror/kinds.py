"""What an entry counts as: its state, whether money came by it, and what it can be filtered by."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import NamedTuple

from pos_app.payments.models import PaymentStatus
from pos_app.till.history_views import RowState

BY_API = "api"
"""Money moved by the payments API's own word: success, or outgoing and pending (its balance has them off already)."""
BY_TILL = "till"
"""Money came by the till's word: paid otherwise, or by a word of the API that its lists do not show yet."""

KNOWN = 0
VANISHED = 1
"""The server does not know it any more."""
UNSAID = 2
"""The server said that it was paid, and does not say so any more."""

MOST_TAGS = 100
OTHER_TAGS = "…"
"""Stands for all tags beyond the first hundred."""

STATES = {PaymentStatus.SUCCESS: RowState.PAID, PaymentStatus.PENDING: RowState.PENDING}
UNPAID = frozenset({RowState.OPEN, RowState.OWED, RowState.UNCERTAIN})


class Kind(NamedTuple):
    """One row of the table `kind`. Texts are empty where there is nothing."""

    state: RowState
    out: bool
    tender: str
    tag: str
    currency: str
    counted: str
    """BY_API, BY_TILL, or nothing."""
    ours: bool
    api: bool
    """The payments API has it in its lists."""

    @property
    def is_received(self) -> bool:
        return bool(self.counted) and not self.out


@dataclass(frozen=True, slots=True)
class SaleFacts:
    """What the mirror keeps of one sale of this till, and of its invoices in their order."""

    number: int
    id: str
    reference: str
    state: RowState
    tender: str
    total_sat: int
    tip_sat: int
    currency: str
    fiat_minor: int
    rate: str
    note: str
    made_at_ms: int
    hashes: tuple[SaleHash, ...] = ()

    @property
    def main_hash(self) -> SaleHash | None:
        """The invoice that stands for the sale: the first that was paid, else the last."""
        settled = [one for one in self.hashes if one.settled_at_ms is not None]
        return min(settled, key=_settled_at_ms) if settled else (self.hashes[-1] if self.hashes else None)


@dataclass(frozen=True, slots=True)
class SaleHash:
    """One invoice of a sale. `settled_msat` is what the till booked for it."""

    payment_hash: bytes | str
    settled_at_ms: int | None = None
    settled_msat: int | None = None


def _settled_at_ms(one: SaleHash) -> int:
    return one.settled_at_ms or 0


def kind_of(
    *,
    status: PaymentStatus | None,
    lost: int,
    out: bool,
    tag: str,
    sale: SaleFacts | None,
    is_main: bool = False,
    is_settled: bool = False,
) -> Kind:
    """`status` is the API's last word, None of a sale without a payment; `is_settled`: the till booked its payment."""
    is_paid = status is PaymentStatus.SUCCESS or (status is PaymentStatus.PENDING and out)
    counted = ""
    if is_paid and lost == KNOWN:
        counted = BY_API
    elif sale is not None and ((is_main and sale.state is RowState.PAID_OTHERWISE) or (is_settled and lost == KNOWN)):
        counted = BY_TILL
    if sale is None:
        state = RowState.FAILED if lost == VANISHED or status is None else STATES.get(status, RowState.FAILED)
    else:
        state = sale.state if is_main or counted else RowState.EXPIRED
    return Kind(
        state=state,
        out=out,
        tender=sale.tender if sale else "",
        tag=tag,
        currency=sale.currency if sale and is_main else "",
        counted=counted,
        ours=sale is not None,
        api=status is not None and lost != VANISHED,
    )


class Kinds:
    """The kinds of one file by number; new ones are added within the caller's transaction."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._of = load(db)
        self._ids = {kind: number for number, kind in self._of.items()}
        self._tags = {kind.tag for kind in self._ids}

    def __getitem__(self, number: int) -> Kind:
        return self._of[number]

    def number(self, kind: Kind) -> int:
        """The number of this kind."""
        if kind.tag not in self._tags:
            if len(self._tags) >= MOST_TAGS:
                kind = kind._replace(tag=OTHER_TAGS)
            self._tags.add(kind.tag)
        number = self._ids.get(kind)
        if number is None:
            cursor = self._db.execute(
                "INSERT INTO kind (state, out, tender, tag, currency, counted, ours, api)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (kind.state.value, *kind[1:]),
            )
            number = self._ids[kind] = int(cursor.lastrowid or 0)
            self._of[number] = kind
        return number


def load(db: sqlite3.Connection) -> dict[int, Kind]:
    """All kinds by number."""
    rows = db.execute("SELECT id, state, out, tender, tag, currency, counted, ours, api FROM kind")
    return {
        row[0]: Kind(RowState(row[1]), bool(row[2]), row[3], row[4], row[5], row[6], bool(row[7]), bool(row[8]))
        for row in rows
    }
