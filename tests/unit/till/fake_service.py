"""A card's service in memory, in the place of the fetcher: it offers, takes invoices, and fails on demand."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from urllib.parse import parse_qs

from pos_app.net.allow import AllowList
from pos_app.net.errors import AnswerLost, FetchError, NotSent
from pos_app.net.fetch import Answer
from pos_app.net.url import Url
from tests.unit.till.fake_api import FakeApi, Fault

OFFER: dict[str, object] = {
    "tag": "withdrawRequest",
    "callback": "https://card.example/pay?id=7",
    "k1": "the-k1",
    "minWithdrawable": 1000,
    "maxWithdrawable": 5_000_000,
    "defaultDescription": "Card",
}


def refusal(reason: str) -> dict[str, object]:
    return {"status": "ERROR", "reason": reason}


@dataclass(slots=True)
class FakeService:
    """`faults` go to the requests in order; None is none. `answers` replace the answers in order."""

    api: FakeApi
    allow: AllowList = field(default_factory=AllowList)
    offer: dict[str, object] = field(default_factory=lambda: dict(OFFER))
    faults: list[Fault | None] = field(default_factory=list)
    answers: list[dict[str, object] | None] = field(default_factory=list)
    looked_up: list[str] = field(default_factory=list)
    submitted: list[dict[str, str]] = field(default_factory=list)

    async def get(self, url: Url, *, timeout_s: float) -> Answer:
        asked = {name: values[0] for name, values in parse_qs(url.query).items()}
        if "pr" in asked and self.api.on_hand_over is not None:
            self.api.on_hand_over(asked["pr"])
        fault = self.faults.pop(0) if self.faults else None
        await asyncio.sleep(0)
        if fault is Fault.BEFORE:
            raise NotSent("card.example cannot be reached.")
        answer = (self.answers.pop(0) if self.answers else None) or self._act(url, asked, fault)
        if fault is not None:
            raise AnswerLost("card.example did not answer in time.")
        return Answer(200, json.dumps(answer).encode())

    async def post_json(self, url: Url, body: object, *, timeout_s: float) -> Answer:
        raise FetchError("never asked for")

    def _act(self, url: Url, asked: dict[str, str], fault: Fault | None) -> dict[str, object]:
        if not url.target.startswith("/pay"):
            self.looked_up.append(url.target)
            return self.offer
        self.submitted.append(asked)
        (invoice,) = (invoice for invoice in self.api.invoices.values() if invoice.bolt11 == asked["pr"])
        if self.api.card_pays and fault is not Fault.LOST and self.api.is_payable(invoice):
            self.api.settle(invoice.payment_hash)
        return {"status": "OK"}
