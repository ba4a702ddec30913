"""A loop and a clock on which time passes many times faster than on the wall, for whole programs over real sockets.

All that counts time by the loop (time-outs, pauses, uvicorn, anyio) keeps its proportions: a time-out of 30 s is over
after a second. What the machine does itself takes as long as ever, so it looks that many times slower.
"""

from __future__ import annotations

import asyncio
import selectors
import time

RATE = 30.0


class _Selector(selectors.DefaultSelector):
    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        return super().select(None if timeout is None else timeout / RATE)


class FastLoop(asyncio.SelectorEventLoop):
    """For `asyncio.Runner(loop_factory=FastLoop)`."""

    def __init__(self) -> None:
        super().__init__(_Selector())

    def time(self) -> float:
        return time.monotonic() * RATE


class FastClock:
    """The clock of that loop. The wall time begins with the true one."""

    def __init__(self) -> None:
        self._began_s = time.time()
        self._began_monotonic_s = self.monotonic_s()

    def time_s(self) -> float:
        return self._began_s + self.monotonic_s() - self._began_monotonic_s

    def monotonic_s(self) -> float:
        return time.monotonic() * RATE

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
