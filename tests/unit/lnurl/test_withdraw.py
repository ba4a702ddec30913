from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Callable

import pytest

from pos_app.core.money import Msat
from pos_app.lnurl import withdraw
from pos_app.lnurl.withdraw import (
    LinkLost,
    LinkRefused,
    NotReached,
    Outcome,
    OutOfRange,
    Step,
    WithdrawError,
    WithdrawOffer,
    look_up,
    read_offer,
    submit,
)
from pos_app.net.allow import AllowList
from pos_app.net.fetch import Answer, Fetcher
from pos_app.net.url import Url
from tests.support.drills import rounds
from tests.support.web import HOST, Deadline, Reply, Request, connections, http, serve

ROUNDS = rounds(100, 10_000)
ALLOW = AllowList([HOST])
FIELDS: dict[str, object] = {
    "tag": "withdrawRequest",
    "callback": "https://h.example/cb?id_unique_hash=abc",
    "k1": "k",
    "minWithdrawable": 1000,
    "maxWithdrawable": 50_000_500,
    "defaultDescription": "card",
}


def offer(callback: str = "https://h.example/cb", **changes: object) -> WithdrawOffer:
    return read_offer({**FIELDS, "callback": callback, **changes}, ALLOW)


async def asked(reply: Reply) -> tuple[WithdrawOffer, list[Request]]:
    async with serve(lambda _: reply) as server:
        found = await look_up(Fetcher(ALLOW), Url.parse(f"{server.url}/card?p=1&c=2"))
    return found, server.requests


async def handed_over(
    reply: Reply, pin: str | None = None, query: str = ""
) -> tuple[withdraw.Submitted, list[Request]]:
    async with serve(lambda _: reply) as server:
        told = await submit(Fetcher(ALLOW), offer(f"{server.url}/cb{query}"), "lnbc1", pin)
    return told, server.requests


async def reset(writer: asyncio.StreamWriter) -> None:
    writer.transport.abort()


async def test_look_up() -> None:
    found, requests = await asked(http(json.dumps({**FIELDS, "pinLimit": 5000})))
    assert found == WithdrawOffer(
        "k", Url.parse("https://h.example/cb?id_unique_hash=abc"), Msat(1000), Msat(50_000_500), Msat(5000), "card"
    )
    assert [request.target for request in requests] == ["/card?p=1&c=2"]
    assert read_offer(found.fields(), ALLOW) == found


async def test_a_description_is_one_short_plain_line() -> None:
    found, _ = await asked(http(json.dumps({**FIELDS, "defaultDescription": "a\n\u202eb\x1b[31m" + "c" * 500})))
    assert found.description.startswith("a b[31mc") and len(found.description) == 200
    assert offer(defaultDescription=5).description == ""


@pytest.mark.parametrize("status", [200, 400, 404, 500])
async def test_the_services_reason_counts_whatever_its_http_status(status: int) -> None:
    body = json.dumps({"status": "Error", "reason": "Card is\ndisabled.\u202e<b>"})
    with pytest.raises(LinkRefused) as caught:
        await asked(http(body, status))
    assert caught.value.reason == "Card is disabled.<b>"
    assert (caught.value.step, caught.value.outcome, caught.value.used) == (Step.LINK, Outcome.NOT_SENT, False)


