"""LUD-06 (payRequest), second step: a pay service makes an invoice for an amount that the payer chose."""

from __future__ import annotations

from dataclasses import dataclass

from pos_app.core.bolt11 import Invoice, InvoiceError, decode
from pos_app.core.errors import UserError
from pos_app.core.money import Msat
from pos_app.core.text import plain
from pos_app.lnurl import answers
from pos_app.net.errors import FetchError, Forbidden
from pos_app.net.fetch import Fetcher
from pos_app.net.url import Url

TIMEOUT_S = 8.0
_ACTION_FIELDS = ("tag", "message", "description", "url", "ciphertext", "iv")


class PayError(UserError):
    """The service gave no invoice that may be paid. Nothing was paid."""


@dataclass(frozen=True, slots=True)
class PayInvoice:
    """An invoice for exactly the asked amount, and what the service shows after payment (LUD-09), if anything."""

    invoice: Invoice
    success_action: dict[str, str] | None


async def request_invoice(fetcher: Fetcher, callback: Url, amount: Msat, comment: str = "") -> PayInvoice:
    """Ask the callback for an invoice over `amount`, with a comment (LUD-12) where there is one.

    The callback's own query is kept. Takes 8 s at most. Raises PayError in the words of the payments API.
    """
    pairs = {"amount": str(amount.value)}
    if comment:
        pairs["comment"] = comment
    host = callback.host
    try:
        answer = await fetcher.get(callback.with_query(pairs), timeout_s=TIMEOUT_S)
    except Forbidden as error:
        raise PayError(error.message) from error
    except FetchError as error:
        raise PayError(f"Failed to connect to {host}.") from error
    try:
        fields = answers.read_object(answer.body)
    except answers.BadAnswer as error:
        raise PayError(f"Failed to connect to {host}.") from error
    if answers.status(fields) == "ERROR":
        raise PayError(f"{host} said: '{answers.reason(fields)}'")
    try:
        invoice = decode(answers.text(fields, "pr", 7089))
    except answers.BadAnswer as error:
        raise PayError(f"{host} did not return a payment request.") from error
    except InvoiceError as error:
        raise PayError(f"{host} returned an invalid invoice.") from error
    if invoice.amount != amount:
        got = 0 if invoice.amount is None else invoice.amount.value
        raise PayError(f"{host} returned an invalid invoice. Expected {amount.value} msat, got {got}.")
    return PayInvoice(invoice, _success_action(fields.get("successAction")))


def _success_action(found: object) -> dict[str, str] | None:
    if not isinstance(found, dict):
        return None
    kept = {name: found.get(name) for name in _ACTION_FIELDS}
    return {name: plain(value, 4096) for name, value in kept.items() if isinstance(value, str)} or None
