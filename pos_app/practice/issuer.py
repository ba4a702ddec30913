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
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from pos_app.core.bolt11 import Invoice, InvoiceError, decode
from pos_app.core.clock import Clock
from pos_app.core.money import Msat, Sat
from pos_app.practice.accounts import DAY_LIMIT, Accounts, Refusal, Terms
from pos_app.practice.cards import BoltCard
from pos_app.practice.customer import PayEnd, PayMode, PracticeCustomer
from pos_app.practice.faults import CARD_PIN, OF_THE_CARD, SLOW_S, Fault, Faults
from pos_app.practice.server import Station, listen

log = logging.getLogger(__name__)

Payer = Callable[[str, PayMode], Awaitable[str | None]]
"""Pays a BOLT 11 text, NOW or LATE. Gives None when the payment is made or on its way, else why it is not."""

PLAIN_TERMS = Terms()
_Scope = MutableMapping[str, Any]
_Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
_Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


def paid_by(customer: PracticeCustomer) -> Payer:
    """The practice customer's wallet, as the purse behind the cards."""

    async def pay(text: str, mode: PayMode) -> str | None:
        try:
            end = await customer.pay(text, mode)
        except InvoiceError as error:
            return error.message
        return None if end is PayEnd.PAID else "Internal invoice already paid or over."

    return pay


class Issuer:
    """The service and its cards. `app` answers `/card` (what a card's link asks) and `/callback`."""

    def __init__(self, accounts: Accounts, payer: Payer, clock: Clock, faults: Faults) -> None:
        self.faults = faults
        self._accounts = accounts
        self._payer = payer
        self._clock = clock
        self._waiting: set[asyncio.Task[None]] = set()
        self._paying: set[asyncio.Task[None]] = set()

    @classmethod
    async def open(cls, folder: Path, payer: Payer, clock: Clock, faults: Faults | None = None) -> Issuer:
        """Its cards are kept in this folder. Raises what `Database.open` raises."""
        return cls(await Accounts.open(folder, clock), payer, clock, faults or Faults())

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

    async def hand(self, host_port: str) -> Callable[[], BoltCard]:
        """The practice customer's cards, whose links lead to `host_port`: gives the one in hand, by the faults."""
        kinds: tuple[frozenset[str], ...] = (
            frozenset(),
            frozenset({Fault.CARD_EMPTY}),
            frozenset({Fault.CARD_PIN}),
            OF_THE_CARD,
        )
        cards = {kind: await self.card(host_port, " ".join(["card", *sorted(kind)]), _terms(kind)) for kind in kinds}
        return lambda: cards[self.faults.on & OF_THE_CARD]

    @asynccontextmanager
    async def serve(self) -> AsyncGenerator[str]:
        """Serve on loopback until the block ends, at the port of the last time if it is free. Gives `host:port`."""
        listener = listen(await self._accounts.port())
        async with Station(self.app, listener, twice=lambda: Fault.ISSUER_TWICE in self.faults.on) as station:

            def follow() -> None:
                if Fault.ISSUER_DOWN in self.faults.on:
                    station.close_port()
                    self._break_off()
                else:
                    station.open_port()

            await self._accounts.keep_port(listener.getsockname()[1])
            follow()
            unfollow = self.faults.follow(follow)
            try:
                yield station.host_port
            finally:
                unfollow()
                self._break_off()

    def _break_off(self) -> None:
        """What waits to be answered is not, and not done either."""
        for waiting in self._waiting:
            waiting.cancel()

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
        if Fault.ISSUER_SLOW in self.faults.on and not await self._waits():
            return None
        reason = await self._pay(invoice)
        if Fault.ISSUER_FORGETS in self.faults.on:
            return None
        if reason is not None:
            raise Refusal(f"Payment failed - {reason}")
        return {"status": "OK"}

    async def _waits(self) -> bool:
        """Whether the long wait came to its end."""
        waiting = asyncio.create_task(self._clock.sleep(SLOW_S))
        self._waiting.add(waiting)
        await asyncio.wait((waiting,))
        self._waiting.discard(waiting)
        return not waiting.cancelled()

    async def _pay(self, invoice: Invoice) -> str | None:
        """Pay as the faults have it. Gives why it does not."""
        faults = self.faults.on
        if Fault.ISSUER_NEVER_PAYS in faults:
            return None
        if Fault.ISSUER_PAYS_LATE in faults:
            task = asyncio.create_task(self._pay_late(invoice))
            self._paying.add(task)
            task.add_done_callback(self._paying.discard)
            return None
        reason = await self._payer(invoice.text, PayMode.NOW)
        if Fault.ISSUER_TWICE in faults:
            await self._payer(invoice.text, PayMode.NOW)
        return reason

    async def _pay_late(self, invoice: Invoice) -> None:
        reason = await self._payer(invoice.text, PayMode.LATE)
        if reason is not None:
            log.info("a promised payment was not made: %s", reason)


def _terms(kind: frozenset[str]) -> Terms:
    return Terms(
        day_limit=Sat(0) if Fault.CARD_EMPTY in kind else DAY_LIMIT, pin=CARD_PIN if Fault.CARD_PIN in kind else None
    )


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
