"""One HTTP request to a host that we do not trust.

The name is resolved once, every address is checked, and the connection goes to the checked address; the certificate is
still checked against the URL's host. So no answer of a name server can lead us to an address inside the shop.
"""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import anyio
import httpcore
import httpx

from pos_app.net import addresses
from pos_app.net.allow import AllowList
from pos_app.net.errors import AnswerLost, FetchError, Forbidden, NotSent
from pos_app.net.url import Url

MAX_BODY_BYTES = 64 * 1024
CONNECT_TIMEOUT_S = 3.0
"""For one of the host's addresses, so that a dead one leaves time for the next."""
MAX_ADDRESSES = 4
_TROUBLE = (
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.TimeoutException,
    anyio.BrokenResourceError,
    OSError,
)


@dataclass(frozen=True, slots=True)
class Answer:
    """What the host said: at most 64 KiB, as sent. A redirect is an answer like any other."""

    status: int
    body: bytes = field(repr=False)


class Fetcher:
    """Fetches from public hosts by https, and from the allow-list's hosts wherever they are.

    No redirects, no cookies, no proxies, no compression, one connection for each request. `resolve` and `tls` are the
    system's by default. Safe for any number of requests at once in one event loop; holds nothing that needs closing.
    """

    def __init__(
        self,
        allow: AllowList | None = None,
        *,
        resolve: addresses.Resolve = addresses.look_up,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.allow = allow or AllowList()
        self._resolve = resolve
        self._tls = tls

    async def get(self, url: Url, *, timeout_s: float) -> Answer:
        """GET. `timeout_s` bounds the whole request, from the name look-up to the last byte.

        Raises NotSent (Forbidden) if no byte of the request left us, AnswerLost if one did.
        """
        return await self._request("GET", url, None, timeout_s)

    async def post_json(self, url: Url, body: object, *, timeout_s: float) -> Answer:
        """POST `body` as JSON; else as `get`."""
        return await self._request("POST", url, json.dumps(body).encode(), timeout_s)

    async def _request(self, method: str, url: Url, content: bytes | None, timeout_s: float) -> Answer:
        self.allow.check(url)
        if self._tls is None and url.scheme == "https":
            self._tls = httpx.create_ssl_context()
        backend = _CheckedBackend(self._resolve, anywhere=self.allow.covers(url.host, url.port))
        try:
            async with (
                asyncio.timeout(timeout_s),
                httpcore.AsyncConnectionPool(self._tls, max_connections=1, network_backend=backend) as pool,
                pool.stream(method, _target(url), headers=_headers(url, content), content=content) as response,
            ):
                return Answer(response.status, await _body(response, url.host))
        except FetchError:
            raise
        except TimeoutError as error:
            if backend.sent:
                raise AnswerLost(f"{url.host} did not answer in time.") from error
            raise NotSent(f"{url.host} could not be reached in time.") from error
        except _TROUBLE as error:
            if backend.sent:
                raise AnswerLost(f"The connection to {url.host} broke before its answer was complete.") from error
            raise NotSent(f"{url.host} cannot be reached.") from error


def _target(url: Url) -> httpcore.URL:
    return httpcore.URL(scheme=url.scheme, host=url.host, port=url.port, target=url.target)


def _headers(url: Url, content: bytes | None) -> list[tuple[str, str]]:
    headers = [
        ("Host", url.netloc),
        ("User-Agent", "lnurl"),
        ("Accept", "application/json"),
        ("Accept-Encoding", "identity"),
        ("Connection", "close"),
    ]
    if content is not None:
        headers += [("Content-Type", "application/json"), ("Content-Length", str(len(content)))]
    return headers


async def _body(response: httpcore.Response, host: str) -> bytes:
    for name, value in response.headers:
        if name.lower() == b"content-encoding" and value.strip().lower() not in (b"", b"identity"):
            raise AnswerLost(f"{host} sent a compressed answer, which was not asked for.")
    body = bytearray()
    async for chunk in response.aiter_stream():
        body += chunk
        if len(body) > MAX_BODY_BYTES:
            raise AnswerLost(f"{host} sent a far too long answer.")
    return bytes(body)


class _CheckedBackend(httpcore.AsyncNetworkBackend):
    """Connects for one request: to checked addresses only, noting whether a byte of the request was written."""

    def __init__(self, resolve: addresses.Resolve, *, anywhere: bool) -> None:
        self.sent = False
        self._resolve = resolve
        self._anywhere = anywhere
        self._inner = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        failure: Exception | None = None
        for address in await self._addresses(host, port):
            try:
                stream = await self._inner.connect_tcp(
                    address, port, timeout or CONNECT_TIMEOUT_S, local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
            else:
                return _Stream(stream, self)
        raise NotSent(f"{host} cannot be reached.") from failure

    async def _addresses(self, host: str, port: int) -> Sequence[str]:
        number = addresses.literal(host)
        try:
            found = [number] if number else await self._resolve(host, port)
        except OSError as error:
            raise NotSent(f"{host} was not found.") from error
        if not self._anywhere and not all(map(addresses.is_public, found)):
            raise Forbidden(f"{host} leads to an address inside a private network.")
        return found[:MAX_ADDRESSES]


class _Stream(httpcore.AsyncNetworkStream):
    def __init__(self, inner: httpcore.AsyncNetworkStream, backend: _CheckedBackend) -> None:
        self._inner = inner
        self._backend = backend

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return await self._inner.read(max_bytes, timeout)

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._backend.sent = True  # before the write: a part of it may leave even when it fails
        await self._inner.write(buffer, timeout)

    async def aclose(self) -> None:
        await self._inner.aclose()

    async def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.AsyncNetworkStream:
        try:
            stream = await self._inner.start_tls(ssl_context, server_hostname, timeout)
        except httpcore.ConnectError as error:
            if isinstance(error.__cause__, ssl.SSLError):
                raise NotSent(f"The certificate of {server_hostname} is not valid.") from error
            raise
        except asyncio.CancelledError:  # the library closes on errors only
            await self._inner.aclose()
            raise
        return _Stream(stream, self._backend)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)
