"""Bodies and answers that only the engine needs; what the client reads too stands in `payments.models`."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, Strict, WithJsonSchema, field_validator, model_validator

from pos_app.core.money import MAX_SAT
from pos_app.engine.ledger.rules import MAX_EXPIRY_S
from pos_app.payments.models import CardTap, CreateInvoice, WireMsat

MAX_NESTING = 64
_AMOUNT = {
    "anyOf": [
        {"type": "number", "minimum": 0, "maximum": MAX_SAT},
        {"type": "string", "pattern": r"^[0-9]+(\.[0-9]+)?$"},
        {"type": "null"},
    ]
}
"""A number, also as text. Pydantic would describe the limits of a union with words that JSON Schema does not have."""


class PaymentBody(CreateInvoice):
    """Body of POST `/payments`: makes an invoice with `out` false, pays `bolt11` with `out` true (the default).

    `amount` is in `unit`: whole sats, or a currency. `expiry` is in seconds, 0 means an hour. `lnurl_callback` (a URL)
    or `lnurl_withdraw` (a whole withdraw offer, LUD-03) hands the invoice over as soon as it is made.
    """

    amount: Annotated[Annotated[int | Decimal, Field(ge=0, le=MAX_SAT)] | None, WithJsonSchema(_AMOUNT)] = None
    expiry: Annotated[int, Field(ge=0, le=MAX_EXPIRY_S)] | None = None

    @model_validator(mode="before")
    @classmethod
    def _empty_list_is_empty_object(cls, body: Any) -> Any:
        return {} if body == [] else body

    @field_validator("amount", mode="before")
    @classmethod
    def _true_is_no_number(cls, amount: Any) -> Any:
        if isinstance(amount, bool):
            raise ValueError("Input should be a number.")
        return amount

    @field_validator("extra")
    @classmethod
    def _extra_can_be_kept(cls, extra: dict[str, Any] | None) -> dict[str, Any] | None:
        _check_keepable(extra)
        return extra

    @model_validator(mode="after")
    def _amount_fits_unit(self) -> Self:
        if self.out:
            return self
        if self.amount is None:
            raise ValueError("An invoice needs an amount.")
        if self.unit == "sat" and self.amount != int(self.amount):
            raise ValueError("The amount must be a whole number of sat.")
        return self


def _check_keepable(value: object, depth: int = 0) -> None:
    """Raises ValueError for half of a surrogate pair (JSON can name it, UTF-8 cannot) and for endless nesting."""
    if depth > MAX_NESTING:
        raise ValueError(f"The data is nested more than {MAX_NESTING} levels deep.")
    if isinstance(value, str):
        value.encode()
    elif isinstance(value, dict):
        for name, item in value.items():
            name.encode()
            _check_keepable(item, depth + 1)
    elif isinstance(value, list):
        for item in value:
            _check_keepable(item, depth + 1)


class HistoryAnswer(BaseModel):
    """One hour, day or month (UTC) that has payments; all amounts in msat."""

    date: datetime
    income: int
    spending: int
    balance: int


class CountAnswer(BaseModel):
    field: str
    total: float


class WalletStatsAnswer(BaseModel):
    """`balance` in msat."""

    wallet_id: str
    wallet_name: str
    user_id: str
    payments_count: int
    balance: float


class DailyAnswer(BaseModel):
    """One UTC day; all amounts in **sat**."""

    date: datetime
    balance: float
    balance_in: float
    balance_out: float
    payments_count: int
    count_in: int
    count_out: int
    fee: float


class FeeReserve(BaseModel):
    """In msat."""

    fee_reserve: int


class DecodeBody(BaseModel):
    """`filter_fields` keeps only the named fields of the answer."""

    data: str
    filter_fields: list[str] = Field(default_factory=list)


class Decoded(BaseModel):
    """The fields of an invoice, as far as it has them, or the `domain` of an LNURL. Further fields may follow."""

    model_config = ConfigDict(extra="allow")

    currency: str | None = None
    amount_msat: int | None = None
    date: int | None = None
    signature: str | None = None
    expiry: int | None = None
    payment_hash: str | None = None
    payment_secret: str | None = None
    description: str | None = None
    description_hash: str | None = None
    min_final_cltv_expiry: int | None = None
    payee: str | None = None
    domain: str | None = None


class NotDecoded(BaseModel):
    """Both fields hold the same text: clients look for either."""

    detail: str
    message: str


class LnurlBody(BaseModel):
    """Body of POST `/payments/lnurl`. `amount` is msat; of a currency `unit` it is thousandths.

    Who is paid: a `callback` (older clients), or a whole pay offer `res` (LUD-06), or an `lnurl` to ask for one.
    """

    amount: Annotated[int, Strict(), Field(ge=0)]
    unit: str | None = None
    comment: str | None = None
    callback: str | None = None
    description: str | None = None
    description_hash: str | None = None
    res: dict[str, Any] | None = None
    lnurl: str | None = None
    internal_memo: str | None = None


class TapBody(CardTap):
    """Body of POST `/payments/{payment_request}/pay-with-nfc`: a card's address, or `session` and `pin`."""

    @model_validator(mode="after")
    def _one_or_the_other(self) -> Self:
        if self.lnurl_w is None and (self.session is None or self.pin is None):
            raise ValueError("Give lnurl_w, or session and pin.")
        return self


class TapTaken(BaseModel):
    """The card's service took the invoice. Whether it is paid must be asked for."""

    success: Literal[True]
    message: str


class TapFailed(BaseModel):
    """`outcome` says whether the invoice may still be paid by this tap.

    `pin_limit_msat` and `session` come only with step `pin`, `limit_msat` where the card pays less than the invoice.
    """

    detail: str
    step: Literal["invoice", "connect", "link", "pin", "callback"]
    outcome: Literal["not_sent", "likely_failed", "unknown"]
    pin_limit_msat: WireMsat | None = None
    session: str | None = None
    limit_msat: WireMsat | None = None


class ConversionBody(BaseModel):
    """`to` may name several units, separated by commas."""

    from_: str = "sat"
    amount: Decimal
    to: str = "usd"


class Rate(BaseModel):
    """`rate` is sat per unit of the currency, `price` units of it per bitcoin."""

    rate: float
    price: float


class Login(BaseModel):
    username: str
    password: str


class Token(BaseModel):
    access_token: str
    token_type: Literal["bearer"] = "bearer"
