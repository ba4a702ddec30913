"""Work beside the counter: tasks that never die in silence, and pauses that can be cut short."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Coroutine
from typing import Any

from pos_app.core.clock import Clock

logger = logging.getLogger(__name__)


class Tasks:
    """The background tasks of one owner; `close` ends them all."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self, work: Coroutine[Any, Any, None], name: str) -> asyncio.Task[None]:
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    async def close(self) -> None:
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            logger.error("%s ended by a fault", task.get_name(), exc_info=error)


class Bell:
    """A pause that `ring` ends early; a ring while nobody pauses ends the next pause at once."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._rung = asyncio.Event()

    def ring(self) -> None:
        self._rung.set()

    async def pause(self, seconds: float | None) -> bool:
        """Wait that long, or with None for the ring alone; whether it was rung."""
        waits: set[asyncio.Future[Any]] = {asyncio.ensure_future(self._rung.wait())}
        if seconds is not None:
            waits.add(asyncio.ensure_future(self._clock.sleep(seconds)))
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
        rung = self._rung.is_set()
        self._rung.clear()
        return rung


class Backoff:
    """Pauses of 1 s, 2 s, 4 s … 60 s, each with a quarter of jitter."""

    FIRST_S = 1.0
    LAST_S = 60.0

    def __init__(self) -> None:
        self._pause_s = self.FIRST_S

    def next_s(self) -> float:
        pause_s = self._pause_s
        self._pause_s = min(2 * pause_s, self.LAST_S)
        return pause_s * random.uniform(0.75, 1.25)

    def reset(self) -> None:
        self._pause_s = self.FIRST_S
