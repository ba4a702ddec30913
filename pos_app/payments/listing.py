"""One page of a wallet's payments, read for speed: only what a list needs, as plain values."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pydantic import ConfigDict, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass as checked

from pos_app.payments.answers import UNREADABLE, refusal
from pos_app.payments.errors import AnswerLost
from pos_app.payments.models import Payment, PaymentStatus, UtcTime, WireMsat
from pos_app.payments.transport import Answer

MOST = 1000
"""No server gives more records in one answer."""


@checked(frozen=True, slots=True, config=ConfigDict(coerce_numbers_to_str=True))
class Listed:
    """One record of a wallet. `amount` and `fee` are msat; what went out is negative."""

    checking_id: str
    payment_hash: str
    amount: WireMsat
    status: PaymentStatus
    time: UtcTime
    fee: WireMsat = 0
    memo: str | None = None
    tag: str | None = None

    @property
    def at_ms(self) -> int:
        """When it was made, in milliseconds since 1970 UTC."""
        return round(self.time.timestamp() * 1000)


@dataclass(frozen=True, slots=True)
class Page:
    """Records in the order that was asked for, and how many pass the filters in all.

    Beyond the last one a server may say that there are none in all.
    """

    payments: tuple[Listed, ...]
    total: int


@dataclass(frozen=True, slots=True)
class WholePage:
    """As `Page`, with all that a server keeps of a record. `left_out`: so many could not be read."""

    payments: tuple[Payment, ...]
    left_out: int
    total: int

    @property
    def count(self) -> int:
        """How many records the server gave."""
        return len(self.payments) + self.left_out


@checked(frozen=True, slots=True)
class _Answer:
    data: list[Listed]
    total: int


@checked(frozen=True, slots=True)
class _WholeAnswer:
    data: list[dict[str, Any]]
    total: int


_ANSWER = TypeAdapter(_Answer)
_WHOLE_ANSWER = TypeAdapter(_WholeAnswer)


def read_page(answer: Answer) -> Page:
    """The page that an answer holds. Raises what `refusal` says, or AnswerLost where it does not fit."""
    if not 200 <= answer.status < 300:
        raise refusal(answer)
    try:
        found = _ANSWER.validate_json(answer.body)
    except ValidationError:
        raise AnswerLost(UNREADABLE) from None
    return Page(tuple(found.data), found.total)


def read_whole_page(answer: Answer) -> WholePage:
    """As `read_page`, record by record: one that is not as it should be hides no other one."""
    if not 200 <= answer.status < 300:
        raise refusal(answer)
    try:
        found = _WHOLE_ANSWER.validate_json(answer.body)
    except ValidationError:
        raise AnswerLost(UNREADABLE) from None
    payments = []
    for record in found.data:
        with suppress(ValidationError):
            payments.append(Payment.model_validate(record))
    return WholePage(tuple(payments), len(found.data) - len(payments), found.total)


def listed(payment: Payment) -> Listed:
    """A whole record as a list would show it."""
    return Listed(
        checking_id=payment.checking_id,
        payment_hash=payment.payment_hash,
        amount=payment.amount,
        status=payment.status,
        time=payment.time,
        fee=payment.fee,
        memo=payment.memo,
        tag=payment.tag,
    )


def second(time_s: int) -> str:
    """A filter's moment: a date alone would be ignored by real servers."""
    return datetime.fromtimestamp(time_s, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
