"""Pushes of a server: one websocket for each invoice that is watched."""

from __future__ import annotations

import logging
import random
import ssl
from collections import Counter
from collections.abc import AsyncIterator

from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException

from pos_app.core.clock import Clock

SHORTEST_PAUSE_S = 1.0
LONGEST_PAUSE_S = 60.0
OPEN_TIMEOUT_S = 10.0
CLOSE_TIMEOUT_S = 0.5
MAX_MESSAGE_BYTES = 64 * 1024

_log = logging.getLogger(__name__)


class WebsocketPush:
    """One websocket a name, `…/api/v1/ws/{name}`, made again after 1 s to 60 s, longer with each failure."""

    def __init__(self, address: str, *, clock: Clock, tls_rules: ssl.SSLContext | None) -> None:
        self._address = address
        self._clock = clock
        self._tls_rules = tls_rules
        self._up: Counter[str] = Counter()

    def is_up(self, name: str) -> bool:
        return self._up[name] > 0

    async def watch(self, name: str) -> AsyncIterator[None]:
        pause_s = SHORTEST_PAUSE_S
        while True:
            began_s = self._clock.monotonic_s()
            try:
                async with self._connect(name) as socket:
                    self._up[name] += 1
                    try:
                        yield
                        async for _ in socket:
                            yield
                    finally:
                        self._up[name] -= 1
            except (OSError, WebSocketException) as error:
                _log.debug("no pushes for now, polls go on: %s", type(error).__name__)
            if self._clock.monotonic_s() - began_s > LONGEST_PAUSE_S:
                pause_s = SHORTEST_PAUSE_S
            await self._clock.sleep(pause_s * random.uniform(0.75, 1.25))
            pause_s = min(2 * pause_s, LONGEST_PAUSE_S)

    def _connect(self, name: str) -> connect:
        return _ConnectHere(
            f"{self._address}/api/v1/ws/{name}",
            ssl=self._tls_rules,
            proxy=None,
            compression=None,
            open_timeout=OPEN_TIMEOUT_S,
            close_timeout=CLOSE_TIMEOUT_S,
            max_size=MAX_MESSAGE_BYTES,
            max_queue=4,
        )


class _ConnectHere(connect):
    def process_redirect(self, exc: Exception) -> Exception | str:
        return exc
