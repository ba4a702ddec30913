"""A pay link (LUD-06) paid from a wallet of this engine: ask its service for an invoice, check it, pay it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pos_app.core.money import Msat
from pos_app.engine.errors import BadRequest
from pos_app.engine.ledger.ledger import Ledger
from pos_app.engine.ledger.rules import check_amount
from pos_app.engine.outside import Outside
from pos_app.engine.store.rows import PaymentRow, Wallet
from pos_app.lnurl import answers, lud01
from pos_app.lnurl.pay import PayError, request_invoice
from pos_app.net.errors import FetchError, Forbidden
from pos_app.net.url import Url

TIMEOUT_S = 8.0


@dataclass(frozen=True, slots=True)
class PayLink:
    """Who is paid: a service's `callback`, its whole `offer` (a payRequest), or an `lnurl` that leads to one."""

    callback: str | None = None
    offer: dict[str, Any] | None = None
    lnurl: str | None = None


async def pay_link(
    outside: Outside, ledger: Ledger, wallet: Wallet, link: PayLink, amount: Msat, *, comment: str, memo: str | None
) -> PaymentRow:
    """Pay exactly `amount`. The record keeps the comment and the service's success action in `extra`.

    Raises BadRequest in the words of the payments API where there is no invoice to pay, else as `Ledger.pay`.
    """
    check_amount(amount)
    callback = await _callback(outside, link, amount, comment)
    try:
        got = await request_invoice(outside.fetcher, callback, amount, comment)
    except PayError as error:
        raise BadRequest(error.message) from error
    extra: dict[str, Any] = {}
    if comment:
        extra["comment"] = comment
    if got.success_action:
        extra["success_action"] = got.success_action
    return await ledger.pay(wallet, got.invoice.text, extra=extra, memo=memo)


async def _callback(outside: Outside, link: PayLink, amount: Msat, comment: str) -> Url:
    if link.offer is not None:
        return _read_offer(outside, link.offer, amount, comment)
    if link.lnurl is not None:
        return _read_offer(outside, await _ask(outside, link.lnurl), amount, comment)
    if link.callback is not None:
        return outside.checked(link.callback)
    raise BadRequest("Missing LNURL or LnurlPayResponse data.")


async def _ask(outside: Outside, lnurl: str) -> answers.Fields:
    url = outside.checked(_address(outside, lnurl))
    try:
        answer = await outside.fetcher.get(url, timeout_s=TIMEOUT_S)
        return answers.read_object(answer.body)
    except (FetchError, answers.BadAnswer) as error:
        raise BadRequest(f"Failed to connect to {url.host}.") from error


def _address(outside: Outside, lnurl: str) -> str:
    """`LNURL1…` (LUD-01) and `lnurlp://…` (LUD-17) → the URL; web addresses as they are."""
    if lud01.is_lnurl(lnurl):
        try:
            return lud01.decode(lnurl)
        except ValueError as error:
            raise BadRequest("The LNURL is damaged.") from error
    scheme, _, rest = lnurl.partition("://")
    if scheme.lower() != "lnurlp":
        return lnurl
    try:
        plain = Url.parse(f"http://{rest}")
    except Forbidden as error:
        raise BadRequest(error.message) from error
    return plain.text if outside.fetcher.allow.is_plain(plain.host, plain.port) else f"https://{rest}"


def _read_offer(outside: Outside, fields: answers.Fields, amount: Msat, comment: str) -> Url:
    """The callback of a payRequest that takes this amount and comment."""
    if answers.status(fields) == "ERROR":
        raise BadRequest(answers.reason(fields))
    try:
        callback = answers.text(fields, "callback", 4096)
        least, most = answers.msat(fields, "minSendable"), answers.msat(fields, "maxSendable")
    except answers.BadAnswer as error:
        raise BadRequest("Invalid LnurlPayResponse data.") from error
    if fields.get("tag") != "payRequest":
        raise BadRequest("Invalid LnurlPayResponse data.")
    if not least <= amount <= most:
        raise BadRequest(f"Amount {amount.value} not in range {least.value} - {most.value}")
    allowed = fields.get("commentAllowed")
    if len(comment) > (allowed if isinstance(allowed, int) else 0):
        raise BadRequest("The comment is too long for this service.")
    return outside.checked(callback)
