"""An invoice is shown only if it is the one that was asked for."""

from __future__ import annotations

from typing import Any

import pytest

from pos_app.core.bolt11 import Network
from pos_app.core.money import Sat
from pos_app.payments.check import WrongInvoice, check_invoice
from pos_app.payments.models import Payment
from tests.support.payments import HASH, invoice_text, wire_payment

ASKED: dict[str, Any] = {"amount": Sat(2100), "network": Network.MAINNET, "expiry_s": 600}


def payment(text: str, payment_hash: str = HASH) -> Payment:
    return Payment.model_validate(wire_payment(2100, bolt11=text, payment_hash=payment_hash))


@pytest.mark.parametrize("expiry_s", [595, 600, 605])
def test_the_asked_invoice_passes(expiry_s: int) -> None:
    invoice = check_invoice(payment(invoice_text(Sat(2100), expiry_s=expiry_s)), **ASKED)

    assert invoice.payment_hash == HASH
    assert invoice.amount == Sat(2100).to_msat()


@pytest.mark.parametrize("network", list(Network))
def test_each_network_has_its_own(network: Network) -> None:
    made = payment(invoice_text(Sat(2100), network=network))

    for books in Network:
        if books is network:
            check_invoice(made, amount=Sat(2100), network=books, expiry_s=600)
        else:
            with pytest.raises(WrongInvoice, match="wrong invoice"):
                check_invoice(made, amount=Sat(2100), network=books, expiry_s=600)


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        (payment(invoice_text(Sat(2101))), "got 2101000"),
        (payment(invoice_text(Sat(0))), "msat"),
        (payment(invoice_text(Sat(2100)), "cd" * 32), "payment hash"),
        (payment(invoice_text(Sat(2100), expiry_s=594)), "594"),
        (payment(invoice_text(Sat(2100), expiry_s=606)), "606"),
        (payment(invoice_text(Sat(2100))[:-1] + "q"), "not a Lightning invoice"),
        (payment("lnbc"), "not a Lightning invoice"),
        (payment(""), "not a Lightning invoice"),
    ],
)
def test_a_wrong_one_does_not(wrong: Payment, reason: str) -> None:
    with pytest.raises(WrongInvoice) as raised:
        check_invoice(wrong, **ASKED)
    assert raised.value.message == "The server answered with a wrong invoice."
    assert reason in raised.value.reason


def test_a_changed_letter_never_passes() -> None:
    text = invoice_text(Sat(2100))
    for place in range(len("lnbc"), len(text)):
        letter = "q" if text[place] != "q" else "p"
        with pytest.raises(WrongInvoice):
            check_invoice(payment(text[:place] + letter + text[place + 1 :]), **ASKED)
