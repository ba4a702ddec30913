from __future__ import annotations

import asyncio
import gzip
import json
import ssl
import tracemalloc
from collections.abc import Sequence

import pytest
import trustme

from pos_app.net.addresses import Resolve
from pos_app.net.allow import AllowList
from pos_app.net.errors import AnswerLost, Forbidden, NotSent
from pos_app.net.fetch import MAX_BODY_BYTES, Fetcher
from pos_app.net.url import Url
from tests.support.web import HOST, Deadline, Reply, Request, connections, http, serve
from tests.unit.net.test_addresses import PRIVATE

QUICK_S = 0.1


def resolver(*addresses: str) -> tuple[Resolve, list[str]]:
    asked: list[str] = []

    async def resolve(host: str, _port: int) -> Sequence[str]:
        asked.append(host)
        if not addresses:
            raise OSError("no such name")
        return addresses

    return resolve, asked


async def get(url: str, allow: str, timeout_s: float = 5) -> tuple[int, bytes]:
    answer = await Fetcher(AllowList([allow])).get(Url.parse(url), timeout_s=timeout_s)
    return answer.status, answer.body


async def test_get_sends_the_target_as_it_is_and_little_else() -> None:
    async with serve(lambda _: http("{}", 404)) as server:
        assert await get(f"{server.url}/Card?p=AB%2f&c=+x", server.host_port) == (404, b"{}")
        assert await get(f"{server.url}/again", server.host_port) == (404, b"{}")
    request = server.requests[0]
    assert (request.method, request.target, request.body) == ("GET", "/Card?p=AB%2f&c=+x", b"")
    assert request.headers == {
        "host": server.host_port,
        "user-agent": "lnurl",
        "accept": "application/json",
        "accept-encoding": "identity",
        "connection": "close",
    }


async def test_post_json() -> None:
    async with serve(lambda _: http("")) as server:
        fetcher = Fetcher(AllowList([server.host_port]))
        answer = await fetcher.post_json(Url.parse(f"{server.url}/hook"), {"paid": True}, timeout_s=5)
    assert answer.status == 200
    assert server.requests[0].method == "POST" and json.loads(server.requests[0].body) == {"paid": True}
    assert server.requests[0].headers["content-type"] == "application/json"


@pytest.mark.parametrize("address", [a for a in PRIVATE if a != "nonsense"])
async def test_a_name_that_leads_inside_is_never_connected_to(address: str) -> None:
    resolve, asked = resolver(address, "1.1.1.1")
    with connections() as seen, pytest.raises(Forbidden, match="private network"):
        await Fetcher(resolve=resolve).get(Url.parse("https://h.example/"), timeout_s=5)
    assert seen == [] and asked == ["h.example"]


async def test_every_address_of_a_name_is_checked() -> None:
    resolve, _ = resolver("1.1.1.1", "10.0.0.1")
    with connections() as seen, pytest.raises(Forbidden):
        await Fetcher(resolve=resolve).get(Url.parse("https://h.example/"), timeout_s=5)
    assert seen == []


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "127.1", "0x7f.1", "2130706433", "[::1]", "[::ffff:127.0.0.1]", "localhost"]
)
async def test_an_inside_host_is_never_connected_to(host: str) -> None:
    resolve, asked = resolver("127.0.0.1")
    with connections() as seen, pytest.raises(Forbidden):
        await Fetcher(resolve=resolve).get(Url.parse(f"https://{host}/"), timeout_s=5)
    assert seen == asked == []


async def test_connects_to_the_address_that_was_checked_and_resolves_once() -> None:
    async with serve(lambda _: http("{}")) as server:
        resolve, asked = resolver(HOST)
        fetcher = Fetcher(AllowList(["card.example"]), resolve=resolve)
        with connections() as seen:
            await fetcher.get(Url.parse(f"http://card.example:{server.port}/"), timeout_s=5)
    assert seen == [HOST] and asked == ["card.example"]
    assert server.requests[0].headers["host"] == f"card.example:{server.port}"


async def test_tries_the_next_address() -> None:
    async with serve(lambda _: http("{}")) as server:
        resolve, _ = resolver("127.0.0.77", HOST)
        fetcher = Fetcher(AllowList(["card.example"]), resolve=resolve)
        assert (await fetcher.get(Url.parse(f"http://card.example:{server.port}/"), timeout_s=5)).status == 200


