"""A withdraw service on loopback (LUD-03) that answers as a test says and, if it is told to, truly pays."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.support.web import Reply, Request, WebServer, http, serve

OK = http(json.dumps({"status": "OK"}))


def error(reason: str, status: int = 200) -> bytes:
    return http(json.dumps({"status": "ERROR", "reason": reason}), status)


async def silent(_: asyncio.StreamWriter) -> None:
    """Take the request and never answer."""
    await asyncio.get_running_loop().create_future()


async def reset(writer: asyncio.StreamWriter) -> None:
    """Take the request and break the connection."""
    writer.transport.abort()


@dataclass
class CardService:
    """`GET /card` offers, `GET /pay?id=7` takes an invoice. `link` and `pay` replace an answer."""

    web: WebServer
    offer: dict[str, Any]
    link: Reply | None = None
    pay: Reply = OK
    pays: Callable[[str], Awaitable[object]] | None = None
    """Called with the invoice before the answer to the callback."""
    submitted: list[dict[str, str]] = field(default_factory=list)

    @property
    def card(self) -> str:
        """The address on the card, as it is read."""
        return f"lnurlw://{self.web.host_port}/card?p=AB&c=CD"

    @property
    def callback(self) -> str:
        return f"{self.web.url}/pay?id=7"

    @property
    def asked(self) -> list[str]:
        """The targets of all requests that arrived."""
        return [request.target for request in self.web.requests]

    def answer(self, request: Request) -> Reply:
        url = urlsplit(request.target)
        if url.path == "/card":
            return self.link or http(json.dumps(self.offer))
        self.submitted.append({name: values[0] for name, values in parse_qs(url.query).items()})
        return self.pay if self.pays is None else self._pay_and_answer

    async def _pay_and_answer(self, writer: asyncio.StreamWriter) -> None:
        assert self.pays is not None
        await self.pays(self.submitted[-1]["pr"])
        if isinstance(self.pay, bytes):
            writer.write(self.pay)
        else:
            await self.pay(writer)


@asynccontextmanager
async def card_service(**offer: Any) -> AsyncIterator[CardService]:
    """A service whose card pays 1 to 1000 sat without a PIN; `offer` changes the fields of the withdrawRequest."""
    services: list[CardService] = []
    async with serve(lambda request: services[0].answer(request)) as web:
        fields = {
            "tag": "withdrawRequest",
            "callback": f"{web.url}/pay?id=7",
            "k1": "secret-k1",
            "minWithdrawable": 1000,
            "maxWithdrawable": 1_000_000,
            "defaultDescription": "Card",
        }
        services.append(CardService(web, fields | offer))
        yield services[0]