@pytest.mark.parametrize(
    ("reason", "used"), [("This link is already used.", True), ("Withdraw is spent.", True), (5, False)]
)
async def test_a_used_link(reason: object, used: bool) -> None:
    with pytest.raises(LinkRefused) as caught:
        await asked(http(json.dumps({"status": "ERROR", "reason": reason})))
    assert caught.value.used is used


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"tag": "payRequest"}, "receive address"),
        ({"tag": "login"}, "not one that pays"),
        ({"tag": None}, "not one that pays"),
        ({"k1": ""}, "not valid"),
        ({"k1": 5}, "not valid"),
        ({"k1": "k" * 2000}, "not valid"),
        ({"callback": None}, "not valid"),
        ({"callback": "http://h.example/"}, "https"),
        ({"callback": "https://10.0.0.1/"}, "private"),
        ({"callback": "https://user:pw@h.example/"}, "user name"),
        ({"callback": "https://x.onion/"}, "Tor"),
        ({"minWithdrawable": None}, "not valid"),
        ({"minWithdrawable": -1}, "not valid"),
        ({"minWithdrawable": 1.0}, "not valid"),
        ({"minWithdrawable": "1000"}, "not valid"),
        ({"minWithdrawable": True}, "not valid"),
        ({"minWithdrawable": 60_000_000}, "not valid"),
        ({"maxWithdrawable": 21 * 10**17 + 1}, "not valid"),
        ({"pinLimit": -5}, "not valid"),
        ({"pinLimit": "5"}, "not valid"),
    ],
)
def test_an_offer_that_is_none(changes: dict[str, object], words: str) -> None:
    with pytest.raises(LinkRefused, match=words):
        read_offer({**FIELDS, **changes}, AllowList())


BODIES = [b"", b"null", b"[1]", b"5", b"\xff", b"{", b"[" * 60_000, b'{"a":' + b"9" * 5000 + b"}", b"<html>"]


@pytest.mark.parametrize("body", BODIES)
async def test_a_body_that_is_none(body: bytes) -> None:
    with pytest.raises(LinkLost):
        await asked(http(body))
    told, _ = await handed_over(http(body))
    assert told.outcome is Outcome.UNKNOWN and told.reason


async def test_link_not_reached_or_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    async with serve(lambda _: reset) as server:
        with pytest.raises(LinkLost):
            await look_up(Fetcher(ALLOW), Url.parse(server.url))
    with pytest.raises(NotReached) as caught:
        await look_up(Fetcher(ALLOW), Url.parse(server.url))
    assert caught.value.step is Step.CONNECT
    with connections() as seen, pytest.raises(NotReached, match="private"):
        await look_up(Fetcher(), Url.parse("https://10.0.0.1/"))
    assert seen == []
    deadline = Deadline(monkeypatch)
    with pytest.raises(LinkLost, match="in time"):
        await asked(deadline.hang)
    assert deadline.given_s == [8]


def test_amounts_are_compared_in_msat() -> None:
    found = offer(minWithdrawable=1500, maxWithdrawable=10_999)
    for inside in (1500, 10_999):
        found.check_amount(Msat(inside))
    with pytest.raises(OutOfRange, match="limit is 10 sat") as caught:
        found.check_amount(Msat(11_000))
    assert caught.value.step is Step.AMOUNT
    with pytest.raises(OutOfRange, match="no less than"):
        found.check_amount(Msat(1499))


def test_pin_below_at_and_above_the_limit() -> None:
    found = offer(pinLimit=5000)
    assert [found.needs_pin(Msat(amount)) for amount in (4999, 5000, 5001)] == [False, True, True]
    assert offer(pinLimit=0).needs_pin(Msat(1))
    assert not offer().needs_pin(Msat(10**9)) and not offer(pinLimit=None).needs_pin(Msat(1))


async def test_submit_keeps_the_callbacks_own_query() -> None:
    told, requests = await handed_over(http('{"status":"ok"}'), query="?id_unique_hash=abc")
    assert told == withdraw.Submitted(Outcome.PENDING)
    assert [request.target for request in requests] == ["/cb?id_unique_hash=abc&k1=k&pr=lnbc1"]
    _, requests = await handed_over(http('{"status":"OK"}'), pin="0420")
    assert requests[0].target == "/cb?k1=k&pr=lnbc1&pin=0420"


@pytest.mark.parametrize("status", [200, 400, 500])
async def test_a_refusal_is_no_proof(status: int) -> None:
    told, _ = await handed_over(http('{"status":"ERROR","reason":"Payment failed"}', status))
    assert told == withdraw.Submitted(Outcome.LIKELY_FAILED, "Payment failed")


@pytest.mark.parametrize("reply", [reset, http('{"status":"PAID"}'), http("{}"), http("", 502), http("{}", 302)])
async def test_a_lost_answer_is_unknown(reply: Reply) -> None:
    told, requests = await handed_over(reply)
    assert told.outcome is Outcome.UNKNOWN and len(requests) == 1


