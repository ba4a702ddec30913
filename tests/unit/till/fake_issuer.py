"""A card issuer in memory, in the place of the fetcher: it knows its cards and counters, and each request may go wrong.

A card's link is `https://HOST/card?p=CARD&c=COUNTER`. A counter counts once, and a later one kills all earlier ones.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import parse_qs

from pos_app.net.allow import AllowList
from pos_app.net.errors import AnswerLost, NotSent
from pos_app.net.fetch import Answer
from pos_app.net.url import Url
from tests.unit.till.fake_api import FakeApi, Fault
from tests.unit.till.fake_service import refusal

HOST = "card.example"


def tap_link(card: int, counter: int, host: str = HOST) -> str:
    """What a card says at the touch of this number."""
    return f"lnurlw://{host}/card?p={card:032x}&c={counter:016x}"


@dataclass(frozen=True, slots=True)
class Asked:
    """One request that arrived: of the first step, or with `bolt11` of the second."""

    host: str
    card: int
    counter: int
    bolt11: str = ""


@dataclass(slots=True)
class FakeIssuer:
    """`faults` go to the requests in order; None is none. `answers` replace the answers in order."""

    api: FakeApi
    allow: AllowList = field(default_factory=AllowList)
    faults: list[Fault | None] = field(default_factory=list)
    answers: list[dict[str, object] | None] = field(default_factory=list)
    down: set[str] = field(default_factory=set)
    pin_limit: int | None = None
    most_msat: int = 50_000_000
    pays: bool = True
    """Whether an invoice that was taken is paid; else it is OK and nothing comes."""
    pays_late: list[str] = field(default_factory=list)
    """Payment hashes that were taken and not paid: `pay_late` pays them."""
    asked: list[Asked] = field(default_factory=list)
    paid: list[str] = field(default_factory=list)
    """BOLT 11 texts whose payment was begun, in order: one twice would be money twice."""
    on_request: Callable[[Asked], None] | None = None
    held_up: asyncio.Event | None = None
    """Requests are on their way, and arrive only once this is set."""
    answers_held_up: asyncio.Event | None = None
    """Requests are acted on, and answered only once this is set."""
    _seen: dict[tuple[str, int], int] = field(default_factory=dict)
    _open: dict[str, Asked] = field(default_factory=dict)
    _spent: set[str] = field(default_factory=set)

    async def get(self, url: Url, *, timeout_s: float) -> Answer:
        fields = {name: values[0] for name, values in parse_qs(url.query).items()}
        request = self._request(url, fields)
        if self.on_request is not None:
            self.on_request(request)
        fault = self.faults.pop(0) if self.faults else None
        await asyncio.sleep(0)
        if self.held_up is not None:
            await self.held_up.wait()
        if url.host in self.down or fault is Fault.BEFORE:
            raise NotSent(f"{url.host} cannot be reached.")
        if fault is Fault.LOST:
            raise AnswerLost(f"{url.host} did not answer in time.")
        self.asked.append(request)
        instead = self.answers.pop(0) if self.answers else None
        answer = instead or (self._take(request, fields) if request.bolt11 else self._offer(url, request))
        if self.answers_held_up is not None:
            await self.answers_held_up.wait()
        if fault is not None:
            raise AnswerLost(f"{url.host} did not answer in time.")
        return Answer(200, json.dumps(answer).encode())

    def pay_late(self) -> None:
        """What was taken and not paid is paid now, where the invoice still takes it."""
        for payment_hash in self.pays_late:
            if self.api.is_payable(self.api.invoices[payment_hash], grace_s=115):
                self.api.settle(payment_hash)
        self.pays_late.clear()

    def links(self) -> list[tuple[int, int]]:
        """Card and counter of the first steps that arrived."""
        return [(asked.card, asked.counter) for asked in self.asked if not asked.bolt11]

    def _request(self, url: Url, fields: dict[str, str]) -> Asked:
        if "pr" in fields:
            opened = self._open.get(fields["k1"], Asked(url.host, 0, 0))
            return Asked(url.host, opened.card, opened.counter, fields["pr"])
        return Asked(url.host, int(fields["p"], 16), int(fields["c"], 16))

    def _offer(self, url: Url, asked: Asked) -> dict[str, object]:
        card = (asked.host, asked.card)
        if asked.counter <= self._seen.get(card, 0):
            return refusal("This link is already used.")
        self._seen[card] = asked.counter
        k1 = f"k1-{asked.host}-{asked.card}-{asked.counter}"
        self._open[k1] = asked
        return {
            "tag": "withdrawRequest",
            "callback": f"https://{url.host}/pay?id={asked.card}",
            "k1": k1,
            "minWithdrawable": 1000,
            "maxWithdrawable": self.most_msat,
            "defaultDescription": "Card",
        } | ({} if self.pin_limit is None else {"pinLimit": self.pin_limit})

    def _take(self, asked: Asked, fields: dict[str, str]) -> dict[str, object]:
        if fields["k1"] not in self._open or fields["k1"] in self._spent:
            return refusal("Unknown or expired k1.")
        self._spent.add(fields["k1"])
        (invoice,) = (invoice for invoice in self.api.invoices.values() if invoice.bolt11 == asked.bolt11)
        if not self.pays:
            self.pays_late.append(invoice.payment_hash)
        elif self.api.is_payable(invoice):
            self.paid.append(asked.bolt11)
            self.api.settle(invoice.payment_hash)
        return {"status": "OK"}
