"""Who listens to what: a name (a payment hash, or a wallet) and the messages that go to it."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Iterable

BACKLOG = 256
"""Messages kept for a listener that does not read; with more it is cut off, and must look for itself again."""


def wallet_feed(wallet_id: str) -> str:
    """The name under which all settlements of a wallet are published."""
    return f"wallet:{wallet_id}"


class Feed:
    """Fan-out of prepared messages on one event loop. Nothing is kept for those who come later."""

    def __init__(self) -> None:
        self._listeners: dict[str, set[Subscription]] = {}
        self._is_closed = False

    def publish(self, names: Iterable[str], payload: bytes) -> None:
        """Give the same bytes to every listener of each name. Never waits."""
        for name in names:
            for listener in tuple(self._listeners.get(name, ())):
                listener._put(payload)

    def subscribe(self, name: str) -> Subscription:
        """Listen from this moment on. Iterate it, and close it (it is a context manager)."""
        return Subscription(self._listeners, name)

    async def watch(self, name: str) -> AsyncGenerator[None]:
        """Yield once for each message to `name`, and where some were lost (`payments.push.Push`)."""
        while not self._is_closed:
            with self.subscribe(name) as subscription:
                async for _ in subscription:
                    yield None
            yield None

    def is_up(self, name: str) -> bool:  # noqa: ARG002
        """The feed is in process: it is always there."""
        return True

    def close(self) -> None:
        """End every listener's iteration."""
        self._is_closed = True
        for listeners in tuple(self._listeners.values()):
            for listener in tuple(listeners):
                listener.close()


class Subscription:
    """One listener of one name. Ends when it is closed, or when it fell `BACKLOG` messages behind."""

    def __init__(self, listeners: dict[str, set[Subscription]], name: str) -> None:
        self._listeners = listeners
        self._name = name
        self._waiting: deque[bytes] = deque()
        self._changed = asyncio.Event()
        self._closed = False
        listeners.setdefault(name, set()).add(self)

    def __enter__(self) -> Subscription:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    def __aiter__(self) -> Subscription:
        return self

    async def __anext__(self) -> bytes:
        while not self._waiting:
            if self._closed:
                raise StopAsyncIteration
            self._changed.clear()
            await self._changed.wait()
        return self._waiting.popleft()

    def close(self) -> None:
        """Stop listening. What already waits may still be read."""
        if self._closed:
            return
        self._closed = True
        self._changed.set()
        listeners = self._listeners[self._name]
        listeners.discard(self)
        if not listeners:
            del self._listeners[self._name]

    def _put(self, payload: bytes) -> None:
        if len(self._waiting) >= BACKLOG:
            self._waiting.clear()
            self.close()
            return
        self._waiting.append(payload)
        self._changed.set()
