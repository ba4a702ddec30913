"""The one client of the payments API, for the embedded engine and for servers alike."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import Self, TypeVar
from urllib.parse import quote

from pydantic import BaseModel

from pos_app.core.bolt11 import Network
from pos_app.core.clock import Clock
from pos_app.core.money import Msat, Sat
from pos_app.payments import address as addresses
from pos_app.payments import tls
from pos_app.payments.answers import date_s, read
from pos_app.payments.errors import AnswerLost, NotKnown, NotLnbits, Refused, WrongKey
from pos_app.payments.listing import MOST, Page, WholePage, read_page, read_whole_page, second
from pos_app.payments.models import (
    CardTap,
    CreateInvoice,
    HealthAnswer,
    Payment,
    PaymentHash,
    PaymentLook,
    PaymentPage,
    PaymentStatus,
    WalletAnswer,
)
from pos_app.payments.push import Push
from pos_app.payments.results import Cancelled, Health, Look, TapAnswer, WalletInfo
from pos_app.payments.taps import tap_answer
from pos_app.payments.transport import Answer, ASGIApp, IsWhole, Transport

READ_TIMEOUT_S = 10.0
MAKE_TIMEOUT_S = 15.0
LIST_TIMEOUT_S = 30.0
TAP_TIMEOUT_S = 45.0  # the server asks the card's service twice
FOUND_AT_MOST = 100
WHOLE_AT_MOST = 500

_KEY = re.compile(r"[!-~]{1,200}")
_WORD = re.compile(r"[0-9A-Za-z]+")

_ModelT = TypeVar("_ModelT", bound=BaseModel)


class Client:
    """One wallet of one payments API, by its invoice key.

    Every call has its own time-out and raises, beside what it names: NotSent, AnswerLost, RateLimited (RetryableError),
    WrongKey, NotSetUp, NotLnbits, Refused, CertificateUnknown (UserError). See `errors` for what they mean for money.
    """

    def __init__(
        self,
        transport: Transport,
        push: Push,
        invoice_key: str,
        *,
        clock: Clock,
        address: str | None,
        wallet_feed: str = "",
    ) -> None:
        if not _KEY.fullmatch(invoice_key):
            raise WrongKey
        self._wallet_feed = wallet_feed or invoice_key
        self._transport = transport
        self._push = push
        self._key = invoice_key
        self._clock = clock
        self.address = address

    @classmethod
    def remote(
        cls, url: str, invoice_key: str, *, clock: Clock, pin_sha256: str | None = None, plain_http: bool = False
    ) -> Self:
        """A server over HTTPS, or HTTP on this computer; elsewhere only with `plain_http`.

        `pin_sha256` is the certificate that a person confirmed. Raises BadAddress, PlainHttp, WrongKey.
        """
        from pos_app.payments.websocket import WebsocketPush  # the embedded engine starts without it

        address = addresses.parse(url, plain_http=plain_http)
        rules = tls.context(pin_sha256) if address.encrypted else None
        transport = Transport.remote(address, clock=clock, tls_rules=rules, pinned=pin_sha256 is not None)
        push = WebsocketPush(address.websocket, clock=clock, tls_rules=rules)
        return cls(transport, push, invoice_key, clock=clock, address=address.text)

    @classmethod
    def embedded(
        cls,
        app: ASGIApp,
        invoice_key: str,
        push: Push,
        *,
        clock: Clock,
        is_whole: IsWhole = lambda: True,
        wallet_feed: str = "",
    ) -> Self:
        """Our own engine in this process; `push` is its feed, and `wallet_feed` the wallet's name there.

        `is_whole` is as in `Transport.in_process`.
        """
        transport = Transport.in_process(app, is_whole)
        return cls(transport, push, invoice_key, clock=clock, address=None, wallet_feed=wallet_feed)

    def __repr__(self) -> str:
        return f"Client({self.address or 'embedded'})"

    @property
    def is_embedded(self) -> bool:
        return self.address is None

    async def close(self) -> None:
        await self._transport.close()

    async def create_invoice(self, *, amount: Sat, memo: str, expiry_s: int, extra: dict[str, object]) -> Payment:
        """Make an invoice. The answer is not checked yet: see `check_invoice`.

        AnswerLost leaves open whether it was made: look it up by the reference in `memo` before making another.
        Raises ValueError if `memo` has more than 639 bytes of UTF-8.
        """
        body = CreateInvoice(out=False, amount=amount.value, memo=memo, expiry=expiry_s, extra=extra)
        answer = await self._send("POST", "/payments", body, timeout_s=MAKE_TIMEOUT_S, sale=True)
        return read(answer, Payment)

    async def look(self, payment_hash: str, *, sync: bool = False) -> Look:
        """Ask how an invoice of ours stands. Raises NotKnown where the API does not know it.

        With `sync` requests of sales and of their watch go before it.
        """
        asked_monotonic_s = self._clock.monotonic_s()
        answer = await self._send("GET", f"/payments/{quote(payment_hash, safe='')}", sync=sync)
        try:
            found = read(answer, PaymentLook)
        except Refused as refused:
            if refused.status == 404:
                raise NotKnown("The server does not know this invoice.") from None
            raise
        if found.details is None:  # only a key that the server does not know gets none
            raise WrongKey
        if found.details.payment_hash != payment_hash:
            raise AnswerLost("The server answered for another invoice.")
        return Look(
            paid=found.paid and found.details.status is PaymentStatus.SUCCESS,
            status=found.details.status,
            payment=found.details,
            date_s=None if self.is_embedded else date_s(answer),
            asked_monotonic_s=asked_monotonic_s,
        )

    async def find_by_reference(self, reference: str) -> tuple[Payment, ...]:
        """All invoices of the wallet with `reference` as a word of the memo or a value in `extra`, newest first."""
        params = {"search": reference, "limit": str(FOUND_AT_MOST), "sortby": "time", "direction": "desc"}
        answer = await self._send("GET", "/payments/paginated", params=params, sale=True)
        return tuple(p for p in read(answer, PaymentPage).data if p.amount > 0 and _names(p, reference))

    async def page(
        self,
        *,
        limit: int = MOST,
        offset: int = 0,
        until_s: int | None = None,
        from_s: int | None = None,
        status: PaymentStatus | None = None,
    ) -> Page:
        """Records of the wallet, newest first, failed ones too; requests of sales go before it.

        `until_s` and `from_s` are whole seconds since 1970 and part of the range; servers compare them roughly, so
        leave room. A server may give fewer than `limit` (1000 at most) although there are more: see `Page.total`.
        """
        params = {"limit": str(limit), "sortby": "time", "direction": "desc"}
        if offset:
            params["offset"] = str(offset)
        if until_s is not None:
            params["time[le]"] = second(until_s)
        if from_s is not None:
            params["time[ge]"] = second(from_s)
        if status is not None:
            params["status"] = status.value
        answer = await self._send("GET", "/payments/paginated", params=params, timeout_s=LIST_TIMEOUT_S, sync=True)
        return read_page(answer)

    async def made_since(self, from_s: int, *, offset: int = 0) -> WholePage:
        """Whole records of the wallet that were made since then, newest first, at most `WHOLE_AT_MOST` of them.

        `from_s` and the total are as in `page`; a sync waits for it.
        """
        params = {"limit": str(WHOLE_AT_MOST), "offset": str(offset), "sortby": "time", "direction": "desc"}
        params["time[ge]"] = second(from_s)
        answer = await self._send("GET", "/payments/paginated", params=params, timeout_s=LIST_TIMEOUT_S)
        return read_whole_page(answer)

    async def cancel(self, payment_hash: str) -> Cancelled:
        """Make an unpaid invoice unpayable. Only our engine proves that; any other server CANNOT.

        AnswerLost means: not cancelled until a look says so.
        """
        if not (await self.health()).engine:
            return Cancelled.CANNOT
        body = PaymentHash(payment_hash=payment_hash)
        answer = await self._send("POST", "/payments/cancel", body, timeout_s=MAKE_TIMEOUT_S, sale=True)
        try:
            read(answer, Payment)
        except Refused:
            return Cancelled.ALREADY_PAID if (await self.look(payment_hash)).paid else Cancelled.CANNOT
        return Cancelled.CANCELLED

    async def wallet(self) -> WalletInfo:
        """The wallet of the key."""
        found = _identify(await self._send("GET", "/wallet"), WalletAnswer)
        return WalletInfo(found.name, Msat(found.balance), found.id)

    async def health(self) -> Health:
        """Who answers at the address; asks without the key."""
        found = _identify(await self._send("GET", "/health", with_key=False), HealthAnswer)
        try:
            network = None if found.network is None else Network(found.network)
        except ValueError:
            raise NotLnbits("The server is on a network that this till does not know.") from None
        engine = network is not None and found.practice is not None
        return Health(engine, network, found.practice, found.source_ok)

    async def ahead_s(self) -> float | None:
        """By how much the clock of the server is ahead of ours; None if it does not tell."""
        told_s = date_s(await self._send("GET", "/health", with_key=False))
        return None if told_s is None else told_s - self._clock.time_s()

    async def pay_with_nfc(
        self, bolt11: str, lnurl_w: str, *, session: str | None = None, pin: str | None = None
    ) -> TapAnswer:
        """Let the service of a tapped card pay the invoice `bolt11`.

        `lnurl_w` goes out as it is. With `session` and `pin`, goes on with a tap that our engine answered with step
        `pin`. Whether it was paid, only `look` tells.
        """
        body = CardTap(session=session, pin=pin) if session else CardTap(lnurl_w=lnurl_w)
        path = f"/payments/{quote(bolt11, safe='')}/pay-with-nfc"
        return tap_answer(await self._send("POST", path, body, with_key=False, timeout_s=TAP_TIMEOUT_S, sale=True))

    def watch(self, payment_hash: str) -> AsyncIterator[None]:
        """Yields whenever something may have happened to the invoice: time for a `look`. See `Push.watch`."""
        return self._push.watch(payment_hash)

    def pushing(self, payment_hash: str) -> bool:
        """True while a settlement of the invoice would be pushed to a running `watch`."""
        return self._push.is_up(payment_hash)

    def watch_wallet(self) -> AsyncIterator[None]:
        """Yields whenever something may have been paid into the wallet or out of it. See `Push.watch`."""
        return self._push.watch(self._wallet_feed)

    def pushing_wallet(self) -> bool:
        """True while payments of the wallet would be pushed to a running `watch_wallet`."""
        return self._push.is_up(self._wallet_feed)

    async def _send(
        self,
        method: str,
        path: str,
        body: CreateInvoice | PaymentHash | CardTap | None = None,
        *,
        params: dict[str, str] | None = None,
        with_key: bool = True,
        timeout_s: float = READ_TIMEOUT_S,
        sale: bool = False,
        sync: bool = False,
    ) -> Answer:
        return await self._transport.send(
            method,
            f"/api/v1{path}",
            key=self._key if with_key else None,
            params=params,
            json=None if body is None else body.model_dump(mode="json", exclude_unset=True),
            timeout_s=timeout_s,
            sale=sale,
            sync=sync,
        )


def _identify(answer: Answer, model: type[_ModelT]) -> _ModelT:
    """As `read`, for the questions whose answer shows who is there at all."""
    try:
        return read(answer, model)
    except (AnswerLost, Refused):
        if answer.status >= 500:
            raise
        raise NotLnbits from None


def _names(payment: Payment, reference: str) -> bool:
    return reference in _WORD.findall(payment.memo or "") or reference in payment.extra.values()
