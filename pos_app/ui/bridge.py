"""The one bridge between Qt and the engine's asyncio loop, which runs in a thread of its own.

Only frozen values cross. Results and events arrive in the GUI thread by one queued signal.
"""

from __future__ import annotations

import itertools
import logging
import threading
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Qt, Signal

from pos_app.core.errors import RetryableError, UserError
from pos_app.ui.job import Job

if TYPE_CHECKING:
    import asyncio

log = logging.getLogger(__name__)

STOP_S = 5.0


@dataclass(frozen=True, slots=True)
class _Outcome:
    number: int
    value: object = None
    error: BaseException | None = None
    cancelled: bool = False


class Bridge(QObject):
    """Owns the engine thread and its loop: `start()` it once, `stop()` it in order.

    `told` carries what the till tells of itself: hand `post` to `Counter.subscribe`.
    """

    told = Signal(object)
    _arrived = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._numbers = itertools.count()
        self._jobs: dict[int, Job] = {}
        self._tasks: dict[int, asyncio.Task[object]] = {}
        self._arrived.connect(self._deliver, Qt.ConnectionType.QueuedConnection)

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        """Made when it is first needed."""
        if self._loop is None:
            import asyncio  # after the first paint: it takes long to load

            self._loop = asyncio.new_event_loop()
        return self._loop

    def start(self) -> None:
        """Run the loop in its thread."""
        self._thread = threading.Thread(target=self._run, args=(self.loop,), name="engine", daemon=True)
        self._thread.start()

    def submit(self, make: Callable[[], Coroutine[Any, Any, object]], owner: QObject | None = None) -> Job:
        """Run the coroutine that `make` gives; `make` itself is called on the engine thread too.

        Where `owner` is deleted before the end, the work is cancelled and nothing is delivered.
        """
        number = next(self._numbers)
        job = Job(lambda: self._to_engine(self._stop_task, number))
        self._jobs[number] = job
        if owner is not None:
            owner.destroyed.connect(job.abandon)
        self._to_engine(self._start_task, number, make)
        return job

    def post(self, event: object) -> None:
        """Deliver a frozen event as `told` in the GUI thread. Any thread may call this."""
        self._arrived.emit(event)

    def stop(self) -> None:
        """Cancel what runs, wait until it has ended, end the loop and its thread. Nothing is delivered after this."""
        if self.loop.is_closed():
            return
        self._arrived.disconnect(self._deliver)
        if self._thread is not None and self._thread.is_alive():
            self._to_engine(self.loop.stop)
            self._thread.join(STOP_S)
            if self._thread.is_alive():
                log.error("the engine thread did not end within %s s", STOP_S)
        else:
            self.loop.close()

    def _to_engine(self, call: Callable[..., object], *values: object) -> None:
        if not self.loop.is_closed():
            self.loop.call_soon_threadsafe(call, *values)

    def _deliver(self, message: object) -> None:
        if not isinstance(message, _Outcome):
            self.told.emit(message)
            return
        job = self._jobs.pop(message.number)
        if message.cancelled:
            job.give_up()
        elif message.error is not None:
            job.fail(message.error)
        else:
            job.succeed(message.value)

    # From here on: the engine thread.

    def _run(self, loop: asyncio.AbstractEventLoop) -> None:
        import asyncio

        asyncio.set_event_loop(loop)
        try:
            loop.run_forever()
            tasks = asyncio.all_tasks(loop)
            for task in tasks:
                task.cancel()
            loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
            loop.run_until_complete(loop.shutdown_asyncgens())
            loop.run_until_complete(loop.shutdown_default_executor())
        finally:
            loop.close()

    def _start_task(self, number: int, make: Callable[[], Coroutine[Any, Any, object]]) -> None:
        async def work() -> object:
            return await make()

        task = self.loop.create_task(work())
        self._tasks[number] = task
        task.add_done_callback(lambda done: self._ended(number, done))

    def _stop_task(self, number: int) -> None:
        if number in self._tasks:
            self._tasks[number].cancel()

    def _ended(self, number: int, task: asyncio.Task[object]) -> None:
        del self._tasks[number]
        if task.cancelled():
            outcome = _Outcome(number, cancelled=True)
        elif error := task.exception():
            if not isinstance(error, UserError | RetryableError):
                log.error("a job of the window failed", exc_info=error)
            outcome = _Outcome(number, error=error)
        else:
            outcome = _Outcome(number, value=task.result())
        self._arrived.emit(outcome)
