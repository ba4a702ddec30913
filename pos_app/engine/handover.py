"""A fresh invoice, handed to the service of a withdraw link at once: `lnurl_callback` and `lnurl_withdraw` of create.

The service pays afterwards: the invoice stays `pending` until the ledger has the money.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from pos_app.core.text import plain
from pos_app.engine.errors import BadRequest, PaymentRefused
from pos_app.engine.ledger.ledger import Ledger
from pos_app.engine.outside import Outside
from pos_app.engine.store.rows import PaymentRow, Wallet
from pos_app.lnurl import answers
from pos_app.lnurl.withdraw import LinkRefused, Outcome, OutOfRange, Submitted, WithdrawOffer, read_offer, submit
from pos_app.net.errors import FetchError
from pos_app.net.url import Url

TIMEOUT_S = 10.0
Said = bool | str
"""`true` where the service took the invoice, else its reason; `false` where it was not reached or did not answer."""
HandOver = Callable[[Wallet, PaymentRow], Awaitable[tuple[PaymentRow, Said]]]


def handover(outside: Outside, ledger: Ledger, callback: str | None, offer: dict[str, Any] | None) -> HandOver | None:
    """What to do with the invoice once it is made; None where nothing was asked.

    Raises BadRequest, before there is an invoice, for an address that is refused and an offer that is none.
    """
    if callback:
        url = outside.checked(callback)
        return lambda _, invoice: _to_callback(outside, url, invoice)
    if offer is not None:
        try:
            checked = read_offer(offer, outside.fetcher.allow)
        except LinkRefused as error:
            raise BadRequest(error.message) from error
        return lambda wallet, invoice: _to_offer(outside, ledger, checked, wallet, invoice)
    return None


async def _to_callback(outside: Outside, url: Url, invoice: PaymentRow) -> tuple[PaymentRow, Said]:
    try:
        answer = await outside.fetcher.get(url.with_query({"pr": invoice.bolt11}), timeout_s=TIMEOUT_S)
    except FetchError:
        return invoice, False
    return invoice, _said(answer.body)


def _said(body: bytes) -> Said:
    """What the service says in its own words, whatever the HTTP status."""
    text = plain(body.decode(errors="replace"))
    try:
        fields = answers.read_object(body)
    except answers.BadAnswer:
        return text
    match answers.status(fields):
        case "OK":
            return True
        case "ERROR":
            return answers.reason(fields)
        case _:
            return text


async def _to_offer(
    outside: Outside, ledger: Ledger, offer: WithdrawOffer, wallet: Wallet, invoice: PaymentRow
) -> tuple[PaymentRow, Said]:
    """As newer servers: an invoice that the service refused is `failed`. It is cancelled, so that this is true."""
    told = await _submitted(outside, offer, invoice)
    if told.outcome is Outcome.PENDING:
        return invoice, True
    if told.outcome is not Outcome.UNKNOWN:
        try:
            invoice = await ledger.cancel(wallet, invoice.payment_hash)
        except PaymentRefused:  # it cannot be cancelled, or was paid all the same: the record knows
            invoice = await ledger.payment(wallet, invoice.payment_hash) or invoice
    return invoice, told.reason


async def _submitted(outside: Outside, offer: WithdrawOffer, invoice: PaymentRow) -> Submitted:
    try:
        offer.check_amount(invoice.amount)
    except OutOfRange as error:
        return Submitted(Outcome.NOT_SENT, error.message)
    if offer.needs_pin(invoice.amount):
        return Submitted(Outcome.NOT_SENT, "The card needs its PIN.")
    return await submit(outside.fetcher, offer, invoice.bolt11)