async def test_the_certificate_must_fit_the_urls_host() -> None:
    authority = trustme.CA()
    ours = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("card.example").configure_cert(ours)
    client = ssl.create_default_context()
    authority.configure_trust(client)
    resolve, _ = resolver(HOST)
    async with serve(lambda _: http("{}"), tls=ours) as server:
        allow = AllowList([f"card.example:{server.port}", f"other.example:{server.port}"])
        fetcher = Fetcher(allow, resolve=resolve, tls=client)
        assert (await fetcher.get(Url.parse(f"https://card.example:{server.port}/"), timeout_s=5)).status == 200
        with pytest.raises(NotSent, match="certificate"):
            await fetcher.get(Url.parse(f"https://other.example:{server.port}/"), timeout_s=5)
    assert len(server.requests) == 1


async def test_a_host_that_is_not_found_or_does_not_listen() -> None:
    resolve, _ = resolver()
    with pytest.raises(NotSent, match="not found"):
        await Fetcher(resolve=resolve).get(Url.parse("https://h.example/"), timeout_s=5)
    async with serve(lambda _: http("")) as server:
        pass
    with pytest.raises(NotSent, match="cannot be reached"):
        await get(f"{server.url}/", server.host_port)


async def test_a_look_up_without_end() -> None:
    async def resolve(_host: str, _port: int) -> Sequence[str]:
        await asyncio.get_running_loop().create_future()
        return []

    with pytest.raises(NotSent, match="in time"):
        await Fetcher(resolve=resolve).get(Url.parse("https://h.example/"), timeout_s=QUICK_S)


async def hang(_writer: asyncio.StreamWriter) -> None:
    await asyncio.get_running_loop().create_future()


async def pour(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
    while True:
        writer.write(b"x" * 65536)
        await writer.drain()


async def reset(writer: asyncio.StreamWriter) -> None:
    writer.transport.abort()


BOMB = gzip.compress(bytes(10_000_000))
LOST: dict[str, tuple[Reply, str]] = {
    "pours": (pour, "too long"),
    "resets": (reset, "broke"),
    "closes early": (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx", "broke"),
    "no HTTP": (b"\x00\xff nonsense\r\n\r\n", "broke"),
    "endless header": (b"HTTP/1.1 200 OK\r\nX: " + b"x" * 300_000, "broke"),
    "gzip": (http(BOMB, 200, "Content-Encoding: gzip"), "compressed"),
    "brotli": (http("", 200, "content-encoding: br"), "compressed"),
    "too long": (http("x" * (MAX_BODY_BYTES + 1)), "too long"),
    "stated too long": (b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n" + b"x" * 70_000, "too long"),
}


@pytest.mark.parametrize("case", LOST)
async def test_an_answer_that_is_none(case: str) -> None:
    reply, words = LOST[case]
    async with serve(lambda _: reply) as server:
        tracemalloc.start()
        with pytest.raises(AnswerLost, match=words):
            await get(f"{server.url}/?p=SECRET", server.host_port)
        _, peak_bytes = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert len(server.requests) == 1
    assert peak_bytes < 5_000_000


@pytest.mark.parametrize("how", ["hang", "drip"])
async def test_an_answer_that_takes_too_long(how: str, monkeypatch: pytest.MonkeyPatch) -> None:
    deadline = Deadline(monkeypatch)
    async with serve(lambda _: getattr(deadline, how)) as server:
        with pytest.raises(AnswerLost, match="in time"):
            await get(f"{server.url}/?p=SECRET", server.host_port, timeout_s=8)
    assert len(server.requests) == 1 and deadline.given_s == [8]


async def test_the_longest_answer_that_is_taken() -> None:
    async with serve(lambda _: http("x" * MAX_BODY_BYTES)) as server:
        assert len((await get(server.url, server.host_port))[1]) == MAX_BODY_BYTES


async def test_a_redirect_is_not_followed() -> None:
    async with serve(lambda _: http("", 302, "Location: http://10.0.0.1/")) as server:
        with connections() as seen:
            assert (await get(server.url, server.host_port))[0] == 302
    assert seen == [HOST]


async def test_a_handshake_without_end_has_sent_nothing() -> None:
    async with serve(lambda _: b"") as server:  # waits for the end of a request's head
        with pytest.raises(NotSent, match="in time"):
            await get(f"https://{server.host_port}/", HOST, timeout_s=QUICK_S)


async def test_a_request_can_be_cancelled() -> None:
    arrived = asyncio.Event()

    def answer(_: Request) -> Reply:
        arrived.set()
        return hang

    async with serve(answer) as server:
        task = asyncio.create_task(get(server.url, server.host_port))
        await arrived.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


async def test_errors_name_the_host_and_never_the_path() -> None:
    async with serve(lambda _: b"") as server:
        with pytest.raises(AnswerLost) as caught:
            await get(f"{server.url}/card?p=SECRET", server.host_port)
    assert "SECRET" not in str(caught.value) and HOST in str(caught.value)
