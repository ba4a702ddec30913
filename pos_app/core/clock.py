"""Time as an argument: nothing in the rooms asks the system's clock by itself."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Wall time, running time and waiting.

    The wall clock can be wrong or be set at any moment; only `monotonic_s` measures a duration.
    """

    def time_s(self) -> float:
        """Seconds since 1970-01-01 UTC, by the wall clock."""

    def monotonic_s(self) -> float:
        """Seconds since an arbitrary start; never goes back."""

    async def sleep(self, seconds: float) -> None:
        """Wait that long."""


class SystemClock:
    """The computer's clocks."""

    def time_s(self) -> float:
        return time.time()

    def monotonic_s(self) -> float:
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


def utc(time_s: float) -> datetime:
    """The moment as an aware `datetime` in UTC."""
    return datetime.fromtimestamp(time_s, UTC)
