"""The till's measure: never more requests a minute than a shared server allows one address."""

from __future__ import annotations

from collections import deque

from pos_app.core.clock import Clock
from pos_app.payments.errors import RateLimited

MINUTE_S = 60.0
LONGEST_WAIT_S = 5.0


class Limit:
    """At most `per_minute` requests in any 60 seconds; the last `for_sales` of them are kept for sales.

    So polls of many open sales never keep a new sale waiting. A sync leaves `for_looks` more to those polls.
    """

    def __init__(self, clock: Clock, *, per_minute: int = 60, for_sales: int = 12, for_looks: int = 24) -> None:
        self._clock = clock
        self._per_minute = per_minute
        self._for_sales = for_sales
        self._for_looks = for_looks
        self._sent_s: deque[float] = deque()
        self._closed_until_s = 0.0

    async def turn(self, *, sale: bool, sync: bool = False) -> None:
        """Wait for a turn of at most a few seconds; raises RateLimited if it would take longer."""
        kept = (0 if sale else self._for_sales) + (self._for_looks if sync else 0)
        while (wait_s := self._wait_s(self._per_minute - kept)) > 0:
            if wait_s > LONGEST_WAIT_S:
                raise RateLimited(wait_s)
            await self._clock.sleep(wait_s)
        self._sent_s.append(self._clock.monotonic_s())

    def close(self, seconds: float) -> None:
        """Send nothing for so long: the server asked for it."""
        self._closed_until_s = self._clock.monotonic_s() + seconds

    def _wait_s(self, allowed: int) -> float:
        now_s = self._clock.monotonic_s()
        while self._sent_s and self._sent_s[0] <= now_s - MINUTE_S:
            self._sent_s.popleft()
        wait_s = self._closed_until_s - now_s
        if len(self._sent_s) >= allowed:
            wait_s = max(wait_s, self._sent_s[len(self._sent_s) - allowed] + MINUTE_S - now_s)
        return wait_s
