"""A clock that stands still until a test moves it."""

from __future__ import annotations

import asyncio
import heapq
import itertools
import time

START_S = 1_795_000_000.0


class ManualClock:
    """Wall and running time in a test's hand; `sleep` wakes when the time has been advanced that far."""

    def __init__(self, time_s: float = START_S) -> None:
        self._wall_s = time_s
        self._monotonic_s = 1000.0
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._order = itertools.count()

    def time_s(self) -> float:
        return self._wall_s

    def monotonic_s(self) -> float:
        return self._monotonic_s

    async def sleep(self, seconds: float) -> None:
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self._monotonic_s + seconds, next(self._order), woken))
        await woken

    def set_wall(self, time_s: float) -> None:
        """Set the wall clock, forward or back, as a person or a time server does."""
        self._wall_s = time_s

    async def advance(self, seconds: float) -> None:
        """Let time pass; sleepers wake in order, and what they start gets turns of the loop to run."""
        end_s = self._monotonic_s + seconds
        await self.settle()
        while self._sleepers and self._sleepers[0][0] <= end_s:
            due_s, _, woken = heapq.heappop(self._sleepers)
            self._move_to(max(due_s, self._monotonic_s))
            if not woken.done():
                woken.set_result(None)
            await self.settle()
        self._move_to(end_s)
        await self.settle()

    async def settle(self, turns: int = 20) -> None:
        """Give other tasks some turns of the loop."""
        for _ in range(turns):
            await asyncio.sleep(0)

    def _move_to(self, monotonic_s: float) -> None:
        self._wall_s += monotonic_s - self._monotonic_s
        self._monotonic_s = monotonic_s


class FastClock:
    """The computer's clocks from one moment on, `speed` times as fast. `parts` makes it anew in another process."""

    def __init__(
        self, *, speed: float, wall_s: float | None = None, from_s: float | None = None, ahead_s: float = 0.0
    ) -> None:
        self._speed = speed
        self._wall_s = time.time() if wall_s is None else wall_s
        self._from_s = time.monotonic() if from_s is None else from_s
        self._ahead_s = ahead_s

    @property
    def parts(self) -> dict[str, float]:
        return {"speed": self._speed, "wall_s": self._wall_s, "from_s": self._from_s, "ahead_s": self._ahead_s}

    def time_s(self) -> float:
        return self._wall_s + self.monotonic_s()

    def monotonic_s(self) -> float:
        return (time.monotonic() - self._from_s) * self._speed + self._ahead_s

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds / self._speed)

    def jump(self, seconds: float) -> None:
        """Both clocks are so much later at once; who sleeps does not notice."""
        self._ahead_s += seconds
