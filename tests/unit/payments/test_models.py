"""The models against what servers really send."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from pos_app.payments.models import MAX_MSAT, CreateInvoice, HealthAnswer, Payment, PaymentLook, PaymentStatus
from tests.support.payments import wire_payment


def test_a_time_without_offset_is_utc() -> None:
    payment = Payment.model_validate(wire_payment(expiry="2026-11-22T06:33:14"))

    assert payment.expiry == datetime(2026, 11, 22, 6, 33, 14, tzinfo=UTC)


def test_a_time_with_an_offset_becomes_utc() -> None:
    payment = Payment.model_validate(wire_payment(time="2026-11-22T07:33:14.5+02:00"))

    assert payment.time == datetime(2026, 11, 22, 5, 33, 14, 500_000, tzinfo=UTC)
    assert payment.time.utcoffset() is not None


def test_fields_that_servers_add_are_kept() -> None:
    payment = Payment.model_validate(wire_payment(external_id="x", labels=["a"], brand_new={"b": 1}))

    assert payment.model_dump()["brand_new"] == {"b": 1}
    assert payment.labels == ["a"]


def test_a_webhook_status_may_come_as_a_number() -> None:
    assert Payment.model_validate(wire_payment(webhook_status=404)).webhook_status == "404"


def test_the_oldest_shape_is_enough() -> None:
    wire = wire_payment(7)
    for optional in ("fee", "webhook", "webhook_status", "preimage", "tag", "extension", "extra", "expiry", "memo"):
        del wire[optional]

    payment = Payment.model_validate(wire)

    assert (payment.amount, payment.fee, payment.status) == (7000, 0, PaymentStatus.PENDING)


@pytest.mark.parametrize("amount", [True, "21000", 21000.0, None, MAX_MSAT + 1, -MAX_MSAT - 1])
def test_an_amount_is_an_integer_of_msat_that_can_exist(amount: Any) -> None:
    with pytest.raises(ValidationError):
        Payment.model_validate(wire_payment(amount=amount))


@pytest.mark.parametrize("paid", [1, "true", None, "yes"])
def test_paid_is_true_or_false_and_nothing_like_it(paid: Any) -> None:
    with pytest.raises(ValidationError):
        PaymentLook.model_validate({"paid": paid})


def test_a_body_pays_unless_it_says_otherwise() -> None:
    assert CreateInvoice().out is True
    assert CreateInvoice().unit == "sat"


@pytest.mark.parametrize(("amount", "read"), [("7", 7), (7, 7), ("2.5", "2.5"), (2.5, "2.5")])
def test_the_amount_of_a_body_is_a_number_or_its_text(amount: Any, read: Any) -> None:
    assert str(CreateInvoice(amount=amount).amount) == str(read)


@pytest.mark.parametrize("amount", [-1, "-0.5", "seven", float("nan"), float("inf")])
def test_other_amounts_of_a_body_are_refused(amount: Any) -> None:
    with pytest.raises(ValidationError):
        CreateInvoice(amount=amount)


@pytest.mark.parametrize("memo", ["x" * 639, "☕" * 213])
def test_a_memo_fits_into_an_invoice(memo: str) -> None:
    assert CreateInvoice(memo=memo).memo == memo


@pytest.mark.parametrize("memo", ["x" * 640, "☕" * 214])
def test_a_memo_that_does_not_fit_is_refused(memo: str) -> None:
    with pytest.raises(ValidationError):
        CreateInvoice(memo=memo)


def test_the_health_of_a_plain_lnbits_has_two_fields() -> None:
    health = HealthAnswer.model_validate({"server_time": 1_795_325_941, "up_time": "00:06:44"})

    assert (health.network, health.practice) == (None, None)
