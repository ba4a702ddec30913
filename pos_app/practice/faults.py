"""What can go wrong in the practice world, as switches: for training in the window, and for tests."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable
from contextlib import suppress
from enum import StrEnum
from typing import Protocol


class Fault(StrEnum):
    """The switches; any of them may be on together."""

    SERVER_AWAY = "server_away"
    """The till's line to its payments API is cut: no request gets out, and no push gets in."""
    LIGHTNING_AWAY = "lightning_away"
    """The shop's node is away: no invoice can be made, and nobody can pay one."""
    ISSUER_SLOW = "issuer_slow"
    """The card service takes `SLOW_S` for an invoice."""
    ISSUER_DOWN = "issuer_down"
    """Nothing listens where the card service was: connections are refused."""
    ISSUER_FORGETS = "issuer_forgets"
    """It does what it was asked with an invoice, and its answer is lost: a gateway's error page comes instead."""
    ISSUER_TWICE = "issuer_twice"
    """It pays twice and answers twice, as after a repetition on the way; the second must change nothing."""
    ISSUER_NEVER_PAYS = "issuer_never_pays"
    """It says OK, and that was it."""
    ISSUER_PAYS_LATE = "issuer_pays_late"
    """It says OK, and pays after the invoice has expired."""
    CARD_EMPTY = "card_empty"
    """The customer has a card in hand whose limit of the day is spent: its service declines."""
    CARD_PIN = "card_pin"
    """The customer has a card in hand that needs the PIN `CARD_PIN` for every amount."""


SLOW_S = 12.0
CARD_PIN = "1234"
OF_THE_CARD = frozenset({Fault.CARD_EMPTY, Fault.CARD_PIN})
"""What a card is like, which is decided when it is tapped."""


class Faults:
    """Which switches are on. Used from one event loop; all are off unless `on` names them."""

    def __init__(self, on: Iterable[str] = ()) -> None:
        self._on = frozenset(Fault(name) for name in on)
        self._followers: list[Callable[[], None]] = []

    @property
    def on(self) -> frozenset[str]:
        """The names of those that are on."""
        return self._on

    def set(self, name: str, on: bool) -> None:
        """Switch one. It has its effect when this returns. Raises ValueError for a name that is none of `Fault`."""
        before, fault = self._on, Fault(name)
        self._on = before | {fault} if on else before - {fault}
        if self._on != before:
            for follower in tuple(self._followers):
                follower()

    def follow(self, follower: Callable[[], None]) -> Callable[[], None]:
        """Call it after each change; the result ends that."""
        self._followers.append(follower)
        return lambda: self._followers.remove(follower)


class _Push(Protocol):
    def watch(self, name: str) -> AsyncIterator[None]: ...

    def is_up(self, name: str) -> bool: ...


class Line:
    """The till's way to the practice engine. It can be cut, in both directions."""

    def __init__(self, faults: Faults, push: _Push) -> None:
        self._faults = faults
        self._push = push

    def is_whole(self) -> bool:
        """Whether a request would arrive, and an answer come back."""
        return Fault.SERVER_AWAY not in self._faults.on

    def is_up(self, name: str) -> bool:
        """Whether pushes for `name` would arrive."""
        return self.is_whole() and self._push.is_up(name)

    async def watch(self, name: str) -> AsyncGenerator[None]:
        """The pushes for `name` that come through, and one when the line is whole again. Ends only by being closed."""
        bell = asyncio.Event()

        def ring() -> None:
            if self.is_whole():
                bell.set()

        async def listen() -> None:
            async for _ in self._push.watch(name):
                ring()

        unfollow = self._faults.follow(ring)
        listening = asyncio.create_task(listen(), name=f"pushes {name}")
        try:
            while True:
                await bell.wait()
                bell.clear()
                yield None
        finally:
            unfollow()
            listening.cancel()
            with suppress(asyncio.CancelledError):
                await listening
