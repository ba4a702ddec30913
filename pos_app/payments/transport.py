"""One request and its answer, over HTTP or in process, with the one question that money asks: did it leave us?"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass, field
from typing import Any

import httpx

from pos_app.core.clock import Clock
from pos_app.payments import tls
from pos_app.payments.address import Address
from pos_app.payments.errors import AnswerLost, CertificateChanged, CertificateUnknown, NotSent, RateLimited
from pos_app.payments.limit import Limit

MAX_ANSWER_BYTES = 4 * 1024 * 1024
MAX_CONNECTIONS = 10
CONNECT_TIMEOUT_S = 4.0  # for TCP, and again for TLS
DEFAULT_PAUSE_S = 10.0
LONGEST_PAUSE_S = 60
KEEPALIVE_S = 3.0  # below the 5 s after which common servers close, so that no request meets a closing connection
HEADERS = {"Accept": "application/json", "Accept-Encoding": "identity", "Cache-Control": "no-cache"}
_IN_PROCESS_URL = "http://engine.invalid"

ASGIApp = Callable[
    [
        MutableMapping[str, Any],
        Callable[[], Awaitable[MutableMapping[str, Any]]],
        Callable[[MutableMapping[str, Any]], Awaitable[None]],
    ],
    Awaitable[None],
]

IsWhole = Callable[[], bool]


@dataclass(frozen=True, slots=True)
class Answer:
    """A complete answer of at most 4 MiB; nothing in it is believed yet."""

    status: int
    headers: httpx.Headers
    body: bytes = field(repr=False)


class Transport:
    """Sends requests to one API. Every failure is NotSent, AnswerLost, RateLimited or CertificateUnknown."""

    def __init__(
        self, connect: Callable[[], httpx.AsyncClient], *, address: Address | None, pinned: bool, limit: Limit | None
    ) -> None:
        self._connections = _Connections(connect)
        self._address = address
        self._pinned = pinned
        self._limit = limit

    @classmethod
    def remote(cls, address: Address, *, clock: Clock, tls_rules: ssl.SSLContext | None, pinned: bool) -> Transport:
        """Over HTTP(S). `tls_rules` is None for plain HTTP."""

        def connect() -> httpx.AsyncClient:
            return httpx.AsyncClient(
                base_url=address.text,
                headers=HEADERS,
                timeout=httpx.Timeout(None, connect=CONNECT_TIMEOUT_S),
                limits=httpx.Limits(max_connections=MAX_CONNECTIONS, keepalive_expiry=KEEPALIVE_S),
                verify=tls_rules if tls_rules is not None else False,
                trust_env=False,
                follow_redirects=False,
            )

        return cls(connect, address=address, pinned=pinned, limit=Limit(clock))

    @classmethod
    def in_process(cls, app: ASGIApp, is_whole: IsWhole = lambda: True) -> Transport:
        """Straight into an ASGI application; the moment it is called counts as sent.

        While `is_whole` says no, no request gets through to it, and no answer back.
        """

        def connect() -> httpx.AsyncClient:
            return httpx.AsyncClient(transport=_InProcess(app, is_whole), base_url=_IN_PROCESS_URL, headers=HEADERS)

        return cls(connect, address=None, pinned=False, limit=None)

    async def close(self) -> None:
        await self._connections.close()

    async def send(
        self,
        method: str,
        path: str,
        *,
        key: str | None = None,
        params: Mapping[str, str] | None = None,
        json: object = None,
        timeout_s: float,
        sale: bool = False,
        sync: bool = False,
    ) -> Answer:
        """One request; `timeout_s` covers all of it, from the first wait to the last byte of the answer.

        Requests of a `sale` go before all others, those of a `sync` behind them.
        """
        departure = _Departure()
        try:
            async with asyncio.timeout(timeout_s):
                if self._limit is not None:
                    await self._limit.turn(sale=sale, sync=sync)
                async with self._connections.use() as http:
                    request = http.build_request(
                        method,
                        path,
                        params=params,
                        json=json,
                        headers={"X-Api-Key": key} if key else {},
                        extensions={"trace": departure.trace},
                    )
                    answer = await _exchange(http, request)
        except TimeoutError:
            raise departure.error("The server did not answer in time.") from None
        except (httpx.TransportError, OSError) as error:  # errors of TLS after the handshake come as they are
            if self._address is not None and _caused_by(error, ssl.SSLCertVerificationError) and not departure.sent:
                sha256 = await tls.shown_by(self._address.host, self._address.port)
                raise (CertificateChanged if self._pinned else CertificateUnknown)(sha256) from None
            raise departure.error(_in_words(error)) from error
        if answer.status == 429:
            pause_s = _retry_after_s(answer)
            if self._limit is not None:
                self._limit.close(pause_s)
            raise RateLimited(pause_s)
        return answer


class _Connections:
    """The connections to the API, kept from one request to the next.

    Once a request was broken off they are all replaced: httpcore 1.0 may count the connection of a cancelled request
    as busy for ever, and after `MAX_CONNECTIONS` of them no request would get through any more.
    """

    def __init__(self, connect: Callable[[], httpx.AsyncClient]) -> None:
        self._connect = connect
        self._http = connect()
        self._requests: Counter[httpx.AsyncClient] = Counter()

    @contextlib.asynccontextmanager
    async def use(self) -> AsyncIterator[httpx.AsyncClient]:
        """For one request. Those that were replaced are closed with the last request on them."""
        http = self._http
        self._requests[http] += 1
        try:
            yield http
        except BaseException:
            if self._http is http:
                self._http = self._connect()
            raise
        finally:
            self._requests[http] -= 1
            if not self._requests[http]:
                del self._requests[http]
                if self._http is not http:
                    await http.aclose()

    async def close(self) -> None:
        await self._http.aclose()


async def _exchange(http: httpx.AsyncClient, request: httpx.Request) -> Answer:
    response = await http.send(request, stream=True)
    try:
        body = bytearray()
        async for chunk in response.aiter_raw():
            body += chunk
            if len(body) > MAX_ANSWER_BYTES:
                raise AnswerLost("The server's answer is too long.")
        return Answer(response.status_code, response.headers, bytes(body))
    finally:
        await response.aclose()


class _InProcess(httpx.AsyncBaseTransport):
    """The ASGI application as a server whose line can be cut."""

    def __init__(self, app: ASGIApp, is_whole: IsWhole) -> None:
        self._is_whole = is_whole
        self._app = httpx.ASGITransport(app, raise_app_exceptions=False)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if not self._is_whole():
            raise httpx.ConnectError("no line", request=request)
        await request.extensions["trace"]("asgi.send_request", {})
        response = await self._app.handle_async_request(request)
        if not self._is_whole():
            await response.aclose()
            raise httpx.ReadError("the line was cut", request=request)
        return response


class _Departure:
    """Watches for the moment in which the first byte of a request may leave."""

    def __init__(self) -> None:
        self.sent = False

    async def trace(self, event: str, _info: Mapping[str, Any]) -> None:
        self.sent |= ".send_request" in event

    def error(self, words: str) -> NotSent | AnswerLost:
        return AnswerLost(words) if self.sent else NotSent(words)


def _retry_after_s(answer: Answer) -> float:
    with contextlib.suppress(ValueError):
        return float(min(max(int(answer.headers.get("Retry-After", "")), 1), LONGEST_PAUSE_S))
    return DEFAULT_PAUSE_S


def _caused_by(error: BaseException, kind: type[BaseException]) -> bool:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, kind):
            return True
        cause = cause.__cause__ or cause.__context__
    return False


def _in_words(error: Exception) -> str:
    if _caused_by(error, socket.gaierror):
        return "The server's name was not found."
    if _caused_by(error, ssl.SSLError):
        return "No encrypted connection to the server could be made."
    if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout):
        return "The server could not be reached."
    return "The connection to the server broke."