async def test_an_answer_after_the_time_out_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    deadline = Deadline(monkeypatch)
    told, requests = await handed_over(deadline.hang)
    assert told.outcome is Outcome.UNKNOWN and len(requests) == 1 and deadline.given_s == [30]


async def test_a_callback_that_was_not_reached() -> None:
    async with serve(lambda _: b"") as server:
        pass
    told = await submit(Fetcher(ALLOW), offer(f"{server.url}/cb"), "lnbc1")
    assert told.outcome is Outcome.NOT_SENT and told.reason

    async def inside(_host: str, _port: int) -> list[str]:
        return ["192.168.1.1"]

    with connections() as seen:
        told = await submit(Fetcher(resolve=inside), offer("https://h.example/cb"), "lnbc1")
    assert told.outcome is Outcome.NOT_SENT and "private" in told.reason and seen == []


def test_an_offer_shows_no_secret() -> None:
    text = repr(offer("https://h.example/cb?token=SECRET", k1="SECRET"))
    assert "SECRET" not in text


def mutated(source: random.Random, body: bytes) -> bytes:
    """The body with some bytes or JSON values exchanged, cut or repeated."""
    values = ["null", "-1", "1e999", "NaN", "true", '""', "[]", "{}", '"\\ud800"', "9" * 4400, '"\u202e"', "0.5"]
    data = bytearray(body)
    for _ in range(source.randint(1, 4)):
        at = source.randrange(len(data) + 1)
        match source.randrange(5):
            case 0:
                data[at : at + 1] = bytes([source.randrange(256)])
            case 1:
                del data[at : at + source.randint(1, 20)]
            case 2:
                data[at:at] = data[: source.randrange(len(data) + 1)]
            case 3:
                colon = data.find(b":", at)
                comma = data.find(b",", colon)
                if 0 <= colon < comma:
                    data[colon + 1 : comma] = source.choice(values).encode()
            case _:
                data[at:at] = source.choice(values).encode()
    return bytes(data)


@pytest.mark.drill
async def test_mutated_answers_raise_only_our_own_errors() -> None:
    source = random.Random(4)
    good = json.dumps({**FIELDS, "pinLimit": 5000}).encode()
    bodies: list[Callable[[], bytes]] = [
        lambda: mutated(source, good),
        lambda: mutated(source, b'{"status":"OK","reason":"x"}'),
    ]
    body = b""

    class Service(Fetcher):
        async def get(self, url: Url, *, timeout_s: float) -> Answer:
            return Answer(200, body)

    fetcher = Service(ALLOW)
    for _ in range(ROUNDS):
        body = source.choice(bodies)()
        try:
            found = await look_up(fetcher, Url.parse("https://h.example/"))
        except WithdrawError as error:
            assert len(error.message) < 400 and error.message.isprintable()
        else:
            assert 0 <= found.min.value <= found.max.value
        told = await submit(fetcher, offer(), "lnbc1")
        assert told.outcome is not Outcome.NOT_SENT and len(told.reason) <= 200


async def test_what_was_sent_does_not_come_back_in_a_reason() -> None:
    """A service may echo the token, the `k1` or the PIN; a reason goes into the journal, and that only grows."""
    said = json.dumps({"status": "ERROR", "reason": "Link Xk9-pQr7LmNo2StU is blocked"})
    async with serve(lambda _: http(said)) as server:
        with pytest.raises(LinkRefused) as caught:
            await look_up(Fetcher(ALLOW), Url.parse(f"{server.url}/api/Xk9-pQr7LmNo2StU"))
    assert caught.value.reason == "Link … is blocked"
    told = json.dumps({"status": "ERROR", "reason": "PIN 4711 is wrong for k1=Zz-token and kZz-tokens of 47110"})
    async with serve(lambda _: http(told)) as server:
        one = read_offer({**FIELDS, "callback": f"{server.url}/cb", "k1": "Zz-token"}, ALLOW)
        refused = await submit(Fetcher(ALLOW), one, "lnbc1", "4711")
    assert refused.reason == "PIN … is wrong for k1=… and kZz-tokens of 47110"
