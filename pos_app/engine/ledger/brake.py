"""Slows down whoever guesses keys, tokens or passwords."""

from __future__ import annotations

from pos_app.core.clock import Clock

FREE = 20
FORGIVEN_PER_S = 0.5
STEP_S = 0.25
MOST_S = 1.0


class Brake:
    """Failures are answered at once while they are few, then ever more slowly. Right keys are never slowed."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._failures = 0.0
        self._at_s = clock.monotonic_s()

    async def failed(self) -> None:
        """Count a failure, and wait before it is answered where there were many."""
        now_s = self._clock.monotonic_s()
        self._failures = max(0.0, self._failures - (now_s - self._at_s) * FORGIVEN_PER_S) + 1
        self._at_s = now_s
        if (excess := self._failures - FREE) > 0:
            await self._clock.sleep(min(MOST_S, excess * STEP_S))
