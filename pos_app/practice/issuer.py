"""The practice card service: verifies each tap of its cards, and pays what it is asked to (LUD-03).

A small ASGI application. It answers as a Bolt Card server does: errors with HTTP 200, a tap is used up by the first
look, and being within the offered limit does not promise payment.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, MutableMapping
from contextlib import asynccontextmanager
from enum import StrEnum
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from pos_app.core.bolt11 import Invoice, InvoiceError, decode
from pos_app.core.clock import Clock
from pos_app.core.money import Msat
from pos_app.practice.accounts import Accounts, Refusal, Terms
from pos_app.practice.cards import BoltCard
from pos_app.practice.customer import PayEnd, PracticeCustomer
from pos_app.practice.server import listen, serving

log = logging.getLogger(__name__)

Payer = Callable[[str], Awaitable[str | None]]
"""Pays a BOLT 11 text. Gives None when the payment is made or on its way, else the reason why it is not."""

PLAIN_TERMS = Terms()
_Scope = MutableMapping[str, Any]
_Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
_Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


class Manner(StrEnum):
    """What the service does with an invoice."""

    PAYS = "pays"
    """Pays, then says OK."""
    PAYS_LATER = "pays_later"
    """Says OK, then pays."""
    NEVER_PAYS = "never_pays"
    """Says OK, and that was it."""
    LOSES_ANSWER = "loses_answer"
    """Pays, and the answer is lost on the way: a gateway's error page comes instead."""
    REFUSES = "refuses"
    """Says why it does not pay."""


def paid_by(customer: PracticeCustomer) -> Payer:
    """The practice customer's wallet, as the purse behind the cards."""

    async def pay(text: str) -> str | None:
        try:
            end = await customer.pay(text)
        except InvoiceError as error:
            return error.message
        return None if end is PayEnd.PAID else "Internal invoice already paid or over."

    return pay


class Issuer:
    """The service and its cards. `app` answers `/card` (what a card's link asks) and `/callback`."""

    def __init__(self, accounts: Accounts, payer: Payer) -> None:
        self.manner = Manner.PAYS
        self._accounts = accounts
        self._payer = payer
        self._paying: set[asyncio.Task[None]] = set()

    @classmethod
    async def open(cls, folder: Path, payer: Payer, clock: Clock) -> Issuer:
        """Its cards are kept in this folder. Raises what `Database.open` raises."""
        return cls(await Accounts.open(folder, clock), payer)

    async def close(self) -> None:
        """Payments that were promised and not made are given up."""
        paying = tuple(self._paying)
        for task in paying:
            task.cancel()
        await asyncio.gather(*paying, return_exceptions=True)
        await self._accounts.close()

    async def card(self, host_port: str, name: str = "card", terms: Terms = PLAIN_TERMS) -> BoltCard:
        """The card of this name, whose link leads to this service at `host_port`."""
        return await self._accounts.card(name, f"lnurlw://{host_port}/card", terms)

    @asynccontextmanager
    async def serve(self) -> AsyncGenerator[str]:
        """Serve on loopback until the block ends, at the port of the last time if it is free. Gives `host:port`."""
        listener = listen(await self._accounts.port())
        async with serving(self.app, listener) as host_port:
            await self._accounts.keep_port(listener.getsockname()[1])
            yield host_port

    async def app(self, scope: _Scope, _receive: _Receive, send: _Send) -> None:
        """The ASGI application."""
        if scope["type"] != "http":
            return
        asked = dict(parse_qsl(scope["query_string"].decode("latin-1")))
        status = 200
        answer: dict[str, object] | None
        try:
            match scope["path"]:
                case "/card":
                    answer = await self._offer(asked, _origin(scope))
                case "/callback":
                    answer = await self._callback(asked)
                case _:
                    status, answer = 404, {"status": "ERROR", "reason": "Not found."}
        except Refusal as refusal:
            answer = {"status": "ERROR", "reason": str(refusal)}
        if answer is None:
            status, body, kind = 502, b"<html>Bad Gateway</html>", b"text/html"
        else:
            body, kind = json.dumps(answer).encode(), b"application/json"
        headers = [(b"content-type", kind), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def _offer(self, asked: dict[str, str], origin: str) -> dict[str, object]:
        """The first step."""
        offer = await self._accounts.present(asked.get("p", ""), asked.get("c", ""))
        fields: dict[str, object] = {
            "tag": "withdrawRequest",
            "callback": f"{origin}/callback",
            "k1": offer.k1,
            "minWithdrawable": 1000,
            "maxWithdrawable": offer.tap_limit.value,
            "defaultDescription": "Practice card",
        }
        return fields if offer.pin_limit is None else {**fields, "pinLimit": offer.pin_limit.value}

    async def _callback(self, asked: dict[str, str]) -> dict[str, object] | None:
        """The second step; None stands for an answer that is lost."""
        invoice, amount = _payable(asked.get("pr", ""))
        await self._accounts.charge(asked.get("k1", ""), amount, asked.get("pin"))
        match self.manner:
            case Manner.REFUSES:
                raise Refusal("Payment failed - Insufficient balance.")
            case Manner.PAYS_LATER:
                task = asyncio.create_task(self._pay_later(invoice))
                self._paying.add(task)
                task.add_done_callback(self._paying.discard)
            case Manner.PAYS | Manner.LOSES_ANSWER:
                reason = await self._payer(invoice.text)
                if self.manner is Manner.LOSES_ANSWER:
                    return None
                if reason is not None:
                    raise Refusal(f"Payment failed - {reason}")
        return {"status": "OK"}

    async def _pay_later(self, invoice: Invoice) -> None:
        reason = await self._payer(invoice.text)
        if reason is not None:
            log.info("a promised payment was not made: %s", reason)


def _payable(text: str) -> tuple[Invoice, Msat]:
    try:
        invoice = decode(text)
    except InvoiceError as error:
        raise Refusal("Invalid invoice.") from error
    if not invoice.amount:
        raise Refusal("The invoice has no amount.")
    return invoice, invoice.amount


def _origin(scope: _Scope) -> str:
    """Where the request came to, by its own word: the callback is asked there too."""
    host = next((value.decode("latin-1") for name, value in scope["headers"] if name == b"host"), "localhost")
    return f"{scope['scheme']}://{host}"
