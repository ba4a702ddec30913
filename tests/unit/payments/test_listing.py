"""Pages of payments, read for speed: what does not fit is no page."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import httpx
import pytest

from pos_app.payments.errors import AnswerLost, Refused, WrongKey
from pos_app.payments.listing import Page, listed, read_page, second
from pos_app.payments.models import Payment, PaymentStatus
from pos_app.payments.transport import Answer
from tests.support.payments import HASH, wire_payment


def page(body: object, status: int = 200) -> Page:
    return read_page(Answer(status, httpx.Headers(), json.dumps(body).encode()))


def test_a_page() -> None:
    found = page({"data": [wire_payment(21, tag=None, memo=None, time="2026-11-22T05:33:14")], "total": 7, "more": 1})
    (payment,) = found.payments
    assert (found.total, payment.amount, payment.status) == (7, 21_000, PaymentStatus.PENDING)
    assert payment.at_ms == round(datetime(2026, 11, 22, 5, 33, 14, tzinfo=UTC).timestamp() * 1000)


def test_a_whole_record_becomes_the_same() -> None:
    (of_list,) = page({"data": [wire_payment(-5)], "total": 1}).payments
    assert listed(Payment.model_validate(wire_payment(-5))) == of_list
    assert of_list.payment_hash == HASH


@pytest.mark.parametrize(
    "changes", [{"amount": "5"}, {"amount": 1.5}, {"amount": 10**30}, {"status": "perhaps"}, {"time": "soon"}]
)
def test_a_record_that_does_not_fit(changes: dict[str, object]) -> None:
    with pytest.raises(AnswerLost):
        page({"data": [wire_payment(1, **changes)], "total": 1})


def test_refusals() -> None:
    with pytest.raises(WrongKey):
        page({"detail": "Wallet not found."}, 404)
    with pytest.raises(Refused):
        page({"detail": "Invalid sort field."}, 400)


def test_a_moment_has_a_time_part() -> None:
    assert second(0) == "1970-01-01T00:00:00Z"
