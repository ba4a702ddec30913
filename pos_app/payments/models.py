"""What goes over the wire of the payments API. The client reads servers by these, the engine answers with them.

Names and units are those of the API: `amount` and `fee` of a payment are **msat** (incoming positive, outgoing
negative), `amount` of a request is **sat** or the fiat `unit`. Servers may add fields: they are kept.
"""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, Strict

from pos_app.core.bolt11 import DESCRIPTION_MAX_BYTES
from pos_app.core.money import MAX_SAT, MSAT_PER_SAT

MAX_MSAT = MAX_SAT * MSAT_PER_SAT


def _as_utc(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _fits_an_invoice(memo: str) -> str:
    if len(memo.encode()) > DESCRIPTION_MAX_BYTES:
        raise ValueError(f"an invoice's description holds at most {DESCRIPTION_MAX_BYTES} bytes of UTF-8")
    return memo


UtcTime = Annotated[datetime, AfterValidator(_as_utc)]
"""A moment in UTC; one that is written without an offset is UTC too."""

WireMsat = Annotated[int, Strict(), Field(ge=-MAX_MSAT, le=MAX_MSAT)]


class PaymentStatus(StrEnum):
    PENDING = "pending"
    SUCCESS = "success"
    FAILED = "failed"


class Payment(BaseModel):
    """One record of a wallet. `amount` and `fee` are msat; `fee` of an outgoing payment is 0 or negative."""

    model_config = ConfigDict(extra="allow", frozen=True, coerce_numbers_to_str=True)

    checking_id: str
    payment_hash: str
    wallet_id: str
    amount: WireMsat
    fee: WireMsat = 0
    bolt11: str
    status: PaymentStatus
    memo: str | None = None
    expiry: UtcTime | None = None
    webhook: str | None = None
    webhook_status: str | None = None
    preimage: str | None = None
    tag: str | None = None
    extension: str | None = None
    time: UtcTime
    created_at: UtcTime
    updated_at: UtcTime
    extra: dict[str, Any] = Field(default_factory=dict)
    payment_request: str | None = None
    fiat_provider: str | None = None
    labels: list[str] = Field(default_factory=list)
    external_id: str | None = None


class CreateInvoice(BaseModel):
    """Body of POST `/payments`: receives with `out` false, pays `bolt11` with `out` true (the default of the API)."""

    model_config = ConfigDict(frozen=True)

    unit: str = "sat"
    internal: bool = False
    out: bool = True
    amount: Annotated[int | Decimal, Field(ge=0)] | None = None
    memo: Annotated[str, Field(max_length=640), AfterValidator(_fits_an_invoice)] | None = None
    description_hash: str | None = None
    unhashed_description: str | None = None
    expiry: int | None = None
    extra: dict[str, Any] | None = None
    webhook: str | None = None
    bolt11: str | None = None
    lnurl_callback: str | None = None
    lnurl_withdraw: dict[str, Any] | None = None


class PaymentPage(BaseModel):
    """Answer of GET `/payments/paginated`."""

    data: list[Payment]
    total: int


class PaymentLook(BaseModel):
    """Answer of GET `/payments/{payment_hash}`; `details` only with a key of the payment's own wallet."""

    paid: Annotated[bool, Strict()]
    status: PaymentStatus | None = None
    preimage: str | None = None
    details: Payment | None = None


class PaymentHash(BaseModel):
    """Body of POST `/payments/cancel`."""

    payment_hash: str


class CardTap(BaseModel):
    """Body of POST `/payments/{payment_request}/pay-with-nfc`.

    `lnurl_w` is the address that was read from the card. Our engine also takes `session` and `pin`, to go on
    with a tap that it answered with step `pin`.
    """

    lnurl_w: str | None = None
    session: str | None = None
    pin: str | None = None


class WalletAnswer(BaseModel):
    """Answer of GET `/wallet`: `balance` in msat, `id` only for the admin key."""

    name: str
    balance: WireMsat
    id: str | None = None


class HealthAnswer(BaseModel):
    """Answer of GET `/health`. All but the first two are of our own engine only."""

    server_time: int
    up_time: str
    network: str | None = None
    practice: bool | None = None
    source: str | None = None
    source_ok: bool | None = None
