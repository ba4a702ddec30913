"""What the tables hold, as frozen values."""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from pos_app.core.money import Msat

US_PER_S = 1_000_000


class PaymentStatus(StrEnum):
    PENDING = "pending"
    SUCCESS = "success"
    FAILED = "failed"


class PaymentKind(StrEnum):
    """How a record came to be. Only an INVOICE can be paid; CREDIT and CLAIM are booked as settled."""

    INVOICE = "invoice"
    OUTGOING = "outgoing"
    CREDIT = "credit"
    CLAIM = "claim"


class KeyKind(StrEnum):
    """An invoice key reads and receives; an admin key also pays."""

    INVOICE = "invoice"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class PaymentRow:
    """One record of the ledger.

    `amount` is positive for incoming and negative for outgoing money; `fee` is 0 or negative: the reserve while
    an outgoing payment is pending, then what it cost. `preimage` is None until the payment is settled.
    Times are microseconds since 1970 UTC, `expires_at_s` is in seconds. `extra_json` is a JSON object.
    """

    id: int
    wallet_id: str
    kind: PaymentKind
    checking_id: str
    payment_hash: str
    amount: Msat
    fee: Msat
    bolt11: str
    status: PaymentStatus
    memo: str
    expires_at_s: int | None
    webhook: str | None
    webhook_status: str | None
    preimage: str | None
    tag: str | None
    time_us: int
    updated_at_us: int
    extra_json: str

    @property
    def extra(self) -> dict[str, Any]:
        value = json.loads(self.extra_json)
        assert isinstance(value, dict)
        return value

    @property
    def is_incoming(self) -> bool:
        return self.amount.value > 0


@dataclass(frozen=True, slots=True)
class Wallet:
    id: str
    user_id: str
    name: str


@dataclass(frozen=True, slots=True)
class WalletKeys:
    """The keys of a wallet: known in clear only in the moment they are made. Never shown in a `repr`."""

    admin_key: str
    invoice_key: str

    def __repr__(self) -> str:
        return "WalletKeys(…)"


@dataclass(frozen=True, slots=True)
class User:
    id: str
    name: str
    is_admin: bool


@dataclass(frozen=True, slots=True)
class Unclaimed:
    """Money that the funding source reports and that belongs to no open invoice of this ledger."""

    checking_id: str
    payment_hash: str
    amount: Msat
    reason: str
    reported_at_us: int


@dataclass(frozen=True, slots=True)
class Settled:
    """A payment became `success`; `balance` is the wallet's after it."""

    payment: PaymentRow
    balance: Msat
