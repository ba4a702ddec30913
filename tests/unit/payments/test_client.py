"""What the client sends, and what it makes of the answers."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from pos_app.core.bolt11 import Network
from pos_app.core.errors import PosError, UserError
from pos_app.core.money import Msat, Sat
from pos_app.payments.client import Client
from pos_app.payments.errors import (
    AdminKey,
    AnswerLost,
    NotKnown,
    NotLnbits,
    NotSetUp,
    PlainHttp,
    Refused,
    WrongKey,
)
from pos_app.payments.models import PaymentStatus
from pos_app.payments.results import Cancelled, TapOutcome, TapStep, WalletInfo
from tests.support.clock import ManualClock
from tests.support.http_server import Request, Respond, Server, always, reply, reset, serve
from tests.support.payments import HASH, wire_payment

KEY = "5ec7e7" * 5 + "00"
PLAIN_HEALTH = {"server_time": 1_795_325_941, "up_time": "00:06:44"}
ENGINE_HEALTH = PLAIN_HEALTH | {"network": "regtest", "practice": True, "source": "practice", "source_ok": True}


class Till:
    """A client and the server that it speaks to."""

    def __init__(self, client: Client, server: Server) -> None:
        self.client = client
        self.server = server


@asynccontextmanager
async def till(respond: Respond) -> AsyncIterator[Till]:
    async with serve(respond) as server:
        client = Client.remote(server.url, KEY, clock=ManualClock())
        try:
            yield Till(client, server)
        finally:
            await client.close()


def answering(status: int, body: object, **headers: str) -> Respond:
    return always(reply(status, body, **headers))


def by_path(**answers: bytes) -> Respond:
    """Answer by the last word of the path."""

    async def respond(request: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(answers[urlsplit(request.target).path.rsplit("/", 1)[1]])

    return respond


async def make(client: Client) -> Any:
    return await client.create_invoice(
        amount=Sat(21), memo="Sale K7Q2M9XA", expiry_s=600, extra={"reference": "K7Q2M9XA"}
    )


async def test_create_asks_to_receive_whole_sats() -> None:
    async with till(answering(201, wire_payment(21))) as at:
        payment = await make(at.client)

    assert (payment.payment_hash, payment.amount) == (HASH, 21_000)
    (request,) = at.server.requests
    assert (request.method, request.target) == ("POST", "/api/v1/payments")
    assert request.headers["x-api-key"] == KEY
    assert request.json == {
        "out": False,
        "amount": 21,
        "memo": "Sale K7Q2M9XA",
        "expiry": 600,
        "extra": {"reference": "K7Q2M9XA"},
    }


async def test_create_below_a_path() -> None:
    async with serve(answering(201, wire_payment(21))) as server:
        client = Client.remote(f"{server.url}/shop/", KEY, clock=ManualClock())
        await make(client)
        await client.close()

    assert server.requests[0].target == "/shop/api/v1/payments"


@pytest.mark.parametrize(
    ("respond", "error"),
    [
        (answering(404, {"detail": "Wallet not found."}), WrongKey),
        (answering(520, {"detail": "Invoice error", "status": "failed"}), Refused),
        (answering(307, b"", Location="/first_install"), NotSetUp),
        (answering(200, b"<html>please log in</html>"), AnswerLost),
        (answering(500, {"detail": "oops"}), AnswerLost),
        (reset, AnswerLost),
    ],
)
async def test_create_fails_by_name(respond: Respond, error: type[PosError]) -> None:
    async with till(respond) as at:
        with pytest.raises(error):
            await make(at.client)


async def test_a_memo_that_fits_no_invoice_is_not_sent() -> None:
    async with till(answering(201, wire_payment(21))) as at:
        with pytest.raises(ValueError, match="639"):
            await at.client.create_invoice(amount=Sat(21), memo="☕" * 214, expiry_s=600, extra={})
    assert at.server.requests == []


def details(**changes: Any) -> dict[str, Any]:
    return wire_payment(21, **changes)


@pytest.mark.parametrize(
    ("body", "paid", "status"),
    [
        ({"paid": False, "status": "pending", "preimage": "00" * 32, "details": details()}, False, "pending"),
        ({"paid": True, "preimage": "00" * 32, "details": details(status="success")}, True, "success"),
        ({"paid": False, "status": "failed", "details": details(status="failed")}, False, "failed"),
        ({"paid": True, "details": details(status="success", amount=-21_000)}, True, "success"),
        ({"paid": True, "details": details(status="pending")}, False, "pending"),
        ({"paid": True, "details": details(status="failed")}, False, "failed"),
        ({"paid": False, "details": details(status="success")}, False, "success"),
    ],
)
async def test_paid_is_what_the_server_says_twice(body: dict[str, Any], paid: bool, status: str) -> None:
    async with till(answering(200, body, Date="Sun, 22 Nov 2026 08:25:52 GMT")) as at:
        look = await at.client.look(HASH)

    assert (look.paid, look.status) == (paid, PaymentStatus(status))
    assert look.payment.payment_hash == HASH
    assert look.date_s == 1_795_335_952.0
    assert look.asked_monotonic_s == ManualClock().monotonic_s()
    assert at.server.requests[0].target == f"/api/v1/payments/{HASH}"


async def test_a_hash_that_the_server_does_not_know_is_not_known() -> None:
    async with till(answering(404, {"detail": "Payment does not exist."})) as at:
        with pytest.raises(NotKnown):
            await at.client.look(HASH)


@pytest.mark.parametrize("body", [{"paid": False, "preimage": None}, {"paid": True, "preimage": "70" * 32}])
async def test_a_look_without_details_means_that_the_key_is_wrong(body: dict[str, Any]) -> None:
    async with till(answering(200, body)) as at:
        with pytest.raises(WrongKey):
            await at.client.look(HASH)


async def test_the_word_about_another_invoice_is_none() -> None:
    body = {"paid": True, "details": details(status="success", payment_hash="cd" * 32)}
    async with till(answering(200, body)) as at:
        with pytest.raises(AnswerLost):
            await at.client.look(HASH)


@pytest.mark.parametrize("found", [404, 400, 520])
async def test_a_404_of_something_on_the_way_is_no_word_about_the_invoice(found: int) -> None:
    async with till(answering(found, b"<html>not found</html>")) as at:
        with pytest.raises(AnswerLost):
            await at.client.look(HASH)


async def test_find_by_reference_takes_exact_words_of_incoming_invoices() -> None:
    page = [
        details(memo="Sale K7Q2M9XA · table 4", payment_hash="01" * 32),
        details(memo="K7Q2M9XAB", payment_hash="02" * 32),
        details(memo="xK7Q2M9XA", payment_hash="03" * 32),
        details(memo="k7q2m9xa", payment_hash="04" * 32),
        details(memo=None, extra={"reference": "K7Q2M9XA"}, payment_hash="05" * 32, status="failed"),
        details(memo="Sale K7Q2M9XA", amount=-21_000, payment_hash="06" * 32),
        details(memo="(K7Q2M9XA)", payment_hash="07" * 32),
    ]
    async with till(answering(200, {"data": page, "total": 7})) as at:
        found = await at.client.find_by_reference("K7Q2M9XA")

    assert [payment.payment_hash[:2] for payment in found] == ["01", "05", "07"]
    target = urlsplit(at.server.requests[0].target)
    assert target.path == "/api/v1/payments/paginated"
    assert parse_qs(target.query) == {
        "search": ["K7Q2M9XA"],
        "limit": ["100"],
        "sortby": ["time"],
        "direction": ["desc"],
    }


async def test_find_by_reference_finds_nothing() -> None:
    async with till(answering(200, {"data": [], "total": 0})) as at:
        assert await at.client.find_by_reference("K7Q2M9XA") == ()


async def test_whole_records_since_a_moment() -> None:
    odd = details(payment_hash="03" * 32) | {"amount": "a lot"}
    page = [details(payment_hash="01" * 32, extra={"till": "t"}), odd, details(payment_hash="02" * 32, amount=-5)]
    async with till(answering(200, {"data": page, "total": 700})) as at:
        found = await at.client.made_since(1_773_489_600, offset=480)

    assert [payment.payment_hash[:2] for payment in found.payments] == ["01", "02"]
    assert found.payments[0].extra == {"till": "t"}
    assert (found.left_out, found.count, found.total) == (1, 3, 700)
    target = urlsplit(at.server.requests[0].target)
    assert parse_qs(target.query) == {
        "limit": ["500"],
        "offset": ["480"],
        "sortby": ["time"],
        "direction": ["desc"],
        "time[ge]": ["2026-03-14T12:00:00Z"],
    }


@pytest.mark.parametrize(("status", "body"), [(200, {"data": 5}), (200, []), (502, {"detail": "away"})])
async def test_whole_records_that_are_none(status: int, body: object) -> None:
    async with till(answering(status, body)) as at:
        with pytest.raises(AnswerLost):
            await at.client.made_since(0)


async def test_our_engine_cancels() -> None:
    answers = by_path(health=reply(200, ENGINE_HEALTH), cancel=reply(200, details(status="failed")))
    async with till(answers) as at:
        assert await at.client.cancel(HASH) is Cancelled.CANCELLED

    request = at.server.requests[-1]
    assert (request.method, request.target) == ("POST", "/api/v1/payments/cancel")
    assert request.json == {"payment_hash": HASH}
    assert request.headers["x-api-key"] == KEY


@pytest.mark.parametrize(
    ("look", "outcome"),
    [
        ({"paid": True, "details": details(status="success")}, Cancelled.ALREADY_PAID),
        ({"paid": False, "details": details()}, Cancelled.CANNOT),
    ],
)
async def test_a_refused_cancel_is_looked_at(look: dict[str, Any], outcome: Cancelled) -> None:
    refused = reply(520, {"detail": "already paid", "status": "failed"})
    async with till(by_path(health=reply(200, ENGINE_HEALTH), cancel=refused, **{HASH: reply(200, look)})) as at:
        assert await at.client.cancel(HASH) is outcome


async def test_another_server_is_not_even_asked_to_cancel() -> None:
    async with till(by_path(health=reply(200, PLAIN_HEALTH))) as at:
        assert await at.client.cancel(HASH) is Cancelled.CANNOT
    assert [request.method for request in at.server.requests] == ["GET"]


async def test_a_lost_answer_of_cancel_is_not_a_cancel() -> None:
    async with till(by_path(health=reply(200, ENGINE_HEALTH), cancel=reply(502, b"bad gateway"))) as at:
        with pytest.raises(AnswerLost):
            await at.client.cancel(HASH)


async def test_the_wallet_of_an_invoice_key() -> None:
    async with till(answering(200, {"name": "Till", "balance": 150_558_000})) as at:
        wallet = await at.client.wallet()

    assert wallet == WalletInfo("Till", Msat(150_558_000), None)
    wallet.require_invoice_key()
    assert at.server.requests[0].target == "/api/v1/wallet"


async def test_an_admin_key_shows_by_the_id() -> None:
    async with till(answering(200, {"name": "Till", "balance": 0, "id": "d10a"})) as at:
        wallet = await at.client.wallet()

    with pytest.raises(AdminKey, match="only the invoice key"):
        wallet.require_invoice_key()


@pytest.mark.parametrize(
    ("respond", "error"),
    [
        (answering(404, {"detail": "Wallet not found."}), WrongKey),
        (answering(200, b"<html>a shop</html>"), NotLnbits),
        (answering(200, {"name": "no wallet"}), NotLnbits),
        (answering(404, b"<html>not found</html>"), NotLnbits),
        (answering(404, {"detail": "Not Found"}), NotLnbits),
        (answering(302, b"", Location="/login"), NotLnbits),
        (answering(307, b"", Location="/first_install"), NotSetUp),
        (answering(503, b"<html>later</html>"), AnswerLost),
    ],
)
async def test_who_is_there_at_all(respond: Respond, error: type[PosError]) -> None:
    async with till(respond) as at:
        with pytest.raises(error):
            await at.client.wallet()
        if error is not WrongKey:
            with pytest.raises(error):
                await at.client.health()


async def test_health_of_an_lnbits() -> None:
    async with till(answering(200, PLAIN_HEALTH)) as at:
        health = await at.client.health()

    assert (health.engine, health.network, health.practice, health.source_ok) == (False, None, None, None)
    assert "x-api-key" not in at.server.requests[0].headers


async def test_health_of_our_engine() -> None:
    async with till(answering(200, ENGINE_HEALTH)) as at:
        health = await at.client.health()

    assert (health.engine, health.network, health.practice, health.source_ok) == (True, Network.REGTEST, True, True)


async def test_health_of_a_network_that_nobody_knows() -> None:
    async with till(answering(200, ENGINE_HEALTH | {"network": "liquid"})) as at:
        with pytest.raises(NotLnbits, match="network"):
            await at.client.health()


async def test_a_tap_goes_out_byte_for_byte_and_without_key() -> None:
    link = "lnurlw://cards.example/Ab?p=00FF&c=0a&x=%2F"
    async with till(answering(200, {"success": True, "detail": {"status": "OK"}})) as at:
        assert (await at.client.pay_with_nfc("lnbc210n1p4s", link)).outcome is TapOutcome.PENDING

    (request,) = at.server.requests
    assert (request.method, request.target) == ("POST", "/api/v1/payments/lnbc210n1p4s/pay-with-nfc")
    assert request.json == {"lnurl_w": link}
    assert "x-api-key" not in request.headers


async def test_a_pin_goes_on_with_the_session() -> None:
    body = {"detail": "wrong PIN", "step": "callback", "outcome": "likely_failed"}
    async with till(answering(400, body)) as at:
        answer = await at.client.pay_with_nfc("lnbc210n1p4s", "lnurlw://cards.example/", session="s1", pin="1234")

    assert (answer.step, answer.outcome) == (TapStep.CALLBACK, TapOutcome.LIKELY_FAILED)
    assert at.server.requests[0].json == {"session": "s1", "pin": "1234"}


async def test_the_key_is_in_no_error_no_text_and_no_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    echo = {"detail": f"unknown key {KEY}"}
    async with till(answering(400, echo)) as at:
        with pytest.raises(Refused) as raised:
            await make(at.client)
        texts = [
            str(raised.value),
            repr(raised.value),
            repr(at.client),
            repr(vars(at.client)["_transport"]),
            caplog.text,
        ]

    assert all(KEY not in text for text in texts)


@pytest.mark.parametrize("key", ["", "a b", "key\r\nX-Evil: 1", "ключ", "x" * 500])
def test_what_cannot_be_a_key_is_a_wrong_key(key: str) -> None:
    with pytest.raises(WrongKey) as raised:
        Client.remote("https://lnbits.example.com", key, clock=ManualClock())
    assert not key or key not in str(raised.value)


def test_plain_http_to_another_computer_needs_a_yes() -> None:
    with pytest.raises(PlainHttp) as raised:
        Client.remote("http://192.168.1.7:5000/", KEY, clock=ManualClock())
    assert isinstance(raised.value, UserError)

    client = Client.remote("http://192.168.1.7:5000/", KEY, clock=ManualClock(), plain_http=True)
    assert (client.address, client.is_embedded) == ("http://192.168.1.7:5000", False)


Message = MutableMapping[str, Any]


class Feed:
    """A push in the same process."""

    def is_up(self, name: str) -> bool:
        return name == HASH

    async def watch(self, name: str) -> AsyncIterator[None]:
        assert name == HASH
        yield


async def test_embedded_speaks_to_the_application_itself() -> None:
    seen: list[Any] = []

    async def app(
        scope: Message, receive: Callable[[], Awaitable[Message]], send: Callable[[Message], Awaitable[None]]
    ) -> None:
        headers = dict(scope["headers"])
        seen.append((scope["method"], scope["path"], headers[b"x-api-key"], await receive()))
        body = json.dumps({"paid": True, "details": details(status="success")}).encode()
        start = {"type": "http.response.start", "status": 200, "headers": [(b"date", b"Sun, 22 Nov 2026 08:25:52 GMT")]}
        await send(start)
        await send({"type": "http.response.body", "body": body})

    client = Client.embedded(app, KEY, Feed(), clock=ManualClock())
    look = await client.look(HASH)

    assert look.paid
    assert look.date_s is None, "our own clock proves nothing"
    assert seen[0][:3] == ("GET", f"/api/v1/payments/{HASH}", KEY.encode())
    assert client.is_embedded
    assert client.pushing(HASH)
    assert [None async for _ in client.watch(HASH)] == [None]
    await client.close()


async def test_embedded_is_not_limited() -> None:
    async def app(_scope: Message, _receive: object, send: Callable[[Message], Awaitable[None]]) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": json.dumps(ENGINE_HEALTH).encode()})

    client = Client.embedded(app, KEY, Feed(), clock=ManualClock())
    for _ in range(100):
        await client.health()
    await client.close()
