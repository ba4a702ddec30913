"""Every invoice received is checked before it is shown: nothing a server says about it is taken on trust."""

from __future__ import annotations

from pos_app.core.bolt11 import Invoice, InvoiceError, Network, decode
from pos_app.core.errors import UserError
from pos_app.core.money import Sat
from pos_app.payments.models import Payment

EXPIRY_SLACK_S = 5


class WrongInvoice(UserError):
    """The server's invoice is not the one that was asked for. `reason` says in what it differs."""

    def __init__(self, reason: str) -> None:
        super().__init__("The server answered with a wrong invoice.", "Do not show it; check which server answers.")
        self.reason = reason


def check_invoice(payment: Payment, *, amount: Sat, network: Network, expiry_s: int) -> Invoice:
    """The decoded invoice, if it is signed and has the asked amount, network and expiry and the stated payment hash.

    Raises WrongInvoice otherwise.
    """
    try:
        invoice = decode(payment.bolt11)
    except InvoiceError as error:
        raise WrongInvoice(error.message) from error
    asked = amount.to_msat()
    if invoice.amount != asked:
        got = "none" if invoice.amount is None else invoice.amount.value
        raise WrongInvoice(f"asked for {asked.value} msat, got {got}")
    if invoice.payment_hash != payment.payment_hash:
        raise WrongInvoice("it has another payment hash than the answer says")
    if invoice.network is not network:
        raise WrongInvoice(f"it is for {invoice.network}, the books are for {network}")
    if abs(invoice.expiry_s - expiry_s) > EXPIRY_SLACK_S:
        raise WrongInvoice(f"asked for {expiry_s} s of life, got {invoice.expiry_s}")
    return invoice
