"""One row of the table `entry`, as a value."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pos_app.payments.models import PaymentStatus

COLUMNS = "id, payment_hash, twin, kind, status, lost, amount_msat, fee_msat, tip_sat, fiat_minor, memo, tag, sale"
SELECT = f"SELECT {COLUMNS} FROM entry"


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of the table `entry`."""

    id: int
    payment_hash: bytes | str | None
    twin: str
    """Tells records of one hash apart: empty for the invoice itself."""
    kind: int
    status: PaymentStatus | None
    lost: int
    amount_msat: int
    fee_msat: int
    tip_sat: int
    fiat_minor: int
    memo: str
    tag: str
    sale: int | None

    @property
    def out(self) -> bool:
        return self.amount_msat < 0


def entry_of(row: Sequence[Any]) -> Entry:
    """A row of SELECT."""
    values: list[Any] = list(row)
    values[4] = None if values[4] is None else PaymentStatus(values[4])
    return Entry(*values)


def row_of(entry: Entry) -> tuple[object, ...]:
    """The values of COLUMNS."""
    return (
        *(entry.id, entry.payment_hash, entry.twin, entry.kind, entry.status and entry.status.value, entry.lost),
        *(entry.amount_msat, entry.fee_msat, entry.tip_sat, entry.fiat_minor, entry.memo, entry.tag, entry.sale),
    )
